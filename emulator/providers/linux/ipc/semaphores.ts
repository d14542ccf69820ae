/** System V semaphores (semget(2), semop(2)): sets of counters, changed all together or not at all. */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EACCES, EAGAIN, EFBIG, EINTR, EINVAL, ERANGE, isError } from '../abi/errno.ts';
import { IPC_NOWAIT, SEM_UNDO, SEMMNI, SEMMSL, SEMVMX } from '../abi/ipc.ts';
import { type Linux, stateOf } from '../instance.ts';
import { linuxThreadOf, type Task } from '../task.ts';
import { block, scratch } from '../wait.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import { findAwaited, getObject, type IpcObject, isAllowed, removeObject, seconds } from './object.ts';

export interface SemaphoreSet extends IpcObject {
  values: number[];
  /** Who changed each last. */
  pids: number[];
  operated: number;
  /** Pulsed when values change; ends with the set. */
  event: number;
  /** SEM_UNDO: by process, what to add to each value when it ends. */
  undo: Map<number, number[]>;
}

/** `struct sembuf` */
export interface SemaphoreOperation {
  readonly index: number;
  readonly change: number;
  readonly flags: number;
}

export function getSemaphores(task: Task, key: number, count: number, flags: number): number {
  if (count < 0 || count > SEMMSL) return -EINVAL;
  return getObject<SemaphoreSet>(task, stateOf(task.linux).ipc.semaphores, {
    key,
    flags,
    limit: SEMMNI,
    check: set => (count > set.values.length ? -EINVAL : 0),
    create: () =>
      count === 0
        ? -EINVAL
        : {
            values: Array.from({ length: count }, () => 0),
            pids: Array.from({ length: count }, () => 0),
            operated: 0,
            event: createEvent(task.kernel, 'notification'),
            undo: new Map(),
          },
  });
}

export function removeSemaphores(linux: Linux, set: SemaphoreSet): number {
  removeObject(stateOf(linux).ipc.semaphores, set);
  deleteEvent(linux.kernel, set.event);
  return 0;
}

/** Tells those who wait that values have changed. */
export function announceValues(linux: Linux, set: SemaphoreSet): void {
  pulseEvent(linux.kernel, set.event);
}

/** semtimedop(2); `due` is virtual time or -1. Interrupted calls are never started again (signal(7)). */
export function operate(task: Task, id: number, operations: readonly SemaphoreOperation[], due: number): number {
  const isChange = operations.some(({ change }) => change !== 0);
  const set = findAwaited(task, stateOf(task.linux).ipc.semaphores, id, 0);
  if (isError(set)) return set;
  if (operations.some(({ index }) => index >= set.values.length)) return -EFBIG;
  if (!isAllowed(task, set, isChange ? 2 : 4)) return -EACCES;
  const outcome = attempt(set, operations);
  if (typeof outcome === 'number') return outcome;
  if (!outcome) return finish(task, set, operations);
  if (outcome.flags & IPC_NOWAIT) return -EAGAIN;
  const memory = scratch(task, () => ({ due }));
  if (memory.due >= 0 && task.kernel.state.time >= memory.due) return -EAGAIN;
  memory.subject = outcome.index + 1;
  memory.done = outcome.change;
  const answer = block(task, [set.event], 'semaphore', memory.due);
  return answer === UNANSWERED ? answer : -EINTR;
}

/** Undefined if all of them can be done now, the first that cannot, or an error. */
function attempt(
  set: SemaphoreSet,
  operations: readonly SemaphoreOperation[],
): SemaphoreOperation | number | undefined {
  const values = [...set.values];
  for (const operation of operations) {
    const { index, change } = operation;
    if (change === 0 ? values[index] !== 0 : values[index] + change < 0) return operation;
    values[index] += change;
    if (values[index] > SEMVMX) return -ERANGE;
  }
  return undefined;
}

function finish(task: Task, set: SemaphoreSet, operations: readonly SemaphoreOperation[]): number {
  const { pid } = task.group;
  for (const { index, change, flags } of operations) {
    set.values[index] += change;
    set.pids[index] = pid;
    if (!(flags & SEM_UNDO) || change === 0) continue;
    const undo = set.undo.get(pid) ?? set.values.map(() => 0);
    undo[index] -= change;
    set.undo.set(pid, undo);
  }
  set.operated = seconds(task);
  announceValues(task.linux, set);
  return 0;
}

/** Threads that wait for the semaphore to grow, or to become zero. */
export function countWaiters(linux: Linux, set: SemaphoreSet, index: number, forZero: boolean): number {
  let count = 0;
  for (const thread of linux.kernel.state.threads.values()) {
    if (!thread.wait?.objects.includes(set.event)) continue;
    const memory = linuxThreadOf(thread).scratch;
    if (memory?.subject === index + 1 && (memory.done === 0) === forZero) count++;
  }
  return count;
}

/** A process ends: what it did with SEM_UNDO is taken back, as far as the values allow. */
export function undoSemaphores(linux: Linux, pid: number): void {
  for (const set of stateOf(linux).ipc.semaphores.objects.values()) {
    const undo = set.undo.get(pid);
    if (!undo) continue;
    set.undo.delete(pid);
    undo.forEach((change, index) => {
      if (change === 0) return;
      set.values[index] = Math.min(SEMVMX, Math.max(0, set.values[index] + change));
      set.pids[index] = pid;
    });
    announceValues(linux, set);
  }
}
