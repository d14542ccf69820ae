/** The pico door as providers' authors see it. */

import { trapFrame } from '../kernel/ke/context.ts';
import { PICO_CLONE_PARENT, type PicoRoutines } from '../kernel/ps/pico.ts';
import { ProcessView, ServicesView, type Surroundings, ThreadView } from './kernelView.ts';
import { makeRegisters } from './registersView.ts';
import type { PicoKernel, PicoProcess, PicoThread, RegisterName } from './published.ts';

/** Standard input as its owner keeps it. */
export interface Input {
  readonly event: number;
  take(size: number): Uint8Array | undefined;
}

export interface DoorParts {
  readonly provider: number;
  readonly routines: PicoRoutines;
  readonly input: () => Input;
  /** Notes with what code a process ends. */
  readonly setExitCode: (process: number, code: number) => void;
}

export class PicoKernelView extends ServicesView implements PicoKernel {
  readonly #door: DoorParts;

  constructor(surroundings: Surroundings, door: DoorParts) {
    super(surroundings, () => door.provider);
    this.#door = door;
  }

  get inputEvent(): number {
    return this.#door.input().event;
  }

  read(size: number): Uint8Array | undefined {
    return this.#door.input().take(size);
  }

  createProcess({
    name,
    commandLine = name,
    parent,
    clone,
    state,
  }: Parameters<PicoKernel['createProcess']>[0]): ProcessView | undefined {
    const { kernel } = this.surroundings;
    const origin = clone ?? parent;
    const attributes = {
      parent: origin && new ProcessView(kernel, origin.id).record,
      context: state ?? {},
      flags: clone ? PICO_CLONE_PARENT : 0,
    };
    const { process } = this.#door.routines.createProcess(attributes, { imageFileName: name, commandLine });
    return process && new ProcessView(kernel, process.id);
  }

  createThread(
    process: PicoProcess,
    {
      registers,
      like,
      name = '',
      state,
      suspended = false,
    }: {
      readonly registers: Partial<Record<RegisterName, number | bigint>>;
      readonly like?: PicoThread;
      readonly name?: string;
      readonly state?: unknown;
      readonly suspended?: boolean;
    },
  ): ThreadView | undefined {
    const { kernel } = this.surroundings;
    const origin = like && trapFrame(kernel, new ThreadView(kernel, like.id).record);
    const attributes = {
      process: new ProcessView(kernel, process.id).record,
      registers: makeRegisters(registers, origin),
      context: state ?? {},
    };
    const { thread } = this.#door.routines.createThread(attributes, name);
    if (thread && !suspended) this.#door.routines.resumeThread(thread);
    return thread && new ThreadView(kernel, thread.id);
  }

  suspendThread(thread: PicoThread): void {
    this.#door.routines.suspendThread(new ThreadView(this.surroundings.kernel, thread.id).record);
  }

  resumeThread(thread: PicoThread): void {
    this.#door.routines.resumeThread(new ThreadView(this.surroundings.kernel, thread.id).record);
  }

  terminateThread(thread: PicoThread, code = 0): void {
    this.#door.routines.terminateThread(new ThreadView(this.surroundings.kernel, thread.id).record, code);
  }

  terminateProcess(process: PicoProcess, code = 0): void {
    this.#door.setExitCode(process.id, code);
    this.#door.routines.terminateProcess(new ProcessView(this.surroundings.kernel, process.id).record, code);
  }
}
