/** Opening what a path leads to (open(2)). */

import * as errno from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { MS_NODEV } from '../abi/mount.ts';
import { SLAVE_MAJOR } from '../abi/ioctl.ts';
import { consoleTerminal, controllingTerminal, openMaster, openSlave, slaveInode } from './pseudoTerminal.ts';
import { getInode } from './inodes.ts';
import { major, makeDevice, S_IFCHR, S_IFIFO, S_IFMT, S_IFREG, S_IFSOCK } from '../abi/stat.ts';
import { stateOf } from '../instance.ts';
import { rulesFiles, type Task } from '../task.ts';
import { truncateContents } from './contents.ts';
import { make } from './directory.ts';
import { createInode, type Inode, isDirectory, isReadOnly, isSymlink, superblockOf } from './inode.ts';
import { createFile, type FileType, type OpenFile } from './openFile.ts';
import { openPipe } from './pipe.ts';
import { breakLeases } from './leases.ts';
import { isProcInode, procMemory, procContents } from './proc/tree.ts';
import { mayTrace } from '../process/access.ts';
import { IN_OPEN } from '../abi/inotify.ts';
import { tell } from './watches.ts';
import { find, mayAccess, ownNew, walk, walkedPath } from './walk.ts';

type Errno = errno.Errno;

const DEVICE_TYPES: ReadonlyMap<number, FileType> = new Map([
  [makeDevice(1, 3), 'null'],
  [makeDevice(1, 5), 'zero'],
  [makeDevice(1, 7), 'full'],
  [makeDevice(1, 8), 'random'],
  [makeDevice(1, 9), 'random'],
]);

const TTY = makeDevice(5, 0);
const CONSOLE = makeDevice(5, 1);
const PTMX = makeDevice(5, 2);
/** Pseudo-terminals: minor numbers of one byte. */
const MOST_TERMINALS = 255;

/** Flags of open(2) that say how to open, and mean nothing afterwards. */
const CREATION_FLAGS = fcntl.O_CREAT | fcntl.O_EXCL | fcntl.O_NOCTTY | fcntl.O_TRUNC | fcntl.O_CLOEXEC;

/** An open file that no descriptor refers to yet; UNANSWERED while a lease is in the way. `mode` already without the umask. */
export function openPath(task: Task, start: Inode, path: string, flags: number, mode: number): OpenFile | Errno {
  if ((flags & fcntl.O_TMPFILE) === fcntl.O_TMPFILE) return openNameless(task, start, path, flags, mode);
  const follow =
    (flags & fcntl.O_NOFOLLOW) === 0 && (flags & (fcntl.O_CREAT | fcntl.O_EXCL)) !== (fcntl.O_CREAT | fcntl.O_EXCL);
  const walked = walk(task, start, path, follow);
  if (errno.isError(walked)) return walked;
  let { inode } = walked;
  let isNew = false;
  if (!inode) {
    if ((flags & fcntl.O_CREAT) === 0) return -errno.ENOENT;
    if (walked.mustBeDirectory) return -errno.EISDIR;
    if (!mayAccess(task, walked.directory, 3)) return -errno.EACCES;
    const owned = ownNew(task, walked.directory, S_IFREG | (mode & 0o7777));
    const made = make(task.linux, walked.directory, walked.name, owned);
    if (errno.isError(made)) return made;
    inode = made;
    isNew = true;
  } else if (flags & fcntl.O_CREAT && flags & fcntl.O_EXCL) return -errno.EEXIST;
  return openInode(task, inode, walkedPath(task, walked), flags, isNew);
}

/** O_TMPFILE: a file without a name in the file system of a directory. */
function openNameless(task: Task, start: Inode, path: string, flags: number, mode: number): OpenFile | Errno {
  const walked = walk(task, start, path, true);
  if (errno.isError(walked)) return walked;
  if (!walked.inode) return -errno.ENOENT;
  if (!isDirectory(walked.inode)) return -errno.ENOTDIR;
  if (isReadOnly(task.linux, walked.inode)) return -errno.EROFS;
  if ((flags & fcntl.O_ACCMODE) === fcntl.O_RDONLY) return -errno.EINVAL;
  const owned = ownNew(task, walked.inode, S_IFREG | (mode & 0o7777));
  const inode = createInode(task.linux, walked.inode.volume, owned.mode, owned.uid, owned.gid);
  return openInode(task, inode, `${walkedPath(task, walked)}/#${inode.id} (deleted)`, flags & ~fcntl.O_TMPFILE, true);
}

