/** What files are: stat(2) and its kin, permissions, owners, times. */

import * as errno from '../abi/errno.ts';
import { isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import {
  BLOCK_SIZE,
  encodeStat,
  encodeStatfs,
  encodeStatx,
  S_IFMT,
  S_ISGID,
  type Stat,
  type Timespec,
  UTIME_NOW,
  UTIME_OMIT,
} from '../abi/stat.ts';
import { allocationSize } from '../../../kernel/io/volume/contents.ts';
import { fileMemory } from '../../../kernel/mm/fileCharge.ts';
import { touchChanged } from '../../../kernel/io/volume/file.ts';
import { dropSetId, type Inode, isDirectory, isReadOnly, superblockOf } from '../files/inode.ts';
import { mayAccess } from '../files/walk.ts';
import { MS_RDONLY } from '../abi/mount.ts';
import { IN_ATTRIB } from '../abi/inotify.ts';
import { tell } from '../files/watches.ts';
import { isInGroup, rulesFiles, type Task } from '../task.ts';
import { now } from '../time.ts';
import { giveBytes, readView, signedLongAt } from '../userMemory.ts';
import { directoryFd, fd, fileMode, flags, optionalPath, out, path, pointer, unsigned } from './arguments.ts';
import { call, partly, type Row } from './row.ts';
import { findAt, findByFd, findOpen } from './start.ts';

const { AT_FDCWD } = fcntl;
const accessMode = flags('mode', fcntl.ACCESS_MODES, 'F_OK');
const atFlags = flags('flags', fcntl.AT_FLAGS);

export const attributeRows: readonly Row[] = [
  call(4, 'stat', [path(), out('statbuf', 'struct stat *')], (task, name, buffer) =>
    newfstatat(task, AT_FDCWD, name, buffer, 0),
  ),
  call(5, 'fstat', [fd(), out('statbuf', 'struct stat *')], fstat),
  call(6, 'lstat', [path(), out('statbuf', 'struct stat *')], (task, name, buffer) =>
    newfstatat(task, AT_FDCWD, name, buffer, fcntl.AT_SYMLINK_NOFOLLOW),
  ),
  call(21, 'access', [path(), accessMode], (task, name, mode) => faccessat2(task, AT_FDCWD, name, mode, 0)),
  call(90, 'chmod', [path(), fileMode()], (task, name, mode) => fchmodat(task, AT_FDCWD, name, mode)),
  call(91, 'fchmod', [fd(), fileMode()], (task, descriptor, mode) =>
    changeMode(task, findOpen(task, descriptor), mode),
  ),
  call(92, 'chown', [path(), unsigned('owner'), unsigned('group')], (task, name, uid, gid) =>
    fchownat(task, AT_FDCWD, name, uid, gid, 0),
  ),
  call(93, 'fchown', [fd(), unsigned('owner'), unsigned('group')], (task, descriptor, uid, gid) =>
    changeOwner(task, findOpen(task, descriptor), uid, gid),
  ),
  call(94, 'lchown', [path(), unsigned('owner'), unsigned('group')], (task, name, uid, gid) =>
    fchownat(task, AT_FDCWD, name, uid, gid, fcntl.AT_SYMLINK_NOFOLLOW),
  ),
  call(95, 'umask', [fileMode('mask')], umask),
  call(132, 'utime', [path('filename'), pointer('times', 'const struct utimbuf *')], utime),
  partly(
    call(137, 'statfs', [path(), out('buf', 'struct statfs *')], statfs),
    'Sizes are the limit of files in memory, whatever the host has.',
  ),
  partly(
    call(138, 'fstatfs', [fd(), out('buf', 'struct statfs *')], fstatfs),
    'Sizes are the limit of files in memory, whatever the host has.',
  ),
  call(235, 'utimes', [path('filename'), pointer('times', 'const struct timeval *')], (task, name, address) =>
    setTimes(task, AT_FDCWD, name, address, 0, 1000),
  ),
  call(260, 'fchownat', [directoryFd(), path(), unsigned('owner'), unsigned('group'), atFlags], fchownat),
  call(
    261,
    'futimesat',
    [directoryFd(), path(), pointer('times', 'const struct timeval *')],
    (task, directory, name, address) => setTimes(task, directory, name, address, 0, 1000),
  ),
  call(262, 'newfstatat', [directoryFd(), path(), out('statbuf', 'struct stat *'), atFlags], newfstatat),
  call(268, 'fchmodat', [directoryFd(), path(), fileMode()], fchmodat),
  call(269, 'faccessat', [directoryFd(), path(), accessMode], (task, directory, name, mode) =>
    faccessat2(task, directory, name, mode, 0),
  ),
  call(
    280,
    'utimensat',
    [directoryFd(), optionalPath(), pointer('times', 'const struct timespec *'), atFlags],
    utimensat,
  ),
  partly(
    call(332, 'statx', [directoryFd(), path(), atFlags, unsigned('mask'), out('statxbuf', 'struct statx *')], statx),
    'All basic fields, no birth time, no attributes.',
  ),
  call(439, 'faccessat2', [directoryFd(), path(), accessMode, atFlags], faccessat2),
];

function statOf({ linux }: Task, inode: Inode): Stat {
  const { id, volume, links, size, lastAccess, lastWrite, change } = inode;
  const { mode, uid, gid, rdev } = inode.attributes;
  return {
    device: volume,
    inode: id,
    mode,
    links,
    uid,
    gid,
    rdev,
    size,
    blocks:
      (inode.kind === 'file' ? allocationSize(linux.kernel, inode) : Math.ceil(size / BLOCK_SIZE) * BLOCK_SIZE) / 512,
    atime: lastAccess,
    mtime: lastWrite,
    ctime: change,
  };
}

function newfstatat(task: Task, directory: number, name: string, buffer: number, lookFlags: number): number {
  const inode = lookAt(task, directory, name, lookFlags, fcntl.AT_LOOK_FLAGS);
  return isError(inode) ? inode : giveBytes(task, buffer, encodeStat(statOf(task, inode), task.linux.transfer));
}

/** What is there, for flags among `known`; a symbolic link itself if they say so. */
function lookAt(task: Task, directory: number, name: string, lookFlags: number, known: number): Inode | errno.Errno {
  if (lookFlags & ~known) return -errno.EINVAL;
  return findAt(task, directory, name, lookFlags, (lookFlags & fcntl.AT_SYMLINK_NOFOLLOW) === 0);
}

function fstat(task: Task, descriptor: number, buffer: number): number {
  const inode = findByFd(task, descriptor);
  return isError(inode) ? inode : giveBytes(task, buffer, encodeStat(statOf(task, inode), task.linux.transfer));
}

function statx(task: Task, directory: number, name: string, lookFlags: number, _mask: number, buffer: number): number {
  const known = fcntl.AT_LOOK_FLAGS | fcntl.AT_STATX_SYNC_TYPE;
  const inode = lookAt(task, directory, name, lookFlags, known);
  return isError(inode) ? inode : giveBytes(task, buffer, encodeStatx(statOf(task, inode)));
}

const ACCESS_FLAGS = fcntl.AT_SYMLINK_NOFOLLOW | fcntl.AT_EACCESS | fcntl.AT_EMPTY_PATH;

function faccessat2(task: Task, directory: number, name: string, mode: number, lookFlags: number): number {
  if (mode & ~7) return -errno.EINVAL;
  const inode = lookAt(task, directory, name, lookFlags, ACCESS_FLAGS);
  if (isError(inode)) return inode;
  if (!mayAccess(task, inode, mode, (lookFlags & fcntl.AT_EACCESS) === 0)) return -errno.EACCES;
  return mode & fcntl.W_OK && isReadOnly(task.linux, inode) ? -errno.EROFS : 0;
}

function fchmodat(task: Task, directory: number, name: string, mode: number): number {
  return changeMode(task, findAt(task, directory, name, 0, true), mode);
}

function changeMode(task: Task, inode: Inode | errno.Errno, mode: number): number {
  if (isError(inode)) return inode;
  if (!rulesFiles(task) && task.group.credentials.fsuid !== inode.attributes.uid) return -errno.EPERM;
  if (isReadOnly(task.linux, inode)) return -errno.EROFS;
  // Nobody gives away the rights of a group that he is not in (chmod(2)).
  const kept = rulesFiles(task) || isInGroup(task, inode.attributes.gid) ? 0o7777 : 0o7777 & ~S_ISGID;
  inode.attributes.mode = (inode.attributes.mode & S_IFMT) | (mode & kept);
  touchChanged(task.kernel, inode);
  tell(task.linux, inode, IN_ATTRIB);
  return 0;
}

function fchownat(task: Task, directory: number, name: string, uid: number, gid: number, lookFlags: number): number {
  const inode = lookAt(task, directory, name, lookFlags, fcntl.AT_SYMLINK_NOFOLLOW | fcntl.AT_EMPTY_PATH);
  return changeOwner(task, inode, uid, gid);
}

/** 2^32 - 1 leaves an owner as it is (chown(2)). */
const UNCHANGED = 0xffff_ffff;

function changeOwner(task: Task, inode: Inode | errno.Errno, uid: number, gid: number): number {
  if (isError(inode)) return inode;
  const { fsuid } = task.group.credentials;
  const mayGive =
    gid === UNCHANGED || gid === inode.attributes.gid || (fsuid === inode.attributes.uid && isInGroup(task, gid));
  if (!rulesFiles(task) && ((uid !== UNCHANGED && uid !== inode.attributes.uid) || !mayGive)) return -errno.EPERM;
  if (isReadOnly(task.linux, inode)) return -errno.EROFS;
  if (uid !== UNCHANGED) inode.attributes.uid = uid;
  if (gid !== UNCHANGED) inode.attributes.gid = gid;
  if (!isDirectory(inode)) dropSetId(inode, rulesFiles(task) || isInGroup(task, inode.attributes.gid));
  touchChanged(task.kernel, inode);
  tell(task.linux, inode, IN_ATTRIB);
  return 0;
}

function umask(task: Task, mask: number): number {
  const previous = task.group.umask;
  task.group.umask = mask & 0o777;
  return previous;
}

/** Without a path the descriptor itself is meant (futimens(3)). */
function utimensat(
  task: Task,
  directory: number,
  name: string | undefined,
  address: number,
  lookFlags: number,
): number {
  if (name === undefined) return changeTimes(task, findOpen(task, directory), address, 1);
  return setTimes(task, directory, name, address, lookFlags, 1);
}

function setTimes(
  task: Task,
  directory: number,
  name: string,
  address: number,
  lookFlags: number,
  scale: number,
): number {
  const inode = lookAt(task, directory, name, lookFlags, fcntl.AT_SYMLINK_NOFOLLOW | fcntl.AT_EMPTY_PATH);
  return changeTimes(task, inode, address, scale);
}

/** `scale` is how many nanoseconds the fractions count in: 1 for timespec, 1000 for timeval. */
function changeTimes(task: Task, inode: Inode | errno.Errno, address: number, scale: number): number {
  if (isError(inode)) return inode;
  const present = now(task.kernel);
  let times: (Timespec | undefined)[] = [present, present];
  if (address !== 0) {
    const view = readView(task, address, 32);
    if (!view) return -errno.EFAULT;
    const given = [0, 16].map(at => timeOf(view, at, scale, present));
    if (given.includes('invalid')) return -errno.EINVAL;
    times = given as (Timespec | undefined)[];
  }
  return applyTimes(task, inode, times, address !== 0);
}

function timeOf(view: DataView, at: number, scale: number, present: Timespec): Timespec | 'invalid' | undefined {
  const fraction = signedLongAt(view, at + 8);
  if (scale === 1 && fraction === UTIME_NOW) return present;
  if (scale === 1 && fraction === UTIME_OMIT) return undefined;
  if (fraction < 0 || fraction * scale >= 1e9) return 'invalid';
  return { seconds: signedLongAt(view, at), nanoseconds: fraction * scale };
}

function applyTimes(
  task: Task,
  inode: Inode,
  [atime, mtime]: readonly (Timespec | undefined)[],
  explicit: boolean,
): number {
  const isOwner = rulesFiles(task) || task.group.credentials.fsuid === inode.attributes.uid;
  if (!isOwner && (explicit || !mayAccess(task, inode, fcntl.W_OK))) return explicit ? -errno.EPERM : -errno.EACCES;
  if (isReadOnly(task.linux, inode)) return -errno.EROFS;
  if (atime) inode.lastAccess = atime;
  if (mtime) inode.lastWrite = mtime;
  touchChanged(task.kernel, inode);
  tell(task.linux, inode, IN_ATTRIB);
  return 0;
}

function utime(task: Task, name: string, address: number): number {
  const inode = findAt(task, AT_FDCWD, name, 0, true);
  if (isError(inode)) return inode;
  if (address === 0) return changeTimes(task, inode, 0, 1);
  const view = readView(task, address, 16);
  if (!view) return -errno.EFAULT;
  const seconds = [0, 8].map(at => ({ seconds: signedLongAt(view, at), nanoseconds: 0 }));
  return applyTimes(task, inode, seconds, true);
}

function statfs(task: Task, name: string, buffer: number): number {
  return giveStatfs(task, findAt(task, AT_FDCWD, name, 0, true), buffer);
}

function fstatfs(task: Task, descriptor: number, buffer: number): number {
  return giveStatfs(task, findByFd(task, descriptor), buffer);
}

function giveStatfs(task: Task, inode: Inode | errno.Errno, buffer: number): number {
  if (isError(inode)) return inode;
  const { linux } = task;
  const { magic } = superblockOf(linux, inode);
  const mountFlags = superblockOf(linux, inode).flags | (isReadOnly(linux, inode) ? MS_RDONLY : 0);
  const blocks = Math.floor(fileMemory(linux.kernel) / BLOCK_SIZE);
  const free = Math.max(0, blocks - Math.ceil(linux.kernel.state.fileBytes / BLOCK_SIZE));
  return giveBytes(task, buffer, encodeStatfs({ magic, blocks, free, files: 0x10_0000, flags: mountFlags }));
}
