/** The machine's debugger: hears from the kernel through the debug port, and decides where to stop. */

import { VECTOR_NAMES } from '../cpu/exits.ts';
import { RAX } from '../cpu/registers.ts';
import { clone } from '../base/clone.ts';
import { hex } from '../base/pages.ts';
import type { Injection } from '../kernel/dbgk/injection.ts';
import type { DebugPort } from '../kernel/dbgk/port.ts';
import type { BugCheck } from '../kernel/ke/bugCheck.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { DescribedCall, ExceptionRecord, ProviderServices, TrapFrame } from '../kernel/ps/pico.ts';
import { getProcess } from '../kernel/ps/process.ts';
import type { Process } from '../kernel/ps/process.ts';
import type { ProviderFailure } from '../kernel/ps/providerFailure.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import type { Situation } from './condition/evaluate.ts';
import { Breakpoints, meet } from './breakpoints.ts';
import type { ArmedBreakpoint } from './breakpoints.ts';
import type { MachineEvent, Notice, Stop, StopReason } from './face.ts';
import { Injections, injectionMarks } from './injections.ts';
import type { InjectionRecords } from './injections.ts';
import { situationOf } from './situation.ts';
import type { Circumstances } from './situation.ts';
import { Stepper } from './stepper.ts';

/** Where a stop happened, so that going on does not stop there again. */
interface Place {
  readonly thread: number;
  readonly instructions: number;
  readonly what: string;
}

export interface DebuggerRecords {
  readonly calls: Map<number, DescribedCall>;
  readonly exits: Map<number, { code: number; text: string }>;
  readonly injections: InjectionRecords;
}

export class Debugger implements DebugPort {
  readonly breakpoints = new Breakpoints();
  readonly injections = new Injections();
  readonly stepper: Stepper;
  pauseRequested = false;
  tracing = false;
  wantsSystemCalls = false;
  providerHasFailed = false;
  /** How processes ended, by process id. */
  exits = new Map<number, { code: number; text: string }>();
  private stop: Stop | undefined;
  private readonly notices: Notice[];
  private readonly kernel: Kernel;
  private readonly servicesOf: (process: Process) => ProviderServices;
  /** The call each thread is in, while system calls are wanted. */
  private calls = new Map<number, DescribedCall>();
  private resumedFrom: Place[] = [];
  /** Sentences that are said once. */
  private readonly said = new Set<string>();

  constructor(kernel: Kernel, servicesOf: (process: Process) => ProviderServices, notices: Notice[]) {
    this.kernel = kernel;
    this.servicesOf = servicesOf;
    this.notices = notices;
    this.stepper = new Stepper(kernel, () => this.armProcessors());
  }

  // --- what the machine asks ---------------------------------------------------------------------------------------

  /** After any change of breakpoints, injections, tracing or steps. */
  armProcessors(): void {
    this.wantsSystemCalls = this.tracing || this.injections.active || this.breakpoints.has('systemCall');
    for (const [process, space] of this.kernel.spaces) {
      const steps = this.stepper.addresses(process);
      const tests = this.breakpoints.tests(process);
      for (const address of steps) tests.delete(address);
      this.kernel.processor.setBreakpoints(space, [...this.breakpoints.addresses(process), ...steps], tests);
    }
  }

  /** The machine goes on from its stop. */
  resume(): void {
    this.stop = undefined;
    this.providerHasFailed = false;
  }

  /** Why the machine stopped. */
  takeStop(): Stop {
    const stop = this.stop ?? this.stopAt('pause', undefined, 'paused');
    this.pauseRequested = false;
    this.stop = undefined;
    return stop;
  }

  /** What belongs to the machine's state: calls that have not answered or been counted, how processes ended. Plain data. */
  records(): DebuggerRecords {
    return { ...clone({ calls: this.calls, exits: this.exits }), injections: this.injections.records() };
  }

  /** Goes back to what {@link records} gave. */
  restore(records: DebuggerRecords): void {
    const { calls, exits } = clone({ calls: records.calls, exits: records.exits });
    this.calls = calls;
    this.exits = exits;
    this.injections.restore(records.injections);
    this.resumedFrom = [];
    this.stepper.cancel();
    this.armProcessors();
  }

  /** The system call that a thread is in, if system calls are watched. */
  circumstances(thread: Thread): Circumstances {
    const call = this.calls.get(thread.id);
    return call ? { call: () => call } : {};
  }

  get stopRequested(): boolean {
    return this.stop !== undefined || this.pauseRequested;
  }

  /** A stop in `thread`, or in the one that runs or ran last. */
  private stopAt(reason: StopReason, thread: Thread | undefined, text: string): Stop {
    const subject =
      thread ?? this.kernel.state.threads.get(this.kernel.state.current) ?? [...this.kernel.state.threads.values()][0];
    return { reason, process: subject?.process ?? 0, thread: subject?.id ?? 0, breakpoints: [], text };
  }

