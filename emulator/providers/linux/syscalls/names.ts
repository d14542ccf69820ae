/** Names: making, moving, linking and removing them, listing directories, and the working directory. */

import * as errno from '../abi/errno.ts';
import { isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG, S_IFSOCK, S_ISVTX } from '../abi/stat.ts';
import { exchange, link, list, make, type NewInode, remove, rename } from '../files/directory.ts';
import { type Inode, isDirectory, isSymlink, touchAccess } from '../files/inode.ts';
import { directoryPath } from '../files/inodes.ts';
import { fileOf, inodeOf } from '../files/openFile.ts';
import {
  find,
  linkText,
  mayAccess,
  mayChangeEntry,
  ownNew,
  walk,
  type Walked,
  workingDirectory,
} from '../files/walk.ts';
import { stateOf } from '../instance.ts';
import { IN_ACCESS } from '../abi/inotify.ts';
import { tell } from '../files/watches.ts';
import { isPrivileged, rulesFiles, type Task } from '../task.ts';
import { encodeText, writeBytes } from '../userMemory.ts';
import { directoryFd, fd, fileMode, flags, out, path, size, unsigned } from './arguments.ts';
import { call, partly, type Row } from './row.ts';
import { findByFd, startOf } from './start.ts';

const { AT_FDCWD } = fcntl;

export const nameRows: readonly Row[] = [
  call(78, 'getdents', [fd(), out('dirp'), size()], (task, descriptor, buffer, count) =>
    readEntries(task, descriptor, buffer, count, oldRecord),
  ),
  call(79, 'getcwd', [out('buf', 'char *'), size('size')], getcwd),
  call(80, 'chdir', [path()], chdir),
  call(81, 'fchdir', [fd()], fchdir),
  call(82, 'rename', [path('oldpath'), path('newpath')], (task, from, to) =>
    renameat2(task, AT_FDCWD, from, AT_FDCWD, to, 0),
  ),
  call(83, 'mkdir', [path(), fileMode()], (task, name, mode) => mkdirat(task, AT_FDCWD, name, mode)),
  call(84, 'rmdir', [path()], (task, name) => unlinkat(task, AT_FDCWD, name, fcntl.AT_REMOVEDIR)),
  call(86, 'link', [path('oldpath'), path('newpath')], (task, from, to) =>
    linkat(task, AT_FDCWD, from, AT_FDCWD, to, 0),
  ),
  call(87, 'unlink', [path()], (task, name) => unlinkat(task, AT_FDCWD, name, 0)),
  call(88, 'symlink', [path('target'), path('linkpath')], (task, target, name) =>
    symlinkat(task, target, AT_FDCWD, name),
  ),
  call(89, 'readlink', [path(), out('buf', 'char *'), size('bufsiz')], (task, name, buffer, count) =>
    readlinkat(task, AT_FDCWD, name, buffer, count),
  ),
  partly(
    call(133, 'mknod', [path(), fileMode(), unsigned('dev')], (task, name, mode, device) =>
      mknodat(task, AT_FDCWD, name, mode, device),
    ),
    'Nodes of block devices are made, but there are none to open.',
  ),
  call(161, 'chroot', [path()], chroot),
  call(217, 'getdents64', [fd(), out('dirp'), size()], (task, descriptor, buffer, count) =>
    readEntries(task, descriptor, buffer, count, newRecord),
  ),
  call(258, 'mkdirat', [directoryFd(), path(), fileMode()], mkdirat),
  partly(
    call(259, 'mknodat', [directoryFd(), path(), fileMode(), unsigned('dev')], mknodat),
    'Files, fifos and character devices; no block devices.',
  ),
  call(263, 'unlinkat', [directoryFd(), path(), flags('flags', fcntl.UNLINK_FLAGS)], unlinkat),
  call(
    264,
    'renameat',
    [directoryFd('olddirfd'), path('oldpath'), directoryFd('newdirfd'), path('newpath')],
    (task, a, from, b, to) => renameat2(task, a, from, b, to, 0),
  ),
  call(
    265,
    'linkat',
    [
      directoryFd('olddirfd'),
      path('oldpath'),
      directoryFd('newdirfd'),
      path('newpath'),
      flags('flags', fcntl.AT_FLAGS),
    ],
    linkat,
  ),
  call(266, 'symlinkat', [path('target'), directoryFd('newdirfd'), path('linkpath')], symlinkat),
  call(267, 'readlinkat', [directoryFd(), path(), out('buf', 'char *'), size('bufsiz')], readlinkat),
  call(
    316,
    'renameat2',
    [
      directoryFd('olddirfd'),
      path('oldpath'),
      directoryFd('newdirfd'),
      path('newpath'),
      flags('flags', fcntl.RENAME_FLAGS),
    ],
    renameat2,
  ),
];

