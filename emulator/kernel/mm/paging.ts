/**
 * Pages that are not in a working set although they have contents: what became of them, and the counts of faults that
 * brought pages back.
 */

import { TRANSITION } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import { releaseRecord } from '../sm/records.ts';

/**
 * Faults by what they found. All but `hard` are soft: nothing had to be read.
 * - `demandZero`: committed memory touched for the first time.
 * - `transition`: a trimmed page whose frame was still there.
 * - `prototype`: a page of a section that was in memory already.
 * - `compression`: a page that the store had, decompressed into the working set.
 * - `hard`: a page read from a file.
 */
export interface FaultCounts {
  demandZero: number;
  transition: number;
  prototype: number;
  compression: number;
  hard: number;
}

export type FaultKind = keyof FaultCounts;

export function newFaultCounts(): FaultCounts {
  return { demandZero: 0, transition: 0, prototype: 0, compression: 0, hard: 0 };
}

/** An entry of a page table that is in transition. */
export interface PageOwner {
  process: number;
  page: number;
}

export interface PagingState {
  /**
   * The modified page list: private frames that were trimmed, oldest first, and all entries in transition to them.
   * Other processes may still have the frame in their working sets.
   */
  modified: Map<number, PageOwner[]>;
  /** Where the clock that ages working sets goes on. */
  hand: PageOwner;
  /** Of all processes that ever ran. */
  faults: FaultCounts;
  /** Pages read from files. */
  fileReads: number;
}

export function newPagingState(): PagingState {
  return { modified: new Map(), hand: { process: 0, page: 0 }, faults: newFaultCounts(), fileReads: 0 };
}

/** Puts a frame behind the others on the modified list. */
export function addModified(kernel: Kernel, frame: number, owner: PageOwner): void {
  const { modified } = kernel.state.paging;
  const owners = modified.get(frame);
  if (owners) owners.push(owner);
  else modified.set(frame, [owner]);
}

/** The entry is not in transition any more. */
export function removeModified(kernel: Kernel, frame: number, process: number, page: number): void {
  const { modified } = kernel.state.paging;
  const owners = modified.get(frame);
  const index = owners?.findIndex(owner => owner.process === process && owner.page === page) ?? -1;
  if (!owners || index < 0) return;
  owners.splice(index, 1);
  if (owners.length === 0) modified.delete(frame);
}

/** An entry that was not valid is gone; `place` is its frame or its key in the store. */
export function forgetPage(kernel: Kernel, process: number, page: number, place: number, flags: number): void {
  if (flags & TRANSITION) removeModified(kernel, place, process, page);
  else releaseRecord(kernel, place);
}
