/** PsInitialSystemProcess: the process that the kernel's own work belongs to, and parent of its minimal processes. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { createProcessRecord } from './create.ts';
import type { Process } from './process.ts';

/** The first client id that a kernel gives away (Windows Internals, 7th ed., part 1, chapter 2, "System process"). */
export const SYSTEM_PROCESS_ID = 4;

/** The first step of boot. System has no user address space: what it has lies in the kernel's half. */
export function createSystemProcess(kernel: Kernel): Process {
  const process = createProcessRecord(kernel, { parent: 0, name: 'System', commandLine: '', critical: true });
  assert(process.id === SYSTEM_PROCESS_ID, 'System is the first process');
  return process;
}
