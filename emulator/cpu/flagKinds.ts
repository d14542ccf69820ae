/**
 * The ways in which instructions set all six flags, one row each: how the flag words follow from the values that the
 * instruction worked on, and the conditions that can be had from those values directly. The cold engine calculates the
 * words at once; hot code keeps the values and calculates what is asked for.
 */

import { comparisonWords, carryWordOf } from './flagWords.ts';
import type { FlagWords } from './flagWords.ts';
import type { Code } from './wasm/code.ts';
import type { Expression, I32, I64 } from './wasm/expression.ts';
import { f32, f64, i32, i64 } from './wasm/scalar.ts';
import { signBit, signExtend, toTop, zeroExtend } from './wasm/widths.ts';

/**
 * - `sum`, `difference`: of the two operands. The carried forms have the result as a third.
 * - `increment`, `decrement`: the result, and CF from before at bit 0.
 * - `logic`: the result; CF and OF are clear.
 * - `left`, `right`, `arithmeticRight`: what is shifted, and the count, which is not zero.
 * - `product`: the two signed factors, of 8 bytes. `overflow`: the result, and CF and OF at bit 0.
 * - `singles`, `doubles`: the bits of two floats that are compared.
 */
export type FlagKind =
  | 'sum'
  | 'sumWithCarry'
  | 'difference'
  | 'differenceWithBorrow'
  | 'increment'
  | 'decrement'
  | 'logic'
  | 'left'
  | 'right'
  | 'arithmeticRight'
  | 'product'
  | 'overflow'
  | 'singles'
  | 'doubles';

/** Values are zero-extended from `size` bytes, unless said otherwise, and kept. */
type Words = (code: Code, size: number, a: I64, b: I64, c: I64) => FlagWords;
/** Of an even condition code; undefined where the words have to be asked. */
type Condition = (size: number, a: I64, b: I64) => I32;

interface KindRow {
  readonly words: Words;
  /** By half the condition code. */
  readonly conditions: Readonly<Record<number, Condition>>;
}

const NOTHING = i64.const(0);
const OVERFLOW = 0;
const CARRY = 1;
const ZERO = 2;
const CARRY_OR_ZERO = 3;
const SIGN = 4;
const PARITY = 5;
const LESS = 6;
const LESS_OR_EQUAL = 7;

/** `carries` has at each bit the carry (borrow) out of it: the top two give CF and OF. */
function arithmetic(size: number, result: I64, carries: I64, a: I64, b: I64): FlagWords {
  return {
    result: signExtend(size, result),
    carry: toTop(size, carries),
    extra: i64.and(i64.xor(i64.xor(a, b), result), 16),
  };
}

function sumWords(size: number, a: I64, b: I64, sum: I64): FlagWords {
  return arithmetic(size, sum, i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.not(sum))), a, b);
}

function differenceWords(size: number, a: I64, b: I64, difference: I64): FlagWords {
  const borrows = i64.or(i64.and(i64.not(a), b), i64.and(i64.not(i64.xor(a, b)), difference));
  return arithmetic(size, difference, borrows, a, b);
}

/** A word with its CF replaced; OF stays. */
function withCarry(code: Code, carryWord: I64, carry: I64): I64 {
  const word = code.keep(carryWord);
  return carryWordOf(carry, i64.shru(i64.xor(word, i64.shl(word, 1)), 63));
}

function resultWords(size: number, result: I64, carry: I64, overflow: I64): FlagWords {
  return {
    result: signExtend(size, result),
    carry: carryWordOf(i64.and(carry, 1), i64.and(overflow, 1)),
    extra: NOTHING,
  };
}

/** Upper 64 bits of the unsigned 128-bit product, from four products of halves. */
export function highProduct(code: Code, a: I64, b: I64): I64 {
  const low = (value: I64): I64 => code.keep(i64.and(value, 0xffff_ffff));
  const high = (value: I64): I64 => code.keep(i64.shru(value, 32));
  const [aLow, aHigh, bLow, bHigh] = [low(a), high(a), low(b), high(b)];
  const middle = code.keep(i64.add(i64.mul(aHigh, bLow), high(i64.mul(aLow, bLow))));
  const other = code.keep(i64.add(i64.mul(aLow, bHigh), low(middle)));
  return code.keep(i64.add(i64.add(i64.mul(aHigh, bHigh), high(middle)), high(other)));
}

