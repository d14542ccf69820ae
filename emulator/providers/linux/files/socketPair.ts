/** Connected pairs of local stream sockets (socketpair(2)): one pipe for each direction. */

import { EAGAIN, EPIPE } from '../abi/errno.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { S_IFSOCK } from '../abi/stat.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { createInode } from './inode.ts';
import { createFile, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';
import { createPipe, deletePipe, getPipe, type Pipe, PIPE_CAPACITY, putInPipe, takeFromPipe } from './pipe.ts';

/** One end: the pipes it reads from and writes to. */
export interface SocketPair {
  id: number;
  incoming: number;
  outgoing: number;
}

export function createSocketPair(task: Task, flags: number): [OpenFile, OpenFile] {
  const a = createPipe(task.linux);
  const b = createPipe(task.linux);
  return [createEnd(task, a, b, flags), createEnd(task, b, a, flags)];
}

function createEnd(task: Task, incoming: Pipe, outgoing: Pipe, flags: number): OpenFile {
  const { linux } = task;
  const end: SocketPair = { id: takeId(linux), incoming: incoming.id, outgoing: outgoing.id };
  stateOf(linux).sockets.set(end.id, end);
  incoming.readers++;
  outgoing.writers++;
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFSOCK | 0o777, 0, 0);
  return createFile(linux, {
    type: 'socket',
    inode,
    flags: O_RDWR | flags,
    path: `socket:[${inode.id}]`,
    object: end.id,
  });
}

function ends(linux: Linux, file: OpenFile): { incoming: Pipe; outgoing: Pipe } {
  const { incoming, outgoing } = stateOf(linux).sockets.get(file.object) as SocketPair;
  return { incoming: getPipe(linux, incoming), outgoing: getPipe(linux, outgoing) };
}

/** shutdown(2): no more reading, no more writing. */
export function shutDown(linux: Linux, file: OpenFile, reading: boolean, writing: boolean): void {
  const { incoming, outgoing } = ends(linux, file);
  if (reading) incoming.readers = 0;
  if (writing) outgoing.writers = 0;
  for (const event of [incoming.readable, incoming.writable, outgoing.readable, outgoing.writable])
    pulseEvent(linux.kernel, event);
}

function read(task: Task, file: OpenFile, into: Uint8Array): number {
  const { incoming } = ends(task.linux, file);
  if (incoming.length > 0) return takeFromPipe(task.linux, incoming, into);
  return incoming.writers > 0 && incoming.readers > 0 ? -EAGAIN : 0;
}

function write(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const { outgoing } = ends(task.linux, file);
  if (outgoing.readers === 0 || outgoing.writers === 0) return -EPIPE;
  return putInPipe(task.linux, outgoing, bytes) || -EAGAIN;
}

function poll(linux: Linux, file: OpenFile): number {
  const { incoming, outgoing } = ends(linux, file);
  let ready = 0;
  if (incoming.length > 0 || incoming.writers === 0) ready |= POLLIN | POLLRDNORM;
  if (outgoing.length < PIPE_CAPACITY || outgoing.readers === 0) ready |= POLLOUT | POLLWRNORM;
  if (incoming.writers === 0) ready |= POLLRDHUP;
  if (incoming.writers === 0 && outgoing.readers === 0) ready |= POLLHUP;
  return ready;
}

function release(linux: Linux, file: OpenFile): void {
  shutDown(linux, file, true, true);
  const { incoming, outgoing } = ends(linux, file);
  for (const pipe of [incoming, outgoing]) if (pipe.readers === 0 && pipe.writers === 0) deletePipe(linux, pipe);
  stateOf(linux).sockets.delete(file.object);
}

export const socketOperations: FileOperations = {
  seekable: false,
  read,
  write,
  poll,
  events(linux, file) {
    const { incoming, outgoing } = ends(linux, file);
    return [incoming.readable, outgoing.writable];
  },
  serial(linux, file) {
    const { incoming, outgoing } = ends(linux, file);
    return incoming.serial + outgoing.serial;
  },
  release,
};
