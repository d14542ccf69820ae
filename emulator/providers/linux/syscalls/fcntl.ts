/** What is asked of open files and descriptors by fcntl(2), and locks of whole files (flock(2)). */

import { EAGAIN, EBADF, EBUSY, EDEADLK, EFAULT, EINVAL, EOVERFLOW, EPERM, ESRCH, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { RLIMIT_NOFILE } from '../abi/sched.ts';
import { SIGRTMAX } from '../abi/signal.ts';
import { install } from '../files/descriptors.ts';
import {
  type FileLock,
  findConflict,
  grant,
  type LockKind,
  unlock,
  waitForLock,
  wouldDeadlock,
} from '../files/locks.ts';
import { anyFileOf, fileOf, inodeOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { leaseKind, setLease } from '../files/leases.ts';
import { noteAsynchronous, ownerOf } from '../files/owners.ts';
import { toldFlags } from '../files/proc/descriptors.ts';
import { getPipe, resizePipe } from '../files/pipe.ts';
import { addSeals, sealsOf } from '../files/seals.ts';
import { findByTid, findGroup, groupMembers } from '../process/lookup.ts';
import type { Task } from '../task.ts';
import { giveBytes, readView, setLongAt, signedLongAt } from '../userMemory.ts';
import { choice, fd, flags, long } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export const fcntlRows: readonly Row[] = [
  partly(
    call(72, 'fcntl', [fd(), choice('cmd', fcntl.FCNTL_COMMANDS), long('arg')], fcntlCall),
    'No watching of directories (F_NOTIFY); inotify(7) does that.',
  ),
  call(73, 'flock', [fd(), flags('operation', fcntl.LOCK_OPERATIONS)], flock),
];

type Command = (task: Task, file: OpenFile, argument: number, descriptor: number) => number;

/** Those that a descriptor opened with O_PATH has, too (open(2)). */
const PATH_COMMANDS: ReadonlyMap<number, Command> = new Map([
  [fcntl.F_DUPFD, (task, file, argument) => duplicate(task, file, argument, false)],
  [fcntl.F_DUPFD_CLOEXEC, (task, file, argument) => duplicate(task, file, argument, true)],
  [
    fcntl.F_GETFD,
    ({ group }, _file, _argument, descriptor) => (group.descriptors[descriptor]?.closeOnExec ? fcntl.FD_CLOEXEC : 0),
  ],
  [fcntl.F_SETFD, setDescriptorFlags],
  [fcntl.F_GETFL, (_task, file) => toldFlags(file)],
]);

const COMMANDS: ReadonlyMap<number, Command> = new Map<number, Command>([
  [
    fcntl.F_SETFL,
    ({ linux }, file, argument, descriptor) => {
      file.flags = (file.flags & ~fcntl.CHANGEABLE_FLAGS) | (argument & fcntl.CHANGEABLE_FLAGS);
      noteAsynchronous(linux, file, descriptor);
      return 0;
    },
  ],
  [fcntl.F_GETLK, (task, file, address) => testLock(task, file, address, 'posix')],
  [fcntl.F_SETLK, (task, file, address) => setLock(task, file, address, 'posix', false)],
  [fcntl.F_SETLKW, (task, file, address) => setLock(task, file, address, 'posix', true)],
  [fcntl.F_OFD_GETLK, (task, file, address) => testLock(task, file, address, 'ofd')],
  [fcntl.F_OFD_SETLK, (task, file, address) => setLock(task, file, address, 'ofd', false)],
  [fcntl.F_OFD_SETLKW, (task, file, address) => setLock(task, file, address, 'ofd', true)],
  [fcntl.F_SETOWN, setOwner],
  [fcntl.F_GETOWN, (_task, { owner }) => (owner?.kind === fcntl.F_OWNER_PGRP ? -owner.id : (owner?.id ?? 0))],
  [fcntl.F_SETOWN_EX, setOwnerStructure],
  [fcntl.F_GETOWN_EX, getOwnerStructure],
  [
    fcntl.F_SETSIG,
    (_task, file, argument) => {
      if (argument < 0 || argument > SIGRTMAX) return -EINVAL;
      file.ownerSignal = argument;
      return 0;
    },
  ],
  [fcntl.F_GETSIG, (_task, file) => file.ownerSignal],
  [fcntl.F_SETLEASE, (task, file, kind, descriptor) => setLease(task, file, kind, descriptor)],
  [fcntl.F_GETLEASE, ({ linux }, file) => leaseKind(linux, file)],
  [fcntl.F_GETPIPE_SZ, ({ linux }, file) => (file.type === 'pipe' ? getPipe(linux, file.object).capacity : -EBADF)],
  [fcntl.F_SETPIPE_SZ, setPipeSize],
  [
    fcntl.F_ADD_SEALS,
    (task, file, argument) => (isWritable(file) ? addSeals(task, inodeOf(task, file), argument) : -EPERM),
  ],
  [fcntl.F_GET_SEALS, (task, file) => sealsOf(inodeOf(task, file)) ?? -EINVAL],
]);

function fcntlCall(task: Task, descriptor: number, command: number, argument: number): number {
  const file = anyFileOf(task, descriptor);
  if (isError(file)) return file;
  const harmless = PATH_COMMANDS.get(command);
  if (harmless) return harmless(task, file, argument, descriptor);
  if (file.flags & fcntl.O_PATH) return -EBADF;
  return COMMANDS.get(command)?.(task, file, argument, descriptor) ?? -EINVAL;
}

function duplicate(task: Task, file: OpenFile, from: number, closeOnExec: boolean): number {
  if (from < 0 || from >= task.group.limits[RLIMIT_NOFILE].soft) return -EINVAL;
  return install(task, file, closeOnExec, from);
}

function setDescriptorFlags(task: Task, _file: OpenFile, argument: number, descriptor: number): number {
  const entry = task.group.descriptors[descriptor];
  if (!entry) return -EBADF;
  entry.closeOnExec = (argument & fcntl.FD_CLOEXEC) !== 0;
  return 0;
}

/** A positive number is a process, a negative one a process group. */
function setOwner(task: Task, file: OpenFile, argument: number): number {
  const owner = argument | 0;
  return owner < 0
    ? installOwner(task, file, fcntl.F_OWNER_PGRP, -owner)
    : installOwner(task, file, fcntl.F_OWNER_PID, owner);
}

/** 0 is nobody. */
function installOwner(task: Task, file: OpenFile, kind: number, id: number): number {
  const { linux } = task;
  const exists: Readonly<Record<number, () => boolean>> = {
    [fcntl.F_OWNER_TID]: () => findByTid(linux, id) !== undefined,
    [fcntl.F_OWNER_PID]: () => findGroup(linux, id) !== undefined,
    [fcntl.F_OWNER_PGRP]: () => groupMembers(linux, id).length > 0,
  };
  if (id !== 0 && !exists[kind]()) return -ESRCH;
  file.owner = id === 0 ? undefined : ownerOf(task, kind, id);
  return 0;
}

/** `struct f_owner_ex`: type and id. */
function setOwnerStructure(task: Task, file: OpenFile, address: number): number {
  const view = readView(task, address, 8);
  if (!view) return -EFAULT;
  const type = view.getInt32(0, true);
  if (type < 0 || type > fcntl.F_OWNER_PGRP) return -EINVAL;
  return installOwner(task, file, type, view.getInt32(4, true));
}

function getOwnerStructure(task: Task, file: OpenFile, address: number): number {
  const { kind, id } = file.owner ?? { kind: fcntl.F_OWNER_TID, id: 0 };
  return giveBytes(task, address, new Uint8Array(new Int32Array([kind, id]).buffer));
}

/** A whole number of pages that is a power of two; a megabyte at most, for root as well (pipe(7)). */
function setPipeSize(task: Task, file: OpenFile, wanted: number): number {
  if (file.type !== 'pipe') return -EBADF;
  if (wanted <= 0 || wanted > 0x8000_0000) return -EINVAL;
  const size = 2 ** Math.max(12, Math.ceil(Math.log2(wanted)));
  if (size > fcntl.PIPE_MAX_SIZE) return -EPERM;
  return resizePipe(task.linux, getPipe(task.linux, file.object), size) ? size : -EBUSY;
}

/** `struct flock` */
const FLOCK_SIZE = 32;

/** The range of a `struct flock`, as a lock that the task would take; errors as fcntl(2) has them. */
function lockAt(task: Task, file: OpenFile, view: DataView, kind: LockKind): FileLock | number {
  const whence = view.getInt16(2, true);
  const bases: Readonly<Record<number, () => number>> = {
    [fcntl.SEEK_SET]: () => 0,
    [fcntl.SEEK_CUR]: () => file.offset,
    [fcntl.SEEK_END]: () => inodeOf(task, file).size,
  };
  const base = bases[whence]?.();
  if (base === undefined || view.getInt16(0, true) > fcntl.F_UNLCK || view.getInt16(0, true) < 0) return -EINVAL;
  const length = signedLongAt(view, 16);
  const first = base + signedLongAt(view, 8);
  if (first + length > 2 ** 63) return -EOVERFLOW;
  const start = length < 0 ? first + length : first;
  if (start < 0) return -EINVAL;
  if (kind === 'ofd' && view.getInt32(24, true) !== 0) return -EINVAL;
  const owner = kind === 'posix' ? task.group.pid : file.id;
  const end = length === 0 ? Number.POSITIVE_INFINITY : length < 0 ? first : first + length;
  const exclusive = view.getInt16(0, true) === fcntl.F_WRLCK;
  return { kind, owner, exclusive, start, end, pid: task.group.pid };
}

function setLock(task: Task, file: OpenFile, address: number, kind: LockKind, waits: boolean): number {
  const view = readView(task, address, FLOCK_SIZE);
  if (!view) return -EFAULT;
  const wanted = lockAt(task, file, view, kind);
  if (typeof wanted === 'number') return wanted;
  const { linux } = task;
  if (view.getInt16(0, true) === fcntl.F_UNLCK) {
    unlock(linux, file.inode, wanted);
    return 0;
  }
  if (wanted.exclusive ? !isWritable(file) : !isReadable(file)) return -EBADF;
  if (!findConflict(linux, file.inode, wanted)) {
    grant(linux, file.inode, wanted);
    return 0;
  }
  if (!waits) return -EAGAIN;
  return wouldDeadlock(task, file.inode, wanted) ? -EDEADLK : waitForLock(task, file.inode, wanted);
}

/** F_GETLK: the lock that is in the way, or F_UNLCK. */
function testLock(task: Task, file: OpenFile, address: number, kind: LockKind): number {
  const view = readView(task, address, FLOCK_SIZE);
  if (!view) return -EFAULT;
  const wanted = lockAt(task, file, view, kind);
  if (typeof wanted === 'number') return wanted;
  if (kind === 'posix' && view.getInt16(0, true) === fcntl.F_UNLCK) return -EINVAL;
  const found = findConflict(task.linux, file.inode, wanted);
  view.setInt16(0, found ? (found.exclusive ? fcntl.F_WRLCK : fcntl.F_RDLCK) : fcntl.F_UNLCK, true);
  if (found) {
    view.setInt16(2, fcntl.SEEK_SET, true);
    setLongAt(view, 8, found.start);
    setLongAt(view, 16, found.end === Number.POSITIVE_INFINITY ? 0 : found.end - found.start);
    view.setInt32(24, found.kind === 'ofd' ? -1 : found.pid, true);
  }
  return giveBytes(task, address, new Uint8Array(view.buffer));
}

/** The open file owns the lock: descriptors of it share it, also in other processes. */
function flock(task: Task, descriptor: number, operation: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  const { linux } = task;
  const kind = operation & ~fcntl.LOCK_NB;
  if (kind !== fcntl.LOCK_SH && kind !== fcntl.LOCK_EX && kind !== fcntl.LOCK_UN) return -EINVAL;
  const wanted: FileLock = {
    kind: 'flock',
    owner: file.id,
    exclusive: kind === fcntl.LOCK_EX,
    start: 0,
    end: Number.POSITIVE_INFINITY,
    pid: task.group.pid,
  };
  // Changing a lock is giving it up and asking for another: in between others may come (flock(2)).
  if (kind === fcntl.LOCK_UN || findConflict(linux, file.inode, wanted)) unlock(linux, file.inode, wanted);
  if (kind === fcntl.LOCK_UN) return 0;
  if (!findConflict(linux, file.inode, wanted)) {
    grant(linux, file.inode, wanted);
    return 0;
  }
  return operation & fcntl.LOCK_NB ? -EAGAIN : waitForLock(task, file.inode, wanted);
}
