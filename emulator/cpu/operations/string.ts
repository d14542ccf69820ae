/**
 * String instructions: MOVS, STOS, LODS, SCAS, CMPS, alone and repeated. Every turn of a repeated one changes the registers
 * as a whole step, so a fault or an interruption in the middle leaves a state that simply continues (SDM vol. 2, REP).
 */

import { DF, RAX, RCX, RDI, RFLAGS, RSI } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { Row } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';

/** Turns after which a repeated instruction leaves, so that nothing runs for ever between two looks at the outside. */
const TURNS = 0x1_0000;

function step(e: Emitter, size: number): I64 {
  const down = i32.wrap(i64.and(e.register(RFLAGS), DF));
  return e.code.keep(select(down, i64.const(-size), i64.const(size)));
}

function advance(e: Emitter, register: number, by: I64): void {
  e.setRegister(register, i64.add(e.register(register), by));
}

/** The source address is operand 0, because a segment prefix applies to it: FS:[RSI] is possible, FS:[RDI] is not. */
function sourceAddress(e: Emitter): I64 {
  return e.linear(0);
}

function moveOnce(e: Emitter, size: number, by: I64): void {
  const value = e.readable(sourceAddress(e), size).read();
  e.writable(e.register(RDI), size).write(value);
  advance(e, RSI, by);
  advance(e, RDI, by);
}

function storeOnce(e: Emitter, size: number, by: I64): void {
  e.writable(e.register(RDI), size).write(e.register(RAX, size));
  advance(e, RDI, by);
}

function loadOnce(e: Emitter, size: number, by: I64): void {
  e.setRegister(RAX, e.readable(sourceAddress(e), size).read(), size);
  advance(e, RSI, by);
}

function scanOnce(e: Emitter, size: number, by: I64): void {
  const value = e.readable(e.register(RDI), size).read();
  advance(e, RDI, by);
  e.setFlags('difference', size, e.register(RAX, size), value);
}

function compareOnce(e: Emitter, size: number, by: I64): void {
  const a = e.readable(sourceAddress(e), size).read();
  const b = e.readable(e.register(RDI), size).read();
  advance(e, RSI, by);
  advance(e, RDI, by);
  e.setFlags('difference', size, a, b);
}

type Once = (e: Emitter, size: number, by: I64) => void;

/** Many turns at once, where that is the same; returns nothing, but may have lowered RCX. */
type Bulk = (e: Emitter, size: number, by: I64) => void;

function repeat(once: Once, size: number, whileCondition?: number, bulk?: Bulk): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const by = step(e, size);
    const turns = code.variable('i32', TURNS);
    code.loop(again => {
      code.if(i64.ne(e.register(RCX), 0), () => {
        bulk?.(e, size, by);
        code.if(i64.ne(e.register(RCX), 0), () => {
          once(e, size, by);
          e.setRegister(RCX, i64.sub(e.register(RCX), 1));
          code.set(turns, i32.sub(turns, 1));
          code.if(i32.eqz(turns), () => e.again());
          if (whileCondition === undefined) code.branch(again);
          else code.branchIf(again, e.condition(whileCondition));
        });
      });
    });
  };
}

function smaller(e: Emitter, a: I64, b: I64): I64 {
  const [x, y] = [e.code.keep(a), e.code.keep(b)];
  return e.code.keep(select(i64.ltu(x, y), x, y));
}

/** How many elements of the rest fit into the pages that are accessible in place; 0 unless going upward. */
function bulkCount(e: Emitter, size: number, by: I64, ...spans: I32[]): I64 {
  const fitting = spans.map(span => e.code.keep(i64.extendu(i32.shru(span, Math.log2(size)))));
  const count = fitting.reduce((least, next) => smaller(e, least, next), e.register(RCX));
  return e.code.keep(select(i64.gts(by, 0), count, i64.const(0)));
}

function finishBulk(e: Emitter, size: number, count: I64, ...registers: number[]): void {
  for (const register of registers) advance(e, register, i64.mul(count, size));
  e.setRegister(RCX, i64.sub(e.register(RCX), count));
}

function moveBulk(e: Emitter, size: number, by: I64): void {
  const from = sourceAddress(e);
  const to = e.register(RDI);
  const count = bulkCount(e, size, by, e.span(from, 'read'), e.span(to, 'write'));
  const length = i32.wrap(i64.mul(count, size));
  // Overlapping upward moves repeat what they have just written, which memory.copy does not do.
  const apart = i64.geu(i64.sub(to, from), i64.mul(count, size));
  e.code.if(i32.and(i64.gtu(count, 3), apart), () => {
    e.code.copy(i32.wrap(to), i32.wrap(from), length);
    finishBulk(e, size, count, RSI, RDI);
  });
}

function storeBulk(e: Emitter, size: number, by: I64): void {
  const to = e.register(RDI);
  const count = bulkCount(e, size, by, e.span(to, 'write'));
  const value = e.register(RAX, size);
  const byte = e.code.keep(i64.and(value, 0xff));
  const uniform = i64.eq(
    value,
    i64.mul(byte, size === 8 ? 0x0101_0101_0101_0101n : size === 4 ? 0x0101_0101 : size === 2 ? 0x0101 : 1),
  );
  e.code.if(i32.and(i64.gtu(count, 3), uniform), () => {
    e.code.fill(i32.wrap(to), i32.wrap(byte), i32.wrap(i64.mul(count, size)));
    finishBulk(e, size, count, RDI);
  });
}

const LETTERS: readonly [string, number][] = [
  ['b', 1],
  ['w', 2],
  ['d', 4],
  ['q', 8],
];
const EQUAL = 4;
const NOT_EQUAL = 5;

function family(name: string, once: Once, operands: string, repeats: (size: number, mnemonic: string) => Row[]): Row[] {
  return LETTERS.flatMap(([letter, size]) => {
    const form = operands === 'm' ? `m${letter}` : '';
    const single = rows(`${name}${letter}`, form, e => once(e, size, step(e, size)));
    return [...single, ...repeats(size, `${name}${letter}`).map(repeated => ({ ...repeated, forms: [form] }))];
  });
}

function row(mnemonic: string, operation: (e: Emitter) => void): Row {
  return { mnemonic, forms: [], operation };
}

function untilCondition(once: Once): (size: number, mnemonic: string) => Row[] {
  return (size, mnemonic) => [
    row(`rep ${mnemonic}`, repeat(once, size, EQUAL)),
    row(`repne ${mnemonic}`, repeat(once, size, NOT_EQUAL)),
  ];
}

function counted(once: Once, bulk?: Bulk): (size: number, mnemonic: string) => Row[] {
  return (size, mnemonic) => [row(`rep ${mnemonic}`, repeat(once, size, undefined, bulk))];
}

export const stringRows = [
  ...family('movs', moveOnce, 'm', counted(moveOnce, moveBulk)),
  ...family('stos', storeOnce, '', counted(storeOnce, storeBulk)),
  ...family('lods', loadOnce, 'm', counted(loadOnce)),
  ...family('scas', scanOnce, '', untilCondition(scanOnce)),
  ...family('cmps', compareOnce, 'm', untilCondition(compareOnce)),
];
