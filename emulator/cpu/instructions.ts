/** Every row of every family. */

import { arithmeticRows } from './operations/arithmetic.ts';
import { atomicRows } from './operations/atomic.ts';
import { bitRows } from './operations/bits.ts';
import { divideRows } from './operations/divide.ts';
import { flagRows } from './operations/flagBits.ts';
import { flowRows } from './operations/flow.ts';
import { logicRows } from './operations/logic.ts';
import { mmxRows } from './operations/mmx.ts';
import { moveRows } from './operations/move.ts';
import { multiplyRows } from './operations/multiply.ts';
import { rotateRows } from './operations/rotate.ts';
import { segmentRows } from './operations/segments.ts';
import { shiftRows } from './operations/shift.ts';
import { stackRows } from './operations/stack.ts';
import { stringRows } from './operations/string.ts';
import { systemRows } from './operations/system.ts';
import { aesRows } from './operations/sse/aes.ts';
import { carrylessRows } from './operations/sse/carryless.ts';
import { compareRows } from './operations/sse/compare.ts';
import { controlRows } from './operations/sse/control.ts';
import { convertRows } from './operations/sse/convert.ts';
import { floatRows } from './operations/sse/float.ts';
import { integerVectorRows } from './operations/sse/integer.ts';
import { vectorMoveRows } from './operations/sse/moves.ts';
import { roundRows } from './operations/sse/round.ts';
import { shaRows } from './operations/sse/sha.ts';
import { shuffleRows } from './operations/sse/shuffles.ts';
import { searchRows } from './operations/sse/searches.ts';
import { stringCompareRows } from './operations/sse/stringCompare.ts';
import { derivedRows } from './operations/vex/derived.ts';
import { specialRows } from './operations/vex/special.ts';
import { x87Rows } from './operations/x87.ts';
import type { Row } from './rows.ts';

export const instructionRows: readonly Row[] = [
  ...arithmeticRows,
  ...logicRows,
  ...shiftRows,
  ...rotateRows,
  ...multiplyRows,
  ...divideRows,
  ...bitRows,
  ...moveRows,
  ...stackRows,
  ...flowRows,
  ...segmentRows,
  ...flagRows,
  ...stringRows,
  ...atomicRows,
  ...systemRows,
  ...vectorMoveRows,
  ...integerVectorRows,
  ...shuffleRows,
  ...floatRows,
  ...compareRows,
  ...roundRows,
  ...convertRows,
  ...controlRows,
  ...searchRows,
  ...stringCompareRows,
  ...aesRows,
  ...carrylessRows,
  ...shaRows,
  ...derivedRows,
  ...specialRows,
  ...mmxRows,
  ...x87Rows,
];
