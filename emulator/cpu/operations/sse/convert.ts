/** Conversions between floating-point formats and integers (SSE, SSE2). Results that do not fit are 0x80000000…. */

import type { Emitter } from '../../emitter.ts';
import type { Local } from '../../wasm/code.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select, withUsual } from '../../wasm/expression.ts';
import type { Expression, I32, I64, V128 } from '../../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, f64x2, i32x4, i64x2, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { denormalLanes, isDenormal, isFinite, isPlain, isSignaling, signalingLanes } from './classes.ts';
import { DENORMAL, guarded, INVALID, PRECISION, raise } from './exceptions.ts';
import type { Tests } from './exceptions.ts';
import { roundBy, roundPacked } from './round.ts';
import {
  DOUBLE,
  flushDenormal,
  flushDenormals,
  PACKED_DOUBLE,
  PACKED_SINGLE,
  readFloat,
  readNormalVector,
  roundingMode,
  SCALARS,
  SINGLE,
  setFloat,
  variableOf,
  variableVector,
} from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';
import { ZERO_VECTOR } from './integer.ts';
import { lowVector } from './moves.ts';
import { checkUsual } from './usual.ts';

/** 2 to the power of `exponent` in a format. */
function powerOfTwo(format: ScalarFormat, exponent: number): Float {
  const bits = format === SINGLE ? BigInt(exponent + 127) << 23n : BigInt(exponent + 1023) << 52n;
  return format.fromBits(i64.const(bits));
}

function zero(format: ScalarFormat): Float {
  return format.fromBits(i64.const(0));
}

/** To an integer of `size` bytes, or the integer indefinite. */
function scalarToInteger(format: ScalarFormat, truncating: boolean): (e: Emitter) => void {
  return e => {
    const { code, size } = e;
    const { lt, le, sub, trunc, ne } = format.ops;
    const value = variableOf(e, readFloat(e, format, 1));
    const rounded = (): Float => (truncating ? trunc(value) : roundBy(e, format, value, roundingMode(e)));
    const whole = variableOf(e, rounded());
    const limit = powerOfTwo(format, size * 8 - 1);
    const fits = (): I32 => i32.and(lt(whole, limit), le(sub(zero(format), limit), whole));
    const notable = e.control?.precision ? i32.eqz(fits()) : i32.or(ne(whole, value), i32.eqz(fits()));
    code.unlikely(notable, () => {
      if (!e.control) {
        flushDenormal(e, format, value);
        setFloat(e, whole, rounded());
      }
      const inexact = select(ne(whole, value), i32.const(PRECISION), i32.const(0));
      raise(e, select(fits(), inexact, i32.const(INVALID)));
    });
    const converted =
      format === SINGLE ? i64.truncateF32(whole as Expression<'f32'>) : i64.truncateF64(whole as Expression<'f64'>);
    e.target(0).write(code.keep(select(fits(), converted, i64.const(-(2n ** BigInt(size * 8 - 1))))));
  };
}

/** Of conversions of integers: there is nothing but inexact results. */
function onlyInexact(inexact: () => I32): Tests {
  return { unusual: i32.const(0), harmless: () => i32.const(0), finite: () => i32.const(1), inexact };
}

/** Whether an integer has more bits than a format has places, from the first to the last that is set. */
function tooLong(format: ScalarFormat, value: I64): I32 {
  const sign = i64.shrs(value, 63);
  const magnitude = i64.sub(i64.xor(value, sign), sign);
  return i64.ltu(i64.add(i64.clz(magnitude), i64.ctz(value)), 64 - (format.fraction + 1));
}

function integerToScalar(format: ScalarFormat, size: 4 | 8): (e: Emitter) => void {
  return e => {
    const value = size === 8 ? e.source(1, 8) : e.code.keep(i64.extend32(e.source(1, 4)));
    const result = variableOf(e, format === SINGLE ? f32.convertI64(value) : f64.convertI64(value));
    if (format === SINGLE || size === 8) {
      const tests = onlyInexact(() => tooLong(format, value));
      guarded(e, result, tests, { name: `cvtsi2${format.suffix}${size}`, first: 0, second: 1 });
    }
    e.setLow(0, withUsual<'f32' | 'f64'>(result, format.type), format.size);
  };
}

/** A NaN keeps its fraction and becomes quiet. */
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
  const result = e.code.variable('f32', f32.demote(value));
  const exact = (): I32 => f64.eq(f64.promote(result), value);
  const denormal = isDenormal(DOUBLE, value);
  const tests: Tests = {
    unusual: i32.or(denormal, i32.eqz(isPlain(SINGLE, result))),
    harmless: () => i32.and(i32.eqz(denormal), exact()),
    finite: () => isFinite(SINGLE, result),
    inexact: () => i32.eqz(exact()),
  };
  guarded(e, result, tests, { name: 'cvtsd2ss', first: 0, second: 1 });
  e.setLow(0, result, 4);
}

function singleToDouble(e: Emitter): void {
  const { code } = e;
  if (e.control) {
    const single = e.float(1, 'f32');
    checkUsual(e, SINGLE, [single], () => raise(e, i32.const(DENORMAL)));
    return e.setLow(0, withUsual(code.keep(f64.promote(single)), 'f64'), 8);
  }
  const value = variableOf(e, readFloat(e, SINGLE, 1)) as Local<'f32'>;
  code.if(i32.or(isDenormal(SINGLE, value), f32.ne(value, value)), () => {
    flushDenormal(e, SINGLE, value);
    raise(e, i32.or(isSignaling(SINGLE, value), i32.shl(isDenormal(SINGLE, value), Math.log2(DENORMAL))));
  });
  e.setLow(0, widenBits(e, value), 8);
}

