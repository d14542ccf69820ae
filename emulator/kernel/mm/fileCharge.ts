/**
 * What files in memory hold together, and how much they may. Files that only the machine has are charged for pages that
 * they have, so what was never written costs nothing; files of the host for what the machine made them longer.
 */

import { PAGE_SIZE, pageOf, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Section } from './section.ts';

/** Bytes that files of all volumes may hold together: half of the memory, as tmpfs(5) has it, where nobody says. */
export function fileMemory(kernel: Kernel): number {
  return kernel.limits.fileMemory ?? Math.floor(kernel.limits.frames / 2) * PAGE_SIZE;
}

/** Contents of a file that are nowhere but here: what it has no page for reads as zero. */
export function isSparse({ kind, source }: Section): boolean {
  return kind === 'dataFile' && source === undefined;
}

export function hasPage({ pages, stored }: Section, page: number): boolean {
  return pages.has(page) || stored.has(page);
}

/** Pages that a file has. */
export function heldPages({ pages, stored }: Section): number {
  return pages.size + stored.size;
}

/** Whether files may hold `bytes` more. */
export function isRoomFor(kernel: Kernel, bytes: number): boolean {
  return kernel.state.fileBytes + bytes <= fileMemory(kernel);
}

/** Bytes that come to be held when `[offset, offset + length)` of a sparse file is written. */
export function missingBytes(section: Section, offset: number, length: number): number {
  const end = pageOf(roundUp(offset + length));
  let missing = 0;
  for (let page = pageOf(offset); page < end; page++) if (!hasPage(section, page)) missing++;
  return missing * PAGE_SIZE;
}

/** The first byte of a page that the file has, from `offset` on; undefined if there is none. */
export function nextData(section: Section, offset: number): number | undefined {
  const first = pageOf(offset);
  if (hasPage(section, first)) return offset;
  let found = Number.POSITIVE_INFINITY;
  for (const pages of [section.pages, section.stored])
    for (const page of pages.keys()) if (page > first && page < found) found = page;
  return found * PAGE_SIZE < section.size ? found * PAGE_SIZE : undefined;
}

/** The first byte from `offset` on that the file has no page for: at its end at the latest. */
export function nextHole(section: Section, offset: number): number {
  if (!hasPage(section, pageOf(offset))) return offset;
  let page = pageOf(offset) + 1;
  while (hasPage(section, page)) page++;
  return Math.min(page * PAGE_SIZE, section.size);
}
