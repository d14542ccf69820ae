/**
 * Indirect jumps within a region: tables that tell which block an address is. All indirect jumps of a region share them,
 * since the handlers of a bytecode interpreter each end in a jump to any of the others.
 */

import type { Block, Region } from './region.ts';

/** Some targets that lie close together. */
export interface Switch {
  readonly lowest: number;
  /** Bytes from the lowest target to the highest, that one included. */
  readonly span: number;
  /** Window offset of a u16 for each of them: the place in `blocks`, or 0xffff. */
  readonly table: number;
  readonly blocks: readonly Block[];
}

/** Targets further apart are told apart by different tables. */
const LARGEST_GAP = 0x1000;
/** Each table that is asked in vain costs a comparison; targets beyond are looked up as those outside are. */
const MOST_TABLES = 4;

/** The tables of a region, those with most targets first; `table` makes one, and answers 0 if there is no room. */
export function switchesOf({ blocks }: Region, table: (addresses: readonly number[]) => number): Switch[] {
  const targets = new Set<Block>();
  for (const { instructions, successors } of blocks.values())
    if (instructions[instructions.length - 1].ending === 'jumpIndirect')
      for (const successor of successors) targets.add(successor);
  const groups: Block[][] = [];
  let last = -Infinity;
  for (const target of [...targets].sort((a, b) => a.start - b.start)) {
    if (target.start - last > LARGEST_GAP) groups.push([]);
    groups[groups.length - 1].push(target);
    last = target.start;
  }
  return groups
    .sort((a, b) => b.length - a.length)
    .slice(0, MOST_TABLES)
    .map(group => ({
      lowest: group[0].start,
      span: group[group.length - 1].start - group[0].start + 1,
      table: table(group.map(({ start }) => start)),
      blocks: group,
    }))
    .filter(({ table: at }) => at !== 0);
}
