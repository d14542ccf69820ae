/** Programs run natively and in the machine, with the same way of asking. */

import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { createHost } from '../../adapter/host/host.ts';
import { ntdll } from '../../adapter/machine/prepared.ts';
import { createMachine } from '../../emulator/index.ts';
import type { CpuLevel, MachineFace, Mount, Notice } from '../../emulator/index.ts';

export interface Program {
  /** Host path, visible in the guest at the same place. */
  readonly program: string;
  readonly arguments?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** Host folders that the guest sees at the same path, read only. The program's own folder always is. */
  readonly folders?: readonly string[];
  readonly directory?: string;
  /** Trace system calls. */
  readonly trace?: boolean;
}

export interface Outcome {
  readonly output: string;
  readonly errors: string;
  /** Exit code; 128 + signal after a signal. */
  readonly code: number;
}

export interface MachineOutcome extends Outcome {
  readonly trace: readonly string[];
  readonly log: readonly string[];
  readonly instructions: number;
  readonly text: string;
}

/** Instructions after which a program counts as hanging. */
const PATIENCE = 3_000_000_000;
const SLICE = 20_000_000;

export function newMachine(
  program: Program,
  mounts: readonly Mount[] = [],
  options: {
    seed?: number;
    limits?: object;
    cpu?: CpuLevel;
    terminal?: boolean;
    hotThreshold?: number;
    caseSensitive?: boolean;
  } = {},
): MachineFace {
  const folders = [path.dirname(program.program), ...(program.folders ?? [])];
  const all = [...new Set(folders)].map((folder): Mount => ({ guest: folder, host: folder, mode: 'overlay' }));
  const granted = [...mounts, ...all];
  const { hotThreshold, ...others } = options;
  return createMachine({ mounts: granted, ...others }, createHost(granted), { hotThreshold, ntdll });
}

/** Loads the program into the machine; it stands at its entry point. */
export function launch(machine: MachineFace, program: Program): { process: number; thread: number } {
  const launched = machine.launch({
    program: program.program,
    arguments: program.arguments ?? [],
    environment: program.environment ?? { PATH: '/bin:/usr/bin' },
    directory: program.directory ?? '/',
  });
  if ('error' in launched) throw new Error(launched.error);
  return launched;
}

/** Runs the program in the machine to its end. */
export function runInMachine(program: Program, machine = newMachine(program)): MachineOutcome {
  launch(machine, program);
  if (program.input !== undefined) machine.input(new TextEncoder().encode(program.input));
  machine.input(undefined);
  if (program.trace) machine.trace(true);
  return finish(machine);
}

/** Runs the machine until it has ended, and collects what it said. */
export function finish(machine: MachineFace): MachineOutcome {
  const notices: Notice[] = [];
  for (;;) {
    const result = machine.run(SLICE);
    notices.push(...machine.takeNotices());
    if (result.kind === 'ended') return collect(notices, result.code, result.text, machine.position());
    if (result.kind !== 'running')
      throw new Error(
        `the machine ${result.kind === 'stopped' ? `stopped: ${result.stop.text}` : 'waits for ever'}\n${tail(notices)}`,
      );
    if (machine.position() > PATIENCE) throw new Error(`the program does not end\n${tail(notices)}`);
  }
}

function collect(notices: readonly Notice[], code: number, text: string, instructions: number): MachineOutcome {
  const stream = (number: 1 | 2): string =>
    Buffer.concat(
      notices.flatMap(notice => (notice.kind === 'output' && notice.stream === number ? [notice.bytes] : [])),
    ).toString();
  return {
    output: stream(1),
    errors: stream(2),
    code,
    text,
    trace: notices.flatMap(notice => (notice.kind === 'trace' ? [notice.text] : [])),
    log: notices.flatMap(notice => (notice.kind === 'log' ? [notice.text] : [])),
    instructions,
  };
}

function tail(notices: readonly Notice[]): string {
  return notices
    .slice(-20)
    .map(notice => (notice.kind === 'output' ? Buffer.from(notice.bytes).toString() : JSON.stringify(notice)))
    .join('\n');
}

/** Runs the program on this computer, which must be x86-64 Linux. */
export function runNatively(program: Program): Outcome {
  const { stdout, stderr, status, signal } = spawnSync(program.program, program.arguments ?? [], {
    input: program.input ?? '',
    env: { ...(program.environment ?? { PATH: '/bin:/usr/bin' }) },
    cwd: program.directory ?? '/',
    maxBuffer: 1 << 26,
    // A program that hangs here is a mistake of the test, and must not hang the tests.
    timeout: NATIVE_PATIENCE,
    killSignal: 'SIGKILL',
  });
  return { output: stdout.toString(), errors: stderr.toString(), code: status ?? 128 + (SIGNALS[signal ?? ''] ?? 0) };
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGILL: 4,
  SIGTRAP: 5,
  SIGABRT: 6,
  SIGBUS: 7,
  SIGFPE: 8,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGTERM: 15,
};

/** Milliseconds. */
const NATIVE_PATIENCE = 60_000;

/** Whether programs can run natively here, as the oracle. */
export const HAS_ORACLE = process.platform === 'linux' && process.arch === 'x64';

const BUILD = path.join(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../../.cache/guests');

/** Builds a C source with a compiler of this computer; returns the program's path, or undefined without the compiler. */
export function build(
  source: string,
  compiler: 'gcc' | 'musl-gcc',
  flags: readonly string[] = ['-O1'],
): string | undefined {
  const name = `${path.basename(source, path.extname(source))}-${compiler}${flags.join('').replace(/[^\w-]/g, '')}`;
  const target = path.join(BUILD, name);
  fs.mkdirSync(BUILD, { recursive: true });
  if (fs.existsSync(target) && fs.statSync(target).mtimeMs >= fs.statSync(source).mtimeMs) return target;
  try {
    execFileSync(compiler, ['-static', ...flags, '-o', target, source, '-lm', '-lpthread'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  return target;
}
