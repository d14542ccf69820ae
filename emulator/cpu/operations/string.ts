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

/** What addresses and counts have: all of a register or, with a prefix, its lower half, which clears the upper when set. */
type AddressSize = 8 | 4;

function advance(e: Emitter, register: number, by: I64, width: AddressSize): void {
  e.setRegister(register, i64.add(e.register(register, width), by), width);
}

/** The source address is operand 0, because a segment prefix applies to it: FS:[RSI] is possible, FS:[RDI] is not. */
function sourceAddress(e: Emitter): I64 {
  return e.linear(0);
}

function moveOnce(e: Emitter, size: number, by: I64, width: AddressSize): void {
  const value = e.readable(sourceAddress(e), size).read();
  e.writable(e.register(RDI, width), size).write(value);
  advance(e, RSI, by, width);
  advance(e, RDI, by, width);
}

function storeOnce(e: Emitter, size: number, by: I64, width: AddressSize): void {
  e.writable(e.register(RDI, width), size).write(e.register(RAX, size));
  advance(e, RDI, by, width);
}

function loadOnce(e: Emitter, size: number, by: I64, width: AddressSize): void {
  e.setRegister(RAX, e.readable(sourceAddress(e), size).read(), size);
  advance(e, RSI, by, width);
}

/** What a turn of SCAS or CMPS compares. */
type Compared = readonly [a: I64, b: I64];

function scanOnce(e: Emitter, size: number, by: I64, width: AddressSize): Compared {
  const value = e.readable(e.register(RDI, width), size).read();
  advance(e, RDI, by, width);
  return [e.register(RAX, size), value];
}

function compareOnce(e: Emitter, size: number, by: I64, width: AddressSize): Compared {
  const b = e.readable(e.register(RDI, width), size).read(); // which fails first, if both do
  const a = e.readable(sourceAddress(e), size).read();
  advance(e, RSI, by, width);
  advance(e, RDI, by, width);
  return [a, b];
}

/** One turn; what it compares, if it does. */
type Once = (e: Emitter, size: number, by: I64, width: AddressSize) => Compared | void;

/** Many turns at once, where that is the same; returns nothing, but may have lowered RCX. */
type Bulk = (e: Emitter, size: number, by: I64) => void;

interface Repetition {
  readonly once: Once;
  readonly size: number;
  readonly width: AddressSize;
  readonly bulk?: Bulk;
  /** Address registers whose upper halves a narrow one clears even when it does nothing, as processors do. */
  readonly pointers: readonly number[];
}

function repeat({ once, size, width, bulk, pointers }: Repetition): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const left = (): I64 => e.register(RCX, width);
    const by = step(e, size);
    const turns = code.variable('i32', TURNS);
    // A narrow count that is zero already is written all the same, so it clears the upper half.
    if (width === 4) for (const register of [RCX, ...pointers]) e.setRegister(register, e.register(register, 4), 4);
    code.loop(again => {
      code.if(i64.ne(left(), 0), () => {
        bulk?.(e, size, by);
        code.if(i64.ne(left(), 0), () => {
          once(e, size, by, width);
          e.setRegister(RCX, i64.sub(left(), 1), width);
          code.set(turns, i32.sub(turns, 1));
          code.if(i32.eqz(turns), () => e.again());
          code.branch(again);
        });
      });
    });
  };
}

/**
 * REPE and REPNE. Only the last comparison sets the flags: after a fault in the middle they are those of before the
 * instruction (SDM vol. 2, REP).
 */
function repeatWhile(goesOn: 'equal' | 'different', { once, size, width }: Repetition): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const left = (): I64 => e.register(RCX, width);
    const by = step(e, size);
    if (width === 4) e.setRegister(RCX, left(), width);
    code.if(i64.ne(left(), 0), () => {
      const turns = code.variable('i32', TURNS);
      const [a, b] = [code.variable('i64', 0), code.variable('i64', 0)];
      code.loop(again => {
        const [first, second] = once(e, size, by, width) as Compared;
        code.set(a, first);
        code.set(b, second);
        e.setRegister(RCX, i64.sub(left(), 1), width);
        code.set(turns, i32.sub(turns, 1));
        const fits = goesOn === 'equal' ? i64.eq(a, b) : i64.ne(a, b);
        code.if(i32.and(fits, i64.ne(left(), 0)), () => {
          code.branchIf(again, turns);
          e.setFlags('difference', size, a, b);
          e.again();
        });
      });
      e.setFlags('difference', size, a, b);
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
  for (const register of registers) advance(e, register, i64.mul(count, size), 8);
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
const POINTERS: Readonly<Record<string, readonly number[]>> = { movs: [RSI, RDI], stos: [RDI] };

/** A way of repeating: the prefix, and what must be compared for it to go on. */
interface Prefix {
  readonly name: string;
  readonly goesOn?: 'equal' | 'different';
}

const COUNTED: readonly Prefix[] = [{ name: 'rep' }];
const CONDITIONAL: readonly Prefix[] = [
  { name: 'rep', goesOn: 'equal' },
  { name: 'repne', goesOn: 'different' },
];

/** Names end in 32 where addresses have 32 bits; these have no way of doing many turns at once. */
function family(name: string, once: Once, operand: '' | 'm', prefixes: readonly Prefix[], bulk?: Bulk): Row[] {
  return LETTERS.flatMap(([letter, size]) =>
    ([8, 4] as const).flatMap(width => {
      const form = operand === 'm' ? `m${letter}` : '';
      const mnemonic = `${name}${letter}${width === 4 ? '32' : ''}`;
      const single = rows(mnemonic, form, e => {
        const compared = once(e, size, step(e, size), width);
        if (compared) e.setFlags('difference', size, ...compared);
      });
      const bulkOf = width === 8 ? bulk : undefined;
      const repetition = { once, size, width, bulk: bulkOf, pointers: POINTERS[name] ?? [] };
      const repeated = prefixes.map(({ name: prefix, goesOn }) => ({
        mnemonic: `${prefix} ${mnemonic}`,
        forms: [form],
        operation: goesOn ? repeatWhile(goesOn, repetition) : repeat(repetition),
      }));
      return [...single, ...repeated];
    }),
  );
}

export const stringRows = [
  ...family('movs', moveOnce, 'm', COUNTED, moveBulk),
  ...family('stos', storeOnce, '', COUNTED, storeBulk),
  ...family('lods', loadOnce, 'm', COUNTED),
  ...family('scas', scanOnce, '', CONDITIONAL),
  ...family('cmps', compareOnce, 'm', CONDITIONAL),
];
