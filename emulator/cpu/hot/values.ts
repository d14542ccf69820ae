/** Values of registers and memory as the region's operations want them. */

import type { AssumedControl } from '../emitter.ts';
import { FLUSHING, PRECISION } from '../operations/sse/exceptions.ts';
import { Expression } from '../wasm/expression.ts';
import type { Affine, I32, I64, Type } from '../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../wasm/scalar.ts';

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
