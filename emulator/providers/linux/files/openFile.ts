/** Open file descriptions (open(2)). */

import { assert } from '../../../base/assert.ts';
import { EBADF, type Errno } from '../abi/errno.ts';
import { O_ACCMODE, O_PATH, O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import type { DirectoryEntry } from './directory.ts';
import type { Inode } from './inode.ts';
import { getInode } from './inodes.ts';

/** What serves a file: the key of its operations. */
export type FileType =
  | 'regular'
  | 'directory'
  | 'null'
  | 'zero'
  | 'full'
  | 'random'
  | 'stream'
  | 'pipe'
  | 'text'
  | 'counter'
  | 'epoll'
  | 'socket'
  | 'timer'
  | 'signal'
  | 'process'
  | 'memory'
  | 'watcher'
  | 'queue'
  | 'ptyMaster'
  | 'ptySlave'
  | 'path';

/** Whom a file tells, and in whose name. */
export interface FileOwner {
  /** F_OWNER_TID, F_OWNER_PID or F_OWNER_PGRP. */
  kind: number;
  id: number;
  /** User and effective user who said so: the signal goes where those may send it. */
  uid: number;
  euid: number;
}

export interface OpenFile {
  id: number;
  type: FileType;
  inode: number;
  /** O_* */
  flags: number;
  offset: number;
  /** Descriptors that refer to it. */
  references: number;
  path: string;
  /** Pipe, counter, epoll set, socket or process that it stands for; for streams 0, 1 or 2. */
  object: number;
  /** Whom O_ASYNC and broken leases tell, and by which signal; 0 for SIGIO (`owners.ts`). */
  owner: FileOwner | undefined;
  ownerSignal: number;
  /** Files of /proc: the text as it was when the file was opened. */
  contents: Uint8Array | undefined;
  /** Directories: the entries while they are being read. */
  entries: DirectoryEntry[] | undefined;
}

export interface NewFile {
  readonly type: FileType;
  readonly inode: Inode;
  readonly flags: number;
  readonly path: string;
  readonly object?: number;
  readonly contents?: Uint8Array;
}

/** An open file that no descriptor refers to yet. */
export function createFile(linux: Linux, wanted: NewFile): OpenFile {
  const file: OpenFile = {
    id: takeId(linux),
    type: wanted.type,
    inode: wanted.inode.id,
    flags: wanted.flags,
    offset: 0,
    references: 0,
    path: wanted.path,
    object: wanted.object ?? 0,
    owner: undefined,
    ownerSignal: 0,
    contents: wanted.contents,
    entries: undefined,
  };
  wanted.inode.opens++;
  stateOf(linux).files.set(file.id, file);
  return file;
}

export function getFile(linux: Linux, id: number): OpenFile {
  const file = stateOf(linux).files.get(id);
  assert(file, `there is no open file ${id}`);
  return file;
}

/** The open file behind a descriptor of the task, for input and output; those opened with O_PATH do not count. */
export function fileOf(task: Task, fd: number): OpenFile | Errno {
  const file = anyFileOf(task, fd);
  return typeof file === 'number' || (file.flags & O_PATH) === 0 ? file : -EBADF;
}

export function anyFileOf(task: Task, fd: number): OpenFile | Errno {
  const descriptor = task.group.descriptors[fd];
  return descriptor ? getFile(task.linux, descriptor.file) : -EBADF;
}

export function isReadable(file: OpenFile): boolean {
  return (file.flags & O_ACCMODE) !== O_WRONLY;
}

export function isWritable(file: OpenFile): boolean {
  return (file.flags & O_ACCMODE) !== O_RDONLY;
}

export function inodeOf(task: Task, file: OpenFile): Inode {
  return getInode(task.linux, file.inode);
}
