/**
 * The sticky exception flags of MXCSR (SDM vol. 1, 11.5). Arithmetic looks at operands and result: while the flag for
 * inexact results is set and everything is a normal number, nothing can have happened. Otherwise inline code decides
 * what is simple, and an assist the rest.
 */

import type { Emitter } from '../../emitter.ts';
import { WORKSPACE } from '../../record.ts';
import { MXCSR_OFFSET } from '../../registers.ts';
import type { Local } from '../../wasm/code.ts';
import type { Expression, I32, V128 } from '../../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../../wasm/scalar.ts';
import { vector } from '../../wasm/vector.ts';
import {
  below,
  denormalLanes,
  doubled,
  finiteLanes,
  infinityOf,
  isDenormal,
  isFinite,
  isPlain,
  isZero,
  plainLanes,
  ZERO,
} from './classes.ts';
import { mxcsr } from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';
import { anyOf, packedQuick, scalarQuick, settle, staysUp } from './usual.ts';
import type { Quick } from './usual.ts';

export const INVALID = 0x01;
export const DENORMAL = 0x02;
export const DENORMAL_OR_INVALID = 0x03;
export const PRECISION = 0x20;
/** What operations on denormals with finite results raise. */
const OF_DENORMALS = 0x32;
/** Everything but the sticky flags, and what it is after start: all exceptions masked, to nearest, denormals kept. */
export const CONTROL_BITS = 0xffc0;
export const DEFAULT_CONTROL = 0x1f80;
/** FTZ and DAZ. */
export const FLUSHING = 0x8040;
const ALL_MASKED = 0x1f80;

/** Adds sticky flags that the operation has raised; #XM if one of them is not masked. */
export function raise(e: Emitter, flags: I32): void {
  const { code, control } = e;
  if (control) {
    const news = control.precision ? i32.and(flags, ~PRECISION) : flags;
    return code.unlikely(news, () => e.assist('raise', flags));
  }
  const status = code.keep(mxcsr(e));
  const raised = code.keep(flags);
  const masked = i32.eq(i32.and(status, ALL_MASKED), ALL_MASKED);
  code.if(
    masked,
    () => code.store('i32', e.state(MXCSR_OFFSET), 0, i32.or(status, raised)),
    () => e.assist('raise', raised),
  );
}

export type Name = 'add' | 'sub' | 'mul' | 'div' | 'sqrt';

/** One operation whose operands and result are known. */
export interface Calculation<V> {
  readonly name: Name;
  readonly result: V;
  readonly a: V;
  readonly b: V;
}

/** What {@link guarded} has to know about a calculation. */
export interface Tests {
  /** Some exception but inexactness is possible. */
  readonly unusual: I32;
  /** Unusual, and all the same nothing has happened. */
  readonly harmless: () => I32;
  readonly finite: () => I32;
  readonly inexact: () => I32;
  /** No denormal, which FTZ would make zero. */
  readonly undiminished?: () => I32;
  readonly quick?: Quick;
}

export function scalarTests(format: ScalarFormat, calculation: Calculation<Float>): Tests {
  const { name, result, a, b } = calculation;
  const operands = name === 'sqrt' ? [b] : [a, b];
  const denormal = anyOf(operands.map(value => isDenormal(format, value)));
  const usual = staysUp(name) ? isFinite(format, result) : isPlain(format, result);
  return {
    unusual: i32.or(denormal, i32.eqz(usual)),
    harmless: () => i32.and(i32.eqz(denormal), exactException(format, calculation)),
    finite: () => isFinite(format, result),
    inexact: () => scalarInexact(format, calculation),
    undiminished: () => i32.eqz(isDenormal(format, result)),
    quick: scalarQuick(format, calculation),
  };
}

