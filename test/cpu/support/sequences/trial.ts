/** Cases in all ways, against results of the host's processor. */

import { interpreterBytes } from '../../../../emulator/cpu/processor.ts';
import { Chooser } from '../generator.ts';
import { ENDLESS, RESULT_SIZE, STATE_SIZE, VECTOR_AT } from './arena.ts';
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
    // What is compiled while it runs is not what has run: once more from the start.
    if (way.engine === 'hot')
      for (let run = 0; run < runs; run++) subject.run(states, run * STATE_SIZE, drive, results, 0);
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
    const run = differingRun(expected.subarray(at, at + actual.length), actual);
    if (run < 0) return undefined;
    const part = (results: Buffer): Buffer => results.subarray(run * RESULT_SIZE, (run + 1) * RESULT_SIZE);
    return { way, run, expected: part(expected.subarray(at)), actual: part(actual) };
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

/**
 * The first run that differs, -1 if none does. What the host did not bring to an end in time says nothing: locked
 * accesses over the ends of cache lines can be very slow.
 */
export function differingRun(expected: Buffer, actual: Buffer): number {
  if (actual.compare(expected) === 0) return -1;
  for (let at = 0; at < expected.length; at += RESULT_SIZE) {
    if (expected.readUInt32LE(at + VECTOR_AT) === ENDLESS) continue;
    if (expected.compare(actual, at, at + RESULT_SIZE, at, at + RESULT_SIZE)) return at / RESULT_SIZE;
  }
  return -1;
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
