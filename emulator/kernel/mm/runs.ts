/** Runs: pages in a row with equal state and protection, of a VAD or of a section that commits as it is used. */

import type { ProtectionMask } from './protectionMask.ts';

export interface RunState {
  committed: boolean;
  /** MM_ZERO_ACCESS or MM_DECOMMIT unless committed. */
  protection: ProtectionMask;
  /** The pages count in the commit charge. */
  charged: boolean;
}

export interface Run extends RunState {
  /** Pages, counted from the owner's start. */
  first: number;
  count: number;
}

/** What consists of runs: sorted, gapless, covering all of it; equal neighbours are one run. */
export interface PageRuns {
  /** First page. */
  start: number;
  runs: Run[];
}

/** Index of the run that holds `page`, which must be one of the owner's. */
export function runIndex({ start, runs }: PageRuns, page: number): number {
  const offset = page - start;
  let low = 0;
  let high = runs.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (runs[middle].first + runs[middle].count <= offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function runAt(owner: PageRuns, page: number): Run {
  return owner.runs[runIndex(owner, page)];
}

/** Pages `[low, high)` of a run. */
export interface RunPart {
  readonly low: number;
  readonly high: number;
  readonly run: Run;
}

/** The runs of `[start, end)`, cut to it. */
export function runsWithin(owner: PageRuns, start: number, end: number): RunPart[] {
  const parts: RunPart[] = [];
  for (let index = runIndex(owner, start); index < owner.runs.length; index++) {
    const run = owner.runs[index];
    const low = Math.max(owner.start + run.first, start);
    const high = Math.min(owner.start + run.first + run.count, end);
    if (low >= high) break;
    parts.push({ low, high, run });
  }
  return parts;
}

function isEqual(a: RunState, b: RunState): boolean {
  return a.committed === b.committed && a.protection === b.protection && a.charged === b.charged;
}

/** Gives pages `[start, end)` this state; neighbours that become equal are joined. */
export function setRun(owner: PageRuns, start: number, end: number, state: RunState): void {
  if (start >= end) return;
  const { runs } = owner;
  const first = start - owner.start;
  const last = end - owner.start;
  let from = runIndex(owner, start);
  let to = runIndex(owner, end - 1);
  const { committed, protection, charged } = state;
  const middle: Run = { first, count: last - first, committed, protection, charged };
  const parts: Run[] = [middle];
  const before = runs[from].first < first ? runs[from] : runs[from - 1];
  if (before && isEqual(before, state)) {
    middle.count += middle.first - before.first;
    middle.first = before.first;
    if (before !== runs[from]) from--;
  } else if (before && before === runs[from]) parts.unshift({ ...before, count: first - before.first });
  const tail = runs[to].first + runs[to].count;
  const after = tail > last ? runs[to] : runs[to + 1];
  if (after && isEqual(after, state)) {
    middle.count = after.first + after.count - middle.first;
    if (after !== runs[to]) to++;
  } else if (after && after === runs[to]) parts.push({ ...after, first: last, count: tail - last });
  runs.splice(from, to - from + 1, ...parts);
}

/** How many pages of `[start, end)` are in runs that `counts`. */
export function countPages(owner: PageRuns, start: number, end: number, counts: (run: Run) => boolean): number {
  let count = 0;
  for (const { low, high, run } of runsWithin(owner, start, end)) if (counts(run)) count += high - low;
  return count;
}
