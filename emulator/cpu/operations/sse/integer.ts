/** Packed integer arithmetic, logic, comparison and shifts (SSE2 to SSE4.2). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i16x8, i32x4, i64x2, i8x16, shuffle, vector, vectorConst } from '../../wasm/vector.ts';

/** What two vectors make together. */
export type Combine = (a: V128, b: V128, e: Emitter) => V128;
/** By mnemonic. The SSE forms come from these tables, and those on MMX registers. */
export type Combinations = Readonly<Record<string, Combine>>;

export function combineRows(table: Combinations): Row[] {
  return Object.entries(table).flatMap(([mnemonic, combine]) =>
    rows(mnemonic, 'x xmo', e => {
      const b = e.vector(1);
      const a = e.vector(0);
      e.setVector(0, combine(a, b, e));
    }),
  );
}

export type Transform = (a: V128) => V128;
export type Transforms = Readonly<Record<string, Transform>>;

function mapRows(table: Transforms): Row[] {
  return Object.entries(table).flatMap(([mnemonic, map]) =>
    rows(mnemonic, 'x xmo', e => e.setVector(0, map(e.vector(1)))),
  );
}

export const ZERO_VECTOR = vectorConst(new Uint8Array(16));
const LOW_HALVES = vectorConst([255, 255, 255, 255, 0, 0, 0, 0, 255, 255, 255, 255, 0, 0, 0, 0]);
const UPPER_WORDS = [2, 3, 6, 7, 10, 11, 14, 15, 18, 19, 22, 23, 26, 27, 30, 31];

function sumOfDifferences(a: V128, b: V128, e: Emitter): V128 {
  const distance = vector.or(i8x16.subSatu(a, b), i8x16.subSatu(b, a));
  const pairs = e.code.keep(i32x4.pairwises(i16x8.pairwiseu(distance)));
  return vector.and(i64x2.add(pairs, i64x2.shru(pairs, 32)), LOW_HALVES);
}

/** PMULHRSW: (a * b + 2^14) >> 15. Wasm's own operator saturates the one product of the two most negative words. */
function roundedHigh(a: V128, b: V128): V128 {
  const half = i32x4.splat(0x4000);
  const rounded = (product: V128): V128 => i32x4.shrs(i32x4.add(product, half), 15);
  const low = rounded(i32x4.mulLows(a, b));
  const high = rounded(i32x4.mulHighs(a, b));
  return shuffle(low, high, [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29]);
}

/** PMADDUBSW: unsigned bytes of `a` times signed bytes of `b`, neighbours added with saturation. */
function multiplyAddBytes(a: V128, b: V128): V128 {
  const even = i16x8.mul(vector.and(a, i16x8.splat(0xff)), i16x8.shrs(i16x8.shl(b, 8), 8));
  const odd = i16x8.mul(i16x8.shru(a, 8), i16x8.shrs(b, 8));
  return i16x8.addSats(even, odd);
}

interface Lanes {
  readonly neg: (a: V128) => V128;
  readonly gts: (a: V128, b: V128) => V128;
  readonly eq: (a: V128, b: V128) => V128;
}

/** PSIGN: `a` negated, kept or cleared by the sign of `b`. */
function applySign(lanes: Lanes): Combine {
  return (a, b) => {
    const signed = vector.bitselect(lanes.neg(a), a, lanes.gts(ZERO_VECTOR, b));
    return vector.andnot(signed, lanes.eq(b, ZERO_VECTOR));
  };
}

const EVEN_WORDS = [0, 1, 4, 5, 8, 9, 12, 13, 16, 17, 20, 21, 24, 25, 28, 29];
const EVEN_DOUBLES = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const ODD_DOUBLES = EVEN_DOUBLES.map(lane => lane + 4);

/** Neighbours of `a` then of `b`, combined. */
function horizontal(even: readonly number[], odd: readonly number[], combine: (a: V128, b: V128) => V128): Combine {
  return (a, b) => combine(shuffle(a, b, even), shuffle(a, b, odd));
}

/** The lower half of each quadword, sign-extended. */
function signedHalves(value: V128): V128 {
  return i64x2.shrs(i64x2.shl(value, 32), 32);
}

type Shift = (a: V128, count: I32) => V128;

export interface VectorShift {
  /** Bits of a lane. */
  readonly width: number;
  readonly shift: Shift;
  readonly arithmetic?: true;
}

/** The count is a whole quadword; a logical shift by the width or more gives zero, an arithmetic one only signs. */
export function shifted({ width, shift, arithmetic }: VectorShift, a: V128, count: I64): V128 {
  const inside = i64.ltu(count, width);
  if (arithmetic) return shift(a, select(inside, i32.wrap(count), i32.const(width - 1)));
  return select(inside, shift(a, i32.wrap(count)), ZERO_VECTOR);
}

