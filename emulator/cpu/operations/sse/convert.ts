/** Conversions between floating-point formats and integers (SSE, SSE2). Results that do not fit are 0x80000000…. */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { Expression, I64, V128 } from '../../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, f64x2, i32x4, i64x2, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { roundBy, roundPacked, withAssist } from './float.ts';
import {
  DOUBLE,
  keepFloat,
  PACKED_DOUBLE,
  PACKED_SINGLE,
  readNormal,
  readNormalVector,
  roundingMode,
  SCALARS,
  SINGLE,
  withoutDenormals,
} from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';
import { lowVector } from './moves.ts';

/** 2 to the power of `exponent` in a format. */
function powerOfTwo(format: ScalarFormat, exponent: number): Float {
  const bits = format === SINGLE ? BigInt(exponent + 127) << 23n : BigInt(exponent + 1023) << 52n;
  return format.fromBits(i64.const(bits));
}

/** A whole number in floating point as an integer of `size` bytes, or the integer indefinite. */
function toInteger(e: Emitter, format: ScalarFormat, value: Float, size: number): I64 {
  const top = size * 8 - 1;
  const limit = powerOfTwo(format, top);
  const fits = i32.and(format.ops.lt(value, limit), format.ops.le(format.ops.sub(zero(format), limit), value));
  const converted =
    format === SINGLE ? i64.truncateF32(value as Expression<'f32'>) : i64.truncateF64(value as Expression<'f64'>);
  return e.code.keep(select(fits, converted, i64.const(-(2n ** BigInt(top)))));
}

function zero(format: ScalarFormat): Float {
  return format.fromBits(i64.const(0));
}

function scalarToInteger(format: ScalarFormat, truncating: boolean): (e: Emitter) => void {
  return e => {
    const value = readNormal(e, format, 1);
    const whole = truncating ? keepFloat(e, format.ops.trunc(value)) : roundBy(e, format, value, roundingMode(e));
    e.target(0).write(toInteger(e, format, whole, e.size));
  };
}

function integerToScalar(format: ScalarFormat, size: 4 | 8): (e: Emitter) => void {
  return e => {
    const value = size === 8 ? e.source(1, 8) : e.code.keep(i64.extend32(e.source(1, 4)));
    const convert = (): void => {
      const result = format === SINGLE ? f32.convertI64(value) : f64.convertI64(value);
      e.setLow(0, keepFloat(e, result), format.size);
    };
    if (format === DOUBLE && size === 4) return convert();
    withAssist(e, `cvtsi2${format.suffix}${size}`, convert);
  };
}

/** A NaN keeps its upper fraction bits and becomes quiet. */
function narrowBits(e: Emitter, value: Expression<'f64'>): I64 {
  const bits = e.code.keep(i64.reinterpret(value));
  const fraction = i64.and(i64.shru(bits, 29), 0x3f_ffff);
  const nan = i64.or(i64.or(i64.shl(i64.shru(bits, 63), 31), fraction), 0x7fc0_0000);
  return e.code.keep(select(f64.ne(value, value), nan, i64.extendu(i32.reinterpret(f32.demote(value)))));
}

function widenBits(e: Emitter, value: Expression<'f32'>): I64 {
  const bits = e.code.keep(i64.extendu(i32.reinterpret(value)));
  const nan = i64.or(
    i64.or(i64.shl(i64.shru(bits, 31), 63), i64.shl(i64.and(bits, 0x3f_ffff), 29)),
    0x7ff8_0000_0000_0000n,
  );
  return e.code.keep(select(f32.ne(value, value), nan, i64.reinterpret(f64.promote(value))));
}

function doubleToSingle(e: Emitter): void {
  const value = e.float(1, 'f64');
  withAssist(e, 'cvtsd2ss', () => e.setLow(0, narrowBits(e, value), 4));
}

function singleToDouble(e: Emitter): void {
  e.setLow(0, widenBits(e, readNormal(e, SINGLE, 1) as Expression<'f32'>), 8);
}

function pair(low: I64, high: I64): V128 {
  return i64x2.replace(i64x2.splat(low), 1, high);
}