/** The signed upper half: the unsigned one less each factor whose partner is negative. */
export function highSignedProduct(code: Code, a: I64, b: I64): I64 {
  const correction = i64.add(i64.and(i64.shrs(a, 63), b), i64.and(i64.shrs(b, 63), a));
  return code.keep(i64.sub(highProduct(code, a, b), correction));
}

/** Two values as the size's signed integers, in the narrowest form that compares cheaply. */
function signedCompare(name: 'lts' | 'les'): Condition {
  return (size, a, b) => {
    if (size === 4) return i32[name](i32.wrap(a), i32.wrap(b));
    return i64[name](signExtend(size, a), signExtend(size, b));
  };
}

function unsignedCompare(name: 'ltu' | 'leu'): Condition {
  return (size, a, b) => (size === 8 ? i64[name](a, b) : i32[name](i32.wrap(a), i32.wrap(b)));
}

function isZero(size: number, value: I64): I32 {
  if (size === 8) return i64.eqz(value);
  return i32.eqz(size === 4 ? i32.wrap(value) : i32.and(i32.wrap(value), 2 ** (size * 8) - 1));
}

function isNegative(size: number, value: I64): I32 {
  if (size === 8) return i64.lts(value, 0);
  if (size === 4) return i32.lts(i32.wrap(value), 0);
  return i32.lts(size === 2 ? i32.extend16(i32.wrap(value)) : i32.extend8(i32.wrap(value)), 0);
}

function parityOf(value: I64): I32 {
  return i32.and(i32.xor(i32.popcnt(i32.and(i32.wrap(value), 0xff)), 1), 1);
}

/** ZF, SF and PF of a result. */
function ofResult(result: (size: number, a: I64, b: I64) => I64): Readonly<Record<number, Condition>> {
  return {
    [ZERO]: (size, a, b) => isZero(size, result(size, a, b)),
    [SIGN]: (size, a, b) => isNegative(size, result(size, a, b)),
    [PARITY]: (size, a, b) => parityOf(result(size, a, b)),
  };
}

const DIFFERENCE: Readonly<Record<number, Condition>> = {
  ...ofResult((_, a, b) => i64.sub(a, b)),
  [CARRY]: unsignedCompare('ltu'),
  [ZERO]: (size, a, b) => (size === 8 ? i64.eq(a, b) : i32.eq(i32.wrap(a), i32.wrap(b))),
  [CARRY_OR_ZERO]: unsignedCompare('leu'),
  [LESS]: signedCompare('lts'),
  [LESS_OR_EQUAL]: signedCompare('les'),
};

const SUM: Readonly<Record<number, Condition>> = {
  ...ofResult((_, a, b) => i64.add(a, b)),
  [CARRY]: (size, a, b) =>
    size === 8
      ? i64.ltu(i64.add(a, b), a)
      : i32.wrap(i64.and(i64.shru(i64.add(zeroExtend(size, a), zeroExtend(size, b)), size * 8), 1)),
};

const LOGIC: Readonly<Record<number, Condition>> = {
  ...ofResult((_, result) => result),
  [OVERFLOW]: () => i32.const(0),
  [CARRY]: () => i32.const(0),
  [CARRY_OR_ZERO]: isZero,
  [LESS]: isNegative,
  [LESS_OR_EQUAL]: (size, result) => (size === 8 ? i64.les(result, 0) : i64.les(signExtend(size, result), 0)),
};

const STEP = {
  ...ofResult((_, result) => result),
  [CARRY]: (_: number, _result: I64, carry: I64) => i32.wrap(carry),
};

interface FloatOperators {
  readonly eq: (a: Expression<'f64'>, b: Expression<'f64'>) => I32;
  readonly ne: (a: Expression<'f64'>, b: Expression<'f64'>) => I32;
  readonly gt: (a: Expression<'f64'>, b: Expression<'f64'>) => I32;
  readonly ge: (a: Expression<'f64'>, b: Expression<'f64'>) => I32;
}

