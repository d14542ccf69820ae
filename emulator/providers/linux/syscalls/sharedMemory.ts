/** System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). */

import { PAGE_SIZE, roundUp } from '../../../base/pages.ts';
import { EFAULT, EINVAL, ENOMEM, EPERM, isError } from '../abi/errno.ts';
import { flagText } from '../abi/flagNames.ts';
import * as abi from '../abi/ipc.ts';
import {
  applyPermissions,
  atIndex,
  checkOwner,
  encodePermissions,
  findObject,
  highestIndex,
  IPC_PERM_SIZE,
} from '../ipc/object.ts';
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
import { giveBytes, readView, setLongAt } from '../userMemory.ts';
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
  switch (command) {
    case abi.IPC_INFO:
      return giveBytes(task, address, encodeLimits()) || highestIndex(table);
    case abi.SHM_INFO:
      return giveBytes(task, address, encodeUse([...table.objects.values()])) || highestIndex(table);
    case abi.SHM_STAT:
    case abi.SHM_STAT_ANY: {
      const segment = atIndex(table, id);
      if (!segment) return -EINVAL;
      const found = command === abi.SHM_STAT ? findObject(task, table, segment.id, 4) : segment;
      return isError(found) ? found : giveBytes(task, address, encodeStatus(task, found)) || found.id;
    }
    case abi.IPC_STAT: {
      const segment = findObject(task, table, id, 4);
      return isError(segment) ? segment : giveBytes(task, address, encodeStatus(task, segment));
    }
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
  const segment = findObject(task, segmentsOf(task.linux), id, 0);
  if (isError(segment)) return segment;
  const view = command === abi.IPC_SET ? readView(task, address, IPC_PERM_SIZE) : undefined;
  if (command === abi.IPC_SET && !view) return -EFAULT;
  if (checkOwner(task, segment) < 0) return -EPERM;
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
