/**
 * VEX forms of SSE instructions: the same operation for each 16 bytes, with a destination of its own, and zeros above
 * what is written (SDM vol. 1, 14.1.1). The operation sees operands as its SSE form has them.
 */

import type { Alignment, AssumedControl, Emitter, OperandForm, Operation } from '../../emitter.ts';
import type { Expression, I32, I64, Type, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i64x2, shuffle, vector as v128 } from '../../wasm/vector.ts';
import { withLow } from '../../wasm/widths.ts';
import { ZERO_VECTOR } from '../sse/integer.ts';
import { VECTOR_OFFSET, VECTOR_SIZE } from '../../registers.ts';
import { heldName } from '../../float/vex.ts';
import { HELD } from '../../record.ts';
import { DelegatingEmitter } from './delegating.ts';

const LANE = 16;

export interface VexForm {
  /** The first source is an operand of its own, not the destination. */
  readonly separate: boolean;
  /** Memory must be aligned to the operand's size; other VEX forms take it anywhere. */
  readonly aligned?: boolean;
  /** How far the immediate moves on for the second lane. */
  readonly immediateBits?: number;
  /** Both lanes take the whole second operand: the count of a shift. */
  readonly sharesSecond?: boolean;
  /** Each lane is made from so many bytes of the source, one after the other. */
  readonly widens?: number;
  /** Each lane becomes the low half of what it was; the halves lie side by side. */
  readonly narrows?: boolean;
  /** The result is in XMM0, whatever the operands are. */
  readonly writesFirst?: boolean;
}

class LaneEmitter extends DelegatingEmitter {
  /** What the lanes write: of the destination, or of memory. */
  readonly results: V128[] = [];
  private readonly form: VexForm;
  private readonly whole: boolean;
  private readonly places = new Map<number, I32>();
  private lane = 0;
  private mayRaise = false;

  constructor(real: Emitter, form: VexForm) {
    super(real);
    this.form = form;
    this.whole = real.operands.some(({ size }) => size === 2 * LANE);
  }

  /** What is known of a register's lower half is no use to its upper one. */
  override get control(): AssumedControl | undefined {
    const { control } = this.real;
    if (!control) return undefined;
    const noteUsual: AssumedControl['noteUsual'] = (index, format) => {
      if (!this.whole) control.noteUsual(this.of(index), format);
    };
    return { ...control, noteUsual };
  }

  override get operands(): readonly OperandForm[] {
    const count = this.real.operands.length - (this.form.separate ? 1 : 0);
    return Array.from({ length: count }, (_, i) => {
      const { size, memory } = this.real.operands[this.of(i)];
      if (i === 1 && this.form.widens && this.whole) return { size: LANE, memory: false };
      return { size: Math.min(size, LANE), memory };
    });
  }

  run(operation: Operation): void {
    operation(this);
    if (!this.whole) return this.finish();
    this.lane = 1;
    operation(this);
    if (this.mayRaise) this.code.if(i32.load(0, HELD), () => this.real.assist('raiseHeld'));
    this.finish();
  }

  override source(index: number, size?: number): I64 {
    const value = this.real.source(this.of(index), size ?? this.operands[index].size);
    const { immediateBits } = this.form;
    return this.lane && immediateBits ? this.code.keep(i64.shru(value, immediateBits)) : value;
  }

  override target(index: number, size?: number): ReturnType<Emitter['target']> {
    return this.real.target(index, size);
  }

  override linear(index: number): I64 {
    return this.real.linear(this.of(index));
  }

  override bytes(index: number, access: 'read' | 'write', size: number, alignment?: Alignment): I32 {
    if (this.whole && access === 'read') return i32.add(this.placeOf(this.of(index)), this.lane * LANE);
    return this.real.bytes(this.of(index), access, size, this.form.aligned ? alignment : 1);
  }

  override operandPlace(index: number): I32 {
    const place = this.real.operandPlace(this.of(index));
    return this.lane && this.operands[index].size === LANE ? i32.add(place, LANE) : place;
  }

  override float<T extends 'f32' | 'f64'>(index: number, type: T): Expression<T> {
    return this.real.float(this.of(index), type);
  }

  override vector(index: number): V128 {
    const at = this.of(index);
    const { widens, sharesSecond } = this.form;
    if (widens && this.whole && index === 1) return this.widened(at, widens);
    if (sharesSecond && index === 1) return this.real.vector(at, 1);
    if (this.operands[index].memory) return this.memory(at);
    return this.lane ? this.real.upper(at) : this.real.vector(at);
  }

  /** XMM0 of the SSE form is the fourth operand. */
  override vectorRegister(): V128 {
    return this.lane ? this.real.upper(3) : this.real.vector(3);
  }

  /** Exceptions of both lanes are taken together. */
  override assist(name: string, ...operands: (I32 | number)[]): void {
    this.mayRaise = true;
    this.real.assist(this.whole ? heldName(name) : name, ...operands);
  }

  override setVector(_index: number, value: V128): void {
    this.results.push(this.code.keep(value));
  }

  override setLow(index: number, value: Expression<Type>, size: number): void {
    if (this.real.operands[0].memory) this.real.setLow(0, value, size);
    else this.results.push(this.code.keep(withLow(this.vector(index), value, size)));
  }

  /** The operand of the VEX form that one of the SSE form is read from. */
  private of(index: number): number {
    return this.form.separate ? index + 1 : index;
  }

  private memory(at: number): V128 {
    return this.code.keep(v128.load(this.placeOf(at), this.lane * LANE));
  }

  /** Memory is checked as a whole before the first lane. */
  private placeOf(at: number): I32 {
    const { size } = this.real.operands[at];
    let place = this.places.get(at);
    if (!place) {
      place = this.real.bytes(at, 'read', size, this.alignmentOf(size));
      this.places.set(at, place);
    }
    return place;
  }

  /** The lane's part of a narrower source at the bottom; what is above does not matter. */
  private widened(at: number, bytes: number): V128 {
    const { size, memory } = this.real.operands[at];
    const all = memory && size < LANE ? i64x2.splat(this.real.source(at, size)) : this.real.vector(at, 1);
    if (!this.lane) return all;
    return this.code.keep(
      shuffle(
        all,
        all,
        Array.from({ length: LANE }, (_, i) => (i + bytes) % LANE),
      ),
    );
  }

  private alignmentOf(size: number): Alignment {
    return this.form.aligned ? (size as Alignment) : 1;
  }

  private finish(): void {
    const [low, high] = this.results;
    if (this.form.writesFirst) this.code.store('v128', this.state(VECTOR_OFFSET), VECTOR_SIZE / 2, ZERO_VECTOR);
    if (!low) return;
    if (this.form.narrows && this.whole) return setWhole(this.real, i64x2.replace(low, 1, i64x2.extract(high, 0)));
    const { memory, size } = this.real.operands[0];
    if (!memory) return setWhole(this.real, low, high);
    const place = this.real.bytes(0, 'write', size, this.alignmentOf(size));
    this.results.forEach((value, lane) => this.code.store('v128', place, lane * LANE, value));
    this.real.commit();
  }
}

/** Writes the destination, with zeros above if there is nothing for the upper half. */
export function setWhole(e: Emitter, low: V128, high: V128 = ZERO_VECTOR): void {
  const upper = e.code.keep(high);
  e.setVector(0, low);
  e.setUpper(0, upper);
}

export function vexOperation(operation: Operation, form: VexForm): Operation {
  return e => new LaneEmitter(e, form).run(operation);
}