/** Where a new or vanishing name is, or why it cannot be there. */
function walkAt(task: Task, directory: number, name: string, follow = false): Walked | errno.Errno {
  const start = startOf(task, directory, name);
  return isError(start) ? start : walk(task, start, name, follow);
}

function makeAt(task: Task, directory: number, name: string, wanted: Omit<NewInode, 'uid' | 'gid'>): number {
  const walked = walkAt(task, directory, name);
  if (isError(walked)) return walked;
  if (walked.inode) return -errno.EEXIST;
  if (walked.mustBeDirectory && (wanted.mode & S_IFMT) !== S_IFDIR) return -errno.ENOENT;
  if (!mayAccess(task, walked.directory, 3)) return -errno.EACCES;
  const owned = ownNew(task, walked.directory, wanted.mode);
  const made = make(task.linux, walked.directory, walked.name, { ...wanted, ...owned });
  return isError(made) ? made : 0;
}

function mkdirat(task: Task, directory: number, name: string, mode: number): number {
  return makeAt(task, directory, name, { mode: S_IFDIR | (mode & ~task.group.umask & (0o777 | S_ISVTX)) });
}

/** What mknod(2) makes. */
const MAKEABLE: readonly number[] = [S_IFREG, S_IFIFO, S_IFSOCK, S_IFCHR, S_IFBLK];

function mknodat(task: Task, directory: number, name: string, mode: number, device: number): number {
  const type = mode & S_IFMT || S_IFREG;
  if (type === S_IFDIR) return -errno.EPERM;
  if (!MAKEABLE.includes(type)) return -errno.EINVAL;
  if ((type === S_IFCHR || type === S_IFBLK) && !rulesFiles(task)) return -errno.EPERM;
  return makeAt(task, directory, name, { mode: type | (mode & ~task.group.umask & 0o7777), rdev: device });
}

function symlinkat(task: Task, target: string, directory: number, name: string): number {
  if (target === '') return -errno.ENOENT;
  return makeAt(task, directory, name, { mode: S_IFLNK | 0o777, target });
}

function linkat(
  task: Task,
  oldDirectory: number,
  oldName: string,
  newDirectory: number,
  newName: string,
  linkFlags: number,
): number {
  if (linkFlags & ~(fcntl.AT_SYMLINK_FOLLOW | fcntl.AT_EMPTY_PATH)) return -errno.EINVAL;
  const isFile = oldName === '' && (linkFlags & fcntl.AT_EMPTY_PATH) !== 0;
  const old = isFile ? undefined : walkAt(task, oldDirectory, oldName, (linkFlags & fcntl.AT_SYMLINK_FOLLOW) !== 0);
  if (old !== undefined && isError(old)) return old;
  const inode = old === undefined ? findByFd(task, oldDirectory) : (old.inode ?? -errno.ENOENT);
  if (isError(inode)) return inode;
  const target = walkAt(task, newDirectory, newName);
  if (isError(target)) return target;
  if (target.inode) return -errno.EEXIST;
  if (!mayAccess(task, target.directory, 3)) return -errno.EACCES;
  return link(task.linux, target.directory, target.name, inode);
}

function unlinkat(task: Task, directory: number, name: string, unlinkFlags: number): number {
  if (unlinkFlags & ~fcntl.AT_REMOVEDIR) return -errno.EINVAL;
  const asDirectory = (unlinkFlags & fcntl.AT_REMOVEDIR) !== 0;
  const walked = walkAt(task, directory, name);
  if (isError(walked)) return walked;
  if (walked.name === '') return asDirectory ? refuseDots(name) : -errno.EISDIR;
  if (!walked.inode) return -errno.ENOENT;
  if (!mayChangeEntry(task, walked.directory, walked.inode)) return -errno.EACCES;
  if (isMountPoint(task, walked.inode)) return -errno.EBUSY;
  return remove(task.linux, walked.directory, walked.name, walked.inode, asDirectory);
}

/** rmdir(2): `.` is invalid, `..` is never empty, the root is busy. */
function refuseDots(name: string): number {
  const last = name.replace(/\/+$/, '').split('/').pop();
  return last === '.' ? -errno.EINVAL : last === '..' ? -errno.ENOTEMPTY : -errno.EBUSY;
}

function isMountPoint(task: Task, inode: Inode): boolean {
  for (const root of stateOf(task.linux).mounts.values()) if (root === inode.id) return true;
  return false;
}

