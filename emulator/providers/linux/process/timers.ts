/**
 * Timers of a process: the three of setitimer(2) and those of timer_create(2). Each is a timer of the kernel whose APC
 * sends the signal. One that counts processor time is looked at when it could be due at the earliest, and again after
 * what it then lacks; while the whole process waits it sleeps, because its clock stands.
 */

import { createTimer, deleteTimer, setTimer } from '../../../kernel/ke/timer.ts';
import { findThread } from '../../../kernel/ps/thread.ts';
import * as time from '../abi/time.ts';
import { SI_KERNEL, SI_TIMER, SIGALRM, SIGPROF, SIGVTALRM } from '../abi/signal.ts';
import { eventSignal, notify, SIGEV_SIGNAL, type SignalEvent } from '../signals/event.ts';
import { kernelSignal, type SignalInfo } from '../signals/info.ts';
import { linuxThreadOf, type Task, type ThreadGroup } from '../task.ts';
import { processorTime, USER_TIME_CLOCK } from './clock.ts';
import type { Linux } from '../instance.ts';
import { threadsOf } from './lookup.ts';

export interface ProcessTimer {
  /** As timer_create(2) gave it; those of setitimer(2) are below zero. */
  id: number;
  clock: number;
  event: SignalEvent;
  /** Kernel timer, or 0 while disarmed. */
  timer: number;
  /** Virtual time of the next expiration, or nanoseconds of the clock if that counts processor time. */
  due: number;
  interval: number;
  /** Expirations that the last signal stands for beside its own. */
  overrun: number;
  /** It counts processor time, and the process waits. */
  asleep: boolean;
}

/** Name of the APC routine; its context is the timer's id. */
export const TIMER_APC = 'timer';

/** By ITIMER_*: what each counts, and its signal. */
const INTERVAL_TIMERS = [
  { clock: time.CLOCK_MONOTONIC, signal: SIGALRM },
  { clock: USER_TIME_CLOCK, signal: SIGVTALRM },
  { clock: time.CLOCK_PROCESS_CPUTIME_ID, signal: SIGPROF },
];

export function findTimer(group: ThreadGroup, id: number): ProcessTimer | undefined {
  return group.timers.find(timer => timer.id === id);
}

export function addTimer(group: ThreadGroup, id: number, clock: number, event: SignalEvent): ProcessTimer {
  const timer: ProcessTimer = { id, clock, event, timer: 0, due: 0, interval: 0, overrun: 0, asleep: false };
  group.timers.push(timer);
  return timer;
}

/** The timer of setitimer(2) for ITIMER_*, made when it is first asked for. */
export function intervalTimer(group: ThreadGroup, which: number): ProcessTimer {
  const { clock, signal } = INTERVAL_TIMERS[which];
  const event = { kind: SIGEV_SIGNAL, signal, value: { low: 0, high: 0 }, tid: 0 };
  return findTimer(group, -1 - which) ?? addTimer(group, -1 - which, clock, event);
}

/** Present time of what a timer's `due` counts in. */
export function timerNow(task: Task, { clock }: ProcessTimer): number {
  return processorTime(task, clock) ?? task.kernel.state.time;
}

/** Nanoseconds to the next expiration; 0 while disarmed. */
export function timeLeft(task: Task, timer: ProcessTimer): number {
  return timer.timer === 0 ? 0 : Math.max(1, timer.due - timerNow(task, timer));
}

export function armTimer(task: Task, timer: ProcessTimer, due: number, interval: number): void {
  disarmTimer(task.linux, timer);
  timer.timer = createTimer(task.kernel);
  Object.assign(timer, { due, interval });
  setKernelTimer(task, timer);
}

function setKernelTimer(task: Task, timer: ProcessTimer): void {
  const apc = { process: task.group.pid, routine: TIMER_APC, context: [timer.id], special: true };
  const due = task.kernel.state.time + Math.max(0, timer.due - timerNow(task, timer));
  setTimer(task.kernel, timer.timer, { due, apc });
}

export function disarmTimer({ kernel }: Linux, timer: ProcessTimer): void {
  if (timer.timer !== 0) deleteTimer(kernel, timer.timer);
  Object.assign(timer, { timer: 0, due: 0, interval: 0, asleep: false });
}

export function deleteTimers(linux: Linux, group: ThreadGroup, which: (timer: ProcessTimer) => boolean): void {
  for (const timer of group.timers) if (which(timer)) disarmTimer(linux, timer);
  group.timers = group.timers.filter(timer => !which(timer));
}

/** The timer's APC. `waited`: it ended a wait of the thread. */
export function expireTimer(task: Task, id: number, waited: boolean): void {
  const timer = findTimer(task.group, id);
  if (!timer || timer.timer === 0) return;
  const late = timerNow(task, timer) - timer.due;
  if (late < 0) {
    timer.asleep = waited && isIdle(task);
    if (timer.asleep) task.group.sleepingTimers++;
    else setKernelTimer(task, timer);
    return;
  }
  const missed = timer.interval === 0 ? 0 : Math.floor(late / timer.interval);
  if (timer.interval === 0) disarmTimer(task.linux, timer);
  else {
    timer.due += (missed + 1) * timer.interval;
    setKernelTimer(task, timer);
  }
  sendTimerSignal(task, timer, missed);
}

/** No other thread of the process runs or is about to. */
function isIdle({ linux, process, thread }: Task): boolean {
  return threadsOf(linux, process).every(other => other.id === thread.id || other.state === 'waiting');
}

/** The process runs again, and with it the clocks of its timers. */
export function wakeTimers(task: Task): void {
  task.group.sleepingTimers = 0;
  for (const timer of task.group.timers) {
    if (!timer.asleep) continue;
    timer.asleep = false;
    setKernelTimer(task, timer);
  }
}

/** One signal at a time waits for each timer: what comes meanwhile is counted in it (timer_getoverrun(2)). */
function sendTimerSignal(task: Task, timer: ProcessTimer, missed: number): void {
  const { linux, process, group } = task;
  if (timer.id < 0) {
    notify(linux, process, timer.event, { ...kernelSignal(timer.event.signal), code: SI_KERNEL });
    return;
  }
  const waiting = pendingOf(task, group).find(({ code, pid }) => code === SI_TIMER && pid === timer.id);
  timer.overrun = waiting ? timer.overrun + missed + 1 : missed;
  if (waiting) waiting.uid = timer.overrun;
  else notify(linux, process, timer.event, eventSignal(timer.event, SI_TIMER, timer.id, missed));
}

function pendingOf(task: Task, group: ThreadGroup): SignalInfo[] {
  const threads = task.process.threads.map(id => findThread(task.kernel, id));
  return [...group.pending, ...threads.flatMap(thread => (thread ? linuxThreadOf(thread).pending : []))];
}

/**
 * Timers that expired while the thread waited: their APCs ended the wait, and the restarted call must find the signals
 * before it waits again.
 */
export function expireWhileWaiting(task: Task): void {
  const { thread } = task;
  const expired = thread.userApcs.filter(({ routine }) => routine === TIMER_APC);
  if (expired.length === 0) return;
  thread.userApcs = thread.userApcs.filter(({ routine }) => routine !== TIMER_APC);
  for (const { context } of expired) expireTimer(task, context[0], thread.outcome !== undefined);
}