/** Zeros and infinities that come of zeros and infinities. */
function exactException(format: ScalarFormat, { name, result, a, b }: Calculation<Float>): I32 {
  if (name === 'sqrt') return i32.const(0);
  if (name === 'mul') return i32.and(isZero(result), i32.or(isZero(a), isZero(b)));
  if (name === 'div') return i32.and(isZero(result), isZero(a));
  const infinity = infinityOf(format);
  const isInfinite = (value: Float): I32 => below(doubled(value), infinity, infinity + 1n);
  return i32.and(isInfinite(result), i32.or(isInfinite(a), isInfinite(b)));
}

export function packedTests(format: PackedFormat, calculation: Calculation<V128>): Tests {
  const { name, result, a, b } = calculation;
  const operands = name === 'sqrt' ? [b] : [a, b];
  const denormal = operands.map(value => denormalLanes(format, value)).reduce((some, next) => vector.or(some, next));
  const zero = (value: V128): V128 => format.ops.eq(value, ZERO);
  let fine = staysUp(name) ? finiteLanes(format, result) : plainLanes(format, result);
  if (name === 'mul') fine = vector.or(fine, vector.and(zero(result), vector.or(zero(a), zero(b))));
  if (name === 'div') fine = vector.or(fine, vector.and(zero(result), zero(a)));
  return {
    unusual: vector.anyTrue(vector.or(denormal, vector.not(fine))),
    harmless: () => i32.const(0),
    finite: () => i32.eqz(vector.anyTrue(vector.not(finiteLanes(format, result)))),
    inexact: () => packedInexact(format, calculation),
    undiminished: () => i32.eqz(vector.anyTrue(denormalLanes(format, result))),
    quick: packedQuick(format, calculation),
  };
}

/** The error of a rounded sum (Knuth's TwoSum): nothing is lost while nothing overflows. */
function sumError<V>(operators: { add(a: V, b: V): V; sub(a: V, b: V): V }, { name, result, a, b }: Calculation<V>): V {
  const { add, sub } = operators;
  const other = sub(result, a);
  const first = sub(a, sub(result, other));
  return name === 'add' ? add(first, sub(b, other)) : sub(first, add(b, other));
}

function scalarInexact(format: ScalarFormat, calculation: Calculation<Float>): I32 {
  const { name, result, a, b } = calculation;
  if (name === 'add' || name === 'sub') {
    const error = sumError<Float>(format.ops, calculation);
    const zero = format.fromBits(i64.const(0));
    // Of infinities the error is NaN, which neither is.
    return i32.or(format.ops.lt(error, zero), format.ops.gt(error, zero));
  }
  const differs = format.type === 'f32' ? singleInexact(name, result, a, b) : doubleInexact(name, result, a, b);
  return i32.and(i32.eqz(isZero(result)), differs); // zeros are always exact here
}

/** Products of singles are exact as doubles. */
function singleInexact(name: Name, result: Float, a: Float, b: Float): I32 {
  const wide = (value: Float): Expression<'f64'> => f64.promote(value as Expression<'f32'>);
  if (name === 'mul') return f64.ne(f64.mul(wide(a), wide(b)), wide(result));
  return f64.ne(f64.mul(wide(result), wide(name === 'div' ? b : result)), wide(name === 'div' ? a : b));
}

/** The significand of a normal double as an odd integer. */
function oddPart(value: Float): Expression<'i64'> {
  const bits = i64.reinterpret(value as Expression<'f64'>);
  const significand = i64.or(i64.and(bits, 0xf_ffff_ffff_ffffn), 0x10_0000_0000_0000n);
  return i64.shru(significand, i64.ctz(significand));
}

/**
 * A product of odd parts is exact when it has no more than 53 bits; then it fits into 64. Quotients and roots are exact
 * when the way back is.
 */
