/** NtAllocateVirtualMemory and its kin: reserve, commit, protect, release, query, on VADs. */

import { PAGE_SIZE, USER_LIMIT, pageOf, pageStart, roundDown, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_COMMITMENT_LIMIT,
  STATUS_CONFLICTING_ADDRESSES,
  STATUS_INVALID_PAGE_PROTECTION,
  STATUS_INVALID_PARAMETER,
  STATUS_MEMORY_NOT_ALLOCATED,
  STATUS_NOT_COMMITTED,
  STATUS_NO_MEMORY,
  STATUS_SECTION_PROTECTION,
  STATUS_SUCCESS,
  STATUS_UNABLE_TO_FREE_VM,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import {
  MEM_COMMIT,
  MEM_DECOMMIT,
  MEM_DOS_LIM,
  MEM_FREE,
  MEM_IMAGE,
  MEM_MAPPED,
  MEM_PRIVATE,
  MEM_RELEASE,
  MEM_RESERVE,
  PAGE_NOACCESS,
  isValidProtection,
} from './protection.ts';
import { rightsOf } from './rights.ts';
import { closeSection } from './section.ts';
import { committedPages, findVad, insertVad, isRangeFree, runAt, setRun, splitVad, vadIndex } from './vad.ts';
import type { Vad } from './vad.ts';

/** Where allocations go that name no address: all of it in the window (`memory/layout.ts`). */
export const MAP_LOW = 0x2000_0000;
export const MAP_HIGH = 0xf000_0000;
const NT_GRANULARITY = 0x1_0000;
const LOWEST_ADDRESS = 0x1_0000;

export interface AllocationRequest {
  readonly base?: number;
  /** Bytes. */
  readonly size: number;
  /** MEM_RESERVE, MEM_COMMIT, MEM_DOS_LIM. */
  readonly type: number;
  readonly protection: number;
  readonly use?: string;
  /** Lowest address that the allocation may grow down to when touched below its base. */
  readonly growsDownTo?: number;
}

export interface Placed {
  readonly status: NtStatus;
  readonly base: number;
}

const refused = (status: NtStatus): Placed => ({ status, base: 0 });

/** Reserves, commits or both. Committing inside an existing allocation is allowed, as in NT. */
export function allocateVirtualMemory(kernel: Kernel, process: Process, request: AllocationRequest): Placed {
  if (!isValidProtection(request.protection)) return refused(STATUS_INVALID_PAGE_PROTECTION);
  const pageGranular = (request.type & MEM_DOS_LIM) !== 0;
  const granularity = pageGranular ? PAGE_SIZE : NT_GRANULARITY;
  if (request.base !== undefined && !(request.type & MEM_RESERVE)) return commit(process, request);
  const place = placeAllocation(process, request.base, request.size, granularity);
  if (typeof place !== 'number') return refused(place.status);
  const committed = (request.type & MEM_COMMIT) !== 0;
  const start = pageOf(place);
  const end = pageOf(roundUp((request.base ?? place) + request.size));
  // One allocation that could never be filled is refused; others meet the limit when they are touched.
  if (committed && end - start > kernel.limits.frames) return refused(STATUS_COMMITMENT_LIMIT);
  insertVad(process, {
    start,
    end,
    type: 'private',
    allocationProtection: request.protection,
    runs: [{ first: 0, count: end - start, committed, protection: committed ? request.protection : 0 }],
    section: 0,
    sectionPage: 0,
    shared: false,
    growsDownTo: request.growsDownTo === undefined ? -1 : pageOf(request.growsDownTo),
    use: request.use ?? '',
    pageGranular,
  });
  if (committed) charge(process, end - start);
  return { status: STATUS_SUCCESS, base: place };
}

/** Where an allocation or view of `size` bytes goes: `base` if it is free, else the lowest free place. */
export function placeAllocation(
  process: Process,
  base: number | undefined,
  size: number,
  granularity: number,
): number | { status: NtStatus } {
  if (size <= 0) return { status: STATUS_INVALID_PARAMETER };
  if (base === undefined) {
    const place = findFreeRange(process, size, { low: MAP_LOW, high: MAP_HIGH, alignment: granularity });
    return (
      place ??
      findFreeRange(process, size, {
        low: 0x1_0000_0000,
        high: USER_LIMIT - LOWEST_ADDRESS,
        alignment: granularity,
      }) ?? { status: STATUS_NO_MEMORY }
    );
  }
  const place = roundDown(base, granularity);
  if (place < PAGE_SIZE || base + size > USER_LIMIT - PAGE_SIZE) return { status: STATUS_INVALID_PARAMETER };
  if (!isRangeFree(process, pageOf(place), pageOf(roundUp(base + size))))
    return { status: STATUS_CONFLICTING_ADDRESSES };
  return place;
}

function commit(process: Process, request: AllocationRequest): Placed {
  const start = pageOf(request.base as number);
  const end = pageOf(roundUp((request.base as number) + request.size));
  const vad = findVad(process, start);
  if (!vad || end > vad.end) return refused(vad ? STATUS_CONFLICTING_ADDRESSES : STATUS_MEMORY_NOT_ALLOCATED);
  charge(process, end - start - committedPages(vad, start, end));
  setRun(vad, start, end, true, request.protection);
  return { status: STATUS_SUCCESS, base: start * PAGE_SIZE };
}

/**
 * MEM_DECOMMIT keeps the reservation. MEM_RELEASE gives back a whole allocation by its base (`size` 0); page granular
 * allocations and views may be released in part. With MEM_DOS_LIM the range may cover several and holes (munmap).
 */
export function freeVirtualMemory(
  kernel: Kernel,
  process: Process,
  base: number,
  size: number,
  type: number,
): NtStatus {
  const start = pageOf(base);
  let end = pageOf(roundUp(base + size));
  if (!(type & MEM_DOS_LIM)) {
    const vad = findVad(process, start);
    if (!vad) return STATUS_MEMORY_NOT_ALLOCATED;
    if (size === 0) {
      if (vad.start !== start) return STATUS_UNABLE_TO_FREE_VM;
      end = vad.end;
    }
    if (end > vad.end || (type & MEM_RELEASE && !vad.pageGranular && (vad.start !== start || vad.end !== end)))
      return STATUS_UNABLE_TO_FREE_VM;
  }
  if (type & MEM_DECOMMIT) return decommit(kernel, process, start, end);
  splitVad(kernel, process, start);
  splitVad(kernel, process, end);
  const first = vadIndex(process, start);
  let last = first;
  while (last < process.vads.length && process.vads[last].start < end) last++;
  addressSpace(kernel, process).unmap(start, end);
  const gone = process.vads.splice(first, last - first);
  for (const vad of gone) {
    charge(process, -committedPages(vad));
    if (vad.section) closeSection(kernel, vad.section);
  }
  return STATUS_SUCCESS;
}

/** Releases all user memory of the process, as exit and execve do. */
export function deleteUserMemory(kernel: Kernel, process: Process): void {
  // All decoded code goes at once, not page by page.
  kernel.processor.detach(addressSpace(kernel, process));
  freeVirtualMemory(kernel, process, 0, USER_LIMIT, MEM_RELEASE | MEM_DOS_LIM);
}

function decommit(kernel: Kernel, process: Process, start: number, end: number): NtStatus {
  const vad = findVad(process, start);
  if (!vad || end > vad.end) return STATUS_MEMORY_NOT_ALLOCATED;
  charge(process, -committedPages(vad, start, end));
  setRun(vad, start, end, false, 0);
  addressSpace(kernel, process).unmap(start, end);
  return STATUS_SUCCESS;
}

/** Changes the protection of committed pages. The range must have no hole; page granular ranges may span VADs. */
export function protectVirtualMemory(
  kernel: Kernel,
  process: Process,
  base: number,
  size: number,
  protection: number,
): NtStatus {
  if (!isValidProtection(protection)) return STATUS_INVALID_PAGE_PROTECTION;
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  const parts = coveringVads(process, start, end);
  if (!parts) return STATUS_CONFLICTING_ADDRESSES;
  if (parts.length > 1 && parts.some(vad => !vad.pageGranular)) return STATUS_CONFLICTING_ADDRESSES;
  for (const vad of parts) {
    const low = Math.max(start, vad.start);
    const high = Math.min(end, vad.end);
    if (committedPages(vad, low, high) !== high - low) return STATUS_NOT_COMMITTED;
  }
  for (const vad of parts) setRun(vad, Math.max(start, vad.start), Math.min(end, vad.end), true, protection);
  addressSpace(kernel, process).protect(start, end, rightsOf(protection));
  return STATUS_SUCCESS;
}

/** Pages of the range read as zero (private) or as the section has them (views) when touched again. */
export function discardVirtualMemory(kernel: Kernel, process: Process, base: number, size: number): NtStatus {
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  if (!coveringVads(process, start, end)) return STATUS_MEMORY_NOT_ALLOCATED;
  addressSpace(kernel, process).unmap(start, end);
  return STATUS_SUCCESS;
}

/** Moves one page granular allocation, or part of one, with its pages to the free address `to`. */
export function moveVirtualMemory(kernel: Kernel, process: Process, from: number, size: number, to: number): NtStatus {
  const start = pageOf(from);
  const end = pageOf(roundUp(from + size));
  const target = pageOf(to);
  const vad = findVad(process, start);
  if (!vad || end > vad.end || !vad.pageGranular) return STATUS_SECTION_PROTECTION;
  if (!isRangeFree(process, target, target + end - start)) return STATUS_CONFLICTING_ADDRESSES;
  splitVad(kernel, process, start);
  splitVad(kernel, process, end);
  const moved = process.vads.splice(vadIndex(process, start), 1)[0];
  addressSpace(kernel, process).move(start, end, target);
  moved.start = target;
  moved.end = target + end - start;
  moved.growsDownTo = -1;
  insertVad(process, moved);
  return STATUS_SUCCESS;
}

function coveringVads(process: Process, start: number, end: number): Vad[] | undefined {
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

function charge(process: Process, pages: number): void {
  process.commit += pages;
  if (process.commit > process.peakCommit) process.peakCommit = process.commit;
}

export interface FreeRangeRequest {
  readonly low: number;
  readonly high: number;
  readonly alignment?: number;
  readonly topDown?: boolean;
}

/** The lowest (or highest) free range of `size` bytes in `[low, high)`. */
export function findFreeRange(process: Process, size: number, request: FreeRangeRequest): number | undefined {
  const alignment = request.alignment ?? PAGE_SIZE;
  const length = roundUp(size);
  let best: number | undefined;
  let at = request.low;
  const consider = (end: number): void => {
    const low = roundUp(at, alignment);
    if (low + length > end) return;
    if (request.topDown) best = roundDown(end - length, alignment);
    else best ??= low;
  };
  for (let index = vadIndex(process, pageOf(request.low)); index < process.vads.length; index++) {
    const vad = process.vads[index];
    // A stack keeps the room it may grow into.
    const start = (vad.growsDownTo < 0 ? vad.start : vad.growsDownTo) * PAGE_SIZE;
    if (start >= request.high) break;
    consider(Math.min(start, request.high));
    if (best !== undefined && !request.topDown) return best;
    at = Math.max(at, vad.end * PAGE_SIZE);
  }
  if (at < request.high) consider(request.high);
  return best;
}

/** MEMORY_BASIC_INFORMATION of the region around `address`. Sizes and addresses in bytes. */
export interface MemoryBasicInformation {
  readonly baseAddress: number;
  readonly allocationBase: number;
  readonly allocationProtect: number;
  readonly regionSize: number;
  /** MEM_COMMIT, MEM_RESERVE or MEM_FREE. */
  readonly state: number;
  readonly protect: number;
  /** MEM_PRIVATE, MEM_MAPPED, MEM_IMAGE; 0 for free memory. */
  readonly type: number;
}

const TYPES = { private: MEM_PRIVATE, mapped: MEM_MAPPED, image: MEM_IMAGE } as const;

export function queryVirtualMemory(process: Process, address: number): MemoryBasicInformation {
  const page = pageOf(address);
  const vad = findVad(process, page);
  if (!vad) {
    const next = process.vads[vadIndex(process, page)];
    const end = next ? next.start * PAGE_SIZE : USER_LIMIT;
    const base = pageStart(address);
    return {
      baseAddress: base,
      allocationBase: 0,
      allocationProtect: 0,
      regionSize: end - base,
      state: MEM_FREE,
      protect: PAGE_NOACCESS,
      type: 0,
    };
  }
  const run = runAt(vad, page);
  return {
    baseAddress: page * PAGE_SIZE,
    allocationBase: vad.start * PAGE_SIZE,
    allocationProtect: vad.allocationProtection,
    regionSize: (vad.start + run.first + run.count - page) * PAGE_SIZE,
    state: run.committed ? MEM_COMMIT : MEM_RESERVE,
    protect: run.protection,
    type: TYPES[vad.type],
  };
}
