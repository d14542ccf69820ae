/** The x87 state of a thread: stack, tags, control and status words in the register file (SDM vol. 1, 8.1). */

import { FCW_OFFSET, FSW_OFFSET, FTW_OFFSET, INITIAL_FCW, ST_OFFSET, ST_SIZE } from '../registers.ts';
import { readExtended, writeExtended } from '../float/encodings.ts';
import {
  DENORMAL,
  EXTENDED,
  INDEFINITE,
  INVALID,
  isSignaling,
  OVERFLOW,
  PRECISION,
  QUIET,
  quieted,
  UNDERFLOW,
} from '../float/real.ts';
import type { Format, Outcome, Real } from '../float/real.ts';
import type { Rounding } from '../float/arithmetic.ts';
import { STATE_BASE } from '../../memory/layout.ts';

export const C0 = 0x100;
export const C1 = 0x200;
export const C2 = 0x400;
export const C3 = 0x4000;
const STACK_FAULT = 0x40;
const SUMMARY = 0x80;
const BUSY = 0x8000;
const EXPONENT_BIAS = 24576;
/** Exceptions that keep an instruction from storing anything when they are not masked. */
const PREVENTING = 7;

const PRECISIONS: readonly Format[] = [
  { ...EXTENDED, precision: 24 },
  EXTENDED, // reserved
  { ...EXTENDED, precision: 53 },
  EXTENDED,
];

export class X87Unit {
  /** Of the window that holds the register file. */
  readonly view: DataView;
  /** Whether an unmasked exception has kept the instruction from storing its result. */
  prevented = false;

  constructor(view: DataView) {
    this.view = view;
  }

  get control(): number {
    return this.view.getUint16(STATE_BASE + FCW_OFFSET, true);
  }

  set control(value: number) {
    this.view.setUint16(STATE_BASE + FCW_OFFSET, value, true);
    this.summarize(this.status);
  }

  get status(): number {
    return this.view.getUint16(STATE_BASE + FSW_OFFSET, true);
  }

  set status(value: number) {
    this.view.setUint16(STATE_BASE + FSW_OFFSET, value, true);
  }

  /** Bit set: the physical register is in use. */
  get tags(): number {
    return this.view.getUint8(STATE_BASE + FTW_OFFSET);
  }

  set tags(value: number) {
    this.view.setUint8(STATE_BASE + FTW_OFFSET, value);
  }

  get top(): number {
    return (this.status >> 11) & 7;
  }

  set top(value: number) {
    this.status = (this.status & ~0x3800) | ((value & 7) << 11);
  }

  /** FNINIT. */
  reset(): void {
    this.status = 0;
    this.tags = 0;
    this.control = INITIAL_FCW;
  }

  get mode(): number {
    return (this.control >> 10) & 3;
  }

  /** For arithmetic, which obeys precision control. */
  get rounding(): Rounding {
    return { format: PRECISIONS[(this.control >> 8) & 3], mode: this.mode };
  }

  /** An unmasked exception of an earlier instruction waits. */
  get pending(): boolean {
    return (this.status & SUMMARY) !== 0;
  }

  /** Window offset of ST(i). */
  place(index: number): number {
    return STATE_BASE + ST_OFFSET + ((this.top + index) & 7) * ST_SIZE;
  }

  isEmpty(index: number): boolean {
    return (this.tags & (1 << ((this.top + index) & 7))) === 0;
  }

  get(index: number): Real {
    return readExtended(this.view, this.place(index));
  }

  set(index: number, value: Real): void {
    writeExtended(this.view, this.place(index), value);
    this.tags |= 1 << ((this.top + index) & 7);
  }

  /** Copies a register bit by bit, whatever it holds. */
  copy(from: number, to: number): void {
    const source = this.place(from);
    this.setBits(to, this.view.getBigUint64(source, true), this.view.getUint16(source + 8, true));
  }

  /** Significand, and sign with exponent. */
  setBits(index: number, significand: bigint, word: number): void {
    const place = this.place(index);
    this.view.setBigUint64(place, significand, true);
    this.view.setUint16(place + 8, word, true);
    this.tags |= 1 << ((this.top + index) & 7);
  }

