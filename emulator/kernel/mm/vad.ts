/**
 * Virtual address descriptors: what a process's address space consists of, as data. One VAD is one allocation; its
 * runs of pages with equal state and protection are the regions that tools show.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { referenceSection } from './section.ts';

export type VadType = 'private' | 'mapped' | 'image';

export interface Run {
  /** Pages, counted from the VAD's start. */
  first: number;
  count: number;
  committed: boolean;
  /** PAGE_*; 0 while only reserved. */
  protection: number;
}

export interface Vad {
  /** First page and the page after the last. */
  start: number;
  end: number;
  type: VadType;
  /** PAGE_* given when the allocation was made. */
  allocationProtection: number;
  /** Sorted, gapless, covering the whole VAD. */
  runs: Run[];
  /** For views: section id and the page of the section that `start` shows; else 0. */
  section: number;
  sectionPage: number;
  /** Views: stores are seen by all mappers of the section; otherwise writes make private copies. */
  shared: boolean;
  /** Stack that grows when touched below its start: lowest page it may reach, or -1. */
  growsDownTo: number;
  /** What it is for: `[heap]`, `[stack]`, a file's path, or empty. */
  use: string;
  /** 4 KiB granularity (MEM_DOS_LIM): may be released and split page by page. */
  pageGranular: boolean;
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

export function runAt(vad: Vad, page: number): Run {
  const offset = page - vad.start;
  const run = vad.runs.find(candidate => offset < candidate.first + candidate.count);
  assert(run, 'a VAD has no run for one of its pages');
  return run;
}

/** Gives pages `[start, end)` of the VAD this state; neighbours that become equal are joined. */
export function setRun(vad: Vad, start: number, end: number, committed: boolean, protection: number): void {
  const first = start - vad.start;
  const last = end - vad.start;
  const runs: Run[] = [];
  const push = (from: number, to: number, isCommitted: boolean, itsProtection: number): void => {
    if (from >= to) return;
    const before = runs[runs.length - 1];
    if (before && before.committed === isCommitted && before.protection === itsProtection) before.count += to - from;
    else runs.push({ first: from, count: to - from, committed: isCommitted, protection: itsProtection });
  };
  for (const run of vad.runs) push(run.first, Math.min(run.first + run.count, first), run.committed, run.protection);
  push(first, last, committed, protection);
  for (const run of vad.runs) push(Math.max(run.first, last), run.first + run.count, run.committed, run.protection);
  vad.runs = runs;
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
    sectionPage: vad.sectionPage + offset,
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
  let count = 0;
  for (const run of vad.runs) {
    if (!run.committed) continue;
    const low = Math.max(vad.start + run.first, start);
    const high = Math.min(vad.start + run.first + run.count, end);
    if (high > low) count += high - low;
  }
  return count;
}
