/** What it costs to write every system call of a program to a file, beside strace where that is installed. */

import fs from 'node:fs';
import path from 'node:path';
import { built, DIST, WORK } from './build.ts';
import type { Progress } from './comparison.ts';
import { measure } from './measure.ts';
import { duration, figure, median } from './statistics.ts';
import type { Table } from './table.ts';

const STRACE = '/usr/bin/strace';

/** Programs as Debian ships them, from those that mostly compute to one that does nothing but calls. */
const PROGRAMS: readonly (readonly [title: string, command: readonly string[]])[] = [
  ['python3, imports', ['/usr/bin/python3', '-I', '-c', 'import json, decimal, argparse, email.message']],
  ['bash, 30 programs', ['/bin/bash', '-c', 'for i in {1..30}; do /bin/true; done']],
  ['find', ['/usr/bin/find', '/usr/include', '-name', '*.h', '-size', '+8k']],
  ['sort', ['/usr/bin/sort', '/usr/include/stdio.h', '/usr/include/stdlib.h', '/usr/include/unistd.h']],
  ['100,000 × getppid', [built('calls'), 'getppid', '100000']],
];

export function measureTracing(rounds: number, progress: Progress): Table[] {
  const file = path.join(WORK, 'trace');
  const hasStrace = fs.existsSync(STRACE);
  const machine = (...words: readonly string[]): number =>
    cpuOf([process.execPath, path.join(DIST, 'pico.cjs'), ...words.slice(0, 1), '--root', '/', ...words.slice(1)]);
  const rows = PROGRAMS.filter(([, [program]]) => fs.existsSync(program)).map(([title, command]) => {
    const plain: number[] = [];
    const traced: number[] = [];
    const native: number[] = [];
    for (let round = 1; round <= rounds; round++) {
      progress(`round ${round}: ${title} traced`);
      plain.push(machine('run', ...command));
      traced.push(machine('trace', '-o', file, ...command) / (plain.at(-1) ?? Number.NaN));
      if (hasStrace) native.push(cpuOf([STRACE, '-f', '-o', `${file}.host`, ...command]) / cpuOf(command));
    }
    const calls = fs.readFileSync(file, 'utf8').split('\n').length - 1;
    const beside = hasStrace ? `${figure(median(native))}×` : '';
    return [title, figure(calls), duration(median(plain)), `${figure(median(traced))}×`, beside];
  });
  return [
    {
      title: 'Tracing',
      note: 'Processor time of `pico run` with its start; times that with `pico trace -o`, and what `strace -f -o` adds to the program on the host. Medians.',
      columns: ['program', 'system calls', 'machine', 'traced', 'strace on the host'],
      rows,
    },
  ];
}

/** Milliseconds. */
function cpuOf(command: readonly string[]): number {
  const { cpu, code } = measure(command);
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}`);
  return cpu;
}
