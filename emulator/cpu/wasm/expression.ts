/**
 * Typed WebAssembly expressions. An expression is a value not yet written: operators combine them, `Code` writes them
 * where a statement needs them. Whoever needs a value twice, or before something else changes it, keeps it in a local.
 */

import type { Bytes } from './bytes.ts';

const UNKNOWN: Knowledge = {};

export type Type = 'i32' | 'i64' | 'f32' | 'f64' | 'v128';

/** `base` stands for some value that does not change; 0 for the number 0. */
export interface Affine {
  readonly base: number;
  readonly offset: number;
}

/** What is known about a value before it is written. */
export interface Knowledge {
  /** The value itself: a number for i32, a signed bigint for i64. */
  readonly constant?: number | bigint;
  /** It stays as it is, so keeping it adds nothing. */
  readonly settled?: true;
  /** An i64 that is another value, known by a number, plus a constant. */
  readonly affine?: Affine;
  /** The 32 bits that an i64 is the zero extension of. */
  readonly narrow?: I32;
  /** Makes the lower half of an i64 by itself, without the upper one. */
  readonly low?: () => I32;
  /** A vector or float of which all numbers of this format are zero or normal. */
  readonly usual?: NumberFormat;
}

/** How a vector is cut into floating-point numbers; the scalar formats are of its lowest element alone. */
export type NumberFormat = 'f32' | 'f64' | 'f32x4' | 'f64x2';

export class Expression<T extends Type> {
  readonly type: T;
  readonly write: (out: Bytes) => void;
  readonly known: Knowledge;

  constructor(type: T, write: (out: Bytes) => void, known: Knowledge = UNKNOWN) {
    this.type = type;
    this.write = write;
    this.known = known;
  }
}

/** The same value, of which this is known. */
export function withUsual<T extends Type>(value: Expression<T>, usual: NumberFormat | undefined): Expression<T> {
  return usual ? new Expression(value.type, value.write, { ...value.known, settled: true, usual }) : value;
}

export type I32 = Expression<'i32'>;
export type I64 = Expression<'i64'>;
export type F32 = Expression<'f32'>;
export type F64 = Expression<'f64'>;
export type V128 = Expression<'v128'>;

/** Integer operands may be given as plain numbers. */
export type Operand<T extends Type> =
  | Expression<T>
  | (T extends 'i32' ? number : T extends 'i64' ? number | bigint : never);

export function literal<T extends Type>(type: T, operand: Operand<T>): Expression<T> {
  if (operand instanceof Expression) return operand;
  if (type === 'i32') {
    const constant = Number(operand) | 0;
    const write = (out: Bytes): void => {
      out.byte(0x41);
      out.signed(constant);
    };
    return new Expression(type, write, { constant });
  }
  const constant = BigInt.asIntN(64, BigInt(operand));
  const write = (out: Bytes): void => {
    out.byte(0x42);
    if (typeof operand === 'number' && operand === (operand | 0)) out.signed(operand);
    else out.signed64(constant);
  };
  return new Expression(type, write, { constant });
}

/** Writes an opcode: one byte, or the 0xfc / 0xfd prefix in the upper byte followed by a LEB128 number. */
function writeOpcode(out: Bytes, opcode: number): void {
  if (opcode < 0x100) return out.byte(opcode);
  out.byte(opcode >>> 16);
  out.unsigned(opcode & 0xffff);
}

export function apply<R extends Type>(
  type: R,
  opcode: number,
  ...operands: readonly Expression<Type>[]
): Expression<R> {
  return new Expression(type, out => {
    for (const operand of operands) operand.write(out);
    writeOpcode(out, opcode);
  });
}

type Unary<N extends string, T extends Type, R extends Type> = Record<N, (a: Operand<T>) => Expression<R>>;
type Binary<N extends string, T extends Type, R extends Type, S extends Type = T> = Record<
  N,
  (a: Operand<T>, b: Operand<S>) => Expression<R>
>;

/** One-operand operators from a table of opcodes. */
export function unary<N extends string, T extends Type, R extends Type>(
  operand: T,
  result: R,
  opcodes: Record<N, number>,
): Unary<N, T, R> {
  const operators = {} as Unary<N, T, R>;
  for (const name in opcodes) operators[name] = a => apply(result, opcodes[name], literal(operand, a));
  return operators;
}

/** Two-operand operators from a table of opcodes; the second operand may have a type of its own (shift counts of vectors). */
export function binary<N extends string, T extends Type, R extends Type, S extends Type = T>(
  operand: T,
  result: R,
  opcodes: Record<N, number>,
  second?: S,
): Binary<N, T, R, S> {
  const operators = {} as Binary<N, T, R, S>;
  const secondType = second ?? (operand as unknown as S);
  for (const name in opcodes) {
    operators[name] = (a, b) => apply(result, opcodes[name], literal(operand, a), literal(secondType, b));
  }
  return operators;
}

/** Loads from an address plus a constant offset. Alignment hints are left at one byte: guest addresses have none. */
export function loads<N extends string, R extends Type>(
  result: R,
  opcodes: Record<N, number>,
): Record<N, (address: Operand<'i32'>, offset?: number) => Expression<R>> {
  const operators = {} as Record<N, (address: Operand<'i32'>, offset?: number) => Expression<R>>;
  for (const name in opcodes) {
    operators[name] = (address, offset = 0) => {
      const at = literal('i32', address);
      return new Expression(result, out => {
        at.write(out);
        writeOpcode(out, opcodes[name]);
        out.byte(0);
        out.unsigned(offset);
      });
    };
  }
  return operators;
}

export function select<T extends Type>(
  condition: Operand<'i32'>,
  yes: Expression<T>,
  no: Expression<T>,
): Expression<T> {
  const { constant } = literal('i32', condition).known;
  if (constant !== undefined) return constant ? yes : no;
  return apply(yes.type, 0x1b, yes, no, literal('i32', condition));
}
