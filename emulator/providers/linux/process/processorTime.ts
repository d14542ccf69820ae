/** Processor time that threads and processes have used, as times(2) and getrusage(2) tell it. */

import { USER_HZ } from '../abi/sched.ts';
import { NANOSECONDS } from '../abi/time.ts';

/** Nanoseconds. */
export interface ProcessorTime {
  readonly user: number;
  readonly system: number;
}

export const NO_TIME: ProcessorTime = { user: 0, system: 0 };

/** Of a thread or a process of the kernel: an instruction takes a nanosecond. */
export function usedBy({ instructions, kernelTime }: { instructions: number; kernelTime: number }): ProcessorTime {
  return { user: instructions, system: kernelTime };
}

export function addTimes(a: ProcessorTime, b: ProcessorTime): ProcessorTime {
  return { user: a.user + b.user, system: a.system + b.system };
}

/** Nanoseconds in the unit of times(2) and /proc. */
export function ticks(nanoseconds: number): number {
  return Math.floor((nanoseconds / NANOSECONDS) * USER_HZ);
}
