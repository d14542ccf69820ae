/**
 * Sending signals: to a thread, a process, a process group; and stopping and continuing, which are part of it. Delivery
 * happens when the thread returns to user mode.
 */

import { queueUserApc } from '../../../kernel/ke/apc.ts';
import type { UserApc } from '../../../kernel/ke/apcQueue.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { CONTINUED_STATUS, stoppedStatus } from '../abi/sched.ts';
import {
  CLD_CONTINUED,
  CLD_STOPPED,
  hasSignal,
  SA_NOCLDSTOP,
  SIGCHLD,
  SIGCONT,
  SIGKILL,
  SIGSTOP,
  SIGTSTP,
  SIGTTIN,
  SIGTTOU,
} from '../abi/signal.ts';
import type { Linux } from '../instance.ts';
import { findGroup, liveProcesses, threadsOf } from '../process/lookup.ts';
import { groupOf, linuxThreadOf, type ThreadGroup } from '../task.ts';
import { childSignal, type SignalInfo } from './info.ts';
import { addPending, isIgnored } from './pending.ts';

/** Name of the APC routine that delivers signals. */
export const SIGNAL_APC: UserApc = { routine: 'signal', context: [], special: true };

const STOPPING = [SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU];

/** Sends to one thread. */
export function signalThread(linux: Linux, thread: Thread, info: SignalInfo): void {
  const process = linux.kernel.state.processes.get(thread.process);
  if (!process || !prepare(linux, process, info, [thread])) return;
  if (!addPending(linuxThreadOf(thread).pending, info)) return;
  announceSignal(linux, groupOf(process));
  wake(linux, thread, info.signal);
}

function announceSignal(linux: Linux, { signalEvent }: ThreadGroup): void {
  if (signalEvent !== 0) pulseEvent(linux.kernel, signalEvent);
}

/** Sends to a process: some thread that does not block the signal takes it. */
export function signalProcess(linux: Linux, process: Process, info: SignalInfo): void {
  const group = groupOf(process);
  const threads = threadsOf(linux, process);
  if (!prepare(linux, process, info, threads)) return;
  if (!addPending(group.pending, info)) return;
  announceSignal(linux, group);
  const leaderFirst = threads.sort((a, b) => Number(b.id === group.leader) - Number(a.id === group.leader));
  const taker = leaderFirst.find(thread => !hasSignal(linuxThreadOf(thread).blocked, info.signal)) ?? leaderFirst[0];
  if (taker) wake(linux, taker, info.signal);
}

export function signalProcessGroup(linux: Linux, processGroup: number, info: SignalInfo): number {
  const members = liveProcesses(linux).filter(process => groupOf(process).processGroup === processGroup);
  for (const process of members) signalProcess(linux, process, info);
  return members.length;
}

/**
 * What sending does at once: SIGCONT continues and drops waiting stops, stops drop a waiting SIGCONT (signal(7)). False
 * if the signal is ignored and can be forgotten.
 */
function prepare(linux: Linux, process: Process, info: SignalInfo, takers: readonly Thread[]): boolean {
  const group = groupOf(process);
  const { signal } = info;
  const drop = (signals: readonly number[]): void => {
    group.pending = group.pending.filter(waiting => !signals.includes(waiting.signal));
    for (const thread of threadsOf(linux, process)) {
      const self = linuxThreadOf(thread);
      self.pending = self.pending.filter(waiting => !signals.includes(waiting.signal));
    }
  };
  if (signal === SIGCONT) drop(STOPPING);
  if (STOPPING.includes(signal)) drop([SIGCONT]);
  if (signal === SIGCONT || signal === SIGKILL) continueGroup(linux, process, signal === SIGCONT);
  if (signal === SIGKILL) for (const thread of threadsOf(linux, process)) leaveTraceStop(linux, thread);
  // A blocked signal may stop being ignored before it is let through; sigwait takes ignored ones, too.
  const isBlocked = takers.some(thread => hasSignal(linuxThreadOf(thread).blocked, signal));
  const isTraced = takers.some(thread => linuxThreadOf(thread).trace !== undefined);
  return isBlocked || isTraced || !isIgnored(group, signal);
}

/** SIGKILL asks no tracer. */
function leaveTraceStop(linux: Linux, thread: Thread): void {
  const { trace } = linuxThreadOf(thread);
  if (!trace?.stop) return;
  trace.stop = undefined;
  trace.following = [];
  linux.routines.resumeThread(thread);
}

/** Lets the thread deal with its signals on its way to user mode; ends its wait if it does not block this one. */
function wake(linux: Linux, thread: Thread, signal: number): void {
  const self = linuxThreadOf(thread);
  const isAwaited = hasSignal(self.awaited, signal);
  if (hasSignal(self.blocked, signal) && !isAwaited) return;
  queueUserApc(linux.kernel, thread, SIGNAL_APC);
}

export function stopGroup(linux: Linux, process: Process, signal: number): void {
  const group = groupOf(process);
  if (group.stopSignal !== 0) return;
  group.stopSignal = signal;
  group.unreportedChange = stoppedStatus(signal);
  for (const thread of threadsOf(linux, process)) linux.routines.suspendThread(thread);
  tellParent(linux, process, CLD_STOPPED, signal);
}

/** Lets a stopped process go on; `report` says whether its parent hears of it. */
function continueGroup(linux: Linux, process: Process, report: boolean): void {
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
