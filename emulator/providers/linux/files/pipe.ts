/** Pipes and fifos (pipe(7)). */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EFAULT, EPIPE } from '../abi/errno.ts';
import { O_ACCMODE, O_RDONLY, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFIFO } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { writeInt } from '../userMemory.ts';
import { createInode, type Inode } from './inode.ts';
import { getInode } from './inodes.ts';
import { createFile, isReadable, isWritable, type OpenFile } from './openFile.ts';
import { tellOwners } from './owners.ts';
import type { FileOperations } from './operations.ts';

/** Bytes that fit in a pipe unless F_SETPIPE_SZ says otherwise, and that are written whole or not at all (pipe(7)). */
export const PIPE_CAPACITY = 0x1_0000;
const PIPE_BUF = 4096;

export interface Pipe {
  id: number;
  /** Bytes that fit. */
  capacity: number;
  /** Ring buffer; allocated with the first write. */
  bytes: Uint8Array;
  start: number;
  length: number;
  readers: number;
  writers: number;
  /** How often each end has been opened: fifo(7) lets openers wait for each other. */
  readersOpened: number;
  writersOpened: number;
  /** Pulsed when there is more to read, or no writer any more. */
  readable: number;
  writable: number;
  /** Bytes and ends that have come and gone. */
  serial: number;
}

export function createPipe(linux: Linux): Pipe {
  const pipe: Pipe = {
    id: takeId(linux),
    capacity: PIPE_CAPACITY,
    bytes: new Uint8Array(0),
    start: 0,
    length: 0,
    readers: 0,
    writers: 0,
    readersOpened: 0,
    writersOpened: 0,
    readable: createEvent(linux.kernel, 'notification'),
    writable: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  stateOf(linux).pipes.set(pipe.id, pipe);
  return pipe;
}

export function getPipe(linux: Linux, id: number): Pipe {
  return stateOf(linux).pipes.get(id) as Pipe;
}

/** Both ends of a new pipe without a name: read end, write end. */
export function createPipeFiles(task: Task, flags: number): [OpenFile, OpenFile] {
  const { linux, group } = task;
  const { euid, egid } = group.credentials;
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFIFO | 0o600, euid, egid);
  const pipe = createPipe(linux);
  inode.attributes.pipe = pipe.id;
  inode.links = 1;
  return [openPipe(linux, inode, flags | O_RDONLY), openPipe(linux, inode, flags | O_WRONLY)];
}

/** Opens an end of the pipe behind a fifo's inode; `path` for those with a name. */
export function openPipe(linux: Linux, inode: Inode, flags: number, path = `pipe:[${inode.id}]`): OpenFile {
  if (inode.attributes.pipe === 0) inode.attributes.pipe = createPipe(linux).id;
  const pipe = getPipe(linux, inode.attributes.pipe);
  const access = flags & O_ACCMODE;
  if (access === O_RDONLY || access === O_RDWR) {
    pipe.readers++;
    pipe.readersOpened++;
  }
  if (access === O_WRONLY || access === O_RDWR) {
    pipe.writers++;
    pipe.writersOpened++;
  }
  announce(linux, pipe);
  return createFile(linux, { type: 'pipe', inode, flags, path, object: pipe.id });
}

function announce(linux: Linux, pipe: Pipe): void {
  pipe.serial++;
  pulseEvent(linux.kernel, pipe.readable);
  pulseEvent(linux.kernel, pipe.writable);
  tellOwners(linux, 'pipe', pipe.id, 'in');
  tellOwners(linux, 'pipe', pipe.id, 'out');
}

/** F_SETPIPE_SZ: false if what is in the pipe does not fit. */
export function resizePipe(linux: Linux, pipe: Pipe, capacity: number): boolean {
  if (capacity < pipe.length) return false;
  const kept = new Uint8Array(pipe.length);
  takeFromPipe(linux, pipe, kept);
  pipe.capacity = capacity;
  pipe.bytes = new Uint8Array(capacity);
  pipe.bytes.set(kept);
  pipe.start = 0;
  pipe.length = kept.length;
  announce(linux, pipe);
  return true;
}