  // --- what the kernel tells ---------------------------------------------------------------------------------------

  instructionLimit(thread: Thread): number {
    return this.stepper.instructionLimit(thread);
  }

  instructionsDone(thread: Thread): boolean {
    if (!this.stepper.isDone(thread)) return false;
    return this.halt(this.stopAt('step', thread, 'step'));
  }

  systemCallEntry(thread: Thread, frame: TrapFrame): boolean {
    const call = this.servicesFor(thread).describeSystemCall(thread, frame);
    this.calls.set(thread.id, call);
    const met = this.breakpoints.matching(
      target =>
        target.kind === 'systemCall' &&
        (target.name === '*' || target.name === call.name) &&
        (target.when === 'entry' || (target.when === 'unimplemented' && this.isMissing(thread, call))),
    );
    return this.consider(met, thread, frame, 'systemCall', call.text, { call: () => call });
  }

  inject(thread: Thread, frame: TrapFrame): Injection | undefined {
    const call = this.calls.get(thread.id);
    if (!call || !this.injections.active) return undefined;
    const situation = (): Situation => situationOf(this.kernel, thread, frame, { call: () => call });
    return this.injections.take(thread, frame.rip, call, this.servicesFor(thread), situation);
  }

  systemCallExit(thread: Thread, frame: TrapFrame): boolean {
    const call = this.calls.get(thread.id);
    if (!call) return false;
    this.calls.delete(thread.id);
    const result = frame.signed(RAX);
    const services = this.servicesFor(thread);
    const text = `${call.text}${services.describeResult(call.number, result)}${injectionMarks(thread.injected)}`;
    this.trace(thread, text);
    const failed = services.hasFailed(result);
    const met = this.breakpoints.matching(
      target =>
        target.kind === 'systemCall' &&
        (target.name === '*' || target.name === call.name) &&
        (target.when === 'exit' || (target.when === 'failed' && failed)),
    );
    return this.consider(met, thread, frame, 'systemCall', text, { call: () => call, result, failed });
  }

  exception(record: ExceptionRecord, thread: Thread, frame: TrapFrame): boolean {
    // Software raises exceptions of its own, with a code only.
    const vector = VECTOR_NAMES[record.vector] ?? hex(record.exceptionCode, 8);
    const meaning = this.servicesFor(thread).describeException(record);
    const [access, address] = record.exceptionInformation;
    const description =
      address === undefined ? vector : `${vector} ${ACCESS_WORDS[access] ?? 'accessing'} ${hex(address)}`;
    const met = this.breakpoints.matching(
      target =>
        target.kind === 'exception' && (target.name === '*' || target.name === vector || target.name === meaning),
    );
    const stopped = this.consider(
      met,
      thread,
      frame,
      'exception',
      meaning ? `${description} (${meaning})` : description,
      {
        exception: vector,
        signal: meaning,
        address,
      },
    );
    if (stopped && this.stop)
      this.stop = {
        ...this.stop,
        exception: { vector, code: record.exceptionCode, address: address ?? 0, description, meaning },
      };
    return stopped;
  }

  breakpoint(thread: Thread, frame: TrapFrame): boolean {
    if (this.stepper.reached(thread, frame)) return this.halt(this.stopAt('step', thread, 'step'));
    return this.consider(
      this.breakpoints.at(frame.rip, thread.process),
      thread,
      frame,
      'breakpoint',
      `breakpoint at ${hex(frame.rip)}`,
      {},
    );
  }

  apcDelivered(thread: Thread, names: readonly string[]): boolean {
    let stopped = false;
    for (const name of names) {
      const met = this.breakpoints.matching(
        target => target.kind === 'signal' && (target.name === '*' || target.name === name),
      );
      const frame = trapFrame(this.kernel, thread);
      stopped = this.consider(met, thread, frame, 'signal', `${name} delivered`, { signal: name }) || stopped;
    }
    return stopped;
  }

  report(process: Process, sentence: string, once = false): void {
    if (once && this.said.has(sentence)) return;
    if (once) this.said.add(sentence);
    this.notices.push({ kind: 'log', text: sentence, process: process.id });
  }

  providerFailed({ message, trace }: ProviderFailure, thread: Thread | undefined): void {
    if (thread) this.calls.delete(thread.id);
    const exception = { vector: 'provider', code: 0, address: 0, description: message, meaning: '', trace };
    this.halt({ ...this.stopAt('exception', thread, message), exception });
    this.providerHasFailed = true;
  }

