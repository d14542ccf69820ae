/** MmAccessFault: decides what a page fault means, and shows the page if it is one that should be there. */

import { PAGE_SIZE, USER_LIMIT, pageOf } from '../../base/pages.ts';
import { PF_FETCH, PF_WRITE } from '../../cpu/exits.ts';
import { PRESENT, SHARED } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_COMMITMENT_LIMIT,
  STATUS_GUARD_PAGE_VIOLATION,
  STATUS_IN_PAGE_ERROR,
  STATUS_STACK_OVERFLOW,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { PAGE_GUARD, isExecutable, isReadable, isWritable } from './protection.ts';
import { rightsOf } from './rights.ts';
import { getSection, sectionFrame } from './section.ts';
import { findVad, runAt, setRun, vadIndex } from './vad.ts';
import type { Vad } from './vad.ts';

/** STATUS_SUCCESS: the access can be tried again. Anything else is the exception that it raises. */
export function accessFault(kernel: Kernel, process: Process, address: number, errorCode: number): NtStatus {
  if (address < 0 || address >= USER_LIMIT) return STATUS_ACCESS_VIOLATION;
  const page = pageOf(address);
  const vad = findVad(process, page) ?? grownStack(process, page);
  if (!vad) return STATUS_ACCESS_VIOLATION;
  if (typeof vad === 'number') return vad;
  const run = runAt(vad, page);
  if (!run.committed) return STATUS_ACCESS_VIOLATION;
  if (run.protection & PAGE_GUARD) {
    setRun(vad, page, page + 1, true, run.protection & ~PAGE_GUARD);
    addressSpace(kernel, process).protect(page, page + 1, rightsOf(run.protection & ~PAGE_GUARD));
    return STATUS_GUARD_PAGE_VIOLATION;
  }
  if (!allows(run.protection, errorCode)) return STATUS_ACCESS_VIOLATION;
  process.pageFaults++;
  const space = addressSpace(kernel, process);
  if (space.entry(page) & PRESENT) return STATUS_SUCCESS;
  if (kernel.frames.count >= kernel.limits.frames) return STATUS_COMMITMENT_LIMIT;
  if (vad.section === 0) space.mapZero(page, rightsOf(run.protection));
  else return showSectionPage(kernel, process, vad, page, run.protection);
  return STATUS_SUCCESS;
}

function allows(protection: number, errorCode: number): boolean {
  if (errorCode & PF_FETCH) return isExecutable(protection);
  if (errorCode & PF_WRITE) return isWritable(protection);
  return isReadable(protection);
}

function showSectionPage(kernel: Kernel, process: Process, vad: Vad, page: number, protection: number): NtStatus {
  const section = getSection(kernel, vad.section);
  const frame = sectionFrame(kernel, section, vad.sectionPage + page - vad.start);
  if (frame === undefined) return STATUS_IN_PAGE_ERROR;
  kernel.frames.addReference(frame);
  addressSpace(kernel, process).mapFrame(page, frame, rightsOf(protection) | (vad.shared ? SHARED : 0));
  return STATUS_SUCCESS;
}

/** The stack VAD above `page`, grown down to it; a status if it may not grow that far; undefined if there is none. */
function grownStack(process: Process, page: number): Vad | NtStatus | undefined {
  const index = vadIndex(process, page);
  const vad = process.vads[index];
  if (!vad || vad.growsDownTo < 0) return undefined;
  const below = index > 0 ? process.vads[index - 1].end : 0;
  if (page < vad.growsDownTo || page < below)
    return page * PAGE_SIZE < (vad.growsDownTo - 256) * PAGE_SIZE ? undefined : STATUS_STACK_OVERFLOW;
  const pages = vad.start - page;
  vad.start = page;
  for (const run of vad.runs) run.first += pages;
  vad.runs[0].first = 0;
  vad.runs[0].count += pages;
  process.commit += pages;
  return vad;
}
