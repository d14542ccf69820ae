/**
 * What each block of a region accesses, found by writing its instructions once for nothing, and from that which checks
 * its accesses share and what is known of registers where it begins.
 */

import { DEFAULT_CONTROL, PRECISION } from '../operations/sse/exceptions.ts';
import { RSP } from '../registers.ts';
import { Code } from '../wasm/code.ts';
import type { Affine } from '../wasm/expression.ts';
import { Checked, shareChecks } from './accesses.ts';
import type { Access, Span } from './accesses.ts';
import { FlagLocals } from './flagLocals.ts';
import type { Flow } from './flow.ts';
import type { Block } from './region.ts';
import { RegionEmitter } from './regionEmitter.ts';
import type { AccessChecks, SpanCheck } from './regionEmitter.ts';
import { RegisterLocals } from './registerLocals.ts';
import type { RegisterKnowledge } from './registerLocals.ts';
import type { Structure } from './structure.ts';

interface Observed {
  /** By access, the span to check, and where in it the access is. */
  readonly spans: readonly (Span | undefined)[];
  readonly accesses: readonly (Access | undefined)[];
  /** How far RSP moves; undefined where that is not known. */
  readonly stackMotion: number | undefined;
}

/** What is known at a place. */
export interface Facts {
  readonly registers: RegisterKnowledge;
  readonly checked: Checked;
}

class Recorder implements AccessChecks {
  readonly accesses: (Access | undefined)[] = [];

  next(address: Affine | undefined, size: number, write: boolean, unconditional: boolean): undefined {
    const { base, offset } = address ?? { base: 0, offset: 0 };
    this.accesses.push(address && unconditional ? { base, offset, size, write } : undefined);
  }
}

/** For this MXCSR least is written, and memory is accessed alike for all. */
const SHORTEST = DEFAULT_CONTROL | PRECISION;
const RETURN_ADDRESS = 8;
/** Where the vector registers begin in masks of registers. */
const VECTORS = 16;

/** Of a block with nothing to share, which leaves RSP alone. */
const NOTHING: Observed = { spans: [], accesses: [], stackMotion: 0 };

/** Whether two accesses of a block may be at a known distance: by way of one register, which need not have kept its value. */
function mayShare({ instructions }: Block): boolean {
  const bases = new Set<number | undefined>();
  for (const { effects, places, memory, reads } of instructions) {
    if (!effects.mayLeave || memory.index !== undefined) continue;
    const base = places.some(({ kind }) => kind === 'memory') ? (memory.base ?? -1) : (reads >>> RSP) & 1 ? RSP : -2;
    if (bases.has(base)) return true;
    bases.add(base);
  }
  return false;
}

function observeBlock(block: Block, used: number): Observed {
  if (!mayShare(block) && !block.instructions.some(({ writes }) => (writes >>> RSP) & 1)) return NOTHING;
  const code = new Code();
  const registers = new RegisterLocals(code, used);
  const recorder = new Recorder();
  const nothing = (): void => {};
  const ends = { leave: nothing, branch: nothing, jump: nothing };
  const emitter = new RegionEmitter(code, registers, new FlagLocals(code, 0), ends, recorder, SHORTEST);
  const before = registers.stack;
  for (const instruction of block.instructions) {
    if (instruction.ending !== 'leave') emitter.emit(instruction, false);
  }
  const { ending } = block.instructions[block.instructions.length - 1];
  const after = registers.stack;
  const released = ending === 'call' || ending === 'callIndirect' ? RETURN_ADDRESS : 0;
  const stackMotion = after.base === before.base ? after.offset - before.offset + released : undefined;
  return { spans: shareChecks(recorder.accesses), accesses: recorder.accesses, stackMotion };
}

export class BlockChecks implements AccessChecks {
  /** What is checked at the current place. */
  checked = new Checked();
  private readonly shape: Structure;
  private readonly observed = new Map<Block, Observed>();
  private readonly stackAt: ReadonlyMap<Block, number | undefined>;
  private readonly ends = new Map<Block, Facts>();
  private readonly changes = new Map<Block, number>();
  private current!: Observed;
  private index = 0;

