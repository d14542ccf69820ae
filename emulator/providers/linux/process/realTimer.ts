/** ITIMER_REAL: a timer of the kernel whose APC sends SIGALRM (setitimer(2)). */

import { SIGALRM } from '../abi/signal.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalProcess } from '../signals/send.ts';
import type { Task } from '../task.ts';

/** Name of the APC routine. */
export const TIMER_APC = 'timer';

export function expireRealTimer(task: Task): void {
  const { group, linux, process, kernel } = task;
  const { realTimer } = group;
  if (realTimer.timer === 0) return;
  if (realTimer.interval === 0) group.realTimer = { timer: 0, due: 0, interval: 0 };
  else while (realTimer.due <= kernel.state.time) realTimer.due += realTimer.interval;
  signalProcess(linux, process, kernelSignal(SIGALRM));
}

/**
 * A timer that expired while the thread waited: its APC ended the wait, and the restarted call must find the signal
 * before it waits again.
 */
export function expireWhileWaiting(task: Task): void {
  const { apcs } = task.thread;
  const index = apcs.indexOf(TIMER_APC);
  if (index < 0) return;
  apcs.splice(index, 1);
  expireRealTimer(task);
}
