/** Runs worlds and machines of noise by number: the same seed and number are always the same. */

import { interpreterBytes, Processor } from '../../../../emulator/cpu/processor.ts';
import { Window } from '../../../../emulator/memory/window.ts';
import { Chooser } from '../generator.ts';
import { ImplementedForms } from '../sequences/implemented.ts';
import { makePool } from '../sequences/pool.ts';
import { runMachine } from './machines.ts';
import { World } from './world.ts';
import type { Place } from './world.ts';

export type Level = 'processor' | 'machine';

const ACTIONS = 60;
/** What of a hot engine's processor is compared with the cold one. */
const THRESHOLDS = [1, 2, 20];

export class NoiseRunner {
  private readonly interpreter = interpreterBytes();
  private readonly pool;
  private readonly cold: Place;
  private readonly hot: readonly Place[];
  private readonly seed: number;

  constructor(seed: number) {
    this.seed = seed;
    this.pool = makePool(seed, new ImplementedForms());
    this.cold = this.place(Infinity);
    this.hot = THRESHOLDS.map(threshold => this.place(threshold));
  }

  /** Runs number `number`; the instructions it retired. Throws at the first thing that is wrong. */
  run(level: Level, number: number): number {
    const choose = new Chooser((Math.imul(this.seed, 0x9e3779b1) ^ Math.imul(number + 1, 0x85ebca77)) >>> 0);
    if (level === 'machine') return runMachine(choose, this.pool, this.interpreter);
    const world = new World(choose, this.pool, [this.cold, choose.of(this.hot)]);
    for (let action = 0; action < ACTIONS; action++) world.act();
    world.compare();
    world.close();
    return world.retired;
  }

  private place(hotThreshold: number): Place {
    const source = { next: 1 };
    const random = (): number => (source.next = (Math.imul(source.next, 1664525) + 1013904223) >>> 0);
    return {
      processor: new Processor({ cpu: 'x86-64-v3', interpreter: this.interpreter, hotThreshold, random }),
      window: new Window(),
      source,
    };
  }
}
