/** Timers on virtual time: when due they signal an event, or queue a user APC as those of NtSetTimer do. */

import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { queueUserApc } from './apc.ts';
import { setEvent } from './event.ts';
import { endWait } from './wait.ts';

export interface Timer {
  id: number;
  /** Virtual ns. */
  due: number;
  /** ns between expirations; 0 for one. */
  period: number;
  /** Event to signal, or 0. */
  event: number;
  /** Routine to queue as a user APC to a thread of a process. */
  apc: TimerApc | undefined;
}

export interface TimerApc {
  process: number;
  routine: string;
}

export function setTimer(
  kernel: Kernel,
  request: { due: number; period?: number; event?: number; apc?: TimerApc },
): number {
  const id = nextObject(kernel);
  kernel.nextDue = undefined;
  kernel.state.timers.set(id, {
    id,
    due: request.due,
    period: request.period ?? 0,
    event: request.event ?? 0,
    apc: request.apc,
  });
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
  for (const timer of kernel.state.timers.values()) {
    if (timer.due > now || !kernel.state.timers.has(timer.id)) continue;
    if (timer.period > 0) timer.due += Math.ceil((now - timer.due + 1) / timer.period) * timer.period;
    else kernel.state.timers.delete(timer.id);
    if (timer.event) setEvent(kernel, timer.event);
    if (timer.apc) queueTimerApc(kernel, timer.apc);
  }
  for (const thread of kernel.state.threads.values())
    if (thread.wait && thread.wait.due >= 0 && thread.wait.due <= now) endWait(kernel, thread, { kind: 'timeout' });
}

/** The process's first thread takes it. */
function queueTimerApc(kernel: Kernel, apc: TimerApc): void {
  const thread = kernel.state.threads.get(kernel.state.processes.get(apc.process)?.threads[0] ?? 0);
  if (thread) queueUserApc(kernel, thread, apc.routine);
}
