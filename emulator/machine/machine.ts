/** The machine: kernel, processor and provider put together and driven, behind {@link MachineFace}. */

import { PAGE_SIZE } from '../base/pages.ts';
import { RAX } from '../cpu/registers.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import { nextDue } from '../kernel/ke/timer.ts';
import { dispatchThreads, sleep } from '../kernel/ke/dispatcher.ts';
import { Kernel } from '../kernel/kernel.ts';
import { hasAddressSpace } from '../kernel/mm/addressSpaces.ts';
import { getProcess } from '../kernel/ps/process.ts';
import type { Process } from '../kernel/ps/process.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import { resumeThread } from '../kernel/ke/suspend.ts';
import type {
  ErrorDescription,
  Exchanged,
  GuestModule,
  Handler,
  OutsideConnections,
  ProviderServices,
  SystemCallDescription,
} from '../kernel/ps/pico.ts';
import { ProviderFailure } from '../kernel/ps/providerFailure.ts';
import { requestTermination, terminateProcess, terminateThread } from '../kernel/ps/terminate.ts';
import { STATUS_UNSUCCESSFUL } from '../kernel/status.ts';
import { compileCondition } from './condition/evaluate.ts';
import { showValue } from './condition/logMessage.ts';
import { ConditionError } from './condition/parse.ts';
import { Debugger } from './debugger.ts';
import type { DebuggerRecords } from './debugger.ts';
import { answerCall, pendingCall } from './pendingCall.ts';
import { disassembleRows } from './disassembly.ts';
import type * as face from './face.ts';
import { describeHandles, describeObjects } from './objectViews.ts';
import { processMemory } from './processMemory.ts';
import type { ProcessMemory } from './processMemory.ts';
import { describeRegisters, setRegister } from './registerView.ts';
import { situationOf, vocabulary } from './situation.ts';
import { restoreSnapshot, takeSnapshot } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { walkStack } from './stack.ts';
import { describeStore } from './storeView.ts';
import { describeStructures } from './structureViews.ts';
import type { TraditionalServices } from './traditional.ts';
import { describeAddressSpace, describeProcess, memoryRefusal } from './views.ts';

/** Who serves system calls: the provider that the launch named, and the kernel itself. */
export interface Services {
  readonly provider: ProviderServices;
  readonly traditional: TraditionalServices;
}
/** What a machine that a bug check has stopped ends with; programs that end so were killed by SIGABRT. */
const BUG_CHECK_EXIT = 134;

export class Machine implements face.MachineFace {
  private readonly kernel: Kernel;
  private readonly provider: ProviderServices;
  private readonly traditional: TraditionalServices;
  /** Those whose programs have been launched. */
  private readonly used = new Set<ProviderServices>();
  private readonly debugger: Debugger;
  private readonly notices: face.Notice[];
  private readonly snapshots = new Map<number, { kernel: Snapshot; debugger: DebuggerRecords }>();
  private nextSnapshot = 1;
  private first = 0;

  /** `notices` is where the console of this machine's host puts output. */
  constructor(kernel: Kernel, services: Services, notices: face.Notice[]) {
    this.kernel = kernel;
    this.provider = services.provider;
    this.traditional = services.traditional;
    this.notices = notices;
    this.debugger = new Debugger(kernel, process => this.servicesOf(process), notices);
    kernel.debugPort = this.debugger;
  }

  launch(launch: face.Launch): { process: number; thread: number } | { error: string } {
    const services = this.traditional.isProgram(launch.program) ? this.traditional : this.provider;
    this.used.add(services);
    const created = create(services, launch);
    if ('error' in created) return created;
    const thread = this.kernel.state.threads.get(created.process.threads[0]);
    if (!thread) return { error: `${launch.program} has no thread to run` };
    this.first ||= created.process.id;
    resumeThread(this.kernel, thread);
    this.debugger.armProcessors();
    return { process: created.process.id, thread: thread.id };
  }

  run(budget: number): face.RunResult {
    this.debugger.resume();
    const result = dispatchThreads(this.kernel, budget);
    if (result === 'budget') return { kind: 'running' };
    if (result === 'idle') return { kind: 'idle' };
    if (result === 'asleep') return { kind: 'asleep', time: nextDue(this.kernel) - this.kernel.state.time };
    if (result === 'stopped') return { kind: 'stopped', stop: this.debugger.takeStop() };
    const { bugCheck } = this.kernel.state;
    if (bugCheck) return { kind: 'ended', code: BUG_CHECK_EXIT, text: bugCheck.text };
    const exit = this.debugger.exits.get(this.first);
    return { kind: 'ended', code: exit?.code ?? 0, text: exit?.text ?? 'ended' };
  }

  sleep(time: number): void {
    sleep(this.kernel, time);
  }

  step(thread: number, kind: face.StepKind): void {
    const subject = this.kernel.state.threads.get(thread);
    if (subject) this.debugger.stepper.begin(subject, kind);
  }

  cancelStep(): void {
    this.debugger.stepper.cancel();
  }

  currentThread(): number {
    return this.kernel.state.current;
  }

