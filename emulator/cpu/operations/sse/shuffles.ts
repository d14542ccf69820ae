/** Rearranging the elements of vectors: unpack, pack, shuffle, align, insert, extract, blend, widen (SSE2 to SSE4.1). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i16x8, i32x4, i64x2, i8x16, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { zeroExtend } from '../../wasm/widths.ts';
import { combineRows, ZERO_VECTOR } from './integer.ts';
import type { Combinations } from './integer.ts';
import { lowVector } from './moves.ts';

/** Lanes of `size` bytes taken in turn from the lower (or upper) half of both operands. */
function unpack(size: number, from: 'low' | 'high'): (a: V128, b: V128) => V128 {
  const lanes = Array.from({ length: 16 }, (_, byte) => {
    const element = Math.floor(byte / size);
    const source = element % 2 === 0 ? 0 : 16;
    return source + (from === 'low' ? 0 : 8) + Math.floor(element / 2) * size + (byte % size);
  });
  return (a, b) => shuffle(a, b, lanes);
}

export const IOTA = vectorConst(Array.from({ length: 16 }, (_, i) => i));

function words(...values: number[]): V128 {
  return vectorConst(new Uint8Array(Uint16Array.from(values).buffer));
}

function doubles(...values: number[]): V128 {
  return vectorConst(new Uint8Array(Uint32Array.from(values).buffer));
}

/**
 * Byte indices for a swizzle by an immediate of four 2-bit fields. Multiplying moves each lane's field to bit 6, from
 * where one shift brings it down.
 */
export function doubleIndices(immediate: I32): V128 {
  const fields = i32x4.mul(i32x4.splat(immediate), doubles(64, 16, 4, 1));
  const selected = vector.and(i32x4.shru(fields, 6), i32x4.splat(3));
  return i32x4.add(i32x4.mul(selected, i32x4.splat(0x0404_0404)), i32x4.splat(0x0302_0100));
}

export function wordIndices(immediate: I32, half: 'low' | 'high'): V128 {
  const multipliers = half === 'low' ? words(64, 16, 4, 1, 0, 0, 0, 0) : words(0, 0, 0, 0, 64, 16, 4, 1);
  const fields = i16x8.mul(i16x8.splat(immediate), multipliers);
  const selected = vector.and(i16x8.shru(fields, 6), i16x8.splat(3));
  const offsets =
    half === 'low'
      ? words(0x100, 0x100, 0x100, 0x100, 0x908, 0xb0a, 0xd0c, 0xf0e)
      : words(0x100, 0x302, 0x504, 0x706, 0x908, 0x908, 0x908, 0x908);
  return i16x8.add(i16x8.mul(selected, i16x8.splat(0x0202)), offsets);
}

export function immediateOf(e: Emitter, index: number): I32 {
  return e.code.keep(i32.wrap(e.source(index, 1)));
}

function shuffleWords(half: 'low' | 'high'): (e: Emitter) => void {
  return e => e.setVector(0, i8x16.swizzle(e.vector(1), wordIndices(immediateOf(e, 2), half)));
}

function shuffleSingles(e: Emitter): void {
  const b = e.vector(1);
  const indices = e.code.keep(doubleIndices(immediateOf(e, 2)));
  const halves = [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31];
  e.setVector(0, shuffle(i8x16.swizzle(e.vector(0), indices), i8x16.swizzle(b, indices), halves));
}

function shuffleDoubles(e: Emitter): void {
  const b = e.vector(1);
  const a = e.vector(0);
  const immediate = immediateOf(e, 2);
  const pick = (v: V128, bit: number) => select(i32.and(immediate, bit), i64x2.extract(v, 1), i64x2.extract(v, 0));
  e.setVector(0, i64x2.replace(i64x2.splat(pick(a, 1)), 1, pick(b, 2)));
}

/** PSLLDQ and PSRLDQ: indices that leave the vector select zero. */
function shiftBytes(left: boolean): (e: Emitter) => void {
  return e => {
    const count = immediateOf(e, 1);
    const clamped = i8x16.splat(select(i32.gtu(count, 16), i32.const(16), count));
    e.setVector(0, i8x16.swizzle(e.vector(0), left ? i8x16.sub(IOTA, clamped) : i8x16.add(IOTA, clamped)));
  };
}

function alignRight(e: Emitter): void {
  const b = e.vector(1);
  const a = e.vector(0);
  const count = immediateOf(e, 2);
  const from = e.code.keep(i8x16.add(IOTA, i8x16.splat(select(i32.gtu(count, 32), i32.const(32), count))));
  const upper = i8x16.swizzle(a, i8x16.sub(from, i8x16.splat(16)));
  e.setVector(0, vector.or(i8x16.swizzle(b, from), upper));
}

