/** Reading and writing guest memory on behalf of a task: never trusts an address, answers undefined or false instead. */

import { copyFromUser, copyToUser } from '../../kernel/mm/copy.ts';
import { concatenate } from '../../base/bytes.ts';
import { unsigned64 } from '../../base/words.ts';
import { EFAULT, ENAMETOOLONG, type Errno } from './abi/errno.ts';
import { PATH_MAX } from './abi/fcntl.ts';
import type { Timespec } from './abi/stat.ts';
import type { Task } from './task.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Names and texts are UTF-8; other bytes in names do not survive. */
export function decodeText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

export function encodeText(text: string): Uint8Array {
  return encoder.encode(text);
}

/** All `size` bytes, or undefined if one of them cannot be read. */
export function readBytes(task: Task, address: number, size: number): Uint8Array | undefined {
  const bytes = new Uint8Array(size);
  return copyFromUser(task.kernel, task.process, address, bytes) === size ? bytes : undefined;
}

export function readView(task: Task, address: number, size: number): DataView | undefined {
  const bytes = readBytes(task, address, size);
  return bytes && new DataView(bytes.buffer);
}

/** Whether all of `bytes` arrived. */
export function writeBytes(task: Task, address: number, bytes: Uint8Array): boolean {
  return copyToUser(task.kernel, task.process, address, bytes) === bytes.length;
}

/** For structures that an answer fills in: 0, or -EFAULT. */
export function giveBytes(task: Task, address: number, bytes: Uint8Array): number {
  return writeBytes(task, address, bytes) ? 0 : -EFAULT;
}

export function readInt(task: Task, address: number): number | undefined {
  return readView(task, address, 4)?.getInt32(0, true);
}

export function writeInt(task: Task, address: number, value: number): boolean {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, value, true);
  return writeBytes(task, address, bytes);
}

/** A 64-bit word as a number, exact below 2^53. */
export function readLong(task: Task, address: number): number | undefined {
  const view = readView(task, address, 8);
  return view && longAt(view, 0);
}

export function longAt(view: DataView, offset: number): number {
  return unsigned64(view.getInt32(offset, true), view.getInt32(offset + 4, true));
}

export function signedLongAt(view: DataView, offset: number): number {
  return view.getInt32(offset + 4, true) * 0x1_0000_0000 + view.getUint32(offset, true);
}

export function setLongAt(view: DataView, offset: number, value: number): void {
  view.setUint32(offset, value >>> 0, true);
  view.setInt32(offset + 4, Math.floor(value / 0x1_0000_0000), true);
}

export function writeLong(task: Task, address: number, value: number): boolean {
  const bytes = new Uint8Array(8);
  setLongAt(new DataView(bytes.buffer), 0, value);
  return writeBytes(task, address, bytes);
}

/** 64-bit words in a row. */
export function encodeLongs(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  const view = new DataView(bytes.buffer);
  values.forEach((value, index) => {
    setLongAt(view, index * 8, value);
  });
  return bytes;
}

/** Text up to its zero byte, page by page; -EFAULT, or -ENAMETOOLONG after `limit` bytes. */
export function readText(task: Task, address: number, limit = PATH_MAX): string | Errno {
  const found: Uint8Array[] = [];
  let length = 0;
  while (length < limit) {
    const at = address + length;
    const chunk = new Uint8Array(Math.min(256 - (at % 256), limit - length));
    const count = copyFromUser(task.kernel, task.process, at, chunk);
    const end = chunk.subarray(0, count).indexOf(0);
    if (end >= 0) {
      const last = chunk.subarray(0, end);
      return decodeText(found.length === 0 ? last : concatenate([...found, last]));
    }
    if (count < chunk.length) return -EFAULT;
    found.push(chunk);
    length += count;
  }
  return -ENAMETOOLONG;
}

/** `struct timespec`, unchecked. */
export function readTimespec(task: Task, address: number): Timespec | undefined {
  const view = readView(task, address, 16);
  return view && { seconds: signedLongAt(view, 0), nanoseconds: signedLongAt(view, 8) };
}
