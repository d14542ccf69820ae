/** Classes of floating-point numbers: zeros, denormals, infinities, NaNs (SDM vol. 1, 4.8.3). */

import type { Expression, I32, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, i64x2, vector } from '../../wasm/vector.ts';
import { PACKED_SINGLE } from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';

type Bits = Expression<'i32'> | Expression<'i64'>;

/** The bits of a number without its sign: twice what they are as an integer. */
export function doubled(value: Float): Bits {
  return value.type === 'f32'
    ? i32.shl(i32.reinterpret(value as Expression<'f32'>), 1)
    : i64.shl(i64.reinterpret(value as Expression<'f64'>), 1);
}

export function below(value: Bits, from: bigint, limit: bigint): I32 {
  if (value.type === 'i32') {
    const [least, size] = [from, limit - from].map(word => Number(BigInt.asIntN(32, word)));
    return i32.ltu(i32.sub(value as Expression<'i32'>, least), size);
  }
  const [least, size] = [from, limit - from].map(word => BigInt.asIntN(64, word));
  return i64.ltu(i64.sub(value as Expression<'i64'>, least), size);
}

function isDoubledZero(value: Bits): I32 {
  return value.type === 'i32' ? i32.eqz(value as Expression<'i32'>) : i64.eqz(value as Expression<'i64'>);
}

/** Bounds of classes of numbers, as doubled bits. */
function leastNormal({ fraction }: ScalarFormat): bigint {
  return 1n << BigInt(fraction + 1);
}

export function infinityOf({ fraction, size }: ScalarFormat): bigint {
  return ((1n << BigInt(size * 8 - fraction - 1)) - 1n) << BigInt(fraction + 1);
}

export function isDenormal(format: ScalarFormat, value: Float): I32 {
  return below(doubled(value), 1n, leastNormal(format));
}

export function isFinite(format: ScalarFormat, value: Float): I32 {
  return below(doubled(value), 0n, infinityOf(format));
}

export function isSignaling(format: ScalarFormat, value: Float): I32 {
  const infinity = infinityOf(format);
  return below(doubled(value), infinity + 1n, infinity + (1n << BigInt(format.fraction)));
}

export function isZero(value: Float): I32 {
  return isDoubledZero(doubled(value));
}

/** Finite, and so far above the denormals that it cannot have been rounded up from there. */
export function isPlain(format: ScalarFormat, value: Float): I32 {
  return below(doubled(value), 2n * leastNormal(format), infinityOf(format));
}

/** Lanes that are denormal, infinite or NaN, signaling. */
export function denormalLanes({ ops, zeros, exponents }: PackedFormat, value: V128): V128 {
  return vector.andnot(zeros(vector.and(value, exponents)), ops.eq(value, ZERO));
}

export function finiteLanes({ ops, exponents }: PackedFormat, value: V128): V128 {
  return ops.lt(ops.abs(value), exponents); // the exponent's ones alone are infinity
}

export function signalingLanes({ ops, zeros, quietBit }: PackedFormat, value: V128): V128 {
  return vector.and(ops.ne(value, value), zeros(vector.and(value, quietBit)));
}

export const ZERO = i32x4.splat(i32.const(0));

/** Finite and at least so many times the least normal number. */
export function plainLanes(format: PackedFormat, value: V128, least: 1 | 2 = 2): V128 {
  const { ops, exponents } = format;
  return vector.and(ops.ge(ops.abs(value), normalTimes(format, least)), ops.lt(ops.abs(value), exponents));
}

function normalTimes(format: PackedFormat, least: number): V128 {
  const bits = BigInt(least) << BigInt(format.scalar.fraction);
  return format === PACKED_SINGLE ? i32x4.splat(i32.const(Number(bits))) : i64x2.splat(i64.const(bits));
}
