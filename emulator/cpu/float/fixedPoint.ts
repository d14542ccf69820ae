/** Elementary functions on fixed-point numbers of 192 fraction bits: enough to round 64 correctly in all but rare cases. */

export const FRACTION_BITS = 192;
const SHIFT = BigInt(FRACTION_BITS);
const ONE = 1n << SHIFT;

export function multiplyFixed(a: bigint, b: bigint): bigint {
  return (a * b) >> SHIFT;
}

export function divideFixed(a: bigint, b: bigint): bigint {
  return (a << SHIFT) / b;
}

/** 2 * atanh(1/n), from which logarithms of small rationals are made. */
function doubleAtanhInverse(n: bigint): bigint {
  let term = ONE / n;
  let sum = term;
  for (let k = 3n; term !== 0n; k += 2n) {
    term /= n * n;
    sum += term / k;
  }
  return sum * 2n;
}

function atanInverse(n: bigint): bigint {
  let term = ONE / n;
  let sum = term;
  for (let k = 3n, sign = -1n; term !== 0n; k += 2n, sign = -sign) {
    term /= n * n;
    sum += (sign * term) / k;
  }
  return sum;
}

/** ln 2 = 2 atanh(1/3). */
export const fixedLn2 = doubleAtanhInverse(3n);
/** Machin's formula. */
export const fixedPi = 4n * (4n * atanInverse(5n) - atanInverse(239n));

/** e^x for |x| up to about 1. */
export function fixedExp(x: bigint): bigint {
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k++) {
    term = multiplyFixed(term, x) / k;
    sum += term;
  }
  return sum;
}

/** e^x - 1 by the same series, without the loss near zero; `x` may be scaled by the caller. */
export function fixedExpMinusOne(x: bigint): bigint {
  return fixedExp(x) - ONE;
}

/** ln x for x > 0: powers of two out, the rest by atanh of (x-1)/(x+1) after square roots would be slow. */
export function fixedLog(x: bigint): bigint {
  let scaled = x;
  let exponent = 0n;
  while (scaled >= (ONE * 3n) / 2n) {
    scaled >>= 1n;
    exponent++;
  }
  while (scaled < (ONE * 3n) / 4n) {
    scaled <<= 1n;
    exponent--;
  }
  return logNearOne(scaled - ONE, scaled + ONE) + exponent * fixedLn2;
}

/** 2 atanh(numerator/denominator). */
export function logNearOne(numerator: bigint, denominator: bigint): bigint {
  const z = divideFixed(numerator, denominator);
  const square = multiplyFixed(z, z);
  let power = z;
  let sum = z;
  for (let k = 3n; power !== 0n && power !== -1n; k += 2n) {
    power = multiplyFixed(power, square);
    sum += power / k;
  }
  return sum * 2n;
}

/** sin x for |x| up to about pi/4. */
export function fixedSin(x: bigint): bigint {
  const square = multiplyFixed(x, x);
  let term = x;
  let sum = x;
  for (let k = 2n; term !== 0n && term !== -1n; k += 2n) {
    term = -multiplyFixed(term, square) / (k * (k + 1n));
    sum += term;
  }
  return sum;
}

export function fixedCos(x: bigint): bigint {
  const square = multiplyFixed(x, x);
  let term = ONE;
  let sum = ONE;
  for (let k = 1n; term !== 0n && term !== -1n; k += 2n) {
    term = -multiplyFixed(term, square) / (k * (k + 1n));
    sum += term;
  }
  return sum;
}

/** atan x for 0 <= x <= 1, halving the argument twice first: atan x = 2 atan(x / (1 + sqrt(1 + x^2))). */
export function fixedAtan(x: bigint): bigint {
  let argument = x;
  for (let i = 0; i < 3; i++)
    argument = divideFixed(argument, ONE + rootFixed(ONE + multiplyFixed(argument, argument)));
  const square = multiplyFixed(argument, argument);
  let power = argument;
  let sum = argument;
  for (let k = 3n, sign = -1n; power !== 0n; k += 2n, sign = -sign) {
    power = multiplyFixed(power, square);
    sum += (sign * power) / k;
  }
  return sum * 8n;
}

function rootFixed(value: bigint): bigint {
  const wide = value << SHIFT;
  let root = ONE * 2n;
  for (;;) {
    const next = (root + wide / root) >> 1n;
    if (next >= root) return root;
    root = next;
  }
}
