/**
 * Exact binary floating-point numbers and their rounding (IEEE 754, as x87 and SSE do it). A finite value is
 * `significand * 2^exponent` with any integer as significand, so that results are exact until they are rounded once.
 */

export type Kind = 'finite' | 'infinity' | 'nan' | 'unsupported';

export interface Real {
  readonly kind: Kind;
  readonly sign: 0 | 1;
  /** Of a NaN: the 63 bits below the integer bit; bit 62 set when it is quiet. */
  readonly significand: bigint;
  readonly exponent: number;
  /** Came from an encoding with the least exponent. */
  readonly denormal?: boolean;
}

/** Exception flags, at their places in the x87 status word and in MXCSR. */
export const INVALID = 1;
export const DENORMAL = 2;
export const DIVIDE_BY_ZERO = 4;
export const OVERFLOW = 8;
export const UNDERFLOW = 16;
export const PRECISION = 32;

export const NEAREST = 0;
export const DOWN = 1;
export const UP = 2;
export const TOWARD_ZERO = 3;

export interface Format {
  /** Bits of the significand, the integer bit included. */
  readonly precision: number;
  /** Exponents of the least and of the greatest normal number. */
  readonly least: number;
  readonly greatest: number;
}

export const EXTENDED: Format = { precision: 64, least: -16382, greatest: 16383 };
export const DOUBLE_FORMAT: Format = { precision: 53, least: -1022, greatest: 1023 };
export const SINGLE_FORMAT: Format = { precision: 24, least: -126, greatest: 127 };
export const HALF_FORMAT: Format = { precision: 11, least: -14, greatest: 15 };

export const QUIET = 1n << 62n;

export function finite(sign: 0 | 1, significand: bigint, exponent: number): Real {
  return { kind: 'finite', sign, significand, exponent };
}

export function infinity(sign: 0 | 1): Real {
  return { kind: 'infinity', sign, significand: 0n, exponent: 0 };
}

export function zero(sign: 0 | 1): Real {
  return finite(sign, 0n, 0);
}

/** What masked invalid operations give. */
export const INDEFINITE: Real = { kind: 'nan', sign: 1, significand: QUIET, exponent: 0 };

export function isZero(value: Real): boolean {
  return value.kind === 'finite' && value.significand === 0n;
}

export function isSignaling(value: Real): boolean {
  return value.kind === 'nan' && (value.significand & QUIET) === 0n;
}

export function quieted(value: Real): Real {
  return { ...value, significand: value.significand | QUIET };
}

export function withSign(value: Real, sign: 0 | 1): Real {
  return { ...value, sign };
}

export function bitLength(value: bigint): number {
  if (value === 0n) return 0;
  const digits = value.toString(16);
  return digits.length * 4 - Math.clz32(Number.parseInt(digits[0], 16)) + 28;
}

/** The result of an operation: a value, the exceptions it raised, and whether rounding increased the magnitude. */
export interface Outcome {
  readonly value: Real;
  readonly flags: number;
  readonly up: boolean;
  /**
   * Of what is too great or too small: the same rounded as if exponents had no bounds. It counts where the exception is
   * not masked, and underflow then needs no loss (SDM vol. 1, 4.9.1.4 and 4.9.1.5).
   */
  readonly unbounded?: Outcome;
}

export function exactly(value: Real, flags = 0): Outcome {
  return { value, flags, up: false };
}

function increments(mode: number, sign: 0 | 1, odd: boolean, half: -1 | 0 | 1): boolean {
  if (mode === NEAREST) return half > 0 || (half === 0 && odd);
  if (mode === TOWARD_ZERO) return false;
  return (mode === UP) === (sign === 0);
}

/** Drops `count` low bits; `sticky` says that the true value is a little larger than what is given. */
function dropBits(
  significand: bigint,
  count: number,
  sticky: boolean,
  mode: number,
  sign: 0 | 1,
): { kept: bigint; inexact: boolean; up: boolean } {
  if (count <= 0 && !sticky) return { kept: significand << BigInt(-count), inexact: false, up: false };
  // One more bit below keeps the sticky part.
  const wide = (significand << 2n) | (sticky ? 1n : 0n);
  const drop = BigInt(count + 2);
  const kept = drop >= 0n ? wide >> drop : wide << -drop;
  const rest = drop >= 0n ? wide - (kept << drop) : 0n;
  if (rest === 0n) return { kept, inexact: false, up: false };
  const middle = 1n << (drop - 1n);
  const up = increments(mode, sign, (kept & 1n) === 1n, rest > middle ? 1 : rest === middle ? 0 : -1);
  return { kept: up ? kept + 1n : kept, inexact: true, up };
}

/** Rounds an exact value to a format; tininess is detected after rounding (SDM vol. 1, 4.9.1.5). */
export function round(value: Real, format: Format, mode: number, sticky = false, keepsDenormals = true): Outcome {
  if (value.kind !== 'finite' || (value.significand === 0n && !sticky)) return exactly(value);
  const { sign, significand, exponent } = value;
  const top = exponent + bitLength(significand) - 1;
  const normalDrop = bitLength(significand) - format.precision;
  const normal = dropBits(significand, normalDrop, sticky, mode, sign);
  const carried = bitLength(normal.kept) > format.precision;
  const roundedTop = top + (carried ? 1 : 0);
  const precision = normal.inexact ? PRECISION : 0;
  const unbounded = { value: finite(sign, normal.kept, exponent + normalDrop), flags: precision, up: normal.up };
  if (roundedTop > format.greatest) return { ...overflow(sign, format, mode), unbounded };
  if (roundedTop >= format.least && top >= format.least) {
    return unbounded;
  }
  const tiny = roundedTop < format.least;
  if (tiny && !keepsDenormals) return { value: zero(sign), flags: UNDERFLOW | PRECISION, up: false, unbounded };
  const drop = format.least - format.precision + 1 - exponent;
  const small = dropBits(significand, drop, sticky, mode, sign);
  const flags = small.inexact ? PRECISION | (tiny ? UNDERFLOW : 0) : 0;
  return { value: finite(sign, small.kept, exponent + drop), flags, up: small.up, ...(tiny && { unbounded }) };
}

function overflow(sign: 0 | 1, format: Format, mode: number): Outcome {
  const flags = OVERFLOW | PRECISION;
  const toInfinity = mode === NEAREST || (mode === UP && sign === 0) || (mode === DOWN && sign === 1);
  if (toInfinity) return { value: infinity(sign), flags, up: true };
  const largest = (1n << BigInt(format.precision)) - 1n;
  return { value: finite(sign, largest, format.greatest - format.precision + 1), flags, up: false };
}

/** Rounds to a whole number. */
export function roundToInteger(value: Real, mode: number): { integer: bigint; inexact: boolean; up: boolean } {
  if (value.exponent >= 0) {
    return { integer: value.significand << BigInt(value.exponent), inexact: false, up: false };
  }
  // Far below one half, only that it is not zero matters.
  const far = -value.exponent > bitLength(value.significand) + 2;
  const { kept, inexact, up } = far
    ? dropBits(0n, 2, value.significand !== 0n, mode, value.sign)
    : dropBits(value.significand, -value.exponent, false, mode, value.sign);
  return { integer: kept, inexact, up };
}
