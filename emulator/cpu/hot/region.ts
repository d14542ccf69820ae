/**
 * A region: the code that can be reached from an address without calling or returning, as far as it has been decoded,
 * that is, as far as something like it has run. It becomes one function.
 */

import type { DecodedInstruction } from './instruction.ts';

export interface Block {
  readonly start: number;
  readonly instructions: readonly DecodedInstruction[];
  /** Blocks of the region that may follow. */
  readonly successors: Block[];
}

export interface Region {
  readonly root: Block;
  /** By start address. */
  readonly blocks: ReadonlyMap<number, Block>;
  /** How many instructions it has: no way through it without a loop is longer. */
  readonly size: number;
}

/** What discovery asks about code. */
export interface CodeView {
  /** The instruction at an address if it has been decoded and may be compiled. */
  instructionAt(address: number): DecodedInstruction | undefined;
  /** Where the indirect jump at an address has been seen to go. */
  jumpTargets(address: number): Iterable<number>;
}

/** More takes V8 too long to optimise; what is left out becomes regions of its own where it is hot. */
const MAXIMUM_INSTRUCTIONS = 3000;
/** Jumps further away than this are tail calls. */
const MAXIMUM_DISTANCE = 0x2_0000;

export function discover(code: CodeView, start: number): Region | undefined {
  const found = new Map<number, DecodedInstruction>();
  const leaders = new Set([start]);
  const queue = [start];
  const reach = (address: number): void => {
    leaders.add(address);
    if (!found.has(address) && Math.abs(address - start) < MAXIMUM_DISTANCE) queue.push(address);
  };
  // Breadth first: what is cut off by the limit is what is farthest from the start.
  for (let next = queue.shift(); next !== undefined && found.size < MAXIMUM_INSTRUCTIONS; next = queue.shift()) {
    for (let address = next; !found.has(address); ) {
      const instruction = code.instructionAt(address);
      if (!instruction) break;
      found.set(address, instruction);
      for (const target of targets(code, instruction)) reach(target);
      if (!goesOn(instruction)) break;
      address = instruction.following;
    }
  }
  if (!found.has(start)) return undefined;
  return formBlocks(code, start, found, leaders);
}

/** Whether the instruction behind it belongs to the same straight piece of code. */
function goesOn({ ending }: DecodedInstruction): boolean {
  return ending === 'next' || ending === 'conditional' || ending === 'call' || ending === 'callIndirect';
}

/** Addresses in the region that an instruction leads to, other than by going on or coming back. */
function targets(code: CodeView, { ending, target, following, address }: DecodedInstruction): Iterable<number> {
  if (ending === 'conditional') return [target, following];
  if (ending === 'call' || ending === 'callIndirect') return [following];
  if (ending === 'jump') return [target];
  return ending === 'jumpIndirect' ? code.jumpTargets(address) : [];
}

function formBlocks(
  code: CodeView,
  start: number,
  found: ReadonlyMap<number, DecodedInstruction>,
  leaders: ReadonlySet<number>,
): Region {
  const blocks = new Map<number, Block>();
  for (const leader of leaders) {
    const instructions: DecodedInstruction[] = [];
    for (let address = leader; ; ) {
      const instruction = found.get(address);
      if (!instruction) break;
      instructions.push(instruction);
      address = instruction.following;
      if (instruction.ending !== 'next' || leaders.has(address)) break;
    }
    if (instructions.length) blocks.set(leader, { start: leader, instructions, successors: [] });
  }
  for (const block of blocks.values()) {
    const last = block.instructions[block.instructions.length - 1];
    const ways = last.ending === 'next' ? [last.following] : targets(code, last);
    for (const way of new Set(ways)) {
      const successor = blocks.get(way);
      if (successor) block.successors.push(successor);
    }
  }
  return { root: blocks.get(start) as Block, blocks, size: found.size };
}
