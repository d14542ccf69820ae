/** Bytes for pages of code: instructions of a pool, short branches among them, and bytes that are anything. */

import type { Chooser } from '../generator.ts';
import type { Pool } from '../sequences/pool.ts';

const SYSCALL = [0x0f, 0x05];

export function noise(choose: Chooser, pool: Pool, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  choose.bytes(bytes);
  // Pages of nothing but noise, and pages of nothing but instructions, are among them.
  const purity = choose.of([0, 50, 90, 100, 100]);
  let at = 0;
  while (at < size) {
    const part = choose.below(100) < purity ? piece(choose, pool) : bytes.subarray(at, at + 1 + choose.below(4));
    bytes.set(part.subarray(0, size - at), at);
    at += part.length;
  }
  return bytes;
}

function piece(choose: Chooser, pool: Pool): Uint8Array {
  const kind = choose.below(100);
  if (kind < 60) return choose.of(pool.common).bytes;
  if (kind < 80) return choose.of(choose.of(pool.forms)).bytes;
  const near = choose.below(60) - 40;
  if (kind < 88) return Uint8Array.of(0x70 + choose.below(16), near);
  if (kind < 91) return Uint8Array.of(0xeb, near);
  if (kind < 94)
    return Uint8Array.of(0xe8, choose.below(256), choose.of([0, 0xff]), choose.of([0, 0xff]), choose.of([0, 0xff]));
  if (kind < 96) return Uint8Array.of(0xc3);
  if (kind < 98) return Uint8Array.of(0xe0 + choose.below(4), near);
  if (kind < 99) return Uint8Array.of(0xff, 0xe0 + choose.below(8));
  return Uint8Array.from(SYSCALL);
}
