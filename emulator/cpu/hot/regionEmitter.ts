/** Writes operations as straight code: operands built in, registers and flags in locals, memory checked inline. */

import { STATE_BASE } from '../../memory/layout.ts';
import { openFor, restOfPage } from '../permissions.ts';
import { readingPlace, writingPlace } from '../places.ts';
import type { Alignment, AssumedControl, Emitter, OperandForm, Place } from '../emitter.ts';
import type { FlagKind } from '../flagKinds.ts';
import { carryWordOf, comparisonWords, flagImage, overflowBit, wordsOfImage } from '../flagWords.ts';
import { registerSlot, vectorSlot } from '../record.ts';
import { VECTOR_SIZE } from '../registers.ts';
import type { Code } from '../wasm/code.ts';
import { withUsual } from '../wasm/expression.ts';
import type { Affine, Expression, I32, I64, NumberFormat, Type, V128 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { f32x4, f64x2, i32x4, i64x2, vector as v128, vectorConst } from '../wasm/vector.ts';
import { highHalf, loadBytes, lowHalf, signExtend, storeBytes, withLow, zeroExtend } from '../wasm/widths.ts';
import type { FlagLocals } from './flagLocals.ts';
import type { DecodedInstruction, OperandPlace } from './instruction.ts';
import { lowestOf } from './registerLocals.ts';
import { affineOf, assumed, floatLoad, zeroExtended } from './values.ts';
import type { RegisterLocals } from './registerLocals.ts';

const GENERAL_REGISTERS = 16;

const ZERO_VECTOR = vectorConst(new Uint8Array(16));

/** Bytes to check: as many, beginning so far before the address that is accessed. */
export interface SpanCheck {
  readonly before: number;
  readonly size: number;
  readonly write: boolean;
}

/** Decides what is checked with an access. */
export interface AccessChecks {
  /** What to check for an access, of which the address may be known in terms of others; undefined for nothing. */
  next(address: Affine | undefined, size: number, write: boolean, unconditional: boolean): SpanCheck | undefined;
}

/** How instructions end, which is the business of whoever puts them together. */
export interface InstructionEnds {
  /** Leaves the instruction to the cold engine: nothing of it has happened, or it can be begun again. */
  leave(instruction: DecodedInstruction): void;
  branch(instruction: DecodedInstruction, condition: I32 | undefined): void;
  jump(instruction: DecodedInstruction, address: I64): void;
}

export class RegionEmitter implements Emitter {
  readonly code: Code;
  private readonly registers: RegisterLocals;
  private readonly flagLocals: FlagLocals;
  private readonly ends: InstructionEnds;
  private readonly checks: AccessChecks;
  /** MXCSR as the region has made sure that it is. */
  readonly control: AssumedControl | undefined;
  private instruction!: DecodedInstruction;
  private flagsLive = false;
  private baseDepth = 0;

  constructor(
    code: Code,
    registers: RegisterLocals,
    flagLocals: FlagLocals,
    ends: InstructionEnds,
    checks: AccessChecks,
    control: number | undefined,
  ) {
    this.checks = checks;
    this.control = control === undefined ? undefined : assumed(control, this.noteUsual);
    this.code = code;
    this.registers = registers;
    this.flagLocals = flagLocals;
    this.ends = ends;
  }

  /** Writes one instruction; `flagsLive`: somebody may look at the flags behind it. */
  emit(instruction: DecodedInstruction, flagsLive: boolean): void {
    this.instruction = instruction;
    this.flagsLive = flagsLive;
    this.baseDepth = this.code.depth;
    this.registers.begin();
    this.code.scope(() => {
      instruction.handler.operation(this);
      if (instruction.effects.flags === 'some' && flagsLive) this.flagLocals.becomeDynamic();
    });
  }

  get operands(): readonly OperandForm[] {
    return this.instruction.handler.operands;
  }

  get size(): number {
    return this.operands[0].size;
  }

  source(index: number, size = this.operands[index].size): I64 {
    const place = this.instruction.places[index];
    switch (place.kind) {
      case 'memory':
        return this.readable(this.linear(index), size).read();
      case 'constant':
        return i64.const(size === 8 ? place.value : BigInt.asUintN(size * 8, place.value));
      case 'general':
        return this.readGeneral(place.number, place.byte, size);
      case 'vector':
        return this.lane(this.readVector(place.number), size);
      case 'other':
        return this.code.keep(loadBytes(size, 0, place.slot));
    }
  }

  target(index: number, size = this.operands[index].size): Place {
    const place = this.instruction.places[index];
    if (place.kind === 'memory') return this.writable(this.linear(index), size);
    return {
      read: () => this.source(index, size),
      write: value => this.writePlace(place, value, size),
    };
  }

  effective(_index: number, plus?: I64): I64 {
    const { memory } = this.instruction;
    const parts: I64[] = plus ? [plus] : [];
    if (memory.base !== undefined) parts.push(this.readGeneral(memory.base, 0, 8));
    if (memory.index !== undefined) parts.push(i64.shl(this.readGeneral(memory.index, 0, 8), memory.scale));
    const whole = i64.add(
      parts.length ? parts.reduce((sum, part) => i64.add(sum, part)) : i64.const(0),
      memory.displacement,
    );
    return this.code.keep(memory.narrow ? zeroExtend(4, whole) : whole);
  }

  linear(index: number, plus?: I64): I64 {
    const { segment } = this.instruction.memory;
    const address = this.effective(index, plus);
    return segment === undefined ? address : this.code.keep(i64.add(address, i64.load(0, segment)));
  }

  element(): I64 {
    throw new Error('hot code leaves gathers to the cold engine');
  }

  indices(): I32 {
    throw new Error('hot code leaves gathers to the cold engine');
  }

  bytes(index: number, access: 'read' | 'write', size: number, alignment: Alignment = 1): I32 {
    const { kind } = this.instruction.places[index];
    if (kind !== 'memory') throw new Error(`${this.instruction.handler.key}: operand ${index} is ${kind}, not memory`);
    return this.locate(this.linear(index), access, size, alignment);
  }

  operandPlace(index: number): I32 {
    const place = this.instruction.places[index];
    // Of others nobody asks but for an assist, which takes place in the cold engine.
    return i32.const(place.kind === 'other' ? place.slot : 0);
  }

  stackRegister(index: number): I32 {
    const place = this.instruction.places[index];
    return i32.const(place.kind === 'other' ? place.slot : 0);
  }

  float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T> {
    const place = this.instruction.places[index];
    const size = type === 'f32' ? 4 : 8;
    if (place.kind === 'vector') {
      const register = this.readVector(place.number);
      const lane = type === 'f32' ? f32x4.extract(register, 0) : f64x2.extract(register, 0);
      const usual = lowestOf(register.known.usual);
      return withUsual(this.code.keep(lane as Expression<T>), usual === type ? usual : undefined);
    }
    const at = this.bytes(index, 'read', size);
    return this.code.keep(floatLoad(type, at));
  }

  vector(index: number, alignment: Alignment = 16): V128 {
    const place = this.instruction.places[index];
    if (place.kind === 'vector') return this.readVector(place.number);
    // A general register as the source of a vector has only its own bytes to give.
    if (place.kind === 'general') return i64x2.replace(ZERO_VECTOR, 0, this.readGeneral(place.number, 0, 8));
    const at = place.kind === 'other' ? i32.const(place.slot) : this.bytes(index, 'read', 16, alignment);
    return this.code.keep(v128.load(at));
  }

  upper(index: number): V128 {
    return this.code.keep(v128.load(0, this.upperSlot(index)));
  }

  setUpper(index: number, value: V128): void {
    this.code.store('v128', 0, this.upperSlot(index), value);
  }

  private upperSlot(index: number): number {
    const place = this.instruction.places[index];
    if (place.kind !== 'vector') throw new Error(`operand ${index} is no vector register`);
    return vectorSlot(place.number) + VECTOR_SIZE / 2;
  }

  vectorRegister(number: number): V128 {
    return this.readVector(number);
  }

  setVectorRegister(number: number, value: V128): void {
    this.registers.setVector(number, value);
  }

  setVector(index: number, value: V128, alignment: Alignment = 16): void {
    const place = this.instruction.places[index];
    if (place.kind === 'vector') return this.registers.setVector(place.number, value);
    const at = place.kind === 'other' ? i32.const(place.slot) : this.bytes(index, 'write', 16, alignment);
    this.code.store('v128', at, 0, value);
  }

  setLow(index: number, value: Expression<Type>, size: number): void {
    const place = this.instruction.places[index];
    if (place.kind === 'vector') {
      const register = this.readVector(place.number);
      return this.registers.setVector(place.number, withLow(register, value, size), value.known.usual);
    }
    const at = place.kind === 'other' ? i32.const(place.slot) : this.bytes(index, 'write', size);
    if (value.type === 'i64') storeBytes(this.code, size, at, 0, value as I64);
    else this.code.store(value.type, at, 0, value);
  }

  register(number: number, size = 8): I64 {
    if (number >= GENERAL_REGISTERS) return this.code.keep(loadBytes(size, 0, registerSlot(number)));
    return this.readGeneral(number, 0, size);
  }

  setRegister(number: number, value: I64, size = 8): void {
    if (number >= GENERAL_REGISTERS) storeBytes(this.code, size, 0, registerSlot(number), value);
    else this.writePlace({ kind: 'general', number, byte: 0 }, value, size);
  }

  state(offset: number): I32 {
    return i32.const(STATE_BASE + offset);
  }

  readable(address: I64, size: number): Place {
    return readingPlace(this.code, this.locate(address, 'read', size), size);
  }

  writable(address: I64, size: number): Place {
    return writingPlace(this.code, this.locate(address, 'write', size), size, () => this.commit());
  }

  locate(linear: I64, access: 'read' | 'write', size: number, alignment: Alignment = 1): I32 {
    const { code } = this;
    const address = code.keep(linear);
    const at = code.keep(lowHalf(address));
    if (alignment > 1) code.unlikely(i32.and(at, alignment - 1), () => this.leave());
    const span = this.checks.next(affineOf(address), size, access === 'write', this.isUnconditional);
    if (span) this.check(address, at, span);
    return at;
  }

  /** Leaves unless the `size` bytes that begin `before` bytes before an address may be accessed in place. */
  private check(address: I64, at: I32, { before, size, write }: SpanCheck): void {
    const { code } = this;
    const start = code.keep(i64.sub(address, before));
    const low = before === 0 ? at : code.keep(lowHalf(start));
    const open = openFor(write ? 'write' : 'read', low, size);
    code.unlikely(i32.or(i32.eqz(open), highHalf(start)), () => this.leave());
  }

  span(linear: I64, access: 'read' | 'write'): I32 {
    return restOfPage(this.code, this.code.keep(linear), access);
  }

  commit(): void {} // every access was in place

  condition(conditionCode: number): I32 {
    return this.flagLocals.condition(conditionCode, this.isUnconditional);
  }

  carry(): I64 {
    return this.flagLocals.carry(this.isUnconditional);
  }

  setFlags(kind: FlagKind, size: number, a: I64, b = i64.const(0), c = i64.const(0)): void {
    if (!this.flagsLive) return;
    const second = kind === 'increment' || kind === 'decrement' ? this.carry() : b;
    this.flagLocals.set(kind, size, a, second, c);
  }

  setResult(size: number, result: I64, carry: I64, overflow: I64): void {
    if (!this.flagsLive) return;
    const words = { result: signExtend(size, result), carry: carryWordOf(carry, overflow), extra: i64.const(0) };
    this.flagLocals.setWords(words);
  }

  setComparison(zero: I32, parity: I32, carry: I32): void {
    if (this.flagsLive) this.flagLocals.setWords(comparisonWords(this.code, zero, parity, carry));
  }

  setCarry(bit: I64): void {
    if (!this.flagsLive) return;
    const kept = this.code.keep(bit);
    const words = this.flagLocals.words(this.isUnconditional);
    this.flagLocals.setWords({ ...words, carry: carryWordOf(kept, overflowBit(words)) });
  }

  setCarryAndOverflow(carry: I64, overflow: I64): void {
    if (!this.flagsLive) return;
    this.flagLocals.setCarryWord(carryWordOf(carry, overflow));
  }

  flags(): I64 {
    return this.code.keep(flagImage(this.flagLocals.words(this.isUnconditional)));
  }

  setFlagImage(image: I64): void {
    if (this.flagsLive) this.flagLocals.setWords(wordsOfImage(this.code, this.code.keep(image)));
  }

  following(): I64 {
    return i64.const(this.instruction.following);
  }

  branch(condition?: I32): void {
    this.ends.branch(this.instruction, condition);
  }

  jump(address: I64): void {
    this.ends.jump(this.instruction, address);
  }

  fault(): void {
    this.leave();
  }

  trap(): void {
    this.leave();
  }

  systemCall(): void {
    this.leave();
  }

  resume(): void {
    this.leave();
  }

  again(): void {
    this.leave();
  }

  assist(): void {
    this.leave();
  }

  timestamp(): I64 {
    throw new Error('the time is known to the cold engine only');
  }

  private leave(): void {
    this.ends.leave(this.instruction);
  }

  private readonly noteUsual = (index: number, format: NumberFormat): void => {
    const place = this.instruction.places[index];
    if (place.kind === 'vector') this.registers.noteUsual(place.number, format);
  };

  /** On the way that every execution of the instruction takes. */
  private get isUnconditional(): boolean {
    return this.code.depth === this.baseDepth;
  }

  private get copied(): boolean {
    return this.instruction.effects.conditionalWrites;
  }

  private readVector(number: number): V128 {
    return this.registers.vector(number, this.copied);
  }

  private readGeneral(number: number, byte: 0 | 1, size: number): I64 {
    const whole = this.registers.general(number, this.copied);
    if (size === 8) return whole;
    if (size === 4) return zeroExtended(whole);
    const low = i32.wrap(whole);
    const part = byte ? i32.shru(low, 8) : low;
    return i64.extendu(this.code.keep(i32.and(part, size === 2 ? 0xffff : 0xff)));
  }

  private lane(value: V128, size: number): I64 {
    if (size === 8) return this.code.keep(i64x2.extract(value, 0));
    const low = this.code.keep(i32x4.extract(value, 0));
    return zeroExtend(size, i64.extendu(low));
  }

  private writePlace(place: OperandPlace, value: I64, size: number): void {
    if (place.kind === 'other') return storeBytes(this.code, size, 0, place.slot, value);
    if (place.kind !== 'general') throw new Error('the operand is not for writing');
    const { number, byte } = place;
    if (size === 8) return this.registers.setGeneral(number, value);
    if (size === 4) return this.registers.setGeneral(number, zeroExtend(4, value));
    const mask = size === 2 ? 0xffff : 0xff;
    const whole = this.registers.general(number, true);
    const kept = i64.and(whole, ~(mask << (byte * 8)));
    const part = i64.and(value, mask);
    this.registers.setGeneral(number, i64.or(kept, byte ? i64.shl(part, 8) : part));
  }
}
