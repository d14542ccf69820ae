/** Control messages (cmsg(3), unix(7)): descriptors and credentials that travel with a message. */

import { EBADF, EINVAL, EPERM, ESRCH, ETOOMANYREFS } from '../abi/errno.ts';
import { CMSGHDR_SIZE, MSG_CTRUNC, SCM_CREDENTIALS, SCM_MAX_FD, SCM_RIGHTS, SOL_SOCKET } from '../abi/socket.ts';
import { install } from '../files/descriptors.ts';
import { anyFileOf, getFile } from '../files/openFile.ts';
import { stateOf } from '../instance.ts';
import { findGroup } from '../process/lookup.ts';
import { isPrivileged, type Task } from '../task.ts';
import { longAt, setLongAt } from '../userMemory.ts';
import type { Carried } from './send.ts';
import { type Owner, ownerOf } from './socket.ts';

export const CREDENTIALS_SIZE = 12;

function aligned(size: number): number {
  return Math.ceil(size / 8) * 8;
}

/** What the control bytes of a message ask to carry, or a negative error. */
export function readControl(task: Task, control: Uint8Array, hasControl: boolean): Carried | number {
  const carried: Carried = { files: [], owner: ownerOf(task) };
  const view = new DataView(control.buffer, control.byteOffset, control.length);
  for (let at = 0; at + CMSGHDR_SIZE <= control.length; ) {
    const length = longAt(view, at);
    if (length < CMSGHDR_SIZE || at + length > control.length) return -EINVAL;
    const data = new DataView(control.buffer, control.byteOffset + at + CMSGHDR_SIZE, length - CMSGHDR_SIZE);
    // Other levels' messages are about routes and clocks that are not there.
    if (view.getInt32(at + 8, true) === SOL_SOCKET && hasControl) {
      const refused = addControl(task, view.getInt32(at + 12, true), data, carried);
      if (refused < 0) return refused;
    }
    at += aligned(length);
  }
  return carried;
}

function addControl(task: Task, type: number, data: DataView, carried: Carried): number {
  if (type === SCM_RIGHTS) return addFiles(task, data, carried);
  if (type === SCM_CREDENTIALS) return useCredentials(task, data, carried);
  return -EINVAL;
}

function addFiles(task: Task, data: DataView, carried: Carried): number {
  const count = Math.floor(data.byteLength / 4);
  if (carried.files.length + count > SCM_MAX_FD) return -EINVAL;
  if (inFlight(task) + count > task.linux.limits.openFiles) return -ETOOMANYREFS;
  for (let i = 0; i < count; i++) {
    const file = anyFileOf(task, data.getInt32(i * 4, true));
    if (typeof file === 'number') return -EBADF;
    carried.files.push(file.id);
  }
  return 0;
}

/** Files that are on their way in all sockets. */
function inFlight(task: Task): number {
  let count = 0;
  for (const { queue } of stateOf(task.linux).sockets.values()) for (const { files } of queue) count += files.length;
  return count;
}

/** Only the superuser may say to be somebody else (unix(7)). */
function useCredentials(task: Task, data: DataView, carried: Carried): number {
  if (data.byteLength < CREDENTIALS_SIZE) return -EINVAL;
  const owner = { pid: data.getInt32(0, true), uid: data.getUint32(4, true), gid: data.getUint32(8, true) };
  const { group } = task;
  const { uid, euid, suid, gid, egid, sgid } = group.credentials;
  if (!isPrivileged(task)) {
    if (owner.pid !== group.pid || ![uid, euid, suid].includes(owner.uid) || ![gid, egid, sgid].includes(owner.gid))
      return -EPERM;
  }
  if (owner.pid !== group.pid && !findGroup(task.linux, owner.pid)) return -ESRCH;
  carried.owner = owner;
  return 0;
}

export function encodeOwner(owner: Owner): Uint8Array {
  const bytes = new Uint8Array(CREDENTIALS_SIZE);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, owner.pid, true);
  view.setUint32(4, owner.uid, true);
  view.setUint32(8, owner.gid, true);
  return bytes;
}

/** Control messages for a receiver that has room for `room` bytes. */
export class ControlWriter {
  readonly bytes: Uint8Array;
  length = 0;
  flags = 0;

  constructor(room: number) {
    this.bytes = new Uint8Array(room);
  }

  /** One message; what does not fit is cut off, and the receiver told so (MSG_CTRUNC). */
  add(level: number, type: number, data: Uint8Array): void {
    const room = this.bytes.length - this.length;
    if (room < CMSGHDR_SIZE) {
      this.flags |= MSG_CTRUNC;
      return;
    }
    const length = Math.min(CMSGHDR_SIZE + data.length, room);
    if (length < CMSGHDR_SIZE + data.length) this.flags |= MSG_CTRUNC;
    const view = new DataView(this.bytes.buffer, this.length);
    setLongAt(view, 0, length);
    view.setInt32(8, level, true);
    view.setInt32(12, type, true);
    this.bytes.set(data.subarray(0, length - CMSGHDR_SIZE), this.length + CMSGHDR_SIZE);
    this.length = Math.min(this.bytes.length, this.length + aligned(length));
  }

  /** Descriptors for as many files as there is room for. */
  addFiles(task: Task, files: readonly number[], closeOnExec: boolean): void {
    const room = Math.floor((this.bytes.length - this.length - CMSGHDR_SIZE) / 4);
    const descriptors: number[] = [];
    for (const id of files.slice(0, Math.max(0, room))) {
      const descriptor = install(task, getFile(task.linux, id), closeOnExec);
      if (descriptor < 0) break;
      descriptors.push(descriptor);
    }
    if (descriptors.length < files.length) this.flags |= MSG_CTRUNC;
    if (descriptors.length > 0) this.add(SOL_SOCKET, SCM_RIGHTS, new Uint8Array(new Int32Array(descriptors).buffer));
  }
}
