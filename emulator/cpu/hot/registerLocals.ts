/** General and vector registers while hot code runs: each in a local, with its copy in memory brought up to date on the way out. */

import { registerSlot, vectorSlot } from '../record.ts';
import { RSP } from '../registers.ts';
import type { Code, Local } from '../wasm/code.ts';
import { Expression, withUsual } from '../wasm/expression.ts';
import type { Affine, NumberFormat, Type } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { vector } from '../wasm/vector.ts';

const GENERAL = 16;
const RETURN_ADDRESS = 8;

/** What is known of values while code runs. */
export interface RegisterKnowledge {
  /** Of the general registers. */
  readonly affine: readonly Affine[];
  /** Of the vector registers. */
  readonly usual: readonly (NumberFormat | undefined)[];
}

const SCALAR_OF: Readonly<Record<NumberFormat, NumberFormat>> = { f32: 'f32', f64: 'f64', f32x4: 'f32', f64x2: 'f64' };

/** Of the lowest element of a vector. */
export function lowestOf(usual: NumberFormat | undefined): NumberFormat | undefined {
  return usual && SCALAR_OF[usual];
}

/** A register's value as of now: it goes on meaning that after the register has changed. */
interface Reading {
  source: Local<'i64'> | Local<'v128'>;
}

export class RegisterLocals {
  private readonly code: Code;
  private readonly locals: (Local<'i64'> | Local<'v128'> | undefined)[] = [];
  /** What is known of the general registers' values. */
  private affine: Affine[] = [];
  /** Vector registers that hold zeros and normal numbers. */
  private usual: (NumberFormat | undefined)[] = [];
  private bases = GENERAL;
  /** Readings of the current instruction, by register. */
  private readonly readings = new Map<number, Reading>();

  constructor(code: Code, used: number) {
    this.code = code;
    for (let i = 0; i < GENERAL; i++) {
      this.affine[i] = this.unknown();
      this.usual[i] = undefined;
    }
    for (let i = 0; i < 32; i++) {
      if ((used >>> i) & 1) this.locals[i] = i < GENERAL ? code.local('i64') : code.local('v128');
    }
  }

  /** Forgets what the last instruction has read. */
  begin(): void {
    this.readings.clear();
  }

  general(number: number, copied: boolean): Expression<'i64'> {
    return this.read(number, copied) as Expression<'i64'>;
  }

  vector(number: number, copied: boolean): Expression<'v128'> {
    return this.read(GENERAL + number, copied) as Expression<'v128'>;
  }

  setGeneral(number: number, value: Expression<'i64'>): void {
    this.preserve(number);
    const { affine, constant } = value.known;
    if (constant !== undefined) this.affine[number] = { base: 0, offset: Number(constant) };
    else this.affine[number] = affine ?? this.unknown();
    this.code.set(this.localOf(number) as Local<'i64'>, value);
  }

  setVector(number: number, value: Expression<'v128'>, usual = value.known.usual): void {
    this.preserve(GENERAL + number);
    this.usual[number] = usual;
    this.code.set(this.localOf(GENERAL + number) as Local<'v128'>, value);
  }

  /** A vector register is known to hold zeros and normal numbers of a format. */
  noteUsual(number: number, format: NumberFormat): void {
    if (lowestOf(this.usual[number]) !== format) this.usual[number] = format;
  }

  get knowledge(): RegisterKnowledge {
    return { affine: this.affine.slice(), usual: this.usual.slice() };
  }

  set knowledge({ affine, usual }: RegisterKnowledge) {
    this.affine = affine.slice();
    this.usual = usual.slice();
  }

  /** What is known of RSP. */
  get stack(): Affine {
    return this.affine[RSP];
  }

  /** A value that nothing is known of but that it does not change. */
  unknown(): Affine {
    return { base: ++this.bases, offset: 0 };
  }

  /** Fills the locals of the registers in `mask` from memory. */
  load(mask: number): void {
    for (let i = 0; i < 32; i++) {
      if (!((mask >>> i) & 1)) continue;
      if (i < GENERAL) this.code.set(this.localOf(i) as Local<'i64'>, i64.load(0, registerSlot(i)));
      else this.code.set(this.localOf(i) as Local<'v128'>, vector.load(0, vectorSlot(i - GENERAL)));
    }
  }

  /**
   * Behind a call: RSP is again what it was before the return address was pushed, if {@link stackMoved} does not tell
   * otherwise; the others come from memory.
   */
  comeBack(used: number): void {
    this.begin();
    const stack = this.general(RSP, false);
    this.setGeneral(RSP, i64.add(stack, RETURN_ADDRESS));
    this.load(used & ~(1 << RSP));
    for (let i = 0; i < GENERAL; i++) if (i !== RSP) this.affine[i] = this.unknown();
    this.usual.fill(undefined);
  }

  /** Whether the callee has left RSP at another place. */
  stackMoved(): Expression<'i32'> {
    return i64.ne(i64.load(0, registerSlot(RSP)), this.localOf(RSP) as Local<'i64'>);
  }

  store(mask: number): void {
    for (let i = 0; i < 32; i++) {
      if (!((mask >>> i) & 1)) continue;
      if (i < GENERAL) this.code.store('i64', 0, registerSlot(i), this.localOf(i));
      else this.code.store('v128', 0, vectorSlot(i - GENERAL), this.localOf(i));
    }
  }

  /**
   * The register's local, read when the value is used; or, where the operation may write the register on some of its ways
   * only, a copy.
   */
  private read(register: number, copied: boolean): Expression<'i64'> | Expression<'v128'> {
    const local = this.localOf(register);
    if (copied) {
      const copy = this.code.keep(local as Local<'i64'>);
      if (register >= GENERAL)
        return withUsual(copy as Expression<Type>, this.usual[register - GENERAL]) as typeof copy;
      return new Expression('i64', copy.write, { settled: true, affine: this.affine[register] });
    }
    let reading = this.readings.get(register);
    if (!reading) {
      reading = { source: local };
      this.readings.set(register, reading);
    }
    const current = reading;
    const known =
      register < GENERAL
        ? { settled: true as const, affine: this.affine[register] }
        : { settled: true as const, usual: this.usual[register - GENERAL] };
    return new Expression(local.type as 'i64', out => current.source.write(out), known);
  }

  /** Keeps what the instruction has read of the register before it changes. */
  private preserve(register: number): void {
    const reading = this.readings.get(register);
    if (!reading) return;
    this.readings.delete(register);
    const copy = this.code.local(reading.source.type as 'i64');
    this.code.set(copy, reading.source as Local<'i64'>);
    reading.source = copy;
  }

  private localOf(register: number): Local<'i64'> | Local<'v128'> {
    const local = this.locals[register];
    if (!local) throw new Error(`register ${register} is used without notice`);
    return local;
  }
}
