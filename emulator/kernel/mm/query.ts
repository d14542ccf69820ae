/** NtQueryVirtualMemory: what the region tree and user code learn of an address space. */

import { PAGE_SIZE, USER_LIMIT, pageOf, pageStart } from '../../base/pages.ts';
import { PAGED_OUT, PRESENT, TRANSITION } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_FILE_INVALID, STATUS_INVALID_ADDRESS, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { countVadPages } from './pageCounts.ts';
import { pageState, protectionOf } from './pageState.ts';
import { MEM_COMMIT, MEM_FREE, MEM_IMAGE, MEM_MAPPED, MEM_PRIVATE, MEM_RESERVE, PAGE_NOACCESS } from './protection.ts';
import { isWriteCopy, protectionValue } from './protectionMask.ts';
import { getSection } from './section.ts';
import { VAD_IMAGE_MAP, chargedPages, findVad, vadIndex } from './vad.ts';
import type { Vad } from './vad.ts';

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

/** MEM_PRIVATE, MEM_MAPPED or MEM_IMAGE: what a view is stays so, even where it was written. */
export function memoryType(vad: Vad): number {
  if (vad.privateMemory) return MEM_PRIVATE;
  return vad.vadType === VAD_IMAGE_MAP ? MEM_IMAGE : MEM_MAPPED;
}

export function queryVirtualMemory(kernel: Kernel, process: Process, address: number): MemoryBasicInformation {
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
  const { committed, protection, end } = regionAt(kernel, process, vad, page);
  return {
    baseAddress: page * PAGE_SIZE,
    allocationBase: vad.start * PAGE_SIZE,
    allocationProtect: protectionValue(vad.protection),
    regionSize: (end - page) * PAGE_SIZE,
    state: committed ? MEM_COMMIT : MEM_RESERVE,
    protect: protectionValue(protection),
    type: memoryType(vad),
  };
}

/** The pages from `page` on with equal state and protection, copies of write-copy pages told from the others. */
export function regionAt(
  kernel: Kernel,
  process: Process,
  vad: Vad,
  page: number,
): { committed: boolean; protection: number; end: number } {
  const { committed, protection, end: runEnd } = pageState(kernel, vad, page);
  if (!isWriteCopy(protection)) return { committed, protection, end: runEnd };
  const actual = protectionOf(kernel, process, vad, page);
  let end = page + 1;
  while (end < runEnd && protectionOf(kernel, process, vad, end) === actual) end++;
  return { committed, protection: actual, end };
}

/** RegionType of MEMORY_REGION_INFORMATION. */
export const REGION_PRIVATE = 1;
export const REGION_MAPPED_DATA_FILE = 2;
export const REGION_MAPPED_IMAGE = 4;
export const REGION_MAPPED_PAGE_FILE = 8;

const REGION_TYPES = {
  dataFile: REGION_MAPPED_DATA_FILE,
  image: REGION_MAPPED_IMAGE,
  pageFile: REGION_MAPPED_PAGE_FILE,
} as const;

/** MEMORY_REGION_INFORMATION of the whole allocation around `address`; undefined where there is none. Bytes. */
export interface MemoryRegionInformation {
  readonly allocationBase: number;
  readonly allocationProtect: number;
  readonly regionType: number;
  readonly regionSize: number;
  readonly commitSize: number;
}

export function queryRegion(kernel: Kernel, process: Process, address: number): MemoryRegionInformation | undefined {
  const vad = findVad(process, pageOf(address));
  return (
    vad && {
      allocationBase: vad.start * PAGE_SIZE,
      allocationProtect: protectionValue(vad.protection),
      regionType: vad.privateMemory ? REGION_PRIVATE : REGION_TYPES[getSection(kernel, vad.section).kind],
      regionSize: (vad.end - vad.start) * PAGE_SIZE,
      commitSize: chargedPages(vad) * PAGE_SIZE,
    }
  );
}

/** MEMORY_WORKING_SET_EX_BLOCK. */
export type WorkingSetExBlock =
  | {
      readonly valid: true;
      /** Users of the page, at most 7. */
      readonly shareCount: number;
      /** PAGE_*. */
      readonly win32Protection: number;
      readonly shared: boolean;
      readonly node: 0;
      readonly locked: boolean;
      readonly largePage: false;
      /** 0 to 7; all pages here have the normal one. */
      readonly priority: 5;
      /** Of a section: became private only by being written. */
      readonly sharedOriginal: boolean;
      readonly bad: false;
    }
  | { readonly valid: false; readonly location: 'invalid' | 'resident' | 'pagefile' };

const GREATEST_SHARE_COUNT = 7;

export function queryWorkingSetEx(kernel: Kernel, process: Process, address: number): WorkingSetExBlock {
  const page = pageOf(address);
  const vad = findVad(process, page);
  const entry = vad ? addressSpace(kernel, process).entry(page) : 0;
  if (!vad || !(entry & PRESENT)) {
    const location = entry & TRANSITION ? 'resident' : entry & PAGED_OUT ? 'pagefile' : 'invalid';
    return { valid: false, location };
  }
  const counts = countVadPages(kernel, process, vad, page, page + 1);
  const users = kernel.frames.liveReferencesOf(addressSpace(kernel, process).frame(page));
  return {
    valid: true,
    shareCount: counts.shareable ? Math.min(GREATEST_SHARE_COUNT, users - (vad.privateMemory ? 0 : 1)) : 0,
    win32Protection: protectionValue(protectionOf(kernel, process, vad, page)),
    shared: counts.shareable > 0,
    node: 0,
    locked: counts.locked > 0,
    largePage: false,
    priority: 5,
    sharedOriginal: !vad.privateMemory,
    bad: false,
  };
}

/** MemoryMappedFilenameInformation: the path of the file that is mapped at `address`. */
export function queryMappedFilename(
  kernel: Kernel,
  process: Process,
  address: number,
): { status: NtStatus; name: string } {
  const vad = findVad(process, pageOf(address));
  if (!vad) return { status: STATUS_INVALID_ADDRESS, name: '' };
  if (vad.privateMemory || getSection(kernel, vad.section).kind === 'pageFile')
    return { status: STATUS_FILE_INVALID, name: '' };
  return { status: STATUS_SUCCESS, name: vad.use };
}
