/**
 * Code that is noise: both engines at once, and whole machines with a denied host. No exception of ours, no slice that
 * retires more than it may, no difference between the engines. `npm run fuzz:code` does the same for hours.
 */

import { test } from 'node:test';
import { NoiseRunner } from './support/code/runner.ts';
import type { Level } from './support/code/runner.ts';

const SEED = 1;
const NUMBERS: readonly (readonly [Level, number])[] = [
  ['processor', 60],
  ['machine', 16],
];

for (const [level, count] of NUMBERS)
  test(`noise at the level of the ${level}`, t => {
    const runner = new NoiseRunner(SEED);
    let retired = 0;
    for (let number = 0; number < count; number++) {
      try {
        retired += runner.run(level, number);
      } catch (error) {
        throw new Error(`npm run fuzz:code -- --seed ${SEED} --level ${level} --number ${number}`, { cause: error });
      }
    }
    t.diagnostic(`${retired} instructions`);
  });

/** What has failed once, by seed and number. */
const FAILED: readonly (readonly [reason: string, seed: number, number: number])[] = [
  ['LOOP left RCX behind where a tail call follows', 4256, 162],
  ['a row of branches to the next instruction was compiled for ever', 4284, 297],
];

for (const [reason, seed, number] of FAILED)
  test(`noise that has failed once: ${reason}`, () => void new NoiseRunner(seed).run('processor', number));
