/** SHA extensions (SDM vol. 2, SHA1RNDS4 to SHA256MSG2): rounds and message schedule of FIPS 180-4, lane by lane. */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, V128 } from '../../wasm/expression.ts';
import { i32 } from '../../wasm/scalar.ts';
import { i32x4, shuffle, vector } from '../../wasm/vector.ts';
import { combineRows } from './integer.ts';
import type { Combinations } from './integer.ts';
import { immediateOf } from './shuffles.ts';

/** Lanes 0 to 3. */
function lanesOf(e: Emitter, value: V128): I32[] {
  return [0, 1, 2, 3].map(lane => e.code.keep(i32x4.extract(value, lane)));
}

function vectorOf(lanes: readonly I32[]): V128 {
  return lanes.slice(1).reduce((all, value, i) => i32x4.replace(all, i + 1, value), i32x4.splat(lanes[0]));
}

const sum = (first: I32, ...others: I32[]): I32 => others.reduce((all, next) => i32.add(all, next), first);
const parity = (b: I32, c: I32, d: I32): I32 => i32.xor(i32.xor(b, c), d);
const choice = (b: I32, c: I32, d: I32): I32 => i32.xor(d, i32.and(b, i32.xor(c, d)));
const majority = (b: I32, c: I32, d: I32): I32 => i32.or(i32.and(b, c), i32.and(d, i32.or(b, c)));
const rotations = (x: I32, ...by: number[]): I32 =>
  by.map(n => i32.rotr(x, n)).reduce((all, next) => i32.xor(all, next));

/** Four rounds; the immediate's two bits choose function and constant. */
function sha1Rounds(e: Emitter): void {
  const { code } = e;
  const words = lanesOf(e, e.vector(1)).reverse();
  let [a, b, c, d] = lanesOf(e, e.vector(0)).reverse();
  const kind = immediateOf(e, 2);
  const choose = (...of: [I32, I32, I32, I32]): I32 =>
    select(i32.and(kind, 2), select(i32.and(kind, 1), of[3], of[2]), select(i32.and(kind, 1), of[1], of[0]));
  const [k0, k1, k2, k3] = [0x5a82_7999, 0x6ed9_eba1, 0x8f1b_bcdc | 0, 0xca62_c1d6 | 0].map(k => i32.const(k));
  const constant = code.keep(choose(k0, k1, k2, k3));
  let e5: I32 = i32.const(0); // the first word has it added already
  for (const word of words) {
    const odd = code.keep(parity(b, c, d));
    const mixed = choose(choice(b, c, d), odd, majority(b, c, d), odd);
    const next = code.keep(sum(mixed, i32.rotl(a, 5), word, e5, constant));
    [a, b, c, d, e5] = [next, a, code.keep(i32.rotl(b, 30)), c, d];
  }
  e.setVector(0, vectorOf([d, c, b, a]));
}

function sha256Rounds(e: Emitter): void {
  const { code } = e;
  let [f, e5, b, a] = lanesOf(e, e.vector(1));
  let [h, g, d, c] = lanesOf(e, e.vector(0));
  const words = lanesOf(e, e.vectorRegister(0)).slice(0, 2);
  for (const word of words) {
    const first = code.keep(sum(choice(e5, f, g), rotations(e5, 6, 11, 25), word, h));
    const second = i32.add(majority(a, b, c), rotations(a, 2, 13, 22));
    const [nextA, nextE] = [code.keep(i32.add(first, second)), code.keep(i32.add(first, d))];
    [a, b, c, d, e5, f, g, h] = [nextA, a, b, c, nextE, e5, f, g];
  }
  e.setVector(0, vectorOf([f, e5, b, a]));
}

const rotatedLanes = (value: V128, by: number): V128 => vector.or(i32x4.shru(value, by), i32x4.shl(value, 32 - by));
const smallSigma0 = (value: V128): V128 =>
  vector.xor(vector.xor(rotatedLanes(value, 7), rotatedLanes(value, 18)), i32x4.shru(value, 3));
const smallSigma1 = (x: I32): I32 => i32.xor(rotations(x, 17, 19), i32.shru(x, 10));

export const shaCombinations: Combinations = {
  sha1msg1: (a, b) => vector.xor(a, shuffle(a, b, [24, 25, 26, 27, 28, 29, 30, 31, 0, 1, 2, 3, 4, 5, 6, 7])),
  sha1msg2: (a, b, e) => {
    const [w19, w18, w17, w16] = lanesOf(e, a);
    const [w15, w14, w13] = lanesOf(e, b);
    const first = e.code.keep(i32.rotl(i32.xor(w16, w13), 1));
    const rest = [i32.xor(w19, first), i32.xor(w18, w15), i32.xor(w17, w14)].map(word => i32.rotl(word, 1));
    return vectorOf([...rest, first]);
  },
  sha1nexte: (a, b, e) => {
    const [, , , oldA] = lanesOf(e, a);
    return i32x4.replace(b, 3, i32.add(i32x4.extract(b, 3), i32.rotl(oldA, 30)));
  },
  sha256msg1: (a, b, e) => {
    const next = e.code.keep(shuffle(a, b, [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19]));
    return i32x4.add(a, smallSigma0(next));
  },
  sha256msg2: (a, b, e) => {
    const old = lanesOf(e, a);
    const [, , w14, w15] = lanesOf(e, b);
    const w16 = e.code.keep(i32.add(old[0], smallSigma1(w14)));
    const w17 = e.code.keep(i32.add(old[1], smallSigma1(w15)));
    return vectorOf([w16, w17, i32.add(old[2], smallSigma1(w16)), i32.add(old[3], smallSigma1(w17))]);
  },
};

export const shaRows = [
  ...combineRows(shaCombinations),
  ...rows('sha1rnds4', 'x xmo rb', sha1Rounds),
  ...rows('sha256rnds2', 'x xmo', sha256Rounds),
];
