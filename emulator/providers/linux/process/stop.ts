/** Stopping and continuing whole processes, and telling their parents. */

import { pulseEvent } from '../../../kernel/ke/event.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { CONTINUED_STATUS, stoppedStatus } from '../abi/sched.ts';
import { CLD_CONTINUED, CLD_STOPPED, SA_NOCLDSTOP, SIGCHLD, SIGCONT } from '../abi/signal.ts';
import type { Linux } from '../instance.ts';
import { childSignal } from '../signals/info.ts';
import { signalProcess } from '../signals/send.ts';
import { groupOf } from '../task.ts';
import { findGroup, threadsOf } from './lookup.ts';

export function stopGroup(linux: Linux, process: Process, signal: number): void {
  const group = groupOf(process);
  if (group.stopSignal !== 0) return;
  group.stopSignal = signal;
  group.unreportedChange = stoppedStatus(signal);
  for (const thread of threadsOf(linux, process)) linux.routines.suspendThread(thread);
  tellParent(linux, process, CLD_STOPPED, signal);
}

/** Lets a stopped process go on; `report` says whether its parent hears of it. */
export function continueGroup(linux: Linux, process: Process, report: boolean): void {
  const group = groupOf(process);
  if (group.stopSignal === 0) return;
  group.stopSignal = 0;
  for (const thread of threadsOf(linux, process)) linux.routines.resumeThread(thread);
  if (!report) return;
  group.unreportedChange = CONTINUED_STATUS;
  tellParent(linux, process, CLD_CONTINUED, SIGCONT);
}

function tellParent(linux: Linux, process: Process, code: number, status: number): void {
  const group = groupOf(process);
  const parent = findGroup(linux, group.parent);
  if (!parent) return;
  pulseEvent(linux.kernel, parent.group.childEvent);
  if (parent.group.actions[SIGCHLD].flags & SA_NOCLDSTOP) return;
  signalProcess(linux, parent.process, childSignal(SIGCHLD, code, group.pid, group.credentials.uid, status));
}