function renameat2(
  task: Task,
  oldDirectory: number,
  oldName: string,
  newDirectory: number,
  newName: string,
  renameFlags: number,
): number {
  const known = fcntl.RENAME_NOREPLACE | fcntl.RENAME_EXCHANGE;
  // Neither both of them (renameat2(2)), nor RENAME_WHITEOUT: no overlay would know what a whiteout is.
  if (renameFlags & ~known || (renameFlags & known) === known) return -errno.EINVAL;
  const from = walkAt(task, oldDirectory, oldName);
  if (isError(from)) return from;
  const to = walkAt(task, newDirectory, newName);
  if (isError(to)) return to;
  if (from.name === '' || to.name === '') return -errno.EBUSY;
  const { inode } = from;
  if (!inode) return -errno.ENOENT;
  if (to.inode && renameFlags & fcntl.RENAME_NOREPLACE) return -errno.EEXIST;
  if (!isDirectory(inode) && (from.mustBeDirectory || to.mustBeDirectory)) return -errno.ENOTDIR;
  if (!mayChangeEntry(task, from.directory, inode) || !mayChangeEntry(task, to.directory, to.inode))
    return -errno.EACCES;
  if (isMountPoint(task, inode) || (to.inode && isMountPoint(task, to.inode))) return -errno.EBUSY;
  if ((renameFlags & fcntl.RENAME_EXCHANGE) === 0) return rename(task.linux, inode, from, to);
  return to.inode ? exchange(task.linux, inode, from, to.inode, to) : -errno.ENOENT;
}

function readlinkat(task: Task, directory: number, name: string, buffer: number, count: number): number {
  if (count <= 0) return -errno.EINVAL;
  const start = startOf(task, directory, name);
  if (isError(start)) return start;
  const inode = name === '' ? start : find(task, start, name, false);
  if (isError(inode)) return inode;
  if (!isSymlink(inode)) return name === '' ? -errno.ENOENT : -errno.EINVAL;
  const text = encodeText(linkText(task, inode)).subarray(0, count);
  return writeBytes(task, buffer, text) ? text.length : -errno.EFAULT;
}

function getcwd(task: Task, buffer: number, count: number): number {
  const text = encodeText(`${directoryPath(task.linux, workingDirectory(task))}\0`);
  if (text.length > count) return -errno.ERANGE;
  return writeBytes(task, buffer, text) ? text.length : -errno.EFAULT;
}

function enterDirectory(task: Task, inode: Inode | errno.Errno): number {
  if (isError(inode)) return inode;
  if (!isDirectory(inode)) return -errno.ENOTDIR;
  if (!mayAccess(task, inode, 1)) return -errno.EACCES;
  task.group.directory = inode.id;
  return 0;
}

function chdir(task: Task, name: string): number {
  return enterDirectory(task, find(task, workingDirectory(task), name));
}

function fchdir(task: Task, descriptor: number): number {
  return enterDirectory(task, findByFd(task, descriptor));
}

function chroot(task: Task, name: string): number {
  const inode = find(task, workingDirectory(task), name);
  if (isError(inode)) return inode;
  if (!isDirectory(inode)) return -errno.ENOTDIR;
  if (!mayAccess(task, inode, 1)) return -errno.EACCES;
  if (!isPrivileged(task)) return -errno.EPERM;
  task.group.root = inode.id;
  return 0;
}

type Record = (inode: number, next: number, type: number, name: Uint8Array) => Uint8Array;

/** `struct linux_dirent64`. */
function newRecord(inode: number, next: number, type: number, name: Uint8Array): Uint8Array {
  const record = new Uint8Array(Math.ceil((19 + name.length + 1) / 8) * 8);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(inode), true);
  view.setBigInt64(8, BigInt(next), true);
  view.setUint16(16, record.length, true);
  record[18] = type;
  record.set(name, 19);
  return record;
}

/** `struct linux_dirent`: the type is the last byte (getdents(2)). */
function oldRecord(inode: number, next: number, type: number, name: Uint8Array): Uint8Array {
  const record = new Uint8Array(Math.ceil((18 + name.length + 2) / 8) * 8);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(inode), true);
  view.setBigUint64(8, BigInt(next), true);
  view.setUint16(16, record.length, true);
  record.set(name, 18);
  record[record.length - 1] = type;
  return record;
}

function readEntries(task: Task, descriptor: number, buffer: number, count: number, encode: Record): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (file.type !== 'directory') return -errno.ENOTDIR;
  const inode = inodeOf(task, file);
  if (inode.links === 0) return -errno.ENOENT; // it has been removed
  const entries = file.entries ?? list(task.linux, inode);
  file.entries = entries;
  touchAccess(task.linux, inode, file.flags);
  tell(task.linux, inode, IN_ACCESS);
  let filled = 0;
  while (file.offset < entries.length) {
    const { name, inode: number, type } = entries[file.offset];
    const record = encode(number, file.offset + 1, type, encodeText(name));
    if (filled + record.length > count) break;
    if (!writeBytes(task, buffer + filled, record)) return filled || -errno.EFAULT;
    filled += record.length;
    file.offset++;
  }
  return filled === 0 && file.offset < entries.length ? -errno.EINVAL : filled;
}
