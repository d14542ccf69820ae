/**
 * NtAllocateVirtualMemory and its kin: reserve, commit, protect, release, on VADs. Arguments are checked in NT's order,
 * so that a call with several mistakes gets the status it gets there.
 */

import { PAGE_SIZE, USER_LIMIT, pageOf, roundUp } from '../../base/pages.ts';
import { TRANSITION, forEachEntry } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import * as status from '../status.ts';
import { STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace, hasAddressSpace } from './addressSpaces.ts';
import { chargeProcess, chargeSystem, returnCharge } from './charge.ts';
import { removeModified } from './paging.ts';
import { isPrivateCopy, pageState, protectionOf, writesToSection } from './pageState.ts';
import { HIGHEST_END, LOWEST_ADDRESS, NT_GRANULARITY, forgetPlaces, placeAllocation } from './place.ts';
import type { Placed } from './place.ts';
import * as mem from './protection.ts';
import { MEM_COMMIT, MEM_DECOMMIT, MEM_DOS_LIM, MEM_RELEASE, MEM_RESERVE, MEM_RESET } from './protection.ts';
import {
  MM_DECOMMIT,
  MM_ZERO_ACCESS,
  asWriteCopy,
  isCompatible,
  isWriteCopy,
  makeProtectionMask,
  protectionValue,
} from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';
import { rightsOf } from './rights.ts';
import { countPages, runAt, runsWithin, setRun } from './runs.ts';
import { closeSection, getSection } from './section.ts';
import { VAD_NONE, chargedPages, committedPages, coveringVads, findVad, insertVad, splitVad, vadIndex } from './vad.ts';
import type { Vad } from './vad.ts';

export interface AllocationRequest {
  readonly base?: number | undefined;
  /** Bytes. */
  readonly size: number;
  /** MEM_RESERVE, MEM_COMMIT, MEM_RESET, MEM_TOP_DOWN, MEM_DOS_LIM. */
  readonly type: number;
  /** PAGE_*. */
  readonly protection: number;
  readonly use?: string;
  /** Lowest address that the allocation may grow down to when touched below its base. */
  readonly growsDownTo?: number;
}

const KNOWN_TYPES =
  MEM_COMMIT |
  MEM_RESERVE |
  MEM_RESET |
  MEM_DOS_LIM |
  mem.MEM_TOP_DOWN |
  mem.MEM_WRITE_WATCH |
  mem.MEM_PHYSICAL |
  mem.MEM_LARGE_PAGES;

const refused = (why: NtStatus): Placed => ({ status: why, base: 0 });

/** Reserves, commits or both. Committing inside an existing allocation is allowed, as in NT. */
export function allocateVirtualMemory(kernel: Kernel, process: Process, request: AllocationRequest): Placed {
  if (!hasAddressSpace(kernel, process)) return refused(status.STATUS_ACCESS_DENIED);
  const { type, base, size } = request;
  const wrongType = checkAllocationType(type);
  if (wrongType !== STATUS_SUCCESS) return refused(wrongType);
  const mask = makeProtectionMask(request.protection);
  if (mask === undefined || isWriteCopy(mask)) return refused(status.STATUS_INVALID_PAGE_PROTECTION);
  const pageGranular = (type & MEM_DOS_LIM) !== 0;
  const highest = pageGranular ? USER_LIMIT - PAGE_SIZE : HIGHEST_END;
  if (base !== undefined && (base < 0 || base >= highest)) return refused(status.STATUS_INVALID_PARAMETER_2);
  if (size <= 0 || size > highest - (base ?? LOWEST_ADDRESS)) return refused(status.STATUS_INVALID_PARAMETER_4);
  if (base !== undefined && !(type & MEM_RESERVE))
    return type & MEM_RESET ? reset(kernel, process, base, size) : commit(kernel, process, base, size, mask);
  if (base !== undefined && base < (pageGranular ? PAGE_SIZE : LOWEST_ADDRESS))
    return refused(status.STATUS_INVALID_PARAMETER_2);
  const place = placeAllocation(process, {
    base,
    size,
    granularity: pageGranular ? PAGE_SIZE : NT_GRANULARITY,
    topDown: (type & mem.MEM_TOP_DOWN) !== 0,
  });
  if (typeof place !== 'number') return refused(place.status);
  const committed = (type & MEM_COMMIT) !== 0;
  const start = pageOf(place);
  const end = pageOf(roundUp((base ?? place) + size));
  const charged = committed ? chargeProcess(kernel, process, end - start) : STATUS_SUCCESS;
  if (!succeeded(charged)) return refused(charged);
  insertVad(process, {
    start,
    end,
    runs: [
      { first: 0, count: end - start, committed, protection: committed ? mask : MM_ZERO_ACCESS, charged: committed },
    ],
    vadType: VAD_NONE,
    privateMemory: true,
    noChange: false,
    protection: mask,
    pageGranular,
    growsDownTo: request.growsDownTo === undefined ? -1 : pageOf(request.growsDownTo),
    use: request.use ?? '',
    section: 0,
    sectionPage: 0,
    shared: false,
    inherit: mem.VIEW_SHARE,
  });
  return { status: STATUS_SUCCESS, base: place };
}

