/** ITIMER_REAL: a timer of the kernel whose APC sends SIGALRM (setitimer(2)). */

import { deleteTimer } from '../../../kernel/ke/timer.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { SIGALRM } from '../abi/signal.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalProcess } from '../signals/send.ts';
import type { Task, ThreadGroup } from '../task.ts';

/** What ends with the process, or by alarm(0). */
export function disarmRealTimer(kernel: Kernel, group: ThreadGroup): void {
  if (group.realTimer.timer !== 0) deleteTimer(kernel, group.realTimer.timer);
  group.realTimer = { timer: 0, due: 0, interval: 0 };
}

/** Name of the APC routine. */
export const TIMER_APC = 'timer';

export function expireRealTimer(task: Task): void {
  const { group, linux, process, kernel } = task;
  const { realTimer } = group;
  if (realTimer.timer === 0) return;
  if (realTimer.interval === 0) disarmRealTimer(kernel, group);
  else while (realTimer.due <= kernel.state.time) realTimer.due += realTimer.interval;
  signalProcess(linux, process, kernelSignal(SIGALRM));
}

/**
 * A timer that expired while the thread waited: its APC ended the wait, and the restarted call must find the signal
 * before it waits again.
 */
export function expireWhileWaiting(task: Task): void {
  const { userApcs } = task.thread;
  const index = userApcs.findIndex(({ routine }) => routine === TIMER_APC);
  if (index < 0) return;
  userApcs.splice(index, 1);
  expireRealTimer(task);
}
