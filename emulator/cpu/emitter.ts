/**
 * What the meaning of an instruction is written against. An engine implements it: it knows where operands, registers
 * and flags live. Operations only ask and tell, so the same operation makes a handler that reads its operands from a
 * record in the cold engine and straight code with the operands built in in the hot one.
 *
 * Two rules keep faults precise: every access to memory is checked (`source`, `target`, `readable`, `writable`) before
 * the first change of registers, flags or memory; and values are kept when asked for, so later writes do not alter them.
 */

import type { FlagKind } from './flagKinds.ts';
import type { Code } from './wasm/code.ts';
import type { Expression, I32, I64, NumberFormat, Type, V128 } from './wasm/expression.ts';

/** A checked place in memory, or a register: to read, to write, or both. */
export interface Place {
  /** Zero-extended. */
  read(): I64;
  /** Takes the low bytes of `value`. Writing 4 bytes to a general register clears its upper half (SDM vol. 1, 3.4.1.1). */
  write(value: I64): void;
}

/** How memory must be aligned for an access, as a #GP(0) otherwise; 1 when it need not be. */
export type Alignment = 1 | 16 | 32 | 64;

export interface OperandForm {
  /** In bytes. */
  readonly size: number;
  readonly memory: boolean;
}

/**
 * MXCSR where an engine has made sure of it: exceptions are masked and results rounded to nearest. What else than inexact
 * results comes up there is left to an assist.
 */
export interface AssumedControl {
  /** The sticky flag for inexact results is set. */
  readonly precision: boolean;
  /** Denormals are made zero, as operands or as results or both. */
  readonly flushes: boolean;
  /** From here on an operand is known to have zeros and normal numbers only. */
  noteUsual(index: number, format: NumberFormat): void;
}

export interface Emitter {
  readonly code: Code;
  readonly control?: AssumedControl | undefined;
  readonly operands: readonly OperandForm[];
  /** Size of the first operand in bytes. */
  readonly size: number;

  /** The value of an operand, zero-extended from `size` bytes (at most 8), which default to the operand's own. */
  source(index: number, size?: number): I64;
  target(index: number, size?: number): Place;
  /** The effective address of a memory operand without its segment. */
  effective(index: number, plus?: I64): I64;
  /** The linear address of a memory operand; `plus` is part of what an address of 32 bits is cut from. */
  linear(index: number, plus?: I64): I64;
  /** The linear address of an element: of a memory operand with a vector of indices, with one of them. */
  element(index: number, offset: I64): I64;
  /** Window offset of that vector; only for engines that keep vector registers in memory. */
  indices(): I32;
  /**
   * Window offset of a memory operand's bytes, checked; {@link commit} afterwards when written. A register operand has a
   * place only for {@link operandPlace}, since not every engine keeps registers in memory.
   */
  bytes(index: number, access: 'read' | 'write', size: number, alignment?: Alignment): I32;
  /**
   * Window offset of an operand for an assist: of the bytes of a memory operand that this operation has accessed before,
   * or of a register. To be asked for in the rare branch that assists, where an engine may have to store the register;
   * only MMX registers are always in memory.
   */
  operandPlace(index: number): I32;
  /** The number that an x87 register operand has on the stack. */
  stackRegister(index: number): I32;
  /** The low element of a vector register, or memory, as a floating-point number. */
  float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T>;
  /** 16 bytes of a vector register or of memory. */
  vector(index: number, alignment?: Alignment): V128;
  setVector(index: number, value: V128, alignment?: Alignment): void;
  /** The upper half of a YMM register, which every engine keeps in memory. */
  upper(index: number): V128;
  setUpper(index: number, value: V128): void;
  /** A vector register that no operand names, by number. */
  vectorRegister(number: number): V128;
  setVectorRegister(number: number, value: V128): void;
  /** Replaces the low bytes of a vector register and keeps the others, or writes memory. */
  setLow(index: number, value: Expression<Type>, size: number): void;

  /** A general register by number, or another word of the register file; `size` low bytes zero-extended. */
  register(number: number, size?: number): I64;
  setRegister(number: number, value: I64, size?: number): void;
  /** Window offset of a part of the register file. */
  state(offset: number): I32;

  /** Memory at a linear address, checked now. */
  readable(address: I64, size: number): Place;
  writable(address: I64, size: number): Place;
  /** Checks memory at a linear address; the window offset of its bytes. */
  locate(address: I64, access: 'read' | 'write', size: number, alignment?: Alignment): I32;
  /** How many bytes from `address` on lie in its page and can be accessed in place; 0 when none. */
  span(address: I64, access: 'read' | 'write'): I32;
  /** Completes writes through {@link bytes} and {@link locate}. A {@link Place} does so itself. */
  commit(): void;

  /** Condition code 0 to 15 as in the opcode of Jcc (SDM vol. 1, appendix B). */
  condition(code: number): I32;
  /** CF as 0 or 1. */
  carry(): I64;
  /** Sets all six flags as `kind` says, from kept values (`flagKinds.ts`). Increments get the old CF from the engine. */
  setFlags(kind: FlagKind, size: number, a: I64, b?: I64, c?: I64): void;
  /** SF, ZF, PF of the result, CF and OF from bit 0 of the values, AF clear. */
  setResult(size: number, result: I64, carry: I64, overflow: I64): void;
  /** ZF, PF and CF from 0 or 1; OF, SF, AF clear. */
  setComparison(zero: I32, parity: I32, carry: I32): void;
  setCarry(bit: I64): void;
  setCarryAndOverflow(carry: I64, overflow: I64): void;
  /** CF, PF, AF, ZF, SF, OF at their places in RFLAGS. */
  flags(): I64;
  setFlagImage(image: I64): void;

  /** Address of the following instruction. */
  following(): I64;
  /** Ends the instruction: goes to its branch target, if `condition` holds, otherwise to the following instruction. */
  branch(condition?: I32): void;
  /** Ends the instruction: goes to a computed address. */
  jump(address: I64): void;
  /** Ends the instruction with a fault: nothing of it has happened. The error code is 0 unless given. */
  fault(vector: number, errorCode?: I32): void;
  /** Ends the instruction with a trap: it has happened. */
  trap(vector: number): void;
  systemCall(): void;
  /** Ends the instruction; the processor looks at its state anew before the next one. */
  resume(): void;
  /** Leaves, to begin this instruction again: a part of a repeated one is done. */
  again(): void;

  /** Calls TypeScript for something rare; arguments are window offsets or small numbers. A non-zero result is a fault. */
  assist(name: string, ...operands: (I32 | number)[]): void;
  /** Time-stamp counter. */
  timestamp(): I64;
}

export type Operation = (e: Emitter) => void;
