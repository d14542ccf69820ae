/** The constants of FLD1, FLDL2T, FLDL2E, FLDPI, FLDLG2, FLDLN2, FLDZ, to more bits than any rounding looks at. */

import { finite, zero } from './real.ts';
import type { Real } from './real.ts';
import { fixedLn2, fixedLog, fixedPi, FRACTION_BITS } from './fixedPoint.ts';

function fixed(value: bigint): Real {
  return finite(0, value, -FRACTION_BITS);
}

const UNIT = 1n << BigInt(FRACTION_BITS);
const ln10 = fixedLog(10n << BigInt(FRACTION_BITS));

export const CONSTANTS: readonly Real[] = [
  finite(0, 1n, 0),
  fixed((ln10 * UNIT) / fixedLn2),
  fixed((UNIT * UNIT) / fixedLn2),
  fixed(fixedPi),
  fixed((fixedLn2 * UNIT) / ln10),
  fixed(fixedLn2),
  zero(0),
];
