/** What was compiled together, and where the code is that it was made of. */

import { pageOf } from '../../base/pages.ts';
import type { Entry } from '../cold/entries.ts';
import type { Region } from './region.ts';

/** Regions that were compiled together and may call each other directly: they become void together. */
export interface Compiled {
  readonly entries: readonly Entry[];
  readonly pages: ReadonlySet<number>;
  /** Pairs of start and end of the pieces of code that went into it. */
  readonly pieces: readonly number[];
  /** The indirect jumps in it: their addresses, with the entry of their region. */
  readonly jumps: ReadonlyMap<number, Entry>;
  /** Instructions. */
  readonly size: number;
}

export function describe(regions: readonly Region[], entries: readonly Entry[]): Compiled {
  const pieces: number[] = [];
  const pages = new Set<number>();
  const jumps = new Map<number, Entry>();
  regions.forEach(({ blocks }, i) => {
    for (const { start, instructions } of blocks.values()) {
      const last = instructions[instructions.length - 1];
      if (last.ending === 'jumpIndirect') jumps.set(last.address, entries[i]);
      const end = last.following;
      pieces.push(start, end);
      for (let page = pageOf(start); page <= pageOf(end - 1); page++) pages.add(page);
    }
  });
  return { entries, pages, pieces, jumps, size: regions.reduce((sum, { size }) => sum + size, 0) };
}

/** Whether something of `[address, end)` went into it. */
export function overlaps({ pieces }: Compiled, address: number, end: number): boolean {
  for (let i = 0; i < pieces.length; i += 2) if (pieces[i] < end && address < pieces[i + 1]) return true;
  return false;
}
