/** Counting what threads have run: instructions, and virtual time with them. */

import type { Kernel } from '../kernel.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';

/** Virtual ns that one instruction takes. */
const INSTRUCTION_TIME = 1;

/** The thread has run so many; -1 takes one back that has had no effect. */
export function account(kernel: Kernel, thread: Thread, instructions: number): void {
  thread.quantum -= instructions;
  thread.instructions += instructions;
  getProcess(kernel, thread.process).instructions += instructions;
  kernel.state.instructions += instructions;
  kernel.state.time += instructions * INSTRUCTION_TIME;
}
