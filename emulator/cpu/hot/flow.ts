/**
 * What is known about flags and registers at each place of a region: where flags may still be looked at, of which kind
 * they are where a block begins, and which registers may differ from their copies in memory.
 */

import type { DecodedInstruction } from './instruction.ts';
import type { Block } from './region.ts';
import type { Structure } from './structure.ts';

/**
 * What the flags are at a place: `stored` in memory, or of a kind, for operands of a size, with their values in the
 * locals for it; `dynamic` when a local says which; `dead` where nobody looks at them before they are replaced.
 */
export type FlagState = 'stored' | 'dynamic' | 'dead' | KnownFlags;

export interface KnownFlags {
  readonly kind: string;
  readonly size: number;
  /** CF and OF are in a local of their own. */
  readonly overridden?: boolean;
}

export interface Flow {
  /** Whether somebody may look at the flags after an instruction. */
  flagsLiveAfter(instruction: DecodedInstruction): boolean;
  flagsAt(block: Block): FlagState;
  /** Registers (bits as in {@link DecodedInstruction.writes}) that may have changed since they were stored. */
  dirtyAt(block: Block): number;
  /** Registers that the region reads or writes anywhere. */
  readonly used: number;
  readonly written: number;
}

/** Whether flags set before an instruction may be looked at, if those behind it may. */
function liveBefore({ effects, ending }: DecodedInstruction, after: boolean): boolean {
  if (effects.readsFlags || effects.mayLeave || ending === 'leave') return true;
  return effects.flags === 'none' || effects.keepsFlags ? after : false;
}

/** All successors of the last instruction are in the region, so nobody else sees the flags. */
function staysInside(block: Block): boolean {
  const last = block.instructions[block.instructions.length - 1];
  const { ending } = last;
  if (ending === 'conditional') return block.successors.length === (last.target === last.following ? 1 : 2);
  return (ending === 'next' || ending === 'jump') && block.successors.length === 1;
}

export function analyse({ order, loopHeaders }: Structure): Flow {
  const liveAfter = flagLiveness(order, loopHeaders);
  const flags = flagStates(order, liveAfter.out, liveAfter.after);
  const dirty = dirtyRegisters(order);
  let used = 0;
  let written = 0;
  for (const { instructions } of order) {
    for (const { reads, writes } of instructions) {
      used |= reads | writes;
      written |= writes;
    }
  }
  return {
    flagsLiveAfter: instruction => liveAfter.after.has(instruction),
    flagsAt: block => flags.get(block) ?? 'stored',
    dirtyAt: block => dirty.get(block) ?? 0,
    used,
    written,
  };
}

interface Liveness {
  /** Instructions behind which flags are live. */
  readonly after: ReadonlySet<DecodedInstruction>;
  /** Blocks before which they are. */
  readonly out: ReadonlySet<Block>;
}

function flagLiveness(order: readonly Block[], loopHeaders: ReadonlySet<Block>): Liveness {
  // A loop's header may end the slice, so flags are live there.
  const liveIn = new Set<Block>(loopHeaders);
  const after = new Set<DecodedInstruction>();
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = order.length - 1; i >= 0; i--) {
      const block = order[i];
      let live = !staysInside(block) || block.successors.some(next => liveIn.has(next));
      for (let j = block.instructions.length - 1; j >= 0; j--) {
        const instruction = block.instructions[j];
        if (live) after.add(instruction);
        live = liveBefore(instruction, live);
      }
      if (!live || liveIn.has(block)) continue;
      liveIn.add(block);
      changed = true;
    }
  }
  return { after, out: liveIn };
}

function flagStates(
  order: readonly Block[],
  liveIn: ReadonlySet<Block>,
  liveAfter: ReadonlySet<DecodedInstruction>,
): Map<Block, FlagState> {
  const states = new Map<Block, FlagState>([[order[0], 'stored']]);
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      let state = states.get(block);
      if (state === undefined) continue;
      for (const instruction of block.instructions) state = stateAfter(instruction, state, liveAfter.has(instruction));
      for (const next of block.successors) {
        if (!liveIn.has(next)) continue;
        const known = states.get(next);
        const met = known === undefined ? state : meet(known, state);
        if (known !== undefined && same(known, met)) continue;
        states.set(next, met);
        changed = true;
      }
      for (const next of block.successors) if (!states.has(next)) states.set(next, 'dead');
    }
  }
  return states;
}

export function stateAfter(
  { effects: { flags }, ending }: DecodedInstruction,
  before: FlagState,
  live: boolean,
): FlagState {
  if (ending === 'call' || ending === 'callIndirect') return 'stored';
  if (flags === 'none') return before;
  if (!live) return 'dead';
  if (flags === 'carry') return typeof before === 'object' ? { ...before, overridden: true } : 'dynamic';
  return flags === 'some' ? 'dynamic' : flags;
}

export function same(a: FlagState, b: FlagState): boolean {
  if (typeof a === 'string' || typeof b === 'string') return a === b;
  return a.kind === b.kind && a.size === b.size && !a.overridden === !b.overridden;
}

function meet(a: FlagState, b: FlagState): FlagState {
  return same(a, b) ? a : 'dynamic';
}

function dirtyRegisters(order: readonly Block[]): Map<Block, number> {
  const dirty = new Map<Block, number>();
  for (let changed = true; changed; ) {
    changed = false;
    for (const block of order) {
      let registers = dirty.get(block) ?? 0;
      for (const { writes, ending } of block.instructions) {
        registers |= writes;
        if (ending === 'call' || ending === 'callIndirect') registers = 0;
      }
      for (const next of block.successors) {
        const known = dirty.get(next) ?? 0;
        if ((known | registers) === known) continue;
        dirty.set(next, known | registers);
        changed = true;
      }
    }
  }
  return dirty;
}
