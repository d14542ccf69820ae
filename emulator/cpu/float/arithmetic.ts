/** Exact arithmetic on reals, rounded once. NaN operands are the caller's business. */

import {
  bitLength,
  DIVIDE_BY_ZERO,
  exactly,
  finite,
  INDEFINITE,
  infinity,
  INVALID,
  isZero,
  round,
  withSign,
  zero,
  DOWN,
} from './real.ts';
import type { Format, Outcome, Real } from './real.ts';

export interface Rounding {
  readonly format: Format;
  readonly mode: number;
  /** False when denormal results are flushed to zero (MXCSR.FTZ). */
  readonly keepsDenormals?: boolean;
}

const invalid = (): Outcome => exactly(INDEFINITE, INVALID);

function finish(value: Real, { format, mode, keepsDenormals }: Rounding, sticky = false): Outcome {
  return round(value, format, mode, sticky, keepsDenormals);
}

/** Beyond this distance the smaller operand is only a sticky bit. */
const FAR = 200;

export function add(a: Real, b: Real, rounding: Rounding): Outcome {
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    if (a.kind === b.kind && a.sign !== b.sign) return invalid();
    return exactly(a.kind === 'infinity' ? a : b);
  }
  if (isZero(a) && isZero(b)) {
    return exactly(a.sign === b.sign ? a : zero(rounding.mode === DOWN ? 1 : 0));
  }
  if (isZero(a)) return finish(b, rounding);
  if (isZero(b)) return finish(a, rounding);
  const [near, far] = a.exponent + bitLength(a.significand) >= b.exponent + bitLength(b.significand) ? [a, b] : [b, a];
  const distance = near.exponent + bitLength(near.significand) - (far.exponent + bitLength(far.significand));
  // A distant operand is replaced by the smallest that rounds alike.
  const other = distance > FAR ? finite(far.sign, 1n, near.exponent + bitLength(near.significand) - FAR) : far;
  const exponent = Math.min(near.exponent, other.exponent);
  const scaled = (v: Real): bigint => (v.significand << BigInt(v.exponent - exponent)) * (v.sign ? -1n : 1n);
  const sum = scaled(near) + scaled(other);
  if (sum === 0n) return exactly(zero(rounding.mode === DOWN ? 1 : 0));
  return finish(sum < 0n ? finite(1, -sum, exponent) : finite(0, sum, exponent), rounding);
}

export function subtract(a: Real, b: Real, rounding: Rounding): Outcome {
  return add(a, withSign(b, b.sign ? 0 : 1), rounding);
}

export function multiply(a: Real, b: Real, rounding: Rounding): Outcome {
  const sign = (a.sign ^ b.sign) as 0 | 1;
  if (a.kind === 'infinity' || b.kind === 'infinity')
    return isZero(a) || isZero(b) ? invalid() : exactly(infinity(sign));
  return finish(finite(sign, a.significand * b.significand, a.exponent + b.exponent), rounding);
}

/** a * b + c, rounded once. */
export function fuse(a: Real, b: Real, c: Real, rounding: Rounding): Outcome {
  const sign = (a.sign ^ b.sign) as 0 | 1;
  if (a.kind === 'infinity' || b.kind === 'infinity')
    return isZero(a) || isZero(b) ? invalid() : add(infinity(sign), c, rounding);
  return add(finite(sign, a.significand * b.significand, a.exponent + b.exponent), c, rounding);
}

export function divide(a: Real, b: Real, rounding: Rounding): Outcome {
  const sign = (a.sign ^ b.sign) as 0 | 1;
  if (a.kind === 'infinity') return b.kind === 'infinity' ? invalid() : exactly(infinity(sign));
  if (b.kind === 'infinity') return exactly(zero(sign));
  if (isZero(b)) return isZero(a) ? invalid() : exactly(infinity(sign), DIVIDE_BY_ZERO);
  if (isZero(a)) return exactly(zero(sign));
  const shift = Math.max(0, 68 + bitLength(b.significand) - bitLength(a.significand));
  const numerator = a.significand << BigInt(shift);
  const quotient = numerator / b.significand;
  const exponent = a.exponent - b.exponent - shift;
  return finish(finite(sign, quotient, exponent), rounding, quotient * b.significand !== numerator);
}

/** The largest integer whose square is not above `value`. */
export function integerRoot(value: bigint): bigint {
  if (value < 2n) return value;
  let root = 1n << BigInt((bitLength(value) + 1) >> 1);
  for (;;) {
    const next = (root + value / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}

export function squareRoot(a: Real, rounding: Rounding): Outcome {
  if (isZero(a)) return exactly(a);
  if (a.sign) return invalid();
  if (a.kind === 'infinity') return exactly(a);
  let shift = Math.max(0, 140 - bitLength(a.significand));
  if ((a.exponent - shift) % 2 !== 0) shift++;
  const wide = a.significand << BigInt(shift);
  const root = integerRoot(wide);
  return finish(finite(0, root, (a.exponent - shift) / 2), rounding, root * root !== wide);
}

function direction(value: Real): number {
  if (isZero(value)) return 0;
  return value.sign ? -1 : 1;
}

/** -1, 0, 1; both operands are numbers. */
export function compare(a: Real, b: Real): -1 | 0 | 1 {
  if (isZero(a) && isZero(b)) return 0;
  if (direction(a) !== direction(b)) return direction(a) < direction(b) ? -1 : 1;
  const order = compareMagnitudes(a, b);
  return a.sign ? (-order as -1 | 0 | 1) : order;
}

export function compareMagnitudes(a: Real, b: Real): -1 | 0 | 1 {
  if (a.kind === 'infinity' || b.kind === 'infinity') {
    return a.kind === b.kind ? 0 : a.kind === 'infinity' ? 1 : -1;
  }
  const tops = a.exponent + bitLength(a.significand) - (b.exponent + bitLength(b.significand));
  if (tops !== 0) return tops < 0 ? -1 : 1;
  const exponent = Math.min(a.exponent, b.exponent);
  const [x, y] = [a, b].map(v => v.significand << BigInt(v.exponent - exponent));
  return x < y ? -1 : x > y ? 1 : 0;
}
