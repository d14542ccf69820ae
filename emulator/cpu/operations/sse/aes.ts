/**
 * AES-NI (SDM vol. 1, 12.13): rounds of FIPS 197 on a vector whose bytes are the state's columns one after the other.
 * Tables of 256 bytes are looked up by sixteen swizzles, each of which knows sixteen of them and gives zero otherwise.
 */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { V128 } from '../../wasm/expression.ts';
import { i32 } from '../../wasm/scalar.ts';
import { i32x4, i8x16, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { combineRows } from './integer.ts';
import type { Combinations } from './integer.ts';
import { immediateOf } from './shuffles.ts';

function timesTwo(byte: number): number {
  return ((byte << 1) ^ (byte & 0x80 ? 0x1b : 0)) & 0xff;
}

/** The S-box (FIPS 197, 5.1.1): powers of the generator 3 and of its inverse run through all pairs of inverses. */
function substitutionBox(): number[] {
  const box: number[] = [];
  let [p, q] = [1, 1];
  do {
    p ^= timesTwo(p);
    q ^= q << 1;
    q ^= q << 2;
    q ^= q << 4;
    q &= 0xff;
    if (q & 0x80) q ^= 0x09;
    const turned = [1, 2, 3, 4].reduce((sum, by) => sum ^ (((q << by) | (q >> (8 - by))) & 0xff), q);
    box[p] = turned ^ 0x63;
  } while (p !== 1);
  box[0] = 0x63;
  return box;
}

const SUBSTITUTES = substitutionBox();
const ORIGINALS = SUBSTITUTES.reduce<number[]>((inverse, byte, i) => {
  inverse[byte] = i;
  return inverse;
}, []);

function lookUp(e: Emitter, table: readonly number[], indices: V128): V128 {
  const { code } = e;
  const index = code.keep(indices);
  const part = (i: number): V128 =>
    i8x16.swizzle(vectorConst(table.slice(i * 16, i * 16 + 16)), vector.xor(index, i8x16.splat(i32.const(i * 16))));
  return Array.from({ length: 16 }, (_, i) => part(i)).reduce((all, next) => vector.or(all, next));
}

const lanes = (of: (column: number, row: number) => number): number[] =>
  Array.from({ length: 16 }, (_, i) => of(i >> 2, i & 3));

/** Row r moves r columns. */
const SHIFT_ROWS = lanes((column, row) => ((column + row) & 3) * 4 + row);
const UNSHIFT_ROWS = lanes((column, row) => ((column - row) & 3) * 4 + row);
const rotated = (by: number): number[] => lanes((column, row) => column * 4 + ((row + by) & 3));

function turn(value: V128, by: number): V128 {
  return shuffle(value, value, rotated(by));
}

function doubled(value: V128): V128 {
  return vector.xor(i8x16.shl(value, 1), vector.and(i8x16.shrs(value, 7), i8x16.splat(i32.const(0x1b))));
}

/** Each column times 3x^3 + x^2 + x + 2. */
function mixColumns(e: Emitter, state: V128): V128 {
  const value = e.code.keep(state);
  const next = e.code.keep(turn(value, 1));
  const twice = doubled(e.code.keep(vector.xor(value, next)));
  return vector.xor(vector.xor(twice, next), vector.xor(turn(value, 2), turn(value, 3)));
}

/** The inverse is the same after adding 4 (x^2 + 1) times the column. */
function unmixColumns(e: Emitter, state: V128): V128 {
  const value = e.code.keep(state);
  const pairs = e.code.keep(vector.xor(value, turn(value, 2)));
  const fourfold = doubled(e.code.keep(doubled(pairs)));
  return mixColumns(e, vector.xor(value, fourfold));
}

function encrypted(e: Emitter, state: V128): V128 {
  return lookUp(e, SUBSTITUTES, shuffle(state, state, SHIFT_ROWS));
}

function decrypted(e: Emitter, state: V128): V128 {
  return lookUp(e, ORIGINALS, shuffle(state, state, UNSHIFT_ROWS));
}

export const aesCombinations: Combinations = {
  aesenc: (a, b, e) => vector.xor(mixColumns(e, encrypted(e, a)), b),
  aesenclast: (a, b, e) => vector.xor(encrypted(e, a), b),
  aesdec: (a, b, e) => vector.xor(unmixColumns(e, decrypted(e, a)), b),
  aesdeclast: (a, b, e) => vector.xor(decrypted(e, a), b),
};

export function inverseMixed(e: Emitter): V128 {
  return unmixColumns(e, e.vector(1));
}

/** SubWord of the doublewords 1 and 3, each as it is and rotated with the round constant. */
export function keyGenerated(e: Emitter): V128 {
  const substituted = e.code.keep(lookUp(e, SUBSTITUTES, e.vector(1)));
  const arranged = shuffle(substituted, substituted, [4, 5, 6, 7, 5, 6, 7, 4, 12, 13, 14, 15, 13, 14, 15, 12]);
  const constant = vector.and(i32x4.splat(immediateOf(e, 2)), vectorConst(ODD_LANES));
  return vector.xor(arranged, constant);
}

const ODD_LANES = Array.from({ length: 16 }, (_, i) => (i & 4 ? 255 : 0));

export const aesRows = [
  ...combineRows(aesCombinations),
  ...rows('aesimc', 'x xmo', e => e.setVector(0, inverseMixed(e))),
  ...rows('aeskeygenassist', 'x xmo rb', e => e.setVector(0, keyGenerated(e))),
];
