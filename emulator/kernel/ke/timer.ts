/** Timers on virtual time: they signal an event when due. */

import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { setEvent } from './event.ts';
import { endWait } from './wait.ts';

export interface Timer {
  id: number;
  /** Virtual ns. */
  due: number;
  /** ns between expirations; 0 for one. */
  period: number;
  event: number;
}

export function setTimer(kernel: Kernel, request: { due: number; period?: number; event: number }): number {
  const id = nextObject(kernel);
  kernel.nextDue = undefined;
  kernel.state.timers.set(id, { id, due: request.due, period: request.period ?? 0, event: request.event });
  return id;
}

export function cancelTimer(kernel: Kernel, id: number): void {
  kernel.nextDue = undefined;
  kernel.state.timers.delete(id);
}

/** The next virtual time at which a timer or a waiting thread's time-out is due, or Infinity. */
export function nextDue(kernel: Kernel): number {
  if (kernel.nextDue !== undefined) return kernel.nextDue;
  let due = Infinity;
  for (const timer of kernel.state.timers.values()) due = Math.min(due, timer.due);
  for (const thread of kernel.state.threads.values())
    if (thread.wait && thread.wait.due >= 0) due = Math.min(due, thread.wait.due);
  kernel.nextDue = due;
  return due;
}

/** Signals what is due at the present virtual time. */
export function expireTimers(kernel: Kernel): void {
  const now = kernel.state.time;
  kernel.nextDue = undefined;
  for (const timer of [...kernel.state.timers.values()]) {
    if (timer.due > now || !kernel.state.timers.has(timer.id)) continue;
    if (timer.period > 0) timer.due += Math.ceil((now - timer.due + 1) / timer.period) * timer.period;
    else kernel.state.timers.delete(timer.id);
    setEvent(kernel, timer.event);
  }
  for (const thread of kernel.state.threads.values())
    if (thread.wait && thread.wait.due >= 0 && thread.wait.due <= now) endWait(kernel, thread, { kind: 'timeout' });
}
