/** Timers on virtual time (KTIMER): when due they are signaled, and may queue a user APC as those of NtSetTimer do. */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { queueUserApc } from './apc.ts';
import type { UserApc } from './apcQueue.ts';
import { createDispatcherObject, dispatcherObjectOf } from './dispatcherObject.ts';
import type { DispatcherHeader, SignalKind } from './dispatcherObject.ts';
import { deleteDispatcherObject, endWait, releaseWaiters } from './wait.ts';

export interface Timer extends DispatcherHeader {
  readonly type: 'timer';
  readonly kind: SignalKind;
  /** Virtual ns. */
  due: number;
  /** ns between expirations; 0 for one. */
  period: number;
  /** What it queues when it expires. */
  apc: TimerApc | undefined;
}

/** `thread`, or else the first thread of `process`, takes it. */
export type TimerApc = UserApc & ({ readonly thread: number } | { readonly process: number });

export interface TimerRequest {
  /** Absolute virtual time in ns. */
  readonly due: number;
  readonly period?: number;
  readonly apc?: TimerApc;
}

export function createTimer(kernel: Kernel, kind: SignalKind = 'notification'): number {
  return createDispatcherObject(kernel, { type: 'timer', kind, signalState: 0, due: 0, period: 0, apc: undefined });
}

/** KeSetTimerEx: arms the timer, which is not signaled from now on. True if it was armed already. */
export function setTimer(kernel: Kernel, id: number, request: TimerRequest): boolean {
  const timer = dispatcherObjectOf(kernel, id, 'timer');
  const { armedTimers } = kernel.state;
  const wasArmed = armedTimers.has(id);
  timer.signalState = 0;
  timer.due = request.due;
  timer.period = request.period ?? 0;
  timer.apc = request.apc;
  armedTimers.add(id);
  kernel.nextDue = undefined;
  return wasArmed;
}

/** KeCancelTimer: disarms the timer and leaves its signal as it is. True if it was armed. */
export function cancelTimer(kernel: Kernel, id: number): boolean {
  kernel.nextDue = undefined;
  return kernel.state.armedTimers.delete(id);
}

export function deleteTimer(kernel: Kernel, id: number): void {
  cancelTimer(kernel, id);
  deleteDispatcherObject(kernel, id);
}

/** Timers whose APCs an ending thread would take are cancelled (ExTimerRundown). */
export function cancelTimersOf(kernel: Kernel, thread: Thread): void {
  for (const id of kernel.state.armedTimers) {
    const { apc } = dispatcherObjectOf(kernel, id, 'timer');
    if (apc && 'thread' in apc && apc.thread === thread.id) cancelTimer(kernel, id);
  }
}

/** The next virtual time at which a timer or a waiting thread's time-out is due, or Infinity. */
export function nextDue(kernel: Kernel): number {
  if (kernel.nextDue !== undefined) return kernel.nextDue;
  let due = Infinity;
  for (const id of kernel.state.armedTimers) due = Math.min(due, dispatcherObjectOf(kernel, id, 'timer').due);
  for (const thread of kernel.state.threads.values())
    if (thread.wait && thread.wait.due >= 0) due = Math.min(due, thread.wait.due);
  kernel.nextDue = due;
  return due;
}

/** Signals what is due at the present virtual time, then ends waits that have timed out. */
export function expireTimers(kernel: Kernel): void {
  const now = kernel.state.time;
  kernel.nextDue = undefined;
  for (const id of kernel.state.armedTimers) {
    const timer = dispatcherObjectOf(kernel, id, 'timer');
    if (timer.due > now) continue;
    if (timer.period > 0) timer.due += Math.ceil((now - timer.due + 1) / timer.period) * timer.period;
    else kernel.state.armedTimers.delete(id);
    timer.signalState = 1;
    releaseWaiters(kernel, timer);
    if (timer.apc) queueTimerApc(kernel, timer.apc);
  }
  for (const thread of kernel.state.threads.values())
    if (thread.wait && thread.wait.due >= 0 && thread.wait.due <= now) endWait(kernel, thread, { kind: 'timeout' });
}

function queueTimerApc(kernel: Kernel, apc: TimerApc): void {
  const id = 'thread' in apc ? apc.thread : (kernel.state.processes.get(apc.process)?.threads[0] ?? 0);
  const thread = kernel.state.threads.get(id);
  if (thread) queueUserApc(kernel, thread, apc);
}
