/** MmAccessFault: decides what a page fault means, and shows the page if it is one that should be there. */

import { PAGE_SIZE, USER_LIMIT, pageOf } from '../../base/pages.ts';
import { PF_FETCH, PF_WRITE } from '../../cpu/exits.ts';
import { PAGED_OUT, PRESENT, SHARED, TRANSITION } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_COMMITMENT_LIMIT,
  STATUS_IN_PAGE_ERROR,
  STATUS_NO_MEMORY,
  STATUS_STACK_OVERFLOW,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { loadStored } from '../sm/load.ts';
import { addressSpace } from './addressSpaces.ts';
import { chargeProcess } from './charge.ts';
import { dropCopies } from './coherence.ts';
import { makeRoom } from './makeRoom.ts';
import { pageState, writesToSection } from './pageState.ts';
import { removeModified } from './paging.ts';
import type { FaultKind } from './paging.ts';
import { isExecutable, isGuard, isReadable, isWritable, withoutGuard } from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';
import { rightsOf } from './rights.ts';
import { runAt, setRun } from './runs.ts';
import { getSection, isTooMuch, sectionFrame } from './section.ts';
import { touchedGuardPage } from './userStack.ts';
import { findVad, vadIndex } from './vad.ts';
import type { Vad } from './vad.ts';
import { trimWorkingSet } from './workingSet.ts';

/** STATUS_SUCCESS: the access can be tried again. Anything else is the exception that it raises. */
export function accessFault(kernel: Kernel, process: Process, address: number, errorCode: number): NtStatus {
  if (address < 0 || address >= USER_LIMIT) return STATUS_ACCESS_VIOLATION;
  const page = pageOf(address);
  const vad = findVad(process, page) ?? grownStack(kernel, process, page);
  if (!vad) return STATUS_ACCESS_VIOLATION;
  if (typeof vad === 'number') return vad;
  const { committed, protection } = vad.privateMemory ? runAt(vad, page) : pageState(kernel, vad, page);
  if (!committed) return STATUS_ACCESS_VIOLATION;
  if (isGuard(protection)) {
    const { charged } = runAt(vad, page);
    setRun(vad, page, page + 1, { committed, protection: withoutGuard(protection), charged });
    addressSpace(kernel, process).protect(page, page + 1, rightsOf(withoutGuard(protection)));
    return touchedGuardPage(kernel, process, page, at => accessFault(kernel, process, at, PF_WRITE));
  }
  if (!allows(protection, errorCode)) return STATUS_ACCESS_VIOLATION;
  process.pageFaults++;
  if (kernel.frames.areTight && !makeRoom(kernel)) return STATUS_NO_MEMORY;
  const space = addressSpace(kernel, process);
  const entry = space.entry(page);
  if (entry & PRESENT) return STATUS_SUCCESS;
  const { isHard, maximum } = process.workingSet;
  if (isHard && space.resident >= maximum) trimWorkingSet(kernel, process, maximum - 1);
  if (entry & TRANSITION) {
    removeModified(kernel, space.frame(page), process.id, page);
    space.rescue(page, rightsOf(protection));
    return count(kernel, process, 'transition');
  }
  if (kernel.frames.count >= kernel.limits.frames) return STATUS_COMMITMENT_LIMIT;
  if (entry & PAGED_OUT) {
    const key = space.frame(page);
    space.mapZero(page, rightsOf(protection));
    loadStored(kernel, key, kernel.frames.bytes(space.frame(page)));
    return count(kernel, process, 'compression');
  }
  if (!vad.privateMemory) return showSectionPage(kernel, process, vad, page, protection);
  space.mapZero(page, rightsOf(protection));
  return count(kernel, process, 'demandZero');
}

function count(kernel: Kernel, process: Process, kind: FaultKind): NtStatus {
  process.faults[kind]++;
  kernel.state.paging.faults[kind]++;
  return STATUS_SUCCESS;
}

function allows(protection: ProtectionMask, errorCode: number): boolean {
  if (errorCode & PF_FETCH) return isExecutable(protection);
  if (errorCode & PF_WRITE) return isWritable(protection);
  return isReadable(protection);
}

function showSectionPage(
  kernel: Kernel,
  process: Process,
  vad: Vad,
  page: number,
  protection: ProtectionMask,
): NtStatus {
  const section = getSection(kernel, vad.section);
  const sectionPage = vad.sectionPage + page - vad.start;
  const wasThere = section.pages.has(sectionPage);
  const wasStored = section.stored.has(sectionPage);
  const { fileReads } = kernel.state.paging;
  if (isTooMuch(kernel, section, sectionPage)) return STATUS_IN_PAGE_ERROR;
  const frame = sectionFrame(kernel, section, sectionPage);
  if (frame === undefined) return STATUS_IN_PAGE_ERROR;
  kernel.frames.addReference(frame);
  const sharing = writesToSection(kernel, vad, page, protection) ? SHARED : 0;
  if (sharing && isWritable(protection)) {
    section.dirty.add(sectionPage);
    dropCopies(kernel, section, sectionPage);
  }
  addressSpace(kernel, process).mapFrame(page, frame, rightsOf(protection) | sharing);
  if (wasStored) return count(kernel, process, 'compression');
  if (kernel.state.paging.fileReads > fileReads) return count(kernel, process, 'hard');
  return count(kernel, process, wasThere || section.image ? 'prototype' : 'demandZero');
}

/** The stack VAD above `page`, grown down to it; a status if it may not grow that far; undefined if there is none. */
function grownStack(kernel: Kernel, process: Process, page: number): Vad | NtStatus | undefined {
  const index = vadIndex(process, page);
  const vad = process.vads[index];
  if (!vad || vad.growsDownTo < 0) return undefined;
  const below = index > 0 ? process.vads[index - 1].end : 0;
  if (page < vad.growsDownTo || page < below)
    return page * PAGE_SIZE < (vad.growsDownTo - 256) * PAGE_SIZE ? undefined : STATUS_STACK_OVERFLOW;
  const pages = vad.start - page;
  const status = chargeProcess(kernel, process, pages);
  if (!succeeded(status)) return status;
  vad.start = page;
  for (const run of vad.runs) run.first += pages;
  vad.runs[0].first = 0;
  vad.runs[0].count += pages;
  return vad;
}
