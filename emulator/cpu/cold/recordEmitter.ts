/** Makes an operation a handler of the cold engine: operands are where the fields of the record at `pc` say. */

import { GP } from '../exits.ts';
import type { Alignment, Emitter, OperandForm, Place } from '../emitter.ts';
import { STATE_BASE } from '../../memory/layout.ts';
import { closedFor, restOfPage } from '../permissions.ts';
import { readingPlace, writingPlace } from '../places.ts';
import {
  ADDRESS,
  BASE,
  DISPLACEMENT,
  EXIT_CODE,
  EXIT_KIND,
  EXIT_VECTOR,
  INDEX,
  JUMP_CACHE,
  LEAVE_ACCESS,
  LEAVE_AGAIN,
  LEAVE_FAULT,
  LEAVE_MISS,
  LEAVE_RESUME,
  LEAVE_SYSTEM_CALL,
  LEAVE_TRAP,
  LENGTH,
  LINK,
  NARROW,
  PENDING,
  RECORD_SIZE,
  SCALE,
  SEGMENT,
  slotOffset,
  registerSlot,
  vectorSlot,
  TIMESTAMP,
  SLICE,
} from '../record.ts';
import { RIP, VECTOR_SIZE } from '../registers.ts';
import { FLAG_KINDS } from '../flagKinds.ts';
import type { FlagKind } from '../flagKinds.ts';
import { carryBit, carryWordOf, comparisonWords, conditionOf, overflowBit } from '../flagWords.ts';
import { call } from '../wasm/code.ts';
import type { Code, Local } from '../wasm/code.ts';
import { select } from '../wasm/expression.ts';
import type { Expression, I32, I64, Type, V128 } from '../wasm/expression.ts';
import { f32, f64, i32, i64 } from '../wasm/scalar.ts';
import { vector as v128 } from '../wasm/vector.ts';
import { highHalf, loadBytes, lowHalf, signExtend, storeBytes, zeroExtend } from '../wasm/widths.ts';
import { jumpCacheEntry } from './jumpCache.ts';
import { storeCarry, storedFlags, storeFlags } from './flags.ts';

/** Functions of the interpreter module that handlers call. */
export interface EngineFunctions {
  readonly slowLoad: number;
  readonly slowStore: number;
  readonly commit: number;
  readonly packFlags: number;
  readonly unpackFlags: number;
  readonly assist: number;
  readonly assistNumber: (name: string) => number;
}

/** How a handler ends, which differs between those inside the dispatch loop and those that are functions. */
export interface Ends {
  /** Runs the record at `record` next. */
  goTo(record: I32): void;
  /** Leaves the engine; EXIT_KIND is set. */
  leave(): void;
  /**
   * Gives the instruction, of which nothing has happened yet, to the handler's other version, which can do everything.
   * Handlers inside the dispatch loop have this instead of slow paths: a call anywhere in the loop would make V8 keep
   * the loop's own variables in memory.
   */
  readonly retry?: () => void;
  /** Instructions that remain of the slice, without this one. */
  remaining(): I32;
}

/** `r` and `p` (MMX) a slot, `m` base and displacement, `x` with an index too, `a` with a segment and 32-bit addresses as well. */
export type Shape = 'r' | 'p' | 'm' | 'x' | 'a';

export interface ShapedOperand extends OperandForm {
  readonly shape: Shape;
}

export class RecordEmitter implements Emitter {
  readonly code: Code;
  readonly operands: readonly ShapedOperand[];
  private readonly pc: Local<'i32'>;
  private readonly functions: EngineFunctions;
  private readonly ends: Ends;
  private readonly setsFlags: boolean;
  /** Where memory operands lie that were accessed, by index. */
  private readonly located = new Map<number, I32>();

  constructor(
    code: Code,
    pc: Local<'i32'>,
    handler: { readonly operands: readonly ShapedOperand[]; readonly withoutFlags?: true },
    functions: EngineFunctions,
    ends: Ends,
  ) {
    this.setsFlags = !handler.withoutFlags;
    this.code = code;
    this.pc = pc;
    this.operands = handler.operands;
    this.functions = functions;
    this.ends = ends;
  }

  get size(): number {
    return this.operands[0].size;
  }

  source(index: number, size = this.operands[index].size): I64 {
    return this.code.keep(loadBytes(size, this.readPlace(index, size, 1)));
  }

  target(index: number, size = this.operands[index].size): Place {
    if (this.operands[index].memory) return this.writable(this.linear(index), size);
    const slot = this.code.keep(this.slot(index));
    return {
      read: () => this.code.keep(loadBytes(size, slot)),
      write: value => this.storeRegister(slot, 0, value, size),
    };
  }