function packedSinglesToDoubles(e: Emitter): void {
  const low = withoutDenormals(e, PACKED_SINGLE, lowVector(e, 1, 8));
  const widened = [0, 1].map(lane => widenBits(e, e.code.keep(f32x4.extract(low, lane))));
  e.setVector(0, pair(widened[0], widened[1]));
}

function packedDoublesToSingles(e: Emitter): void {
  const value = e.vector(1);
  withAssist(e, 'cvtpd2ps', () => {
    const narrowed = [0, 1].map(lane => narrowBits(e, e.code.keep(f64x2.extract(value, lane))));
    e.setVector(0, pair(i64.or(narrowed[0], i64.shl(narrowed[1], 32)), i64.const(0)));
  });
}

function packedIntegersToSingles(e: Emitter): void {
  const value = e.vector(1);
  withAssist(e, 'cvtdq2ps', () => e.setVector(0, f32x4.convertI32(value)));
}

const INDEFINITE = vectorConst(
  new Uint8Array(Uint32Array.of(0x8000_0000, 0x8000_0000, 0x8000_0000, 0x8000_0000).buffer),
);

/** Wasm saturates: only what is not below 2^31, a NaN included, differs from the integer indefinite. */
export function singlesToIntegers(e: Emitter, a: V128, truncating: boolean): V128 {
  const value = truncating ? a : roundPacked(e, PACKED_SINGLE, a, roundingMode(e));
  const fits = f32x4.lt(value, f32x4.splat(powerOfTwo(SINGLE, 31) as Expression<'f32'>));
  return vector.bitselect(i32x4.truncateF32(value), INDEFINITE, fits);
}

export function doublesToIntegers(e: Emitter, a: V128, truncating: boolean): V128 {
  const value = truncating ? a : roundPacked(e, PACKED_DOUBLE, a, roundingMode(e));
  const fits = f64x2.lt(value, f64x2.splat(powerOfTwo(DOUBLE, 31) as Expression<'f64'>));
  const ones = i64x2.splat(i64.const(-1));
  const lanes = shuffle(fits, ones, [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 20, 21, 22, 23]);
  return vector.bitselect(i32x4.truncateF64Zero(value), INDEFINITE, lanes);
}

function packedToIntegers(
  format: PackedFormat,
  convert: typeof singlesToIntegers,
  truncating: boolean,
): (e: Emitter) => void {
  return e => e.setVector(0, convert(e, readNormalVector(e, format, 1), truncating));
}

function scalarConversions(format: ScalarFormat): Row[] {
  const { suffix, memory } = format;
  return [
    ...rows(`cvtt${suffix}2si`, `ry x | ry ${memory}`, scalarToInteger(format, true)),
    ...rows(`cvt${suffix}2si`, `ry x | ry ${memory}`, scalarToInteger(format, false)),
    ...rows(`cvtsi2${suffix}`, 'x rmd', integerToScalar(format, 4)),
    ...rows(`cvtsi2${suffix}`, 'x rmq', integerToScalar(format, 8)),
  ];
}

export const convertRows = [
  ...SCALARS.flatMap(scalarConversions),
  ...rows('cvtsd2ss', 'x xmq', doubleToSingle),
  ...rows('cvtss2sd', 'x xmd', singleToDouble),
  ...rows('cvtps2pd', 'x xmq', packedSinglesToDoubles),
  ...rows('cvtpd2ps', 'x xmo', packedDoublesToSingles),
  ...rows('cvtdq2pd', 'x xmq', e => e.setVector(0, f64x2.convertLowI32(lowVector(e, 1, 8)))),
  ...rows('cvtdq2ps', 'x xmo', packedIntegersToSingles),
  ...rows('cvtps2dq', 'x xmo', packedToIntegers(PACKED_SINGLE, singlesToIntegers, false)),
  ...rows('cvttps2dq', 'x xmo', packedToIntegers(PACKED_SINGLE, singlesToIntegers, true)),
  ...rows('cvtpd2dq', 'x xmo', packedToIntegers(PACKED_DOUBLE, doublesToIntegers, false)),
  ...rows('cvttpd2dq', 'x xmo', packedToIntegers(PACKED_DOUBLE, doublesToIntegers, true)),
];
