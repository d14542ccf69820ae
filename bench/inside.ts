/**
 * One run of the kernel's work in a machine of its own, in a process of its own: prints what it took as JSON. Arguments:
 * the built interpreter, the program, its kind, its count.
 */

import fs from 'node:fs';
import path from 'node:path';
import { createHost } from '../adapter/host/host.ts';
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

const SLICE = 50_000_000;
/** The program's marker of where the measured part begins. */
const MARK = { id: 1, target: { kind: 'systemCall', name: 'getpgrp', when: 'entry' } } as const;

function machineAtMark(interpreter: string, program: string, args: readonly string[]): MachineFace {
  const folder = path.dirname(program);
  const mounts: Mount[] = [{ guest: folder, host: folder, mode: 'overlay' }];
  const machine = createMachine({ mounts }, createHost(mounts), {
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

/** Of this whole process: background threads count as well. */
function processorTime(action: () => void): number {
  const before = process.cpuUsage();
  action();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

const [interpreter, program, kind, count] = process.argv.slice(2);
const machine = machineAtMark(interpreter, program, [kind, count]);
process.stdout.write(JSON.stringify(kind === 'memory' ? measureSnapshots(machine) : measureWork(machine)));
