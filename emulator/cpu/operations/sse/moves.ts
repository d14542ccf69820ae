/** Moves between vector registers, memory and general registers (SSE to SSE4.1). */

import type { Alignment, Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, i64x2, i8x16, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { WORKSPACE } from '../../record.ts';

function moveWhole(alignment: Alignment): (e: Emitter) => void {
  return e => e.setVector(0, e.vector(1, alignment), alignment);
}

const ONES = Array.from({ length: 16 }, () => 255);
const LOW_QUAD = vectorConst(ONES.map((byte, i) => (i < 8 ? byte : 0)));
const LOW_DOUBLE = vectorConst(ONES.map((byte, i) => (i < 4 ? byte : 0)));

/** A value of `size` bytes with zeros above it. */
export function lowVector(e: Emitter, index: number, size: number): V128 {
  if (!e.operands[index].memory) return e.code.keep(vector.and(e.vector(index), size === 8 ? LOW_QUAD : LOW_DOUBLE));
  const place = e.bytes(index, 'read', size);
  return e.code.keep(size === 8 ? vector.load64zero(place) : vector.load32zero(place));
}

function loadLow(size: number): (e: Emitter) => void {
  return e => e.setVector(0, lowVector(e, 1, size));
}

/** Stores to memory, or into the low part of a register that keeps the rest (MOVSS, MOVSD between registers). */
function storeLow(size: number): (e: Emitter) => void {
  return e => e.setLow(0, e.source(1, size), size);
}

/** From the low part of a vector register to a general one or memory. */
function extractLow(size: number): (e: Emitter) => void {
  return e => {
    const value = e.source(1, size);
    e.target(0).write(value);
  };
}

function high(e: Emitter, index: number): I64 {
  return e.code.keep(i64x2.extract(e.vector(index), 1));
}

function setHigh(e: Emitter, value: I64): void {
  e.setVector(0, i64x2.replace(e.vector(0), 1, value));
}

function loadHigh(e: Emitter): void {
  setHigh(e, e.source(1, 8));
}

function storeHigh(e: Emitter): void {
  e.setLow(0, high(e, 1), 8);
}

function signMask(mask: (value: V128) => ReturnType<typeof i8x16.bitmask>): (e: Emitter) => void {
  return e => e.target(0).write(i64.extendu(mask(e.vector(1))));
}

function duplicate(lanes: readonly number[]): (e: Emitter) => void {
  return e => {
    const value = e.vector(1);
    e.setVector(0, shuffle(value, value, lanes));
  };
}

/** The bytes whose mask byte has its top bit set go to [RDI]. Rare: one at a time. */
export function storeMasked(e: Emitter, value: V128, bits: I32): void {
  const { code } = e;
  const mask = code.keep(bits);
  code.store('v128', 0, WORKSPACE, value);
  const start = e.linear(0);
  const index = code.variable('i32', 0);
  code.loop(again => {
    code.if(i32.and(i32.shru(mask, index), 1), () => {
      e.writable(i64.add(start, i64.extendu(index)), 1).write(i64.load8u(index, WORKSPACE));
    });
    code.set(index, i32.add(index, 1));
    code.branchIf(again, i32.ltu(index, 16));
  });
}

export const vectorMoveRows = [
  ...rows('movaps movapd movdqa', 'x xmo | mo x', moveWhole(16)),
  ...rows('movups movupd movdqu lddqu', 'x xmo | mo x', moveWhole(1)),
  ...rows('movntps movntpd movntdq', 'mo x', moveWhole(16)),
  ...rows('movntdqa', 'x mo', moveWhole(16)),
  ...rows('movd', 'x rmd', loadLow(4)),
  ...rows('movd', 'rmd x', extractLow(4)),
  ...rows('movq', 'x rmq | x x', loadLow(8)),
  ...rows('movq', 'rmq x', extractLow(8)),
  ...rows('movss', 'x md', loadLow(4)),
  ...rows('movss', 'x x | md x', storeLow(4)),
  ...rows('movsd', 'x mq', loadLow(8)),
  ...rows('movsd', 'x x | mq x', storeLow(8)),
  ...rows('movlps movlpd', 'x mq | mq x', storeLow(8)),
  ...rows('movhps movhpd', 'x mq', loadHigh),
  ...rows('movhps movhpd', 'mq x', storeHigh),
  ...rows('movhlps', 'x x', e => e.setLow(0, high(e, 1), 8)),
  ...rows('movlhps', 'x x', loadHigh),
  ...rows('movmskps', 'ry x', signMask(i32x4.bitmask)),
  ...rows('movmskpd', 'ry x', signMask(i64x2.bitmask)),
  ...rows('pmovmskb', 'ry x', signMask(i8x16.bitmask)),
  ...rows('movddup', 'x xmq', e => e.setVector(0, i64x2.splat(e.source(1, 8)))),
  ...rows('movshdup', 'x xmo', duplicate([4, 5, 6, 7, 4, 5, 6, 7, 12, 13, 14, 15, 12, 13, 14, 15])),
  ...rows('movsldup', 'x xmo', duplicate([0, 1, 2, 3, 0, 1, 2, 3, 8, 9, 10, 11, 8, 9, 10, 11])),
  ...rows('maskmovdqu', 'mo x x', e => storeMasked(e, e.vector(1), i8x16.bitmask(e.vector(2)))),
];
