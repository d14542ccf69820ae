/** Descriptors: opening, closing, duplicating, and what is asked of them by fcntl(2) and ioctl(2). */

import { EBADF, EFAULT, EINVAL, ENOTTY, ENXIO, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import { FIOASYNC, FIOCLEX, FIONBIO, FIONCLEX, FIONREAD, IOCTL_NAMES } from '../abi/ioctl.ts';
import { MEMFD_FLAGS, MFD_ALLOW_SEALING, MFD_CLOEXEC } from '../abi/mman.ts';
import { EFD_SEMAPHORE } from '../abi/poll.ts';
import { RLIMIT_NOFILE } from '../abi/sched.ts';
import { S_IFREG } from '../abi/stat.ts';
import { closeDescriptor, install, installAt, releaseFile } from '../files/descriptors.ts';
import { createCounterFile } from '../files/eventCounter.ts';
import { createInode } from '../files/inode.ts';
import { openPath } from '../files/open.ts';
import { anyFileOf, createFile, fileOf, getFile, inodeOf, type OpenFile } from '../files/openFile.ts';
import { operationsOf } from '../files/operations.ts';
import { noteAsynchronous } from '../files/owners.ts';
import { createPipeFiles, getPipe } from '../files/pipe.ts';
import { stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { readInt, readView, writeBytes, writeInt } from '../userMemory.ts';
import {
  descriptorPair,
  directoryFd,
  fd,
  fileMode,
  flags,
  int,
  openFlags,
  path,
  pointer,
  printed,
  unsigned,
} from './arguments.ts';
import { flagText, valueText } from '../abi/flagNames.ts';
import { call, partly, type Row, UNANSWERED } from './row.ts';
import { block, scratch } from '../wait.ts';
import { startOf } from './start.ts';

export const descriptorRows: readonly Row[] = [
  call(2, 'open', [path(), openFlags(fcntl.OPEN_FLAGS), fileMode()], open),
  call(3, 'close', [fd()], close),
  partly(
    call(
      16,
      'ioctl',
      [fd(), printed('request', 'unsigned long', value => valueText(value >>> 0, IOCTL_NAMES)), pointer('argp')],
      ioctl,
    ),
    'Terminal requests, FIONREAD, FIONBIO, FIOCLEX; others answer ENOTTY.',
  ),
  call(22, 'pipe', [descriptorPair('pipefd')], (task, address) => pipe2(task, address, 0)),
  call(32, 'dup', [fd('oldfd')], dup),
  call(33, 'dup2', [fd('oldfd'), fd('newfd')], dup2),
  call(85, 'creat', [path(), fileMode()], creat),
  call(257, 'openat', [directoryFd(), path(), openFlags(fcntl.OPEN_FLAGS), fileMode()], openat),
  call(284, 'eventfd', [unsigned('initval')], (task, initial) => eventfd2(task, initial, 0)),
  call(290, 'eventfd2', [unsigned('initval'), printed('flags', 'int', eventFlagsText)], eventfd2),
  call(292, 'dup3', [fd('oldfd'), fd('newfd'), openFlags(fcntl.OPEN_FLAGS)], dup3),
  call(
    293,
    'pipe2',
    [descriptorPair('pipefd'), printed('flags', 'int', value => flagText(value, fcntl.OPEN_FLAGS))],
    pipe2,
  ),
  call(319, 'memfd_create', [path('name'), flags('flags', MEMFD_FLAGS)], memfdCreate),
  call(436, 'close_range', [unsigned('first'), unsigned('last'), unsigned('flags')], closeRange),
  partly(
    call(437, 'openat2', [directoryFd(), path(), pointer('how', 'struct open_how *'), int('size')], openat2),
    'RESOLVE_* restrictions are refused.',
  ),
];

function open(task: Task, name: string, openingFlags: number, mode: number): number {
  return openat(task, fcntl.AT_FDCWD, name, openingFlags, mode);
}

function creat(task: Task, name: string, mode: number): number {
  return openat(task, fcntl.AT_FDCWD, name, fcntl.O_CREAT | fcntl.O_WRONLY | fcntl.O_TRUNC, mode);
}

function openat(task: Task, directory: number, name: string, openingFlags: number, mode: number): number {
  if (task.self.scratch) return waitForOtherEnd(task, openingFlags);
  const start = startOf(task, directory, name);
  if (isError(start)) return start;
  const file = openPath(task, start, name, openingFlags, mode & ~task.group.umask);
  if (isError(file)) return file;
  if (file.type === 'pipe' && !isFifoReady(task, file)) return beginFifo(task, file, openingFlags);
  return install(task, file, (openingFlags & fcntl.O_CLOEXEC) !== 0);
}

/**
 * A fifo can be used when both ends are open (fifo(7)); whoever opens both is not kept waiting, nor who opens a pipe without
 * a name once more through /proc/self/fd.
 */
function isFifoReady(task: Task, file: OpenFile): boolean {
  if (inodeOf(task, file).volume === stateOf(task.linux).anonymous) return true;
  const pipe = getPipe(task.linux, file.object);
  const access = file.flags & fcntl.O_ACCMODE;
  if (access === fcntl.O_RDWR) return true;
  const others = access === fcntl.O_RDONLY ? pipe.writers : pipe.readers;
  return others > 0;
}

function otherEndOpened(task: Task, file: OpenFile): number {
  const pipe = getPipe(task.linux, file.object);
  return (file.flags & fcntl.O_ACCMODE) === fcntl.O_RDONLY ? pipe.writersOpened : pipe.readersOpened;
}

/** Opening one end waits for the other, or says ENXIO to writers that do not want to wait. */
function beginFifo(task: Task, file: OpenFile, openingFlags: number): number {
  const isReader = (file.flags & fcntl.O_ACCMODE) === fcntl.O_RDONLY;
  if (openingFlags & fcntl.O_NONBLOCK) {
    if (isReader) return install(task, file, (openingFlags & fcntl.O_CLOEXEC) !== 0);
    releaseFile(task.linux, file);
    return -ENXIO;
  }
  // One more than it was: 0 stands for "not waiting".
  scratch(task, () => ({ subject: file.id, done: otherEndOpened(task, file) + 1 }));
  return waitForOtherEnd(task, openingFlags);
}

function waitForOtherEnd(task: Task, openingFlags: number): number {
  const { subject, done } = scratch(task, () => ({}));
  const file = getFile(task.linux, subject);
  const isReady = isFifoReady(task, file) || otherEndOpened(task, file) >= done;
  if (isReady) return install(task, file, (openingFlags & fcntl.O_CLOEXEC) !== 0);
  const pipe = getPipe(task.linux, file.object);
  const answer = block(task, [pipe.readable, pipe.writable], 'fifo open');
  if (answer === UNANSWERED) return answer;
  releaseFile(task.linux, file);
  task.self.scratch = undefined;
  return answer;
}

function openat2(task: Task, directory: number, name: string, how: number, size: number): number {
  if (size < 24) return -EINVAL;
  const view = readView(task, how, 24);
  if (!view) return -EFAULT;
  if (view.getUint32(16, true) !== 0) return -EINVAL;
  return openat(task, directory, name, view.getInt32(0, true), view.getInt32(8, true));
}

function close(task: Task, descriptor: number): number {
  return closeDescriptor(task.linux, task.group, descriptor);
}

function closeRange(task: Task, first: number, last: number, rangeFlags: number): number {
  if (first > last) return -EINVAL;
  const { descriptors } = task.group;
  for (let descriptor = first; descriptor <= last && descriptor < descriptors.length; descriptor++) {
    const entry = descriptors[descriptor];
    if (!entry) continue;
    if (rangeFlags & fcntl.CLOSE_RANGE_CLOEXEC) entry.closeOnExec = true;
    else closeDescriptor(task.linux, task.group, descriptor);
  }
  return 0;
}

function dup(task: Task, old: number): number {
  const file = anyFileOf(task, old);
  return isError(file) ? file : install(task, file, false);
}

function dup2(task: Task, old: number, wanted: number): number {
  const file = anyFileOf(task, old);
  if (isError(file)) return file;
  return old === wanted ? wanted : duplicateAt(task, file, wanted, false);
}

function dup3(task: Task, old: number, wanted: number, duplicateFlags: number): number {
  if (old === wanted || duplicateFlags & ~fcntl.O_CLOEXEC) return -EINVAL;
  const file = anyFileOf(task, old);
  return isError(file) ? file : duplicateAt(task, file, wanted, (duplicateFlags & fcntl.O_CLOEXEC) !== 0);
}

function duplicateAt(task: Task, file: OpenFile, wanted: number, closeOnExec: boolean): number {
  if (wanted < 0 || wanted >= task.group.limits[RLIMIT_NOFILE].soft) return -EBADF;
  installAt(task, wanted, file, closeOnExec);
  return wanted;
}

function pipe2(task: Task, address: number, pipeFlags: number): number {
  if (pipeFlags & ~(fcntl.O_CLOEXEC | fcntl.O_NONBLOCK | fcntl.O_DIRECT)) return -EINVAL;
  const closeOnExec = (pipeFlags & fcntl.O_CLOEXEC) !== 0;
  const [readEnd, writeEnd] = createPipeFiles(task, pipeFlags & fcntl.O_NONBLOCK);
  return installPair(task, address, readEnd, writeEnd, closeOnExec);
}

/** Descriptors for both files, written to the two ints at `address`. */
export function installPair(
  task: Task,
  address: number,
  first: OpenFile,
  second: OpenFile,
  closeOnExec: boolean,
): number {
  const a = install(task, first, closeOnExec);
  const b = install(task, second, closeOnExec);
  if (a >= 0 && b >= 0 && writeBytes(task, address, new Uint8Array(new Int32Array([a, b]).buffer))) return 0;
  for (const descriptor of [a, b]) if (descriptor >= 0) closeDescriptor(task.linux, task.group, descriptor);
  return a < 0 ? a : b < 0 ? b : -EFAULT;
}

function ioctl(task: Task, descriptor: number, request: number, argument: number): number {
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  const entry = task.group.descriptors[descriptor];
  switch (request >>> 0) {
    case FIOCLEX:
    case FIONCLEX:
      if (entry) entry.closeOnExec = request >>> 0 === FIOCLEX;
      return 0;
    case FIONBIO:
    case FIOASYNC: {
      const on = readInt(task, argument);
      if (on === undefined) return -EFAULT;
      const flag = request >>> 0 === FIONBIO ? fcntl.O_NONBLOCK : fcntl.O_ASYNC;
      file.flags = on === 0 ? file.flags & ~flag : file.flags | flag;
      noteAsynchronous(task.linux, file, descriptor);
      return 0;
    }
    case FIONREAD:
      if (file.type === 'regular')
        return writeInt(task, argument, inodeOf(task, file).size - file.offset) ? 0 : -EFAULT;
  }
  return operationsOf(file).ioctl?.(task, file, request >>> 0, argument) ?? -ENOTTY;
}

function eventfd2(task: Task, initial: number, eventFlags: number): number {
  if (eventFlags & ~(EFD_SEMAPHORE | fcntl.O_CLOEXEC | fcntl.O_NONBLOCK)) return -EINVAL;
  const file = createCounterFile(task, initial, eventFlags & ~fcntl.O_CLOEXEC);
  return install(task, file, (eventFlags & fcntl.O_CLOEXEC) !== 0);
}

function eventFlagsText(value: number): string {
  return flagText(value, [
    [EFD_SEMAPHORE, 'EFD_SEMAPHORE'],
    [fcntl.O_NONBLOCK, 'EFD_NONBLOCK'],
    [fcntl.O_CLOEXEC, 'EFD_CLOEXEC'],
  ]);
}

function memfdCreate(task: Task, name: string, memfdFlags: number): number {
  if (memfdFlags & ~3 || name.length > 249) return -EINVAL;
  const { linux, group } = task;
  const inode = createInode(
    linux,
    stateOf(linux).anonymous,
    S_IFREG | 0o777,
    group.credentials.euid,
    group.credentials.egid,
  );
  inode.attributes.seals = memfdFlags & MFD_ALLOW_SEALING ? 0 : fcntl.F_SEAL_SEAL;
  const file = createFile(linux, { type: 'regular', inode, flags: fcntl.O_RDWR, path: `/memfd:${name} (deleted)` });
  return install(task, file, (memfdFlags & MFD_CLOEXEC) !== 0);
}