  constructor(shape: Structure, flow: Flow) {
    this.shape = shape;
    for (const block of shape.order) this.observed.set(block, observeBlock(block, flow.used));
    this.stackAt = this.stackPositions();
  }

  /** Begins a block: what is known of the registers there, if `fresh` makes values that nothing is known of. */
  begin(block: Block, entry: RegisterKnowledge, fresh: () => Affine): RegisterKnowledge {
    this.current = this.observed.get(block) as Observed;
    this.index = 0;
    const { dominator, merges, loopHeaders } = this.shape;
    const parent = dominator.get(block);
    const known = parent && this.ends.get(parent);
    this.checked = known?.checked ?? new Checked();
    const before = known?.registers ?? entry;
    if (!merges.has(block) && !loopHeaders.has(block)) return before;
    const changed = this.changedOnTheWay(block, parent);
    const stack = this.stackAt.get(block);
    const start = entry.affine[RSP];
    const affine = before.affine.map((value, i) => {
      if (!((changed >>> i) & 1)) return value;
      return i === RSP && stack !== undefined ? { ...start, offset: start.offset + stack } : fresh();
    });
    const usual = before.usual.map((format, i) => ((changed >>> (i + VECTORS)) & 1 ? undefined : format));
    return { affine, usual };
  }

  /** What is known where the block ends. */
  end(block: Block, registers: RegisterKnowledge): void {
    this.ends.set(block, { registers, checked: this.checked });
  }

  next(address: Affine | undefined, size: number, write: boolean, unconditional: boolean): SpanCheck | undefined {
    const { spans, accesses } = this.current;
    const index = this.index++;
    if (address && this.checked.covers(address.base, address.offset, size, write)) return undefined;
    const span = spans[index];
    const access = accesses[index];
    if (!address || !unconditional) return { before: 0, size, write };
    if (!span || !access) {
      this.checked = this.checked.with({ base: address.base, from: address.offset, to: address.offset + size, write });
      return { before: 0, size, write };
    }
    const before = access.offset - span.from;
    const total = span.to - span.from;
    const from = address.offset - before;
    this.checked = this.checked.with({ base: address.base, from, to: from + total, write: span.write });
    return { before, size: total, write: span.write };
  }

  /** Registers written on some way from the end of the dominator to the block. */
  private changedOnTheWay(block: Block, dominator: Block | undefined): number {
    const { predecessors } = this.shape;
    const seen = new Set<Block>(dominator ? [dominator] : []);
    const queue = [block];
    let changed = 0;
    for (let next = queue.pop(); next; next = queue.pop()) {
      for (const before of predecessors.get(next) ?? []) {
        if (seen.has(before)) continue;
        seen.add(before);
        queue.push(before);
        changed |= this.changesOf(before);
      }
    }
    return changed;
  }

  /** Registers that a block writes: all of them, where it calls. */
  private changesOf(block: Block): number {
    const known = this.changes.get(block);
    if (known !== undefined) return known;
    let changed = 0;
    for (const { writes, ending } of block.instructions)
      changed |= ending === 'call' || ending === 'callIndirect' ? -1 : writes;
    this.changes.set(block, changed);
    return changed;
  }

  /** RSP at the beginning of each block, counted from the region's entry. */
  private stackPositions(): Map<Block, number | undefined> {
    const positions = new Map<Block, number | undefined>([[this.shape.order[0], 0]]);
    for (let changed = true; changed; ) {
      changed = false;
      for (const block of this.shape.order) {
        if (!positions.has(block)) continue;
        const at = positions.get(block);
        const motion = this.observed.get(block)?.stackMotion;
        const after = at === undefined || motion === undefined ? undefined : at + motion;
        for (const next of block.successors) {
          if (positions.has(next) && (positions.get(next) === after || positions.get(next) === undefined)) continue;
          positions.set(next, positions.has(next) ? undefined : after);
          changed = true;
        }
      }
    }
    return positions;
  }
}
