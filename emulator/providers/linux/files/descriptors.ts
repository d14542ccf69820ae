/** Descriptors: the numbers under which a process knows its open files, and the end of files that nobody knows. */

import { EBADF, EMFILE } from '../abi/errno.ts';
import { RLIMIT_NOFILE } from '../abi/sched.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task, ThreadGroup } from '../task.ts';
import { findVolumeFile } from '../../../kernel/io/volume/file.ts';
import { releaseInode } from './directory.ts';
import { dropFromEpolls } from './epoll.ts';
import { releaseLease } from './leases.ts';
import { releaseFileLocks, releaseRecordLocks } from './locks.ts';
import { getFile, isWritable, type OpenFile } from './openFile.ts';
import { O_PATH } from '../abi/fcntl.ts';
import { IN_CLOSE_NOWRITE, IN_CLOSE_WRITE } from '../abi/inotify.ts';
import type { Inode } from './inode.ts';
import { tell, tellIfGone } from './watches.ts';
import { operationsOf } from './operations.ts';

/** The lowest free descriptor from `from` on, now referring to `file`; or -EMFILE. */
export function install(task: Task, file: OpenFile, closeOnExec: boolean, from = 0): number {
  const { descriptors, limits } = task.group;
  const limit = Math.min(limits[RLIMIT_NOFILE].soft, task.linux.limits.openFiles);
  let fd = from;
  while (descriptors[fd]) fd++;
  if (fd >= limit) {
    if (file.references === 0) releaseFile(task.linux, file);
    return -EMFILE;
  }
  descriptors[fd] = { file: file.id, closeOnExec };
  file.references++;
  return fd;
}

/** Makes `fd` refer to `file`, closing what it was. */
export function installAt(task: Task, fd: number, file: OpenFile, closeOnExec: boolean): void {
  file.references++;
  closeDescriptor(task.linux, task.group, fd);
  task.group.descriptors[fd] = { file: file.id, closeOnExec };
}

export function closeDescriptor(linux: Linux, group: ThreadGroup, fd: number): number {
  const descriptor = group.descriptors[fd];
  if (!descriptor) return -EBADF;
  group.descriptors[fd] = undefined;
  const file = getFile(linux, descriptor.file);
  releaseRecordLocks(linux, file.inode, group.pid);
  operationsOf(file).closing?.(linux, file, group.pid);
  if (--file.references === 0) releaseFile(linux, file);
  return 0;
}

/** Ends an open file that nothing refers to any more. */
export function releaseFile(linux: Linux, file: OpenFile): void {
  endFile(linux, file);
  releaseOrphans(linux);
}

function endFile(linux: Linux, file: OpenFile): void {
  dropFromEpolls(linux, file.id);
  releaseFileLocks(linux, file.inode, file.id);
  releaseLease(linux, file);
  stateOf(linux).asynchronous.delete(file.id);
  operationsOf(file).release?.(linux, file);
  stateOf(linux).files.delete(file.id);
  const inode = findVolumeFile(linux.kernel, file.inode);
  if (!inode) return;
  if ((file.flags & O_PATH) === 0) tell(linux, inode as Inode, isWritable(file) ? IN_CLOSE_WRITE : IN_CLOSE_NOWRITE);
  inode.opens--;
  tellIfGone(linux, inode as Inode);
  releaseInode(linux, inode.id);
}

/**
 * Ends files that were in flight in a socket's queue when that was dropped (`sockets/queue.ts`). Sockets among them may
 * add to the list while it is worked on, so that long chains do not nest.
 */
export function releaseOrphans(linux: Linux): void {
  const { orphans } = stateOf(linux).network;
  for (let id = orphans.pop(); id !== undefined; id = orphans.pop()) {
    const file = getFile(linux, id);
    if (--file.references > 0) continue;
    endFile(linux, file);
  }
}

/** A child's descriptors after fork: all of them, each referring to the same open file. */
export function duplicateDescriptors(linux: Linux, group: ThreadGroup): ThreadGroup['descriptors'] {
  return group.descriptors.map(descriptor => {
    if (!descriptor) return undefined;
    getFile(linux, descriptor.file).references++;
    return { ...descriptor };
  });
}
