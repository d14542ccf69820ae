/** AVX and AVX2 instructions that have no SSE form: broadcasts, lanes, permutations, variable shifts, VZEROALL. */

import type { Emitter } from '../../emitter.ts';
import { VECTOR_OFFSET, VECTOR_SIZE } from '../../registers.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, i64x2, i8x16, vector, vectorConst } from '../../wasm/vector.ts';
import { ZERO_VECTOR } from '../sse/integer.ts';
import { blendSingles, doubleIndices, immediateOf, splatOf } from '../sse/shuffles.ts';
import { setWhole } from './lanes.ts';

/** Both halves of an operand of 32 bytes; of one of 16 the lower. */
function halves(e: Emitter, index: number): V128[] {
  const { size, memory } = e.operands[index];
  if (!memory) return size === 32 ? [e.vector(index), e.upper(index)] : [e.vector(index)];
  const place = e.bytes(index, 'read', size);
  return Array.from({ length: size / 16 }, (_, i) => e.code.keep(vector.load(place, i * 16)));
}

function setHalves(e: Emitter, values: readonly V128[]): void {
  const kept = values.map(value => e.code.keep(value));
  setWhole(e, kept[0], kept[1]);
}

/** One operation on each half of one or two sources. */
function perHalf(combine: (values: V128[], e: Emitter, half: number) => V128): (e: Emitter) => void {
  return e => {
    const sources = e.operands.slice(1).flatMap(({ size }, i) => (size >= 16 ? [i + 1] : []));
    const all = sources.map(index => halves(e, index));
    setHalves(
      e,
      all[0].map((_, half) =>
        combine(
          all.map(values => values[half]),
          e,
          half,
        ),
      ),
    );
  };
}

function broadcast(size: number): (e: Emitter) => void {
  return e => {
    const value = e.code.keep(splatOf(size, e.source(1, size)));
    setWhole(e, value, e.operands[0].size === 32 ? value : undefined);
  };
}

function broadcastHalf(e: Emitter): void {
  const [value] = halves(e, 1);
  setWhole(e, value, value);
}

function insertHalf(e: Emitter): void {
  const [inserted] = halves(e, 2);
  const [low, high] = halves(e, 1);
  const upper = i32.and(immediateOf(e, 3), 1);
  setHalves(e, [select(upper, low, inserted), select(upper, inserted, high)]);
}

function extractHalf(e: Emitter): void {
  const [low, high] = halves(e, 1);
  const value = e.code.keep(select(i32.and(immediateOf(e, 2), 1), high, low));
  if (e.operands[0].memory) e.setVector(0, value, 1);
  else setWhole(e, value);
}

/** Each half of the result: one of the four halves, or zero. */
function permuteHalves(e: Emitter): void {
  const second = halves(e, 2);
  const all = [...halves(e, 1), ...second];
  const immediate = immediateOf(e, 3);
  const chosen = (field: I32): V128 => {
    const pair = (i: number): V128 => select(i32.and(field, 1), all[i + 1], all[i]);
    const value = select(i32.and(field, 2), pair(2), pair(0));
    return select(i32.and(field, 8), ZERO_VECTOR, value);
  };
  const fields = [immediate, i32.shru(immediate, 4)].map(field => e.code.keep(field));
  setHalves(e, fields.map(chosen));
}

function bytesOf(size: number): (lanes: V128) => V128 {
  const [factor, offset] = size === 4 ? [0x0404_0404, 0x0302_0100] : [0, 0];
  return lanes => i32x4.add(i32x4.mul(lanes, i32x4.splat(factor)), i32x4.splat(offset));
}

/** VPERMILPS by a vector: two bits of each lane choose within the half. */
const permuteSingles = perHalf(([a, b]) => i8x16.swizzle(a, bytesOf(4)(vector.and(b, i32x4.splat(3)))));

