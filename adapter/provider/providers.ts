/**
 * Providers' code as a session sees it. What debugs it is loaded when it is first needed, and is absent where the host
 * has no inspector: then the machine's own stops remain.
 */

import * as path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { MachineClient } from '../machine/client.ts';
import { machineFile } from '../machine/file.ts';
import type { ProviderDebugger, ProviderStop } from './providerDebugger.ts';
import type { UserModule } from './userModule.ts';

/** Files that may belong to a provider, or to the emulator; what knows the sources is asked only about these. */
const PROVIDER_FILE = /[\\/]emulator[\\/](?:providers|kernel[\\/]services)[\\/].*\.ts$/;
const EMULATOR_FILE = /[\\/]emulator[\\/].*\.ts$/;

export class Providers {
  readonly #machine: MachineClient;
  readonly #justMyCode: boolean;
  readonly #stopped: (stop: ProviderStop) => void;
  #loading: Promise<ProviderDebugger | undefined> | undefined;
  #debugger: ProviderDebugger | undefined;
  #why = '';
  /** Of a user's provider, as they are to run. */
  #modules: readonly UserModule[] = [];
  #version = 0;
  #files: ReadonlySet<string> = new Set();
  #serving = false;

  /** `justMyCode`: as in the launch configuration, without the emulator's own code. */
  constructor(machine: MachineClient, justMyCode: boolean, stopped: (stop: ProviderStop) => void) {
    this.#machine = machine;
    this.#justMyCode = justMyCode;
    this.#stopped = stopped;
  }

  /** While V8 holds the machine's thread in a provider's code. */
  get held(): ProviderDebugger | undefined {
    return this.#debugger?.isHeld ? this.#debugger : undefined;
  }

  /** Why there is no debugging of providers here, in a sentence; '' unless somebody has tried. */
  get why(): string {
    return this.#why;
  }

  isProviderFile(file: string | undefined): file is string {
    const shipped = this.#justMyCode ? PROVIDER_FILE : EMULATOR_FILE;
    return file !== undefined && (shipped.test(file) || this.#files.has(path.resolve(file)));
  }

  /**
   * The files of the user's provider, before the machine loads them: at launch as version 0, then as the version with which
   * they are loaded anew (`moduleUrl`). Whoever calls this has breakpoints resolved anew afterwards: lines may have moved.
   */
  async useModules(modules: readonly UserModule[], version = 0): Promise<void> {
    this.#modules = modules;
    this.#version = version;
    this.#files = new Set(modules.map(module => path.resolve(module.path)));
    const debug = await this.#loading;
    // What was being loaded in between has taken these already.
    if (debug) await debug.useModules(modules, version);
  }

  /** Undefined where there is none; {@link why} says why. */
  load(): Promise<ProviderDebugger | undefined> {
    this.#loading ??= this.#load();
    return this.#loading;
  }

  /** The machine is about to run. */
  guestRuns(): void {
    this.#debugger?.guestRuns();
  }

  /** The machine has stopped by itself. */
  async guestStopped(): Promise<void> {
    await this.#debugger?.guestStopped();
  }

  /** Ends a hold: the handler runs to its end, and the machine stops behind it. */
  async letGo(): Promise<void> {
    const { held } = this;
    if (!held) return;
    await this.#machine.pause();
    await held.letGo();
  }

  async close(): Promise<void> {
    this.#machine.commanded = undefined;
    await this.#debugger?.close();
  }

  async #load(): Promise<ProviderDebugger | undefined> {
    const { threadId } = this.#machine;
    if (threadId === undefined) {
      this.#why = 'The machine shares the thread of this debug adapter, so code of its providers cannot be stopped.';
      return undefined;
    }
    try {
      const { ProviderDebugger: Debugger } = await import('./providerDebugger.ts');
      const debug = new Debugger({
        threadId,
        bundle: fileURLToPath(new URL('machine.main.cjs', machineFile())),
        map: fileURLToPath(new URL('machine.main.cjs.map', machineFile())),
        justMyCode: this.#justMyCode,
        currentThread: () => this.#machine.currentThread(),
        stopped: this.#stopped,
      });
      await debug.useModules(this.#modules, this.#version);
      this.#debugger = debug;
      this.#machine.commanded = () => this.#serve(debug);
      return debug;
    } catch (error) {
      this.#why = `Code of providers cannot be debugged here: ${(error as Error).message}.`;
      return undefined;
    }
  }
  /** All commands of a moment are served at once. */
  #serve(debug: ProviderDebugger): void {
    if (!debug.isHeld || this.#serving) return;
    this.#serving = true;
    queueMicrotask(() => {
      this.#serving = false;
      // A thread that goes on serves by itself.
      if (debug.isHeld) debug.serve().catch(() => undefined);
    });
  }
}