/** Write watching needs a note of every store, which nothing here takes; large and physical pages need a privilege. */
function checkAllocationType(type: number): NtStatus {
  if (type & ~KNOWN_TYPES || !(type & (MEM_COMMIT | MEM_RESERVE | MEM_RESET))) return status.STATUS_INVALID_PARAMETER_5;
  if (type & MEM_RESET && type & (MEM_COMMIT | MEM_RESERVE)) return status.STATUS_INVALID_PARAMETER_5;
  if (type & mem.MEM_WRITE_WATCH)
    return type & MEM_RESERVE ? status.STATUS_NOT_SUPPORTED : status.STATUS_INVALID_PARAMETER_5;
  if (type & (mem.MEM_LARGE_PAGES | mem.MEM_PHYSICAL)) return status.STATUS_PRIVILEGE_NOT_HELD;
  return STATUS_SUCCESS;
}

function commit(kernel: Kernel, process: Process, base: number, size: number, mask: ProtectionMask): Placed {
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  const vad = findVad(process, start);
  if (!vad || end > vad.end) return refused(status.STATUS_CONFLICTING_ADDRESSES);
  if (vad.noChange) return refused(status.STATUS_INVALID_PAGE_PROTECTION);
  if (!vad.privateMemory) return commitView(kernel, process, vad, start, end, mask);
  const charged = chargeProcess(kernel, process, end - start - committedPages(vad, start, end));
  if (!succeeded(charged)) return refused(charged);
  const hadPages = countPages(vad, start, end, run => run.committed) > 0;
  setRun(vad, start, end, { committed: true, protection: mask, charged: true });
  if (hadPages) addressSpace(kernel, process).protect(start, end, rightsOf(mask));
  return { status: STATUS_SUCCESS, base: start * PAGE_SIZE };
}

/** Views of SEC_RESERVE sections are committed for all who map them; other views are committed already. */
function commitView(
  kernel: Kernel,
  process: Process,
  vad: Vad,
  start: number,
  end: number,
  mask: ProtectionMask,
): Placed {
  const { reserve, protection } = getSection(kernel, vad.section);
  if (!reserve) return refused(status.STATUS_ALREADY_COMMITTED);
  if (!isCompatible(protection, mask)) return refused(status.STATUS_SECTION_PROTECTION);
  const shift = vad.sectionPage - vad.start;
  const missing = end - start - countPages(reserve, start + shift, end + shift, run => run.committed);
  const charged = chargeSystem(kernel, missing);
  if (!succeeded(charged)) return refused(charged);
  setRun(reserve, start + shift, end + shift, { committed: true, protection: mask, charged: true });
  const changed = protectView(kernel, process, vad, start, end, mask);
  return changed === STATUS_SUCCESS ? { status: changed, base: start * PAGE_SIZE } : refused(changed);
}

/** MEM_RESET: the contents are not needed. Private pages are zero when touched again, which NT allows. */
function reset(kernel: Kernel, process: Process, base: number, size: number): Placed {
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  const vad = findVad(process, start);
  if (!vad || end > vad.end) return refused(status.STATUS_CONFLICTING_ADDRESSES);
  if (vad.privateMemory) addressSpace(kernel, process).unmap(start, end);
  return { status: STATUS_SUCCESS, base: start * PAGE_SIZE };
}

/**
 * MEM_DECOMMIT keeps the reservation. MEM_RELEASE gives back a whole allocation by its base (`size` 0) or a part of one,
 * which splits it. With MEM_DOS_LIM a release may cover several allocations, views and holes (munmap).
 */
