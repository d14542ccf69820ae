/**
 * Forks share references: a copy of a part of a page table has its frames together with the original until one of them
 * changes or needs to know who else has a frame. Then it takes references of its own. So a fork costs a few copies of
 * arrays for each 2 MiB, and a child that ends soon has cost little more.
 */

import type { Frames } from './frames.ts';
import { LOCKED, PAGED_OUT, SHARED, TRANSITION, WINDOW_FLAGS, newPart } from './pageTable.ts';
import type { PageTable, PageTablePart } from './pageTable.ts';

/** One reference to each frame that is present, for so many parts. */
export interface Lease {
  holders: number;
}

/** What needs more than another reference when it is copied. */
const SPECIAL = SHARED | LOCKED | TRANSITION | PAGED_OUT;

export function isLeased({ lease }: PageTablePart): boolean {
  return lease !== undefined && lease.holders > 1;
}

/** A copy for another address space, without what belongs to a window, and without locks. */
export function lendPart(part: PageTablePart, frames: Frames): PageTablePart {
  const copy = newPart();
  copy.frames.set(part.frames);
  copy.flags.set(part.flags);
  copy.kinds = part.kinds & ~WINDOW_FLAGS;
  if (part.kinds & SPECIAL) {
    copy.kinds = 0;
    for (let i = 0; i < copy.flags.length; i++) copy.kinds |= copy.flags[i] &= ~LOCKED;
    frames.retainPart(copy);
    return copy;
  }
  if (!isLeased(part)) {
    part.lease = { holders: 1 };
    part.isBorrowed = false;
  }
  copy.lease = part.lease;
  copy.isBorrowed = true;
  (part.lease as Lease).holders++;
  return copy;
}

/** Gives the part references of its own. */
export function settlePart(part: PageTablePart, frames: Frames): void {
  if (isLeased(part)) {
    frames.retainPart(part);
    (part.lease as Lease).holders--;
  }
  part.lease = undefined;
  part.isBorrowed = false;
}

/** Lets go what a table that no address space has holds. */
export function releaseTable(table: PageTable, frames: Frames): void {
  for (const part of table.values())
    if (isLeased(part)) (part.lease as Lease).holders--;
    else frames.releasePart(part);
}
