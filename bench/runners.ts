/** The ways to run a program: on the processor, under qemu-user if it is installed, and in our machine. */

import fs from 'node:fs';
import path from 'node:path';
import { DIST } from './build.ts';

export type RunnerName = 'native' | 'qemu' | 'machine';

export type Needs = readonly string[] | 'root';

export interface Runner {
  readonly name: RunnerName;
  /** `needs`: host folders that the program reads, or all of the host's files where it is linked dynamically. */
  command(program: readonly string[], needs?: Needs): readonly string[];
}

const QEMU = ['/usr/bin/qemu-x86_64', '/usr/local/bin/qemu-x86_64', '/usr/bin/qemu-x86_64-static'].find(file =>
  fs.existsSync(file),
);

const NATIVE: Runner = { name: 'native', command: program => program };

const MACHINE: Runner = {
  name: 'machine',
  command: (program, needs = []) => [
    process.execPath,
    path.join(DIST, 'pico.cjs'),
    'run',
    ...(needs === 'root' ? ['--root', '/'] : needs.flatMap(folder => ['--mount', `${folder}:${folder}:ro`])),
    ...program,
  ],
};

export const RUNNERS: readonly Runner[] = [
  NATIVE,
  ...(QEMU === undefined
    ? []
    : [{ name: 'qemu', command: (program: readonly string[]) => [QEMU, ...program] } as const]),
  MACHINE,
];

/** Column headings. */
export const RUNNER_TITLES: Readonly<Record<RunnerName, string>> = {
  native: 'native',
  qemu: 'qemu-user',
  machine: 'machine',
};
