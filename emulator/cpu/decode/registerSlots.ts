/** Where in the window the registers that an instruction names lie. */

import { STATE_BASE } from '../../memory/layout.ts';
import { registerSlot, vectorSlot } from '../record.ts';
import { ST_OFFSET, ST_SIZE } from '../registers.ts';
import { GENERAL, MMX, STACK, VECTOR } from './notation.ts';

/** Byte registers without a REX prefix: AL CL DL BL, then AH CH DH BH. */
export const OLD_BYTES = 1;

/** Window offsets by register file times 16 plus number; for x87 registers their number, since what they name moves. */
export const SLOTS = new Int32Array(16 * 5);

for (let number = 0; number < 16; number++) {
  SLOTS[GENERAL * 16 + number] = registerSlot(number);
  SLOTS[OLD_BYTES * 16 + number] = number < 4 ? registerSlot(number) : registerSlot(number - 4) + 1;
  SLOTS[VECTOR * 16 + number] = vectorSlot(number);
  SLOTS[MMX * 16 + number] = STATE_BASE + ST_OFFSET + (number & 7) * ST_SIZE;
  SLOTS[STACK * 16 + number] = number & 7;
}