export function freeVirtualMemory(
  kernel: Kernel,
  process: Process,
  base: number,
  size: number,
  type: number,
): NtStatus {
  if (!hasAddressSpace(kernel, process)) return status.STATUS_ACCESS_DENIED;
  const kind = type & ~MEM_DOS_LIM;
  if (kind !== MEM_DECOMMIT && kind !== MEM_RELEASE) return status.STATUS_INVALID_PARAMETER_4;
  if (base < 0 || base >= USER_LIMIT) return status.STATUS_INVALID_PARAMETER_2;
  if (size < 0 || size > USER_LIMIT - base) return status.STATUS_INVALID_PARAMETER_3;
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  if (type & MEM_DOS_LIM && kind === MEM_RELEASE) {
    releaseVads(kernel, process, start, end);
    return STATUS_SUCCESS;
  }
  const vad = findVad(process, start);
  if (!vad) return status.STATUS_MEMORY_NOT_ALLOCATED;
  if (end > vad.end) return status.STATUS_UNABLE_TO_FREE_VM;
  if (!vad.privateMemory) return status.STATUS_UNABLE_TO_DELETE_SECTION;
  if (vad.noChange) return status.STATUS_INVALID_PAGE_PROTECTION;
  if (size === 0 && vad.start !== start) return status.STATUS_FREE_VM_NOT_AT_BASE;
  const last = size === 0 ? vad.end : end;
  if (kind === MEM_RELEASE) releaseVads(kernel, process, start, last);
  else decommit(kernel, process, vad, start, last);
  return STATUS_SUCCESS;
}

function decommit(kernel: Kernel, process: Process, vad: Vad, start: number, end: number): void {
  returnCharge(kernel, process, chargedPages(vad, start, end));
  setRun(vad, start, end, { committed: false, protection: MM_DECOMMIT, charged: false });
  addressSpace(kernel, process).unmap(start, end);
}

/** Takes away all allocations and views in pages `[start, end)`, or their parts in it. */
export function releaseVads(kernel: Kernel, process: Process, start: number, end: number): void {
  splitVad(kernel, process, start);
  splitVad(kernel, process, end);
  const first = vadIndex(process, start);
  let last = first;
  while (last < process.vads.length && process.vads[last].start < end) last++;
  addressSpace(kernel, process).unmap(start, end);
  for (const vad of process.vads.splice(first, last - first)) {
    forgetPlaces(process, vad.growsDownTo < 0 ? vad.start : vad.growsDownTo);
    returnCharge(kernel, process, chargedPages(vad));
    if (vad.section) closeSection(kernel, vad.section);
  }
}

/** Releases all user memory of the process, as exit and execve do. */
export function deleteUserMemory(kernel: Kernel, process: Process): void {
  // All decoded code goes at once, not page by page.
  kernel.processor.detach(addressSpace(kernel, process));
  releaseVads(kernel, process, 0, USER_LIMIT / PAGE_SIZE);
}

export interface Protected {
  readonly status: NtStatus;
  /** PAGE_* that the first page had. */
  readonly oldProtection: number;
}

/** Changes the protection of committed pages. The range must have no hole; page granular ranges may span VADs. */
export function protectVirtualMemory(
  kernel: Kernel,
  process: Process,
  base: number,
  size: number,
  protection: number,
): Protected {
  const fail = (why: NtStatus): Protected => ({ status: why, oldProtection: 0 });
  if (!hasAddressSpace(kernel, process)) return fail(status.STATUS_ACCESS_DENIED);
  const mask = makeProtectionMask(protection);
  if (mask === undefined) return fail(status.STATUS_INVALID_PAGE_PROTECTION);
  if (base < 0 || base >= USER_LIMIT) return fail(status.STATUS_INVALID_PARAMETER_2);
  if (size <= 0 || size > USER_LIMIT - base) return fail(status.STATUS_INVALID_PARAMETER_3);
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  const parts = coveringVads(process, start, end);
  if (!parts || (parts.length > 1 && parts.some(vad => !vad.pageGranular)))
    return fail(status.STATUS_CONFLICTING_ADDRESSES);
  for (const vad of parts) {
    const refusal = checkProtection(kernel, vad, Math.max(start, vad.start), Math.min(end, vad.end), mask);
    if (refusal !== STATUS_SUCCESS) return fail(refusal);
  }
  const oldProtection = protectionValue(protectionOf(kernel, process, parts[0], start));
  for (const vad of parts) {
    const low = Math.max(start, vad.start);
    const high = Math.min(end, vad.end);
    if (vad.privateMemory) {
      setRun(vad, low, high, { committed: true, protection: mask, charged: true });
      addressSpace(kernel, process).protect(low, high, rightsOf(mask));
    } else {
      const changed = protectView(kernel, process, vad, low, high, mask);
      if (!succeeded(changed)) return fail(changed);
    }
  }
  return { status: STATUS_SUCCESS, oldProtection };
}

