/** Timers of a process: getitimer(2), setitimer(2), alarm(2), and the POSIX timers of timer_create(2). */

import { EAGAIN, EFAULT, EINVAL, EOPNOTSUPP } from '../abi/errno.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { RLIMIT_SIGPENDING } from '../abi/sched.ts';
import { SIGALRM, SIGRTMAX } from '../abi/signal.ts';
import * as abi from '../abi/time.ts';
import { absoluteDue, processorTime, readClock } from '../process/clock.ts';
import { findByTid } from '../process/lookup.ts';
import {
  addTimer,
  armTimer,
  deleteTimers,
  disarmTimer,
  findTimer,
  intervalTimer,
  type ProcessTimer,
  timeLeft,
  timerNow,
} from '../process/timers.ts';
import { readSignalEvent, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD, SIGEV_THREAD_ID } from '../signals/event.ts';
import type { SignalEvent } from '../signals/event.ts';
import type { Task } from '../task.ts';
import { isValidTime, toNanoseconds, toTimespec } from '../time.ts';
import { encodeLongs, giveBytes, readTimespec, readView, signedLongAt, writeInt } from '../userMemory.ts';
import { choice, flags, int, itimerval, out, pointer, unsigned } from './arguments.ts';
import { call, type Row } from './row.ts';

const ABSOLUTE: FlagNames = [[abi.TIMER_ABSTIME, 'TIMER_ABSTIME']];
const timerId = int('timerid');

export const intervalTimerRows: readonly Row[] = [
  call(36, 'getitimer', [choice('which', abi.ITIMER_NAMES), out('curr_value', 'struct itimerval *')], getitimer),
  call(37, 'alarm', [unsigned('seconds')], alarm),
  call(
    38,
    'setitimer',
    [choice('which', abi.ITIMER_NAMES), itimerval('new_value'), out('old_value', 'struct itimerval *')],
    setitimer,
  ),
  call(
    222,
    'timer_create',
    [
      choice('clockid', abi.CLOCK_NAMES, 'clockid_t'),
      pointer('sevp', 'struct sigevent *'),
      out('timerid', 'timer_t *'),
    ],
    timerCreate,
  ),
  call(
    223,
    'timer_settime',
    [
      timerId,
      flags('flags', ABSOLUTE),
      pointer('new_value', 'const struct itimerspec *'),
      out('old_value', 'struct itimerspec *'),
    ],
    timerSettime,
  ),
  call(224, 'timer_gettime', [timerId, out('curr_value', 'struct itimerspec *')], timerGettime),
  call(225, 'timer_getoverrun', [timerId], (task, id) => posixTimer(task, id)?.overrun ?? -EINVAL),
  call(226, 'timer_delete', [timerId], timerDelete),
];

/** Microseconds in a `struct timeval`, as nanoseconds. */
function timevalAt(view: DataView, at: number): number | undefined {
  const microseconds = signedLongAt(view, at + 8);
  const seconds = signedLongAt(view, at);
  return seconds < 0 || microseconds < 0 || microseconds >= 1e6
    ? undefined
    : seconds * abi.NANOSECONDS + microseconds * 1000;
}

/** `struct itimerval`: what is left never reads as nothing. */
function encodeItimer(task: Task, timer: ProcessTimer): Uint8Array {
  const left = timeLeft(task, timer);
  const split = (nanoseconds: number): number[] => [
    Math.floor(nanoseconds / abi.NANOSECONDS),
    Math.floor((nanoseconds % abi.NANOSECONDS) / 1000),
  ];
  return encodeLongs([...split(timer.interval), ...split(left === 0 ? 0 : Math.max(1000, left))]);
}

function isIntervalTimer(which: number): boolean {
  return which >= abi.ITIMER_REAL && which <= abi.ITIMER_PROF;
}

function getitimer(task: Task, which: number, address: number): number {
  if (!isIntervalTimer(which)) return -EINVAL;
  return giveBytes(task, address, encodeItimer(task, intervalTimer(task.group, which)));
}

function setitimer(task: Task, which: number, newAddress: number, oldAddress: number): number {
  const view = newAddress === 0 ? undefined : readView(task, newAddress, 32);
  if (newAddress !== 0 && !view) return -EFAULT;
  const interval = view ? timevalAt(view, 0) : 0;
  const value = view ? timevalAt(view, 16) : 0;
  if (!isIntervalTimer(which) || interval === undefined || value === undefined) return -EINVAL;
  const timer = intervalTimer(task.group, which);
  const previous = encodeItimer(task, timer);
  arm(task, timer, value, interval);
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, previous);
}