function doubleInexact(name: Name, result: Float, a: Float, b: Float): I32 {
  const [x, y, whole] = name === 'mul' ? [a, b, undefined] : name === 'div' ? [result, b, a] : [result, result, b];
  const [oddX, oddY] = [oddPart(x), oddPart(y)];
  const tooLong = i64.ltu(i64.add(i64.clz(oddX), i64.clz(oddY)), 128 - 54);
  const product = i64.mul(oddX, oddY);
  const differs = whole ? i64.ne(product, oddPart(whole)) : i64.gtu(product, 0x1f_ffff_ffff_ffffn);
  return i32.or(tooLong, differs);
}

function packedInexact(format: PackedFormat, calculation: Calculation<V128>): I32 {
  const { name, result, a, b } = calculation;
  if (name === 'add' || name === 'sub') {
    return vector.anyTrue(format.ops.ne(sumError<V128>(format.ops, calculation), ZERO));
  }
  return format.lanes
    .map(lane => {
      const [r, x, y] = [result, a, b].map(value => format.lane(value, lane));
      return scalarInexact(format.scalar, { name, result: r, a: x, b: y });
    })
    .reduce((any, next) => i32.or(any, next));
}

/** Of several calculations in a row. */
export function joinTests(all: readonly Tests[]): Tests {
  const any = (of: (tests: Tests) => I32): I32 => all.map(of).reduce((some, next) => i32.or(some, next));
  return {
    unusual: any(tests => tests.unusual),
    harmless: () => i32.const(0),
    finite: () => i32.eqz(any(tests => i32.eqz(tests.finite()))),
    inexact: () => any(tests => tests.inexact()),
  };
}

/** Which operands the assist reads, from their places; its result is at WORKSPACE. */
export interface Assistance {
  readonly name: string;
  readonly first: number;
  readonly second: number;
  readonly third?: number;
}

/** The value, or where anything else than a masked inexact result may have happened what the assist says. */
export function guarded<T extends 'f32' | 'f64' | 'v128'>(
  e: Emitter,
  value: Local<T>,
  tests: Tests,
  { name, first, second, third }: Assistance,
): Expression<T> {
  const { code, control } = e;
  const assist = (): void =>
    e.assist(name, e.operandPlace(first), e.operandPlace(second), third === undefined ? 0 : e.operandPlace(third));
  if (control) return settle(e, control, value, tests, assist);
  const status = code.keep(mxcsr(e));
  const unusual = code.keep(tests.unusual);
  const settled = i32.eq(i32.and(status, CONTROL_BITS | PRECISION), DEFAULT_CONTROL | PRECISION);
  code.unlikely(i32.or(unusual, i32.eqz(settled)), () =>
    code.block(done => {
      // With FTZ and DAZ, too, nothing happens as long as there are no denormals.
      code.if(i32.eq(i32.and(status, CONTROL_BITS & ~FLUSHING), DEFAULT_CONTROL), () => {
        const flushing = i32.and(status, FLUSHING);
        // Where the flags of denormals are set, finite results bring no others.
        const flagged = i32.eq(i32.and(status, OF_DENORMALS | FLUSHING), OF_DENORMALS);
        code.branchIf(done, i32.and(flagged, tests.finite()));
        const whole = tests.undiminished?.() ?? i32.const(0);
        const plain = i32.and(i32.eqz(unusual), i32.or(i32.eqz(flushing), whole));
        code.if(i32.or(plain, i32.and(i32.eqz(flushing), tests.harmless())), () => {
          code.if(tests.inexact(), () => code.store('i32', e.state(MXCSR_OFFSET), 0, i32.or(status, PRECISION)));
          code.branch(done);
        });
      });
      assist();
      takeResult(e, value);
    }),
  );
  return value;
}

function takeResult(e: Emitter, value: Local<'f32' | 'f64' | 'v128'>): void {
  if (value.type === 'f32') e.code.set(value as Local<'f32'>, f32.load(0, WORKSPACE));
  else if (value.type === 'f64') e.code.set(value as Local<'f64'>, f64.load(0, WORKSPACE));
  else e.code.set(value as Local<'v128'>, vector.load(0, WORKSPACE));
}
