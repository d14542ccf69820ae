/** The kernel: its state, which is plain data, and the parts that act on it. */

import type { RandomState } from '../base/random.ts';
import type { DebugPort } from './dbgk/port.ts';
import type { Event } from './ke/event.ts';
import type { Timer } from './ke/timer.ts';
import type { FileSystemDriver } from './io/driver.ts';
import type { Section } from './mm/section.ts';
import type { MemoryManager } from './mm/manager.ts';
import type { RegisteredProvider } from './ps/registration.ts';
import type { Process } from './ps/process.ts';
import type { Thread } from './ps/thread.ts';
import type { Scheduler } from './ke/scheduler.ts';

export interface KernelState {
  processes: Map<number, Process>;
  threads: Map<number, Thread>;
  events: Map<number, Event>;
  timers: Map<number, Timer>;
  sections: Map<number, Section>;
  /** Threads that are ready to run, first come first served within a priority. */
  ready: number[];
  /** Thread whose registers are on the processor, or 0. */
  current: number;
  /** Ids of processes and threads share one space, as NT's CIDs do; multiples of 4, from 4 (System) on. */
  nextId: number;
  nextObject: number;
  /** Virtual time in ns since boot: instructions retired plus the time skipped while all threads waited. */
  time: number;
  /** Wall clock at boot, ns since 1970. */
  bootTime: number;
  instructions: number;
  random: RandomState;
  /** Providers' own state by provider name. */
  providers: Map<string, unknown>;
}
