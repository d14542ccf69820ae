/**
 * Page tables as data: which frame each page of an address space shows and what may be done with it. Two levels: a Map
 * of 2 MiB tables, as the lowest level of the architecture's own tables (SDM vol. 3, 4.5).
 */

import type { Lease } from './lease.ts';

/** No frame. */
export const NO_FRAME = 0;

/** The entry shows a frame. */
export const PRESENT = 1;
export const WRITE = 2;
export const EXECUTE = 4;
/** A view that stores into the frame whoever else has it. */
export const SHARED = 8;
/** The window's page holds the frame's bytes. */
export const CACHED = 16;
/** Decoded instructions depend on the page. */
export const CODE = 32;
/** Some of the page is watched: every access takes the slow path. */
export const WATCHED = 64;
/** User code may read. */
export const READ = 128;
/** Something of the page was used since the clock last passed (`kernel/mm/workingSet.ts`). */
export const ACCESSED = 256;
/** Not valid, but the frame is still there: nothing but a touch is missing. */
export const TRANSITION = 512;
/** Not valid: in the place of the frame stands where the contents are kept. */
export const PAGED_OUT = 1024;
/** Stays in the working set. */
export const LOCKED = 2048;
/** Instructions of the page were fetched: that is not seen again while they are decoded. */
export const EXECUTED = 0x1000;
/** How often the clock has passed since the last use: a field of three bits. */
export const AGE_UNIT = 0x2000;
export const AGE_MASK = 0xe000;

/** Entries that are not empty. */
export const USED = PRESENT | TRANSITION | PAGED_OUT;

/** Flags that belong to one window and not to the address space's state. */
export const WINDOW_FLAGS = CACHED | CODE | WATCHED;

/** Entries of a part. */
export const TABLE_PAGES = 512;

export interface PageTablePart {
  /** Frames, or with PAGED_OUT whatever names the place of the contents. */
  frames: Int32Array;
  /** Flags, without those of the window. */
  flags: Uint16Array;
  /** WINDOW_FLAGS. */
  window: Uint8Array;
  /** All flags that entries have had. */
  kinds: number;
  /** References to frames that it has together with its copies (`lease.ts`); undefined: they are its own. */
  lease: Lease | undefined;
  /** It is a copy that has the lease from another address space: none of its frames is in this one's window. */
  isBorrowed: boolean;
}

export function newPart(): PageTablePart {
  return {
    frames: new Int32Array(TABLE_PAGES),
    flags: new Uint16Array(TABLE_PAGES),
    window: new Uint8Array(TABLE_PAGES),
    kinds: 0,
    lease: undefined,
    isBorrowed: false,
  };
}

/** By page number divided by 512. */
export type PageTable = Map<number, PageTablePart>;

export function partAt(table: PageTable, page: number): PageTablePart | undefined {
  return table.get(Math.floor(page / TABLE_PAGES));
}

export function flagsAt(table: PageTable, page: number): number {
  const part = partAt(table, page);
  return part ? part.flags[page % TABLE_PAGES] | part.window[page % TABLE_PAGES] : 0;
}

export function frameAt(table: PageTable, page: number): number {
  const part = partAt(table, page);
  return part ? part.frames[page % TABLE_PAGES] : NO_FRAME;
}

export function setEntry(table: PageTable, page: number, frame: number, flags: number): void {
  const key = Math.floor(page / TABLE_PAGES);
  let part = table.get(key);
  if (!part) {
    if (flags === 0) return;
    part = newPart();
    table.set(key, part);
  }
  part.frames[page % TABLE_PAGES] = frame;
  part.flags[page % TABLE_PAGES] = flags & ~WINDOW_FLAGS;
  part.window[page % TABLE_PAGES] = flags & WINDOW_FLAGS;
  part.kinds |= flags;
}

/** Calls `visit` for every present entry in `[first, end)`, or those with one of `kinds`, in order within each 2 MiB. */
export function forEachEntry(
  table: PageTable,
  first: number,
  end: number,
  visit: (page: number, frame: number, flags: number) => void,
  kinds = PRESENT,
): void {
  for (const [key, part] of partsWithin(table, first, end)) {
    if (!(part.kinds & kinds)) continue;
    const from = Math.max(0, first - key * TABLE_PAGES);
    const to = Math.min(TABLE_PAGES, end - key * TABLE_PAGES);
    for (let i = from; i < to; i++)
      if (part.flags[i] & kinds) visit(key * TABLE_PAGES + i, part.frames[i], part.flags[i] | part.window[i]);
  }
}

/** The parts that hold pages of `[first, end)`, by their keys. */
export function partsWithin(
  table: PageTable,
  first: number,
  end: number,
): readonly (readonly [number, PageTablePart])[] {
  const low = Math.floor(first / TABLE_PAGES);
  const high = Math.floor((end - 1) / TABLE_PAGES);
  if (high - low > table.size) return [...table].filter(([key]) => key >= low && key <= high);
  const found: [number, PageTablePart][] = [];
  for (let key = low; key <= high; key++) {
    const part = table.get(key);
    if (part) found.push([key, part]);
  }
  return found;
}

/** How many entries show a frame. */
export function countPresent(table: PageTable): number {
  let count = 0;
  for (const { flags } of table.values()) for (let i = 0; i < TABLE_PAGES; i++) count += flags[i] & PRESENT;
  return count;
}

/** Empties entries `from` to `to` of a part; `take` hears of each that was used. The index after the last of these. */
export function clearPart(
  [key, part]: readonly [number, PageTablePart],
  from: number,
  to: number,
  take: (page: number, frame: number, flags: number) => void,
): number {
  let used = from;
  for (let i = from; i < to; i++) {
    if (!(part.flags[i] & USED)) continue;
    used = i + 1;
    take(key * TABLE_PAGES + i, part.frames[i], part.flags[i] | part.window[i]);
    part.frames[i] = NO_FRAME;
    part.flags[i] = 0;
    part.window[i] = 0;
  }
  return used;
}

/** How a page table is copied for a snapshot, or from one. */
export interface Sharing {
  /** Frames that are replaced. */
  readonly copies: ReadonlyMap<number, number>;
  /** Takes references to frames: those of a snapshot are pins. */
  readonly hold: (part: PageTablePart) => void;
}

/** A copy of the table, without what belongs to a window, that holds references of its own to its frames. */
export function retainTable(table: PageTable, { copies, hold }: Sharing): PageTable {
  const copy: PageTable = new Map();
  for (const [key, part] of table) {
    const retained = newPart();
    const { frames, flags } = retained;
    frames.set(part.frames);
    flags.set(part.flags);
    retained.kinds = part.kinds & ~WINDOW_FLAGS;
    if (copies.size > 0)
      for (let i = 0; i < TABLE_PAGES; i++) if (flags[i] & PRESENT) frames[i] = copies.get(frames[i]) ?? frames[i];
    hold(retained);
    copy.set(key, retained);
  }
  return copy;
}
