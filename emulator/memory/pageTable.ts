/**
 * Page tables as data: which frame each page of an address space shows and what may be done with it. Two levels: a Map
 * of 2 MiB tables, as the lowest level of the architecture's own tables (SDM vol. 3, 4.5).
 */

import { NO_FRAME } from './frames.ts';
import type { Frames } from './frames.ts';

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

/** Flags that belong to one window and not to the address space's state. */
export const WINDOW_FLAGS = CACHED | CODE | WATCHED;

const TABLE_PAGES = 512;

export interface PageTablePart {
  frames: Int32Array;
  flags: Uint8Array;
}

/** By page number divided by 512. */
export type PageTable = Map<number, PageTablePart>;

export function flagsAt(table: PageTable, page: number): number {
  const part = table.get(Math.floor(page / TABLE_PAGES));
  return part ? part.flags[page % TABLE_PAGES] : 0;
}

export function frameAt(table: PageTable, page: number): number {
  const part = table.get(Math.floor(page / TABLE_PAGES));
  return part ? part.frames[page % TABLE_PAGES] : NO_FRAME;
}

export function setEntry(table: PageTable, page: number, frame: number, flags: number): void {
  const key = Math.floor(page / TABLE_PAGES);
  let part = table.get(key);
  if (!part) {
    if (flags === 0) return;
    part = { frames: new Int32Array(TABLE_PAGES), flags: new Uint8Array(TABLE_PAGES) };
    table.set(key, part);
  }
  part.frames[page % TABLE_PAGES] = frame;
  part.flags[page % TABLE_PAGES] = flags;
}

/** Calls `visit` for every present entry in `[first, end)`, in order of address within each 2 MiB. */
export function forEachEntry(
  table: PageTable,
  first: number,
  end: number,
  visit: (page: number, frame: number, flags: number) => void,
): void {
  const low = Math.floor(first / TABLE_PAGES);
  const high = Math.floor((end - 1) / TABLE_PAGES);
  const scan = (key: number, part: PageTablePart): void => {
    const from = Math.max(0, first - key * TABLE_PAGES);
    const to = Math.min(TABLE_PAGES, end - key * TABLE_PAGES);
    for (let i = from; i < to; i++)
      if (part.flags[i] & PRESENT) visit(key * TABLE_PAGES + i, part.frames[i], part.flags[i]);
  };
  if (high - low > table.size) {
    for (const [key, part] of table) if (key >= low && key <= high) scan(key, part);
  } else {
    for (let key = low; key <= high; key++) {
      const part = table.get(key);
      if (part) scan(key, part);
    }
  }
}

/**
 * A copy of the table, without what belongs to a window, that holds references of its own to its frames; frames that
 * are keys of `copies` are replaced by their values.
 */
export function retainTable(table: PageTable, frames: Frames, copies: ReadonlyMap<number, number>): PageTable {
  const copy: PageTable = new Map();
  for (const [key, part] of table) {
    const itsFrames = part.frames.slice();
    const flags = part.flags.map(entry => entry & ~WINDOW_FLAGS);
    for (let i = 0; i < TABLE_PAGES; i++) {
      if (!(flags[i] & PRESENT)) continue;
      itsFrames[i] = copies.get(itsFrames[i]) ?? itsFrames[i];
      frames.addReference(itsFrames[i]);
    }
    copy.set(key, { frames: itsFrames, flags });
  }
  return copy;
}
