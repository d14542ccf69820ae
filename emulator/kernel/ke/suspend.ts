/**
 * KeSuspendThread and KeResumeThread. Suspending is a kernel APC: the thread, wherever it is, comes to the processor,
 * leaves a wait that it was in, and waits there to be resumed; then a wait that it left begins again.
 */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_SUCCESS, STATUS_SUSPEND_COUNT_EXCEEDED, STATUS_THREAD_IS_TERMINATING } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { queueKernelApc } from './apc.ts';
import { readyThread } from './ready.ts';

/** MAXIMUM_SUSPEND_COUNT (winnt.h). */
const MAXIMUM_SUSPEND_COUNT = 127;
export const SUSPEND_APC = 'suspend';

/** Keeps the thread from user mode until it is resumed as often. `previous` is the suspend count before. */
export function suspendThread(kernel: Kernel, thread: Thread): { status: NtStatus; previous: number } {
  const previous = thread.suspendCount;
  if (thread.state === 'terminated') return { status: STATUS_THREAD_IS_TERMINATING, previous };
  if (previous >= MAXIMUM_SUSPEND_COUNT) return { status: STATUS_SUSPEND_COUNT_EXCEEDED, previous };
  thread.suspendCount++;
  if (previous === 0) queueKernelApc(kernel, thread, { routine: SUSPEND_APC, context: [], special: false });
  return { status: STATUS_SUCCESS, previous };
}

/** KiSuspendThread, the APC's routine: the thread waits to be resumed, unless it has been meanwhile. */
export function waitToBeResumed(kernel: Kernel, thread: Thread): void {
  if (thread.suspendCount === 0) return;
  thread.state = 'waiting';
  thread.wait = { objects: [], all: false, alertable: false, due: -1, reason: 'suspended', suspended: true };
  if (kernel.state.current === thread.id) kernel.state.current = 0;
}

/** Takes one suspension back; with the last one the thread may run. `previous` is the suspend count before. */
export function resumeThread(kernel: Kernel, thread: Thread): { status: NtStatus; previous: number } {
  const previous = thread.suspendCount;
  if (previous === 0) return { status: STATUS_SUCCESS, previous };
  thread.suspendCount--;
  if (previous > 1) return { status: STATUS_SUCCESS, previous };
  if (thread.state === 'initialized') readyThread(kernel, thread);
  if (thread.state === 'waiting' && thread.wait?.suspended) {
    thread.wait = undefined;
    readyThread(kernel, thread);
  }
  return { status: STATUS_SUCCESS, previous };
}
