/** What starting costs: Node by itself, and a program that says hello on top of it. */

import { built, hasMusl } from './build.ts';
import type { Progress } from './comparison.ts';
import { type Measured, measure } from './measure.ts';
import { RUNNER_TITLES, RUNNERS, type RunnerName } from './runners.ts';
import { duration, median } from './statistics.ts';
import type { Table } from './table.ts';

interface Program {
  readonly title: string;
  readonly build: () => string;
}

const PROGRAMS: readonly Program[] = [
  { title: 'hello, glibc', build: () => built('hello') },
  ...(hasMusl() ? [{ title: 'hello, musl', build: () => built('hello', 'musl') }] : []),
];

/** A start is short, so that each round has several. */
const STARTS = 5;

/** One start of everything, one after the other. */
interface Start {
  readonly node: Measured;
  readonly programs: readonly Readonly<Partial<Record<RunnerName, Measured>>>[];
}

export function measureStart(rounds: number, progress: Progress): Table[] {
  const starts: Start[] = [];
  for (let round = 1; round <= rounds; round++)
    for (let start = 1; start <= STARTS; start++) {
      progress(`round ${round}: start ${start}`);
      starts.push(startEverything());
    }
  return [
    {
      title: 'Start',
      note:
        'Static programs that say hello, from the start of the process to its end. The machine is `pico run`; its last ' +
        'column is what it takes more than `node -e 0` right before it.',
      columns: ['', ...RUNNERS.map(({ name }) => RUNNER_TITLES[name]), 'on top of Node'],
      rows: [
        ...rowsOf(starts, 'elapsed time', measured => measured.wall),
        ...rowsOf(starts, 'processor time', measured => measured.cpu),
      ],
    },
  ];
}

function startEverything(): Start {
  const node = measure([process.execPath, '-e', '0']);
  const programs = PROGRAMS.map(({ build }) =>
    Object.fromEntries(RUNNERS.map(runner => [runner.name, measure(runner.command([build()]))])),
  );
  return { node, programs };
}

function rowsOf(starts: readonly Start[], what: string, value: (measured: Measured) => number): string[][] {
  const time = (of: (start: Start) => number): string => duration(median(starts.map(of)));
  const nothing = RUNNERS.map(({ name }) => (name === 'machine' ? time(({ node }) => value(node)) : ''));
  return [
    [`${what}, Node alone`, ...nothing, ''],
    ...PROGRAMS.map(({ title }, index) => {
      const of = (start: Start, runner: RunnerName): number => {
        const measured = start.programs[index][runner];
        return measured?.code === 0 ? value(measured) : Number.NaN;
      };
      const cells = RUNNERS.map(({ name }) => time(start => of(start, name)));
      return [`${what}, ${title}`, ...cells, time(start => of(start, 'machine') - value(start.node))];
    }),
  ];
}
