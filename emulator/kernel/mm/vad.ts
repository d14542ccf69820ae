/**
 * Virtual address descriptors: what a process's address space consists of, as data. One VAD is one allocation; its
 * runs of pages with equal state and protection are the regions that tools show. The tree is an array, sorted by page.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import type { ProtectionMask } from './protectionMask.ts';
import { countPages } from './runs.ts';
import type { PageRuns } from './runs.ts';
import { referenceSection } from './section.ts';

/** MI_VAD_TYPE (ntoskrnl's symbols). */
export const VAD_NONE = 0;
export const VAD_DEVICE_PHYSICAL_MEMORY = 1;
export const VAD_IMAGE_MAP = 2;
export const VAD_AWE = 3;
export const VAD_WRITE_WATCH = 4;
export const VAD_LARGE_PAGES = 5;
export const VAD_ROTATE_PHYSICAL = 6;
export const VAD_LARGE_PAGE_SECTION = 7;

/** By type: how debuggers spell them. */
export const VAD_TYPE_NAMES: readonly string[] = [
  'VadNone',
  'VadDevicePhysicalMemory',
  'VadImageMap',
  'VadAwe',
  'VadWriteWatch',
  'VadLargePages',
  'VadRotatePhysical',
  'VadLargePageSection',
];

/** MMVAD: its first part is that of MMVAD_SHORT (private memory); views have the second. Pages, not bytes. */
export interface Vad extends PageRuns {
  /** The page after the last. */
  end: number;
  /** MI_VAD_TYPE. */
  vadType: number;
  /** MMVAD_FLAGS.PrivateMemory: not a view. */
  privateMemory: boolean;
  /** MMVAD_FLAGS.NoChange: neither protection nor commitment may change, nor may it be freed by user code. */
  noChange: boolean;
  /** Given when the allocation was made. */
  protection: ProtectionMask;
  /** MEM_DOS_LIM: 4 KiB granularity; ranges may span several such. */
  pageGranular: boolean;
  /** Stack that grows when touched below its start: lowest page it may reach, or -1. */
  growsDownTo: number;
  /** What it is for: `[heap]`, `[stack]`, a file's path, or empty. */
  use: string;
  /** Views: section id, else 0. */
  section: number;
  /** Views: the page of the section that `start` shows. */
  sectionPage: number;
  /** Views: stores are seen by all mappers of the section; otherwise writes make private copies. */
  shared: boolean;
  /** Views: VIEW_SHARE or VIEW_UNMAP, what a clone of the process gets. */
  inherit: number;
  /** Views: what their pages may be made, where whoever opened the file had less than all rights to it. */
  most?: ProtectionMask;
}

/** Index of the first VAD that ends above `page`. */
export function vadIndex(process: Process, page: number): number {
  const { vads } = process;
  let low = 0;
  let high = vads.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (vads[middle].end <= page) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function findVad(process: Process, page: number): Vad | undefined {
  const vad = process.vads[vadIndex(process, page)];
  return vad && vad.start <= page ? vad : undefined;
}

export function isRangeFree(process: Process, start: number, end: number): boolean {
  const vad = process.vads[vadIndex(process, start)];
  return !vad || vad.start >= end;
}

export function insertVad(process: Process, vad: Vad): void {
  assert(isRangeFree(process, vad.start, vad.end), 'a new VAD overlaps another');
  process.vads.splice(vadIndex(process, vad.start), 0, vad);
}

/** The VADs that make up pages `[start, end)`; undefined if there is a hole. */
export function coveringVads(process: Process, start: number, end: number): Vad[] | undefined {
  const parts: Vad[] = [];
  let at = start;
  for (let index = vadIndex(process, start); at < end; index++) {
    const vad = process.vads[index];
    if (!vad || vad.start > at) return undefined;
    parts.push(vad);
    at = vad.end;
  }
  return parts;
}

/** Splits VADs so that one begins at `page`, if one covers it. Both parts of a view refer to its section. */
export function splitVad(kernel: Kernel, process: Process, page: number): void {
  const index = vadIndex(process, page);
  const vad = process.vads[index];
  if (!vad || vad.start >= page) return;
  if (vad.section) referenceSection(kernel, vad.section);
  const offset = page - vad.start;
  const upper: Vad = {
    ...vad,
    start: page,
    sectionPage: vad.section ? vad.sectionPage + offset : 0,
    growsDownTo: -1,
    runs: vad.runs
      .filter(run => run.first + run.count > offset)
      .map(run => ({
        ...run,
        first: Math.max(run.first - offset, 0),
        count: run.count - Math.max(offset - run.first, 0),
      })),
  };
  vad.runs = vad.runs
    .filter(run => run.first < offset)
    .map(run => ({ ...run, count: Math.min(run.count, offset - run.first) }));
  vad.end = page;
  process.vads.splice(index + 1, 0, upper);
}

/** Committed pages of `[start, end)` in this VAD. */
export function committedPages(vad: Vad, start = vad.start, end = vad.end): number {
  return countPages(vad, start, end, run => run.committed);
}

/** Pages of `[start, end)` in this VAD that the process is charged for: committed private ones, and write-copy ones. */
export function chargedPages(vad: Vad, start = vad.start, end = vad.end): number {
  return countPages(vad, start, end, run => run.charged);
}
