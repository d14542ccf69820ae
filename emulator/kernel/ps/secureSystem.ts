/**
 * PspCreateSecureSystemProcess: with virtualization-based security, the process that stands for the secure kernel in
 * virtual trust level 1. The kernel here (level 0) knows its name, its parent and that it exists; its address space
 * belongs to the other level, so there is none of it here that anybody could look into.
 */

import type { Kernel } from '../kernel.ts';
import { createProcessRecord } from './create.ts';
import type { Process } from './process.ts';
import { SYSTEM_PROCESS_ID } from './system.ts';

/** At boot, behind System. */
export function createSecureSystemProcess(kernel: Kernel): Process {
  const process = createProcessRecord(kernel, {
    parent: SYSTEM_PROCESS_ID,
    name: 'Secure System',
    commandLine: '',
    critical: true,
  });
  process.secure = true;
  return process;
}
