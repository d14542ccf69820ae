/**
 * Inodes: files of the kernel's volumes with what Linux keeps of them as extended attributes, as WSL keeps $LXUID, $LXGID
 * and $LXMOD with files of NTFS. A file that somebody else made has none until it is first looked at.
 */

import { assert } from '../../../base/assert.ts';
import { createVolumeFile, systemTime } from '../../../kernel/io/volume/file.ts';
import type { FileKind, VolumeFile } from '../../../kernel/io/volume/file.ts';
import { O_NOATIME } from '../abi/fcntl.ts';
import { MS_NOATIME, MS_NODIRATIME, MS_RDONLY } from '../abi/mount.ts';
import { S_IFDIR, S_IFLNK, S_IFMT, S_IFREG, S_ISGID, S_ISUID, S_IXGRP } from '../abi/stat.ts';
import { type Linux, stateOf } from '../instance.ts';

export interface Superblock {
  /** The volume's, where there is one. */
  id: number;
  type: 'tmpfs' | 'host' | 'proc' | 'devtmpfs' | 'sysfs' | 'pipefs';
  /** What /proc/mounts says is mounted, and where. */
  source: string;
  target: string;
  magic: number;
  /** For host folders what the guest may do; others are `rw`. */
  mode: 'ro' | 'overlay' | 'rw';
  root: number;
  /** MS_RDONLY, MS_NOSUID, MS_NODEV, MS_NOEXEC (mount(2)). */
  flags: number;
  /** Inode that a guest's mount covers; 0 for mounts of the launch. */
  point: number;
}

export interface InodeAttributes {
  /** Type and permission bits, S_IF* included. */
  mode: number;
  uid: number;
  gid: number;
  /** Device number of character devices. */
  rdev: number;
  /** Fifos: the pipe behind it while it is open. */
  pipe: number;
  /** Files in memory that can be sealed: F_SEAL_*. */
  seals?: number;
  /** Extended attributes by name (xattr(7)). */
  extended?: Map<string, Uint8Array>;
}

export interface Inode extends VolumeFile {
  attributes: InodeAttributes;
}

const KINDS: Readonly<Record<number, FileKind>> = { [S_IFREG]: 'file', [S_IFDIR]: 'directory', [S_IFLNK]: 'link' };
const TYPES: Readonly<Record<FileKind, number>> = { file: S_IFREG, directory: S_IFDIR, link: S_IFLNK, special: 0 };

/** The kind of file that a mode means to the kernel. */
export function kindOf(mode: number): FileKind {
  return KINDS[mode & S_IFMT] ?? 'special';
}

export function createInode(linux: Linux, superblock: number, mode: number, uid: number, gid: number): Inode {
  const file = createVolumeFile(linux.kernel, superblock, kindOf(mode));
  file.attributes = freshAttributes(mode, uid, gid);
  return file as Inode;
}

export function freshAttributes(mode: number, uid: number, gid: number): InodeAttributes {
  return { mode, uid, gid, rdev: 0, pipe: 0 };
}

/** The file as an inode; one without attributes gets the machine's user as its owner, and the host's permissions. */
export function inodeOfFile(linux: Linux, file: VolumeFile): Inode {
  const { uid = 0, gid = 0 } = linux.options;
  file.attributes ??= freshAttributes(TYPES[file.kind] | file.hostMode, uid, gid);
  return file as Inode;
}

export function superblockOf(linux: Linux, inode: Inode): Superblock {
  const superblock = stateOf(linux).superblocks.get(inode.volume);
  assert(superblock, `inode ${inode.id} belongs to no file system`);
  return superblock;
}

export function isDirectory(inode: Inode): boolean {
  return (inode.attributes.mode & S_IFMT) === S_IFDIR;
}

export function isRegular(inode: Inode): boolean {
  return (inode.attributes.mode & S_IFMT) === S_IFREG;
}

export function isSymlink(inode: Inode): boolean {
  return (inode.attributes.mode & S_IFMT) === S_IFLNK;
}

/**
 * What is left of the mode when a file changes hands or contents: not set-user-ID, and set-group-ID only where it means
 * mandatory locking, without group execution, and whoever does it may keep it (chown(2)).
 */
export function dropSetId(inode: Inode, mayKeepGroup: boolean): void {
  const { mode } = inode.attributes;
  inode.attributes.mode = mode & ~(mode & S_IXGRP || !mayKeepGroup ? S_ISUID | S_ISGID : S_ISUID);
}

export function isReadOnly(linux: Linux, inode: Inode): boolean {
  const { mode, flags } = superblockOf(linux, inode);
  return mode === 'ro' || (flags & MS_RDONLY) !== 0;
}

/** Contents were looked at, through a file opened with `openFlags`: mounts without `noatime` keep when. */
export function touchAccess(linux: Linux, inode: Inode, openFlags: number): void {
  if (openFlags & O_NOATIME) return;
  const { mode, flags } = superblockOf(linux, inode);
  const unwanted = MS_RDONLY | MS_NOATIME | (isDirectory(inode) ? MS_NODIRATIME : 0);
  if (mode !== 'ro' && (flags & unwanted) === 0) inode.lastAccess = systemTime(linux.kernel);
}
