/**
 * Cells: what a hive's bins are divided into. A cell begins with its size, negative while it is in use; sizes are
 * multiples of 8. An offset names a cell by where it begins, counted from the first bin.
 */

import { assert } from '../../base/assert.ts';
import { addBin, readBins, writeBins } from './hive.ts';
import type { HiveAccess } from './hive.ts';

const SIZE_BYTES = 4;
const ALIGNMENT = 8;

/** A new cell that holds `contents`, and zeros behind it. */
export function allocateCell(access: HiveAccess, contents: Uint8Array): number {
  const { free } = access.hive;
  const size = Math.ceil((contents.length + SIZE_BYTES) / ALIGNMENT) * ALIGNMENT;
  const offset = firstFit(free, size) ?? addBin(access, size);
  const room = free.get(offset) ?? 0;
  assert(room >= size, 'a free cell is large enough');
  free.delete(offset);
  // What is left is a free cell of its own.
  if (room > size) setFree(access, offset + size, room - size);
  setSize(access, offset, -size);
  const padded = new Uint8Array(size - SIZE_BYTES);
  padded.set(contents);
  writeBins(access, offset + SIZE_BYTES, padded);
  return offset;
}

/** Gives a cell back; the free cells around it become one with it. */
export function freeCell(access: HiveAccess, offset: number): void {
  const { free } = access.hive;
  let first = offset;
  let end = offset - sizeAt(access, offset);
  assert(end > first, 'only cells in use are freed');
  // A bin's header lies between its cells and those of the bin before, so cells of two bins never touch.
  for (const [other, room] of free) {
    if (other + room === offset) first = other;
    else if (other === end) end += room;
    else continue;
    free.delete(other);
  }
  setFree(access, first, end - first);
}

/** The contents of a cell in use. */
export function readCell(access: HiveAccess, offset: number): DataView {
  const size = -sizeAt(access, offset);
  assert(size > SIZE_BYTES, `there is a cell at ${offset} of ${access.hive.name}`);
  return readBins(access, offset + SIZE_BYTES, size - SIZE_BYTES);
}

/** Writes at `at` of a cell's contents. */
export function writeCell(access: HiveAccess, offset: number, at: number, bytes: Uint8Array): void {
  writeBins(access, offset + SIZE_BYTES + at, bytes);
}

/** Writes a word of 32 bits at `at` of a cell's contents. */
export function writeCellWord(access: HiveAccess, offset: number, at: number, value: number): void {
  writeCell(access, offset, at, word(value));
}

function firstFit(free: ReadonlyMap<number, number>, size: number): number | undefined {
  for (const [offset, room] of free) if (room >= size) return offset;
  return undefined;
}

function setFree(access: HiveAccess, offset: number, size: number): void {
  access.hive.free.set(offset, size);
  setSize(access, offset, size);
}

function sizeAt(access: HiveAccess, offset: number): number {
  return readBins(access, offset, SIZE_BYTES).getInt32(0, true);
}

function setSize(access: HiveAccess, offset: number, size: number): void {
  writeBins(access, offset, word(size));
}

function word(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  view.setInt32(0, value | 0, true);
  return new Uint8Array(view.buffer);
}
