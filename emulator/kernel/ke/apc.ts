/**
 * Asynchronous procedure calls: work that a thread does for somebody else. Kernel APCs run as soon as the thread is on
 * the processor, special ones before normal ones; user APCs run on its way out to user mode.
 */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { nextKernelApc } from './apcQueue.ts';
import type { KernelApc, UserApc } from './apcQueue.ts';
import { endByAlert, endWait } from './wait.ts';

/** KeInsertQueueApc, kernel mode. A waiting thread leaves its wait for it, and begins it again afterwards. */
export function queueKernelApc(kernel: Kernel, thread: Thread, apc: KernelApc): void {
  if (thread.state === 'terminated') return;
  const queue = thread.kernelApcs;
  const firstNormal = apc.special ? queue.findIndex(({ special }) => !special) : -1;
  if (firstNormal < 0) queue.push(apc);
  else queue.splice(firstNormal, 0, apc);
  if (thread.state === 'waiting' && thread.wait && !thread.wait.suspended && nextKernelApc(thread) >= 0)
    endWait(kernel, thread, { kind: 'interrupted', due: thread.wait.due });
}

/** KeInsertQueueApc, user mode; ends an alertable wait. One without context is inserted once at a time, as a KAPC is. */
export function queueUserApc(kernel: Kernel, thread: Thread, apc: UserApc): void {
  if (thread.state === 'terminated') return;
  const { routine, context, special } = apc;
  if (context.length === 0 && thread.userApcs.some(queued => queued.routine === routine)) return;
  thread.userApcs.push({ routine, context, special });
  if (special) thread.userApcPending = true;
  endByAlert(kernel, thread);
}

/** KeAlertThread for user mode: ends an alertable wait with STATUS_ALERTED, the present or the next one. */
export function alertThread(kernel: Kernel, thread: Thread): void {
  if (thread.state === 'terminated') return;
  thread.alerted = true;
  endByAlert(kernel, thread);
}

/** KeTestAlertThread: user APCs that there are may be delivered now. True if the thread was alerted. */
export function testAlert(thread: Thread): boolean {
  const { alerted } = thread;
  thread.alerted = false;
  if (!alerted && thread.userApcs.length) thread.userApcPending = true;
  return alerted;
}

/** KeEnterCriticalRegion: normal kernel APCs have to wait. */
export function enterCriticalRegion(thread: Thread): void {
  thread.kernelApcDisable++;
}

export function leaveCriticalRegion(thread: Thread): void {
  thread.kernelApcDisable--;
}

/** KeEnterGuardedRegion: all kernel APCs have to wait. */
export function enterGuardedRegion(thread: Thread): void {
  thread.specialApcDisable++;
}

export function leaveGuardedRegion(thread: Thread): void {
  thread.specialApcDisable--;
}