/** Pages in transition are valid again, so that what is kept about them need not move. */
function rescueRange(kernel: Kernel, process: Process, vad: Vad, start: number, end: number): void {
  const space = addressSpace(kernel, process);
  const rescue = (page: number, frame: number): void => {
    removeModified(kernel, frame, process.id, page);
    space.rescue(page, rightsOf(runAt(vad, page).protection));
  };
  forEachEntry(space.table, start, end, rescue, TRANSITION);
}

function checkProtection(kernel: Kernel, vad: Vad, low: number, high: number, mask: ProtectionMask): NtStatus {
  if (vad.noChange) return status.STATUS_INVALID_PAGE_PROTECTION;
  if (vad.privateMemory && isWriteCopy(mask)) return status.STATUS_INVALID_PARAMETER_4;
  if (!vad.privateMemory && !isCompatible(getSection(kernel, vad.section).protection, viewMask(vad, mask)))
    return status.STATUS_SECTION_PROTECTION;
  if (vad.most !== undefined && !isCompatible(vad.most, viewMask(vad, mask))) return status.STATUS_SECTION_PROTECTION;
  for (let page = low; page < high; ) {
    const state = pageState(kernel, vad, page);
    if (!state.committed) return status.STATUS_NOT_COMMITTED;
    page = state.end;
  }
  return STATUS_SUCCESS;
}

/** Views that are not shared, images among them, get write-copy where they ask for write access. */
function viewMask(vad: Vad, mask: ProtectionMask): ProtectionMask {
  return vad.shared ? mask : asWriteCopy(mask);
}

/**
 * Pages that become write-copy are charged for, and stay so. Pages of which stores went to the section, and now go
 * elsewhere or the other way round, are taken out: the next touch shows them anew.
 */
function protectView(
  kernel: Kernel,
  process: Process,
  vad: Vad,
  low: number,
  high: number,
  asked: ProtectionMask,
): NtStatus {
  const space = addressSpace(kernel, process);
  const mask = viewMask(vad, asked);
  const copies = isWriteCopy(mask);
  if (copies) {
    const charged = chargeProcess(kernel, process, high - low - chargedPages(vad, low, high));
    if (!succeeded(charged)) return charged;
  }
  for (const { low: from, high: to, run } of runsWithin(vad, low, high)) {
    const changesOwner =
      writesToSection(kernel, vad, from, run.protection) !== writesToSection(kernel, vad, from, mask);
    if (changesOwner)
      for (let page = from; page < to; page++)
        if (!isPrivateCopy(kernel, process, vad, page)) space.unmap(page, page + 1);
    setRun(vad, from, to, { committed: true, protection: mask, charged: run.charged || copies });
  }
  space.protect(low, high, rightsOf(mask));
  return STATUS_SUCCESS;
}

/** Pages of the range read as zero (private) or as the section has them (views) when touched again. */
export function discardVirtualMemory(kernel: Kernel, process: Process, base: number, size: number): NtStatus {
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  if (!coveringVads(process, start, end)) return status.STATUS_MEMORY_NOT_ALLOCATED;
  addressSpace(kernel, process).unmap(start, end);
  return STATUS_SUCCESS;
}

/** Moves one page granular allocation, or part of one, with its pages to the free address `to`. */
export function moveVirtualMemory(kernel: Kernel, process: Process, from: number, size: number, to: number): NtStatus {
  const start = pageOf(from);
  const end = pageOf(roundUp(from + size));
  const target = pageOf(to);
  const vad = findVad(process, start);
  if (!vad || end > vad.end || !vad.pageGranular) return status.STATUS_SECTION_PROTECTION;
  const next = process.vads[vadIndex(process, target)];
  if (next && next.start < target + end - start) return status.STATUS_CONFLICTING_ADDRESSES;
  splitVad(kernel, process, start);
  splitVad(kernel, process, end);
  const moved = process.vads.splice(vadIndex(process, start), 1)[0];
  forgetPlaces(process, moved.growsDownTo < 0 ? start : moved.growsDownTo);
  rescueRange(kernel, process, moved, start, end);
  addressSpace(kernel, process).move(start, end, target);
  moved.start = target;
  moved.end = target + end - start;
  moved.growsDownTo = -1;
  insertVad(process, moved);
  return STATUS_SUCCESS;
}
