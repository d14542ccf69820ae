/**
 * FMA: products and sums rounded once (SDM vol. 1, 14.5). Singles are exact as doubles but for the sum, which is rounded
 * to odd, so that the second rounding cannot harm; doubles are split into what a double holds exactly (S. Boldo and
 * G. Melquiond, "Emulation of a FMA and correctly rounded sums: proved algorithms using rounding to odd", 2008). Numbers
 * near the ends of the range, NaNs and unusual settings of MXCSR are the assist's.
 */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import type { V128 } from '../../wasm/expression.ts';
import { f64, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, f64x2, i64x2, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { FUSED_KINDS } from '../../float/vex.ts';
import type { FusedKind } from '../../float/vex.ts';
import { denormalLanes, plainLanes } from '../sse/classes.ts';
import { guarded } from '../sse/exceptions.ts';
import { PACKED_DOUBLE, PACKED_SINGLE, variableVector } from '../sse/formats.ts';
import type { PackedFormat } from '../sse/formats.ts';
import { ZERO_VECTOR } from '../sse/integer.ts';
import { vexOperation } from './lanes.ts';

/** A result, and what {@link guarded} asks about it: lanes where it may be wrong or raise, and where it is rounded. */
interface Fused {
  readonly result: V128;
  readonly doubtful: V128;
  readonly rounded: () => V128;
}

type Keep = (value: V128) => V128;

const doubles = (value: number): V128 => f64x2.splat(f64.reinterpret(i64.const(bitsOf(value))));
const bitsOf = (value: number): bigint => new BigInt64Array(Float64Array.of(value).buffer)[0];

/** The rounded sum, and what rounding took away (Knuth's TwoSum). */
function twoSum(keep: Keep, a: V128, b: V128): [sum: V128, error: V128] {
  const sum = keep(f64x2.add(a, b));
  const other = keep(f64x2.sub(sum, a));
  return [sum, keep(f64x2.add(f64x2.sub(a, f64x2.sub(sum, other)), f64x2.sub(b, other)))];
}

const ONE = i64x2.splat(i64.const(1));

/** Of a sum and its error: the sum cut off, with its last bit set if anything is lost. */
function toOdd(keep: Keep, sum: V128, error: V128): [value: V128, lossy: V128] {
  const lossy = keep(f64x2.ne(error, ZERO_VECTOR));
  const tooFar = vector.and(i64x2.shrs(vector.xor(sum, error), 63), lossy);
  return [keep(vector.or(i64x2.add(sum, tooFar), vector.and(lossy, ONE))), lossy];
}

const UPPER_HALF = Array.from({ length: 16 }, (_, i) => (i + 8) % 16);
const LOW_QUADS = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
const EVEN_SINGLES = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];

/** Products of singles have no more than 48 bits, which is exact. */
function fuseSingles(keep: Keep, a: V128, b: V128, c: V128): Fused {
  const halves = [0, 1].map(half => {
    const wide = (value: V128): V128 => f64x2.promoteLowF32(half ? shuffle(value, value, UPPER_HALF) : value);
    const [sum, error] = twoSum(keep, keep(f64x2.mul(wide(a), wide(b))), keep(wide(c)));
    const [value, lossy] = toOdd(keep, sum, error);
    return { value, lossy, narrow: keep(f32x4.demoteF64Zero(value)) };
  });
  const [low, high] = halves;
  const result = keep(shuffle(low.narrow, high.narrow, LOW_QUADS));
  const zero = shuffle(f64x2.eq(low.value, ZERO_VECTOR), f64x2.eq(high.value, ZERO_VECTOR), EVEN_SINGLES);
  const denormal = [a, b, c].map(value => denormalLanes(PACKED_SINGLE, value)).reduce(vector.or);
  return {
    result,
    doubtful: vector.or(denormal, vector.not(vector.or(plainLanes(PACKED_SINGLE, result), zero))),
    rounded: () =>
      halves
        .map(({ value, lossy, narrow }) => vector.or(lossy, f64x2.ne(f64x2.promoteLowF32(narrow), value)))
        .reduce(vector.or),
  };
}

/** Veltkamp's factor: cuts a double into two of 26 bits. */
const SPLITTER = doubles(2 ** 27 + 1);

function split(keep: Keep, value: V128): [high: V128, low: V128] {
  const scaled = keep(f64x2.mul(value, SPLITTER));
  const high = keep(f64x2.sub(scaled, f64x2.sub(scaled, value)));
  return [high, keep(f64x2.sub(value, high))];
}

/** Dekker: the rounded product, and what rounding took away. */
function twoProduct(keep: Keep, a: V128, b: V128): [product: V128, error: V128] {
  const product = keep(f64x2.mul(a, b));
  const [highA, lowA] = split(keep, a);
  const [highB, lowB] = split(keep, b);
  const parts = [f64x2.mul(highA, highB), f64x2.mul(lowA, highB), f64x2.mul(highA, lowB)];
  const rest = parts.reduce((left, part) => f64x2.sub(left, part), product);
  return [product, keep(f64x2.sub(f64x2.mul(lowA, lowB), rest))];
}

