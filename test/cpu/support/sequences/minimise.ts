/** Makes a case that differs small: drops lines and clears registers while the difference remains. */

import { ENDLESS, FX_AT, FX_ST, FX_XMM, MEMORY_AT, RESULT_SIZE, STATE_SIZE, UPPER_AT, VECTOR_AT } from './arena.ts';
import type { NumberedCase } from './cases.ts';
import { normalise } from './compare.ts';
import type { Way } from './engines.ts';
import { runNatively } from './native.ts';
import type { Batch } from './native.ts';
import { assemble } from './program.ts';
import type { Line } from './program.ts';
import type { Trial } from './trial.ts';

export interface Minimal extends Batch {
  readonly lines: readonly Line[];
  readonly expected: Buffer;
  readonly actual: Buffer | string;
}

interface Candidate extends Batch {
  readonly lines: readonly Line[];
}

export class Minimiser {
  private readonly trial: Trial;
  private readonly way: Way;
  private readonly seed: number;

  constructor(trial: Trial, way: Way, seed: number) {
    this.trial = trial;
    this.way = way;
    this.seed = seed;
  }

  /** `states` may hold several runs: a difference that needs earlier runs keeps them. */
  minimise({ source, states }: NumberedCase, run: number): Minimal | undefined {
    const single = states.slice(run * STATE_SIZE, (run + 1) * STATE_SIZE);
    const original = source.lines;
    const make = (lines: readonly Line[], from: Uint8Array): Candidate | undefined => {
      const program = assemble({ lines, entry: source.entry }, original);
      return program && { lines, program, states: from };
    };
    const whole = make(original, single);
    const all = make(original, states);
    const start = (whole && this.check(whole)) ?? (all && this.check(all));
    if (!start) return undefined;
    let best: Minimal = start;
    for (let size = Math.max(1, best.lines.length >> 1); size >= 1; size >>= 1) {
      for (let i = 0; i < best.lines.length; ) {
        const fewer: readonly Line[] = [...best.lines.slice(0, i), ...best.lines.slice(i + size)];
        const candidate: Candidate | undefined = fewer.length ? make(fewer, best.states) : undefined;
        const found: Minimal | undefined = candidate && this.check(candidate);
        if (found) best = found;
        else i += size;
      }
    }
    return this.simplify(best, make);
  }

  private simplify(start: Minimal, make: (lines: readonly Line[], from: Uint8Array) => Candidate | undefined): Minimal {
    let best = start;
    for (const [at, size] of CLEARABLE) {
      const states = best.states.slice();
      for (let state = 0; state < states.length; state += STATE_SIZE) states.fill(0, state + at, state + at + size);
      if (Buffer.compare(states, best.states) === 0) continue;
      const candidate = make(best.lines, states);
      best = (candidate && this.check(candidate)) ?? best;
    }
    return best;
  }

  /** The candidate if it still differs. */
  private check(candidate: Candidate): Minimal | undefined {
    const expected = runNatively([candidate]);
    for (let at = 0; at < expected.length; at += RESULT_SIZE)
      normalise(expected.subarray(at, at + RESULT_SIZE), candidate.program);
    try {
      const found = this.trial.compare(this.way, candidate, this.seed, expected, 0);
      // A loop that has become long is no difference.
      if (found?.actual.readUInt32LE(VECTOR_AT) === ENDLESS) return undefined;
      return found && { ...candidate, expected: found.expected, actual: found.actual };
    } catch (error) {
      this.trial.drop(this.way);
      return { ...candidate, expected: expected.subarray(0, RESULT_SIZE), actual: String(error) };
    }
  }
}

/** Parts of a state that are cleared one after the other. */
const CLEARABLE: readonly (readonly [at: number, size: number])[] = [
  ...Array.from({ length: 16 }, (_, i) => [UPPER_AT + i * 16, 16] as const),
  ...Array.from({ length: 16 }, (_, i) => [FX_AT + FX_XMM + i * 16, 16] as const),
  ...Array.from({ length: 8 }, (_, i) => [FX_AT + FX_ST + i * 16, 10] as const),
  ...Array.from({ length: 16 }, (_, i) => [i * 8, 8] as const),
  ...Array.from({ length: (STATE_SIZE - MEMORY_AT) / 32 }, (_, i) => [MEMORY_AT + i * 32, 32] as const),
];