function openInode(task: Task, inode: Inode, path: string, flags: number, isNew: boolean): OpenFile | Errno {
  const refused = refuseOpening(task, inode, flags, isNew);
  if (refused < 0) return refused;
  const kept = flags & ~CREATION_FLAGS;
  if (flags & fcntl.O_PATH) return createFile(task.linux, { type: 'path', inode, flags: kept, path });
  const writes = (flags & fcntl.O_ACCMODE) !== fcntl.O_RDONLY || (flags & fcntl.O_TRUNC) !== 0;
  const waiting = breakLeases(task, inode, writes, (flags & fcntl.O_NONBLOCK) === 0);
  if (waiting < 0) return waiting;
  tell(task.linux, inode, IN_OPEN);
  if (isDirectory(inode)) return createFile(task.linux, { type: 'directory', inode, flags: kept, path });
  switch (inode.attributes.mode & S_IFMT) {
    case S_IFCHR:
      return openDevice(task, inode, path, kept, flags);
    case S_IFIFO:
      return openFifo(task, inode, path, kept);
    case S_IFSOCK:
      return -errno.ENXIO;
  }
  const owner = isProcInode(inode.id) ? procMemory(task.linux, inode.id) : undefined;
  if (owner) {
    if (!mayTrace(task, owner)) return -errno.EACCES;
    return createFile(task.linux, { type: 'memory', inode, flags: kept, path, object: owner.pid });
  }
  if (isProcInode(inode.id)) {
    const contents = procContents(task, inode.id);
    return createFile(task.linux, { type: 'text', inode, flags: kept, path, contents });
  }
  if (flags & fcntl.O_TRUNC && inode.size > 0) {
    const failed = truncateContents(task.linux, inode, 0);
    if (failed < 0) return failed;
  }
  return createFile(task.linux, { type: 'regular', inode, flags: kept, path });
}

function refuseOpening(task: Task, inode: Inode, flags: number, isNew: boolean): number {
  if (isSymlink(inode)) return flags & fcntl.O_PATH ? 0 : -errno.ELOOP;
  if (flags & fcntl.O_DIRECTORY && !isDirectory(inode)) return -errno.ENOTDIR;
  if (flags & fcntl.O_PATH || isNew) return 0;
  if (flags & fcntl.O_NOATIME && !rulesFiles(task) && task.group.credentials.fsuid !== inode.attributes.uid)
    return -errno.EPERM;
  const access = flags & fcntl.O_ACCMODE;
  const writes = access !== fcntl.O_RDONLY || (flags & fcntl.O_TRUNC) !== 0;
  if (isDirectory(inode) && (writes || flags & fcntl.O_CREAT)) return -errno.EISDIR;
  const wanted = (access !== fcntl.O_WRONLY ? fcntl.R_OK : 0) | (writes ? fcntl.W_OK : 0);
  if (!mayAccess(task, inode, wanted)) return -errno.EACCES;
  const isFile = (inode.attributes.mode & S_IFMT) === S_IFREG;
  return writes && isFile && isReadOnly(task.linux, inode) ? -errno.EROFS : 0;
}

function openDevice(task: Task, inode: Inode, path: string, flags: number, openFlags: number): OpenFile | Errno {
  const { linux } = task;
  if (superblockOf(linux, inode).flags & MS_NODEV) return -errno.EACCES;
  const { rdev } = inode.attributes;
  if (rdev === PTMX) return openMultiplexer(task, inode, path, flags);
  if (rdev === TTY || rdev === CONSOLE) {
    const terminal = rdev === TTY ? controllingTerminal(linux, task.group) : consoleTerminal(linux);
    if (!terminal) return -errno.ENXIO;
    const slave = slaveInode(linux, terminal);
    return slave ? openSlave(task, slave, flags, path, openFlags) : -errno.EIO;
  }
  if (major(rdev) === SLAVE_MAJOR) return openSlave(task, inode, flags, path, openFlags);
  const type = DEVICE_TYPES.get(rdev);
  if (!type) return -errno.ENXIO;
  return createFile(linux, { type, inode, flags, path, object: 1 });
}

/** A new pseudo-terminal. */
function openMultiplexer(task: Task, inode: Inode, path: string, flags: number): OpenFile | Errno {
  const directory = find(task, getInode(task.linux, stateOf(task.linux).root), '/dev/pts');
  if (errno.isError(directory)) return -errno.ENODEV;
  if (stateOf(task.linux).ptys.size >= MOST_TERMINALS) return -errno.ENOSPC;
  return openMaster(task, inode, flags, path, directory);
}

/** Streams of the console have the inodes of pipes, too: /dev/stdout opens the stream again. */
function openFifo(task: Task, inode: Inode, path: string, flags: number): OpenFile {
  for (const file of stateOf(task.linux).files.values())
    if (file.type === 'stream' && file.inode === inode.id)
      return createFile(task.linux, { type: 'stream', inode, flags, path, object: file.object });
  return openPipe(task.linux, inode, flags, path);
}
