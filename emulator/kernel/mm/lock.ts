/** NtLockVirtualMemory and NtUnlockVirtualMemory: pages that stay in the working set. */

import { PAGE_SIZE, pageOf, roundUp } from '../../base/pages.ts';
import { PF_USER } from '../../cpu/exits.ts';
import { PRESENT } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_SUCCESS, STATUS_WORKING_SET_QUOTA } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { accessFault } from './fault.ts';
import { coveringVads } from './vad.ts';

/** Brings all pages of the range in and locks them. `quota`: how many pages may be locked at most. */
export function lockVirtualMemory(
  kernel: Kernel,
  process: Process,
  base: number,
  size: number,
  quota = Number.POSITIVE_INFINITY,
): NtStatus {
  const start = pageOf(base);
  const end = pageOf(roundUp(base + size));
  if (!coveringVads(process, start, end)) return STATUS_ACCESS_VIOLATION;
  if (end - start > quota) return STATUS_WORKING_SET_QUOTA;
  const space = addressSpace(kernel, process);
  for (let page = start; page < end; page++) {
    if (space.entry(page) & PRESENT) continue;
    const status = accessFault(kernel, process, page * PAGE_SIZE, PF_USER);
    if (status !== STATUS_SUCCESS) return status;
    space.setLocked(page, page + 1, true);
  }
  space.setLocked(start, end, true);
  return STATUS_SUCCESS;
}

export function unlockVirtualMemory(kernel: Kernel, process: Process, base: number, size: number): NtStatus {
  addressSpace(kernel, process).setLocked(pageOf(base), pageOf(roundUp(base + size)), false);
  return STATUS_SUCCESS;
}
