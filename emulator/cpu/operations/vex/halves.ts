/** F16C: conversions between half and single precision (SDM vol. 1, 14.4). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { WORKSPACE } from '../../record.ts';
import { f32, i32 } from '../../wasm/scalar.ts';
import { f32x4, i32x4, i64x2, vector } from '../../wasm/vector.ts';
import { INVALID, raise } from '../sse/exceptions.ts';
import { lowVector } from '../sse/moves.ts';
import { immediateOf } from '../sse/shuffles.ts';
import { setWhole, vexOperation } from './lanes.ts';

const SIGN = i32x4.splat(i32.const(0x8000));
const MAGNITUDE = i32x4.splat(i32.const(0x7fff));
const INFINITY = i32x4.splat(i32.const(0x7c00));
const QUIET = i32x4.splat(i32.const(0x200));
const LEAST_NORMAL = i32x4.splat(i32.const(0x400));
/** From one bias to the other, behind the shift; for infinities and NaNs twice that. */
const BIAS = i32x4.splat(i32.const((127 - 15) << 23));
/** The place of the last bit of a denormal: 2 to the power of -24. */
const LEAST = f32x4.splat(f32.reinterpret(i32.const((127 - 24) << 23)));

/** Exact; denormals raise nothing. */
function toSingles(e: Emitter): void {
  const { code } = e;
  const bits = code.keep(i32x4.extendLowu(lowVector(e, 1, 8)));
  const magnitude = code.keep(vector.and(bits, MAGNITUDE));
  const nan = code.keep(i32x4.gts(magnitude, INFINITY));
  const quiet = code.keep(vector.and(nan, QUIET));
  const signaling = vector.andnot(quiet, magnitude);
  code.if(vector.anyTrue(signaling), () => raise(e, i32.const(INVALID)));
  const special = vector.not(i32x4.gts(INFINITY, magnitude));
  const shifted = code.keep(i32x4.shl(vector.or(magnitude, quiet), 13));
  const biased = i32x4.add(i32x4.add(shifted, BIAS), vector.and(special, BIAS));
  const small = f32x4.mul(f32x4.convertI32(magnitude), LEAST);
  const value = vector.bitselect(small, biased, i32x4.gts(LEAST_NORMAL, magnitude));
  e.setVector(0, vector.or(value, i32x4.shl(vector.and(bits, SIGN), 16)));
}

function toHalves(lanes: 4 | 8): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const { memory } = e.operands[0];
    const immediate = immediateOf(e, 2);
    e.assist('toHalves', e.operandPlace(1), immediate, lanes);
    const value = code.keep(vector.load(0, WORKSPACE));
    if (!memory) return setWhole(e, value);
    const place = e.bytes(0, 'write', lanes * 2); // when it fails, the flags of the conversion are set all the same
    if (lanes === 8) code.store('v128', place, 0, value);
    else code.store('i64', place, 0, i64x2.extract(value, 0));
    e.commit();
  };
}

export function halfRows(): readonly Row[] {
  return [
    ...rows('vcvtph2ps', 'x xmq', vexOperation(toSingles, { separate: false })),
    ...rows('vcvtph2ps', 'X xmo', vexOperation(toSingles, { separate: false, widens: 8 })),
    ...rows('vcvtps2ph', 'xmq x rb', toHalves(4)),
    ...rows('vcvtps2ph', 'xmo X rb', toHalves(8)),
  ];
}
