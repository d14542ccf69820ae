/**
 * F2XM1, FYL2X, FYL2XP1, FSIN, FCOS, FPTAN, FPATAN. Results are rounded from 192-bit fixed point, so they are within
 * half a unit in the last place; processors differ from each other in that place.
 */

import {
  bitLength,
  DIVIDE_BY_ZERO,
  exactly,
  EXTENDED,
  finite,
  INDEFINITE,
  infinity,
  INVALID,
  isZero,
  NEAREST,
  PRECISION,
  round,
  withSign,
  zero,
} from './real.ts';
import type { Outcome, Real } from './real.ts';
import { divide, multiply } from './arithmetic.ts';
import {
  divideFixed,
  fixedAtan,
  fixedCos,
  fixedExpMinusOne,
  fixedLn2,
  fixedLog,
  fixedPi,
  fixedSin,
  FRACTION_BITS,
  logNearOne,
  multiplyFixed,
} from './fixedPoint.ts';

const SHIFT = BigInt(FRACTION_BITS);
const ONE = 1n << SHIFT;
/** Arguments below 2^-TINY are their own result to the last place, or a constant multiple of it. */
const TINY = 68;

function toFixed(value: Real): bigint {
  const shift = BigInt(value.exponent + FRACTION_BITS);
  const magnitude = shift >= 0n ? value.significand << shift : value.significand >> -shift;
  return value.sign ? -magnitude : magnitude;
}

function fromFixed(value: bigint, exponent = 0): Outcome {
  const outcome = round(
    value < 0n ? finite(1, -value, exponent - FRACTION_BITS) : finite(0, value, exponent - FRACTION_BITS),
    EXTENDED,
    NEAREST,
  );
  return { ...outcome, flags: outcome.flags | PRECISION };
}

function magnitudeExponent(value: Real): number {
  return value.exponent + bitLength(value.significand);
}

const EXACT = { format: { ...EXTENDED, precision: 190 }, mode: NEAREST };
const LN2 = finite(0, fixedLn2, -FRACTION_BITS);

/** 2^x - 1 for -1 <= x <= 1. */
export function exponential(x: Real): Outcome {
  if (isZero(x)) return exactly(x);
  if (x.kind === 'infinity') return exactly(x.sign ? finite(1, 1n, 0) : x);
  if (magnitudeExponent(x) < -TINY) return inexact(round(multiply(x, LN2, EXACT).value, EXTENDED, NEAREST));
  if (x.exponent + bitLength(x.significand) > 1 && !(x.significand === 1n << BigInt(-x.exponent))) return exactly(x);
  // Small arguments are scaled up so that the difference keeps all its bits.
  return fromFixed(fixedExpMinusOne(multiplyFixed(toFixed(x), fixedLn2)));
}

function inexact(outcome: Outcome): Outcome {
  return { ...outcome, flags: outcome.flags | PRECISION };
}

/** y * log2(x). */
export function logarithm(y: Real, x: Real): Outcome {
  if (isZero(x)) {
    if (isZero(y)) return exactly(INDEFINITE, INVALID);
    if (y.kind === 'infinity') return exactly(infinity(y.sign ? 0 : 1));
    return exactly(infinity(y.sign ? 0 : 1), DIVIDE_BY_ZERO);
  }
  if (x.sign) return exactly(INDEFINITE, INVALID);
  if (x.kind === 'infinity') return isZero(y) ? exactly(INDEFINITE, INVALID) : exactly(infinity(y.sign));
  const top = magnitudeExponent(x) - 1;
  const mantissa = finite(0, x.significand, x.exponent - top);
  const fraction = divideFixed(fixedLog(toFixed(mantissa)), fixedLn2);
  const log = fraction + (BigInt(top) << SHIFT);
  if (y.kind === 'infinity')
    return log === 0n ? exactly(INDEFINITE, INVALID) : exactly(infinity((log < 0n ? 1 : 0) === y.sign ? 0 : 1));
  if (log === 0n) return exactly(zero(y.sign));
  return product(log, y);
}

