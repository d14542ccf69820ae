/**
 * Rows of instructions around an address, stable in both directions: going back decodes forward from a known start, so
 * that the same address always shows the same row. Memory that is not there is tiled with filler rows.
 */

import { PAGE_SIZE } from '../base/pages.ts';
import { Decoder } from '../cpu/decode/decoder.ts';
import { disassemble } from '../cpu/decode/disassemble.ts';
import type { Disassembled } from './face.ts';
import type { ProcessMemory } from './processMemory.ts';

const LONGEST = 15;
/** Bytes of an instruction in common code, rounded up: a first guess of what rows take. */
const TYPICAL = 5;
/** Decoded at a time. */
const MOST_BYTES = 4096;
/** Filler rows of missing memory lie at multiples of this. */
const FILLER = 16;
const LAST_ADDRESS = 0x7fff_ffff_ffff;

/** `count` rows beginning `offset` rows from the one at `address`. `anchors`: sorted addresses where instructions begin. */
export function disassembleRows(
  memory: Pick<ProcessMemory, 'peek'>,
  address: number,
  offset: number,
  count: number,
  anchors: readonly number[],
): Disassembled[] {
  if (offset >= 0) return rowsFrom(memory, address, offset + count).slice(offset);
  const before = rowsBefore(memory, address, -offset, anchors);
  const rows = before.slice(0, count);
  if (rows.length < count) rows.push(...rowsFrom(memory, address, count - rows.length));
  return rows;
}

function rowsFrom(memory: Pick<ProcessMemory, 'peek'>, address: number, count: number): Disassembled[] {
  const rows: Disassembled[] = [];
  let at = address;
  while (rows.length < count) {
    if (at > LAST_ADDRESS) {
      rows.push(filler(LAST_ADDRESS, 1));
      continue;
    }
    const part = rowsIn(memory, at, Math.min(MOST_BYTES, (count - rows.length) * TYPICAL)).slice(
      0,
      count - rows.length,
    );
    if (part.length === 0) part.push(filler(at, 0));
    rows.push(...part);
    const last = part[part.length - 1];
    at = last.address + (last.bytes.length || FILLER - (last.address % FILLER));
  }
  return rows;
}

/** The rows that begin in the next `size` bytes, up to where memory ends; none if there is no memory. */
function rowsIn(memory: Pick<ProcessMemory, 'peek'>, address: number, size: number): Disassembled[] {
  // With room for the last of them: a cut instruction would be taken for a bad one.
  const bytes = new Uint8Array(size + LONGEST);
  const length = memory.peek(address, bytes);
  return disassemble(bytes.subarray(0, length), address, 'gas')
    .filter(row => row.address < address + size)
    .map(row =>
      row.flow === 'invalid'
        ? { address: row.address, bytes: row.bytes.slice(0, 1), text: '(bad)', valid: false }
        : { address: row.address, bytes: row.bytes, text: row.text, target: row.target, valid: true },
    );
}

function filler(address: number, length: number): Disassembled {
  return { address, bytes: new Uint8Array(length), text: '??', valid: false };
}

/** Exactly `count` rows that end where `address` begins. */
function rowsBefore(
  memory: Pick<ProcessMemory, 'peek'>,
  address: number,
  count: number,
  anchors: readonly number[],
): Disassembled[] {
  let rows: Disassembled[] = [];
  let end = address;
  while (rows.length < count && end > 0) {
    const part = chunkBefore(memory, end, anchors);
    rows = [...part, ...rows];
    end = part[0].address;
  }
  while (rows.length < count) rows.unshift(filler(0, 0));
  return rows.slice(rows.length - count);
}

/** At least one row that ends where `end` begins. */
function chunkBefore(memory: Pick<ProcessMemory, 'peek'>, end: number, anchors: readonly number[]): Disassembled[] {
  const last = new Uint8Array(1);
  if (memory.peek(end - 1, last) === 0) return [filler(Math.floor((end - 1) / FILLER) * FILLER, 0)];
  const decoder = new Decoder();
  for (const { start, isKnown } of startsBefore(memory, end, anchors)) {
    if (!isKnown && !leadsTo(decoder, memory, start, end)) continue;
    const rows = rowsIn(memory, start, end - start);
    const final = rows.at(-1);
    if (final && final.address + final.bytes.length === end) return rows;
  }
  return [{ address: end - 1, bytes: last, text: '(bad)', valid: false }];
}

/** Whether instructions from `start` on end where `end` begins; much faster than writing them. */
function leadsTo(decoder: Decoder, memory: Pick<ProcessMemory, 'peek'>, start: number, end: number): boolean {
  const bytes = new Uint8Array(end - start + LONGEST);
  const code = bytes.subarray(0, memory.peek(start, bytes));
  let at = 0;
  while (start + at < end && at < code.length) {
    decoder.open(code.subarray(at, at + LONGEST));
    at += decoder.next() ? decoder.position : 1;
  }
  return start + at === end;
}

interface Start {
  readonly start: number;
  /** An instruction begins there. */
  readonly isKnown: boolean;
}

/** Where decoding may begin to reach `end`: the nearest known start, else any of some aligned places before it. */
function* startsBefore(memory: Pick<ProcessMemory, 'peek'>, end: number, anchors: readonly number[]): Generator<Start> {
  let low = 0;
  let high = anchors.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (anchors[middle] < end) low = middle + 1;
    else high = middle;
  }
  const anchor = anchors[low - 1];
  const probe = new Uint8Array(1);
  if (anchor !== undefined && end - anchor <= PAGE_SIZE && memory.peek(anchor, probe) === 1)
    yield { start: anchor, isKnown: true };
  const base = Math.floor((end - 1) / 64) * 64;
  for (let back = 64; back >= 0; back -= 16)
    for (let skew = 0; skew < 16; skew++) {
      const start = base - back + skew;
      if (start >= 0 && start < end && memory.peek(start, probe) === 1) yield { start, isKnown: false };
    }
  for (let start = end - LONGEST; start < end; start++)
    if (start >= 0 && memory.peek(start, probe) === 1) yield { start, isKnown: false };
}
