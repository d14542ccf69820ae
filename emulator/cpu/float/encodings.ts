/** Numbers in memory and registers: 80-bit extended, single, double, integers, packed decimal. */

import { bitLength, EXTENDED, finite, infinity } from './real.ts';
import type { Format, Real } from './real.ts';

const INTEGER_BIT = 1n << 63n;
const FRACTION_63 = INTEGER_BIT - 1n;

/** Registers and 10-byte memory operands. */
export function readExtended(view: DataView, at: number): Real {
  const significand = view.getBigUint64(at, true);
  const word = view.getUint16(at + 8, true);
  const sign = (word >> 15) as 0 | 1;
  const biased = word & 0x7fff;
  const hasInteger = significand >= INTEGER_BIT;
  if (biased === 0x7fff) {
    if (!hasInteger) return { kind: 'unsupported', sign, significand, exponent: biased };
    const fraction = significand & FRACTION_63;
    return fraction === 0n ? infinity(sign) : { kind: 'nan', sign, significand: fraction, exponent: 0 };
  }
  if (biased !== 0 && !hasInteger) return { kind: 'unsupported', sign, significand, exponent: biased };
  const exponent = Math.max(biased, 1) - 16383 - 63;
  return { kind: 'finite', sign, significand, exponent, denormal: biased === 0 && significand !== 0n };
}

/** Writes a value that fits: one that was rounded to 64 bits of precision or fewer. */
export function writeExtended(view: DataView, at: number, value: Real): void {
  const sign = value.sign << 15;
  if (value.kind === 'unsupported') {
    view.setBigUint64(at, value.significand, true);
    view.setUint16(at + 8, sign | value.exponent, true);
  } else if (value.kind !== 'finite') {
    view.setBigUint64(at, INTEGER_BIT | value.significand, true);
    view.setUint16(at + 8, sign | 0x7fff, true);
  } else {
    const { significand, biased } = normalised(value, EXTENDED);
    view.setBigUint64(at, significand, true);
    view.setUint16(at + 8, sign | biased, true);
  }
}

/** Significand with its top bit at the format's, and the biased exponent; 0 for zeros and denormals. */
function normalised(value: Real, format: Format): { significand: bigint; biased: number } {
  if (value.significand === 0n) return { significand: 0n, biased: 0 };
  const top = value.exponent + bitLength(value.significand) - 1;
  const exponent = Math.max(top, format.least) - format.precision + 1;
  const shift = BigInt(value.exponent - exponent);
  const significand = shift >= 0n ? value.significand << shift : value.significand >> -shift;
  return { significand, biased: top < format.least ? 0 : top + format.greatest };
}

/** Where the sign is in the IEEE formats of 2, 4 and 8 bytes: above the fraction and the exponent. */
function signPlace({ precision, greatest }: Format): bigint {
  return BigInt(precision - 1 + 32 - Math.clz32(greatest * 2));
}

/** A number in these formats. */
export function unpackBits(bits: bigint, format: Format): Real {
  const fractionBits = BigInt(format.precision - 1);
  const fraction = bits & ((1n << fractionBits) - 1n);
  const exponentMask = format.greatest * 2 + 1;
  const biased = Number(bits >> fractionBits) & exponentMask;
  const sign = (bits >> signPlace(format)) & 1n ? 1 : 0;
  if (biased === exponentMask) {
    return fraction === 0n
      ? infinity(sign)
      : { kind: 'nan', sign, significand: fraction << (63n - fractionBits), exponent: 0 };
  }
  const exponent = Math.max(biased, 1) - format.greatest - (format.precision - 1);
  const significand = biased === 0 ? fraction : fraction | (1n << fractionBits);
  return { kind: 'finite', sign, significand, exponent, denormal: biased === 0 && fraction !== 0n };
}

/** The bits of a value that was rounded to the format; NaNs keep the upper bits of their fraction. */
export function packBits(value: Real, format: Format): bigint {
  const fractionBits = BigInt(format.precision - 1);
  const sign = BigInt(value.sign) << signPlace(format);
  const top = BigInt(format.greatest * 2 + 1) << fractionBits;
  if (value.kind === 'infinity') return sign | top;
  if (value.kind !== 'finite') return sign | top | (value.significand >> (63n - fractionBits));
  const { significand, biased } = normalised(value, format);
  return sign | (BigInt(biased) << fractionBits) | (significand & ((1n << fractionBits) - 1n));
}

export function fromInteger(value: bigint): Real {
  return value < 0n ? finite(1, -value, 0) : finite(0, value, 0);
}

/** Eighteen decimal digits, two a byte, and a sign in the tenth. */
export function readDecimal(view: DataView, at: number): Real {
  let magnitude = 0n;
  for (let i = 8; i >= 0; i--) {
    const pair = view.getUint8(at + i);
    magnitude = magnitude * 100n + BigInt((pair >> 4) * 10 + (pair & 15));
  }
  return finite(view.getUint8(at + 9) & 0x80 ? 1 : 0, magnitude, 0);
}

export function writeDecimal(view: DataView, at: number, sign: 0 | 1, magnitude: bigint): void {
  let rest = magnitude;
  for (let i = 0; i < 9; i++) {
    const pair = Number(rest % 100n);
    view.setUint8(at + i, (Math.floor(pair / 10) << 4) | (pair % 10));
    rest /= 100n;
  }
  view.setUint8(at + 9, sign << 7);
}

/** The packed decimal indefinite. */
export function writeDecimalIndefinite(view: DataView, at: number): void {
  view.setUint32(at, 0, true);
  view.setUint32(at + 4, 0xc000_0000, true);
  view.setUint16(at + 8, 0xffff, true);
}
