/** Time: clocks, sleeping, interval timers. */

import { createTimer, setTimer } from '../../../kernel/ke/timer.ts';
import { EFAULT, EINVAL, EPERM, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from '../abi/errno.ts';
import type { Timespec } from '../abi/stat.ts';
import * as abi from '../abi/time.ts';
import { USER_HZ } from '../abi/sched.ts';
import type { Task } from '../task.ts';
import { isValidTime, now, realtimeToVirtual, toNanoseconds, toTimespec } from '../time.ts';
import { encodeLongs, giveBytes, readTimespec, readView, signedLongAt, writeBytes, writeLong } from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { TIMER_APC, disarmRealTimer } from '../process/realTimer.ts';
import { choice, flags, itimerval, out, timespec, unsigned } from './arguments.ts';
import { call, missing, partly, type Row, UNANSWERED } from './row.ts';

const clock = choice('clockid', abi.CLOCK_NAMES, 'clockid_t');

export const timeRows: readonly Row[] = [
  call(35, 'nanosleep', [timespec('req'), out('rem', 'struct timespec *')], (task, request, rest) =>
    clockNanosleep(task, abi.CLOCK_MONOTONIC, 0, request, rest),
  ),
  partly(
    call(36, 'getitimer', [choice('which', abi.ITIMER_NAMES), out('curr_value', 'struct itimerval *')], getitimer),
    'ITIMER_REAL.',
  ),
  call(37, 'alarm', [unsigned('seconds')], alarm),
  partly(
    call(
      38,
      'setitimer',
      [choice('which', abi.ITIMER_NAMES), itimerval('new_value'), out('old_value', 'struct itimerval *')],
      setitimer,
    ),
    'ITIMER_REAL.',
  ),
  call(96, 'gettimeofday', [out('tv', 'struct timeval *'), out('tz', 'struct timezone *')], gettimeofday),
  call(100, 'times', [out('buf', 'struct tms *')], times),
  missing(164, 'settimeofday', 'The clock belongs to the machine.', EPERM),
  call(201, 'time', [out('tloc', 'time_t *')], time),
  missing(227, 'clock_settime', 'The clock belongs to the machine.', EPERM),
  call(228, 'clock_gettime', [clock, out('tp', 'struct timespec *')], clockGettime),
  call(229, 'clock_getres', [clock, out('res', 'struct timespec *')], clockGetres),
  call(
    230,
    'clock_nanosleep',
    [clock, flags('flags', abi.TIMER_FLAGS), timespec('request'), out('remain', 'struct timespec *')],
    clockNanosleep,
  ),
];

/** What a clock says, or undefined if there is no such clock. */
export function readClock(task: Task, clockId: number): Timespec | undefined {
  switch (clockId) {
    case abi.CLOCK_REALTIME:
    case abi.CLOCK_REALTIME_COARSE:
    case abi.CLOCK_TAI:
      return now(task.kernel);
    case abi.CLOCK_MONOTONIC:
    case abi.CLOCK_MONOTONIC_RAW:
    case abi.CLOCK_MONOTONIC_COARSE:
    case abi.CLOCK_BOOTTIME:
      return toTimespec(task.kernel.state.time);
    // An instruction takes a nanosecond of processor time.
    case abi.CLOCK_PROCESS_CPUTIME_ID:
      return toTimespec(task.process.instructions);
    case abi.CLOCK_THREAD_CPUTIME_ID:
      return toTimespec(task.thread.instructions);
    default:
      return undefined;
  }
}

function giveTimespec(task: Task, address: number, { seconds, nanoseconds }: Timespec): number {
  return giveBytes(task, address, encodeLongs([seconds, nanoseconds]));
}

function clockGettime(task: Task, clockId: number, address: number): number {
  const found = readClock(task, clockId);
  return found ? giveTimespec(task, address, found) : -EINVAL;
}

function clockGetres(task: Task, clockId: number, address: number): number {
  if (!readClock(task, clockId)) return -EINVAL;
  const isCoarse = clockId === abi.CLOCK_REALTIME_COARSE || clockId === abi.CLOCK_MONOTONIC_COARSE;
  return address === 0 ? 0 : giveTimespec(task, address, { seconds: 0, nanoseconds: isCoarse ? 4_000_000 : 1 });
}

function gettimeofday(task: Task, address: number, zone: number): number {
  const { seconds, nanoseconds } = now(task.kernel);
  if (address !== 0 && !writeBytes(task, address, encodeLongs([seconds, Math.floor(nanoseconds / 1000)])))
    return -EFAULT;
  return zone === 0 ? 0 : giveBytes(task, zone, new Uint8Array(8));
}

function time(task: Task, address: number): number {
  const { seconds } = now(task.kernel);
  return address === 0 || writeLong(task, address, seconds) ? seconds : -EFAULT;
}

function times(task: Task, address: number): number {
  const ticks = (nanoseconds: number): number => Math.floor((nanoseconds / abi.NANOSECONDS) * USER_HZ);
  const values = [ticks(task.process.instructions), 0, ticks(task.group.childrenTime), 0];
  if (address !== 0 && !writeBytes(task, address, encodeLongs(values))) return -EFAULT;
  return ticks(task.kernel.state.time);
}

/** The rest is written only when a signal ends a relative sleep (nanosleep(2)). */
function clockNanosleep(task: Task, clockId: number, sleepFlags: number, request: number, restAddress: number): number {
  const isAbsolute = (sleepFlags & abi.TIMER_ABSTIME) !== 0;
  const { kernel } = task;
  if (!readClock(task, clockId)) return -EINVAL;
  const wanted = readTimespec(task, request);
  if (!wanted) return -EFAULT;
  if (!isValidTime(wanted)) return -EINVAL;
  const { due } = scratch(task, () => ({
    due: isAbsolute ? absoluteDue(task, clockId, wanted) : kernel.state.time + toNanoseconds(wanted),
  }));
  if (kernel.state.time >= due) return 0;
  const answer = block(task, [], 'sleep', due);
  if (answer === UNANSWERED) return answer;
  if (isAbsolute) return -ERESTARTNOHAND;
  if (restAddress !== 0 && giveTimespec(task, restAddress, toTimespec(due - kernel.state.time)) < 0) return -EFAULT;
  return -ERESTART_RESTARTBLOCK;
}

export function absoluteDue(task: Task, clockId: number, wanted: Timespec): number {
  const isRealtime = clockId === abi.CLOCK_REALTIME || clockId === abi.CLOCK_TAI;
  return isRealtime ? realtimeToVirtual(task.kernel, wanted) : toNanoseconds(wanted);
}

function timevalAt(view: DataView, at: number): number | undefined {
  const microseconds = signedLongAt(view, at + 8);
  const seconds = signedLongAt(view, at);
  return seconds < 0 || microseconds < 0 || microseconds >= 1e6
    ? undefined
    : seconds * abi.NANOSECONDS + microseconds * 1000;
}

function encodeItimer(interval: number, value: number): Uint8Array {
  const split = (nanoseconds: number): number[] => [
    Math.floor(nanoseconds / abi.NANOSECONDS),
    Math.floor((nanoseconds % abi.NANOSECONDS) / 1000),
  ];
  return encodeLongs([...split(interval), ...split(value)]);
}

function remaining(task: Task): number {
  const { timer, due } = task.group.realTimer;
  return timer === 0 ? 0 : Math.max(1000, due - task.kernel.state.time);
}

function getitimer(task: Task, which: number, address: number): number {
  if (which < abi.ITIMER_REAL || which > abi.ITIMER_PROF) return -EINVAL;
  const isReal = which === abi.ITIMER_REAL;
  return giveBytes(
    task,
    address,
    encodeItimer(isReal ? task.group.realTimer.interval : 0, isReal ? remaining(task) : 0),
  );
}

function setitimer(task: Task, which: number, newAddress: number, oldAddress: number): number {
  if (which !== abi.ITIMER_REAL) return -EINVAL;
  const view = newAddress === 0 ? undefined : readView(task, newAddress, 32);
  if (newAddress !== 0 && !view) return -EFAULT;
  const interval = view ? timevalAt(view, 0) : 0;
  const value = view ? timevalAt(view, 16) : 0;
  if (interval === undefined || value === undefined) return -EINVAL;
  const previous = encodeItimer(task.group.realTimer.interval, remaining(task));
  armRealTimer(task, value, interval);
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, previous);
}

function alarm(task: Task, seconds: number): number {
  const left = Math.ceil(remaining(task) / abi.NANOSECONDS);
  armRealTimer(task, seconds * abi.NANOSECONDS, 0);
  return left;
}

function armRealTimer(task: Task, value: number, interval: number): void {
  const { kernel, group } = task;
  disarmRealTimer(kernel, group);
  group.realTimer.interval = interval;
  if (value === 0) return;
  const due = kernel.state.time + value;
  const timer = createTimer(kernel);
  const apc = { process: group.pid, routine: TIMER_APC, context: [], special: true };
  setTimer(kernel, timer, { due, period: interval, apc });
  group.realTimer = { timer, due, interval };
}
