/**
 * What need not be calculated when code runs: operators on constants, neutral operands, and the lower halves of 64-bit
 * values. Immediates are constants in hot code, so operations that look general become what the instruction needs.
 */

import { apply, Expression, literal } from './expression.ts';
import type { Affine, I32, I64, Operand } from './expression.ts';

type Fold<T> = (a: T, b: T) => T | boolean;

/** Operators whose right operand 0 changes nothing. */
const ZERO_IS_NEUTRAL: ReadonlySet<string> = new Set([
  'add',
  'sub',
  'or',
  'xor',
  'shl',
  'shru',
  'shrs',
  'rotl',
  'rotr',
]);

const I32_FOLDS: Readonly<Record<string, Fold<number>>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => Math.imul(a, b),
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << b,
  shru: (a, b) => a >>> b,
  shrs: (a, b) => a >> b,
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lts: (a, b) => a < b,
  gts: (a, b) => a > b,
  les: (a, b) => a <= b,
  ges: (a, b) => a >= b,
  ltu: (a, b) => a >>> 0 < b >>> 0,
  gtu: (a, b) => a >>> 0 > b >>> 0,
  leu: (a, b) => a >>> 0 <= b >>> 0,
  geu: (a, b) => a >>> 0 >= b >>> 0,
};

const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);

const I64_FOLDS: Readonly<Record<string, Fold<bigint>>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  mul: (a, b) => a * b,
  and: (a, b) => a & b,
  or: (a, b) => a | b,
  xor: (a, b) => a ^ b,
  shl: (a, b) => a << (b & 63n),
  shru: (a, b) => unsigned(a) >> (b & 63n),
  shrs: (a, b) => a >> (b & 63n),
  eq: (a, b) => a === b,
  ne: (a, b) => a !== b,
  lts: (a, b) => a < b,
  gts: (a, b) => a > b,
  les: (a, b) => a <= b,
  ges: (a, b) => a >= b,
  ltu: (a, b) => unsigned(a) < unsigned(b),
  gtu: (a, b) => unsigned(a) > unsigned(b),
  leu: (a, b) => unsigned(a) <= unsigned(b),
  geu: (a, b) => unsigned(a) >= unsigned(b),
};

type Operators<N extends string, T extends 'i32' | 'i64', R extends 'i32' | 'i64'> = Record<
  N,
  (a: Operand<T>, b: Operand<T>) => Expression<R>
>;

/** The i32 operators, with constants and neutral operands settled at once. */
export function folding<N extends string>(operators: Operators<N, 'i32', 'i32'>): Operators<N, 'i32', 'i32'> {
  const folded = {} as Operators<N, 'i32', 'i32'>;
  for (const name in operators) {
    const fold = I32_FOLDS[name];
    folded[name] = (left, right) => {
      const a = literal('i32', left);
      const b = literal('i32', right);
      const x = a.known.constant;
      const y = b.known.constant;
      if (fold && x !== undefined && y !== undefined) return literal('i32', Number(fold(x as number, y as number)));
      if (y === 0 && ZERO_IS_NEUTRAL.has(name)) return a;
      if (y === -1 && name === 'and') return a;
      return operators[name](a, b);
    };
  }
  return folded;
}

/** A value that is another one plus a constant, moved by a constant more. */
function moved({ known: { affine } }: Expression<'i64'>, by: number | bigint | undefined): Affine | undefined {
  if (!affine || by === undefined) return undefined;
  return { base: affine.base, offset: affine.offset + Number(by) };
}

/** Those i64 operators whose lower half depends on lower halves only. */
const HALVES: ReadonlySet<string> = new Set(['add', 'sub', 'mul', 'and', 'or', 'xor']);

/** The i64 operators likewise; `halves` are the i32 operators, for results of which only the lower half is used. */
export function foldingWide<N extends string, R extends 'i32' | 'i64'>(
  operators: Operators<N, 'i64', R>,
  halves: Partial<Record<string, (a: Operand<'i32'>, b: Operand<'i32'>) => I32>> = {},
): Operators<N, 'i64', R> {
  const folded = {} as Operators<N, 'i64', R>;
  for (const name in operators) {
    const fold = I64_FOLDS[name];
    const half = halves[name];
    folded[name] = (left, right) => {
      const a = literal('i64', left);
      const b = literal('i64', right);
      const x = a.known.constant;
      const y = b.known.constant;
      if (fold && x !== undefined && y !== undefined) {
        const result = fold(x as bigint, y as bigint);
        return typeof result === 'boolean'
          ? (literal('i32', Number(result)) as unknown as Expression<R>)
          : (literal('i64', result) as unknown as Expression<R>);
      }
      if (y === 0n && ZERO_IS_NEUTRAL.has(name)) return a as unknown as Expression<R>;
      if (y === -1n && name === 'and') return a as unknown as Expression<R>;
      const value = operators[name](a, b);
      const affine =
        name === 'add' ? moved(a, y) : name === 'sub' ? moved(a, y === undefined ? y : -(y as bigint)) : undefined;
      if (affine) {
        return new Expression(value.type, value.write, {
          affine,
          low: half && (() => half(lowerHalf(a), lowerHalf(b))),
        });
      }
      if (!half) return value;
      const shiftedOut = name === 'shl' && (y === undefined || (y as bigint) > 31n);
      if (!HALVES.has(name) && (name !== 'shl' || shiftedOut)) return value;
      return new Expression(value.type, value.write, { low: () => half(lowerHalf(a), lowerHalf(b)) });
    };
  }
  return folded;
}

/** The lower half of a 64-bit value, made as narrow as its operands allow. */
export function lowerHalf(operand: Operand<'i64'>): I32 {
  const value = literal('i64', operand);
  const { constant, narrow, low } = value.known;
  if (constant !== undefined) return literal('i32', Number(BigInt.asIntN(32, constant as bigint)));
  return narrow ?? low?.() ?? apply('i32', 0xa7, value);
}

export function zeroExtended(operand: Operand<'i32'>): I64 {
  const value = literal('i32', operand);
  const { constant } = value.known;
  if (constant !== undefined) return literal('i64', (constant as number) >>> 0);
  const { write } = apply('i64', 0xad, value);
  return new Expression('i64', write, { narrow: value });
}

export function signExtended(operand: Operand<'i32'>): I64 {
  const value = literal('i32', operand);
  const { constant } = value.known;
  if (constant !== undefined) return literal('i64', constant);
  const { write } = apply('i64', 0xac, value);
  return new Expression('i64', write, { low: () => value });
}

type Load<R extends 'i32' | 'i64'> = (address: Operand<'i32'>, offset?: number) => Expression<R>;

/** A 64-bit load of 32 bits or less with zeros above, known to be no more than `narrow`. */
export function narrowLoad(load: Load<'i64'>, narrow: Load<'i32'>): Load<'i64'> {
  return (address, offset) => new Expression('i64', load(address, offset).write, { narrow: narrow(address, offset) });
}

/** 1 when the value is zero. */
export function zeroTest(test: (value: I64) => I32): (operand: Operand<'i64'>) => I32 {
  return operand => {
    const value = literal('i64', operand);
    const { constant, narrow } = value.known;
    if (constant !== undefined) return literal('i32', constant === 0n ? 1 : 0);
    return narrow ? apply('i32', 0x45, narrow) : test(value);
  };
}