  effective(index: number, plus?: I64): I64 {
    const { shape } = this.operands[index];
    let address = shape === 'm' ? this.based() : i64.add(this.based(), this.scaled(this.addressRegister(INDEX)));
    if (plus) address = i64.add(address, plus);
    return shape === 'a' ? this.cut(address) : this.code.keep(address);
  }

  linear(index: number, plus?: I64): I64 {
    const address = this.effective(index, plus);
    return this.operands[index].shape === 'a' ? this.inSegment(address) : address;
  }

  element(_index: number, offset: I64): I64 {
    return this.inSegment(this.cut(i64.add(this.based(), this.scaled(offset))));
  }

  indices(): I32 {
    return i32.load16u(this.pc, INDEX);
  }

  bytes(index: number, access: 'read' | 'write', size: number, alignment: Alignment = 1): I32 {
    const place = this.locate(this.linear(index), access, size, alignment);
    this.located.set(index, place);
    return place;
  }

  operandPlace(index: number): I32 {
    if (!this.operands[index].memory) return this.slot(index);
    const place = this.located.get(index);
    if (!place) throw new Error(`operand ${index} was not accessed before`);
    return place;
  }

  stackRegister(index: number): I32 {
    return this.slot(index);
  }

  vector(index: number, alignment: Alignment = 16): V128 {
    return this.code.keep(v128.load(this.readPlace(index, 16, alignment)));
  }

  upper(index: number): V128 {
    return this.code.keep(v128.load(this.slot(index), VECTOR_SIZE / 2));
  }

  setUpper(index: number, value: V128): void {
    this.code.store('v128', this.slot(index), VECTOR_SIZE / 2, value);
  }

  vectorRegister(number: number): V128 {
    return this.code.keep(v128.load(0, vectorSlot(number)));
  }

  setVectorRegister(number: number, value: V128): void {
    this.code.store('v128', 0, vectorSlot(number), value);
  }

  float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T> {
    const place = this.readPlace(index, type === 'f32' ? 4 : 8, 1);
    return this.code.keep((type === 'f32' ? f32.load(place) : f64.load(place)) as Expression<T>);
  }

  setVector(index: number, value: V128, alignment: Alignment = 16): void {
    this.code.store('v128', this.writePlace(index, 16, alignment), 0, value);
    if (this.operands[index].memory) this.commit();
  }

  setLow(index: number, value: Expression<Type>, size: number): void {
    const place = this.writePlace(index, size, 1);
    if (value.type === 'i64') storeBytes(this.code, size, place, 0, value as I64);
    else this.code.store(value.type, place, 0, value);
    if (this.operands[index].memory) this.commit();
  }

  register(number: number, size = 8): I64 {
    return this.code.keep(loadBytes(size, 0, registerSlot(number)));
  }

  setRegister(number: number, value: I64, size = 8): void {
    this.storeRegister(i32.const(0), registerSlot(number), value, size);
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
    const at = code.variable('i32', lowHalf(address));
    if (alignment > 1) code.if(i32.and(at, alignment - 1), () => this.fault(GP));
    code.if(i32.or(closedFor(access, at), highHalf(address)), () => {
      if (this.ends.retry) return this.ends.retry();
      const slow = access === 'read' ? this.functions.slowLoad : this.functions.slowStore;
      code.set(at, call('i32', slow, address, i32.const(size)));
      code.if(i32.eqz(at), () => this.leave(LEAVE_ACCESS));
    });
    return at;
  }

  span(linear: I64, access: 'read' | 'write'): I32 {
    return restOfPage(this.code, this.code.keep(linear), access);
  }

  commit(): void {
    if (this.ends.retry) return; // every access was in place
    this.code.if(i32.load(0, PENDING), () => this.code.run(this.functions.commit));
  }

  condition(conditionCode: number): I32 {
    return conditionOf(storedFlags, conditionCode);
  }

  carry(): I64 {
    return this.code.keep(carryBit(storedFlags));
  }

  setFlags(kind: FlagKind, size: number, a: I64, b = i64.const(0), c = i64.const(0)): void {
    if (!this.setsFlags) return;
    const second = kind === 'increment' || kind === 'decrement' ? this.carry() : b;
    storeFlags(this.code, FLAG_KINDS[kind].words(this.code, size, a, second, c));
  }

  setResult(size: number, result: I64, carry: I64, overflow: I64): void {
    if (!this.setsFlags) return;
    const words = { result: signExtend(size, result), carry: carryWordOf(carry, overflow), extra: i64.const(0) };
    storeFlags(this.code, words);
  }

  setComparison(zero: I32, parity: I32, carry: I32): void {
    storeFlags(this.code, comparisonWords(this.code, zero, parity, carry));
  }

