/** What searches vectors: PCMPISTRI and its kin (SSE4.2), PHMINPOSUW, MPSADBW. Big enough to be assists. */

import type { Alignment, Emitter } from '../../emitter.ts';
import { WORKSPACE } from '../../record.ts';
import { rows } from '../../rows.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { vector } from '../../wasm/vector.ts';
import { STRING_EXPLICIT, STRING_MASK, STRING_WIDE } from '../../vectors/stringCompare.ts';

/** Checks a second operand in memory; the assist reads it. */
function readSecond(e: Emitter, alignment: Alignment): void {
  if (e.operands[1].memory) e.bytes(1, 'read', 16, alignment);
}

function takeResult(e: Emitter): void {
  e.setVector(0, e.code.keep(vector.load(0, WORKSPACE)));
}

/** The assist leaves the six flags at WORKSPACE. */
function compareStrings(options: number): (e: Emitter) => void {
  return e => {
    readSecond(e, 1);
    const control = i32.or(i32.wrap(e.source(2, 1)), options);
    e.assist('compareStrings', e.operandPlace(0), e.operandPlace(1), control);
    e.setFlagImage(i64.load32u(0, WORKSPACE));
  };
}

export const stringVectorRows = [
  ...rows('pcmpistri', 'x xmo rb', compareStrings(0)),
  ...rows('pcmpistrm', 'x xmo rb', compareStrings(STRING_MASK)),
  ...rows('pcmpestri', 'x xmo rb', compareStrings(STRING_EXPLICIT)),
  ...rows('pcmpestrm', 'x xmo rb', compareStrings(STRING_EXPLICIT | STRING_MASK)),
  ...rows('pcmpestri64', 'x xmo rb', compareStrings(STRING_EXPLICIT | STRING_WIDE)),
  ...rows('pcmpestrm64', 'x xmo rb', compareStrings(STRING_EXPLICIT | STRING_MASK | STRING_WIDE)),
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
