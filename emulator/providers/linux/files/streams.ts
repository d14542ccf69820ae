/** Standard streams that are no terminal: pipes to the host's console. */

import { concatenate } from '../../../base/bytes.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EFAULT } from '../abi/errno.ts';
import { FIONREAD } from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { writeInt } from '../userMemory.ts';
import { isReadable, type OpenFile } from './openFile.ts';
import { tellOwners } from './owners.ts';
import type { FileOperations } from './operations.ts';

export interface StreamState {
  /** Bytes that the person gave and nobody has read yet. */
  input: Uint8Array;
  /** No more will come. */
  ended: boolean;
  /** Pulsed when there is more to read. */
  changed: number;
  serial: number;
}

/** Input from the person: bytes, or undefined for the end. */
export function feedInput(linux: Linux, bytes: Uint8Array | undefined): void {
  const { streams } = stateOf(linux);
  if (!bytes) streams.ended = true;
  else streams.input = concatenate([streams.input, bytes]);
  streams.serial++;
  pulseEvent(linux.kernel, streams.changed);
  tellOwners(linux, 'stream', 0, 'in');
}

function read(task: Task, _file: OpenFile, into: Uint8Array): number {
  const { streams } = stateOf(task.linux);
  const count = Math.min(into.length, streams.input.length);
  if (count === 0) return streams.ended ? 0 : -EAGAIN;
  into.set(streams.input.subarray(0, count));
  streams.input = streams.input.slice(count);
  streams.serial++;
  return count;
}

function write({ linux }: Task, file: OpenFile, bytes: Uint8Array): number {
  const { console: streams } = linux.host;
  streams.write(file.object === 2 ? 2 : 1, bytes.slice());
  return bytes.length;
}

function poll(linux: Linux, file: OpenFile): number {
  if (file.object !== 0) return POLLOUT | POLLWRNORM;
  const { input, ended } = stateOf(linux).streams;
  const ready = isReadable(file) && (input.length > 0 || ended) ? POLLIN | POLLRDNORM : 0;
  return ended && input.length === 0 ? ready | POLLHUP : ready;
}

function ioctl(task: Task, file: OpenFile, request: number, argument: number): number | undefined {
  if (request !== FIONREAD || !isReadable(file)) return undefined;
  return writeInt(task, argument, stateOf(task.linux).streams.input.length) ? 0 : -EFAULT;
}

export const streamOperations: FileOperations = {
  seekable: false,
  read,
  write,
  poll,
  ioctl,
  events: linux => [stateOf(linux).streams.changed],
  serial: linux => stateOf(linux).streams.serial,
};