  setCarry(bit: I64): void {
    storeCarry(this.code, carryWordOf(this.code.keep(bit), overflowBit(storedFlags)));
  }

  setCarryAndOverflow(carry: I64, overflow: I64): void {
    if (!this.setsFlags) return;
    storeCarry(this.code, carryWordOf(carry, overflow));
  }

  flags(): I64 {
    return this.code.keep(call('i64', this.functions.packFlags));
  }

  setFlagImage(image: I64): void {
    this.code.run(this.functions.unpackFlags, image);
  }

  following(): I64 {
    return this.code.keep(i64.add(i64.load(this.pc, ADDRESS), i64.load8u(this.pc, LENGTH)));
  }

  next(): void {
    this.ends.goTo(i32.add(this.pc, RECORD_SIZE));
  }

  branch(condition?: I32): void {
    const taken = i32.load(this.pc, LINK);
    this.ends.goTo(condition ? select(condition, taken, i32.add(this.pc, RECORD_SIZE)) : taken);
  }

  jump(target: I64): void {
    const { code } = this;
    const address = code.keep(target);
    const entry = code.keep(jumpCacheEntry(address));
    code.if(i64.ne(i64.load(entry, JUMP_CACHE), address), () => {
      code.store('i64', 0, registerSlot(RIP), address);
      this.leave(LEAVE_MISS);
    });
    this.ends.goTo(i32.load(entry, JUMP_CACHE + 8));
  }

  fault(vector: number, errorCode: I32 = i32.const(0)): void {
    this.code.store('i32', 0, EXIT_VECTOR, i32.const(vector));
    this.code.store('i32', 0, EXIT_CODE, errorCode);
    this.leave(LEAVE_FAULT);
  }

  trap(vector: number): void {
    this.code.store('i32', 0, EXIT_VECTOR, i32.const(vector));
    this.code.store('i32', 0, EXIT_CODE, i32.const(0));
    this.code.store('i64', 0, registerSlot(RIP), this.following());
    this.leave(LEAVE_TRAP);
  }

  systemCall(): void {
    this.leave(LEAVE_SYSTEM_CALL);
  }

  resume(): void {
    this.code.store('i64', 0, registerSlot(RIP), this.following());
    this.leave(LEAVE_RESUME);
  }

  again(): void {
    this.leave(LEAVE_AGAIN);
  }

  leave(kind: number): void {
    this.code.store('i32', 0, EXIT_KIND, i32.const(kind));
    this.ends.leave();
  }

  assist(name: string, ...operands: (I32 | number)[]): void {
    if (this.ends.retry) return this.ends.retry();
    const padded = [0, 1, 2].map(i => {
      const operand = operands[i] ?? 0;
      return typeof operand === 'number' ? i32.const(operand) : operand;
    });
    const number = i32.const(this.functions.assistNumber(name));
    this.code.if(call('i32', this.functions.assist, number, ...padded), () => this.leave(LEAVE_ACCESS));
  }

  timestamp(): I64 {
    const done = i32.sub(i32.load(0, SLICE), this.ends.remaining());
    return this.code.keep(i64.add(i64.load(0, TIMESTAMP), i64.extendu(done)));
  }

  private addressRegister(field: number): I64 {
    return i64.load(i32.load16u(this.pc, field));
  }

  private based(): I64 {
    return i64.add(this.addressRegister(BASE), i64.load(this.pc, DISPLACEMENT));
  }

  private scaled(offset: I64): I64 {
    return i64.shl(offset, i64.load8u(this.pc, SCALE));
  }

  /** To 32 bits where the address size says so. */
  private cut(address: I64): I64 {
    const narrow = this.code.keep(i64.load8u(this.pc, NARROW));
    return this.code.keep(i64.shru(i64.shl(address, narrow), narrow));
  }

  private inSegment(address: I64): I64 {
    return this.code.keep(i64.add(address, this.addressRegister(SEGMENT)));
  }

  private readPlace(index: number, size: number, alignment: Alignment): I32 {
    return this.operands[index].memory ? this.bytes(index, 'read', size, alignment) : this.slot(index);
  }

  private writePlace(index: number, size: number, alignment: Alignment): I32 {
    return this.operands[index].memory ? this.bytes(index, 'write', size, alignment) : this.slot(index);
  }

  private slot(index: number): I32 {
    return i32.load(this.pc, slotOffset(index));
  }

  private storeRegister(slot: I32, offset: number, value: I64, size: number): void {
    if (size === 4) this.code.store('i64', slot, offset, zeroExtend(4, value));
    else storeBytes(this.code, size, slot, offset, value);
  }
}