function shiftRows(mnemonic: string, shift: VectorShift): Row[] {
  const operation = (e: Emitter, count: I64): void => e.setVector(0, shifted(shift, e.vector(0), count));
  return [
    ...rows(mnemonic, 'x rb', e => operation(e, e.source(1))),
    ...rows(mnemonic, 'x xmo', e => operation(e, e.code.keep(i64x2.extract(e.vector(1), 0)))),
  ];
}

const { add, addSats, addSatu } = i8x16;

/** By mnemonic. */
export const SHIFTS: Readonly<Record<string, VectorShift>> = {
  psllw: { width: 16, shift: i16x8.shl },
  pslld: { width: 32, shift: i32x4.shl },
  psllq: { width: 64, shift: i64x2.shl },
  psrlw: { width: 16, shift: i16x8.shru },
  psrld: { width: 32, shift: i32x4.shru },
  psrlq: { width: 64, shift: i64x2.shru },
  psraw: { width: 16, shift: i16x8.shrs, arithmetic: true },
  psrad: { width: 32, shift: i32x4.shrs, arithmetic: true },
};

export const integerCombinations: Combinations = {
  paddb: add,
  paddw: i16x8.add,
  paddd: i32x4.add,
  paddq: i64x2.add,
  paddsb: addSats,
  paddusb: addSatu,
  paddsw: i16x8.addSats,
  paddusw: i16x8.addSatu,
  psubb: i8x16.sub,
  psubw: i16x8.sub,
  psubd: i32x4.sub,
  psubq: i64x2.sub,
  psubsb: i8x16.subSats,
  psubusb: i8x16.subSatu,
  psubsw: i16x8.subSats,
  psubusw: i16x8.subSatu,
  pand: vector.and,
  andps: vector.and,
  andpd: vector.and,
  pandn: (a, b) => vector.andnot(b, a),
  andnps: (a, b) => vector.andnot(b, a),
  andnpd: (a, b) => vector.andnot(b, a),
  por: vector.or,
  orps: vector.or,
  orpd: vector.or,
  pxor: vector.xor,
  xorps: vector.xor,
  xorpd: vector.xor,
  pcmpeqb: i8x16.eq,
  pcmpeqw: i16x8.eq,
  pcmpeqd: i32x4.eq,
  pcmpeqq: i64x2.eq,
  pcmpgtb: i8x16.gts,
  pcmpgtw: i16x8.gts,
  pcmpgtd: i32x4.gts,
  pcmpgtq: i64x2.gts,
  pmullw: i16x8.mul,
  pmulld: i32x4.mul,
  pmulhw: (a, b) => shuffle(i32x4.mulLows(a, b), i32x4.mulHighs(a, b), UPPER_WORDS),
  pmulhuw: (a, b) => shuffle(i32x4.mulLowu(a, b), i32x4.mulHighu(a, b), UPPER_WORDS),
  pmulhrsw: roundedHigh,
  pmaddwd: i32x4.dot,
  pmaddubsw: multiplyAddBytes,
  pmuludq: (a, b) => i64x2.mul(vector.and(a, LOW_HALVES), vector.and(b, LOW_HALVES)),
  pmuldq: (a, b) => i64x2.mul(signedHalves(a), signedHalves(b)),
  psadbw: sumOfDifferences,
  pavgb: i8x16.avgu,
  pavgw: i16x8.avgu,
  pminub: i8x16.minu,
  pmaxub: i8x16.maxu,
  pminsb: i8x16.mins,
  pmaxsb: i8x16.maxs,
  pminsw: i16x8.mins,
  pmaxsw: i16x8.maxs,
  pminuw: i16x8.minu,
  pmaxuw: i16x8.maxu,
  pminsd: i32x4.mins,
  pmaxsd: i32x4.maxs,
  pminud: i32x4.minu,
  pmaxud: i32x4.maxu,
  psignb: applySign(i8x16),
  psignw: applySign(i16x8),
  psignd: applySign(i32x4),
  phaddw: horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.add),
  phaddd: horizontal(EVEN_DOUBLES, ODD_DOUBLES, i32x4.add),
  phaddsw: horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.addSats),
  phsubw: horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.sub),
  phsubd: horizontal(EVEN_DOUBLES, ODD_DOUBLES, i32x4.sub),
  phsubsw: horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.subSats),
};

export const integerTransforms: Transforms = {
  pabsb: i8x16.abs,
  pabsw: i16x8.abs,
  pabsd: i32x4.abs,
};

export const integerVectorRows = [
  ...combineRows(integerCombinations),
  ...mapRows(integerTransforms),
  ...Object.entries(SHIFTS).flatMap(([mnemonic, shift]) => shiftRows(mnemonic, shift)),
];
