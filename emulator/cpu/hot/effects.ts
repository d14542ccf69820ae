/**
 * What a handler does to registers and flags, found by running its operation against an emitter that emits nothing of
 * use and takes notes instead. So an instruction's meaning is told once, also to the analyses.
 */

import type { Alignment, Emitter, OperandForm, Place } from '../emitter.ts';
import type { FlagKind } from '../flagKinds.ts';
import { MXCSR_OFFSET } from '../registers.ts';
import { Code, Local } from '../wasm/code.ts';
import type { Label } from '../wasm/code.ts';
import { i64 } from '../wasm/scalar.ts';
import type { Expression, I32, I64, Operand, Type, V128 } from '../wasm/expression.ts';

/** How an instruction sets the flags: CF and OF only, all of them in a way known beforehand, or in some other way. */
export type FlagSetting = 'none' | 'carry' | 'some' | { readonly kind: FlagKind | 'words'; readonly size: number };

export interface Effects {
  /** Operands whose register is read, written. */
  readonly reads: ReadonlySet<number>;
  readonly writes: ReadonlySet<number>;
  /** Registers read and written by number: general ones in bits 0 to 15, vector registers in bits 16 to 31. */
  readonly readMask: number;
  readonly writeMask: number;
  /** Some register is written in one branch of the operation only. */
  readonly conditionalWrites: boolean;
  readonly readsFlags: boolean;
  /** What it leaves in the flags depends on what was in them. */
  readonly keepsFlags: boolean;
  readonly flags: FlagSetting;
  /** It may turn out that this instruction has to be left to the cold engine. */
  readonly mayLeave: boolean;
  /** Always so: hot code ends before it. */
  readonly alwaysLeaves: boolean;
  /** It looks at MXCSR. */
  readonly usesControl: boolean;
}

const GENERAL_REGISTERS = 16;

/** Code that lets the notes see where branches part and join. */
class NotedCode extends Code {
  private readonly notes: Notes;

  constructor(notes: Notes) {
    super();
    this.notes = notes;
  }

  override if(condition: Operand<'i32'>, then: () => void, otherwise?: () => void): void {
    const { notes } = this;
    const before = notes.changed;
    super.if(condition, then, () => {
      const after = notes.changed;
      notes.changed = before;
      otherwise?.();
      notes.changed ||= after;
    });
  }

  /** Runs the body twice, so that what follows a change in the next turn counts as following it. */
  override loop(body: (label: Label) => void): void {
    super.loop(body);
    super.loop(body);
  }
}

interface Notes {
  /** Registers, flags or memory have changed on the way here. */
  changed: boolean;
}

function some<T extends Type>(type: T): Expression<T> {
  return new Local(type, 0);
}

class Observer implements Emitter {
  readonly code: Code;
  readonly operands: readonly OperandForm[];
  readonly reads = new Set<number>();
  readonly writes = new Set<number>();
  readMask = 0;
  writeMask = 0;
  conditionalWrites = false;
  readsFlags = false;
  keepsFlags = false;
  setting: FlagSetting = 'none';
  mayLeave = false;
  alwaysLeaves = false;
  usesControl = false;
  private restartable = false;
  private leftLate = false;
  private readonly notes: Notes = { changed: false };
  private readonly constants: ReadonlyMap<number, bigint>;

  constructor(operands: readonly OperandForm[], constants: ReadonlyMap<number, bigint>) {
    this.operands = operands;
    this.constants = constants;
    this.code = new NotedCode(this.notes);
  }

  get size(): number {
    return this.operands[0].size;
  }

  result(): Effects {
    const { reads, writes, readMask, writeMask, conditionalWrites, readsFlags, keepsFlags, mayLeave } = this;
    const { usesControl } = this;
    const alwaysLeaves = this.alwaysLeaves || (this.leftLate && !this.restartable);
    return {
      reads,
      writes,
      readMask,
      writeMask,
      conditionalWrites,
      readsFlags,
      keepsFlags,
      flags: this.setting,
      mayLeave,
      alwaysLeaves,
      usesControl,
    };
  }

  source(index: number): I64 {
    if (this.operands[index].memory) this.leave();
    const constant = this.constants.get(index);
    if (constant !== undefined) return i64.const(constant);
    this.reads.add(index);
    return some('i64');
  }

  target(index: number): Place {
    if (this.operands[index].memory) return this.place();
    this.reads.add(index);
    return {
      read: () => some('i64'),
      write: () => this.writeOperand(index),
    };
  }

  effective(): I64 {
    return some('i64');
  }

  linear(): I64 {
    return some('i64');
  }

