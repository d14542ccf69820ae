/** Wide compare and exchange: CMPXCHG8B, CMPXCHG16B. One processor runs at a time, so LOCK adds nothing to any operation. */

import { RAX, RBX, RCX, RDX, ZF } from '../registers.ts';
import type { Alignment, Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { loadBytes, storeBytes } from '../wasm/widths.ts';

function compareExchangePair(half: number, alignment: Alignment): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const place = e.bytes(0, 'write', half * 2, alignment);
    const low = code.keep(loadBytes(half, place));
    const high = code.keep(loadBytes(half, place, half));
    const equal = code.keep(i32.and(i64.eq(low, e.register(RAX, half)), i64.eq(high, e.register(RDX, half))));
    storeBytes(code, half, place, 0, select(equal, e.register(RBX, half), low));
    storeBytes(code, half, place, half, select(equal, e.register(RCX, half), high));
    e.commit();
    code.if(i32.eqz(equal), () => {
      e.setRegister(RAX, low, half);
      e.setRegister(RDX, high, half);
    });
    const others = i64.and(e.flags(), ~ZF);
    e.setFlagImage(i64.or(others, i64.mul(i64.extendu(equal), ZF)));
  };
}

export const atomicRows = [
  ...rows('cmpxchg8b', 'mq', compareExchangePair(4, 1)),
  ...rows('cmpxchg16b', 'mo', compareExchangePair(8, 16)),
];
