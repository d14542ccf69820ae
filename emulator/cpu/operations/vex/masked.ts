/**
 * Moves of the elements whose mask has its sign bit set (SDM vol. 2, VMASKMOV and VPMASKMOV). What is masked out is not
 * accessed, so it cannot fault.
 */

import type { Emitter } from '../../emitter.ts';
import { WORKSPACE } from '../../record.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, i64x2, vector } from '../../wasm/vector.ts';
import { loadBytes, storeBytes } from '../../wasm/widths.ts';
import { ZERO_VECTOR } from '../sse/integer.ts';
import { setWhole } from './lanes.ts';

type Size = 4 | 8;

const HALF = 16;

/** Both halves of a register, or the only one. */
function halvesOf(e: Emitter, index: number): V128[] {
  return e.operands[index].size > HALF ? [e.vector(index), e.upper(index)] : [e.vector(index)];
}

function wholeMask(size: Size, value: V128): V128 {
  return size === 4 ? i32x4.shrs(value, 31) : i64x2.shrs(value, 63);
}

/** A bit for each element. */
function bitsOf(e: Emitter, size: Size, masks: readonly V128[]): I32 {
  const bits = masks.map(mask => (size === 4 ? i32x4.bitmask(mask) : i64x2.bitmask(mask)));
  return e.code.keep(bits.reduce((low, high) => i32.or(low, i32.shl(high, HALF / size))));
}

/** `body` gets the offset of each element that is wanted. */
function forElements(e: Emitter, size: Size, bits: I32, bytes: number, body: (offset: I32) => void): void {
  const { code } = e;
  const offset = code.variable('i32', 0);
  code.loop(again => {
    code.if(i32.and(i32.shru(bits, i32.shru(offset, Math.log2(size))), 1), () => body(offset));
    code.set(offset, i32.add(offset, size));
    code.branchIf(again, i32.ltu(offset, bytes));
  });
}

const plus = (address: I64, offset: I32): I64 => i64.add(address, i64.extendu(offset));

/** What lies in one page, and is in place, is read at once. */
function load(size: Size): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const bytes = e.operands[0].size;
    const masks = halvesOf(e, 1);
    const bits = bitsOf(e, size, masks);
    const start = e.linear(2);
    const results = masks.map(() => code.variable('v128', ZERO_VECTOR));
    code.if(
      i32.geu(e.span(start, 'read'), bytes),
      () =>
        masks.forEach((mask, i) => {
          const value = vector.load(i32.wrap(start), i * HALF);
          code.set(results[i], vector.and(value, wholeMask(size, mask)));
        }),
      () => {
        masks.forEach((_, i) => code.store('v128', 0, WORKSPACE + i * HALF, ZERO_VECTOR));
        forElements(e, size, bits, bytes, offset => {
          const value = e.readable(plus(start, offset), size).read();
          storeBytes(code, size, offset, WORKSPACE, value);
        });
        results.forEach((result, i) => code.set(result, vector.load(0, WORKSPACE + i * HALF)));
      },
    );
    setWhole(e, results[0], results[1]);
  };
}

/** Elsewhere all elements are checked before the first is written. */
function store(size: Size): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const bytes = e.operands[0].size;
    const masks = halvesOf(e, 1);
    const values = halvesOf(e, 2);
    const bits = bitsOf(e, size, masks);
    const start = e.linear(0);
    code.if(
      i32.geu(e.span(start, 'write'), bytes),
      () =>
        masks.forEach((mask, i) => {
          const place = i32.wrap(start);
          const value = vector.bitselect(values[i], vector.load(place, i * HALF), wholeMask(size, mask));
          code.store('v128', place, i * HALF, value);
        }),
      () => {
        values.forEach((value, i) => code.store('v128', 0, WORKSPACE + i * HALF, value));
        forElements(e, size, bits, bytes, offset => {
          e.locate(plus(start, offset), 'write', size);
        });
        forElements(e, size, bits, bytes, offset =>
          e.writable(plus(start, offset), size).write(code.keep(loadBytes(size, offset, WORKSPACE))),
        );
      },
    );
  };
}

export function maskedRows(): readonly Row[] {
  return [
    ...rows('vmaskmovps vpmaskmovd', 'x x mo | X X m32', load(4)),
    ...rows('vmaskmovpd vpmaskmovq', 'x x mo | X X m32', load(8)),
    ...rows('vmaskmovps vpmaskmovd', 'mo x x | m32 X X', store(4)),
    ...rows('vmaskmovpd vpmaskmovq', 'mo x x | m32 X X', store(8)),
  ];
}
