/** Control transfer: JMP, Jcc, CALL, RET, LOOP, JRCXZ, and the ways into the kernel. */

import { BP, DB, GP, OF_TRAP, UD } from '../exits.ts';
import { RCX, RSP } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { CONDITION_NAMES } from './conditions.ts';
import { drop, push, top } from './stack.ts';

/** Jumping to a non-canonical address raises #GP(0) before anything changes (SDM vol. 2, JMP, CALL, RET). */
export function checkTarget(e: Emitter, target: I64): I64 {
  const address = e.code.keep(target);
  e.code.if(i64.ne(i64.shrs(i64.shl(address, 16), 16), address), () => e.fault(GP));
  return address;
}

function jumpIndirect(e: Emitter): void {
  e.jump(checkTarget(e, e.source(0)));
}

function callDirect(e: Emitter): void {
  push(e, e.following(), 8);
  e.branch();
}

function callIndirect(e: Emitter): void {
  const target = checkTarget(e, e.source(0));
  push(e, e.following(), 8);
  e.jump(target);
}

function returnNear(e: Emitter): void {
  const target = checkTarget(e, top(e, 8));
  drop(e, 8);
  e.jump(target);
}

function returnAndRelease(e: Emitter): void {
  const target = checkTarget(e, top(e, 8));
  e.setRegister(RSP, i64.add(i64.add(e.register(RSP), 8), e.source(0)));
  e.jump(target);
}

/** LOOP and its relatives, with RCX, or ECX when the address size is 32 bits. */
function loop(size: number, condition?: number): (e: Emitter) => void {
  return e => {
    const count = e.code.keep(i64.sub(e.register(RCX, size), 1));
    e.setRegister(RCX, count, size);
    const more = i32.eqz(i64.eqz(size === 8 ? count : i64.and(count, 0xffff_ffff)));
    e.branch(condition === undefined ? more : select(e.condition(condition), more, i32.const(0)));
  };
}

function jumpIfCountZero(size: number): (e: Emitter) => void {
  return e => e.branch(i64.eqz(e.register(RCX, size)));
}

function conditional(condition: number): (e: Emitter) => void {
  return e => e.branch(e.condition(condition) as I32);
}

/** Only the gates of #BP and #OF are open to user mode; others fault with their place in the IDT (SDM vol. 3, 6.13). */
function interrupt(e: Emitter): void {
  const vector = e.code.keep(i32.wrap(e.source(0)));
  e.code.if(i32.eq(vector, BP), () => e.trap(BP));
  e.code.if(i32.eq(vector, OF_TRAP), () => e.trap(OF_TRAP));
  e.fault(GP, i32.or(i32.shl(vector, 3), IDT_SELECTOR));
}

const IDT_SELECTOR = 2;

export const flowRows = [
  ...rows('jmp', '', e => e.branch()),
  ...rows('jmp', 'rmq', jumpIndirect),
  ...rows('call', '', callDirect),
  ...rows('call', 'rmq', callIndirect),
  ...rows('ret', '', returnNear),
  ...rows('ret', 'rw', returnAndRelease),
  ...CONDITION_NAMES.flatMap((name, condition) => rows(`j${name}`, '', conditional(condition))),
  ...rows('loop', '', loop(8)),
  ...rows('loop32', '', loop(4)),
  ...rows('loope', '', loop(8, 4)),
  ...rows('loope32', '', loop(4, 4)),
  ...rows('loopne', '', loop(8, 5)),
  ...rows('loopne32', '', loop(4, 5)),
  ...rows('jrcxz', '', jumpIfCountZero(8)),
  ...rows('jecxz', '', jumpIfCountZero(4)),
  ...rows('syscall', '', e => e.systemCall()),
  ...rows('int3', '', e => e.trap(BP)),
  ...rows('int1', '', e => e.trap(DB)),
  ...rows('int', 'rb', interrupt),
  ...rows('ud2', '', e => e.fault(UD)),
  ...rows('privileged', '', e => e.fault(GP)),
];