/** VPERMILPD by a vector: bit 1. */
const permuteDoubles = perHalf(([a, b]) => {
  const upper = i64x2.ne(vector.and(b, i64x2.splat(i64.const(2))), ZERO_VECTOR);
  return vector.bitselect(i64x2.splat(i64x2.extract(a, 1)), i64x2.splat(i64x2.extract(a, 0)), upper);
});

const permuteSinglesImmediate = perHalf(([a], e) => i8x16.swizzle(a, doubleIndices(immediateOf(e, 2))));

const permuteDoublesImmediate = perHalf(([a], e, half) => {
  const immediate = i32.shru(immediateOf(e, 2), half * 2);
  const pick = (bit: number): I64 => select(i32.and(immediate, bit), i64x2.extract(a, 1), i64x2.extract(a, 0));
  return i64x2.replace(i64x2.splat(pick(1)), 1, pick(2));
});

/** VPERMQ, VPERMPD: four fields of two bits over both halves. */
function permuteQuads(e: Emitter): void {
  const source = halves(e, 1);
  const immediate = immediateOf(e, 2);
  const pick = (i: number): I64 => {
    const field = e.code.keep(i32.shru(immediate, i * 2));
    const from = (half: V128): I64 => select(i32.and(field, 1), i64x2.extract(half, 1), i64x2.extract(half, 0));
    return e.code.keep(select(i32.and(field, 2), from(source[1]), from(source[0])));
  };
  const pair = (i: number): V128 => i64x2.replace(i64x2.splat(pick(i)), 1, pick(i + 1));
  setHalves(e, [pair(0), pair(2)]);
}

/** VPERMD, VPERMPS: the second operand's lanes by the first's three bits. */
function permuteAll(e: Emitter): void {
  const source = halves(e, 2);
  const results = halves(e, 1).map(index => {
    const bytes = e.code.keep(bytesOf(4)(vector.and(index, i32x4.splat(3))));
    const fromUpper = i32x4.ne(vector.and(index, i32x4.splat(4)), ZERO_VECTOR);
    const [low, high] = source.map(half => i8x16.swizzle(half, bytes));
    return vector.bitselect(high, low, fromUpper);
  });
  setHalves(e, results);
}

/** VPBLENDD: four bits of the immediate for each half. */
const blendDoublesImmediate = perHalf(([a, b], e, half) =>
  vector.bitselect(b, a, blendSingles(i32.shru(immediateOf(e, 3), half * 4))),
);

/** VPSLLV and its kin: each lane by a count of its own. */
function variableShift(size: 4 | 8, shift: 'shl' | 'shru' | 'shrs'): (e: Emitter) => void {
  return perHalf(([a, b], e) => {
    const lanes = Array.from({ length: 16 / size }, (_, lane) => {
      if (size === 8) {
        const count = e.code.keep(i64x2.extract(b, lane));
        return select(i64.ltu(count, 64), i64[shift](i64x2.extract(a, lane), count), i64.const(0));
      }
      const count = e.code.keep(i32x4.extract(b, lane));
      const value = i32x4.extract(a, lane);
      const beyond = shift === 'shrs' ? i32.shrs(value, 31) : i32.const(0);
      return select(i32.ltu(count, 32), i32[shift](value, count), beyond);
    }).map(value => e.code.keep(value as I64));
    return lanes.reduce<V128>(
      (all, value, lane) =>
        size === 8 ? i64x2.replace(all, lane, value) : i32x4.replace(all, lane, value as unknown as I32),
      ZERO_VECTOR,
    );
  });
}

/** MOVMSK of both halves. */
function signMask(mask: (value: V128) => I32, bits: number): (e: Emitter) => void {
  return e => {
    const [low, high] = halves(e, 1).map(mask);
    e.target(0).write(i64.extendu(i32.or(low, i32.shl(high, bits))));
  };
}

/** ZF when no common bit, CF when the second lies within the first; of the bits of `mask` only. */
function testBits(mask: V128): (e: Emitter) => void {
  return e => {
    const second = halves(e, 1);
    const first = halves(e, 0);
    const any = (of: (a: V128, b: V128) => V128): I64 =>
      i64.extendu(
        i32.eqz(
          vector.anyTrue(
            first.map((a, i) => vector.and(mask, of(a, second[i]))).reduce((all, next) => vector.or(all, next)),
          ),
        ),
      );
    const zero = any(vector.and);
    const within = any((a, b) => vector.andnot(b, a));
    e.setFlagImage(i64.or(i64.shl(zero, 6), within));
  };
}

