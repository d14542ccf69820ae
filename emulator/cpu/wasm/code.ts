/** The body of one WebAssembly function while it is written: locals, statements, structured control flow. */

import { Bytes } from './bytes.ts';
import { Expression, literal } from './expression.ts';
import type { Operand, Type } from './expression.ts';
import { zeroExtended } from './folding.ts';

export const TYPE_CODES: Readonly<Record<Type, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
const VOID = 0x40;

/** A local variable; reading it is an expression. */
export class Local<T extends Type> extends Expression<T> {
  readonly index: number;

  constructor(type: T, index: number) {
    super(type, out => {
      out.byte(0x20);
      out.unsigned(index);
    });
    this.index = index;
  }
}

/** A block or loop that can be branched to while it is open. */
export interface Label {
  readonly depth: number;
}

export type StoreWidth =
  | 'i32'
  | 'i64'
  | 'f32'
  | 'f64'
  | 'v128'
  | 'i32as8'
  | 'i32as16'
  | 'i64as8'
  | 'i64as16'
  | 'i64as32';
const STORE_OPCODES: Readonly<Record<StoreWidth, number>> = {
  i32: 0x36,
  i64: 0x37,
  f32: 0x38,
  f64: 0x39,
  i32as8: 0x3a,
  i32as16: 0x3b,
  i64as8: 0x3c,
  i64as16: 0x3d,
  i64as32: 0x3e,
  v128: 0xfd,
};

export class Code {
  readonly parameters: readonly Local<Type>[];
  private readonly out = new Bytes();
  private readonly localTypes: Type[] = [];
  private readonly free = new Map<Type, Local<Type>[]>();
  private used: Local<Type>[] = [];
  /** By index, the locals that hold a kept value: nobody sets them again, so keeping them again needs no copy. */
  private readonly kept: boolean[] = [];
  private readonly unlikelyAt: number[] = [];
  private unlikelyNext = false;
  /** How many blocks, loops and conditions are open. */
  depth = 0;

  constructor(parameters: readonly Type[] = []) {
    this.parameters = parameters.map((type, index) => new Local(type, index));
  }

  parameter<T extends Type>(index: number, type: T): Local<T> {
    const local = this.parameters[index];
    if (local.type !== type) throw new TypeError(`parameter ${index} is ${local.type}`);
    return local as Local<T>;
  }

  /** A local of the function's own; its content is undefined until it is set. */
  local<T extends Type>(type: T): Local<T> {
    const reused = this.free.get(type)?.pop() as Local<T> | undefined;
    const local = reused ?? new Local(type, this.parameters.length + this.localTypes.push(type) - 1);
    this.used.push(local);
    this.kept[local.index] = false;
    return local;
  }

  /** Gives every local that `body` takes back to later code: bodies beside each other share their locals. */
  scope(body: () => void): void {
    const outer = this.used;
    this.used = [];
    body();
    for (const local of this.used) {
      const list = this.free.get(local.type);
      if (list) list.push(local);
      else this.free.set(local.type, [local]);
    }
    this.used = outer;
  }

  set<T extends Type>(local: Local<T>, value: Operand<T>): void {
    literal(local.type, value).write(this.out);
    this.out.byte(0x21);
    this.out.unsigned(local.index);
  }

  /** Evaluates now, so that the result can be used later and more than once. Constants need no evaluation. */
  keep<T extends Type>(value: Expression<T>): Expression<T> {
    const { constant, narrow, settled } = value.known;
    if (constant !== undefined || settled) return value;
    if (narrow) return zeroExtended(this.keep(narrow)) as Expression<Type> as Expression<T>;
    if (value instanceof Local && this.kept[value.index]) return value;
    const local = this.local(value.type);
    this.set(local, value as Operand<T>);
    this.kept[local.index] = true;
    const { affine } = value.known;
    return affine ? new Expression(value.type, local.write, { affine, settled: true }) : local;
  }

  /** A local that is set again later. */
  variable<T extends Type>(type: T, initial: Operand<T>): Local<T> {
    const local = this.local(type);
    this.set(local, initial);
    return local;
  }

  store(width: StoreWidth, address: Operand<'i32'>, offset: number, value: Expression<Type>): void {
    literal('i32', address).write(this.out);
    value.write(this.out);
    this.out.byte(STORE_OPCODES[width]);
    if (width === 'v128') this.out.byte(11);
    this.out.byte(0);
    this.out.unsigned(offset);
  }

  if(condition: Operand<'i32'>, then: () => void, otherwise?: () => void): void {
    const { unlikelyNext } = this;
    this.unlikelyNext = false;
    const { constant } = literal('i32', condition).known;
    if (constant !== undefined) return constant ? then() : otherwise?.();
    literal('i32', condition).write(this.out);
    if (unlikelyNext) this.unlikelyAt.push(this.out.length);
    this.open(0x04);
    then();
    if (otherwise) {
      this.out.byte(0x05);
      otherwise();
    }
    this.close();
  }

  /** The same where the condition hardly ever holds: the engine keeps the body out of the way. */
  unlikely(condition: Operand<'i32'>, then: () => void): void {
    this.unlikelyNext = true;
    this.if(condition, then);
  }

  /** Offsets in the function, as {@link finish} makes it but without its size, of branches that are hardly ever taken. */
  get hints(): readonly number[] {
    const before = this.localsEntry().length;
    return this.unlikelyAt.map(offset => before + offset);
  }

