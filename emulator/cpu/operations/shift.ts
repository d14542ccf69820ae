/** Shifts: SHL, SHR, SAR, SHLD, SHRD, and the flagless SHLX, SHRX, SARX. A count of zero changes no flag. */

import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { signBit, signExtend, zeroExtend } from '../wasm/widths.ts';

/** Counts are taken modulo 32, or 64 for 8-byte operands (SDM vol. 2, SAL/SAR/SHL/SHR). */
export function countOf(e: Emitter, index: number): I64 {
  return e.code.keep(i64.and(e.source(index), e.size === 8 ? 63 : 31));
}

/** Writes the shifted value, and sets the flags unless the count is zero. */
function finish(
  e: Emitter,
  write: (value: I64) => void,
  result: I64,
  count: I64,
  carry: () => I64,
  overflow: () => I64,
): void {
  write(result);
  e.code.if(i64.ne(count, 0), () => e.setResult(e.size, result, i64.and(carry(), 1), i64.and(overflow(), 1)));
}

function shiftLeft(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 1);
  const a = target.read();
  const result = e.code.keep(i64.shl(a, count));
  // The last bit shifted out: above an operand of at most 4 bytes there is room to find it in the result.
  const carry = (): I64 => (e.size === 8 ? i64.shru(a, i64.sub(64, count)) : i64.shru(result, e.size * 8));
  finish(e, target.write, result, count, carry, () => i64.xor(signBit(e.size, result), carry()));
}

function shiftRight(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 1);
  const a = target.read();
  const result = e.code.keep(i64.shru(a, count));
  finish(
    e,
    target.write,
    result,
    count,
    () => i64.shru(a, i64.sub(count, 1)),
    () => signBit(e.size, a),
  );
}

function shiftArithmetic(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 1);
  const a = e.code.keep(signExtend(e.size, target.read()));
  const result = e.code.keep(i64.shrs(a, count));
  finish(
    e,
    target.write,
    result,
    count,
    () => i64.shrs(a, i64.sub(count, 1)),
    () => i64.const(0),
  );
}

function doubleLeft(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 2);
  const a = target.read();
  const b = e.source(1);
  const rest = e.code.keep(i64.sub(e.size * 8, count));
  e.code.if(
    i64.eqz(count),
    () => target.write(a),
    () => {
      const result = e.code.keep(i64.or(i64.shl(a, count), i64.shru(b, rest)));
      target.write(result);
      e.setResult(e.size, result, i64.and(i64.shru(a, rest), 1), i64.xor(signBit(e.size, result), signBit(e.size, a)));
    },
  );
}

function doubleRight(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 2);
  const a = target.read();
  const b = e.source(1);
  e.code.if(
    i64.eqz(count),
    () => target.write(a),
    () => {
      const result = e.code.keep(i64.or(i64.shru(a, count), i64.shl(b, i64.sub(e.size * 8, count))));
      target.write(result);
      const carry = i64.and(i64.shru(a, i64.sub(count, 1)), 1);
      e.setResult(e.size, result, carry, i64.xor(signBit(e.size, result), signBit(e.size, a)));
    },
  );
}

/** BMI2 shifts: any register as the count, no flags. */
function flagless(shift: (a: I64, count: I64) => I64, signed: boolean): (e: Emitter) => void {
  return e => {
    const a = e.source(1);
    const result = shift(signed ? signExtend(e.size, a) : a, countOf(e, 2));
    e.target(0).write(zeroExtend(e.size, result));
  };
}

export const shiftRows = [
  ...rows('shl sal', 'rmz rb', shiftLeft),
  ...rows('shr', 'rmz rb', shiftRight),
  ...rows('sar', 'rmz rb', shiftArithmetic),
  ...rows('shld', 'rmv rv rb', doubleLeft),
  ...rows('shrd', 'rmv rv rb', doubleRight),
  ...rows('shlx', 'ry rmy ry', flagless(i64.shl, false)),
  ...rows('shrx', 'ry rmy ry', flagless(i64.shru, false)),
  ...rows('sarx', 'ry rmy ry', flagless(i64.shrs, true)),
];
