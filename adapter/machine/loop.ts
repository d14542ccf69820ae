/** Runs a machine in slices and serves commands between them. */

import type { DefinedProvider, MachineFace, Notice } from '../../emulator/index.ts';
import type { ProviderCode } from '../provider/code/providerCode.ts';
import type { Command, Report } from './protocol.ts';

/** A slice should end soon enough for pauses and reads to feel immediate, and late enough to cost nothing. */
const SLICE_MILLISECONDS = 20;
const FIRST_BUDGET = 2_000_000;
const LEAST_BUDGET = 20_000;
const MOST_BUDGET = 50_000_000;

/** Makes a provider of the user's code. */
export type Evaluate = (code: ProviderCode) => DefinedProvider;

export class MachineLoop {
  readonly #machine: MachineFace;
  readonly #post: (report: Report) => void;
  readonly #evaluate: Evaluate | undefined;
  #running = false;
  #idle = false;
  #idleReported = false;
  /** Since when the machine is asleep, in ms. */
  #asleepSince: number | undefined;
  #budget = FIRST_BUDGET;

  /** Without `evaluate` providers cannot be replaced. */
  constructor(machine: MachineFace, post: (report: Report) => void, evaluate?: Evaluate) {
    this.#machine = machine;
    this.#post = post;
    this.#evaluate = evaluate;
  }

  handle(command: Exclude<Command, { kind: 'boot' }>): void {
    this.#idle = false;
    if (command.kind === 'resume') {
      this.#running = true;
      this.#idleReported = false;
      return;
    }
    if (command.kind === 'provider') {
      this.#post({ kind: 'result', id: command.id, value: this.#replaceProvider(command.code) });
      return;
    }
    if (command.name === 'input') this.#idleReported = false;
    try {
      // The client's mapped type has paired the name with its arguments.
      const routine = this.#machine[command.name] as (...values: unknown[]) => unknown;
      const value = routine.apply(this.#machine, [...command.arguments]);
      this.#postNotices();
      this.#post({ kind: 'result', id: command.id, value });
    } catch (error) {
      this.#post({ kind: 'failure', id: command.id, message: describe(error) });
    }
  }

  /** Runs one slice if there is something to run. How many ms to wait then, unless a command comes before. */
  turn(): number {
    if (!this.#running || this.#idle) return Number.POSITIVE_INFINITY;
    try {
      const start = performance.now();
      if (this.#asleepSince !== undefined) this.#machine.sleep((start - this.#asleepSince) * 1e6);
      this.#asleepSince = undefined;
      const result = this.#machine.run(this.#budget);
      this.#adapt(performance.now() - start, result.kind === 'running');
      this.#postNotices();
      if (result.kind === 'running') return 0;
      if (result.kind === 'asleep') {
        this.#asleepSince = performance.now();
        return Math.ceil(result.time / 1e6);
      }
      if (result.kind === 'idle') {
        this.#idle = true;
        if (!this.#idleReported) this.#post(result);
        this.#idleReported = true;
        return Number.POSITIVE_INFINITY;
      }
      this.#running = false;
      this.#post(result);
    } catch (error) {
      this.#running = false;
      this.#post({ kind: 'crashed', message: describe(error) });
    }
    return Number.POSITIVE_INFINITY;
  }

  /** A sentence if it cannot be. */
  #replaceProvider(code: ProviderCode): string | undefined {
    if (!this.#evaluate) return 'this machine cannot run other code.';
    try {
      return this.#machine.replaceProvider(this.#evaluate(code));
    } catch (error) {
      return (error as Error).message;
    }
  }

  #adapt(milliseconds: number, whole: boolean): void {
    if (!whole) return;
    const scale = Math.min(4, Math.max(0.1, SLICE_MILLISECONDS / Math.max(milliseconds, 0.1)));
    this.#budget = Math.round(Math.min(MOST_BUDGET, Math.max(LEAST_BUDGET, this.#budget * scale)));
  }

  #postNotices(): void {
    const notices = joinOutput(this.#machine.takeNotices());
    if (notices.length > 0) this.#post({ kind: 'notices', notices });
  }
}

/** A guest that writes byte by byte must not cost a message for each byte. */
export function joinOutput(notices: readonly Notice[]): Notice[] {
  const joined: Notice[] = [];
  let pieces: Uint8Array[] = [];
  let stream: 1 | 2 = 1;
  function flush(): void {
    if (pieces.length > 0) joined.push({ kind: 'output', stream, bytes: Buffer.concat(pieces) });
    pieces = [];
  }
  for (const notice of notices) {
    if (notice.kind !== 'output') {
      flush();
      joined.push(notice);
      continue;
    }
    if (notice.stream !== stream) flush();
    stream = notice.stream;
    pieces.push(notice.bytes);
  }
  flush();
  return joined;
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}
