/** PHMINPOSUW and MPSADBW: big enough, and rare enough, to be assists. */

import type { Alignment, Emitter } from '../../emitter.ts';
import { WORKSPACE } from '../../record.ts';
import { rows } from '../../rows.ts';
import { i32 } from '../../wasm/scalar.ts';
import { vector } from '../../wasm/vector.ts';

/** Checks a second operand in memory; the assist reads it. */
function readSecond(e: Emitter, alignment: Alignment): void {
  if (e.operands[1].memory) e.bytes(1, 'read', 16, alignment);
}

function takeResult(e: Emitter): void {
  e.setVector(0, e.code.keep(vector.load(0, WORKSPACE)));
}

export const searchRows = [
  ...rows('phminposuw', 'x xmo', e => {
    readSecond(e, 16);
    e.assist('leastWord', e.operandPlace(1));
    takeResult(e);
  }),
  ...rows('mpsadbw', 'x xmo rb', e => {
    readSecond(e, 16);
    e.assist('blockDifferences', e.operandPlace(0), e.operandPlace(1), i32.wrap(e.source(2, 1)));
    takeResult(e);
  }),
];