  bugCheck({ code, text }: BugCheck, thread: Thread): void {
    const exception = { vector: 'bug check', code, address: 0, description: text, meaning: '' };
    this.halt({ ...this.stopAt('exception', thread, text), exception });
  }

  processCreated(process: Process): void {
    this.armProcessors();
    this.notices.push({
      kind: 'process',
      process: process.id,
      parent: process.parent,
      name: process.name,
      event: 'started',
      text: process.commandLine,
    });
    this.event('processCreate', process, `process ${process.id} (${process.name}) created`);
  }

  processExited(process: Process): void {
    const services = this.servicesOf(process);
    const text = services.describeExit(process);
    const code = services.exitCode(process);
    this.exits.set(process.id, { code, text });
    this.trace(undefined, `+++ ${process.name} (${process.id}) ${text} +++`);
    this.notices.push({
      kind: 'process',
      process: process.id,
      parent: process.parent,
      name: process.name,
      event: 'exited',
      exitCode: code,
      text,
    });
    this.event('processExit', process, `process ${process.id} (${process.name}) ${text}`);
  }

  imageReplaced(process: Process): void {
    this.armProcessors();
    this.notices.push({
      kind: 'process',
      process: process.id,
      parent: process.parent,
      name: process.name,
      event: 'exec',
      text: process.commandLine,
    });
    this.event('exec', process, `process ${process.id} runs ${process.commandLine} now`);
  }

  threadCreated(thread: Thread): void {
    this.notices.push({
      kind: 'thread',
      thread: thread.id,
      process: thread.process,
      name: thread.name,
      event: 'started',
    });
    this.threadEvent('threadCreate', thread, `thread ${thread.id} created`);
  }

  threadExited(thread: Thread): void {
    this.stepper.threadEnded(thread);
    this.injections.forget(thread);
    const call = this.calls.get(thread.id);
    if (call) this.trace(thread, `${call.text} = ?`);
    this.calls.delete(thread.id);
    this.notices.push({
      kind: 'thread',
      thread: thread.id,
      process: thread.process,
      name: thread.name,
      event: 'exited',
    });
    this.threadEvent('threadExit', thread, `thread ${thread.id} ended`);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  private servicesFor(thread: Thread): ProviderServices {
    return this.servicesOf(getProcess(this.kernel, thread.process));
  }

  private isMissing(thread: Thread, call: DescribedCall): boolean {
    const row = this.servicesFor(thread).systemCalls.find(candidate => candidate.number === call.number);
    return row === undefined || row.support === 'missing';
  }

  private trace(thread: Thread | undefined, text: string): void {
    if (this.tracing) this.notices.push({ kind: 'trace', text: thread ? `[${thread.process}] ${text}` : text });
  }

  private event(event: MachineEvent, process: Process, text: string): void {
    const { threads, current } = this.kernel.state;
    // A process that has ended has no thread to show; the stop is in whatever thread is left.
    const thread =
      threads.get(process.threads[0]) ??
      threads.get(current) ??
      [...threads.values()].find(({ state }) => state !== 'terminated');
    if (thread) this.threadEvent(event, thread, text, { process });
  }

  private threadEvent(event: MachineEvent, thread: Thread, text: string, circumstances: Circumstances = {}): void {
    const met = this.breakpoints.matching(target => target.kind === 'event' && target.event === event);
    if (met.length && this.kernel.state.processes.has(thread.process))
      this.consider(met, thread, trapFrame(this.kernel, thread), 'event', text, circumstances);
  }

  /** Stops for those of `met` whose conditions hold, unless this very place is where the last run began. */
  private consider(
    met: readonly ArmedBreakpoint[],
    thread: Thread,
    frame: TrapFrame,
    reason: StopReason,
    text: string,
    circumstances: Circumstances,
  ): boolean {
    if (met.length === 0) return false;
    const place: Place = { thread: thread.id, instructions: thread.instructions, what: `${reason} ${text}` };
    const again = this.resumedFrom.some(
      from => from.thread === place.thread && from.instructions === place.instructions && from.what === place.what,
    );
    if (again) return false;
    const { stop, logs } = meet(met, situationOf(this.kernel, thread, frame, circumstances));
    for (const log of logs) this.notices.push({ kind: 'log', ...log, process: thread.process, thread: thread.id });
    // One stop or message for each place, however often the dispatcher comes by it.
    this.resumedFrom = [...this.resumedFrom.filter(from => from.instructions === place.instructions), place];
    if (stop.length === 0) return false;
    return this.halt({ ...this.stopAt(reason, thread, text), breakpoints: stop });
  }

  private halt(stop: Stop): true {
    this.stop ??= stop;
    this.stepper.cancel();
    return true;
  }
}

const ACCESS_WORDS: Readonly<Record<number, string>> = { 0: 'reading', 1: 'writing', 8: 'executing' };