  handler(thread: number, what: 'systemCall' | 'exception'): Handler | undefined {
    const subject = this.kernel.state.threads.get(thread);
    const process = subject && this.kernel.state.processes.get(subject.process);
    if (!process) return undefined;
    const routines = this.kernel.providers[process.provider]?.routines;
    if (what === 'exception') return this.servicesOf(process).exceptionHandler?.() ?? routines?.dispatchException;
    const number = trapFrame(this.kernel, subject).low(RAX);
    return this.servicesOf(process).handler(number) ?? routines?.dispatchSystemCall;
  }

  replaceProvider(defined: face.DefinedProvider): string | undefined {
    if (!this.provider.replace) return 'the provider is part of the machine';
    const problem = this.provider.replace(defined as never);
    const dropped = this.debugger.injections.rearm([...this.used], vocabulary([...this.used]));
    for (const text of dropped) this.notices.push({ kind: 'log', text: `No longer injected: ${text}.` });
    return problem;
  }

  pause(): void {
    this.debugger.pauseRequested = true;
  }

  setBreakpoints(breakpoints: readonly face.Breakpoint[]): face.BreakpointProblem[] {
    const problems = this.debugger.breakpoints.set(breakpoints, vocabulary([...this.used]));
    this.debugger.armProcessors();
    return problems;
  }

  hitCounts(): ReadonlyMap<number, number> {
    return this.debugger.breakpoints.hitCounts();
  }

  setInjections(injections: readonly face.FaultInjection[]): face.InjectionProblem[] {
    const problems = this.debugger.injections.set(injections, [...this.used], vocabulary([...this.used]));
    this.debugger.armProcessors();
    return problems;
  }

  checkInjections(injections: readonly face.FaultInjection[]): face.InjectionProblem[] {
    return this.debugger.injections.set(injections, [...this.used], vocabulary([...this.used]), true);
  }

  injections(): readonly string[] {
    return this.debugger.injections.list;
  }

  errors(process?: number): readonly ErrorDescription[] {
    if (process === undefined) return [...this.used].flatMap(({ errors }) => errors);
    const subject = this.kernel.state.processes.get(process);
    return subject ? this.servicesOf(subject).errors : [];
  }

  pendingCall(thread: number): face.PendingCall | undefined {
    const subject = this.kernel.state.threads.get(thread);
    return subject && pendingCall(this.kernel, subject, this.servicesOfThread(subject), this.debugger.injections);
  }

  answerCall(thread: number, answer: face.Answer | undefined): face.PendingCall | { error: string } {
    const subject = this.kernel.state.threads.get(thread);
    if (!subject) return { error: `thread ${thread} has ended` };
    const services = this.servicesOfThread(subject);
    const pending = answerCall(this.kernel, subject, services, this.debugger.injections, answer);
    this.debugger.armProcessors();
    return pending;
  }

  processes(): face.ProcessInformation[] {
    return [...this.kernel.state.processes.values()].map(process => describeProcess(this.kernel, process));
  }

  addressSpace(process: number): face.AddressSpaceInformation | undefined {
    const subject = this.kernel.state.processes.get(process);
    return subject && describeAddressSpace(this.kernel, subject);
  }

  structures(process: number): face.StructureInformation[] {
    const subject = this.kernel.state.processes.get(process);
    return subject ? describeStructures(this.kernel, subject) : [];
  }

  handles(process: number): face.HandleInformation[] {
    const subject = this.kernel.state.processes.get(process);
    return subject ? describeHandles(this.kernel, subject) : [];
  }

  objects(): face.ObjectInformation[] {
    return describeObjects(this.kernel);
  }

  compressionStore(): face.CompressionStore | undefined {
    return describeStore(this.kernel);
  }

  registers(thread: number): face.RegisterValues | undefined {
    const subject = this.kernel.state.threads.get(thread);
    return subject && describeRegisters(trapFrame(this.kernel, subject), this.kernel.processor.enabled);
  }

  setRegister(thread: number, name: string, value: bigint | Uint8Array): string | undefined {
    const subject = this.kernel.state.threads.get(thread);
    if (!subject) return `thread ${thread} has ended`;
    return setRegister(trapFrame(this.kernel, subject), this.kernel.processor.enabled, name, value);
  }

  memoryRefusal(process: number): string | undefined {
    const subject = this.kernel.state.processes.get(process);
    return subject ? memoryRefusal(this.kernel, subject) : undefined;
  }

  readMemory(process: number, address: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const count = this.memory(process)?.peek(address, bytes) ?? 0;
    return bytes.subarray(0, count);
  }

  unreadable(process: number, address: number, limit: number): number {
    const memory = this.memory(process);
    for (let at = address; at < address + limit; at = (Math.floor(at / PAGE_SIZE) + 1) * PAGE_SIZE)
      if (memory?.isCommitted(at)) return at - address;
    return limit;
  }

  writeMemory(process: number, address: number, bytes: Uint8Array): number {
    return this.memory(process)?.poke(address, bytes) ?? 0;
  }

