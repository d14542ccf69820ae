/** What the pages of an allocation are at present, counted: working set and states of page table entries. */

import { LOCKED, PAGED_OUT, PRESENT, TRANSITION, USED, forEachEntry } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { addressSpace } from './addressSpaces.ts';
import { getSection } from './section.ts';
import type { Vad } from './vad.ts';

/** Pages. The first five are System Informer's columns, the rest says what is not valid. */
export interface PageCounts {
  /** Valid: in the working set. */
  total: number;
  /** Of these, used by nobody else. */
  private: number;
  /** Could be used by others too: of a section, or not copied yet after a fork. */
  shareable: number;
  /** Are used by others. */
  shared: number;
  locked: number;
  /** Trimmed, the frame still there. */
  transition: number;
  /** Trimmed, the contents in the store. */
  pagedOut: number;
}

export function countVadPages(kernel: Kernel, process: Process, vad: Vad, start: number, end: number): PageCounts {
  const counts = { total: 0, private: 0, shareable: 0, shared: 0, locked: 0, transition: 0, pagedOut: 0 };
  const { frames } = kernel;
  const space = addressSpace(kernel, process);
  space.settle(start, end);
  const pages = vad.section ? getSection(kernel, vad.section).pages : undefined;
  const count = (page: number, frame: number, flags: number): void => {
    if (flags & TRANSITION) counts.transition++;
    if (flags & PAGED_OUT) counts.pagedOut++;
    if (!(flags & PRESENT)) return;
    counts.total++;
    if (flags & LOCKED) counts.locked++;
    const isSections = pages?.get(vad.sectionPage + page - vad.start) === frame;
    const others = frames.liveReferencesOf(frame) - (isSections ? 2 : 1);
    if (!isSections && others === 0) counts.private++;
    else {
      counts.shareable++;
      if (others > 0) counts.shared++;
    }
  };
  forEachEntry(space.table, start, end, count, USED);
  return counts;
}
