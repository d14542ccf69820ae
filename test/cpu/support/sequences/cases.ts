/** Cases by number: the program and the states that a seed and a number stand for, always the same. */

import { Chooser } from '../generator.ts';
import { STATE_SIZE } from './arena.ts';
import { compose } from './compose.ts';
import { ImplementedForms } from './implemented.ts';
import type { Batch } from './native.ts';
import { makePool } from './pool.ts';
import type { Pool } from './pool.ts';
import { assemble } from './program.ts';
import type { Program } from './program.ts';
import { makeState } from './states.ts';

/** States that each program runs from. */
export const RUNS = 4;
/** Programs that one pool serves. */
const PROGRAMS_PER_POOL = 4000;
const ATTEMPTS = 50;

export interface NumberedCase extends Batch {
  readonly number: number;
  readonly source: Program;
}

export interface CaseOptions {
  readonly seed: number;
  /** Ordinary instructions only of forms whose names match. */
  readonly only?: RegExp;
}

export class Cases {
  private readonly implemented = new ImplementedForms();
  private readonly options: CaseOptions;
  private epoch = -1;
  private pool: Pool | undefined;

  constructor(options: CaseOptions) {
    this.options = options;
  }

  /** How many forms the present pool has. */
  get forms(): number {
    return this.pool?.forms.length ?? 0;
  }

  make(number: number): NumberedCase {
    const { seed, only } = this.options;
    const pool = this.poolOf(Math.floor(number / PROGRAMS_PER_POOL));
    const choose = new Chooser(scramble(seed, number));
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const source = compose(choose, pool, only);
      const program = assemble(source);
      if (!program) continue;
      const states = new Uint8Array(RUNS * STATE_SIZE);
      for (let run = 0; run < RUNS; run++) makeState(choose, pool.roles, states, run * STATE_SIZE);
      return { number, source, program, states };
    }
    throw new Error(`no program for seed ${seed}, number ${number}`);
  }

  private poolOf(epoch: number): Pool {
    if (this.pool === undefined || this.epoch !== epoch) {
      this.pool = makePool(scramble(this.options.seed, -1 - epoch), this.implemented);
      this.epoch = epoch;
    }
    return this.pool;
  }
}

/** A seed for one of many things that a seed stands for. */
function scramble(seed: number, number: number): number {
  const mixed = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(number + 1, 0xc2b2ae35);
  return (mixed ^ (mixed >>> 15)) >>> 0;
}