function alarm(task: Task, seconds: number): number {
  const timer = intervalTimer(task.group, abi.ITIMER_REAL);
  const left = timeLeft(task, timer) / abi.NANOSECONDS;
  arm(task, timer, seconds * abi.NANOSECONDS, 0);
  // Rounded, but what is left never reads as nothing.
  return left > 0 ? Math.max(1, Math.round(left)) : 0;
}

function arm(task: Task, timer: ProcessTimer, value: number, interval: number): void {
  if (value === 0) disarmTimer(task.linux, timer);
  else armTimer(task, timer, timerNow(task, timer) + value, interval);
}

const WITHOUT_TIMERS = [abi.CLOCK_MONOTONIC_RAW, abi.CLOCK_REALTIME_COARSE, abi.CLOCK_MONOTONIC_COARSE];

function timerCreate(task: Task, clock: number, eventAddress: number, idAddress: number): number {
  const { group } = task;
  if (WITHOUT_TIMERS.includes(clock)) return -EOPNOTSUPP;
  if (!readClock(task, clock)) return -EINVAL;
  if (group.timers.length >= group.limits[RLIMIT_SIGPENDING].soft) return -EAGAIN;
  const id = 1 + group.timers.reduce((highest, timer) => Math.max(highest, timer.id), -1);
  const plain: SignalEvent = { kind: SIGEV_SIGNAL, signal: SIGALRM, value: { low: id, high: 0 }, tid: 0 };
  const event = eventAddress === 0 ? plain : readSignalEvent(task, eventAddress);
  if (!event) return -EFAULT;
  if (!isValidEvent(task, event)) return -EINVAL;
  if (!writeInt(task, idAddress, id)) return -EFAULT;
  addTimer(group, id, clock, event);
  return 0;
}

function isValidEvent(task: Task, event: SignalEvent): boolean {
  switch (event.kind) {
    case SIGEV_NONE:
      return true;
    case SIGEV_THREAD_ID:
      if (findByTid(task.linux, event.tid)?.process.id !== task.group.pid) return false;
      break;
    case SIGEV_SIGNAL:
    case SIGEV_THREAD:
      break;
    default:
      return false;
  }
  return event.signal > 0 && event.signal <= SIGRTMAX;
}

function posixTimer(task: Task, id: number): ProcessTimer | undefined {
  return id < 0 ? undefined : findTimer(task.group, id);
}

/** `struct itimerspec`: interval, then time left. */
function encodeSpec(task: Task, timer: ProcessTimer): Uint8Array {
  const [every, next] = [toTimespec(timer.interval), toTimespec(timeLeft(task, timer))];
  return encodeLongs([every.seconds, every.nanoseconds, next.seconds, next.nanoseconds]);
}

function timerSettime(task: Task, id: number, setFlags: number, newAddress: number, oldAddress: number): number {
  const timer = posixTimer(task, id);
  if (newAddress === 0) return -EINVAL;
  const interval = readTimespec(task, newAddress);
  const value = readTimespec(task, newAddress + 16);
  if (!interval || !value) return -EFAULT;
  if (!isValidTime(interval) || !isValidTime(value) || !timer) return -EINVAL;
  const previous = encodeSpec(task, timer);
  const wanted = toNanoseconds(value);
  const isProcessorTime = processorTime(task, timer.clock) !== undefined;
  const moment = isProcessorTime ? wanted : absoluteDue(task, timer.clock, value);
  timer.overrun = 0;
  if (wanted === 0) disarmTimer(task.linux, timer);
  else {
    const due = setFlags & abi.TIMER_ABSTIME ? moment : timerNow(task, timer) + wanted;
    armTimer(task, timer, due, toNanoseconds(interval));
  }
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, previous);
}

function timerGettime(task: Task, id: number, address: number): number {
  const timer = posixTimer(task, id);
  return timer ? giveBytes(task, address, encodeSpec(task, timer)) : -EINVAL;
}

function timerDelete(task: Task, id: number): number {
  if (!posixTimer(task, id)) return -EINVAL;
  deleteTimers(task.linux, task.group, timer => timer.id === id);
  return 0;
}