/** y * log2(x + 1), exact for small x. */
export function logarithmPlusOne(y: Real, x: Real): Outcome {
  if (x.kind === 'infinity' || y.kind === 'infinity') {
    if (isZero(x) || isZero(y)) return exactly(INDEFINITE, INVALID);
    return exactly(infinity((x.sign ^ y.sign) as 0 | 1));
  }
  if (isZero(x) || isZero(y)) return exactly(zero((x.sign ^ y.sign) as 0 | 1));
  if (magnitudeExponent(x) < -TINY) {
    const scaled = divide(multiply(x, y, EXACT).value, LN2, EXACT).value;
    return inexact(round(scaled, EXTENDED, NEAREST));
  }
  const argument = toFixed(x);
  return product(divideFixed(logNearOne(argument, argument + 2n * ONE), fixedLn2), y);
}

function product(log: bigint, y: Real): Outcome {
  const factor = finite(log < 0n ? 1 : 0, log < 0n ? -log : log, -FRACTION_BITS);
  return inexact(multiply(factor, y, { format: EXTENDED, mode: NEAREST }));
}

/** The angle of (x, y), in the quadrant of both signs. */
export function arcTangent(y: Real, x: Real): Outcome {
  const { sign } = y;
  const multipleOfPi = (numerator: bigint, denominator: bigint): Outcome =>
    fromFixed(((sign ? -fixedPi : fixedPi) * numerator) / denominator);
  if (y.kind === 'infinity') {
    if (x.kind !== 'infinity') return multipleOfPi(1n, 2n);
    return x.sign ? multipleOfPi(3n, 4n) : multipleOfPi(1n, 4n);
  }
  if (isZero(y) || x.kind === 'infinity') {
    return x.sign ? multipleOfPi(1n, 1n) : exactly(zero(sign));
  }
  if (isZero(x)) return multipleOfPi(1n, 2n);
  const exact = { format: { ...EXTENDED, precision: FRACTION_BITS + 64, least: -0x1_0000 }, mode: NEAREST };
  const ratio = divide(withSign(y, 0), withSign(x, 0), exact).value;
  const order = magnitudeExponent(ratio);
  if (order < -TINY && !x.sign) return inexact(round(withSign(divide(y, x, exact).value, sign), EXTENDED, NEAREST));
  let angle: bigint;
  if (order > TINY) angle = fixedPi / 2n;
  else if (toFixed(ratio) <= ONE) angle = fixedAtan(toFixed(ratio));
  else angle = fixedPi / 2n - fixedAtan(divideFixed(ONE, toFixed(ratio)));
  if (x.sign) angle = fixedPi - angle;
  return fromFixed(sign ? -angle : angle);
}

/** Pi as the x87 reduces by it: 66 bits of significand (SDM vol. 1, 8.3.8). */
const REDUCTION_PI = (fixedPi >> BigInt(FRACTION_BITS - 64)) << BigInt(FRACTION_BITS - 64);

/** Quadrant and remainder within a quarter of pi. */
function reduce(x: Real): { quadrant: number; angle: bigint } {
  const half = REDUCTION_PI / 2n;
  const argument = toFixed(x);
  const doubled = 2n * argument + half;
  let turns = doubled / (2n * half);
  if (doubled < 0n && turns * 2n * half !== doubled) turns--;
  return { quadrant: Number(((turns % 4n) + 4n) % 4n), angle: argument - turns * half };
}

function isTiny(x: Real): boolean {
  return magnitudeExponent(x) < -TINY;
}

export function sine(x: Real): Outcome {
  if (isZero(x)) return exactly(x);
  if (isTiny(x)) return inexact(exactly(x));
  const { quadrant, angle } = reduce(x);
  const magnitude = quadrant & 1 ? fixedCos(angle) : fixedSin(angle);
  return fromFixed(quadrant & 2 ? -magnitude : magnitude);
}

export function cosine(x: Real): Outcome {
  if (isZero(x)) return exactly(finite(0, 1n, 0));
  if (isTiny(x)) return inexact(exactly(finite(0, 1n, 0)));
  const { quadrant, angle } = reduce(x);
  const magnitude = quadrant & 1 ? fixedSin(angle) : fixedCos(angle);
  return fromFixed(quadrant === 1 || quadrant === 2 ? -magnitude : magnitude);
}

export function tangent(x: Real): Outcome {
  if (isZero(x)) return exactly(x);
  if (isTiny(x)) return inexact(exactly(x));
  const { quadrant, angle } = reduce(x);
  const [s, c] = [fixedSin(angle), fixedCos(angle)];
  return fromFixed(quadrant & 1 ? -divideFixed(c, s) : divideFixed(s, c));
}
