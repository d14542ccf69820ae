/** Waiting inside a system call: the thread gives up the processor, and the call starts again when something happened. */

import { waitForObjects } from '../../kernel/ke/wait.ts';
import { ERESTARTSYS } from './abi/errno.ts';
import { hasDeliverableSignal } from './signals/pending.ts';
import { SIGNAL_APC } from './signals/send.ts';
import { UNANSWERED } from './syscalls/row.ts';
import type { Scratch, Task } from './task.ts';

/**
 * Lets the task wait until one of `events` is pulsed, or virtual time `due` (-1: for ever). Answers UNANSWERED, or
 * -ERESTARTSYS if a signal is to be dealt with first.
 */
export function block(task: Task, events: readonly number[], reason: string, due = -1): number {
  // Somebody may have asked for a stop only: the routine says what there is, and the call begins again.
  const asked = task.thread.userApcs.some(({ routine }) => routine === SIGNAL_APC.routine);
  if (asked || hasDeliverableSignal(task)) return -ERESTARTSYS;
  waitForObjects(task.kernel, task.thread, {
    objects: events,
    alertable: true,
    reason,
    ...(due >= 0 && due !== Number.POSITIVE_INFINITY ? { due } : {}),
  });
  return UNANSWERED;
}

/** Like {@link block}, but signals have to wait too (vfork). */
export function blockUninterruptibly(task: Task, events: readonly number[], reason: string): number {
  waitForObjects(task.kernel, task.thread, { objects: events, alertable: false, reason });
  return UNANSWERED;
}

/** What this call remembers from before it waited; made by `begin` the first time. */
export function scratch(task: Task, begin: () => Partial<Scratch>): Scratch {
  task.self.scratch ??= { due: -1, done: 0, subject: 0, ...begin() };
  return task.self.scratch;
}
