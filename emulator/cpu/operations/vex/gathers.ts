/**
 * Gathers: elements from addresses of their own, where the mask's sign bits say (SDM vol. 2, VGATHER and VPGATHER). Each
 * clears its part of the mask, so after a fault the instruction goes on where it stopped. Registers are used in memory,
 * where only the cold engine has them.
 */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, i64x2, vector } from '../../wasm/vector.ts';
import { loadBytes, storeBytes } from '../../wasm/widths.ts';
import { ZERO_VECTOR } from '../sse/integer.ts';

type Size = 4 | 8;

const HALF = 16;

interface Shape {
  readonly index: Size;
  readonly element: Size;
  /** Elements in all; undefined: as many as the destination holds. */
  readonly count?: number;
}

function gather({ index, element, count }: Shape): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const all = count ?? e.operands[0].size / element;
    const [target, mask, indices] = [e.operandPlace(0), e.operandPlace(2), e.indices()].map(place => code.keep(place));
    const sign = (half: V128): V128 => (element === 4 ? i32x4.shrs(half, 31) : i64x2.shrs(half, 63));
    const clearUpper = (place: I32): void => code.store('v128', place, HALF, ZERO_VECTOR);
    // What the manual leaves open is as Intel's processors do it, should a fault follow.
    const wide = Math.max(all * element, all * index) > HALF;
    code.store('v128', mask, 0, sign(vector.load(mask)));
    code.store('v128', mask, HALF, wide ? sign(vector.load(mask, HALF)) : ZERO_VECTOR);
    const i = code.variable('i32', 0);
    code.loop(again => {
      const part = code.keep(i32.add(mask, i32.mul(i, element)));
      code.if(i32.load(part), () => {
        const place = i32.add(indices, i32.mul(i, index));
        const offset: I64 = index === 4 ? i64.extend32(loadBytes(4, place)) : i64.load(place);
        const value = e.readable(e.element(1, offset), element).read();
        storeBytes(code, element, i32.add(target, i32.mul(i, element)), 0, value);
        storeBytes(code, element, part, 0, i64.const(0));
        if (!wide) clearUpper(target);
      });
      code.set(i, i32.add(i, 1));
      code.branchIf(again, i32.ltu(i, all));
    });
    code.store('v128', mask, 0, ZERO_VECTOR);
    clearUpper(mask);
    if (all * element <= HALF) clearUpper(target);
    if (all * element < HALF) code.store('i64', target, all * element, i64.const(0));
  };
}

export function gatherRows(): readonly Row[] {
  return [
    ...rows('vpgatherdd vgatherdps', 'x md x | X md X', gather({ index: 4, element: 4 })),
    ...rows('vpgatherdq vgatherdpd', 'x mq x | X mq X', gather({ index: 4, element: 8 })),
    ...rows('vpgatherqq vgatherqpd', 'x mq x | X mq X', gather({ index: 8, element: 8 })),
    ...rows('vpgatherqd vgatherqps', 'x md x', gather({ index: 8, element: 4, count: 2 })),
    ...rows('vpgatherqdy vgatherqpsy', 'x md x', gather({ index: 8, element: 4, count: 4 })),
  ];
}
