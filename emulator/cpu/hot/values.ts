/** Values of registers and memory as the region's operations want them. */

import type { AssumedControl } from '../emitter.ts';
import { FLUSHING, PRECISION } from '../operations/sse/exceptions.ts';
import { Expression } from '../wasm/expression.ts';
import type { Affine, F32, F64, I32, I64, Type, V128 } from '../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../wasm/scalar.ts';
import { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16 } from '../wasm/vector.ts';

export function assumed(control: number, noteUsual: AssumedControl['noteUsual']): AssumedControl {
  return { precision: (control & PRECISION) !== 0, flushes: (control & FLUSHING) !== 0, noteUsual };
}

export function affineOf({ known: { affine, constant } }: I64): Affine | undefined {
  return affine ?? (constant === undefined ? undefined : { base: 0, offset: Number(constant) });
}

/** The low half of a register as its zero extension, made anew at each use: that costs nothing. */
export function zeroExtended(whole: I64): I64 {
  const low = i32.wrap(whole);
  return i64.extendu(new Expression('i32', low.write, { settled: true }));
}

export function floatLoad<T extends 'f32' | 'f64'>(type: T, at: I32): Expression<T> {
  return (type === 'f32' ? f32.load(at) : f64.load(at)) as Expression<Type> as Expression<T>;
}

/** A vector with its low `size` bytes replaced. */
export function withLow(register: V128, value: Expression<Type>, size: number): V128 {
  if (value.type === 'f32') return f32x4.replace(register, 0, value as F32);
  if (value.type === 'f64') return f64x2.replace(register, 0, value as F64);
  const word = value as I64;
  if (size === 8) return i64x2.replace(register, 0, word);
  if (size === 4) return i32x4.replace(register, 0, i32.wrap(word));
  return size === 2 ? i16x8.replace(register, 0, i32.wrap(word)) : i8x16.replace(register, 0, i32.wrap(word));
}
