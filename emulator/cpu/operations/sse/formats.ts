/** Single and double precision, scalar and packed: what floating-point operations need to know about each. */

import type { Emitter } from '../../emitter.ts';
import { MXCSR_OFFSET } from '../../registers.ts';
import { select } from '../../wasm/expression.ts';
import type { Local } from '../../wasm/code.ts';
import type { Expression, I32, I64, V128 } from '../../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, f64x2, i32x4, i64x2, vector, vectorConst } from '../../wasm/vector.ts';

export type Float = Expression<'f32'> | Expression<'f64'>;

/** Arithmetic of one scalar format. Values are used through this face only, so that both formats share the operations. */
export interface ScalarFormat {
  readonly suffix: 'ss' | 'sd';
  readonly size: 4 | 8;
  /** Memory operand of this format in a row. */
  readonly memory: string;
  readonly ops: ScalarOperators;
  readonly type: 'f32' | 'f64';
  /** Bits of the fraction. */
  readonly fraction: number;
  readonly bits: (value: Float) => I64;
  readonly fromBits: (bits: I64) => Float;
  readonly quietBit: bigint;
  /** The NaN that an invalid operation gives: negative and quiet (SDM vol. 1, 4.8.3.7). */
  readonly defaultNan: bigint;
}

type FloatOperator = (a: Float, b: Float) => Float;
type FloatTest = (a: Float, b: Float) => I32;

export interface ScalarOperators {
  readonly add: FloatOperator;
  readonly sub: FloatOperator;
  readonly mul: FloatOperator;
  readonly div: FloatOperator;
  readonly sqrt: (a: Float) => Float;
  readonly nearest: (a: Float) => Float;
  readonly floor: (a: Float) => Float;
  readonly ceil: (a: Float) => Float;
  readonly trunc: (a: Float) => Float;
  readonly eq: FloatTest;
  readonly ne: FloatTest;
  readonly lt: FloatTest;
  readonly gt: FloatTest;
  readonly le: FloatTest;
}

export interface PackedFormat {
  readonly suffix: 'ps' | 'pd';
  readonly ops: typeof f32x4 | typeof f64x2;
  readonly quietBit: V128;
  readonly defaultNan: V128;
  readonly exponents: V128;
  readonly signs: V128;
  /** All ones in the lanes that are zero. */
  readonly zeros: (value: V128) => V128;
  readonly scalar: ScalarFormat;
  readonly lanes: readonly number[];
  readonly lane: (value: V128, lane: number) => Float;
}

// The operators of one format accept only its own type; a format keeps its values apart, so widening them is sound.
const singleOperators = f32 as unknown as ScalarOperators;
const doubleOperators = f64 as unknown as ScalarOperators;

export const SINGLE: ScalarFormat = {
  suffix: 'ss',
  size: 4,
  memory: 'md',
  ops: singleOperators,
  type: 'f32',
  fraction: 23,
  bits: value => i64.extendu(i32.reinterpret(value as Expression<'f32'>)),
  fromBits: bits => f32.reinterpret(i32.wrap(bits)),
  quietBit: 0x40_0000n,
  defaultNan: 0xffc0_0000n,
};

export const DOUBLE: ScalarFormat = {
  suffix: 'sd',
  size: 8,
  memory: 'mq',
  ops: doubleOperators,
  type: 'f64',
  fraction: 52,
  bits: value => i64.reinterpret(value as Expression<'f64'>),
  fromBits: bits => f64.reinterpret(bits),
  quietBit: 0x8_0000_0000_0000n,
  defaultNan: 0xfff8_0000_0000_0000n,
};

function repeated(word: bigint, size: number): V128 {
  const bytes = new Uint8Array(16);
  for (let i = 0; i < 16; i++) bytes[i] = Number((word >> BigInt((i % size) * 8)) & 255n);
  return vectorConst(bytes);
}

export const PACKED_SINGLE: PackedFormat = {
  suffix: 'ps',
  ops: f32x4,
  quietBit: repeated(SINGLE.quietBit, 4),
  defaultNan: repeated(SINGLE.defaultNan, 4),
  exponents: repeated(0x7f80_0000n, 4),
  signs: repeated(0x8000_0000n, 4),
  zeros: value => i32x4.eq(value, repeated(0n, 4)),
  scalar: SINGLE,
  lanes: [0, 1, 2, 3],
  lane: f32x4.extract,
};

export const PACKED_DOUBLE: PackedFormat = {
  suffix: 'pd',
  ops: f64x2,
  quietBit: repeated(DOUBLE.quietBit, 8),
  defaultNan: repeated(DOUBLE.defaultNan, 8),
  exponents: repeated(0x7ff0_0000_0000_0000n, 8),
  signs: repeated(0x8000_0000_0000_0000n, 8),
  zeros: value => i64x2.eq(value, repeated(0n, 8)),
  scalar: DOUBLE,
  lanes: [0, 1],
  lane: f64x2.extract,
};

export const SCALARS = [SINGLE, DOUBLE] as const;
export const PACKED = [PACKED_SINGLE, PACKED_DOUBLE] as const;

