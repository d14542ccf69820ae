/**
 * Sequences of instructions, here and on the processor under the test; on other hosts, and as a guard against changes
 * of the generator, against what that processor did when the results were recorded (UPDATE=1 records). The same cases as
 * `npm run fuzz -- --seed 1`, which shows the smallest sequence that differs.
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { RESULT_SIZE } from './support/sequences/arena.ts';
import { Cases, RUNS } from './support/sequences/cases.ts';
import { WAYS } from './support/sequences/engines.ts';
import type { Way } from './support/sequences/engines.ts';
import { hasNativeSequences, runNatively } from './support/sequences/native.ts';
import { differingRun, digestOf, normaliseAll, Trial } from './support/sequences/trial.ts';

const RECORDED = new URL('./sequences.txt', import.meta.url);
const SEED = 1;
/** Each from {@link RUNS} states: 20,000 runs and more. */
const PROGRAMS = 2600;
const SIZE = RUNS * RESULT_SIZE;

const cases = new Cases({ seed: SEED });
const all = Array.from({ length: PROGRAMS }, (_, number) => cases.make(number));
const again = (number: number, way: Way): string =>
  `npm run fuzz -- --seed ${SEED} --case ${number} --way '${way.name}'`;

/** Every program in the cold engine; in turn in each of the other ways. */
const chosen = all.flatMap(({ number }) => {
  const [cold, ...others] = WAYS;
  return [
    { number, way: cold },
    { number, way: others[number % others.length] },
  ];
});

/** Results of the host's processor, comparable; absent where it is no oracle. */
function nativeResults(): Buffer | undefined {
  if (!hasNativeSequences()) return undefined;
  const results = runNatively(all);
  normaliseAll(results, all);
  return results;
}

test('sequences agree with the processor', t => {
  const expected = nativeResults();
  const trial = new Trial();
  const here = chosen.map(({ number, way }) => trial.run(way, all[number], number));
  t.diagnostic(`${chosen.length * RUNS} runs of ${cases.forms} forms in ${WAYS.length} ways`);
  if (expected) {
    const bad = chosen.filter(
      ({ number }, i) => differingRun(expected.subarray(number * SIZE, (number + 1) * SIZE), here[i]) >= 0,
    );
    assert.deepEqual(
      bad.slice(0, 10).map(({ number, way }) => again(number, way)),
      [],
      `${bad.length} programs differ; to see one run what is listed`,
    );
    const lines = all.map(({ number }) => digestOf(expected.subarray(number * SIZE, (number + 1) * SIZE)).toString(36));
    if (process.env.UPDATE) writeFileSync(RECORDED, `${lines.join('\n')}\n`);
  }
  const recorded = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  const changed = chosen.filter(({ number }, i) => digestOf(here[i]).toString(36) !== recorded[number]);
  assert.deepEqual(
    changed.slice(0, 10).map(({ number, way }) => again(number, way)),
    [],
    `${changed.length} programs differ from ${expected ? 'the record: UPDATE=1 records anew' : 'what was recorded'}`,
  );
});
