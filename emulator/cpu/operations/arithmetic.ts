/** Addition and subtraction: ADD, ADC, SUB, SBB, CMP, NEG, INC, DEC, XADD, CMPXCHG, and ADCX, ADOX. */

import { CF, OF, RAX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { i64 } from '../wasm/scalar.ts';
import { zeroExtend } from '../wasm/widths.ts';

function add(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  target.write(i64.add(a, b));
  e.setFlags('sum', e.size, a, b);
}

function addWithCarry(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  const sum = e.code.keep(i64.add(i64.add(a, b), e.carry()));
  target.write(sum);
  e.setFlags('sumWithCarry', e.size, a, b, sum);
}

function subtract(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  target.write(i64.sub(a, b));
  e.setFlags('difference', e.size, a, b);
}

function subtractWithBorrow(e: Emitter): void {
  const target = e.target(0);
  const a = target.read();
  const b = e.source(1);
  const difference = e.code.keep(i64.sub(i64.sub(a, b), e.carry()));
  target.write(difference);
  e.setFlags('differenceWithBorrow', e.size, a, b, difference);
}

function compare(e: Emitter): void {
  const a = e.source(0);
  e.setFlags('difference', e.size, a, e.source(1));
}

function negate(e: Emitter): void {
  const target = e.target(0);
  const value = target.read();
  target.write(i64.sub(0, value));
  e.setFlags('difference', e.size, i64.const(0), value);
}

function increment(e: Emitter): void {
  const target = e.target(0);
  const sum = e.code.keep(i64.add(target.read(), 1));
  target.write(sum);
  e.setFlags('increment', e.size, sum);
}

function decrement(e: Emitter): void {
  const target = e.target(0);
  const difference = e.code.keep(i64.sub(target.read(), 1));
  target.write(difference);
  e.setFlags('decrement', e.size, difference);
}

function exchangeAdd(e: Emitter): void {
  const target = e.target(0);
  const source = e.target(1);
  const a = target.read();
  const b = source.read();
  source.write(a);
  target.write(i64.add(a, b));
  e.setFlags('sum', e.size, a, b);
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
  e.setFlags('difference', e.size, accumulator, old);
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
    e.setFlagImage(i64.or(i64.and(image, ~flag), i64.shl(carry, position)));
  };
}

export const arithmeticRows = [
  ...rows('add', 'rmz rz | rz mz', add),
  ...rows('adc', 'rmz rz | rz mz', addWithCarry),
  ...rows('sub', 'rmz rz | rz mz', subtract),
  ...rows('sbb', 'rmz rz | rz mz', subtractWithBorrow),
  ...rows('cmp', 'rmz rz | rz mz', compare),
  ...rows('neg', 'rmz', negate),
  ...rows('inc', 'rmz', increment),
  ...rows('dec', 'rmz', decrement),
  ...rows('xadd', 'rmz rz', exchangeAdd),
  ...rows('cmpxchg', 'rmz rz', compareExchange),
  ...rows('adcx', 'ry rmy', addWithFlag(CF)),
  ...rows('adox', 'ry rmy', addWithFlag(OF)),
];
