/** The stack: PUSH, POP, PUSHF, POPF, ENTER, LEAVE. RSP changes only when the access has succeeded. */

import { AC, AF, CF, DF, ID, OF, PF, RBP, RF, RFLAGS, RSP, SF, TF, ZF } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';

export function push(e: Emitter, value: I64, size: number): void {
  const address = e.code.keep(i64.sub(e.register(RSP), size));
  e.writable(address, size).write(value);
  e.setRegister(RSP, address);
}

/** Reads what is on top; the caller moves RSP when nothing can fail any more. */
export function top(e: Emitter, size: number): I64 {
  return e.readable(e.register(RSP), size).read();
}

export function drop(e: Emitter, size: number): void {
  e.setRegister(RSP, i64.add(e.register(RSP), size));
}

function pushOperand(e: Emitter): void {
  push(e, e.source(0), e.size);
}

/** A register operand is written after RSP has moved; a memory operand is addressed with the moved RSP (SDM, POP). */
function popOperand(e: Emitter): void {
  const before = e.register(RSP);
  const value = e.readable(before, e.size).read();
  const after = i64.add(before, e.size);
  if (e.operands[0].memory) {
    e.setRegister(RSP, after);
    const address = e.linear(0);
    e.setRegister(RSP, before);
    e.writable(address, e.size).write(value);
    e.setRegister(RSP, after);
  } else {
    e.setRegister(RSP, after);
    e.target(0).write(value);
  }
}

const ARITHMETIC = CF | PF | AF | ZF | SF | OF;
/** What user code may change with POPF: everything but IF, IOPL and the virtualisation bits. */
export const CHANGEABLE_FLAGS = TF | DF | AC | ID;

function pushFlags(size: number): (e: Emitter) => void {
  return e => {
    const system = i64.and(e.register(RFLAGS), ~(ARITHMETIC | RF));
    push(e, i64.or(system, e.flags()), size);
  };
}

/** Takes the flags that are not arithmetic from an image. */
export function popSystemFlags(e: Emitter, image: I64, changeable: number): void {
  const kept = i64.and(e.register(RFLAGS), ~(changeable | RF));
  e.setRegister(RFLAGS, i64.or(kept, i64.and(image, changeable)));
}

function popFlags(size: number): (e: Emitter) => void {
  return e => {
    const value = top(e, size);
    drop(e, size);
    popSystemFlags(e, value, size === 2 ? CHANGEABLE_FLAGS & 0xffff : CHANGEABLE_FLAGS);
    e.setFlagImage(value);
    e.code.if(i32.wrap(i64.and(value, TF)), () => e.resume());
  };
}

/** With an operand size of 16 bits it is BP that is restored. */
function leave(size: number): (e: Emitter) => void {
  return e => {
    const frame = e.register(RBP);
    const value = e.readable(frame, size).read();
    e.setRegister(RSP, i64.add(frame, size));
    e.setRegister(RBP, value, size);
  };
}

/** Levels above 0, which compilers do not make, copy frame pointers. `size` is that of what is pushed. */
function enter(size: number): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const level = code.keep(i64.and(e.source(1), 31));
    const frame = code.keep(i64.sub(e.register(RSP), size));
    const bottom = code.keep(i64.sub(i64.sub(frame, i64.mul(level, size)), e.source(0)));
    const old = e.register(RBP);
    e.writable(frame, size).write(old);
    e.locate(bottom, 'write', 1);
    const from = code.variable('i64', old);
    const to = code.variable('i64', frame);
    const count = code.variable('i64', level);
    code.loop(again => {
      code.if(i64.ne(count, 0), () => {
        code.set(count, i64.sub(count, 1));
        code.set(from, i64.sub(from, size));
        code.set(to, i64.sub(to, size));
        const value = code.local('i64');
        code.set(value, frame);
        code.if(i64.ne(count, 0), () => code.set(value, e.readable(from, size).read()));
        e.writable(to, size).write(value);
        code.branch(again);
      });
    });
    e.setRegister(RBP, frame, size);
    e.setRegister(RSP, bottom);
  };
}

export const stackRows = [
  ...rows('push', 'rmq | rmw', pushOperand),
  ...rows('pop', 'rmq | rmw', popOperand),
  ...rows('pushfq', '', pushFlags(8)),
  ...rows('pushf', '', pushFlags(2)),
  ...rows('popfq', '', popFlags(8)),
  ...rows('popf', '', popFlags(2)),
  ...rows('leave', '', leave(8)),
  ...rows('leavew', '', leave(2)),
  ...rows('enter', 'rw rb', enter(8)),
  ...rows('enterw', 'rw rb', enter(2)),
];
