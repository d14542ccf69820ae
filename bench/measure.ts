/** Runs a program and says what it took and what it wrote. */

import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { built, WORK } from './build.ts';

export interface Measured {
  /** Milliseconds of processor time of the process, its threads and its children. */
  readonly cpu: number;
  /** Milliseconds from start to end. */
  readonly wall: number;
  /** KiB in memory at most. */
  readonly resident: number;
  readonly code: number;
  readonly output: Buffer;
}

/** Measured by a small program of ours: what Node can see of its children's time is too coarse. */
export function measure(command: readonly string[]): Measured {
  const report = path.join(WORK, 'report');
  const output = path.join(WORK, 'output');
  const { status } = spawnSync(built('cpuTime'), [report, output, ...command], { stdio: 'ignore' });
  const [cpu, wall, resident] = fs.readFileSync(report, 'utf8').split(' ').map(Number);
  return { cpu: cpu / 1000, wall: wall / 1000, resident, code: status ?? -1, output: fs.readFileSync(output) };
}
