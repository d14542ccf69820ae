/** Descriptors of processes (pidfd_open(2)): ready to be read once the process has ended. */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EBADF, EINVAL, type Errno, ESRCH, isError } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { createInode } from './inode.ts';
import { createFile, fileOf, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

export interface ProcessFile {
  id: number;
  pid: number;
  ended: boolean;
  /** Pulsed at its end. */
  event: number;
}

export function createProcessFile(linux: Linux, pid: number, flags: number): OpenFile {
  const { zombies, processFiles, anonymous } = stateOf(linux);
  const ended = zombies.has(pid);
  const record: ProcessFile = { id: takeId(linux), pid, ended, event: createEvent(linux.kernel, 'notification') };
  processFiles.set(record.id, record);
  const inode = createInode(linux, anonymous, S_IFREG | 0o600, 0, 0);
  return createFile(linux, { type: 'process', inode, flags: 2 | flags, path: 'anon_inode:[pidfd]', object: record.id });
}

/** The process that a descriptor stands for: its pid, -ESRCH if nobody can wait for it any more, or -EBADF. */
export function pidOfFile(task: Task, fd: number): number {
  const record = processFileOf(task, fd);
  if (isError(record)) return record;
  return record.ended && !stateOf(task.linux).zombies.has(record.pid) ? -ESRCH : record.pid;
}

function processFileOf(task: Task, fd: number): ProcessFile | Errno {
  const file = fileOf(task, fd);
  if (isError(file)) return file;
  return stateOf(task.linux).processFiles.get(file.type === 'process' ? file.object : 0) ?? -EBADF;
}

/** The process has ended. */
export function announceEnd(linux: Linux, pid: number): void {
  for (const record of stateOf(linux).processFiles.values()) {
    if (record.pid !== pid || record.ended) continue;
    record.ended = true;
    pulseEvent(linux.kernel, record.event);
  }
}

function recordOf(linux: Linux, file: OpenFile): ProcessFile {
  return stateOf(linux).processFiles.get(file.object) as ProcessFile;
}

export const processOperations: FileOperations = {
  seekable: false,
  read: () => -EINVAL,
  write: () => -EINVAL,
  poll: (linux, file) => (recordOf(linux, file).ended ? POLLIN | POLLRDNORM : 0),
  events: (linux, file) => [recordOf(linux, file).event],
  release(linux, file) {
    deleteEvent(linux.kernel, recordOf(linux, file).event);
    stateOf(linux).processFiles.delete(file.object);
  },
};
