/** Packed integer arithmetic, logic, comparison and shifts (SSE2 to SSE4.2). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i16x8, i32x4, i64x2, i8x16, shuffle, vector, vectorConst } from '../../wasm/vector.ts';

type Combine = (a: V128, b: V128, e: Emitter) => V128;

export function combineRows(mnemonics: string, combine: Combine): Row[] {
  return rows(mnemonics, 'x xmo', e => {
    const a = e.vector(0);
    const b = e.vector(1);
    e.setVector(0, combine(a, b, e));
  });
}

function mapRows(mnemonics: string, map: (a: V128) => V128): Row[] {
  return rows(mnemonics, 'x xmo', e => e.setVector(0, map(e.vector(1))));
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

/** The count is a whole quadword; a logical shift by the width or more gives zero, an arithmetic one only signs. */
function shiftRows(mnemonic: string, width: number, shift: Shift, arithmetic = false): Row[] {
  const operation = (e: Emitter, count: I64): void => {
    const a = e.vector(0);
    const inside = i64.ltu(count, width);
    if (arithmetic) return e.setVector(0, shift(a, select(inside, i32.wrap(count), i32.const(width - 1))));
    e.setVector(0, select(inside, shift(a, i32.wrap(count)), ZERO_VECTOR));
  };
  return [
    ...rows(mnemonic, 'x rb', e => operation(e, e.source(1))),
    ...rows(mnemonic, 'x xmo', e => operation(e, e.code.keep(i64x2.extract(e.vector(1), 0)))),
  ];
}

const { add, addSats, addSatu } = i8x16;

export const integerVectorRows = [
  ...combineRows('paddb', add),
  ...combineRows('paddw', i16x8.add),
  ...combineRows('paddd', i32x4.add),
  ...combineRows('paddq', i64x2.add),
  ...combineRows('paddsb', addSats),
  ...combineRows('paddusb', addSatu),
  ...combineRows('paddsw', i16x8.addSats),
  ...combineRows('paddusw', i16x8.addSatu),
  ...combineRows('psubb', i8x16.sub),
  ...combineRows('psubw', i16x8.sub),
  ...combineRows('psubd', i32x4.sub),
  ...combineRows('psubq', i64x2.sub),
  ...combineRows('psubsb', i8x16.subSats),
  ...combineRows('psubusb', i8x16.subSatu),
  ...combineRows('psubsw', i16x8.subSats),
  ...combineRows('psubusw', i16x8.subSatu),
  ...combineRows('pand andps andpd', vector.and),
  ...combineRows('pandn andnps andnpd', (a, b) => vector.andnot(b, a)),
  ...combineRows('por orps orpd', vector.or),
  ...combineRows('pxor xorps xorpd', vector.xor),
  ...combineRows('pcmpeqb', i8x16.eq),
  ...combineRows('pcmpeqw', i16x8.eq),
  ...combineRows('pcmpeqd', i32x4.eq),
  ...combineRows('pcmpeqq', i64x2.eq),
  ...combineRows('pcmpgtb', i8x16.gts),
  ...combineRows('pcmpgtw', i16x8.gts),
  ...combineRows('pcmpgtd', i32x4.gts),
  ...combineRows('pcmpgtq', i64x2.gts),
  ...combineRows('pmullw', i16x8.mul),
  ...combineRows('pmulld', i32x4.mul),
  ...combineRows('pmulhw', (a, b) => shuffle(i32x4.mulLows(a, b), i32x4.mulHighs(a, b), UPPER_WORDS)),
  ...combineRows('pmulhuw', (a, b) => shuffle(i32x4.mulLowu(a, b), i32x4.mulHighu(a, b), UPPER_WORDS)),
  ...combineRows('pmulhrsw', roundedHigh),
  ...combineRows('pmaddwd', i32x4.dot),
  ...combineRows('pmaddubsw', multiplyAddBytes),
  ...combineRows('pmuludq', (a, b) => i64x2.mul(vector.and(a, LOW_HALVES), vector.and(b, LOW_HALVES))),
  ...combineRows('pmuldq', (a, b) => i64x2.mul(signedHalves(a), signedHalves(b))),
  ...combineRows('psadbw', sumOfDifferences),
  ...combineRows('pavgb', i8x16.avgu),
  ...combineRows('pavgw', i16x8.avgu),
  ...combineRows('pminub', i8x16.minu),
  ...combineRows('pmaxub', i8x16.maxu),
  ...combineRows('pminsb', i8x16.mins),
  ...combineRows('pmaxsb', i8x16.maxs),
  ...combineRows('pminsw', i16x8.mins),
  ...combineRows('pmaxsw', i16x8.maxs),
  ...combineRows('pminuw', i16x8.minu),
  ...combineRows('pmaxuw', i16x8.maxu),
  ...combineRows('pminsd', i32x4.mins),
  ...combineRows('pmaxsd', i32x4.maxs),
  ...combineRows('pminud', i32x4.minu),
  ...combineRows('pmaxud', i32x4.maxu),
  ...mapRows('pabsb', i8x16.abs),
  ...mapRows('pabsw', i16x8.abs),
  ...mapRows('pabsd', i32x4.abs),
  ...combineRows('psignb', applySign(i8x16)),
  ...combineRows('psignw', applySign(i16x8)),
  ...combineRows('psignd', applySign(i32x4)),
  ...combineRows('phaddw', horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.add)),
  ...combineRows('phaddd', horizontal(EVEN_DOUBLES, ODD_DOUBLES, i32x4.add)),
  ...combineRows('phaddsw', horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.addSats)),
  ...combineRows('phsubw', horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.sub)),
  ...combineRows('phsubd', horizontal(EVEN_DOUBLES, ODD_DOUBLES, i32x4.sub)),
  ...combineRows('phsubsw', horizontal(EVEN_WORDS, UPPER_WORDS, i16x8.subSats)),
  ...shiftRows('psllw', 16, i16x8.shl),
  ...shiftRows('pslld', 32, i32x4.shl),
  ...shiftRows('psllq', 64, i64x2.shl),
  ...shiftRows('psrlw', 16, i16x8.shru),
  ...shiftRows('psrld', 32, i32x4.shru),
  ...shiftRows('psrlq', 64, i64x2.shru),
  ...shiftRows('psraw', 16, i16x8.shrs, true),
  ...shiftRows('psrad', 32, i32x4.shrs, true),
];
