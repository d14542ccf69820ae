/**
 * PCLMULQDQ. WebAssembly has no product without carries: integer products of operands that have every fourth bit only
 * keep their carries in the three bits between, as long as no more than fifteen terms meet.
 */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i64x2 } from '../../wasm/vector.ts';
import { immediateOf } from './shuffles.ts';

const EVERY_FOURTH = 0x1111_1111_1111_1111n;

/** Of two 32-bit numbers, 64 bits. */
function product32(e: Emitter, a: I64, b: I64): I64 {
  const { code } = e;
  const parts = (value: I64): I64[] =>
    [0, 1, 2, 3].map(i => code.keep(i64.and(value, (0x1111_1111n << BigInt(i)) & 0xffff_ffffn)));
  const [x, y] = [parts(a), parts(b)];
  const classes = [0, 1, 2, 3].map(k => {
    const terms = [0, 1, 2, 3].map(i => i64.mul(x[i], y[(k - i) & 3]));
    return i64.and(
      terms.reduce((sum, term) => i64.xor(sum, term)),
      BigInt.asIntN(64, EVERY_FOURTH << BigInt(k)),
    );
  });
  return code.keep(classes.reduce((all, part) => i64.or(all, part)));
}

/** Karatsuba's way: three products of halves. */
function product64(e: Emitter, a: I64, b: I64): { low: I64; high: I64 } {
  const { code } = e;
  const low32 = (value: I64): I64 => code.keep(i64.and(value, 0xffff_ffff));
  const high32 = (value: I64): I64 => code.keep(i64.shru(value, 32));
  const [a0, a1, b0, b1] = [low32(a), high32(a), low32(b), high32(b)];
  const lower = product32(e, a0, b0);
  const upper = product32(e, a1, b1);
  const both = product32(e, code.keep(i64.xor(a0, a1)), code.keep(i64.xor(b0, b1)));
  const middle = code.keep(i64.xor(both, i64.xor(lower, upper)));
  return { low: i64.xor(lower, i64.shl(middle, 32)), high: i64.xor(upper, i64.shru(middle, 32)) };
}

function chosen(e: Emitter, value: V128, upper: I32): I64 {
  return e.code.keep(select(upper, i64x2.extract(value, 1), i64x2.extract(value, 0)));
}

/** Bit 0 of the immediate chooses the quadword of `a`, bit 4 that of `b`. */
export function carrylessProduct(e: Emitter, a: V128, b: V128, immediate: I32): V128 {
  const first = chosen(e, a, i32.and(immediate, 1));
  const second = chosen(e, b, i32.and(immediate, 0x10));
  const { low, high } = product64(e, first, second);
  return i64x2.replace(i64x2.splat(low), 1, high);
}

export const carrylessRows = rows('pclmulqdq', 'x xmo rb', e => {
  const b = e.vector(1);
  e.setVector(0, carrylessProduct(e, e.vector(0), b, immediateOf(e, 2)));
});