/** In the lane of `size` bytes that the low bits of `number` name, all ones. */
export function laneMask(size: number, number: I32): V128 {
  const lanes = vectorConst(Array.from({ length: 16 }, (_, i) => Math.floor(i / size)));
  return i8x16.eq(lanes, i8x16.splat(i32.and(number, 16 / size - 1)));
}

export function splatOf(size: number, value: I64): V128 {
  if (size === 1) return i8x16.splat(i32.wrap(value));
  if (size === 2) return i16x8.splat(i32.wrap(value));
  return size === 4 ? i32x4.splat(i32.wrap(value)) : i64x2.splat(value);
}

/** The lane of `size` bytes that the low bits of `number` name, zero-extended. */
export function laneOf(e: Emitter, size: number, value: V128, number: I32): I64 {
  const lane = i32.mul(i32.and(number, 16 / size - 1), size);
  const moved = i8x16.swizzle(value, i8x16.add(IOTA, i8x16.splat(lane)));
  return e.code.keep(zeroExtend(size, i64x2.extract(moved, 0)));
}

/** PINSR. */
function insert(size: number): (e: Emitter) => void {
  return e => {
    const value = splatOf(size, e.source(1, size));
    e.setVector(0, vector.bitselect(value, e.vector(0), laneMask(size, immediateOf(e, 2))));
  };
}

function extract(size: number): (e: Emitter) => void {
  return e => {
    const value = laneOf(e, size, e.vector(1), immediateOf(e, 2));
    e.target(0).write(value);
  };
}

/** INSERTPS: source lane in bits 7:6 (a register only), target lane in 5:4, lanes to clear in 3:0. */
function insertSingle(e: Emitter): void {
  const immediate = immediateOf(e, 2);
  const source = e.operands[1].memory ? e.source(1, 4) : laneOf(e, 4, e.vector(1), i32.shru(immediate, 6));
  const inserted = vector.bitselect(splatOf(4, source), e.vector(0), laneMask(4, i32.shru(immediate, 4)));
  e.setVector(0, vector.andnot(inserted, blendSingles(immediate)));
}

/** Lanes of `b` where the immediate's bits say so. */
function blendImmediate(expand: (immediate: I32) => V128): (e: Emitter) => void {
  return e => {
    const b = e.vector(1);
    e.setVector(0, vector.bitselect(b, e.vector(0), expand(immediateOf(e, 2))));
  };
}

const blendWords = (immediate: I32): V128 =>
  i16x8.ne(vector.and(i16x8.splat(immediate), words(1, 2, 4, 8, 16, 32, 64, 128)), ZERO_VECTOR);
export const blendSingles = (immediate: I32): V128 =>
  i32x4.ne(vector.and(i32x4.splat(immediate), doubles(1, 2, 4, 8)), ZERO_VECTOR);
const blendDoubles = (immediate: I32): V128 =>
  i64x2.ne(vector.and(i64x2.splat(i64.extendu(immediate)), doubles(1, 0, 2, 0)), ZERO_VECTOR);

/** Lanes of `b` where XMM0 has its sign set. */
function blendVariable(signs: (mask: V128) => V128): (e: Emitter) => void {
  return e => {
    const b = e.vector(1);
    e.setVector(0, vector.bitselect(b, e.vector(0), signs(e.vectorRegister(0))));
  };
}

function widen(mnemonic: string, bytes: string, map: (a: V128) => V128): Row[] {
  const size = { w: 2, d: 4, q: 8 }[bytes] as number;
  return [
    ...rows(mnemonic, 'x x', e => e.setVector(0, map(e.vector(1)))),
    ...rows(mnemonic, `x m${bytes}`, e => {
      const low = size === 2 ? i16x8.replace(ZERO_VECTOR, 0, i32.wrap(e.source(1))) : lowVector(e, 1, size);
      e.setVector(0, map(low));
    }),
  ];
}

const twice = (first: (a: V128) => V128, second: (a: V128) => V128) => (a: V128) => second(first(a));

