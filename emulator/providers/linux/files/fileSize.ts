/** Files that would grow beyond what their process may make (RLIMIT_FSIZE, setrlimit(2)). */

import { EFBIG } from '../abi/errno.ts';
import { RLIMIT_FSIZE } from '../abi/sched.ts';
import { SIGXFSZ } from '../abi/signal.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalThread } from '../signals/send.ts';
import type { Task } from '../task.ts';

/** Tells the thread, and is the answer of its call. */
export function exceedSize(task: Task): number {
  signalThread(task.linux, task.thread, kernelSignal(SIGXFSZ));
  return -EFBIG;
}

/** How many bytes a file may get from an offset on: none, or less, where the limit is reached. */
export function roomFor(task: Task, at: number): number {
  return task.group.limits[RLIMIT_FSIZE].soft - at;
}