  stack(thread: number, limit: number): face.GuestFrame[] {
    const subject = this.kernel.state.threads.get(thread);
    const memory = subject && this.memory(subject.process);
    return memory ? walkStack(memory, trapFrame(this.kernel, subject), limit) : [];
  }

  disassemble(
    process: number,
    address: number,
    offset: number,
    count: number,
    anchors: readonly number[] = [],
  ): face.Disassembled[] {
    const memory = this.memory(process);
    return memory ? disassembleRows(memory, address, offset, count, anchors) : [];
  }

  systemCalls(): readonly SystemCallDescription[] {
    return [...this.used].flatMap(({ systemCalls }) => systemCalls);
  }

  modules(process: number): GuestModule[] {
    const subject = this.kernel.state.processes.get(process);
    return subject ? this.servicesOf(subject).modules(subject) : [];
  }

  readFile(path: string): Uint8Array | undefined {
    for (const services of this.used) {
      const bytes = services.readFile(path);
      if (bytes) return bytes;
    }
    return undefined;
  }

  evaluate(thread: number, expression: string): { value: string } | { error: string } {
    const subject = this.kernel.state.threads.get(thread);
    if (!subject) return { error: `thread ${thread} has ended` };
    try {
      const frame = trapFrame(this.kernel, subject);
      const program = compileCondition(expression, vocabulary([...this.used]));
      return {
        value: showValue(program(situationOf(this.kernel, subject, frame, this.debugger.circumstances(subject)))),
      };
    } catch (error) {
      if (error instanceof ConditionError) return { error: error.message };
      throw error;
    }
  }

  input(bytes: Uint8Array | undefined): void {
    for (const services of this.used) services.input(bytes);
  }

  resizeTerminal(size: face.TerminalSize): boolean {
    const owners = [...this.used].filter(({ resizeTerminal }) => resizeTerminal);
    for (const services of owners) services.resizeTerminal?.(size);
    return owners.length > 0;
  }

  connectPort(port: number): number {
    for (const { connections } of this.used) {
      const connection = connections?.connect(port) ?? 0;
      if (connection !== 0) return connection;
    }
    return 0;
  }

  exchange(...given: Parameters<OutsideConnections['exchange']>): Exchanged | undefined {
    for (const { connections } of this.used) {
      const exchanged = connections?.exchange(...given);
      if (exchanged) return exchanged;
    }
    return undefined;
  }

  hangUp(connection: number): void {
    for (const { connections } of this.used) connections?.hangUp(connection);
  }

  trace(on: boolean): void {
    this.debugger.tracing = on;
    this.debugger.armProcessors();
  }

  terminate(process?: number): string | undefined {
    const { processes } = this.kernel.state;
    if (process === undefined) {
      for (const subject of processes.values()) if (!subject.critical) this.end(subject);
      return undefined;
    }
    const subject = processes.get(process);
    if (!subject) return `there is no process ${process}`;
    if (subject.critical) return `${subject.name} is part of the kernel: the machine cannot go on without it`;
    this.end(subject);
    return undefined;
  }

  terminateThread(thread: number): string | undefined {
    const subject = this.kernel.state.threads.get(thread);
    if (!subject) return `thread ${thread} has ended`;
    terminateThread(this.kernel, subject, STATUS_UNSUCCESSFUL);
    return undefined;
  }

  position(): number {
    return this.kernel.state.instructions;
  }

  snapshot(): number {
    const id = this.nextSnapshot++;
    this.snapshots.set(id, { kernel: takeSnapshot(this.kernel), debugger: this.debugger.records() });
    return id;
  }

  restore(snapshot: number): string | undefined {
    const saved = this.snapshots.get(snapshot);
    if (!saved) return `there is no snapshot ${snapshot}`;
    restoreSnapshot(this.kernel, saved.kernel);
    this.debugger.restore(saved.debugger);
    return undefined;
  }

  takeNotices(): face.Notice[] {
    return this.notices.splice(0);
  }

  /** Who serves the process's system calls. */
  private servicesOf(process: Process): ProviderServices {
    return process.provider >= 0 ? this.provider : this.traditional;
  }

  private servicesOfThread(thread: Thread): ProviderServices {
    return this.servicesOf(getProcess(this.kernel, thread.process));
  }

  private end(process: Process): void {
    requestTermination(this.kernel, process, STATUS_UNSUCCESSFUL);
    if (process.state === 'running') terminateProcess(this.kernel, process, STATUS_UNSUCCESSFUL);
  }

  private memory(process: number): ProcessMemory | undefined {
    const subject = this.kernel.state.processes.get(process);
    return subject && hasAddressSpace(this.kernel, subject) ? processMemory(this.kernel, subject) : undefined;
  }
}

/** A program by whoever serves it; what a user's provider throws meanwhile is its problem. */
function create(services: ProviderServices, { program, arguments: words, environment, directory }: face.Launch) {
  try {
    return services.createProgram({ program, arguments: words, environment, directory });
  } catch (error) {
    if (error instanceof ProviderFailure) return { error: error.message, trace: error.trace };
    throw error;
  }
}
