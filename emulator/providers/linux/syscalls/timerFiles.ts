/** Timers as files: timerfd_create(2) and its two companions. */

import { EFAULT, EINVAL, isError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import { type FlagNames, flagText } from '../abi/flagNames.ts';
import { CLOCK_NAMES } from '../abi/time.ts';
import { install } from '../files/descriptors.ts';
import { fileOf, type OpenFile } from '../files/openFile.ts';
import { armTimerFile, createTimerFile, type TimerFile, timerOf } from '../files/timerFile.ts';
import { absoluteDue, readClock } from '../process/clock.ts';
import type { Task } from '../task.ts';
import { isValidTime, toNanoseconds, toTimespec } from '../time.ts';
import { encodeLongs, giveBytes, readTimespec } from '../userMemory.ts';
import { choice, fd, flags, out, pointer, printed } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

const TFD_TIMER_ABSTIME = 1;
const TFD_TIMER_CANCEL_ON_SET = 2;
const SETTIME_FLAGS: FlagNames = [
  [TFD_TIMER_ABSTIME, 'TFD_TIMER_ABSTIME'],
  [TFD_TIMER_CANCEL_ON_SET, 'TFD_TIMER_CANCEL_ON_SET'],
];
const CREATE_FLAGS: FlagNames = [
  [O_NONBLOCK, 'TFD_NONBLOCK'],
  [O_CLOEXEC, 'TFD_CLOEXEC'],
];

export const timerFileRows: readonly Row[] = [
  call(
    283,
    'timerfd_create',
    [choice('clockid', CLOCK_NAMES), printed('flags', 'int', value => flagText(value, CREATE_FLAGS))],
    timerfdCreate,
  ),
  partly(
    call(
      286,
      'timerfd_settime',
      [
        fd(),
        flags('flags', SETTIME_FLAGS),
        pointer('new_value', 'const struct itimerspec *'),
        out('old_value', 'struct itimerspec *'),
      ],
      timerfdSettime,
    ),
    'The clock is never set, so nothing is ever cancelled.',
  ),
  call(287, 'timerfd_gettime', [fd(), out('curr_value', 'struct itimerspec *')], timerfdGettime),
];

function timerfdCreate(task: Task, clock: number, createFlags: number): number {
  if (!readClock(task, clock) || createFlags & ~(O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  const file = createTimerFile(task, clock, createFlags & O_NONBLOCK);
  return install(task, file, (createFlags & O_CLOEXEC) !== 0);
}

function timerFileOf(task: Task, descriptor: number): OpenFile | number {
  const file = fileOf(task, descriptor);
  return isError(file) || file.type === 'timer' ? file : -EINVAL;
}

/** `struct itimerspec`: interval, then time left. */
function encodeTimer(task: Task, { due, interval }: TimerFile): Uint8Array {
  const left = due === 0 ? 0 : Math.max(0, due - task.kernel.state.time);
  const [every, next] = [toTimespec(interval), toTimespec(left)];
  return encodeLongs([every.seconds, every.nanoseconds, next.seconds, next.nanoseconds]);
}

function timerfdSettime(
  task: Task,
  descriptor: number,
  setFlags: number,
  newAddress: number,
  oldAddress: number,
): number {
  if (setFlags & ~(TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET)) return -EINVAL;
  const file = timerFileOf(task, descriptor);
  if (isError(file)) return file;
  const interval = readTimespec(task, newAddress);
  const value = readTimespec(task, newAddress + 16);
  if (!interval || !value) return -EFAULT;
  if (!isValidTime(interval) || !isValidTime(value)) return -EINVAL;
  const timer = timerOf(task.linux, file);
  const previous = encodeTimer(task, timer);
  const isAbsolute = (setFlags & TFD_TIMER_ABSTIME) !== 0;
  const wanted = toNanoseconds(value);
  const due = isAbsolute ? absoluteDue(task, timer.clock, value) : task.kernel.state.time + wanted;
  armTimerFile(task.linux, timer, wanted === 0 ? 0 : Math.max(1, due), toNanoseconds(interval));
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, previous);
}

function timerfdGettime(task: Task, descriptor: number, address: number): number {
  const file = timerFileOf(task, descriptor);
  return isError(file) ? file : giveBytes(task, address, encodeTimer(task, timerOf(task.linux, file)));
}
