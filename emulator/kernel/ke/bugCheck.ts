/**
 * KeBugCheckEx: the kernel met what it has no way to go on from. As in Windows the whole machine stands still from then
 * on: no thread of any process runs again, and what it was stays to be looked at.
 */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';

/** Bug check codes (bugcodes.h). */
export const SYSTEM_SERVICE_EXCEPTION = 0x3b;
/** Something keeps the processor in the kernel. */
export const DPC_WATCHDOG_VIOLATION = 0x133;

const NAMES: Readonly<Record<number, string>> = {
  [SYSTEM_SERVICE_EXCEPTION]: 'SYSTEM_SERVICE_EXCEPTION',
  [DPC_WATCHDOG_VIOLATION]: 'DPC_WATCHDOG_VIOLATION',
};

export interface BugCheck {
  readonly code: number;
  readonly thread: number;
  /** For people, with the code and its name. */
  readonly text: string;
}

/** `why` is a sentence without its full stop. */
export function bugCheck(kernel: Kernel, code: number, thread: Thread, why: string): void {
  if (kernel.state.bugCheck) return;
  const text = `bug check 0x${code.toString(16)} ${NAMES[code]}: ${why}`;
  kernel.state.bugCheck = { code, thread: thread.id, text };
  kernel.debugPort?.bugCheck(kernel.state.bugCheck, thread);
}
