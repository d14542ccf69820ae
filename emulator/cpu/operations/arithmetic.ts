/** Addition and subtraction: ADD, ADC, SUB, SBB, CMP, NEG, INC, DEC, XADD, CMPXCHG, and ADCX, ADOX. */

import { CF, OF, RAX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { zeroExtend } from '../wasm/widths.ts';

function setSumFlags(e: Emitter, a: I64, b: I64, sum: I64): void {
  const carries = i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.not(sum)));
  e.setArithmetic(e.size, sum, carries, i64.xor(i64.xor(a, b), sum));
}

export function borrows(a: I64, b: I64, difference: I64): I64 {
  return i64.or(i64.and(i64.not(a), b), i64.and(i64.not(i64.xor(a, b)), difference));
}

function setDifferenceFlags(e: Emitter, a: I64, b: I64, difference: I64): void {
  e.setArithmetic(e.size, difference, borrows(a, b, difference), i64.xor(i64.xor(a, b), difference));
}

function add(e: Emitter, carryIn: boolean): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  const plain = i64.add(a, b);
  const sum = e.code.keep(carryIn ? i64.add(plain, e.carry()) : plain);
  target.write(sum);
  setSumFlags(e, a, b, sum);
}

function subtract(e: Emitter, borrowIn: boolean): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  const plain = i64.sub(a, b);
  const difference = e.code.keep(borrowIn ? i64.sub(plain, e.carry()) : plain);
  target.write(difference);
  setDifferenceFlags(e, a, b, difference);
}

function compare(e: Emitter): void {
  const a = e.source(0);
  const b = e.source(1);
  setDifferenceFlags(e, a, b, e.code.keep(i64.sub(a, b)));
}

function negate(e: Emitter): void {
  const target = e.target(0);
  const b = target.read();
  const zero = i64.const(0);
  const difference = e.code.keep(i64.sub(zero, b));
  target.write(difference);
  setDifferenceFlags(e, zero, b, difference);
}

function increment(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const sum = e.code.keep(i64.add(a, 1));
  target.write(sum);
  e.setArithmeticKeepingCarry(
    e.size,
    sum,
    i64.or(i64.and(a, 1), i64.and(a, i64.not(sum))),
    i64.xor(i64.xor(a, 1), sum),
  );
}

function decrement(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const one = i64.const(1);
  const difference = e.code.keep(i64.sub(a, 1));
  target.write(difference);
  e.setArithmeticKeepingCarry(e.size, difference, borrows(a, one, difference), i64.xor(i64.xor(a, 1), difference));
}

function exchangeAdd(e: Emitter): void {
  const target = e.target(0);
  const source = e.target(1);
  const a = target.read();
  const b = source.read();
  const sum = e.code.keep(i64.add(a, b));
  source.write(a);
  target.write(sum);
  setSumFlags(e, a, b, sum);
}

function compareExchange(e: Emitter): void {
  const target = e.target(0);
  const old = target.read();
  const replacement = e.source(1);
  const accumulator = e.register(RAX, e.size);
  const difference = e.code.keep(i64.sub(accumulator, old));
  e.code.if(
    i64.eqz(zeroExtend(e.size, difference)),
    () => target.write(replacement),
    () => {
      // Memory is written in either case (SDM vol. 2, CMPXCHG); a 4-byte register keeps its upper half.
      if (e.operands[0].memory) target.write(old);
      e.setRegister(RAX, old, e.size);
    },
  );
  setDifferenceFlags(e, accumulator, old, difference);
}

/** Adds with a carry that lives in one flag and touches no other. */
function addWithFlag(flag: number): (e: Emitter) => void {
  return e => {
    const a = e.source(0);
    const b = e.source(1);
    const image = e.flags();
    const position = Math.log2(flag);
    const sum = e.code.keep(i64.add(i64.add(a, b), i64.and(i64.shru(image, position), 1)));
    const carries = i64.or(i64.and(a, b), i64.and(i64.or(a, b), i64.not(sum)));
    const carry = e.code.keep(i64.and(i64.shru(carries, e.size * 8 - 1), 1));
    e.target(0).write(sum);
    e.setFlags(i64.or(i64.and(image, ~flag), i64.shl(carry, position)));
  };
}

export const arithmeticRows = [
  ...rows('add', 'rmz rz | rz mz', e => add(e, false)),
  ...rows('adc', 'rmz rz | rz mz', e => add(e, true)),
  ...rows('sub', 'rmz rz | rz mz', e => subtract(e, false)),
  ...rows('sbb', 'rmz rz | rz mz', e => subtract(e, true)),
  ...rows('cmp', 'rmz rz | rz mz', compare),
  ...rows('neg', 'rmz', negate),
  ...rows('inc', 'rmz', increment),
  ...rows('dec', 'rmz', decrement),
  ...rows('xadd', 'rmz rz', exchangeAdd),
  ...rows('cmpxchg', 'rmz rz', compareExchange),
  ...rows('adcx', 'ry rmy', addWithFlag(CF)),
  ...rows('adox', 'ry rmy', addWithFlag(OF)),
];
