/** Time: clocks and sleeping. */

import { EFAULT, EINVAL, EPERM, ERESTART_RESTARTBLOCK, ERESTARTNOHAND } from '../abi/errno.ts';
import type { Timespec } from '../abi/stat.ts';
import * as abi from '../abi/time.ts';
import { absoluteDue, readClock } from '../process/clock.ts';
import { ticks, usedBy } from '../process/processorTime.ts';
import type { Task } from '../task.ts';
import { isValidTime, now, toNanoseconds, toTimespec } from '../time.ts';
import { encodeLongs, giveBytes, readTimespec, readView, signedLongAt, writeBytes, writeLong } from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { choice, flags, out, pointer, timespec, timeval } from './arguments.ts';
import { call, partly, type Row, UNANSWERED } from './row.ts';

const clock = choice('clockid', abi.CLOCK_NAMES, 'clockid_t');

export const timeRows: readonly Row[] = [
  call(35, 'nanosleep', [timespec('req'), out('rem', 'struct timespec *')], (task, request, rest) =>
    clockNanosleep(task, abi.CLOCK_MONOTONIC, 0, request, rest),
  ),
  call(96, 'gettimeofday', [out('tv', 'struct timeval *'), out('tz', 'struct timezone *')], gettimeofday),
  call(100, 'times', [out('buf', 'struct tms *')], times),
  partly(
    call(164, 'settimeofday', [timeval('tv'), pointer('tz', 'const struct timezone *')], settimeofday),
    'The clock belongs to the machine: whoever asks rightly gets EPERM.',
  ),
  call(201, 'time', [out('tloc', 'time_t *')], time),
  partly(
    call(227, 'clock_settime', [clock, timespec('tp')], clockSettime),
    'The clock belongs to the machine: whoever asks rightly gets EPERM.',
  ),
  call(228, 'clock_gettime', [clock, out('tp', 'struct timespec *')], clockGettime),
  call(229, 'clock_getres', [clock, out('res', 'struct timespec *')], clockGetres),
  call(
    230,
    'clock_nanosleep',
    [clock, flags('flags', abi.TIMER_FLAGS), timespec('request'), out('remain', 'struct timespec *')],
    clockNanosleep,
  ),
];

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
  const own = usedBy(task.process);
  const { childrenTime } = task.group;
  const values = [ticks(own.user), ticks(own.system), ticks(childrenTime.user), ticks(childrenTime.system)];
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

function settimeofday(task: Task, address: number, zone: number): number {
  const view = address === 0 ? undefined : readView(task, address, 16);
  if ((address !== 0 && !view) || (zone !== 0 && !readView(task, zone, 8))) return -EFAULT;
  if (!view) return zone === 0 ? 0 : -EPERM;
  const microseconds = signedLongAt(view, 8);
  return signedLongAt(view, 0) < 0 || microseconds < 0 || microseconds >= 1_000_000 ? -EINVAL : -EPERM;
}

function clockSettime(task: Task, clockId: number, address: number): number {
  if (clockId !== abi.CLOCK_REALTIME) return -EINVAL;
  const wanted = readTimespec(task, address);
  if (!wanted) return -EFAULT;
  return isValidTime(wanted) ? -EPERM : -EINVAL;
}
