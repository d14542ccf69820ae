/** System V semaphores: semget(2), semop(2), semtimedop(2), semctl(2). */

import { E2BIG, EFAULT, EINVAL, ERANGE, isError } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { stateOf } from '../instance.ts';
import { findToAdminister, giveStatus, giveStatusAt } from '../ipc/control.ts';
import {
  applyPermissions,
  encodePermissions,
  findObject,
  highestIndex,
  IPC_PERM_SIZE,
  seconds,
} from '../ipc/object.ts';
import {
  announceValues,
  countWaiters,
  getSemaphores,
  operate,
  removeSemaphores,
  type SemaphoreOperation,
  type SemaphoreSet,
} from '../ipc/semaphores.ts';
import type { Task } from '../task.ts';
import { isValidTime, toNanoseconds } from '../time.ts';
import { giveBytes, readTimespec, readView, setLongAt } from '../userMemory.ts';
import { choice, int, pointer, printed, size, timespec } from './arguments.ts';
import { call, type Row } from './row.ts';
import { getFlagsText } from './sharedMemory.ts';

const operations = pointer('sops', 'struct sembuf *');

export const semaphoreRows: readonly Row[] = [
  call(64, 'semget', [int('key'), int('nsems'), printed('semflg', 'int', getFlagsText)], getSemaphores),
  call(65, 'semop', [int('semid'), operations, size('nsops')], (task, id, address, count) =>
    semtimedop(task, id, address, count, 0),
  ),
  call(
    66,
    'semctl',
    [int('semid'), int('semnum'), choice('cmd', abi.SEMCTL_COMMANDS), pointer('arg', 'union semun')],
    semctl,
  ),
  call(220, 'semtimedop', [int('semid'), operations, size('nsops'), timespec('timeout')], semtimedop),
];

function semtimedop(task: Task, id: number, address: number, count: number, timeout: number): number {
  if (count < 1 || id < 0) return -EINVAL;
  if (count > abi.SEMOPM) return -E2BIG;
  const view = readView(task, address, count * 6);
  const time = timeout === 0 ? undefined : readTimespec(task, timeout);
  if (!view || (timeout !== 0 && !time)) return -EFAULT;
  if (time && !isValidTime(time)) return -EINVAL;
  const wanted: SemaphoreOperation[] = [];
  for (let at = 0; at < count * 6; at += 6)
    wanted.push({
      index: view.getUint16(at, true),
      change: view.getInt16(at + 2, true),
      flags: view.getUint16(at + 4, true),
    });
  return operate(task, id, wanted, time ? task.kernel.state.time + toNanoseconds(time) : -1);
}

function semctl(task: Task, id: number, index: number, command: number, argument: number): number {
  const table = stateOf(task.linux).ipc.semaphores;
  switch (command) {
    case abi.IPC_INFO:
    case abi.SEM_INFO:
      return giveBytes(task, argument, encodeLimits(task, command)) || highestIndex(table);
    case abi.SEM_STAT:
    case abi.SEM_STAT_ANY:
      return giveStatusAt(task, table, id, command === abi.SEM_STAT_ANY, { address: argument, encode: encodeStatus });
    case abi.IPC_STAT:
      return giveStatus(task, table, id, { address: argument, encode: encodeStatus });
    case abi.IPC_SET:
    case abi.IPC_RMID:
      return administer(task, id, command, argument);
    case abi.SETALL:
    case abi.SETVAL:
      return setValues(task, id, index, command, argument);
    case abi.GETALL:
    case abi.GETVAL:
    case abi.GETPID:
    case abi.GETNCNT:
    case abi.GETZCNT:
      return look(task, id, index, command, argument);
    default:
      return -EINVAL;
  }
}

function look(task: Task, id: number, index: number, command: number, argument: number): number {
  const set = findObject(task, stateOf(task.linux).ipc.semaphores, id, 4);
  if (isError(set)) return set;
  if (command === abi.GETALL) return giveBytes(task, argument, new Uint8Array(new Uint16Array(set.values).buffer));
  if (index < 0 || index >= set.values.length) return -EINVAL;
  if (command === abi.GETVAL) return set.values[index];
  if (command === abi.GETPID) return set.pids[index];
  return countWaiters(task.linux, set, index, command === abi.GETZCNT);
}

function setValues(task: Task, id: number, index: number, command: number, argument: number): number {
  const set = findObject(task, stateOf(task.linux).ipc.semaphores, id, 2);
  if (isError(set)) return set;
  const isAll = command === abi.SETALL;
  if (!isAll && (index < 0 || index >= set.values.length)) return -EINVAL;
  const view = isAll ? readView(task, argument, set.values.length * 2) : undefined;
  if (isAll && !view) return -EFAULT;
  const wanted = view ? [...new Uint16Array(view.buffer)] : [argument | 0];
  if (wanted.some(value => value < 0 || value > abi.SEMVMX)) return -ERANGE;
  wanted.forEach((value, offset) => {
    const at = isAll ? offset : index;
    set.values[at] = value;
    set.pids[at] = task.group.pid;
    for (const undo of set.undo.values()) undo[at] = 0;
  });
  set.changed = seconds(task);
  announceValues(task.linux, set);
  return 0;
}

function administer(task: Task, id: number, command: number, argument: number): number {
  const found = findToAdminister(task, stateOf(task.linux).ipc.semaphores, id, command, argument, IPC_PERM_SIZE);
  if (isError(found)) return found;
  const { object: set, view } = found;
  if (!view) return removeSemaphores(task.linux, set);
  applyPermissions(task, set, view);
  return 0;
}

/** `struct semid64_ds` */
function encodeStatus(set: SemaphoreSet): Uint8Array {
  const bytes = new Uint8Array(104);
  const view = new DataView(bytes.buffer);
  encodePermissions(view, set);
  setLongAt(view, 48, set.operated);
  setLongAt(view, 64, set.changed);
  setLongAt(view, 80, set.values.length);
  return bytes;
}

/** `struct seminfo`; SEM_INFO has the sets and semaphores in use where IPC_INFO has sizes nobody keeps to. */
function encodeLimits(task: Task, command: number): Uint8Array {
  const sets = [...stateOf(task.linux).ipc.semaphores.objects.values()];
  const isUse = command === abi.SEM_INFO;
  const semaphores = sets.reduce((sum, set) => sum + set.values.length, 0);
  const { SEMMNS, SEMMNI, SEMMSL, SEMOPM, SEMVMX } = abi;
  const [use, adjust] = isUse ? [sets.length, semaphores] : [20, SEMVMX];
  const fields = [SEMMNS, SEMMNI, SEMMNS, SEMMNS, SEMMSL, SEMOPM, SEMOPM, use, SEMVMX, adjust];
  return new Uint8Array(new Int32Array(fields).buffer);
}
