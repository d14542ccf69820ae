/** How quickly the debug adapter answers, as an editor sees it. */

import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { built, measureInside, ROOT } from './build.ts';
import type { Progress } from './comparison.ts';
import type { Measurement, WorkTime } from './inside.ts';
import { Session } from './session.ts';
import { duration, figure, median, percentile } from './statistics.ts';
import type { Table } from './table.ts';

interface Figure {
  readonly title: string;
  /** Samples of one round. */
  measure(): Promise<number[]>;
  /** The two last cells of the row. */
  show(samples: readonly number[]): readonly [string, string];
}

const HELLO = path.join(ROOT, 'samples/hello/hello');
const STEPS = 200;
const TICKS = 5_000_000;
const PAUSES = 10;
const PAUSE_AFTER_MILLISECONDS = 150;
const REGIONS = 1000;
const REQUESTS = 10;

const times = (samples: readonly number[]): readonly [string, string] => [
  duration(median(samples)),
  duration(percentile(samples, 0.95)),
];

const FIGURES: readonly Figure[] = [
  { title: 'first stop of a static program, from the start of the adapter', measure: measureLaunch, show: times },
  { title: 'step of an instruction: request to stop and call stack', measure: measureSteps, show: times },
  {
    title: 'false condition of a breakpoint in a hot loop',
    measure: measureConditions,
    show: samples => [`${figure(median(samples))}/s`, '–'],
  },
  { title: 'pause in a hot loop', measure: measurePauses, show: times },
  { title: `address space with ${figure(REGIONS)} regions`, measure: measureAddressSpace, show: times },
];

/** What breakpoints and watched ranges cost a program that never comes near them. */
const UNTOUCHED: readonly (readonly [title: string, measurement: Measurement])[] = [
  ['1,000 breakpoints elsewhere', 'breakpoints'],
  ['1,000 watched ranges not touched', 'watches'],
];
const UNTOUCHED_ROUNDS = 12_000;

function measureUntouched(rounds: number, progress: Progress): Table {
  const run = (measurement: Measurement): number =>
    measureInside<WorkTime>(measurement, built('watched'), String(UNTOUCHED_ROUNDS)).work;
  const samples = UNTOUCHED.map((): number[] => []);
  for (let round = 1; round <= rounds; round++) {
    progress(`round ${round}: breakpoints elsewhere`);
    const plain = run('work');
    for (const [index, [, measurement]] of UNTOUCHED.entries()) samples[index].push(run(measurement) / plain);
  }
  return {
    title: 'Breakpoints that are not met',
    note: 'Processor time of a loop over 32 KiB of memory, times that without them in the same round. Medians.',
    columns: ['what', '×'],
    rows: UNTOUCHED.map(([title], index) => [title, `${figure(median(samples[index]))}×`]),
  };
}

export async function measureDebugger(rounds: number, progress: Progress): Promise<Table[]> {
  const samples = FIGURES.map((): number[] => []);
  for (let round = 1; round <= rounds; round++)
    for (const [index, each] of FIGURES.entries()) {
      progress(`round ${round}: ${each.title}`);
      samples[index].push(...(await each.measure()));
    }
  return [
    {
      title: 'Debugger',
      note: 'Elapsed time at the other end of the standard streams of the built adapter.',
      columns: ['what', 'median', '95 %'],
      rows: FIGURES.map((each, index) => [each.title, ...each.show(samples[index])]),
    },
    measureUntouched(rounds, progress),
  ];
}

async function measureLaunch(): Promise<number[]> {
  const start = performance.now();
  const session = new Session();
  await session.launch(HELLO);
  const elapsed = performance.now() - start;
  await session.close();
  return [elapsed];
}

async function measureSteps(): Promise<number[]> {
  const session = new Session();
  const threadId = await session.launch(HELLO);
  const samples: number[] = [];
  for (let step = 0; step < STEPS; step++) {
    const start = performance.now();
    const stopped = session.next('stopped');
    await session.request('stepIn', { threadId, granularity: 'instruction' });
    await stopped;
    await session.request('stackTrace', { threadId, startFrame: 0, levels: 20 });
    samples.push(performance.now() - start);
  }
  await session.close();
  return samples;
}

/** False conditions a second. */
async function measureConditions(): Promise<number[]> {
  const session = new Session();
  const threadId = await session.launch(built('target'), 'ticks', String(TICKS));
  const breakpoints = [{ name: 'tick', condition: '$rdi == 0xffffffffffff' }, { name: 'syscall:getppid' }];
  await session.request('setFunctionBreakpoints', { breakpoints });
  const start = performance.now();
  await session.proceed(threadId);
  const elapsed = performance.now() - start;
  await session.close();
  return [TICKS / (elapsed / 1000)];
}

async function measurePauses(): Promise<number[]> {
  const session = new Session();
  const threadId = await session.launch(built('target'));
  const samples: number[] = [];
  for (let pause = 0; pause < PAUSES; pause++) {
    await session.request('continue', { threadId });
    await sleep(PAUSE_AFTER_MILLISECONDS);
    const stopped = session.next('stopped');
    const start = performance.now();
    await session.request('pause', { threadId });
    await stopped;
    samples.push(performance.now() - start);
  }
  await session.close();
  return samples;
}

async function measureAddressSpace(): Promise<number[]> {
  const session = new Session();
  const threadId = await session.launch(built('target'), 'regions', String(REGIONS));
  await session.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:getppid' }] });
  await session.proceed(threadId);
  const { processes } = await session.request('pico/processes', {});
  const process = processes.find(each => each.threads.some(thread => thread.id === threadId))?.id ?? 0;
  const samples: number[] = [];
  for (let request = 0; request < REQUESTS; request++) {
    const start = performance.now();
    const { addressSpace } = await session.request('pico/addressSpace', { process });
    samples.push(performance.now() - start);
    const regions = addressSpace?.allocations.flatMap(allocation => allocation.regions).length ?? 0;
    if (regions < REGIONS) throw new Error(`the address space has ${regions} regions`);
  }
  await session.close();
  return samples;
}
