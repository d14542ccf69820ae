/** Where indirect jumps find the record of their target: a direct-mapped cache by address (`record.ts` has its layout). */

import { highWord, lowWord } from '../../base/words.ts';
import { JUMP_CACHE, JUMP_CACHE_ENTRIES } from '../record.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { lowHalf } from '../wasm/widths.ts';

const ENTRY_SIZE = 16;
const MASK = (JUMP_CACHE_ENTRIES - 1) * ENTRY_SIZE;
const HASH_SHIFT = 14;

/** Offset from JUMP_CACHE of the entry for an address, in generated code. */
export function jumpCacheEntry(address: I64): I32 {
  return i32.and(i32.shl(i32.xor(lowHalf(address), i32.wrap(i64.shru(address, HASH_SHIFT))), 4), MASK);
}

function entryOf(address: number): number {
  return JUMP_CACHE + (((lowWord(address) ^ lowWord(Math.floor(address / 2 ** HASH_SHIFT))) << 4) & MASK);
}

/** Lets indirect jumps to `address` find `record` and, unless 0, the slot of its hot function. */
export function remember(view: DataView, address: number, record: number, slot: number): void {
  const entry = entryOf(address);
  view.setInt32(entry, lowWord(address), true);
  view.setInt32(entry + 4, highWord(address), true);
  view.setUint32(entry + 8, record, true);
  view.setUint32(entry + 12, slot, true);
}

/** Whether indirect jumps find `address`. */
export function remembers(view: DataView, address: number): boolean {
  const entry = entryOf(address);
  return view.getInt32(entry, true) === lowWord(address) && view.getInt32(entry + 4, true) === highWord(address);
}

/** Forgets everything: an address of such bytes is not canonical, so no jump looks for it. */
export function forgetJumps(words: Int32Array): void {
  // By words: V8 fills shared memory element by element.
  words.fill(0x8080_8080 | 0, JUMP_CACHE / 4, (JUMP_CACHE + JUMP_CACHE_ENTRIES * ENTRY_SIZE) / 4);
}
