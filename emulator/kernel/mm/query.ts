/** NtQueryVirtualMemory: what the region tree and user code learn of an address space. */

import { PAGE_SIZE, USER_LIMIT, pageOf, pageStart } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { pageState, protectionOf } from './pageState.ts';
import { MEM_COMMIT, MEM_FREE, MEM_IMAGE, MEM_MAPPED, MEM_PRIVATE, MEM_RESERVE, PAGE_NOACCESS } from './protection.ts';
import { isWriteCopy, protectionValue } from './protectionMask.ts';
import { VAD_IMAGE_MAP, findVad, vadIndex } from './vad.ts';
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
