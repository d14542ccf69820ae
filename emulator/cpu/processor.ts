/** (interface sketch, implementation follows) */
import type { AddressSpaceFace } from '../memory/addressSpace.ts';
import type { Exit } from './exits.ts';

export interface ProcessorFace {
  /** Runs the thread whose register file is at STATE_BASE of `space.window` for at most `budget` instructions, exactly. `skipBreakpoint`: the first instruction runs even if it has a breakpoint. */
  run(space: AddressSpaceFace, budget: number, skipBreakpoint?: boolean): Exit;
  /** Instructions retired by the last `run`. */
  readonly retired: number;
  /** Replaces the breakpoints of `space`. */
  setBreakpoints(space: AddressSpaceFace, addresses: Iterable<number>): void;
  /** Forgets everything decoded for `space` (the process ended, or its memory was replaced). */
  detach(space: AddressSpaceFace): void;
}