function pair(low: I64, high: I64): V128 {
  return i64x2.replace(i64x2.splat(low), 1, high);
}

function packedSinglesToDoubles(e: Emitter): void {
  const { code } = e;
  const low = variableVector(e, lowVector(e, 1, 8));
  const unusual = vector.or(denormalLanes(PACKED_SINGLE, low), f32x4.ne(low, low));
  code.if(vector.anyTrue(unusual), () => {
    flushDenormals(e, PACKED_SINGLE, low);
    const denormal = vector.anyTrue(denormalLanes(PACKED_SINGLE, low));
    raise(e, i32.or(vector.anyTrue(signalingLanes(PACKED_SINGLE, low)), i32.shl(denormal, Math.log2(DENORMAL))));
  });
  const widened = [0, 1].map(lane => widenBits(e, code.keep(f32x4.extract(low, lane))));
  e.setVector(0, pair(widened[0], widened[1]));
}

function packedDoublesToSingles(e: Emitter): void {
  const value = e.vector(1);
  const result = e.code.variable('v128', f32x4.demoteF64Zero(value));
  const back = f64x2.promoteLowF32(result);
  const least = f64x2.splat(powerOfTwo(DOUBLE, -125) as Expression<'f64'>);
  const plain = vector.and(f64x2.ge(f64x2.abs(back), least), f64x2.lt(f64x2.abs(back), PACKED_DOUBLE.exponents));
  const denormal = denormalLanes(PACKED_DOUBLE, value);
  const fine = vector.or(f64x2.eq(back, value), plain);
  const tests: Tests = {
    unusual: vector.anyTrue(vector.or(denormal, vector.not(fine))),
    harmless: () => i32.const(0),
    finite: () => i32.eqz(vector.anyTrue(vector.not(f64x2.lt(f64x2.abs(back), PACKED_DOUBLE.exponents)))),
    inexact: () => vector.anyTrue(f64x2.ne(back, value)),
  };
  guarded(e, result, tests, { name: 'cvtpd2ps', first: 0, second: 1 });
  e.setVector(0, result);
}

/** `second`: the operand whose integers they are, for the assist. */
export function integersToSingles(e: Emitter, value: V128, assist: string): V128 {
  const result = e.code.variable('v128', f32x4.convertI32(value));
  const greatest = i32x4.splat(i32.const(0x7fff_ffff)); // the way back saturates
  const differs = vector.or(i32x4.ne(i32x4.truncateF32(result), value), i32x4.eq(value, greatest));
  guarded(
    e,
    result,
    onlyInexact(() => vector.anyTrue(differs)),
    { name: assist, first: 0, second: 1 },
  );
  return result;
}

const INDEFINITE = vectorConst(
  new Uint8Array(Uint32Array.of(0x8000_0000, 0x8000_0000, 0x8000_0000, 0x8000_0000).buffer),
);

/** Flags of a conversion: lanes that do not fit are invalid, others that differ inexact. */
function raiseForLanes(e: Emitter, fits: V128, differs: V128): void {
  e.code.if(vector.anyTrue(vector.or(vector.not(fits), differs)), () => {
    const invalid = vector.anyTrue(vector.not(fits));
    raise(e, i32.or(invalid, i32.shl(vector.anyTrue(vector.and(fits, differs)), Math.log2(PRECISION))));
  });
}

/** Wasm saturates: only what is not below 2^31, a NaN included, differs from the integer indefinite. */
export function singlesToIntegers(e: Emitter, a: V128, truncating: boolean): V128 {
  const { code } = e;
  const value = code.keep(truncating ? f32x4.trunc(a) : roundPacked(e, PACKED_SINGLE, a, roundingMode(e)));
  const limit = (exponent: number): V128 => f32x4.splat(powerOfTwo(SINGLE, exponent) as Expression<'f32'>);
  const below = code.keep(f32x4.lt(value, limit(31)));
  const least = f32x4.sub(ZERO_VECTOR, limit(31));
  raiseForLanes(e, code.keep(vector.and(below, f32x4.ge(value, least))), f32x4.ne(value, a));
  return vector.bitselect(i32x4.truncateF32(value), INDEFINITE, below);
}

export function doublesToIntegers(e: Emitter, a: V128, truncating: boolean): V128 {
  const { code } = e;
  const value = code.keep(truncating ? f64x2.trunc(a) : roundPacked(e, PACKED_DOUBLE, a, roundingMode(e)));
  const limit = f64x2.splat(powerOfTwo(DOUBLE, 31) as Expression<'f64'>);
  const fits = code.keep(vector.and(f64x2.lt(value, limit), f64x2.ge(value, f64x2.sub(ZERO_VECTOR, limit))));
  raiseForLanes(e, fits, f64x2.ne(value, a));
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
  ...rows('cvtdq2ps', 'x xmo', e => e.setVector(0, integersToSingles(e, e.vector(1), 'cvtdq2ps'))),
  ...rows('cvtps2dq', 'x xmo', packedToIntegers(PACKED_SINGLE, singlesToIntegers, false)),
  ...rows('cvttps2dq', 'x xmo', packedToIntegers(PACKED_SINGLE, singlesToIntegers, true)),
  ...rows('cvtpd2dq', 'x xmo', packedToIntegers(PACKED_DOUBLE, doublesToIntegers, false)),
  ...rows('cvttpd2dq', 'x xmo', packedToIntegers(PACKED_DOUBLE, doublesToIntegers, true)),
];
