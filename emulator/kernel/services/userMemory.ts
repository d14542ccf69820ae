/** Memory of the caller, as services reach it: probed, never trusted. A negative address is one of the kernel's half. */

import { USER_LIMIT } from '../../base/pages.ts';
import { highWord, lowWord, signed64 } from '../../base/words.ts';
import { copyFromUser, copyToUser } from '../mm/copy.ts';
import { decodeUnicode } from '../rtl/unicode.ts';
import type { Call } from './service.ts';

type Memory = Pick<Call, 'kernel' | 'process'>;

/** `size` bytes, or undefined where not all of them can be read. */
export function readUser({ kernel, process }: Memory, address: number, size: number): Uint8Array | undefined {
  if (address < 0 || address + size > USER_LIMIT) return undefined;
  const bytes = new Uint8Array(size);
  return copyFromUser(kernel, process, address, bytes) === size ? bytes : undefined;
}

/** False where not all of it could be written. */
export function writeUser({ kernel, process }: Memory, address: number, bytes: Uint8Array): boolean {
  if (address < 0 || address + bytes.length > USER_LIMIT) return false;
  return copyToUser(kernel, process, address, bytes) === bytes.length;
}

/** ProbeForWrite: whether `size` bytes can be written, without changing them. */
export function probeForWrite(memory: Memory, address: number, size: number): boolean {
  const bytes = readUser(memory, address, size);
  return bytes !== undefined && writeUser(memory, address, bytes);
}

/** A signed 64-bit number, exact within ±2^53. */
export function readLong(memory: Memory, address: number): number | undefined {
  const bytes = readUser(memory, address, 8);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer);
  return signed64(view.getInt32(0, true), view.getInt32(4, true));
}

export function writeLong(memory: Memory, address: number, value: number): boolean {
  return writeUser(memory, address, encodeLong(value));
}

export function writeWord(memory: Memory, address: number, value: number): boolean {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setInt32(0, lowWord(value), true);
  return writeUser(memory, address, bytes);
}

function encodeLong(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, lowWord(value), true);
  view.setInt32(4, highWord(value), true);
  return bytes;
}

/** Length, MaximumLength, four bytes of nothing, Buffer. */
const UNICODE_STRING_SIZE = 16;

/** The text of a UNICODE_STRING; undefined where it cannot be read. */
export function readUnicodeString(memory: Memory, address: number): string | undefined {
  const header = readUser(memory, address, UNICODE_STRING_SIZE);
  if (!header) return undefined;
  const view = new DataView(header.buffer);
  const length = view.getUint16(0, true);
  if (length === 0) return '';
  const bytes = readUser(memory, signed64(view.getInt32(8, true), view.getInt32(12, true)), length);
  return bytes && decodeUnicode(bytes);
}
