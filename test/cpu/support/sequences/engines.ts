/** The ways in which sequences are run here: which engine, and how often it is interrupted. */

import type { Exit } from '../../../../emulator/cpu/exits.ts';
import type { Processor, ProcessorOptions } from '../../../../emulator/cpu/processor.ts';
import type { Chooser } from '../generator.ts';
import type { PlainSpace } from '../plainSpace.ts';
import type { Assembled } from './program.ts';

/** Runs from RIP until something other than a budget ends it, or too long. */
export type Drive = (processor: Processor, space: PlainSpace) => Exit;

export interface Way {
  readonly name: string;
  readonly engine: 'cold' | 'hot';
  readonly options: ProcessorOptions;
  /** How one run is driven. */
  drive(choose: Chooser, program: Assembled): Drive;
}

/** Instructions after which a run counts as endless; structured ones end after some thousands. */
const LIMIT = 50_000;

/** A slice must retire what it was asked for: all of it when the budget ends it, never more. */
function slice(processor: Processor, space: PlainSpace, budget: number, skipBreakpoint = false): Exit {
  const exit = processor.run(space, budget, skipBreakpoint);
  if (processor.retired > budget || (exit.kind === 'budget' && processor.retired !== budget))
    throw new Error(`a slice of ${budget} retired ${processor.retired}`);
  return exit;
}

function bySlices(next: () => number): Drive {
  return (processor, space) => {
    for (let done = 0; done < LIMIT; done += processor.retired) {
      const exit = slice(processor, space, next());
      if (exit.kind !== 'budget') return exit;
    }
    return { kind: 'budget' };
  };
}

function randomly(choose: Chooser): Drive {
  return bySlices(() => (choose.below(3) ? 1 + choose.below(8) : 1 + choose.below(200)));
}

/** Stops at some instructions, and goes on. */
function withBreakpoints(choose: Chooser, { addresses }: Assembled): Drive {
  const places = addresses.filter(() => choose.below(4) === 0);
  return (processor, space) => {
    processor.setBreakpoints(space, places);
    let left = LIMIT;
    let skip = false;
    try {
      while (left > 0) {
        const exit = slice(processor, space, left, skip);
        left -= processor.retired;
        skip = exit.kind === 'breakpoint';
        if (!skip) return exit;
      }
      return { kind: 'budget' };
    } finally {
      processor.setBreakpoints(space, []);
    }
  };
}

/** Every access to data takes the slow path and is reported, or nearly every one. */
function withWatches(choose: Chooser): Drive {
  const ranges = [0x1200_0fc0, 0x1300_0880, 0x7e00_1234_5ff0, 0x1204_0fc0].filter(() => choose.below(2));
  return (processor, space) => {
    for (const address of ranges) space.watch(address, 32, choose.below(2) ? 'read' : 'write');
    let left = LIMIT;
    try {
      while (left > 0) {
        const exit = slice(processor, space, left);
        left -= processor.retired;
        if (exit.kind !== 'watchpoint') return exit;
      }
      return { kind: 'budget' };
    } finally {
      space.unwatch();
    }
  };
}

const COLD: ProcessorOptions = { hotThreshold: Infinity };
/** Compiles what is jumped back to, called or looped over, however large, when it is entered again; or soon after. */
const AT_ONCE: ProcessorOptions = { hotThreshold: 0.01 };
const SOON: ProcessorOptions = { hotThreshold: 1 };

const inOneGo = (): Drive => (processor, space) => slice(processor, space, LIMIT);

export const WAYS: readonly Way[] = [
  { name: 'cold', engine: 'cold', options: COLD, drive: inOneGo },
  { name: 'cold, step by step', engine: 'cold', options: COLD, drive: () => bySlices(() => 1) },
  { name: 'cold, random budgets', engine: 'cold', options: COLD, drive: randomly },
  { name: 'cold, breakpoints', engine: 'cold', options: COLD, drive: withBreakpoints },
  { name: 'cold, watchpoints', engine: 'cold', options: COLD, drive: withWatches },
  { name: 'hot at once', engine: 'hot', options: AT_ONCE, drive: inOneGo },
  { name: 'hot soon', engine: 'hot', options: SOON, drive: inOneGo },
  { name: 'hot, random budgets', engine: 'hot', options: AT_ONCE, drive: randomly },
  { name: 'hot, breakpoints', engine: 'hot', options: SOON, drive: withBreakpoints },
  { name: 'hot, watchpoints', engine: 'hot', options: AT_ONCE, drive: withWatches },
];
