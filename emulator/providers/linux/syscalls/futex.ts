/** futex(2): waiting on and waking words in memory. */

import { EAGAIN, EFAULT, EINVAL, ENOSYS, ERESTART_RESTARTBLOCK, ERESTARTSYS, ETIMEDOUT } from '../abi/errno.ts';
import * as abi from '../abi/futex.ts';
import { addWaiter, findWaiter, futexKey, removeWaiter, requeueFutex, wakeFutex } from '../process/futex.ts';
import type { Task } from '../task.ts';
import { isValidTime, realtimeToVirtual, toNanoseconds } from '../time.ts';
import { readInt, readTimespec, writeInt } from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { int, pointer, printed, unsigned } from './arguments.ts';
import { call, partly, type Row, UNANSWERED } from './row.ts';

export const futexRows: readonly Row[] = [
  partly(
    call(
      202,
      'futex',
      [
        pointer('uaddr', 'uint32_t *'),
        printed('futex_op', 'int', abi.futexOperationText),
        int('val'),
        pointer('timeout'),
        pointer('uaddr2', 'uint32_t *'),
        unsigned('val3'),
      ],
      futex,
    ),
    'Waiting, waking and requeueing; no priority inheritance.',
  ),
];

function futex(
  task: Task,
  address: number,
  operation: number,
  value: number,
  timeout: number,
  second: number,
  third: number,
): number {
  if (address % 4 !== 0) return -EINVAL;
  switch (operation & ~(abi.FUTEX_PRIVATE_FLAG | abi.FUTEX_CLOCK_REALTIME)) {
    case abi.FUTEX_WAIT:
      return wait(task, address, operation, value, timeout, abi.FUTEX_BITSET_MATCH_ANY);
    case abi.FUTEX_WAIT_BITSET:
      return third === 0 ? -EINVAL : wait(task, address, operation, value, timeout, third);
    case abi.FUTEX_WAKE:
      return wake(task, address, value, abi.FUTEX_BITSET_MATCH_ANY);
    case abi.FUTEX_WAKE_BITSET:
      return third === 0 ? -EINVAL : wake(task, address, value, third);
    case abi.FUTEX_REQUEUE:
      return requeue(task, address, value, timeout, second);
    case abi.FUTEX_CMP_REQUEUE:
      return readInt(task, address) === (third | 0) ? requeue(task, address, value, timeout, second) : -EAGAIN;
    case abi.FUTEX_WAKE_OP:
      return wakeOp(task, address, value, timeout, second, third);
    default:
      return -ENOSYS;
  }
}

/** Once queued, the waiter's record says whether somebody has woken it: then it is gone. */
function wait(task: Task, address: number, operation: number, value: number, timeout: number, bitset: number): number {
  const { linux, self, kernel } = task;
  if (self.scratch === undefined) return beginWait(task, address, operation, value, timeout, bitset);
  const { due, subject } = self.scratch;
  const waiter = findWaiter(linux, subject);
  if (!waiter) return 0;
  if (due >= 0 && kernel.state.time >= due) {
    removeWaiter(linux, waiter);
    return -ETIMEDOUT;
  }
  return continueWait(task, due);
}

function beginWait(
  task: Task,
  address: number,
  operation: number,
  value: number,
  timeout: number,
  bitset: number,
): number {
  const { linux, process } = task;
  const due = timeout === 0 ? -1 : dueOf(task, operation, timeout);
  if (typeof due === 'string') return due === 'fault' ? -EFAULT : -EINVAL;
  const present = readInt(task, address);
  if (present === undefined) return -EFAULT;
  if (present !== value) return -EAGAIN;
  const waiter = addWaiter(linux, futexKey(process, address), bitset);
  scratch(task, () => ({ due, subject: waiter.id }));
  return continueWait(task, due);
}

function continueWait(task: Task, due: number): number {
  const waiter = findWaiter(task.linux, task.self.scratch?.subject ?? 0);
  if (!waiter) return 0;
  const answer = block(task, [waiter.event], 'futex', due);
  if (answer === UNANSWERED) return answer;
  removeWaiter(task.linux, waiter);
  if (due < 0) task.self.scratch = undefined;
  else if (task.self.scratch) task.self.scratch.subject = 0;
  // A wait with a time-out starts again with what is left of it, which the queue has forgotten: programs try again.
  return due < 0 ? -ERESTARTSYS : -ERESTART_RESTARTBLOCK;
}

/** FUTEX_WAIT takes a span of time, the others a moment of their clock. */
function dueOf(task: Task, operation: number, address: number): number | 'fault' | 'invalid' {
  const time = readTimespec(task, address);
  if (!time) return 'fault';
  if (!isValidTime(time)) return 'invalid';
  if ((operation & 0x7f) === abi.FUTEX_WAIT) return task.kernel.state.time + toNanoseconds(time);
  return operation & abi.FUTEX_CLOCK_REALTIME ? realtimeToVirtual(task.kernel, time) : toNanoseconds(time);
}

function wake(task: Task, address: number, count: number, bitset: number): number {
  if (readInt(task, address) === undefined) return -EFAULT;
  return wakeFutex(task.linux, task.process, address, count, bitset);
}

function requeue(task: Task, address: number, wakeCount: number, moveCount: number, second: number): number {
  if (wakeCount < 0 || moveCount < 0) return -EINVAL;
  const from = futexKey(task.process, address);
  const { woken, moved } = requeueFutex(task.linux, from, futexKey(task.process, second), wakeCount, moveCount);
  return woken + moved;
}

/** Changes the second word, wakes waiters of the first, and of the second if its old value passes a test. */
function wakeOp(
  task: Task,
  address: number,
  count: number,
  secondCount: number,
  second: number,
  encoded: number,
): number {
  const old = readInt(task, second);
  if (old === undefined) return -EFAULT;
  const operation = (encoded >>> 28) & 7;
  const operand = signExtend12(encoded >>> 12);
  const argument = encoded & 0x8000_0000 ? 1 << (operand & 31) : operand;
  const results = [argument, old + argument, old | argument, old & ~argument, old ^ argument];
  if (operation >= results.length) return -ENOSYS;
  if (!writeInt(task, second, results[operation] | 0)) return -EFAULT;
  const compared = signExtend12(encoded);
  const tests = [old === compared, old !== compared, old < compared, old <= compared, old > compared, old >= compared];
  let woken = wakeFutex(task.linux, task.process, address, count);
  if (tests[(encoded >>> 24) & 15]) woken += wakeFutex(task.linux, task.process, second, secondCount);
  return woken;
}

function signExtend12(value: number): number {
  return (value << 20) >> 20;
}
