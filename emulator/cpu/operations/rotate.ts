/** Rotations: ROL, ROR, RCL, RCR, and RORX. They touch CF and OF only, and nothing when the masked count is zero. */

import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { signBit, zeroExtend } from '../wasm/widths.ts';
import { countOf } from './shift.ts';

/** `a` rotated left by `count`, which may exceed the operand's width. */
function rotatedLeft(size: number, a: I64, count: I64): I64 {
  if (size === 8) return i64.rotl(a, count);
  if (size === 4) return i64.extendu(i32.rotl(i32.wrap(a), i32.wrap(count)));
  const bits = size * 8;
  const turn = i64.and(count, bits - 1);
  return i64.or(i64.shl(a, turn), i64.shru(a, i64.sub(bits, turn)));
}

function rotateLeft(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 1);
  const a = target.read();
  const result = e.code.keep(zeroExtend(e.size, rotatedLeft(e.size, a, count)));
  target.write(result);
  e.code.if(i64.ne(count, 0), () => {
    const carry = e.code.keep(i64.and(result, 1));
    e.setCarryAndOverflow(carry, i64.xor(carry, signBit(e.size, result)));
  });
}

function rotateRight(e: Emitter): void {
  const target = e.target(0);
  const count = countOf(e, 1);
  const a = target.read();
  const result = e.code.keep(zeroExtend(e.size, rotatedLeft(e.size, a, i64.sub(e.size * 8, count))));
  target.write(result);
  e.code.if(i64.ne(count, 0), () => {
    const top = e.code.keep(signBit(e.size, result));
    e.setCarryAndOverflow(top, i64.xor(top, i64.and(i64.shru(result, e.size * 8 - 2), 1)));
  });
}

/** Rotation through CF, bit by bit: rare, and the count is at most the operand's width. */
function rotateThroughCarry(left: boolean): (e: Emitter) => void {
  return e => {
    const bits = e.size * 8;
    const target = e.target(0);
    const masked = countOf(e, 1);
    const count = e.code.variable('i64', e.size < 4 ? i64.remu(masked, bits + 1) : masked);
    const value = e.code.variable('i64', target.read());
    const carry = e.code.variable('i64', e.carry());
    e.code.loop(again => {
      e.code.if(i64.ne(count, 0), () => {
        if (left) {
          const out = e.code.keep(signBit(e.size, value));
          e.code.set(value, zeroExtend(e.size, i64.or(i64.shl(value, 1), carry)));
          e.code.set(carry, out);
        } else {
          const out = e.code.keep(i64.and(value, 1));
          e.code.set(value, i64.or(i64.shru(value, 1), i64.shl(carry, bits - 1)));
          e.code.set(carry, out);
        }
        e.code.set(count, i64.sub(count, 1));
        e.code.branch(again);
      });
    });
    target.write(value);
    e.code.if(i64.ne(masked, 0), () => {
      const top = signBit(e.size, value);
      e.setCarryAndOverflow(carry, i64.xor(top, left ? carry : i64.and(i64.shru(value, bits - 2), 1)));
    });
  };
}

function rotateRightFlagless(e: Emitter): void {
  const a = e.source(1);
  e.target(0).write(rotatedLeft(e.size, a, i64.sub(e.size * 8, countOf(e, 2))));
}

export const rotateRows = [
  ...rows('rol', 'rmz rb', rotateLeft),
  ...rows('ror', 'rmz rb', rotateRight),
  ...rows('rcl', 'rmz rb', rotateThroughCarry(true)),
  ...rows('rcr', 'rmz rb', rotateThroughCarry(false)),
  ...rows('rorx', 'ry rmy rb', rotateRightFlagless),
];
