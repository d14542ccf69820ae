/** What is being debugged, as one session sees it: the machine and its state, and what the client was told of it. */

import type { Forwarding } from './forwarding.ts';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import type { Mount, Stop } from '../emulator/index.ts';
import { Breakpoints } from './breakpoints.ts';
import { resolveBreakpoint } from './breakpointTargets.ts';
import type { Configuration } from './configuration.ts';
import { Documents, sourceOf } from './documents.ts';
import { notLaunched, notStopped } from './errors.ts';
import type { SendEvent } from './events.ts';
import type { Frame } from './frames.ts';
import { Handles } from './handles.ts';
import { type Connect, connectMachine, type MachineClient } from './machine/client.ts';
import { WatchedMemory } from './memoryReferences.ts';
import type { ProgramPlace } from './mounts.ts';
import { Output } from './output.ts';
import { ProviderFrames } from './provider/frames.ts';
import type { ProviderDebugger } from './provider/providerDebugger.ts';
import type { ProviderCompiler } from './provider/code/compile.ts';
import type { OwnProvider } from './provider/code/ownProvider.ts';
import type { ProviderCode } from './provider/code/providerCode.ts';
import { Providers } from './provider/providers.ts';
import { receiveProviderStop, receiveReport } from './reports.ts';
import type { GuestTerminal } from './terminal/guestTerminal.ts';
import type { RunInTerminal } from './terminal/terminal.ts';
import { Symbols } from './symbols/symbols.ts';
import type { Container } from './containers.ts';

/** `configuring`: the program is loaded and the client sends its breakpoints. */
export type Phase = 'new' | 'initialized' | 'configuring' | 'running' | 'stopped' | 'ended';

export interface Step {
  readonly thread: number;
  readonly kind: 'in' | 'over' | 'out';
}

/** One launch of a program; a restart makes another. */
export interface Program {
  readonly configuration: Configuration;
  readonly noDebug: boolean;
  readonly place: ProgramPlace;
  readonly machine: MachineClient;
  readonly symbols: Symbols;
  readonly documents: Documents;
  readonly providers: Providers;
  /** Where the launch brings a provider of its own. */
  readonly ownProvider: OwnProvider | undefined;
  /** Of the launched program. */
  readonly process: number;
  readonly thread: number;
}

export class Debuggee {
  readonly send: SendEvent;
  readonly #connect: Connect;
  phase: Phase = 'new';
  /** Numbers of the client's first line and column; ours are 1. */
  firstLine = 1;
  firstColumn = 1;
  program: Program | undefined;
  /** Where the machine stands while the phase is `stopped`. */
  stop: Stop | undefined;
  /** Where the program stood when the client last heard of a stop. */
  #place: { thread: number; place: Promise<Place> } | undefined;
  /** The step that the machine is taking. */
  step: Step | undefined;
  /** A client that asked for `pico/trace` events shows the trace itself; the others find it in the console. */
  traceEvents = false;
  /** What translates users' providers, once one has been launched: it is slow to load, and serves restarts too. */
  compiler: ProviderCompiler | undefined;
  /** Asks the client to run a program in a terminal. */
  readonly runInTerminal: RunInTerminal;
  /** The client can do that. */
  hasTerminals = false;
  /** The client draws terminals itself. */
  drawsTerminals = false;
  /** That of the program, where it has one; a restarted one keeps it. */
  terminal: GuestTerminal | undefined;
  /** Ports of the guest that this computer reaches. */
  forwarding: Forwarding | undefined;
  readonly output: Output;
  readonly breakpoints: Breakpoints;
  /** Undefined stands for a label. */
  readonly frames = new Handles<Frame | undefined>(1000);
  /** Frames of providers' code; they end with their stop. */
  readonly providerFrames = new ProviderFrames();
  readonly variables = new Handles<Container>();
  readonly gotoTargets = new Handles<number>();
  readonly watched = new WatchedMemory();
  readonly #afterResponse: (() => void)[] = [];

  constructor(connect: Connect, send: SendEvent, runInTerminal: RunInTerminal) {
    this.#connect = connect;
    this.runInTerminal = runInTerminal;
    this.send = send;
    this.output = new Output((category, output) => send('output', { category, output }));
    this.breakpoints = new Breakpoints(
      requested => resolveBreakpoint(this, requested),
      breakpoint => send('breakpoint', { reason: 'changed', breakpoint: this.breakpointToClient(breakpoint) }),
    );
  }

  needProgram(command: string): Program {
    if (!this.program) throw notLaunched(command);
    return this.program;
  }

  needStop(command: string): Stop {
    if (!this.stop) throw notStopped(command);
    return this.stop;
  }

