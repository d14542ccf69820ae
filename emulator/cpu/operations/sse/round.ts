/** Rounding to whole numbers (SSE4.1), and what conversions to integers share with it. */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, V128 } from '../../wasm/expression.ts';
import { i32 } from '../../wasm/scalar.ts';
import { vector } from '../../wasm/vector.ts';
import { isSignaling, signalingLanes } from './classes.ts';
import { PRECISION, raise } from './exceptions.ts';
import {
  keepFloat,
  PACKED,
  readNormal,
  readNormalVector,
  roundingMode,
  SCALARS,
  selectFloat,
  settleNan,
  settlePackedNan,
} from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';

/** Bit 3 of the immediate keeps inexact results quiet. */
function inexactUnless(immediate: I32): I32 {
  return select(i32.and(immediate, 8), i32.const(0), i32.const(PRECISION));
}

/** The rounding that an immediate asks for: bits 1 and 0, or MXCSR when bit 2 is set. */
function immediateRounding(e: Emitter, immediate: I32): I32 {
  return e.code.keep(select(i32.and(immediate, 4), roundingMode(e), i32.and(immediate, 3)));
}

export function roundBy(e: Emitter, format: ScalarFormat, value: Float, mode: I32): Float {
  const { nearest, floor, ceil, trunc } = format.ops;
  const downOrNearest = selectFloat(i32.and(mode, 1), floor(value), nearest(value));
  const upOrZero = selectFloat(i32.and(mode, 1), trunc(value), ceil(value));
  return keepFloat(e, selectFloat(i32.and(mode, 2), upOrZero, downOrNearest));
}

function scalarRound(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const a = readNormal(e, format, 1);
    const immediate = e.code.keep(i32.wrap(e.source(2, 1)));
    const result = roundBy(e, format, a, immediateRounding(e, immediate));
    e.code.if(format.ops.ne(result, a), () => {
      raise(e, select(format.ops.ne(a, a), isSignaling(format, a), inexactUnless(immediate)));
    });
    e.setLow(0, settleNan(e, format, result, a, a), format.size);
  };
}

export function roundPacked(e: Emitter, { ops }: PackedFormat, value: V128, mode: I32): V128 {
  const downOrNearest = select(i32.and(mode, 1), ops.floor(value), ops.nearest(value));
  const upOrZero = select(i32.and(mode, 1), ops.trunc(value), ops.ceil(value));
  return e.code.keep(select(i32.and(mode, 2), upOrZero, downOrNearest));
}

function packedRound(format: PackedFormat): (e: Emitter) => void {
  return e => {
    const a = readNormalVector(e, format, 1);
    const immediate = e.code.keep(i32.wrap(e.source(2, 1)));
    const result = roundPacked(e, format, a, immediateRounding(e, immediate));
    const { ne, eq } = format.ops;
    e.code.if(vector.anyTrue(ne(result, a)), () => {
      const inexact = vector.anyTrue(vector.and(ne(result, a), eq(a, a)));
      const precision = select(inexact, inexactUnless(immediate), i32.const(0));
      raise(e, i32.or(vector.anyTrue(signalingLanes(format, a)), precision));
    });
    e.setVector(0, settlePackedNan(e, format, result, a, a));
  };
}

function scalarRows(format: ScalarFormat): Row[] {
  return rows(`round${format.suffix}`, `x x rb | x ${format.memory} rb`, scalarRound(format));
}

export const roundRows = [
  ...SCALARS.flatMap(scalarRows),
  ...PACKED.flatMap(format => rows(`round${format.suffix}`, 'x xmo rb', packedRound(format))),
];
