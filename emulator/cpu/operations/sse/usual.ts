/**
 * Zeros and normal numbers. Where an engine has made sure of MXCSR (`AssumedControl`), arithmetic on them that gives
 * them again raises nothing but inexactness; whatever else comes up is left to an assist. So most of what has to be
 * looked at is the upper word of a result.
 */

import type { AssumedControl, Emitter } from '../../emitter.ts';
import { withUsual } from '../../wasm/expression.ts';
import type { Expression, I32, NumberFormat, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i64x2, vector } from '../../wasm/vector.ts';
import { plainLanes, ZERO } from './classes.ts';
import type { Calculation, Name } from './exceptions.ts';
import { PACKED_SINGLE } from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';

/** How one calculation is looked at. */
export interface Quick {
  readonly format: NumberFormat;
  /** Leaves unless operands and result are usual, and zero only for operands that are. */
  readonly check: (e: Emitter, leave: () => void) => void;
  /** Certainly exact; cheap. */
  readonly exact?: I32;
}

function packedFormat(format: PackedFormat): NumberFormat {
  return format === PACKED_SINGLE ? 'f32x4' : 'f64x2';
}

/** SQRT and addition do not leave the normal numbers but for infinity. */
export const staysUp = (name: Name): boolean => name === 'add' || name === 'sub' || name === 'sqrt';

/** Not a normal number, or one below `least` times the least of them. */
export function isSuspect(format: ScalarFormat, value: Float, least: 1 | 2 = 1): I32 {
  const single = format.type === 'f32';
  const word = single
    ? i32.reinterpret(value as Expression<'f32'>)
    : i32.wrap(i64.shru(i64.reinterpret(value as Expression<'f64'>), 32));
  // Without the sign: an exponent has 8 or 11 bits, of which all ones are infinities and NaNs.
  const unit = single ? 0x100_0000 : 0x20_0000;
  const size = -unit - least * unit;
  return i32.geu(i32.sub(i32.shl(word, 1), least * unit), size);
}

export function anyOf(conditions: readonly I32[]): I32 {
  return conditions.reduce((any, next) => i32.or(any, next), i32.const(0));
}

/** Leaves unless all these are usual, as far as that is not known. */
export function checkUsual(e: Emitter, format: ScalarFormat, values: readonly Float[], leave: () => void): void {
  const zero = format.fromBits(i64.const(0));
  for (const value of values) {
    if (value.known.usual === format.type) continue;
    e.code.unlikely(isSuspect(format, value), () => e.code.unlikely(format.ops.ne(value, zero), leave));
  }
}

/** Whether a result that is zero or next to the denormals, or no number, cannot be of operands that are usual. */
function isStrange(format: ScalarFormat, { name, result, a, b }: Calculation<Float>): I32 {
  const { ne } = format.ops;
  const zero = format.fromBits(i64.const(0));
  const own = ne(result, zero);
  if (name === 'mul') return i32.or(own, i32.and(ne(a, zero), ne(b, zero)));
  return name === 'div' ? i32.or(own, ne(a, zero)) : own;
}

export function scalarQuick(format: ScalarFormat, calculation: Calculation<Float>): Quick {
  const { name, result, a, b } = calculation;
  return {
    format: format.type,
    check: (e, leave) => {
      checkUsual(e, format, name === 'sqrt' ? [b] : [a, b], leave);
      const suspect = isSuspect(format, result, staysUp(name) ? 1 : 2);
      e.code.unlikely(suspect, () => e.code.unlikely(isStrange(format, calculation), leave));
    },
    ...(name === 'mul' && format.type === 'f64' ? { exact: shortFactors(a, b) } : {}),
  };
}

/** Lanes that are not normal, or below `least` times the least normal number. */
function suspectLanes(format: PackedFormat, value: V128, least: 1 | 2 = 1): V128 {
  return vector.not(plainLanes(format, value, least));
}

function strangeLanes({ ops }: PackedFormat, { name, result, a, b }: Calculation<V128>): V128 {
  const own = ops.ne(result, ZERO);
  if (name === 'mul') return vector.or(own, vector.and(ops.ne(a, ZERO), ops.ne(b, ZERO)));
  return name === 'div' ? vector.or(own, ops.ne(a, ZERO)) : own;
}

export function packedQuick(format: PackedFormat, calculation: Calculation<V128>): Quick {
  const { name, result, a, b } = calculation;
  const number = packedFormat(format);
  return {
    format: number,
    check: ({ code }, leave) => {
      const lookAt = (suspect: V128, strange: () => V128): void => {
        const lanes = code.keep(suspect);
        code.unlikely(vector.anyTrue(lanes), () => code.unlikely(vector.anyTrue(vector.and(lanes, strange())), leave));
      };
      for (const value of name === 'sqrt' ? [b] : [a, b])
        if (value.known.usual !== number) lookAt(suspectLanes(format, value), () => format.ops.ne(value, ZERO));
      const suspect = suspectLanes(format, result, staysUp(name) ? 1 : 2);
      lookAt(suspect, () => strangeLanes(format, calculation));
    },
    ...(name === 'mul' && number === 'f64x2' ? { exact: shortLanes(a, b) } : {}),
  };
}

const LOWER_HALVES = i64x2.splat(i64.const(0x7ff_ffff));

/** The same in both lanes. */
function shortLanes(a: V128, b: V128): I32 {
  return i32.eqz(vector.anyTrue(vector.and(vector.or(a, b), LOWER_HALVES)));
}

/** Products of significands without their lower halves. */
function shortFactors(a: Float, b: Float): I32 {
  const bits = (value: Float) => i32.wrap(i64.reinterpret(value as Expression<'f64'>));
  return i32.eqz(i32.and(i32.or(bits(a), bits(b)), 0x7ff_ffff));
}

/**
 * Leaves where something else than an inexact result comes up, or this where the sticky flag is not set. The value with
 * what is known of it then.
 */
export function settle<T extends 'f32' | 'f64' | 'v128'>(
  e: Emitter,
  { precision, flushes, noteUsual }: AssumedControl,
  value: Expression<T>,
  tests: {
    readonly unusual: I32;
    readonly harmless: () => I32;
    readonly inexact: () => I32;
    readonly quick?: Quick | undefined;
  },
  leave: () => void,
): Expression<T> {
  const { code } = e;
  const { quick } = tests;
  if (quick) quick.check(e, leave);
  else if (flushes)
    leave(); // of these nothing tells denormals apart
  else code.unlikely(tests.unusual, () => code.unlikely(i32.eqz(tests.harmless()), leave));
  if (!precision) {
    const check = (): void => code.unlikely(tests.inexact(), leave);
    if (quick?.exact) code.unlikely(i32.eqz(quick.exact), check);
    else check();
  }
  if (!quick) return value;
  noteUsual(1, quick.format);
  return withUsual(value, quick.format);
}
