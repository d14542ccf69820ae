/** FPREM, FPREM1, FSCALE, FXTRACT: exact operations on exponents and remainders. */

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
  round,
  roundToInteger,
  TOWARD_ZERO,
  zero,
} from './real.ts';
import type { Outcome, Real } from './real.ts';

interface Remainder {
  readonly outcome: Outcome;
  /** Low bits of the quotient's magnitude. */
  readonly quotient: number;
  readonly complete: boolean;
}

/** Reduces at most this many bits in one step, as processors do. */
const STEP = 63;

export function remainder(a: Real, b: Real, nearest: boolean): Remainder {
  if (a.kind === 'infinity' || isZero(b)) return { outcome: exactly(INDEFINITE, INVALID), quotient: 0, complete: true };
  if (b.kind === 'infinity' || isZero(a)) return { outcome: exactly(a), quotient: 0, complete: true };
  const distance = a.exponent + bitLength(a.significand) - (b.exponent + bitLength(b.significand));
  if (distance >= 64) return partial(a, b, distance);
  const exponent = Math.min(a.exponent, b.exponent);
  const numerator = a.significand << BigInt(a.exponent - exponent);
  const divisor = b.significand << BigInt(b.exponent - exponent);
  let quotient = numerator / divisor;
  let rest = numerator - quotient * divisor;
  let { sign } = a;
  if (nearest && (rest * 2n > divisor || (rest * 2n === divisor && (quotient & 1n) === 1n))) {
    rest = divisor - rest;
    sign = sign ? 0 : 1;
    quotient++;
  }
  const value = rest === 0n ? zero(a.sign) : finite(sign, rest, exponent);
  return { outcome: round(value, EXTENDED, TOWARD_ZERO), quotient: Number(quotient & 7n), complete: true };
}

/** Takes a multiple of the divisor away that lowers the exponent by 32 to 63 (SDM vol. 2, FPREM). */
function partial(a: Real, b: Real, distance: number): Remainder {
  const n = BigInt(STEP - 31 + (distance % 32));
  const exponent = Math.min(a.exponent, b.exponent);
  const numerator = a.significand << BigInt(a.exponent - exponent);
  const divisor = b.significand << BigInt(b.exponent - exponent);
  const unit = divisor << (BigInt(distance) - n);
  const rest = numerator - (numerator / unit) * unit;
  const value = rest === 0n ? zero(a.sign) : finite(a.sign, rest, exponent);
  return { outcome: round(value, EXTENDED, TOWARD_ZERO), quotient: 0, complete: false };
}

/** a * 2^trunc(b). */
export function scale(a: Real, b: Real, mode: number): Outcome {
  if (b.kind === 'infinity') {
    if (b.sign ? a.kind === 'infinity' : isZero(a)) return exactly(INDEFINITE, INVALID);
    return exactly(b.sign ? zero(a.sign) : infinity(a.sign));
  }
  if (a.kind === 'infinity' || isZero(a)) return exactly(a);
  const { integer } = roundToInteger(b, TOWARD_ZERO);
  // Beyond this, every result overflows or underflows alike.
  const bounded = Number(integer > 0x1_0000n ? 0x1_0000n : integer);
  return round(finite(a.sign, a.significand, a.exponent + (b.sign ? -bounded : bounded)), EXTENDED, mode);
}

export function extract(value: Real): { exponent: Outcome; significand: Real } {
  if (value.kind === 'infinity') return { exponent: exactly(infinity(0)), significand: value };
  if (isZero(value)) return { exponent: exactly(infinity(1), DIVIDE_BY_ZERO), significand: value };
  const top = value.exponent + bitLength(value.significand) - 1;
  const significand = finite(value.sign, value.significand, value.exponent - top);
  return { exponent: exactly(top < 0 ? finite(1, BigInt(-top), 0) : finite(0, BigInt(top), 0)), significand };
}
