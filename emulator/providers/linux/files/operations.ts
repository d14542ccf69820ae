/**
 * What the kinds of open files do. Reads and writes never wait: they move what they can at once or answer -EAGAIN, and
 * `transfer.ts` decides whether the task waits, for any of `events`.
 */

import { EINVAL, EISDIR, ENOSPC } from '../abi/errno.ts';
import { POLL_READY } from '../abi/poll.ts';
import type { Linux } from '../instance.ts';
import { isInGroup, rulesFiles, type Task } from '../task.ts';
import { S_ISGID, S_ISUID } from '../abi/stat.ts';
import { dropSetId, touchAccess } from './inode.ts';
import { refuseSize, refuseWriting } from './seals.ts';
import { readContents, writeContents } from './contents.ts';
import { fillRandom } from '../../../base/random.ts';
import { counterOperations } from './eventCounter.ts';
import { epollEvents, epollSerial, pollEpoll, releaseEpoll } from './epoll.ts';
import type { FileType, OpenFile } from './openFile.ts';
import { writeProc } from './proc/tree.ts';
import { masterOperations, slaveOperations } from './pseudoTerminal.ts';
import { memoryOperations } from './memoryFile.ts';
import { pipeOperations } from './pipe.ts';
import { streamOperations } from './streams.ts';
import { processOperations } from './processFile.ts';
import { signalOperations } from './signalFile.ts';
import { IN_ACCESS, IN_MODIFY } from '../abi/inotify.ts';
import { tell, watcherOperations } from './watches.ts';
import { timerOperations } from './timerFile.ts';
import { getInode } from './inodes.ts';
import { queueOperations } from '../ipc/queueFile.ts';
import * as sockets from '../sockets/file.ts';
import type { Segment } from './segments.ts';

export interface FileOperations {
  /** It has positions: lseek(2) and pread(2) work. */
  readonly seekable: boolean;
  /** Bytes put in `into`; 0 at the end; -EAGAIN if there are none now. */
  read(task: Task, file: OpenFile, into: Uint8Array, position: number): number;
  /** Bytes taken; -EAGAIN if there is no room now. */
  write(task: Task, file: OpenFile, bytes: Uint8Array, position: number): number;
  /** Files whose bytes come in messages take whole calls, and decide themselves whether the task waits. */
  receive?(task: Task, file: OpenFile, segments: readonly Segment[]): number;
  send?(task: Task, file: OpenFile, segments: readonly Segment[]): number;
  /** POLL* as it is now. */
  poll(linux: Linux, file: OpenFile): number;
  /** Kernel events that are pulsed when the answer of `poll` may have changed. */
  events(linux: Linux, file: OpenFile): readonly number[];
  /** Changes with everything that an edge-triggered waiter must hear of. */
  serial?(linux: Linux, file: OpenFile): number;
  /** ns that a reader waits for something at most, before it reads nothing; undefined for ever. */
  patience?(linux: Linux, file: OpenFile): number | undefined;
  /** An answer, or undefined for requests that it does not know. */
  ioctl?(task: Task, file: OpenFile, request: number, argument: number): number | undefined;
  /** A process closes a descriptor of it; there may be others. */
  closing?(linux: Linux, file: OpenFile, pid: number): void;
  release?(linux: Linux, file: OpenFile): void;
}

const NO_EVENTS: readonly number[] = [];

/** Files that never keep anybody waiting. */
function immediate(seekable: boolean, read: FileOperations['read'], write: FileOperations['write']): FileOperations {
  return { seekable, read, write, poll: () => POLL_READY, events: () => NO_EVENTS };
}

function refuse(error: number): () => number {
  return () => -error;
}

function takeAll(_task: Task, _file: OpenFile, bytes: Uint8Array): number {
  return bytes.length;
}

function giveZeros(_task: Task, _file: OpenFile, into: Uint8Array): number {
  into.fill(0);
  return into.length;
}

function readRegular(task: Task, file: OpenFile, into: Uint8Array, position: number): number {
  const inode = getInode(task.linux, file.inode);
  const count = readContents(task.linux, inode, position, into);
  if (count > 0) {
    touchAccess(task.linux, inode, file.flags);
    tell(task.linux, inode, IN_ACCESS);
  }
  return count;
}

function writeRegular(task: Task, file: OpenFile, bytes: Uint8Array, position: number): number {
  const inode = getInode(task.linux, file.inode);
  const refused = refuseWriting(inode) || refuseSize(inode, Math.max(inode.size, position + bytes.length));
  if (refused < 0) return refused;
  if (inode.attributes.mode & (S_ISUID | S_ISGID) && !rulesFiles(task))
    dropSetId(inode, isInGroup(task, inode.attributes.gid));
  const count = writeContents(task.linux, inode, position, bytes);
  if (count > 0) tell(task.linux, inode, IN_MODIFY);
  return count;
}

function readText(_task: Task, file: OpenFile, into: Uint8Array, position: number): number {
  const contents = file.contents as Uint8Array;
  const part = contents.subarray(position, position + into.length);
  into.set(part);
  return part.length;
}

function readRandom(task: Task, _file: OpenFile, into: Uint8Array): number {
  fillRandom(task.kernel.state.random, into);
  return into.length;
}

const OPERATIONS: Readonly<Record<FileType, FileOperations>> = {
  regular: immediate(true, readRegular, writeRegular),
  directory: immediate(true, refuse(EISDIR), refuse(EISDIR)),
  path: immediate(false, refuse(EINVAL), refuse(EINVAL)),
  null: immediate(true, () => 0, takeAll),
  zero: immediate(true, giveZeros, takeAll),
  full: immediate(true, giveZeros, refuse(ENOSPC)),
  random: immediate(true, readRandom, takeAll),
  text: immediate(true, readText, (task, file, bytes) => writeProc(task, file.inode, bytes)),
  stream: streamOperations,
  pipe: pipeOperations,
  counter: counterOperations,
  epoll: {
    seekable: false,
    read: refuse(EINVAL),
    write: refuse(EINVAL),
    poll: (linux, file) => pollEpoll(linux, file, operationsOf),
    events: (linux, file) => epollEvents(linux, file, operationsOf),
    serial: (linux, file) => epollSerial(linux, file, operationsOf),
    release: releaseEpoll,
  },
  socket: {
    seekable: false,
    read: sockets.readSocket,
    write: sockets.writeSocket,
    receive: sockets.receiveSegments,
    send: sockets.sendSegments,
    poll: sockets.pollSocket,
    events: sockets.socketEvents,
    serial: sockets.socketSerial,
    ioctl: sockets.socketControl,
    release: sockets.releaseSocket,
  },
  timer: timerOperations,
  queue: queueOperations,
  watcher: watcherOperations,
  ptyMaster: masterOperations,
  ptySlave: slaveOperations,
  signal: signalOperations,
  process: processOperations,
  memory: memoryOperations,
};

export function operationsOf(file: OpenFile): FileOperations {
  return OPERATIONS[file.type];
}