/** Copies what is in the pipe and leaves it there; how many bytes. */
export function peekPipe(pipe: Pipe, into: Uint8Array): number {
  const count = Math.min(into.length, pipe.length);
  const first = Math.min(count, pipe.bytes.length - pipe.start);
  into.set(pipe.bytes.subarray(pipe.start, pipe.start + first));
  into.set(pipe.bytes.subarray(0, count - first), first);
  return count;
}

/** Takes bytes out; how many. */
export function takeFromPipe(linux: Linux, pipe: Pipe, into: Uint8Array): number {
  const count = peekPipe(pipe, into);
  pipe.start = count === pipe.length ? 0 : (pipe.start + count) % pipe.bytes.length;
  pipe.length -= count;
  if (count > 0) {
    pipe.serial++;
    pulseEvent(linux.kernel, pipe.writable);
    tellOwners(linux, 'pipe', pipe.id, 'out');
  }
  return count;
}

/** Puts as many bytes in as fit; how many. Up to PIPE_BUF bytes go in together or not at all, unless `inParts`. */
export function putInPipe(linux: Linux, pipe: Pipe, bytes: Uint8Array, inParts = false): number {
  const { capacity } = pipe;
  if (pipe.bytes.length === 0) pipe.bytes = new Uint8Array(capacity);
  const room = capacity - pipe.length;
  const count = !inParts && bytes.length <= PIPE_BUF && room < bytes.length ? 0 : Math.min(room, bytes.length);
  const end = (pipe.start + pipe.length) % capacity;
  const first = Math.min(count, capacity - end);
  pipe.bytes.set(bytes.subarray(0, first), end);
  pipe.bytes.set(bytes.subarray(first, count), 0);
  pipe.length += count;
  if (count > 0) {
    pipe.serial++;
    pulseEvent(linux.kernel, pipe.readable);
    tellOwners(linux, 'pipe', pipe.id, 'in');
  }
  return count;
}

function read(task: Task, file: OpenFile, into: Uint8Array): number {
  const pipe = getPipe(task.linux, file.object);
  if (pipe.length === 0) return pipe.writers > 0 ? -EAGAIN : 0;
  return takeFromPipe(task.linux, pipe, into);
}

function write(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const pipe = getPipe(task.linux, file.object);
  if (pipe.readers === 0) return -EPIPE;
  return putInPipe(task.linux, pipe, bytes) || -EAGAIN;
}

function poll(linux: Linux, file: OpenFile): number {
  const pipe = getPipe(linux, file.object);
  let ready = 0;
  if (isReadable(file)) {
    if (pipe.length > 0) ready |= POLLIN | POLLRDNORM;
    if (pipe.writers === 0) ready |= POLLHUP;
  }
  if (isWritable(file)) {
    if (pipe.capacity - pipe.length >= PIPE_BUF) ready |= POLLOUT | POLLWRNORM;
    if (pipe.readers === 0) ready |= POLLERR;
  }
  return ready;
}

function events(linux: Linux, file: OpenFile): readonly number[] {
  const { readable, writable } = getPipe(linux, file.object);
  const access = file.flags & O_ACCMODE;
  return access === O_RDWR ? [readable, writable] : access === O_RDONLY ? [readable] : [writable];
}

function ioctl(task: Task, file: OpenFile, request: number, argument: number): number | undefined {
  if (request !== FIONREAD) return undefined;
  return writeInt(task, argument, getPipe(task.linux, file.object).length) ? 0 : -EFAULT;
}

function release(linux: Linux, file: OpenFile): void {
  const pipe = getPipe(linux, file.object);
  if (isReadable(file)) pipe.readers--;
  if (isWritable(file)) pipe.writers--;
  announce(linux, pipe);
  if (pipe.readers > 0 || pipe.writers > 0) return;
  const inode = getInode(linux, file.inode);
  inode.attributes.pipe = 0;
  if (inode.volume === stateOf(linux).anonymous) inode.links = 0;
  deletePipe(linux, pipe);
}

export function deletePipe(linux: Linux, pipe: Pipe): void {
  deleteEvent(linux.kernel, pipe.readable);
  deleteEvent(linux.kernel, pipe.writable);
  stateOf(linux).pipes.delete(pipe.id);
}

export const pipeOperations: FileOperations = {
  seekable: false,
  read,
  write,
  poll,
  events,
  serial: (linux, file) => getPipe(linux, file.object).serial,
  ioctl,
  release,
};
