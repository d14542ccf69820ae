/**
 * One run of a program in a machine of its own, in a process of its own: prints what it took as JSON. Arguments: the
 * built interpreter, what is measured, the program, its arguments.
 */

import fs from 'node:fs';
import path from 'node:path';
import { createHost } from '../adapter/host/host.ts';
import type { AddressSpace } from '../emulator/memory/addressSpace.ts';
import { median } from './statistics.ts';
import { createMachine, type MachineFace, type Mount } from '../emulator/index.ts';

/** Milliseconds of processor time. */
export interface WorkTime {
  /** From the marker to the program's end. */
  readonly work: number;
}

export interface SnapshotTimes {
  readonly snapshot: number;
  readonly rewrite: number;
  readonly restore: number;
}

export interface ForkTimes {
  /** Median milliseconds from before the fork until the parent goes on. */
  readonly fork: number;
  /** Most frames that a fork took. */
  readonly frames: number;
}

export interface TreeTimes {
  readonly regions: number;
  /** Median milliseconds of one description of the whole address space. */
  readonly tree: number;
}

const SLICE = 50_000_000;
/** The program's marker of where the measured part begins. */
const MARK = { id: 1, target: { kind: 'systemCall', name: 'getpgrp', when: 'entry' } } as const;

function machineAtMark(
  interpreter: string,
  program: string,
  args: readonly string[],
  limits: { resident?: number },
): MachineFace {
  const folder = path.dirname(program);
  const mounts: Mount[] = [{ guest: folder, host: folder, mode: 'overlay' }];
  const machine = createMachine({ mounts, limits }, createHost(mounts), {
    interpreter: new Uint8Array(fs.readFileSync(interpreter)),
  });
  const launched = machine.launch({ program, arguments: args, environment: {}, directory: '/' });
  if ('error' in launched) throw new Error(launched.error);
  machine.setBreakpoints([MARK]);
  runToMark(machine);
  return machine;
}

function runToMark(machine: MachineFace): void {
  for (;;) {
    const result = machine.run(SLICE);
    if (result.kind === 'stopped') return;
    if (result.kind !== 'running') throw new Error(`the machine is ${result.kind} before the marker`);
  }
}

function runToEnd(machine: MachineFace): void {
  for (;;) {
    const result = machine.run(SLICE);
    if (result.kind === 'running') continue;
    if (result.kind === 'ended' && result.code === 0) return;
    throw new Error(`the machine's program did not end well: ${JSON.stringify(result)}`);
  }
}

function measureWork(machine: MachineFace): WorkTime {
  machine.setBreakpoints([]);
  return { work: processorTime(() => runToEnd(machine)) };
}

function measureSnapshots(machine: MachineFace): SnapshotTimes {
  let id = 0;
  return {
    snapshot: processorTime(() => {
      id = machine.snapshot();
    }),
    rewrite: processorTime(() => runToMark(machine)),
    restore: processorTime(() => {
      const refused = machine.restore(id);
      if (refused !== undefined) throw new Error(refused);
    }),
  };
}

/** The program passes the marker before and after each of its forks. */
function measureForks(machine: MachineFace): ForkTimes {
  const { frames } = kernelOf(machine);
  const times: number[] = [];
  let most = 0;
  for (let i = 0; i < FORKS; i++) {
    const before = frames.count;
    times.push(processorTime(() => runToMark(machine)));
    most = Math.max(most, frames.count - before);
    if (i + 1 < FORKS) runToMark(machine);
  }
  return { fork: median(times), frames: most };
}

function measureTree(machine: MachineFace): TreeTimes {
  const process = machine.processes().find(each => each.threads.length > 0)?.id ?? 0;
  let regions = 0;
  const times = Array.from({ length: 9 }, () =>
    processorTime(() => {
      const allocations = machine.addressSpace(process)?.allocations ?? [];
      regions = allocations.reduce((sum, allocation) => sum + allocation.regions.length, 0);
    }),
  );
  return { regions, tree: median(times) };
}

/** What the machine's face does not show. */
function kernelOf(machine: MachineFace): {
  spaces: ReadonlyMap<number, AddressSpace>;
  frames: { readonly count: number };
} {
  return (machine as unknown as { kernel: ReturnType<typeof kernelOf> }).kernel;
}

/** Of this whole process: background threads count as well. */
function processorTime(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** First and second argument of the marker: code and data that the program does not reach. */
function places(machine: MachineFace): readonly [code: number, data: number] {
  const registers = machine.registers(machine.processes().flatMap(({ threads }) => threads)[0].id)?.general ?? {};
  return [Number(registers.rdi), Number(registers.rsi)];
}

/** Breakpoints that are never reached. */
function withBreakpoints(machine: MachineFace): WorkTime {
  const [code] = places(machine);
  const targets = Array.from({ length: PLACES }, (_, i) => ({ kind: 'address', address: code + i }) as const);
  machine.setBreakpoints(targets.map((target, index) => ({ id: index + 1, target })));
  return { work: processorTime(() => runToEnd(machine)) };
}

/** Watched ranges that are never touched. The machine's face has no such breakpoints yet: the address space has. */
function withWatches(machine: MachineFace): WorkTime {
  const [, data] = places(machine);
  const { spaces } = kernelOf(machine);
  const watches = Array.from({ length: PLACES }, (_, i) => ({
    address: data + i * 8,
    size: 8,
    access: 'both' as const,
  }));
  for (const space of spaces.values()) space.setWatches(watches);
  return measureWork(machine);
}

const PLACES = 1000;
const FORKS = 9;
/** Of a program that touches twice as much, so that every touch brings a page back and compresses another. */
const RESIDENT = 32 << 20;
const MEASUREMENTS = {
  work: measureWork,
  compressed: measureWork,
  snapshots: measureSnapshots,
  forks: measureForks,
  tree: measureTree,
  breakpoints: withBreakpoints,
  watches: withWatches,
};

export type Measurement = keyof typeof MEASUREMENTS;

const [interpreter, measurement, program, ...words] = process.argv.slice(2);
const limits = measurement === 'compressed' ? { resident: RESIDENT } : {};
const machine = machineAtMark(interpreter, program, words, limits);
process.stdout.write(JSON.stringify(MEASUREMENTS[measurement as Measurement](machine)));
