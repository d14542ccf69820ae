/** Cases in all ways, against results of the host's processor. */

import { interpreterBytes } from '../../../../emulator/cpu/processor.ts';
import { Chooser } from '../generator.ts';
import { RESULT_SIZE, STATE_SIZE } from './arena.ts';
import { digest, normalise } from './compare.ts';
import type { Way } from './engines.ts';
import { runsOf } from './native.ts';
import type { Batch } from './native.ts';
import { Subject } from './subject.ts';

/** Places where compiled code became void again and again are left to the cold engine, so the count begins anew. */
const PROGRAMS_TO_FORGET = 64;

/** What came of one way of running: equal or not, run by run. */
export interface Mismatch {
  readonly way: Way;
  readonly run: number;
  readonly expected: Buffer;
  readonly actual: Buffer;
}

export class Trial {
  private readonly subjects = new Map<Way, Subject>();
  private readonly interpreter = interpreterBytes();
  private programs = 0;

  /** Normalised results of all runs of a case. */
  run(way: Way, { program, states }: Batch, seed: number): Buffer {
    const subject = this.subjectOf(way);
    if (way.engine === 'hot' && this.programs++ % PROGRAMS_TO_FORGET === 0) subject.forget();
    const runs = states.length / STATE_SIZE;
    const results = Buffer.alloc(runs * RESULT_SIZE);
    subject.place(program);
    const drive = way.drive(new Chooser(seed), program);
    for (let run = 0; run < runs; run++) {
      const to = run * RESULT_SIZE;
      subject.run(states, run * STATE_SIZE, drive, results, to);
      normalise(results.subarray(to, to + RESULT_SIZE), program);
    }
    return results;
  }

  /** The first run that differs from the normalised native results at `at` of `expected`. */
  compare(way: Way, batch: Batch, seed: number, expected: Buffer, at: number): Mismatch | undefined {
    const actual = this.run(way, batch, seed);
    if (actual.compare(expected, at, at + actual.length) === 0) return undefined;
    for (let run = 0; run < runsOf(batch); run++) {
      const wanted = expected.subarray(at + run * RESULT_SIZE, at + (run + 1) * RESULT_SIZE);
      const found = actual.subarray(run * RESULT_SIZE, (run + 1) * RESULT_SIZE);
      if (wanted.compare(found)) return { way, run, expected: wanted, actual: found };
    }
    return undefined;
  }

  /** Forgets a machine, after an exception of our own left it somewhere in the middle. */
  drop(way: Way): void {
    this.subjects.delete(way);
  }

  private subjectOf(way: Way): Subject {
    let subject = this.subjects.get(way);
    if (!subject) {
      subject = new Subject({ ...way.options, interpreter: this.interpreter });
      this.subjects.set(way, subject);
    }
    return subject;
  }
}

/** Makes the native results of `batches` comparable, in place. */
export function normaliseAll(results: Buffer, batches: readonly Batch[]): void {
  let at = 0;
  for (const batch of batches)
    for (let run = 0; run < runsOf(batch); run++, at += RESULT_SIZE)
      normalise(results.subarray(at, at + RESULT_SIZE), batch.program);
}

/** One number for the normalised results of a case. */
export function digestOf(results: Buffer): number {
  let hash: number | undefined;
  for (let at = 0; at < results.length; at += RESULT_SIZE) hash = digest(results.subarray(at, at + RESULT_SIZE), hash);
  return hash ?? 0;
}
