/** Where a relative path starts: the first argument of the *at calls (openat(2)). */

import { EBADF, ENOTDIR, type Errno, isError } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD } from '../abi/fcntl.ts';
import { type Inode, isDirectory } from '../files/inode.ts';
import { anyFileOf, fileOf, inodeOf } from '../files/openFile.ts';
import { find, workingDirectory } from '../files/walk.ts';
import type { Task } from '../task.ts';

/** Absolute paths do not look at the descriptor. */
export function startOf(task: Task, directoryFd: number, path: string): Inode | Errno {
  if (directoryFd === AT_FDCWD || path.startsWith('/')) return workingDirectory(task);
  const file = anyFileOf(task, directoryFd);
  if (isError(file)) return file;
  const inode = inodeOf(task, file);
  return isDirectory(inode) || path === '' ? inode : -ENOTDIR;
}

/** What `path` below a descriptor leads to; an empty path with AT_EMPTY_PATH is the descriptor itself. */
export function findAt(task: Task, directoryFd: number, path: string, flags: number, follow: boolean): Inode | Errno {
  const start = startOf(task, directoryFd, path);
  if (isError(start)) return start;
  return path === '' && flags & AT_EMPTY_PATH ? start : find(task, start, path, follow);
}

/** Like {@link findByFd}, but not for descriptors opened with O_PATH, which only stand for a place. */
export function findOpen(task: Task, fd: number): Inode | Errno {
  const file = fileOf(task, fd);
  return isError(file) ? file : inodeOf(task, file);
}

export function findByFd(task: Task, fd: number): Inode | Errno {
  const file = anyFileOf(task, fd);
  return isError(file) ? -EBADF : inodeOf(task, file);
}