export function mxcsr(e: Emitter): I32 {
  return i32.load(e.state(MXCSR_OFFSET));
}

/** Bits 14 and 13: 0 nearest, 1 down, 2 up, 3 toward zero. */
export function roundingMode(e: Emitter): I32 {
  return e.code.keep(i32.and(i32.shru(mxcsr(e), 13), 3));
}

function isNan(format: ScalarFormat, value: Float): I32 {
  return format.ops.ne(value, value);
}

/**
 * The bits of `result`, with a NaN made the one that SSE gives: the first operand's if that is one, else the second's,
 * quieted; without any, the default (SDM vol. 1, table 4-7). WebAssembly leaves the choice open.
 */
export function settleNan(e: Emitter, format: ScalarFormat, result: Float, a: Float, b: Float): I64 {
  const { code } = e;
  const bits = code.variable('i64', format.bits(result));
  code.if(isNan(format, result), () => {
    const quieted = (value: Float): I64 => i64.or(format.bits(value), format.quietBit);
    const second = select(isNan(format, b), quieted(b), i64.const(format.defaultNan));
    code.set(bits, select(isNan(format, a), quieted(a), second));
  });
  return bits;
}

export function settlePackedNan(
  e: Emitter,
  { ops, quietBit, defaultNan }: PackedFormat,
  value: V128,
  a: V128,
  b: V128,
): V128 {
  const { code } = e;
  const result = code.local('v128');
  code.set(result, value);
  const nan = code.keep(ops.ne(result, result));
  code.if(vector.anyTrue(nan), () => {
    const second = vector.bitselect(vector.or(b, quietBit), defaultNan, ops.ne(b, b));
    const chosen = vector.bitselect(vector.or(a, quietBit), second, ops.ne(a, a));
    code.set(result, vector.bitselect(chosen, result, nan));
  });
  return result;
}

/** Keeps a float of either format. */
export function keepFloat(e: Emitter, value: Float): Float {
  return value.type === 'f32' ? e.code.keep(value as Expression<'f32'>) : e.code.keep(value as Expression<'f64'>);
}

/** The low element of an operand. */
export function readFloat(e: Emitter, format: ScalarFormat, index: number): Float {
  return e.float(index, format.type);
}

/** A float of either format that is set again later. */
export function variableOf(e: Emitter, value: Float): Local<'f32'> | Local<'f64'> {
  return value.type === 'f32'
    ? e.code.variable('f32', value as Expression<'f32'>)
    : e.code.variable('f64', value as Expression<'f64'>);
}

export function variableVector(e: Emitter, value: V128): Local<'v128'> {
  return e.code.variable('v128', value);
}

const DENORMALS_ARE_ZERO = 0x40;

export function setFloat(e: Emitter, variable: Local<'f32'> | Local<'f64'>, value: Float): void {
  if (variable.type === 'f32') e.code.set(variable as Local<'f32'>, value as Expression<'f32'>);
  else e.code.set(variable as Local<'f64'>, value as Expression<'f64'>);
}

/** Makes a denormal zero if MXCSR.DAZ asks for it. */
export function flushDenormal(e: Emitter, format: ScalarFormat, variable: Local<'f32'> | Local<'f64'>): void {
  const { code } = e;
  const sign = 1n << BigInt(format.size * 8 - 1);
  const exponent = sign - (format.quietBit << 1n);
  code.if(i32.and(mxcsr(e), DENORMALS_ARE_ZERO), () => {
    const bits = code.keep(format.bits(variable));
    code.if(i64.eqz(i64.and(bits, exponent)), () => {
      setFloat(e, variable, format.fromBits(i64.and(bits, BigInt.asIntN(64, sign))));
    });
  });
}

export function flushDenormals(e: Emitter, format: PackedFormat, variable: Local<'v128'>): void {
  const { code } = e;
  code.if(i32.and(mxcsr(e), DENORMALS_ARE_ZERO), () => {
    const { zeros, exponents, signs } = format;
    const denormal = zeros(vector.and(variable, exponents));
    code.set(variable, vector.bitselect(vector.and(variable, signs), variable, denormal));
  });
}

/** The low element of an operand, with denormals made zero if MXCSR.DAZ asks for it. */
export function readNormal(e: Emitter, format: ScalarFormat, index: number): Float {
  const variable = variableOf(e, readFloat(e, format, index));
  flushDenormal(e, format, variable);
  return variable;
}

/** The same for a whole vector. */
export function readNormalVector(e: Emitter, format: PackedFormat, index: number): V128 {
  return withoutDenormals(e, format, e.vector(index));
}

export function withoutDenormals(e: Emitter, format: PackedFormat, value: V128): V128 {
  const variable = variableVector(e, value);
  flushDenormals(e, format, variable);
  return variable;
}

export function selectFloat(condition: I32, yes: Float, no: Float): Float {
  return yes.type === 'f32'
    ? select(condition, yes as Expression<'f32'>, no as Expression<'f32'>)
    : select(condition, yes as Expression<'f64'>, no as Expression<'f64'>);
}
