/** Processes, threads and the kernel as providers' authors see them: thin views of records, looked up at every use. */

import type { HostConsole } from '../base/host.ts';
import { nextRandom } from '../base/random.ts';
import { trapFrame } from '../kernel/ke/context.ts';
import { clearEvent, createEvent, deleteEvent, setEvent } from '../kernel/ke/event.ts';
import type { Kernel } from '../kernel/kernel.ts';
import type { Process } from '../kernel/ps/process.ts';
import type { Thread } from '../kernel/ps/thread.ts';
import { encode, MemoryView } from './memoryView.ts';
import { viewRegisters } from './registersView.ts';
import type { KernelServices, Memory, PicoProcess, PicoThread, Registers } from './published.ts';

const NS_PER_MS = 1_000_000;
const RANDOM_STEPS = 0x1_0000_0000;

/** What a provider's views are made over. */
export interface Surroundings {
  readonly kernel: Kernel;
  readonly streams: HostConsole;
  /** A sentence for the person at the debugger. */
  readonly log: (sentence: string) => void;
  /** A file below the mounts by its guest path. */
  readonly readFile: (path: string) => Uint8Array | undefined;
}

export class ProcessView implements PicoProcess {
  readonly id: number;
  readonly memory: Memory;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, id: number) {
    this.#kernel = kernel;
    this.id = id;
    this.memory = new MemoryView(kernel, () => this.record);
  }

  /** Throws for a process that is long gone: views are not to be kept. */
  get record(): Process {
    const record = this.#kernel.state.processes.get(this.id);
    if (!record) throw new Error(`process ${this.id} has ended; keep ids, not processes`);
    return record;
  }

  get parent(): number {
    return this.record.parent;
  }

  get name(): string {
    return this.record.name;
  }

  get commandLine(): string {
    return this.record.commandLine;
  }

  get threads(): readonly number[] {
    return this.record.threads;
  }

  get state(): unknown {
    return this.record.picoContext;
  }

  set state(value: unknown) {
    this.record.picoContext = value;
  }
}

export class ThreadView implements PicoThread {
  readonly id: number;
  readonly #kernel: Kernel;

  constructor(kernel: Kernel, id: number) {
    this.#kernel = kernel;
    this.id = id;
  }

  get record(): Thread {
    const record = this.#kernel.state.threads.get(this.id);
    if (!record) throw new Error(`thread ${this.id} has ended; keep ids, not threads`);
    return record;
  }

  get process(): number {
    return this.record.process;
  }

  get name(): string {
    return this.record.name;
  }

  get state(): unknown {
    return this.record.picoContext;
  }

  set state(value: unknown) {
    this.record.picoContext = value;
  }
}

export class ServicesView implements KernelServices {
  protected readonly surroundings: Surroundings;
  /** The kernel's own id of the provider: processes of others are not to be seen. */
  readonly #provider: () => number;

  constructor(surroundings: Surroundings, provider: () => number) {
    this.surroundings = surroundings;
    this.#provider = provider;
  }

  get time(): number {
    return this.surroundings.kernel.state.time;
  }

  get wallClock(): number {
    const { bootTime, time } = this.surroundings.kernel.state;
    return Math.floor((bootTime + time) / NS_PER_MS);
  }

  random(): number {
    return nextRandom(this.surroundings.kernel.state.random) / RANDOM_STEPS;
  }

  write(stream: 1 | 2, contents: Uint8Array | string): void {
    this.surroundings.streams.write(stream === 2 ? 2 : 1, encode(contents));
  }

  log(sentence: string): void {
    this.surroundings.log(String(sentence));
  }

  readFile(path: string): Uint8Array | undefined {
    return this.surroundings.readFile(path);
  }

  process(id: number): ProcessView | undefined {
    const { kernel } = this.surroundings;
    const found = kernel.state.processes.get(id);
    return found && found.provider === this.#provider() ? new ProcessView(kernel, id) : undefined;
  }

  thread(id: number): ThreadView | undefined {
    const { kernel } = this.surroundings;
    const found = kernel.state.threads.get(id);
    return found && this.process(found.process) ? new ThreadView(kernel, id) : undefined;
  }

  registers(thread: PicoThread): Registers {
    const { kernel } = this.surroundings;
    const view = new ThreadView(kernel, thread.id);
    return viewRegisters(() => trapFrame(kernel, view.record));
  }

  createEvent({ kind = 'notification' as const, signaled = false } = {}): number {
    return createEvent(this.surroundings.kernel, kind, signaled);
  }

  setEvent(event: number): void {
    setEvent(this.surroundings.kernel, event);
  }

  clearEvent(event: number): void {
    clearEvent(this.surroundings.kernel, event);
  }

  deleteEvent(event: number): void {
    deleteEvent(this.surroundings.kernel, event);
  }
}