const ALL_BITS = vectorConst(new Uint8Array(16).fill(255));
const signs = (size: number): V128 =>
  vectorConst(Array.from({ length: 16 }, (_, i) => (i % size === size - 1 ? 128 : 0)));

function clearUppers(e: Emitter, from: number): void {
  const { code } = e;
  for (let i = 0; i < 16; i++)
    for (let at = from; at < VECTOR_SIZE; at += 16)
      code.store('v128', e.state(VECTOR_OFFSET), i * VECTOR_SIZE + at, ZERO_VECTOR);
}

const BROADCASTS: readonly [string, number, string][] = [
  ['vpbroadcastb', 1, 'x xmb | X xmb'],
  ['vpbroadcastw', 2, 'x xmw | X xmw'],
  ['vpbroadcastd vbroadcastss', 4, 'x xmd | X xmd'],
  ['vpbroadcastq', 8, 'x xmq | X xmq'],
  ['vbroadcastsd', 8, 'X xmq'],
];

const SHIFTS: readonly [string, 4 | 8, 'shl' | 'shru' | 'shrs'][] = [
  ['vpsllvd', 4, 'shl'],
  ['vpsllvq', 8, 'shl'],
  ['vpsrlvd', 4, 'shru'],
  ['vpsrlvq', 8, 'shru'],
  ['vpsravd', 4, 'shrs'],
];

export function specialRows(): readonly Row[] {
  return [
    ...BROADCASTS.flatMap(([names, size, forms]) => rows(names, forms, broadcast(size))),
    ...rows('vbroadcastf128 vbroadcasti128', 'X mo', broadcastHalf),
    ...rows('vinsertf128 vinserti128', 'X X xmo rb', insertHalf),
    ...rows('vextractf128 vextracti128', 'xmo X rb', extractHalf),
    ...rows('vperm2f128 vperm2i128', 'X X Xm32 rb', permuteHalves),
    ...rows('vpermilps', 'x x xmo | X X Xm32', permuteSingles),
    ...rows('vpermilpd', 'x x xmo | X X Xm32', permuteDoubles),
    ...rows('vpermilps', 'x xmo rb | X Xm32 rb', permuteSinglesImmediate),
    ...rows('vpermilpd', 'x xmo rb | X Xm32 rb', permuteDoublesImmediate),
    ...rows('vpermq vpermpd', 'X Xm32 rb', permuteQuads),
    ...rows('vpermd vpermps', 'X X Xm32', permuteAll),
    ...rows('vpblendd', 'x x xmo rb | X X Xm32 rb', blendDoublesImmediate),
    ...SHIFTS.flatMap(([name, size, shift]) => rows(name, 'x x xmo | X X Xm32', variableShift(size, shift))),
    ...rows('vmovmskps', 'ry X', signMask(i32x4.bitmask, 4)),
    ...rows('vmovmskpd', 'ry X', signMask(i64x2.bitmask, 2)),
    ...rows('vpmovmskb', 'ry X', signMask(i8x16.bitmask, 16)),
    ...rows('vptest', 'X Xm32', testBits(ALL_BITS)),
    ...rows('vtestps', 'x xmo | X Xm32', testBits(signs(4))),
    ...rows('vtestpd', 'x xmo | X Xm32', testBits(signs(8))),
    ...rows(
      'vmovddup',
      'X Xm32',
      perHalf(([a]) => i64x2.splat(i64x2.extract(a, 0))),
    ),
    ...rows('vzeroupper', '', e => clearUppers(e, 16)),
    ...rows('vzeroall', '', e => {
      clearUppers(e, 0);
      e.resume(); // engines that keep registers elsewhere look at them anew
    }),
  ];
}
