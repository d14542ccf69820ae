/** Reading and writing guest memory on behalf of a task: never trusts an address, answers undefined or false instead. */

import { copyFromUser, copyToUser } from '../../kernel/mm/copy.ts';
import { concatenate } from '../../base/bytes.ts';
import { highWord, lowWord, setWordAt, signed64, unsigned64, wordAt } from '../../base/words.ts';
import { EFAULT, ENAMETOOLONG, type Errno } from './abi/errno.ts';
import { PATH_MAX } from './abi/fcntl.ts';
import type { Timespec } from './abi/stat.ts';
import type { Task } from './task.ts';

const decoder = new TextDecoder();
const encoder = new TextEncoder();

/** Names and texts are UTF-8; other bytes in names do not survive. */
export function decodeText(bytes: Uint8Array): string {
  return isShortAscii(bytes) ? String.fromCharCode(...bytes) : decoder.decode(bytes);
}

/** Most names are: for them the decoder's call costs more than its work. */
function isShortAscii(bytes: Uint8Array): boolean {
  if (bytes.length > 32) return false;
  for (const byte of bytes) if (byte >= 0x80) return false;
  return true;
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
  const bytes = readBytes(task, address, 4);
  return bytes && wordAt(bytes, 0);
}

export function writeInt(task: Task, address: number, value: number): boolean {
  const bytes = new Uint8Array(4);
  setWordAt(bytes, 0, value);
  return writeBytes(task, address, bytes);
}

/** A 64-bit word as a number, exact below 2^53. */
export function readLong(task: Task, address: number): number | undefined {
  const bytes = readBytes(task, address, 8);
  return bytes && unsigned64(wordAt(bytes, 0), wordAt(bytes, 4));
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
  return writeBytes(task, address, encodeLongs([value]));
}

/** 64-bit words in a row. */
export function encodeLongs(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 8);
  for (let i = 0; i < values.length; i++) {
    setWordAt(bytes, i * 8, lowWord(values[i]));
    setWordAt(bytes, i * 8 + 4, highWord(values[i]));
  }
  return bytes;
}

/** Text up to its zero byte, page by page; -EFAULT, or -ENAMETOOLONG after `limit` bytes. */
export function readText(task: Task, address: number, limit = PATH_MAX): string | Errno {
  const found: Uint8Array[] = [];
  let length = 0;
  while (length < limit) {
    const at = address + length;
    const chunk = task.linux.transfer.subarray(0, Math.min(256 - (at % 256), limit - length));
    const count = copyFromUser(task.kernel, task.process, at, chunk);
    const end = chunk.subarray(0, count).indexOf(0);
    if (end >= 0) {
      const last = chunk.subarray(0, end);
      return decodeText(found.length === 0 ? last : concatenate([...found, last]));
    }
    if (count < chunk.length) return -EFAULT;
    found.push(chunk.slice());
    length += count;
  }
  return -ENAMETOOLONG;
}

/** `struct timespec`, unchecked. */
export function readTimespec(task: Task, address: number): Timespec | undefined {
  const bytes = readBytes(task, address, 16);
  if (!bytes) return undefined;
  const seconds = signed64(wordAt(bytes, 0), wordAt(bytes, 4));
  return { seconds, nanoseconds: signed64(wordAt(bytes, 8), wordAt(bytes, 12)) };
}
