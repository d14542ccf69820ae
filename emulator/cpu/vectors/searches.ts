/** PHMINPOSUW and MPSADBW: results are left at WORKSPACE. */

import type { Assist } from '../assists.ts';
import { WORKSPACE } from '../record.ts';

/** The least word of the source and its index; zeros above. */
export const leastWord: Assist = ({ view }, source) => {
  const words = Array.from({ length: 8 }, (_, i) => view.getUint16(source + i * 2, true));
  const least = Math.min(...words);
  view.setBigUint64(WORKSPACE, 0n, true);
  view.setBigUint64(WORKSPACE + 8, 0n, true);
  view.setUint16(WORKSPACE, least, true);
  view.setUint16(WORKSPACE + 2, words.indexOf(least), true);
  return 0;
};

/** Eight sums of four absolute differences: a sliding window of the target against one block of the source. */
export const blockDifferences: Assist = ({ view }, target, source, control) => {
  const from = target + (control & 4);
  const block = source + (control & 3) * 4;
  const sums = Array.from({ length: 8 }, (_, i) => {
    let sum = 0;
    for (let j = 0; j < 4; j++) sum += Math.abs(view.getUint8(from + i + j) - view.getUint8(block + j));
    return sum;
  });
  sums.forEach((sum, i) => view.setUint16(WORKSPACE + i * 2, sum, true));
  return 0;
};
