/** Data movement between general registers and memory: MOV, MOVZX, MOVSX, XCHG, LEA, CMOVcc, SETcc, CBW and others. */

import { RAX, RDX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { signExtend, zeroExtend } from '../wasm/widths.ts';
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
function translateByte(addressSize: 4 | 8): (e: Emitter) => void {
  return e => {
    const base = e.effective(0);
    const segment = i64.sub(e.linear(0), base);
    const effective = zeroExtend(addressSize, i64.add(base, e.register(RAX, 1)));
    e.setRegister(RAX, e.readable(i64.add(effective, segment), 1).read(), 1);
  };
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
  ...rows('xlatb', 'mb', translateByte(8)),
  ...rows('xlatb32', 'mb', translateByte(4)),
];
