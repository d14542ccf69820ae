/**
 * What the three kinds of System V IPC objects have in common (svipc(7)): keys, ids, owners and permissions, and the
 * table that a kind's objects are in.
 */

import { EACCES, EEXIST, EIDRM, EINVAL, ENOENT, ENOSPC, EPERM, type Errno } from '../abi/errno.ts';
import { IPC_CREAT, IPC_EXCL, IPC_PRIVATE } from '../abi/ipc.ts';
import { now } from '../time.ts';
import { isPrivileged, type Task } from '../task.ts';

export interface IpcObject {
  id: number;
  key: number;
  uid: number;
  gid: number;
  creatorUid: number;
  creatorGid: number;
  /** Nine permission bits. */
  mode: number;
  /** Seconds of CLOCK_REALTIME. */
  changed: number;
}

export interface IpcTable<T extends IpcObject> {
  /** By index. */
  objects: Map<number, T>;
  /** Indices by key, of objects that can be found by one. */
  keys: Map<number, number>;
  /** Where the search for a free index begins. */
  next: number;
  /** Part of the next object's id, so that ids of removed objects stay wrong for long: it grows when indices begin anew. */
  sequence: number;
}

/** IPCMNI: an id is an index below this, and so many times a sequence number. */
const SLOTS = 32_768;

export function emptyTable<T extends IpcObject>(): IpcTable<T> {
  return { objects: new Map(), keys: new Map(), next: 0, sequence: 0 };
}

/** `seq` of `struct ipc_perm`. */
export function sequenceOf({ id }: IpcObject): number {
  return Math.floor(id / SLOTS);
}

/** Seconds of CLOCK_REALTIME, as IPC objects keep them. */
export function seconds(task: Task): number {
  return now(task.kernel).seconds;
}

/** Rights as in a mode: 4 to read, 2 to write. */
export function isAllowed(task: Task, object: IpcObject, wanted: number): boolean {
  if (isPrivileged(task)) return true;
  const { euid, egid, groups } = task.group.credentials;
  if (euid === object.uid || euid === object.creatorUid) return ((object.mode >> 6) & wanted) === wanted;
  const isMember = [object.gid, object.creatorGid].some(gid => gid === egid || groups.includes(gid));
  return ((isMember ? object.mode >> 3 : object.mode) & wanted) === wanted;
}

/** The object with this id, if the task has the rights. */
export function findObject<T extends IpcObject>(task: Task, table: IpcTable<T>, id: number, wanted: number): T | Errno {
  const object = atIndex(table, id % SLOTS);
  if (!object || object.id !== id) return -EINVAL;
  return isAllowed(task, object, wanted) ? object : -EACCES;
}

/** The object that a call waits for: gone means that somebody has removed it meanwhile. */
export function findAwaited<T extends IpcObject>(
  task: Task,
  table: IpcTable<T>,
  id: number,
  wanted: number,
): T | Errno {
  const found = findObject(task, table, id, wanted);
  return found === -EINVAL && task.self.scratch !== undefined ? -EIDRM : found;
}

function atIndex<T extends IpcObject>(table: IpcTable<T>, index: number): T | undefined {
  return table.objects.get(index);
}

/** Highest index in use, or 0. */
export function highestIndex<T extends IpcObject>(table: IpcTable<T>): number {
  return [...table.objects.keys()].reduce((highest, index) => Math.max(highest, index), 0);
}

export interface GetRequest<T extends IpcObject> {
  readonly key: number;
  readonly flags: number;
  /** Most objects of the kind. */
  readonly limit: number;
  /** An error if the object that there is will not do. */
  check(object: T): number;
  /** The object's own fields; or an error. */
  create(): Omit<T, keyof IpcObject> | Errno;
}

/** shmget(2), semget(2) and msgget(2): the id of the object with the key, made if the flags say so; or an error. */
export function getObject<T extends IpcObject>(task: Task, table: IpcTable<T>, request: GetRequest<T>): number {
  const { key, flags } = request;
  const object = atIndex(table, table.keys.get(key) ?? -1);
  if (object) {
    if (flags & IPC_CREAT && flags & IPC_EXCL) return -EEXIST;
    const refused = request.check(object);
    if (refused < 0) return refused;
    return isAllowed(task, object, ((flags >> 6) | (flags >> 3) | flags) & 6) ? object.id : -EACCES;
  }
  if (key !== IPC_PRIVATE && !(flags & IPC_CREAT)) return -ENOENT;
  if (table.objects.size >= request.limit) return -ENOSPC;
  const fields = request.create();
  if (typeof fields === 'number') return fields;
  const { euid, egid } = task.group.credentials;
  const common: IpcObject = {
    id: takeIndex(table) + SLOTS * table.sequence,
    key,
    uid: euid,
    gid: egid,
    creatorUid: euid,
    creatorGid: egid,
    mode: flags & 0o777,
    changed: seconds(task),
  };
  table.objects.set(common.id % SLOTS, { ...fields, ...common } as T);
  if (key !== IPC_PRIVATE) table.keys.set(key, common.id % SLOTS);
  return common.id;
}

function takeIndex<T extends IpcObject>(table: IpcTable<T>): number {
  let index = table.next;
  while (table.objects.has(index)) index = (index + 1) % SLOTS;
  if (index < table.next) table.sequence = (table.sequence + 1) % 0x8000;
  table.next = (index + 1) % SLOTS;
  return index;
}

/** Nobody finds the object by its key any more. */
export function forgetKey<T extends IpcObject>(table: IpcTable<T>, object: T): void {
  if (object.key !== IPC_PRIVATE) table.keys.delete(object.key);
  object.key = IPC_PRIVATE;
}

/** Takes the object out of its table. */
export function removeObject<T extends IpcObject>(table: IpcTable<T>, object: T): void {
  forgetKey(table, object);
  table.objects.delete(object.id % SLOTS);
}

/** IPC_SET and IPC_RMID are for the owner, the creator and root. */
export function checkOwner(task: Task, object: IpcObject): number {
  const { euid } = task.group.credentials;
  return isPrivileged(task) || euid === object.uid || euid === object.creatorUid ? 0 : -EPERM;
}

export const IPC_PERM_SIZE = 48;

/** `struct ipc64_perm` at the start of a structure; `extra` are mode bits of the kind's own. */
export function encodePermissions(view: DataView, object: IpcObject, extra = 0): void {
  view.setInt32(0, object.key, true);
  view.setUint32(4, object.uid, true);
  view.setUint32(8, object.gid, true);
  view.setUint32(12, object.creatorUid, true);
  view.setUint32(16, object.creatorGid, true);
  view.setUint32(20, object.mode | extra, true);
  view.setUint16(24, sequenceOf(object), true);
}

/** IPC_SET: owner and permissions from a `struct ipc64_perm`. */
export function applyPermissions(task: Task, object: IpcObject, view: DataView): void {
  object.uid = view.getUint32(4, true);
  object.gid = view.getUint32(8, true);
  object.mode = view.getUint32(20, true) & 0o777;
  object.changed = seconds(task);
}
