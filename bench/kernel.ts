/** What the kernel's work costs inside one machine; a fresh process for each measurement. */

import fs from 'node:fs';
import { built, measureInside } from './build.ts';
import type { Progress } from './comparison.ts';
import type { ForkTimes, SnapshotTimes, TreeTimes, WorkTime } from './inside.ts';
import { measure } from './measure.ts';
import { RUNNER_TITLES, RUNNERS, type Runner } from './runners.ts';
import { duration, figure, median } from './statistics.ts';
import type { Table } from './table.ts';

interface Figure {
  readonly title: string;
  /** First argument of `bench/programs/calls.c`. */
  readonly kind: string;
  /** Second argument. */
  readonly count: number;
  /** Operations of one of `count`; 0: the pages of the program's file. */
  readonly each: number;
}

const PAGES = (64 << 20) / 4096;

const FIGURES: readonly Figure[] = [
  { title: 'getppid', kind: 'getppid', count: 500_000, each: 1 },
  { title: 'one byte through a pipe and one back, two processes', kind: 'pipe', count: 20_000, each: 1 },
  { title: '64 KB through a pipe', kind: 'blocks', count: 5000, each: 1 },
  { title: 'open, fstat, close', kind: 'opens', count: 20_000, each: 1 },
  { title: 'clock_gettime', kind: 'times', count: 500_000, each: 1 },
  { title: 'mmap and munmap of a page', kind: 'maps', count: 50_000, each: 1 },
  { title: 'fork, exec of a static program, exit and wait', kind: 'exec', count: 100, each: 1 },
  { title: 'fork, exit and wait, 64 MB touched', kind: 'fork', count: 40, each: 1 },
  { title: 'page fault on fresh memory', kind: 'faults', count: 8, each: PAGES },
  { title: 'page fault on a mapped file', kind: 'files', count: 400, each: 0 },
];

const SNAPSHOT_TITLES: readonly (readonly [keyof SnapshotTimes, string])[] = [
  ['snapshot', 'snapshot'],
  ['rewrite', 'writing to each of its pages afterwards'],
  ['restore', 'restore'],
];

export function measureKernel(rounds: number, progress: Progress): Table[] {
  const others = RUNNERS.filter(runner => runner.name !== 'machine');
  const ways = [...others.map(runner => (each: Figure) => outside(each, runner)), inMachine];
  const samples = FIGURES.map(() => ways.map((): number[] => []));
  const snapshots: SnapshotTimes[] = [];
  const forks: ForkTimes[] = [];
  const trees: TreeTimes[] = [];
  const compressed: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const [index, each] of FIGURES.entries()) {
      progress(`round ${round}: ${each.title}`);
      for (const [column, way] of ways.entries()) samples[index][column].push(way(each));
    }
    progress(`round ${round}: snapshots`);
    snapshots.push(measureInside<SnapshotTimes>('snapshots', built('calls'), 'memory', '1'));
    progress(`round ${round}: forks and regions`);
    forks.push(measureInside<ForkTimes>('forks', built('calls'), 'clone', '20'));
    const { work } = measureInside<WorkTime>('compressed', built('calls'), 'memory', '4');
    compressed.push(work / (4 * PAGES));
    trees.push(measureInside<TreeTimes>('tree', built('calls'), 'regions', '10000'));
  }
  const rows = FIGURES.map(({ title }, index) => {
    const times = samples[index].map(median);
    return [title, ...times.map(duration), `${figure(1000 / (times.at(-1) ?? Number.NaN))}/s`];
  });
  return [
    {
      title: 'Kernel',
      note: 'Processor time of one operation, the host’s compilers included; each measurement in a fresh process.',
      columns: ['operation', ...others.map(({ name }) => RUNNER_TITLES[name]), 'machine', 'machine, rate'],
      rows,
    },
    {
      title: 'Snapshots',
      note: 'Of a machine in which one process has touched 64 MB; restored after every page was written again.',
      columns: ['', 'processor time'],
      rows: SNAPSHOT_TITLES.map(([name, title]) => [title, duration(median(snapshots.map(each => each[name])))]),
    },
    {
      title: 'Address spaces',
      note: 'A fork until the parent goes on, a fault on each of 64 MB where 32 MB may be resident, one description of an address space.',
      columns: ['', 'processor time', 'size'],
      rows: [
        ['fork, 256 MB touched', duration(median(forks.map(each => each.fork))), `${forks[0].frames} new frames`],
        ['page fault on a compressed page, another compressed for it', duration(median(compressed)), ''],
        ['region tree', duration(median(trees.map(each => each.tree))), `${trees[0].regions} regions`],
      ],
    },
  ];
}

function operations(each: number): number {
  return each || Math.floor(fs.statSync(built('calls')).size / 4096);
}

/** Milliseconds an operation: a run with `count` operations less one without. */
function outside({ kind, count, each }: Figure, runner: Runner): number {
  const run = (times: number): number => {
    const { cpu, code } = measure(runner.command([built('calls'), kind, String(times)]));
    if (code !== 0) throw new Error(`calls ${kind} ended with ${code} (${runner.name})`);
    return cpu;
  };
  return (run(count) - run(0)) / (count * operations(each));
}

function inMachine({ kind, count, each }: Figure): number {
  return measureInside<WorkTime>('work', built('calls'), kind, String(count)).work / (count * operations(each));
}
