/** Counting what threads have used: instructions and system calls, and virtual time with them. */

import type { Kernel } from '../kernel.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';

/** Virtual ns that one instruction takes. */
const INSTRUCTION_TIME = 1;

/**
 * Virtual ns of kernel mode that a system call takes, whichever it is: about what files and signals cost natively. Programs
 * that make calls until a time has come, and those that measure their system time, find what they look for.
 */
const SYSTEM_CALL_TIME = 1000;

/** The thread has run so many; -1 takes one back that has had no effect. */
export function account(kernel: Kernel, thread: Thread, instructions: number): void {
  thread.quantum -= instructions;
  thread.instructions += instructions;
  getProcess(kernel, thread.process).instructions += instructions;
  kernel.state.instructions += instructions;
  kernel.state.time += instructions * INSTRUCTION_TIME;
}

/** The thread has made so many; -1 takes one back that will be made again. */
export function accountSystemCalls(kernel: Kernel, thread: Thread, calls: number): void {
  const time = calls * SYSTEM_CALL_TIME;
  thread.quantum -= time;
  thread.kernelTime += time;
  getProcess(kernel, thread.process).kernelTime += time;
  kernel.state.kernelTime += time;
  kernel.state.time += time;
}