/** Zero, or so far from the ends of the range that neither a product nor a part of one leaves it. */
function isModerate(value: V128, least: number, greatest: number): V128 {
  const magnitude = f64x2.abs(value);
  const within = vector.and(f64x2.ge(magnitude, doubles(least)), f64x2.le(magnitude, doubles(greatest)));
  return vector.or(within, f64x2.eq(value, ZERO_VECTOR));
}

function fuseDoubles(keep: Keep, a: V128, b: V128, c: V128): Fused {
  const [product, lost] = twoProduct(keep, a, b);
  const [upper, least] = twoSum(keep, c, lost);
  const [sum, middle] = twoSum(keep, product, upper);
  const [rest, lossy] = toOdd(keep, ...twoSum(keep, least, middle));
  const total = keep(f64x2.add(sum, rest));
  // Zeros have the sign of the plain sum, which is exact then.
  const result = keep(vector.bitselect(f64x2.add(product, c), total, f64x2.eq(total, ZERO_VECTOR)));
  const factors = vector.and(isModerate(a, 2 ** -400, 2 ** 400), isModerate(b, 2 ** -400, 2 ** 400));
  return {
    result,
    doubtful: vector.not(vector.and(factors, isModerate(c, 2 ** -1022, 2 ** 1000))),
    rounded: () => vector.or(lossy, f64x2.ne(twoSum(keep, sum, rest)[1], ZERO_VECTOR)),
  };
}

/** Places of the factors and the summand among the operands, as the mnemonic counts them. */
const ORDERS: Readonly<Record<string, readonly [a: number, b: number, c: number]>> = {
  '132': [0, 2, 1],
  '213': [1, 0, 2],
  '231': [1, 2, 0],
};

function signsOf({ scalar, signs }: PackedFormat, negates: (lane: number) => boolean): V128 {
  const { size } = scalar;
  const mask = Array.from({ length: 16 }, (_, i) => (negates(Math.floor(i / size)) ? 255 : 0));
  return vector.and(signs, vectorConst(mask));
}

function fused(format: PackedFormat, kind: FusedKind, order: string, lanes: 'all' | 'low'): (e: Emitter) => void {
  const [first, second, third] = ORDERS[order];
  const single = format === PACKED_SINGLE;
  const { subtracts, negatesProduct } = kind;
  const negates = [0, 1, 2, 3].some(subtracts);
  const suffix = lanes === 'all' ? format.suffix : format.scalar.suffix;
  return e => {
    const { code } = e;
    const keep: Keep = value => code.keep(value);
    const splat = (index: number): V128 =>
      single ? f32x4.splat(e.float(index, 'f32')) : f64x2.splat(e.float(index, 'f64'));
    const read = (index: number): V128 => keep(lanes === 'all' ? e.vector(index) : splat(index));
    // The last operand first: it may be memory.
    const values = [2, 1, 0].map(read).reverse();
    const a = negatesProduct ? keep(vector.xor(values[first], format.signs)) : values[first];
    const c = negates ? keep(vector.xor(values[third], signsOf(format, subtracts))) : values[third];
    const { result, doubtful, rounded } = (single ? fuseSingles : fuseDoubles)(keep, a, values[second], c);
    const value = variableVector(e, result);
    const tests = {
      unusual: vector.anyTrue(doubtful),
      harmless: () => i32.const(0),
      finite: () => i32.const(0),
      inexact: () => vector.anyTrue(rounded()),
    };
    guarded(e, value, tests, { name: `fused ${kind.name}${suffix}`, first, second, third });
    if (lanes === 'all') e.setVector(0, value);
    else if (single) e.setLow(0, f32x4.extract(value, 0), 4);
    else e.setLow(0, f64x2.extract(value, 0), 8);
  };
}

const PLAIN = { separate: false };

function kindRows(kind: FusedKind): Row[] {
  return Object.keys(ORDERS).flatMap(order =>
    [PACKED_SINGLE, PACKED_DOUBLE].flatMap(format => {
      const { scalar, suffix } = format;
      const name = `vf${kind.name}${order}`;
      const packed = rows(
        `${name}${suffix}`,
        'x x xmo | X X Xm32',
        vexOperation(fused(format, kind, order, 'all'), PLAIN),
      );
      if (kind.name.endsWith('addsub') || kind.name.endsWith('subadd')) return packed;
      const forms = `x x x | x x ${scalar.memory}`;
      const low = rows(`${name}${scalar.suffix}`, forms, vexOperation(fused(format, kind, order, 'low'), PLAIN));
      return [...packed, ...low];
    }),
  );
}

export function fusedRows(): readonly Row[] {
  return FUSED_KINDS.flatMap(kindRows);
}
