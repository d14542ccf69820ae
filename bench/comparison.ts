/** The same programs natively, under qemu-user and in the machine: what each takes, and whether all say the same. */

import fs from 'node:fs';
import path from 'node:path';
import { built, script, textFile, WORK } from './build.ts';
import { type Measured, measure } from './measure.ts';
import type { Part } from './options.ts';
import { type Needs, RUNNER_TITLES, RUNNERS, type RunnerName } from './runners.ts';
import { figure, geometricMean, median } from './statistics.ts';
import type { Table } from './table.ts';

interface Program {
  readonly name: string;
  readonly part: Part;
  readonly command: () => readonly string[];
  readonly needs?: Needs;
}

const BUSYBOX = '/usr/bin/busybox';
const AWK =
  '{ count[$2] += $1; length_of += length($0) } END { for (word in count) sum += count[word] % 97; print sum, length_of }';

function own(part: Part, ...names: readonly string[]): Program[] {
  return names.map(name => ({ name, part, command: () => [built(name)] }));
}

function busybox(name: string, ...words: readonly string[]): Program {
  return { name: `busybox ${name}`, part: 'real', needs: [WORK], command: () => [BUSYBOX, name, ...words, textFile()] };
}

/** A program as Debian ships it, dynamically linked; left out where it is not installed. */
function debian(file: string, ...words: readonly string[]): Program {
  return { name: path.basename(file), part: 'real', needs: 'root', command: () => [file, ...words] };
}

const DEBIAN: readonly Program[] = [
  debian('/usr/bin/lua5.4', script('work.lua')),
  debian('/usr/bin/sqlite3', ':memory:', `.read ${script('work.sql')}`),
  debian('/usr/bin/python3.11', '-I', '-S', script('work.py')),
];

const isInstalled = ({ command }: Program): boolean => fs.existsSync(command()[0]);

/** What is left out here, and how to change that; undefined when nothing is. */
export function missingPrograms(): string | undefined {
  const missing = DEBIAN.filter(program => !isInstalled(program)).map(({ name }) => name);
  if (missing.length === 0) return undefined;
  return `Left out, not being installed: ${missing.join(', ')}. On Debian: sudo apt-get install ${missing.join(' ')}`;
}

/** Subtracted from all others: what starting takes. */
const NOTHING: Program = { name: 'nothing', part: 'start', command: () => [built('nothing')] };

const PROGRAMS: readonly Program[] = [
  ...own('integer', 'sieve', 'quicksort', 'fib', 'hash', 'chase', 'memory', 'bytecode', 'sha256', 'mix', 'records'),
  ...own('floating', 'matrix', 'nbody', 'mandelbrot'),
  busybox('sort'),
  busybox('sha256sum', ...Array.from({ length: 11 }, textFile)),
  busybox('awk', AWK),
  busybox('gzip', '-c'),
  ...DEBIAN.filter(isInstalled),
];

/** One program in one round, by runner. */
type Round = Readonly<Partial<Record<RunnerName, Measured>>>;

export type Progress = (text: string) => void;

export function comparePrograms(parts: ReadonlySet<Part>, rounds: number, progress: Progress): Table[] {
  const programs = PROGRAMS.filter(program => parts.has(program.part));
  if (programs.length === 0) return [];
  const results = new Map<Program, Round[]>([NOTHING, ...programs].map(program => [program, []]));
  for (let round = 1; round <= rounds; round++)
    for (const [program, done] of results) {
      progress(`round ${round}: ${program.name}`);
      done.push(runEverywhere(program));
    }
  const starts = results.get(NOTHING) ?? [];
  const sets = (['integer', 'floating', 'real'] as const).filter(part => parts.has(part));
  const rows = sets.flatMap(part => {
    const members = programs.filter(program => program.part === part);
    const compared = members.map(program => comparison(program, results.get(program) ?? [], starts));
    return [...compared.map(each => each.cells), meanRow(part, compared)];
  });
  return [programTable(rows)];
}

function runEverywhere(program: Program): Round {
  return Object.fromEntries(
    RUNNERS.map(runner => [runner.name, measure(runner.command(program.command(), program.needs))]),
  );
}

interface Comparison {
  readonly cells: readonly string[];
  /** Times native, by runner. */
  readonly slowdowns: ReadonlyMap<RunnerName, number>;
}

/** Slowdowns are medians over the rounds, each against the native run of the same round. */
function comparison(program: Program, rounds: readonly Round[], starts: readonly Round[]): Comparison {
  const work = (runner: RunnerName, round: number): number => cpu(rounds[round], runner) - startCpu(starts, runner);
  const all = (value: (round: number) => number): number => median(rounds.map((_, round) => value(round)));
  const slowdowns = new Map(
    RUNNERS.map(({ name }) => [name, all(round => work(name, round) / work('native', round))] as const),
  );
  const times = RUNNERS.flatMap(({ name }) => {
    const time = figure(all(round => work(name, round)));
    return name === 'native' ? [time] : [time, `${figure(slowdowns.get(name) ?? NaN)}×`];
  });
  return { slowdowns, cells: [program.name, ...times, againstQemu(slowdowns), verdict(rounds)] };
}

/** Medians, since one start differs more from another than from what is subtracted. */
function startCpu(starts: readonly Round[], runner: RunnerName): number {
  return median(starts.map(round => cpu(round, runner)));
}

function cpu(round: Round, runner: RunnerName): number {
  return round[runner]?.cpu ?? NaN;
}

function againstQemu(slowdowns: ReadonlyMap<RunnerName, number>): string {
  const ratio = (slowdowns.get('machine') ?? NaN) / (slowdowns.get('qemu') ?? NaN);
  if (Number.isNaN(ratio)) return '–';
  return ratio > 1 ? `${figure(ratio)}× slower` : `${figure(1 / ratio)}× faster`;
}

/** Whether each run ended as the native one and wrote the same bytes. */
function verdict(rounds: readonly Round[]): string {
  const wrong = RUNNERS.filter(({ name }) =>
    rounds.some(({ native, [name]: other }) => {
      if (!native || !other) return true;
      return native.code !== 0 || other.code !== native.code || !other.output.equals(native.output);
    }),
  );
  return wrong.length === 0 ? 'same' : `DIFFERENT: ${wrong.map(({ name }) => RUNNER_TITLES[name]).join(', ')}`;
}

function meanRow(part: Part, compared: readonly Comparison[]): string[] {
  const means = new Map(
    RUNNERS.map(({ name }) => [name, geometricMean(compared.map(each => each.slowdowns.get(name) ?? NaN))] as const),
  );
  const cells = RUNNERS.flatMap(({ name }) => (name === 'native' ? [''] : ['', `${figure(means.get(name) ?? NaN)}×`]));
  return [`**${part}**, geometric mean`, ...cells, againstQemu(means), ''];
}

const PROGRAM_NOTE =
  'Processor time in ms of the whole process with all its threads (compilers of the host included), less that of the ' +
  'start; × is the slowdown against native in the same round. Medians.';

function programTable(rows: readonly (readonly string[])[]): Table {
  const columns = RUNNERS.flatMap(({ name }) => {
    const title = RUNNER_TITLES[name];
    return name === 'native' ? [title] : [title, '×'];
  });
  return {
    title: 'Programs',
    note: PROGRAM_NOTE,
    columns: ['program', ...columns, 'machine against qemu', 'output'],
    rows,
  };
}
