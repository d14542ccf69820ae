/**
 * `npm run fuzz:code -- --minutes 60`: code that is noise, in both engines at once and in whole machines, until the time
 * is up. An exception of ours, a hang, a slice that retires too much or a difference between the engines is a failure,
 * which is printed with what repeats it. Runs in processes that are replaced now and then, so that memory stays bounded.
 */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    level: { type: 'string' },
    number: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run fuzz:code -- [options]
  --minutes M     how long (10)
  --seed S        what is generated (1); every process after the first adds one
  --level L       processor or machine; in turn otherwise
  --number N      only this one of the seed, at the level
`;

const LEVELS = ['processor', 'machine'] as const;
const NUMBERS = { processor: 300, machine: 100 };
const PATIENCE = 120_000;
const MEMORY_LIMIT = 2 ** 31;

interface Tally {
  runs: number;
  retired: number;
  /** Resident bytes of any process at most. */
  memory: number;
  failures: number;
}

interface Said {
  readonly begins?: number;
  readonly ended?: number;
  readonly retired?: number;
  readonly memory?: number;
  readonly failed?: number;
  readonly error?: string;
}

/** Runs one process to its end, or to a failure, or until it says nothing any more. */
function runProcess(seed: number, level: string, first: number, count: number, tally: Tally): Promise<void> {
  const words = ['--import', 'tsx', 'tools/fuzz/codeWorker.ts', String(seed), String(first), String(count), level];
  const child = spawn(process.execPath, words, { stdio: ['ignore', 'pipe', 'inherit'] });
  let current = first;
  let failed = false;
  const fail = (why: string): void => {
    if (failed) return;
    failed = true;
    tally.failures++;
    process.stdout.write(`${why}\nagain: npm run fuzz:code -- --seed ${seed} --level ${level} --number ${current}\n\n`);
    child.kill('SIGKILL');
  };
  let timer = setTimeout(() => fail('no word for two minutes'), PATIENCE);
  createInterface({ input: child.stdout }).on('line', line => {
    clearTimeout(timer);
    timer = setTimeout(() => fail('no word for two minutes'), PATIENCE);
    const said = JSON.parse(line) as Said;
    current = said.begins ?? current;
    if (said.error !== undefined) return fail(said.error);
    if (said.ended === undefined) return;
    tally.runs++;
    tally.retired += said.retired ?? 0;
    tally.memory = Math.max(tally.memory, said.memory ?? 0);
    if ((said.memory ?? 0) > MEMORY_LIMIT) fail(`${said.memory} bytes are resident`);
  });
  return new Promise(resolve => {
    child.on('close', code => {
      clearTimeout(timer);
      if (code !== 0) fail(`the process ended with ${code}`);
      resolve();
    });
  });
}

async function main(): Promise<number> {
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const tally: Tally = { runs: 0, retired: 0, memory: 0, failures: 0 };
  const seed = Number(options.seed);
  if (options.number !== undefined) {
    await runProcess(seed, options.level ?? 'processor', Number(options.number), 1, tally);
    process.stdout.write(tally.failures ? '' : 'nothing is wrong\n');
    return tally.failures ? 1 : 0;
  }
  const started = Date.now();
  const end = started + Number(options.minutes) * 60_000;
  for (let turn = 0; Date.now() < end; turn++) {
    const level = options.level ?? LEVELS[turn % 2];
    await runProcess(seed + turn, level, 0, NUMBERS[level as keyof typeof NUMBERS], tally);
    const minutes = ((Date.now() - started) / 60_000).toFixed(1);
    const millions = (tally.retired / 1e6).toFixed(1);
    process.stdout.write(
      `${minutes} minutes: ${tally.runs} runs, ${millions} million instructions, ${tally.failures} failures, ${Math.round(tally.memory / 2 ** 20)} MB at most\n`,
    );
  }
  return tally.failures ? 1 : 0;
}

process.exit(await main());
