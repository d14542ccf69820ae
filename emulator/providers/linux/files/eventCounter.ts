/** Counters that can be waited for (eventfd(2)). */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EINVAL } from '../abi/errno.ts';
import { EFD_SEMAPHORE, POLLIN, POLLOUT } from '../abi/poll.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';
import { createInode } from './inode.ts';
import { createFile, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

export interface EventCounter {
  id: number;
  value: bigint;
  semaphore: boolean;
  changed: number;
  serial: number;
}

const LARGEST = 0xffff_ffff_ffff_fffen;

export function createCounterFile(task: Task, initial: number, flags: number): OpenFile {
  const { linux } = task;
  const counter: EventCounter = {
    id: takeId(linux),
    value: BigInt(initial),
    semaphore: (flags & EFD_SEMAPHORE) !== 0,
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  stateOf(linux).counters.set(counter.id, counter);
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | 0o600, 0, 0);
  return createFile(linux, {
    type: 'counter',
    inode,
    flags: 2 | (flags & ~EFD_SEMAPHORE),
    path: 'anon_inode:[eventfd]',
    object: counter.id,
  });
}

function counterOf(linux: Linux, file: OpenFile): EventCounter {
  return stateOf(linux).counters.get(file.object) as EventCounter;
}

function change(linux: Linux, counter: EventCounter, value: bigint): void {
  counter.value = value;
  counter.serial++;
  pulseEvent(linux.kernel, counter.changed);
}

function read(task: Task, file: OpenFile, into: Uint8Array): number {
  const counter = counterOf(task.linux, file);
  if (into.length < 8) return -EINVAL;
  if (counter.value === 0n) return -EAGAIN;
  const taken = counter.semaphore ? 1n : counter.value;
  new DataView(into.buffer, into.byteOffset).setBigUint64(0, taken, true);
  change(task.linux, counter, counter.value - taken);
  return 8;
}

function write(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const counter = counterOf(task.linux, file);
  if (bytes.length < 8) return -EINVAL;
  const added = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
  if (added > LARGEST) return -EINVAL;
  if (counter.value + added > LARGEST) return -EAGAIN;
  change(task.linux, counter, counter.value + added);
  return 8;
}

export const counterOperations: FileOperations = {
  seekable: false,
  read,
  write,
  poll(linux, file) {
    const { value } = counterOf(linux, file);
    return (value > 0n ? POLLIN : 0) | (value < LARGEST ? POLLOUT : 0);
  },
  events: (linux, file) => [counterOf(linux, file).changed],
  serial: (linux, file) => counterOf(linux, file).serial,
  release(linux, file) {
    deleteEvent(linux.kernel, counterOf(linux, file).changed);
    stateOf(linux).counters.delete(file.object);
  },
};