export const shuffleCombinations: Combinations = {
  punpcklbw: unpack(1, 'low'),
  punpcklwd: unpack(2, 'low'),
  punpckldq: unpack(4, 'low'),
  unpcklps: unpack(4, 'low'),
  punpcklqdq: unpack(8, 'low'),
  unpcklpd: unpack(8, 'low'),
  punpckhbw: unpack(1, 'high'),
  punpckhwd: unpack(2, 'high'),
  punpckhdq: unpack(4, 'high'),
  unpckhps: unpack(4, 'high'),
  punpckhqdq: unpack(8, 'high'),
  unpckhpd: unpack(8, 'high'),
  packsswb: i8x16.narrows,
  packuswb: i8x16.narrowu,
  packssdw: i16x8.narrows,
  packusdw: i16x8.narrowu,
  // A set top bit clears the byte, otherwise four bits choose: Wasm clears for any index above 15.
  pshufb: (a, b) => i8x16.swizzle(a, vector.and(b, i8x16.splat(0x8f))),
};

export const shuffleRows = [
  ...combineRows(shuffleCombinations),
  ...rows('pshufd', 'x xmo rb', e => e.setVector(0, i8x16.swizzle(e.vector(1), doubleIndices(immediateOf(e, 2))))),
  ...rows('pshuflw', 'x xmo rb', shuffleWords('low')),
  ...rows('pshufhw', 'x xmo rb', shuffleWords('high')),
  ...rows('shufps', 'x xmo rb', shuffleSingles),
  ...rows('shufpd', 'x xmo rb', shuffleDoubles),
  ...rows('pslldq', 'x rb', shiftBytes(true)),
  ...rows('psrldq', 'x rb', shiftBytes(false)),
  ...rows('palignr', 'x xmo rb', alignRight),
  ...rows('pinsrb', 'x rd rb | x rq rb | x mb rb', insert(1)),
  ...rows('pinsrw', 'x rd rb | x rq rb | x mw rb', insert(2)),
  ...rows('pinsrd', 'x rmd rb', insert(4)),
  ...rows('pinsrq', 'x rmq rb', insert(8)),
  ...rows('pextrb', 'ry x rb | mb x rb', extract(1)),
  ...rows('pextrw', 'ry x rb | mw x rb', extract(2)),
  ...rows('pextrd extractps', 'rmd x rb', extract(4)),
  ...rows('extractps', 'rq x rb', extract(4)),
  ...rows('pextrq', 'rmq x rb', extract(8)),
  ...rows('insertps', 'x xmd rb', insertSingle),
  ...rows('pblendw', 'x xmo rb', blendImmediate(blendWords)),
  ...rows('blendps', 'x xmo rb', blendImmediate(blendSingles)),
  ...rows('blendpd', 'x xmo rb', blendImmediate(blendDoubles)),
  ...rows(
    'pblendvb',
    'x xmo',
    blendVariable(mask => i8x16.shrs(mask, 7)),
  ),
  ...rows(
    'blendvps',
    'x xmo',
    blendVariable(mask => i32x4.shrs(mask, 31)),
  ),
  ...rows(
    'blendvpd',
    'x xmo',
    blendVariable(mask => i64x2.shrs(mask, 63)),
  ),
  ...widen('pmovsxbw', 'q', i16x8.extendLows),
  ...widen('pmovzxbw', 'q', i16x8.extendLowu),
  ...widen('pmovsxwd', 'q', i32x4.extendLows),
  ...widen('pmovzxwd', 'q', i32x4.extendLowu),
  ...widen('pmovsxdq', 'q', i64x2.extendLows),
  ...widen('pmovzxdq', 'q', i64x2.extendLowu),
  ...widen('pmovsxbd', 'd', twice(i16x8.extendLows, i32x4.extendLows)),
  ...widen('pmovzxbd', 'd', twice(i16x8.extendLowu, i32x4.extendLowu)),
  ...widen('pmovsxwq', 'd', twice(i32x4.extendLows, i64x2.extendLows)),
  ...widen('pmovzxwq', 'd', twice(i32x4.extendLowu, i64x2.extendLowu)),
  ...widen('pmovsxbq', 'w', twice(twice(i16x8.extendLows, i32x4.extendLows), i64x2.extendLows)),
  ...widen('pmovzxbq', 'w', twice(twice(i16x8.extendLowu, i32x4.extendLowu), i64x2.extendLowu)),
  ...rows('ptest', 'x xmo', testVectors),
];

/** PTEST: ZF when no common bit, CF when `b` lies within `a`. */
function testVectors(e: Emitter): void {
  const a = e.vector(0);
  const b = e.vector(1);
  const zero = i64.extendu(i32.eqz(vector.anyTrue(vector.and(a, b))));
  const within = i64.extendu(i32.eqz(vector.anyTrue(vector.andnot(b, a))));
  e.setFlagImage(i64.or(i64.shl(zero, 6), within));
}
