/** Threads, as data (`ETHREAD`), and looking them up. */

import type { DebugRegisters } from '../ke/debugRegisters.ts';
import type { Kernel } from '../kernel.ts';
import type { InjectedCall } from '../dbgk/injection.ts';
import type { KernelApc, UserApc } from '../ke/apcQueue.ts';
import { assert } from '../../base/assert.ts';

export type ThreadId = number;

/** What a waiting thread waits for. */
export interface WaitBlock {
  objects: number[];
  all: boolean;
  alertable: boolean;
  /** Virtual time (ns) at which the wait gives up, or -1. */
  due: number;
  /** What a person reads in the threads view, such as `pipe read`. */
  reason: string;
  /** It is suspended, and waits to be resumed (WaitReason Suspended). */
  suspended: boolean;
}

/**
 * `object` is the index in the wait's list of the object that ended it; abandoned ones are mutants that their owners
 * left behind. After an `interrupted` one the call waits again, with the old time-out.
 */
export type WaitOutcome =
  | { kind: 'object'; object: number; abandoned: boolean }
  | { kind: 'timeout' }
  | { kind: 'alerted' }
  | { kind: 'userApc' }
  | { kind: 'interrupted'; due: number };

export interface Thread {
  id: ThreadId;
  process: number;
  name: string;
  /** Header.Minimal: system calls go to the pico path. */
  minimal: boolean;
  /** Its object header; the kernel holds a reference until the thread has ended. */
  object: number;
  /** The thread has opted in to names that differ in case (ThreadExplicitCaseSensitivity). */
  explicitCaseSensitivity: boolean;
  /** Address of its TEB, or 0. */
  teb: number;
  picoContext: unknown;
  state: 'initialized' | 'ready' | 'running' | 'waiting' | 'terminated';
  /** 0 to 31; the higher runs. Above the base while a boost lasts. */
  priority: number;
  basePriority: number;
  /** What the end of a quantum takes off the priority beyond its one step. */
  priorityDecrement: number;
  /** Virtual time at which it became ready. */
  readySince: number;
  suspendCount: number;
  /** Register file while the thread is not loaded on the processor. */
  context: Uint8Array;
  wait: WaitBlock | undefined;
  /** How the last wait ended, until the restarted system call has read it. */
  outcome: WaitOutcome | undefined;
  /** The thread is inside a system call that has not answered yet; it starts again when the thread runs. */
  inSystemCall: boolean;
  /** What the debug port has injected into that call. */
  injected: InjectedCall | undefined;
  kernelApcs: KernelApc[];
  userApcs: UserApc[];
  /** User APCs are delivered the next time the thread goes out to user mode. */
  userApcPending: boolean;
  /** Critical regions that it is in: normal kernel APCs wait. */
  kernelApcDisable: number;
  /** Guarded regions that it is in: all kernel APCs wait. */
  specialApcDisable: number;
  /** Somebody has alerted it; its next alertable wait ends at once. */
  alerted: boolean;
  /** Mutants that it owns. */
  mutants: number[];
  /** Objects that a wait service keeps alive while the thread waits. */
  waitReferences: number[];
  exitStatus: number;
  /** Dispatcher object that is signaled when the thread has ended. */
  header: number;
  created: number;
  instructions: number;
  /** Virtual ns of kernel mode that its system calls have taken. */
  kernelTime: number;
  /** Undefined until one of them is set. */
  debugRegisters: DebugRegisters | undefined;
  /** Left over of its time slice, in virtual ns. */
  quantum: number;
}

export function findThread(kernel: Kernel, id: ThreadId): Thread | undefined {
  return kernel.state.threads.get(id);
}

export function getThread(kernel: Kernel, id: ThreadId): Thread {
  const thread = kernel.state.threads.get(id);
  assert(thread, `there is no thread ${id}`);
  return thread;
}
