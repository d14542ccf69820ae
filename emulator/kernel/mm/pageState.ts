/** What the page of a VAD is, from what VAD, section and page table know together. */

import { PAGE_SIZE } from '../../base/pages.ts';
import { PAGED_OUT, PRESENT, TRANSITION } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { addressSpace } from './addressSpaces.ts';
import { MM_ZERO_ACCESS, afterCopy, isWritable, isWriteCopy } from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';
import { runAt } from './runs.ts';
import { getSection } from './section.ts';
import { VAD_IMAGE_MAP } from './vad.ts';
import type { Vad } from './vad.ts';

export interface PageState {
  readonly committed: boolean;
  readonly protection: ProtectionMask;
  /** The page after the last that is in the same run. */
  readonly end: number;
}

const sectionPageOf = (vad: Vad, page: number): number => vad.sectionPage + page - vad.start;

/** State and protection as they were given; a view of a SEC_RESERVE section is committed where the section is. */
export function pageState(kernel: Kernel, vad: Vad, page: number): PageState {
  const run = runAt(vad, page);
  const end = vad.start + run.first + run.count;
  const reserve = vad.section ? getSection(kernel, vad.section).reserve : undefined;
  if (!reserve) return { committed: run.committed, protection: run.protection, end };
  const behind = runAt(reserve, sectionPageOf(vad, page));
  const behindEnd = behind.first + behind.count - vad.sectionPage + vad.start;
  const committed = run.committed && behind.committed;
  return { committed, protection: committed ? run.protection : MM_ZERO_ACCESS, end: Math.min(end, behindEnd) };
}

/** The page is a view's, but not the section's any more: it was written and has contents of its own. */
export function isPrivateCopy(kernel: Kernel, process: Process, vad: Vad, page: number): boolean {
  if (vad.privateMemory) return false;
  const space = addressSpace(kernel, process);
  const entry = space.entry(page);
  if (entry & (PAGED_OUT | TRANSITION)) return true;
  return (
    (entry & PRESENT) !== 0 && space.frame(page) !== getSection(kernel, vad.section).pages.get(sectionPageOf(vad, page))
  );
}

/** The protection as queries tell it: a write-copy page that was written is writable. */
export function protectionOf(kernel: Kernel, process: Process, vad: Vad, page: number): ProtectionMask {
  const { protection } = pageState(kernel, vad, page);
  return isWriteCopy(protection) && isPrivateCopy(kernel, process, vad, page) ? afterCopy(protection) : protection;
}

/** Whether stores to a view's page with this protection go to the section, and not to a copy. */
export function writesToSection(kernel: Kernel, vad: Vad, page: number, protection: ProtectionMask): boolean {
  if (isWriteCopy(protection)) return false;
  if (vad.vadType !== VAD_IMAGE_MAP) return vad.shared;
  const rva = sectionPageOf(vad, page) * PAGE_SIZE;
  const subsections = getSection(kernel, vad.section).image?.subsections ?? [];
  const part = subsections.find(each => rva >= each.rva && rva < each.rva + each.size);
  return isWritable(protection) && part !== undefined && isWritable(part.protection) && !isWriteCopy(part.protection);
}
