/** Integers of 1, 2, 4 and 8 bytes inside 64-bit WebAssembly values, and at the low end of vectors. */

import type { Code, StoreWidth } from './code.ts';
import { i32, i64 } from './scalar.ts';
import { f32x4, f64x2, i16x8, i32x4, i64x2, i8x16 } from './vector.ts';
import type { Expression, F32, F64, I32, I64, Operand, Type, V128 } from './expression.ts';

const LOADS: Readonly<Record<number, typeof i64.load>> = { 1: i64.load8u, 2: i64.load16u, 4: i64.load32u, 8: i64.load };
const STORES: Readonly<Record<number, StoreWidth>> = { 1: 'i64as8', 2: 'i64as16', 4: 'i64as32', 8: 'i64' };

/** Reads `size` bytes, zero-extended. */
export function loadBytes(size: number, address: Operand<'i32'>, offset = 0): I64 {
  return LOADS[size](address, offset);
}

/** Writes the low `size` bytes. */
export function storeBytes(code: Code, size: number, address: Operand<'i32'>, offset: number, value: I64): void {
  code.store(STORES[size], address, offset, value);
}

export function zeroExtend(size: number, value: I64): I64 {
  if (size === 8) return value;
  if (size === 4) return i64.extendu(i32.wrap(value));
  return i64.and(value, 2 ** (size * 8) - 1);
}

export function signExtend(size: number, value: I64): I64 {
  if (size === 8) return value;
  return size === 4 ? i64.extend32(value) : size === 2 ? i64.extend16(value) : i64.extend8(value);
}

/** Moves the value's sign bit to the top of the 64 bits. */
export function toTop(size: number, value: I64): I64 {
  return size === 8 ? value : i64.shl(value, 64 - size * 8);
}

/** The sign bit as 0 or 1. */
export function signBit(size: number, value: I64): I64 {
  const shifted = i64.shru(value, size * 8 - 1);
  return size === 8 ? shifted : i64.and(shifted, 1);
}

export function lowHalf(value: I64): I32 {
  return i32.wrap(value);
}

export function highHalf(value: I64): I32 {
  return i32.wrap(i64.shru(value, 32));
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