/** COMIS and UCOMIS: ZF, PF, CF as of an unsigned comparison, all set when unordered; the others clear. */
function floatRow(ops: FloatOperators, valueOf: (bits: I64) => Expression<'f64'>): KindRow {
  const unordered = (a: I64, b: I64): I32 => i32.or(ops.ne(valueOf(a), valueOf(a)), ops.ne(valueOf(b), valueOf(b)));
  const below: Condition = (_, a, b) => i32.eqz(ops.ge(valueOf(a), valueOf(b)));
  const equal: Condition = (_, a, b) => i32.or(ops.eq(valueOf(a), valueOf(b)), unordered(a, b));
  return {
    words: (code, size, a, b) => comparisonWords(code, equal(size, a, b), unordered(a, b), below(size, a, b)),
    conditions: {
      [OVERFLOW]: () => i32.const(0),
      [CARRY]: below,
      [ZERO]: equal,
      [CARRY_OR_ZERO]: (_, a, b) => i32.eqz(ops.gt(valueOf(a), valueOf(b))),
      [SIGN]: () => i32.const(0),
      [PARITY]: (_, a, b) => unordered(a, b),
    },
  };
}

export const FLAG_KINDS: Readonly<Record<FlagKind, KindRow>> = {
  sum: {
    words: (code, size, a, b) => sumWords(size, a, b, code.keep(i64.add(a, b))),
    conditions: SUM,
  },
  sumWithCarry: {
    words: (_, size, a, b, sum) => sumWords(size, a, b, sum),
    conditions: {},
  },
  difference: {
    words: (code, size, a, b) => differenceWords(size, a, b, code.keep(i64.sub(a, b))),
    conditions: DIFFERENCE,
  },
  differenceWithBorrow: {
    words: (_, size, a, b, difference) => differenceWords(size, a, b, difference),
    conditions: {},
  },
  increment: {
    words: (code, size, sum, carry) => {
      const words = sumWords(size, code.keep(i64.sub(sum, 1)), i64.const(1), sum);
      return { ...words, carry: withCarry(code, words.carry, carry) };
    },
    conditions: STEP,
  },
  decrement: {
    words: (code, size, difference, carry) => {
      const words = differenceWords(size, code.keep(i64.add(difference, 1)), i64.const(1), difference);
      return { ...words, carry: withCarry(code, words.carry, carry) };
    },
    conditions: STEP,
  },
  logic: {
    words: (_, size, result) => ({ result: signExtend(size, result), carry: NOTHING, extra: NOTHING }),
    conditions: LOGIC,
  },
  left: {
    words: (code, size, a, count) => {
      const result = code.keep(i64.shl(a, count));
      // The last bit shifted out: above an operand of at most 4 bytes there is room to find it in the result.
      const carry = code.keep(size === 8 ? i64.shru(a, i64.sub(64, count)) : i64.shru(result, size * 8));
      return resultWords(size, result, carry, i64.xor(signBit(size, result), carry));
    },
    conditions: ofResult((_, a, count) => i64.shl(a, count)),
  },
  right: {
    words: (_, size, a, count) =>
      resultWords(size, i64.shru(a, count), i64.shru(a, i64.sub(count, 1)), signBit(size, a)),
    conditions: ofResult((_, a, count) => i64.shru(a, count)),
  },
  /** The value is sign-extended. */
  arithmeticRight: {
    words: (_, size, a, count) => resultWords(size, i64.shrs(a, count), i64.shrs(a, i64.sub(count, 1)), NOTHING),
    conditions: ofResult((_, a, count) => i64.shrs(a, count)),
  },
  product: {
    words: (code, size, a, b) => {
      const low = code.keep(i64.mul(a, b));
      const overflow = code.keep(i64.extendu(i64.ne(highSignedProduct(code, a, b), i64.shrs(low, 63))));
      return resultWords(size, low, overflow, overflow);
    },
    conditions: {},
  },
  overflow: {
    words: (_, size, result, bit) => resultWords(size, result, bit, bit),
    conditions: {
      ...ofResult((_, result) => result),
      [OVERFLOW]: (_, _result, bit) => i32.wrap(bit),
      [CARRY]: (_, _result, bit) => i32.wrap(bit),
    },
  },
  singles: floatRow(f32 as unknown as FloatOperators, bits => f32.reinterpret(i32.wrap(bits)) as never),
  doubles: floatRow(f64, bits => f64.reinterpret(bits)),
};
