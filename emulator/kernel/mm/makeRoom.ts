/**
 * Making frames free when as many are in use as the machine may have resident. What costs least goes first: pages of
 * files that nobody uses are dropped, trimmed pages go to the compression store, and if that was not enough the clock
 * takes pages out of working sets.
 */

import type { Kernel } from '../kernel.ts';
import { getProcess } from '../ps/process.ts';
import { tidyStore } from '../sm/region.ts';
import { storePage } from '../sm/store.ts';
import { addressSpace } from './addressSpaces.ts';
import type { Section } from './section.ts';
import { trimWorkingSets } from './workingSet.ts';
import type { Urgency } from './workingSet.ts';

/** Frames that are made free at once: a part of the limit within these bounds. */
const SHARE = 32;
/** One instruction may need several pages and a copy of one: they must fit at once, or it would never get done. */
const FEWEST = 4;
const MOST = 512;

/** How often the clock goes round before it takes what is still in use. */
const ROUNDS: readonly Urgency[] = ['old', 'old', 'old', 'unused', 'unused', 'any'];

/** False if there are still too few frames to spare: nothing more can be taken, or the store has no room. */
export function makeRoom(kernel: Kernel): boolean {
  const { frames } = kernel;
  const batch = Math.max(FEWEST, Math.min(MOST, Math.floor(frames.limit / SHARE)));
  const target = frames.limit - batch;
  let round = 0;
  tidyStore(kernel);
  while (frames.live > target) {
    dropSectionPages(kernel, target);
    if (frames.live > target) storeModified(kernel, target);
    if (frames.live <= target || round >= ROUNDS.length) break;
    if (trimWorkingSets(kernel, batch * 2, ROUNDS[round]) < batch) round++;
  }
  return frames.live <= frames.limit - FEWEST;
}

/** Private pages in transition, oldest first, if nobody has them in a working set. */
function storeModified(kernel: Kernel, target: number): void {
  const { frames, state } = kernel;
  for (const [frame, owners] of state.paging.modified) {
    if (frames.live <= target) return;
    if (owners.length !== frames.liveReferencesOf(frame)) continue;
    const key = storePage(kernel, frames.bytes(frame), owners.length);
    if (key === undefined) return;
    for (const { process, page } of owners) addressSpace(kernel, getProcess(kernel, process)).pageOut(page, key);
    state.paging.modified.delete(frame);
  }
}

/** Pages of sections that no working set has: what their file still has is dropped, the rest is stored. */
function dropSectionPages(kernel: Kernel, target: number): void {
  const { frames } = kernel;
  for (const section of kernel.state.sections.values())
    for (const [page, frame] of section.pages) {
      if (frames.live <= target) return;
      if (frames.liveReferencesOf(frame) > 1) continue;
      if (!canReadAgain(section, page)) {
        const key = storePage(kernel, frames.bytes(frame), 1);
        if (key === undefined) return;
        section.stored.set(page, key);
      }
      section.pages.delete(page);
      frames.release(frame);
    }
}

function canReadAgain({ source, image, dirty }: Section, page: number): boolean {
  return (source !== undefined || image !== undefined) && !dirty.has(page);
}
