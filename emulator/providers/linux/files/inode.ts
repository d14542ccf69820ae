/**
 * Inodes: files, directories, links and devices as records. A regular file keeps its contents in a section of the kernel,
 * so read(2), write(2) and mmap(2) see the same bytes. Inodes of host folders fill in lazily from the host.
 */

import { assert } from '../../../base/assert.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, type Timespec } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import { now } from '../time.ts';

export interface Superblock {
  id: number;
  type: 'tmpfs' | 'host' | 'proc' | 'devtmpfs' | 'sysfs' | 'pipefs';
  /** What /proc/mounts says is mounted, and where. */
  source: string;
  target: string;
  magic: number;
  /** For host folders what the guest may do; others are `rw`. */
  mode: 'ro' | 'overlay' | 'rw';
  root: number;
}

export interface Inode {
  id: number;
  superblock: number;
  /** Type and permission bits, S_IF* included. */
  mode: number;
  uid: number;
  gid: number;
  links: number;
  size: number;
  /** Device number of character devices. */
  rdev: number;
  atime: Timespec;
  mtime: Timespec;
  ctime: Timespec;
  /** Open files that refer to it: it lives on while there are any. */
  opens: number;
  /** Regular files: the section with the contents, 0 while nothing was read or written. */
  section: number;
  /** Directories: what has been looked up or made so far, and where the directory is. */
  entries: Map<string, number> | undefined;
  parent: number;
  name: string;
  /** Names of the host's that the guest has removed. */
  removed: Set<string> | undefined;
  /** Symbolic links. */
  target: string;
  /** Fifos: the pipe behind it while it is open. */
  pipe: number;
  /** Where it is on the host, or empty; and how many bytes of the host's file still count. */
  hostPath: string;
  hostSize: number;
}

export function createInode(linux: Linux, superblock: number, mode: number, uid: number, gid: number): Inode {
  const time = now(linux.kernel);
  const inode: Inode = {
    id: takeId(linux),
    superblock,
    mode,
    uid,
    gid,
    links: 0,
    size: 0,
    rdev: 0,
    atime: time,
    mtime: time,
    ctime: time,
    opens: 0,
    section: 0,
    entries: isDirectoryMode(mode) ? new Map() : undefined,
    parent: 0,
    name: '',
    removed: undefined,
    target: '',
    pipe: 0,
    hostPath: '',
    hostSize: 0,
  };
  stateOf(linux).inodes.set(inode.id, inode);
  return inode;
}

export function superblockOf(linux: Linux, inode: Inode): Superblock {
  const superblock = stateOf(linux).superblocks.get(inode.superblock);
  assert(superblock, `inode ${inode.id} belongs to no file system`);
  return superblock;
}

function isDirectoryMode(mode: number): boolean {
  return (mode & S_IFMT) === S_IFDIR;
}

export function isDirectory(inode: Inode): boolean {
  return isDirectoryMode(inode.mode);
}

export function isRegular(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFREG;
}

export function isSymlink(inode: Inode): boolean {
  return (inode.mode & S_IFMT) === S_IFLNK;
}

export function isReadOnly(linux: Linux, inode: Inode): boolean {
  return superblockOf(linux, inode).mode === 'ro';
}

/** Contents or entries have changed. */
export function touchModified(linux: Linux, inode: Inode): void {
  inode.mtime = now(linux.kernel);
  inode.ctime = inode.mtime;
}

/** Owner, mode, links or name have changed. */
export function touchChanged(linux: Linux, inode: Inode): void {
  inode.ctime = now(linux.kernel);
}
