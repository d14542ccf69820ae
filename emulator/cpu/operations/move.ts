/** Data movement between general registers and memory: MOV, MOVZX, MOVSX, XCHG, LEA, CMOVcc, SETcc, CBW and others. */

import { RAX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { signExtend } from '../wasm/widths.ts';
import { CONDITION_NAMES } from './conditions.ts';

function move(e: Emitter): void {
  const value = e.source(1);
  e.target(0).write(value);
}

function moveSigned(e: Emitter): void {
  const value = e.source(1);
  e.target(0).write(signExtend(e.operands[1].size, value));
}

function exchange(e: Emitter): void {
  const first = e.target(0);
  const second = e.target(1);
  const a = first.read();
  const b = second.read();
  second.write(a);
  first.write(b);
}

function loadEffectiveAddress(e: Emitter): void {
  e.target(0).write(e.effective(1));
}

/** The source is read, and a 4-byte destination cleared above, whether or not the condition holds. */
function conditionalMove(condition: number): (e: Emitter) => void {
  return e => {
    const value = e.source(1);
    const target = e.target(0);
    target.write(select(e.condition(condition), value, target.read()));
  };
}

function setByCondition(condition: number): (e: Emitter) => void {
  return e => e.target(0).write(i64.extendu(e.condition(condition)));
}

/** CBW, CWDE, CDQE: the accumulator's lower half, sign-extended. */
function widenAccumulator(size: number): (e: Emitter) => void {
  return e => e.setRegister(RAX, signExtend(size / 2, e.register(RAX, size / 2)), size);
}

/** CWD, CDQ, CQO: the accumulator's sign throughout RDX. */
function signIntoData(size: number): (e: Emitter) => void {
  return e => e.setRegister(RDX, i64.shrs(signExtend(size, e.register(RAX, size)), size * 8 - 1), size);
}

/** The record's memory operand is [RBX] with its segment; AL is added here, being no index register. */
function translateByte(e: Emitter): void {
  const address = e.code.keep(i64.add(e.linear(0), e.register(RAX, 1)));
  e.setRegister(RAX, e.readable(address, 1).read(), 1);
}

/** Selectors of a 64-bit user process: flat segments, whose selectors are what Linux and Windows load. */
const SELECTORS = { cs: 0x33, ss: 0x2b };

/** MOV from a segment register: the record's second slot holds the selector's number. */
function readSelector(e: Emitter): void {
  const number = i32.wrap(e.source(1, 8));
  const value = select(
    i32.eq(number, 1),
    i64.const(SELECTORS.cs),
    select(i32.eq(number, 2), i64.const(SELECTORS.ss), i64.const(0)),
  );
  e.target(0, e.operands[0].memory ? 2 : e.size).write(value);
}

export const moveRows = [
  ...rows('mov', 'rmz rz | rz mz', move),
  ...rows('movzx', 'rv rmb | rv rmw', move),
  ...rows('movsx', 'rv rmb | rv rmw', moveSigned),
  ...rows('movsxd', 'rq rmd | rd rmd | rw rmw | rw rmd', moveSigned),
  ...rows('movnti', 'my ry', move),
  ...rows('xchg', 'rmz rz', exchange),
  ...rows('lea', 'rv mn', loadEffectiveAddress),
  ...CONDITION_NAMES.flatMap((name, condition) => [
    ...rows(`cmov${name}`, 'rv rmv', conditionalMove(condition)),
    ...rows(`set${name}`, 'rmb', setByCondition(condition)),
  ]),
  ...rows('cbw', '', widenAccumulator(2)),
  ...rows('cwde', '', widenAccumulator(4)),
  ...rows('cdqe', '', widenAccumulator(8)),
  ...rows('cwd', '', signIntoData(2)),
  ...rows('cdq', '', signIntoData(4)),
  ...rows('cqo', '', signIntoData(8)),
  ...rows('xlatb', 'mb', translateByte),
  ...rows('mov-from-selector', 'rmv rw', readSelector),
];