  /** Builds a machine that shows `mounts` to its guests; it becomes the session's with {@link adopt}. */
  connect(
    configuration: Configuration,
    mounts: readonly Mount[],
    wantsTerminal: boolean,
    provider?: ProviderCode,
  ): Pick<Program, 'machine' | 'symbols' | 'documents' | 'providers'> {
    let order: Promise<void> = Promise.resolve();
    const machine = connectMachine(
      this.#connect,
      {
        mounts,
        limits: configuration.limits,
        cpu: configuration.cpu,
        seed: configuration.seed,
        bootTime: configuration.bootTime ?? Date.now(),
        vbs: configuration.vbs,
        // Somebody looks on, at a terminal or at the other end of a connection.
        keepsTime: wantsTerminal || configuration.forward.length > 0,
        caseSensitive: configuration.caseSensitive,
        terminal: wantsTerminal,
      },
      report => {
        // Handling may ask the machine in between; the next report waits, so that events keep their order.
        order = order.then(() => receiveReport(this, machine, report)).catch(() => undefined);
      },
      provider,
    );
    const symbols = new Symbols(machine);
    const documents = new Documents(machine, symbols, (reason, document) =>
      this.send('loadedSource', { reason, source: sourceOf(document) }),
    );
    const providers = new Providers(machine, configuration.justMyCode, stop => {
      order = order.then(() => receiveProviderStop(this, machine, stop)).catch(() => undefined);
    });
    return { machine, symbols, documents, providers };
  }

  async adopt(program: Program): Promise<void> {
    this.program = program;
    this.phase = 'configuring';
    this.stop = undefined;
    this.step = undefined;
    await this.breakpoints.attach(program.noDebug ? undefined : program);
  }

  /** Takes the machine away, for good or for the next launch. */
  async release(): Promise<void> {
    const program = this.program;
    this.program = undefined;
    this.stop = undefined;
    this.output.flush();
    this.terminal?.detach();
    this.forwarding?.close();
    this.forwarding = undefined;
    await this.breakpoints.attach(undefined);
    // A thread that V8 holds could not be ended.
    await program?.providers.close();
    program?.ownProvider?.close();
    program?.machine.close();
  }

  /** The session is over. */
  async dispose(): Promise<void> {
    await this.release();
    this.terminal?.close();
    this.compiler?.close();
    this.compiler = undefined;
  }

  /** Lets the machine run; a `step` ends by itself. */
  resume(program: Program, step?: Step): void {
    this.phase = 'running';
    this.stop = undefined;
    this.step = step;
    this.providerFrames.clear();
    const { held } = program.providers;
    if (held) {
      void resumeHeld(program, held, step);
      return;
    }
    program.providers.guestRuns();
    // Its answer says nothing, and a machine that breaks here reports that by itself.
    if (step) program.machine.step(step.thread, step.kind).catch(() => undefined);
    program.machine.resume();
  }

  reportStop(stop: Stop, body: Dap.StoppedEvent['body']): void {
    this.phase = 'stopped';
    this.stop = stop;
    this.step = undefined;
    this.output.flush();
    this.send('stopped', body);
    this.#rememberPlace(stop);
    for (const change of this.watched.all()) this.send('memory', change);
  }

  /** Whether nothing has run since the last stop: whoever goes on from a breakpoint's place wants to leave it. */
  async hasNotMoved(stop: Stop): Promise<boolean> {
    const before = this.#place?.thread === stop.thread ? await this.#place.place : undefined;
    if (!before || !this.program) return false;
    const now = await placeOf(this.program, stop.thread);
    return now.rip === before.rip && now.position === before.position;
  }

  #rememberPlace({ thread }: Stop): void {
    if (!this.program) return;
    // Asked before anything can make the machine go on, so that the answers are of this place.
    const place = placeOf(this.program, thread);
    place.catch(() => undefined);
    this.#place = { thread, place };
  }

  end(): void {
    if (this.phase === 'ended') return;
    this.phase = 'ended';
    this.stop = undefined;
    this.output.flush();
    this.terminal?.close();
    this.send('terminated', {});
  }

  /** The process that plain addresses and names mean. */
  processInView(): number {
    return this.stop?.process ?? this.program?.process ?? 0;
  }

  threadInView(): number | undefined {
    return this.stop?.thread ?? this.program?.thread;
  }

  async liveProcesses(): Promise<number[]> {
    const processes = (await this.program?.machine.processes()) ?? [];
    return processes.filter(({ state }) => state !== 'terminated').map(({ id }) => id);
  }

  lineFromClient(line: number): number {
    return line - this.firstLine + 1;
  }

  lineToClient(line: number): number {
    return line + this.firstLine - 1;
  }

  breakpointToClient(breakpoint: Dap.Breakpoint): Dap.Breakpoint {
    if (breakpoint.line === undefined) return breakpoint;
    return { ...breakpoint, line: this.lineToClient(breakpoint.line) };
  }

  /** Events that belong behind the response of the request being served. */
  afterResponse(action: () => void): void {
    this.#afterResponse.push(action);
  }

  responseSent(): void {
    for (const action of this.#afterResponse.splice(0)) action();
  }
}

/** Goes on from a provider's code; a step that leaves all of it ends where the guest goes on. */
async function resumeHeld({ machine }: Program, held: ProviderDebugger, step: Step | undefined): Promise<void> {
  if (!step) {
    await machine.cancelStep();
    await held.resume();
    return;
  }
  await machine.step(step.thread, 'return');
  await held.step(PROVIDER_STEPS[step.kind]);
}

const PROVIDER_STEPS = { in: 'stepInto', over: 'stepOver', out: 'stepOut' } as const;

interface Place {
  readonly rip: number | undefined;
  /** In time: retired instructions. */
  readonly position: number;
}

async function placeOf({ machine }: Program, thread: number): Promise<Place> {
  const [frames, position] = await Promise.all([machine.stack(thread, 1), machine.position()]);
  return { rip: frames[0]?.rip, position };
}
