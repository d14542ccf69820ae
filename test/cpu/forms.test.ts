/**
 * Every instruction form with telling operands, against the processor under the test; on other hosts, and as a guard
 * against changes of the generator, against what that processor did when the results were recorded (UPDATE=1 records).
 */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { casesOf, Chooser, comparedForms } from './support/generator.ts';
import { differences, digest, hasNative, runNative, Subject } from './support/oracle.ts';
import type { Case, Result } from './support/oracle.ts';

const RECORDED = new URL('./recorded.txt', import.meta.url);
const CASES_PER_FORM = Number(process.env.CASES ?? 8);
const SEED = Number(process.env.SEED ?? 20);

interface Run {
  readonly case: Case;
  readonly result: Result;
}

/** Runs all cases here; forms that are not implemented drop out (implemented.test.ts lists them). */
function runAll(): Map<string, Run[]> {
  const choose = new Chooser(SEED);
  const subject = new Subject();
  const runs = new Map<string, Run[]>();
  for (const { name, code } of comparedForms()) {
    for (const each of casesOf(name, code, CASES_PER_FORM, choose)) {
      const { detail, ...result } = subject.run(each);
      if (detail) continue;
      const list = runs.get(name);
      if (list) list.push({ case: each, result });
      else runs.set(name, [{ case: each, result }]);
    }
  }
  return runs;
}

test('forms agree with the processor', t => {
  const runs = runAll();
  const all = [...runs.values()].flat();
  assert.ok(all.length > 5000, `${all.length} cases`);
  const lines = (results: ReadonlyMap<Case, Result>): string =>
    [...runs]
      .map(([name, list]) => `${name} ${list.map(run => digest(run.case, results.get(run.case) as Result)).join(' ')}`)
      .join('\n');
  if (hasNative()) {
    const native = runNative(all.map(run => run.case));
    const bad = all.flatMap((run, i) => {
      const found = differences(run.case, native[i], run.result);
      return found.length ? [`${run.case.name}\n  ${found.join('\n  ')}`] : [];
    });
    t.diagnostic(`${all.length} cases of ${runs.size} forms`);
    assert.deepEqual(bad.slice(0, 10), [], `${bad.length} cases differ`);
    if (process.env.UPDATE) writeFileSync(RECORDED, `${lines(new Map(all.map((run, i) => [run.case, native[i]])))}\n`);
  }
  if (process.env.CASES || process.env.SEED) return;
  const recorded = readFileSync(RECORDED, 'utf8').trimEnd().split('\n');
  const here = lines(new Map(all.map(run => [run.case, run.result]))).split('\n');
  assert.deepEqual(here.filter((line, i) => line !== recorded[i]).slice(0, 10), []);
});
