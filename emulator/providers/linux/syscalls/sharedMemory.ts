/** System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). */

import { PAGE_SIZE, roundUp } from '../../../base/pages.ts';
import { EINVAL, ENOMEM, isError } from '../abi/errno.ts';
import { flagText } from '../abi/flagNames.ts';
import * as abi from '../abi/ipc.ts';
import { findToAdminister, giveStatus, giveStatusAt } from '../ipc/control.ts';
import { applyPermissions, encodePermissions, highestIndex, IPC_PERM_SIZE } from '../ipc/object.ts';
import {
  attachments,
  attachSegment,
  detachSegment,
  getSegment,
  removeSegment,
  segmentsOf,
  type SharedSegment,
} from '../ipc/sharedMemory.ts';
import type { Task } from '../task.ts';
import { giveBytes, setLongAt } from '../userMemory.ts';
import { choice, flags, int, pointer, printed, size } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export function getFlagsText(value: number): string {
  return `${flagText(value & ~0o777, abi.IPC_GET_FLAGS, '')}|0${(value & 0o777).toString(8)}`.replace(/^\|/, '');
}

export const sharedMemoryRows: readonly Row[] = [
  partly(
    call(29, 'shmget', [int('key'), size('size'), printed('shmflg', 'int', getFlagsText)], shmget),
    'There are no huge pages.',
  ),
  call(30, 'shmat', [int('shmid'), pointer('shmaddr'), flags('shmflg', abi.SHM_FLAGS)], attachSegment),
  call(31, 'shmctl', [int('shmid'), choice('cmd', abi.SHMCTL_COMMANDS), pointer('buf', 'struct shmid_ds *')], shmctl),
  call(67, 'shmdt', [pointer('shmaddr')], detachSegment),
];

function shmget(task: Task, key: number, bytes: number, getFlags: number): number {
  return getFlags & abi.SHM_HUGETLB ? -ENOMEM : getSegment(task, key, bytes, getFlags);
}

function shmctl(task: Task, id: number, command: number, address: number): number {
  const table = segmentsOf(task.linux);
  const encode = (segment: SharedSegment): Uint8Array => encodeStatus(task, segment);
  switch (command) {
    case abi.IPC_INFO:
      return giveBytes(task, address, encodeLimits()) || highestIndex(table);
    case abi.SHM_INFO:
      return giveBytes(task, address, encodeUse([...table.objects.values()])) || highestIndex(table);
    case abi.SHM_STAT:
    case abi.SHM_STAT_ANY:
      return giveStatusAt(task, table, id, command === abi.SHM_STAT_ANY, { address, encode });
    case abi.IPC_STAT:
      return giveStatus(task, table, id, { address, encode });
    case abi.IPC_SET:
    case abi.IPC_RMID:
    case abi.SHM_LOCK:
    case abi.SHM_UNLOCK:
      return change(task, id, command, address);
    default:
      return -EINVAL;
  }
}

function change(task: Task, id: number, command: number, address: number): number {
  const found = findToAdminister(task, segmentsOf(task.linux), id, command, address, IPC_PERM_SIZE);
  if (isError(found)) return found;
  const { object: segment, view } = found;
  if (view) applyPermissions(task, segment, view);
  else if (command === abi.IPC_RMID) return removeSegment(task.linux, segment);
  else segment.locked = command === abi.SHM_LOCK;
  return 0;
}

/** `struct shmid64_ds` */
function encodeStatus({ linux }: Task, segment: SharedSegment): Uint8Array {
  const bytes = new Uint8Array(112);
  const view = new DataView(bytes.buffer);
  encodePermissions(view, segment, (segment.doomed ? abi.SHM_DEST : 0) | (segment.locked ? abi.SHM_LOCKED : 0));
  setLongAt(view, 48, segment.size);
  setLongAt(view, 56, segment.attached);
  setLongAt(view, 64, segment.detached);
  setLongAt(view, 72, segment.changed);
  view.setInt32(80, segment.creator, true);
  view.setInt32(84, segment.lastUser, true);
  setLongAt(view, 88, attachments(linux, segment));
  return bytes;
}

/** `struct shminfo64`: shmmax, shmmin, shmmni, shmseg, shmall. */
function encodeLimits(): Uint8Array {
  const bytes = new Uint8Array(72);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, abi.SHMMAX, true);
  setLongAt(view, 8, 1);
  setLongAt(view, 16, abi.SHMMNI);
  setLongAt(view, 24, abi.SHMMNI);
  view.setBigUint64(32, abi.SHMMAX, true);
  return bytes;
}

/** `struct shm_info`: segments, their pages, and those in memory. */
function encodeUse(segments: readonly SharedSegment[]): Uint8Array {
  const bytes = new Uint8Array(48);
  const view = new DataView(bytes.buffer);
  const pages = segments.reduce((sum, segment) => sum + roundUp(segment.size) / PAGE_SIZE, 0);
  view.setInt32(0, segments.length, true);
  setLongAt(view, 8, pages);
  setLongAt(view, 16, pages);
  return bytes;
}
