/**
 * `npm run fuzz -- --cases N [--seed S] [--engine cold|hot] [--only mnemonic]`: generated sequences of instructions, here
 * and on the host's processor, until N runs were compared or one differs. `--case N` repeats one, `--keep-going` counts
 * differences by what they are about, `--help` tells the rest.
 */

import { parseArgs } from 'node:util';
import { Cases } from '../../test/cpu/support/sequences/cases.ts';
import type { NumberedCase } from '../../test/cpu/support/sequences/cases.ts';
import { RUNS } from '../../test/cpu/support/sequences/cases.ts';
import { RESULT_SIZE } from '../../test/cpu/support/sequences/arena.ts';
import { WAYS } from '../../test/cpu/support/sequences/engines.ts';
import type { Way } from '../../test/cpu/support/sequences/engines.ts';
import { hasNativeSequences, runNatively } from '../../test/cpu/support/sequences/native.ts';
import { normaliseAll, Trial } from '../../test/cpu/support/sequences/trial.ts';
import { reportOf } from './report.ts';

const BATCH = 250;

const { values: options } = parseArgs({
  options: {
    cases: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'all' },
    way: { type: 'string' },
    only: { type: 'string' },
    case: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run fuzz -- [options]
  --cases N       runs to compare (100000)
  --seed S        what is generated (1)
  --engine E      cold, hot or all (all)
  --way TEXT      only ways whose name contains TEXT: ${WAYS.map(way => way.name).join('; ')}
  --only REGEXP   ordinary instructions only of forms whose names match, as in '^(Mul|Imul)_'
  --case N        only this case of the seed, in all ways
  --keep-going    go on after differences; each kind is shown once
`;

/** The ways that a case runs in: the first always, the others in turn. */
function waysFor(number: number, ways: readonly Way[]): readonly Way[] {
  if (options.case !== undefined || ways.length < 3) return ways;
  return [ways[0], ways[1 + (number % (ways.length - 1))]];
}

interface Tally {
  compared: number;
  readonly byWay: Map<string, number>;
  readonly kinds: Map<string, number>;
}

function progress(tally: Tally, started: number, forms: number): void {
  const seconds = (Date.now() - started) / 1000;
  const rate = Math.round(tally.compared / seconds);
  const ways = [...tally.byWay].map(([name, count]) => `${name} ${count}`).join(', ');
  process.stderr.write(`${tally.compared} runs of ${forms} forms in ${seconds.toFixed(0)} s (${rate}/s): ${ways}\n`);
}

function main(): number {
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  if (!hasNativeSequences()) {
    process.stdout.write('needs x86-64 Linux with gcc and AVX2: the host is the oracle\n');
    return 2;
  }
  const ways = WAYS.filter(way => options.engine === 'all' || way.engine === options.engine).filter(way =>
    way.name.includes(options.way ?? ''),
  );
  if (ways.length === 0) throw new Error('no such way');
  const seed = Number(options.seed);
  const cases = new Cases({ seed, only: options.only === undefined ? undefined : new RegExp(options.only) });
  const trial = new Trial();
  const tally: Tally = { compared: 0, byWay: new Map(), kinds: new Map() };
  const started = Date.now();
  let told = started;
  const limit = Number(options.cases);
  for (let first = Number(options.case ?? 0); tally.compared < limit; first += BATCH) {
    const batch: NumberedCase[] = [];
    for (let i = 0; i < (options.case === undefined ? BATCH : 1); i++) batch.push(cases.make(first + i));
    const expected = runNatively(batch);
    normaliseAll(expected, batch);
    for (const [i, each] of batch.entries())
      for (const way of waysFor(each.number, ways)) {
        const text = tryCase(trial, way, each, expected, i * RUNS * RESULT_SIZE, tally);
        if (text === undefined) continue;
        process.stdout.write(
          `${text}\nagain: npm run fuzz -- --seed ${seed} --case ${each.number} --way '${way.name}'${options.only ? ` --only '${options.only}'` : ''}\n\n`,
        );
        if (!options['keep-going']) return 1;
      }
    if (options.case !== undefined) break;
    if (Date.now() - told < 5000) continue;
    told = Date.now();
    progress(tally, started, cases.forms);
  }
  progress(tally, started, cases.forms);
  for (const [kind, count] of [...tally.kinds].sort((a, b) => b[1] - a[1]))
    process.stdout.write(`${count} × ${kind}\n`);
  return tally.kinds.size ? 1 : 0;
}

/** The report of a difference, if there is one of a kind not yet seen. */
function tryCase(
  trial: Trial,
  way: Way,
  each: NumberedCase,
  expected: Buffer,
  at: number,
  tally: Tally,
): string | undefined {
  tally.compared += RUNS;
  tally.byWay.set(way.name, (tally.byWay.get(way.name) ?? 0) + RUNS);
  let run = 0;
  try {
    const mismatch = trial.compare(way, each, each.number, expected, at);
    if (!mismatch) return undefined;
    run = mismatch.run;
  } catch (error) {
    trial.drop(way);
    process.stdout.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  const { kind, text } = reportOf(trial, way, each, run);
  const seen = tally.kinds.get(kind) ?? 0;
  tally.kinds.set(kind, seen + 1);
  return seen && options['keep-going'] ? undefined : text;
}

process.exit(main());