  block(body: (label: Label) => void): void {
    body(this.open(0x02));
    this.close();
  }

  loop(body: (label: Label) => void): void {
    body(this.open(0x03));
    this.close();
  }

  branch(label: Label): void {
    this.out.byte(0x0c);
    this.out.unsigned(this.depth - label.depth);
  }

  branchIf(label: Label, condition: Operand<'i32'>): void {
    const { constant } = literal('i32', condition).known;
    if (constant !== undefined) return constant ? this.branch(label) : undefined;
    literal('i32', condition).write(this.out);
    this.out.byte(0x0d);
    this.out.unsigned(this.depth - label.depth);
  }

  /** Branches to `labels[selector]`, or to `otherwise` when there is none. */
  branchTable(selector: Operand<'i32'>, labels: readonly Label[], otherwise: Label): void {
    literal('i32', selector).write(this.out);
    this.out.byte(0x0e);
    this.out.unsigned(labels.length);
    for (const label of labels) this.out.unsigned(this.depth - label.depth);
    this.out.unsigned(this.depth - otherwise.depth);
  }

  /** Evaluates a call that has no result. */
  run(callee: number, ...operands: readonly Expression<Type>[]): void {
    for (const operand of operands) operand.write(this.out);
    this.out.byte(0x10);
    this.out.unsigned(callee);
  }

  /** Calls a function with several results. */
  callFor(results: readonly Local<Type>[], callee: number, ...operands: readonly Expression<Type>[]): void {
    this.run(callee, ...operands);
    this.take(results);
  }

  /** Calls through a table; the results go to `results`. */
  callIndirectFor(
    results: readonly Local<Type>[],
    through: { readonly table: number; readonly signature: number; readonly element: Expression<'i32'> },
    ...operands: readonly Expression<Type>[]
  ): void {
    for (const operand of operands) operand.write(this.out);
    through.element.write(this.out);
    this.out.byte(0x11);
    this.out.unsigned(through.signature);
    this.out.unsigned(through.table);
    this.take(results);
  }

  /** Leaves this function for one in a table, whose results become its own. */
  tailCallIndirect(
    through: { readonly table: number; readonly signature: number; readonly element: Expression<'i32'> },
    ...operands: readonly Expression<Type>[]
  ): void {
    for (const operand of operands) operand.write(this.out);
    through.element.write(this.out);
    this.out.byte(0x13);
    this.out.unsigned(through.signature);
    this.out.unsigned(through.table);
  }

  /** Leaves this function for another, whose results become its own. */
  tailCall(callee: number, ...operands: readonly Expression<Type>[]): void {
    for (const operand of operands) operand.write(this.out);
    this.out.byte(0x12);
    this.out.unsigned(callee);
  }

  return(...values: readonly Expression<Type>[]): void {
    for (const value of values) value.write(this.out);
    this.out.byte(0x0f);
  }

  /** Sets locals from the values on the stack, the last of which is on top. */
  private take(results: readonly Local<Type>[]): void {
    for (let i = results.length - 1; i >= 0; i--) {
      this.out.byte(0x21);
      this.out.unsigned(results[i].index);
    }
  }

  unreachable(): void {
    this.out.byte(0x00);
  }

  /** memory.fill and memory.copy over the only memory. */
  fill(to: Expression<'i32'>, value: Expression<'i32'>, size: Expression<'i32'>): void {
    for (const operand of [to, value, size]) operand.write(this.out);
    this.out.append([0xfc, 11, 0]);
  }

  copy(to: Expression<'i32'>, from: Expression<'i32'>, size: Expression<'i32'>): void {
    for (const operand of [to, from, size]) operand.write(this.out);
    this.out.append([0xfc, 10, 0, 0]);
  }

  /** The function's entry in the code section: size, locals, instructions. */
  finish(): Uint8Array {
    const locals = this.localsEntry();
    const entry = new Bytes();
    entry.unsigned(locals.length + this.out.length + 1);
    entry.append(locals.view());
    entry.append(this.out.view());
    entry.byte(0x0b);
    return entry.view();
  }

  private localsEntry(): Bytes {
    const locals = new Bytes();
    const runs: [number, Type][] = [];
    for (const type of this.localTypes) {
      const last = runs[runs.length - 1];
      if (last?.[1] === type) last[0]++;
      else runs.push([1, type]);
    }
    locals.unsigned(runs.length);
    for (const [count, type] of runs) {
      locals.unsigned(count);
      locals.byte(TYPE_CODES[type]);
    }
    return locals;
  }

  private open(opcode: number): Label {
    this.out.byte(opcode);
    this.out.byte(VOID);
    this.depth++;
    return { depth: this.depth };
  }

  private close(): void {
    this.out.byte(0x0b);
    this.depth--;
  }
}

/** A call with one result, as an expression. */
export function call<R extends Type>(
  result: R,
  callee: number,
  ...operands: readonly Expression<Type>[]
): Expression<R> {
  return new Expression(result, out => {
    for (const operand of operands) operand.write(out);
    out.byte(0x10);
    out.unsigned(callee);
  });
}

/** A call through the table, as an expression. */
export function callIndirect<R extends Type>(
  result: R,
  signature: number,
  element: Operand<'i32'>,
  ...operands: readonly Expression<Type>[]
): Expression<R> {
  return new Expression(result, out => {
    for (const operand of operands) operand.write(out);
    literal('i32', element).write(out);
    out.byte(0x11);
    out.unsigned(signature);
    out.byte(0);
  });
}
