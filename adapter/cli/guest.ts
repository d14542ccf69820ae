/** Runs a guest to its end in this thread, with the standard streams of this process. */

import { once } from 'node:events';
import type { MachineFace, MachineOptions, Notice, Stop } from '../../emulator/index.ts';
import { createMachine, ProviderFailure } from '../../emulator/index.ts';
import { guestEnvironment } from '../environment.ts';
import { createHost } from '../host/host.ts';
import { parseInjections } from '../injections.ts';
import { prepared } from '../machine/prepared.ts';
import { placePrograms } from '../mounts.ts';
import { type BroughtProvider, bringProvider } from './provider.ts';
import { type Invocation, UsageError } from './options.ts';
import { ERROR, write } from './output.ts';

const SLICE = 1_000_000;
/** As `timeout` ends, and as shells end when a command cannot be run. */
const STATUS_LIMIT = 124;
const STATUS_STUCK = 125;
const STATUS_CANNOT_RUN = 126;

/** The program could not be started. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  readonly status = STATUS_CANNOT_RUN;
}

export interface Guest {
  readonly machine: MachineFace;
  readonly provider: BroughtProvider | undefined;
}

/** A machine that stands before the first instruction of the program. */
export async function loadGuest({ program, arguments: args, options }: Invocation): Promise<Guest> {
  if (program === undefined) throw new UsageError('which program?');
  const programs = [program, ...options.alongside].map(each => ({ program: each, cwd: options.directory }));
  const { places, mounts } = placePrograms(programs, options.mounts);
  const { cpu, seed, vbs, resident, caseSensitive } = options;
  const limits = { resident };
  const provider =
    options.provider === undefined ? undefined : await bringProvider(options.provider, options.providerImports);
  const machine = boot({ mounts, cpu, seed, vbs, caseSensitive, limits, bootTime: Date.now() }, provider);
  for (const [index, place] of places.entries()) {
    const started = machine.launch({
      program: place.program,
      arguments: index === 0 ? args : [],
      environment: guestEnvironment(options.environment),
      directory: place.directory,
    });
    if (!('error' in started)) continue;
    const { error, trace } = started;
    throw new LaunchError(provider && trace !== undefined ? provider.explain(error, trace) : error);
  }
  if (options.inject.length > 0) inject(machine, options.inject);
  return { machine, provider };
}

function boot(options: MachineOptions, provider: BroughtProvider | undefined): MachineFace {
  try {
    const ready = prepared(options.cpu);
    return createMachine(
      options,
      createHost(options.mounts),
      provider ? { ...ready, provider: provider.defined } : ready,
    );
  } catch (error) {
    if (provider && error instanceof ProviderFailure)
      throw new LaunchError(provider.explain(error.message, error.trace));
    throw error;
  }
}

function inject(machine: MachineFace, texts: readonly string[]): void {
  const { injections, problems } = parseInjections(texts, { calls: machine.systemCalls(), errors: machine.errors() });
  const [problem] = problems.length > 0 ? problems : machine.setInjections(injections);
  if (problem) throw new UsageError(`--inject ${texts[problem.index]}: ${problem.message}`);
}

/** Answers with the exit status. `trace` gets the system call trace, whole lines at a time. */
export async function runGuest(
  { machine, provider }: Guest,
  maxInstructions: number,
  trace: (lines: string) => Promise<void>,
): Promise<number> {
  let inputEnded = false;
  for (;;) {
    const left = maxInstructions - machine.position();
    if (left <= 0) return complain(`stopped after ${maxInstructions} instructions`, STATUS_LIMIT);
    const result = machine.run(Math.min(SLICE, left));
    await tell(machine.takeNotices(), trace);
    if (result.kind === 'ended') return result.code;
    if (result.kind === 'stopped') return complain(whyStopped(result.stop, provider), STATUS_STUCK);
    if (result.kind !== 'idle') continue;
    if (inputEnded) return complain('all threads wait and nothing can wake them', STATUS_STUCK);
    const bytes = await nextInput();
    inputEnded = bytes === undefined;
    machine.input(bytes);
  }
}

function whyStopped({ text, exception }: Stop, provider: BroughtProvider | undefined): string {
  if (!provider || exception?.trace === undefined) return `the machine stopped: ${text}`;
  return `the provider failed: ${provider.explain(text, exception.trace)}`;
}

/** Only what the guest waits for is taken from standard input: the rest stays there for whoever comes next. */
async function nextInput(): Promise<Uint8Array | undefined> {
  const { stdin } = process;
  for (;;) {
    const chunk = stdin.read() as Buffer | null;
    if (chunk) return new Uint8Array(chunk);
    if (stdin.readableEnded || stdin.destroyed) return undefined;
    await Promise.race([once(stdin, 'readable'), once(stdin, 'end')]);
  }
}

/** In order; lines of the trace that follow each other are one piece of text. */
async function tell(notices: readonly Notice[], trace: (lines: string) => Promise<void>): Promise<void> {
  let lines: string[] = [];
  async function flush(): Promise<void> {
    if (lines.length > 0) await trace(`${lines.join('\n')}\n`);
    lines = [];
  }
  for (const notice of notices) {
    if (notice.kind === 'trace') {
      lines.push(notice.text);
      continue;
    }
    await flush();
    if (notice.kind === 'log') await write(ERROR, `pico: ${notice.text}\n`);
    if (notice.kind === 'output') await write(notice.stream, notice.bytes);
  }
  await flush();
}

async function complain(sentence: string, status: number): Promise<number> {
  await write(ERROR, `pico: ${sentence}\n`);
  return status;
}
