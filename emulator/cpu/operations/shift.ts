/** Shifts: SHL, SHR, SAR, SHLD, SHRD, and the flagless SHLX, SHRX, SARX. A count of zero changes no flag. */

import type { Emitter } from '../emitter.ts';
import type { FlagKind } from '../flagKinds.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';
import { signBit, signExtend, zeroExtend } from '../wasm/widths.ts';

/** Counts are taken modulo 32, or 64 for 8-byte operands (SDM vol. 2, SAL/SAR/SHL/SHR). */
export function countOf(e: Emitter, index: number): I64 {
  return e.code.keep(i64.and(e.source(index), e.size === 8 ? 63 : 31));
}

type Shift = (a: I64, count: I64) => I64;

/** Shifts, and sets the flags unless the count is zero. */
function shift(kind: FlagKind, by: Shift): (e: Emitter) => void {
  return e => {
    const target = e.target(0);
    const count = countOf(e, 1);
    const before = target.read();
    const a = kind === 'arithmeticRight' ? e.code.keep(signExtend(e.size, before)) : before;
    target.write(by(a, count));
    e.code.if(i64.ne(count, 0), () => e.setFlags(kind, e.size, a, count));
  };
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
function flagless(by: Shift, signed: boolean): (e: Emitter) => void {
  return e => {
    const a = e.source(1);
    const result = by(signed ? signExtend(e.size, a) : a, countOf(e, 2));
    e.target(0).write(zeroExtend(e.size, result));
  };
}

export const shiftRows = [
  ...rows('shl sal', 'rmz rb', shift('left', i64.shl)),
  ...rows('shr', 'rmz rb', shift('right', i64.shru)),
  ...rows('sar', 'rmz rb', shift('arithmeticRight', i64.shrs)),
  ...rows('shld', 'rmv rv rb', doubleLeft),
  ...rows('shrd', 'rmv rv rb', doubleRight),
  ...rows('shlx', 'ry rmy ry', flagless(i64.shl, false)),
  ...rows('shrx', 'ry rmy ry', flagless(i64.shru, false)),
  ...rows('sarx', 'ry rmy ry', flagless(i64.shrs, true)),
];
