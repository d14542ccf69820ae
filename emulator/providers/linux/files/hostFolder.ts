/** Folders of the host in the guest's tree: inodes that come into being when the guest first looks at them. */

import { HostError, type HostErrorCode, type HostFileStatus } from '../../../base/host.ts';
import { EACCES, EEXIST, EIO, EISDIR, ELOOP, ENOENT, ENOSPC, ENOTDIR, ENOTEMPTY, EROFS } from '../abi/errno.ts';
import { S_IFDIR, S_IFLNK, S_IFREG, type Timespec } from '../abi/stat.ts';
import type { Linux } from '../instance.ts';
import { createInode, type Inode } from './inode.ts';

const TYPES = { file: S_IFREG, directory: S_IFDIR, symlink: S_IFLNK, other: 0 } as const;

const NUMBERS: Readonly<Record<HostErrorCode, number>> = {
  EACCES,
  EEXIST,
  EIO,
  EISDIR,
  ELOOP,
  ENOENT,
  ENOSPC,
  ENOTDIR,
  ENOTEMPTY,
  EROFS,
};

export function hostErrno(error: HostError): number {
  return NUMBERS[error.code];
}

/** The entry `name` of a directory that is on the host, as a new inode; undefined if there is none. */
export function adoptHostEntry(linux: Linux, directory: Inode, name: string): Inode | undefined {
  if (directory.hostPath === '' || directory.removed?.has(name)) return undefined;
  const path = joinHostPath(directory.hostPath, name);
  const status = hostStatus(linux, path);
  if (!status || status.kind === 'other') return undefined;
  const inode = adoptHostFile(linux, directory.superblock, path, status);
  inode.links = status.kind === 'directory' ? 2 : 1;
  if (status.kind === 'directory') {
    inode.parent = directory.id;
    inode.name = name;
  }
  directory.entries?.set(name, inode.id);
  return inode;
}

/** An inode for what is at `path` on the host. */
export function adoptHostFile(linux: Linux, superblock: number, path: string, status: HostFileStatus): Inode {
  const { uid = 0, gid = 0 } = linux.options;
  const inode = createInode(linux, superblock, TYPES[status.kind] | (status.mode & 0o7777), uid, gid);
  inode.hostPath = path;
  inode.size = status.kind === 'directory' ? 4096 : status.size;
  inode.hostSize = inode.size;
  if (status.kind === 'symlink') inode.target = linux.host.files.readLink(path);
  const time: Timespec = {
    seconds: Math.floor(status.modified / 1000),
    nanoseconds: Math.floor((status.modified % 1000) * 1e6),
  };
  inode.atime = time;
  inode.mtime = time;
  inode.ctime = time;
  return inode;
}

/** Names that the host has in this directory and the guest has not removed. */
export function hostNames(linux: Linux, directory: Inode): string[] {
  if (directory.hostPath === '') return [];
  try {
    return linux.host.files.list(directory.hostPath).filter(name => !directory.removed?.has(name));
  } catch (error) {
    if (error instanceof HostError) return [];
    throw error;
  }
}

export function hostStatus(linux: Linux, path: string): HostFileStatus | undefined {
  try {
    return linux.host.files.status(path);
  } catch (error) {
    if (error instanceof HostError) return undefined;
    throw error;
  }
}

export function joinHostPath(folder: string, name: string): string {
  return folder.endsWith('/') ? folder + name : `${folder}/${name}`;
}