  bytes(): I32 {
    this.leave();
    return some('i32');
  }

  operandPlace(): I32 {
    return some('i32');
  }

  stackRegister(): I32 {
    return some('i32');
  }

  float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T> {
    this.vector(index);
    return some(type);
  }

  vector(index: number): V128 {
    if (this.operands[index].memory) this.leave();
    this.reads.add(index);
    return some('v128');
  }

  upper(): V128 {
    return some('v128');
  }

  setUpper(): void {
    this.change();
  }

  vectorRegister(number: number): V128 {
    this.readMask |= 1 << (GENERAL_REGISTERS + number);
    return some('v128');
  }

  setVectorRegister(number: number): void {
    this.writeMask |= 1 << (GENERAL_REGISTERS + number);
    this.noteConditional();
    this.change();
  }

  setVector(index: number, _value: V128, _alignment?: Alignment): void {
    if (this.operands[index].memory) this.leave();
    else this.writes.add(index);
    this.change();
  }

  setLow(index: number): void {
    if (this.operands[index].memory) this.leave();
    else {
      this.reads.add(index);
      this.writes.add(index);
    }
    this.change();
  }

  register(number: number): I64 {
    if (number < GENERAL_REGISTERS) this.readMask |= 1 << number;
    return some('i64');
  }

  setRegister(number: number, _value: I64, size = 8): void {
    if (number < GENERAL_REGISTERS) {
      this.writeMask |= 1 << number;
      if (size < 4) this.readMask |= 1 << number;
    }
    this.noteConditional();
    this.change();
  }

  state(offset: number): I32 {
    if (offset === MXCSR_OFFSET) this.usesControl = true;
    return some('i32');
  }

  readable(): Place {
    return this.place();
  }

  writable(): Place {
    return this.place();
  }

  locate(): I32 {
    this.leave();
    return some('i32');
  }

  span(): I32 {
    return some('i32');
  }

  commit(): void {
    this.change();
  }

  condition(): I32 {
    this.readsFlags = true;
    return some('i32');
  }

  carry(): I64 {
    this.readsFlags = true;
    return some('i64');
  }

  setFlags(kind: FlagKind, size: number): void {
    if (kind === 'increment' || kind === 'decrement') this.keepsFlags = true;
    this.set({ kind, size });
  }

  setResult(): void {
    this.set({ kind: 'words', size: 8 });
  }

  setComparison(): void {
    this.set({ kind: 'words', size: 8 });
  }

  setCarry(): void {
    this.keepsFlags = true;
    this.set({ kind: 'words', size: 8 });
  }

  setCarryAndOverflow(): void {
    this.keepsFlags = true;
    this.set('carry');
  }

  flags(): I64 {
    this.readsFlags = true;
    return some('i64');
  }

  setFlagImage(): void {
    this.set({ kind: 'words', size: 8 });
  }

  following(): I64 {
    return some('i64');
  }

  branch(): void {}

  jump(): void {}

  fault(): void {
    this.leave();
    if (this.code.depth === 0) this.alwaysLeaves = true;
  }

  trap(): void {
    this.alwaysLeaves = true;
  }

  systemCall(): void {
    this.alwaysLeaves = true;
  }

  resume(): void {
    this.alwaysLeaves = true;
  }

  again(): void {
    this.restartable = true;
    this.mayLeave = true;
  }

  assist(): void {
    this.leave();
    if (this.code.depth === 0) this.alwaysLeaves = true;
  }

  timestamp(): I64 {
    this.alwaysLeaves = true;
    return some('i64');
  }

  private place(): Place {
    this.leave();
    return { read: () => some('i64'), write: () => this.change() };
  }

  private writeOperand(index: number): void {
    this.writes.add(index);
    this.noteConditional();
    this.change();
  }

  private noteConditional(): void {
    if (this.code.depth > 0) this.conditionalWrites = true;
  }

  private set(setting: FlagSetting): void {
    this.change();
    this.setting = this.code.depth > 0 || this.setting === 'some' ? 'some' : setting;
    if (this.setting === 'some') this.keepsFlags = true; // what was before may stay
  }

  private change(): void {
    this.notes.changed = true;
  }

  private leave(): void {
    this.mayLeave = true;
    if (this.notes.changed) this.leftLate = true;
  }
}

/** `constants`: operands that are immediates, with their values. */
export function observe(
  operation: (e: Emitter) => void,
  operands: readonly OperandForm[],
  constants: ReadonlyMap<number, bigint>,
): Effects {
  const observer = new Observer(operands, constants);
  operation(observer);
  return observer.result();
}