  free(index: number): void {
    this.tags &= ~(1 << ((this.top + index) & 7));
  }

  pop(): void {
    this.free(0);
    this.top++;
  }

  /** Pushes, or does what stack overflow asks for. */
  push(value: Real): void {
    if (!this.isEmpty(7)) {
      if (!this.stackFault(true)) return;
      this.top--;
      return this.set(0, INDEFINITE);
    }
    this.top--;
    this.set(0, value);
  }

  setConditions(bits: number): void {
    this.status = (this.status & ~(C0 | C1 | C2 | C3)) | bits;
  }

  setC1(on: boolean): void {
    this.status = on ? this.status | C1 : this.status & ~C1;
  }

  /** Records exceptions; false when one of those that prevent a result is not masked. */
  raise(flags: number): boolean {
    // What prevents a result keeps its exceptions from being found.
    const prevents = (flags & PREVENTING & ~this.control) !== 0;
    this.summarize(this.status | (prevents ? flags & (PREVENTING | STACK_FAULT) : flags));
    if (prevents) this.prevented = true;
    return !this.prevented;
  }

  /** Invalid operation by the stack; C1 tells overflow from underflow. False when not masked. */
  stackFault(isOverflow: boolean): boolean {
    this.setC1(isOverflow);
    return this.raise(INVALID | STACK_FAULT);
  }

  /** Whether any of the registers is empty, in which case the masked response is to store the indefinite in `target`. */
  underflows(target: number | undefined, ...indices: number[]): boolean {
    if (!indices.some(index => this.isEmpty(index))) return false;
    if (this.stackFault(false) && target !== undefined) this.set(target, INDEFINITE);
    return true;
  }

  /** Stores a result in ST(target) unless an unmasked exception forbids it. False in that case. */
  deliver(target: number, outcome: Outcome): boolean {
    const { value, flags, up } = this.biased(outcome);
    const stores = this.raise(flags);
    this.setC1(up && stores);
    if (!stores) return false;
    this.set(target, value);
    return true;
  }

  /** Which of overflow and underflow a result is that is not masked; 0 for none. */
  trapped({ flags, unbounded }: Outcome): number {
    if (!unbounded) return 0;
    return (flags & OVERFLOW ? OVERFLOW : UNDERFLOW) & ~this.control;
  }

  /** Where overflow and underflow are not masked, registers get the result with its exponent moved (SDM vol. 1, 8.5.4). */
  private biased(outcome: Outcome): Outcome {
    const exception = this.trapped(outcome);
    if (!exception || !outcome.unbounded) return outcome;
    const { value, flags, up } = outcome.unbounded;
    const exponent = value.exponent + (exception === OVERFLOW ? -EXPONENT_BIAS : EXPONENT_BIAS);
    const others = outcome.flags & ~(OVERFLOW | UNDERFLOW | PRECISION);
    return { value: { ...value, exponent }, flags: others | exception | flags, up };
  }

  private summarize(status: number): void {
    const unmasked = (status & 0x3f & ~this.control) !== 0;
    this.status = unmasked ? status | SUMMARY | BUSY : status & ~(SUMMARY | BUSY);
  }
}

/** The result that NaN operands determine, if there are any (SDM vol. 1, table 4-7, x87 columns). */
export function nanResult(a: Real, b: Real = a): Outcome | undefined {
  if (a.kind === 'unsupported' || b.kind === 'unsupported') return { value: INDEFINITE, flags: INVALID, up: false };
  if (a.kind !== 'nan' && b.kind !== 'nan') return undefined;
  const flags = isSignaling(a) || isSignaling(b) ? INVALID : 0;
  return { value: quieted(choose(a, b)), flags, up: false };
}

function choose(a: Real, b: Real): Real {
  if (b.kind !== 'nan') return a;
  if (a.kind !== 'nan') return b;
  if (isSignaling(a) !== isSignaling(b)) return isSignaling(a) ? b : a;
  const [x, y] = [a.significand | QUIET, b.significand | QUIET];
  if (x !== y) return x > y ? a : b;
  return a.sign ? b : a;
}

export function denormalFlag(...operands: Real[]): number {
  return operands.some(operand => operand.denormal) ? DENORMAL : 0;
}
