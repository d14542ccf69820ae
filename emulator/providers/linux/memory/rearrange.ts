/** Showing other pages of a file in part of a shared mapping: remap_file_pages(2). */

import { PAGE_SIZE, pageOf, roundDown, USER_LIMIT } from '../../../base/pages.ts';
import { MEM_DOS_LIM, MEM_RELEASE } from '../../../kernel/mm/protection.ts';
import { protectionValue } from '../../../kernel/mm/protectionMask.ts';
import { closeSection, referenceSection } from '../../../kernel/mm/section.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import { freeVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EINVAL, ENOMEM } from '../abi/errno.ts';
import type { Task } from '../task.ts';
import { coveringParts } from './range.ts';

/** As Linux does since 4.0: the pages become a mapping of their own. `page` counts from the file's beginning. */
export function remapFilePages(task: Task, address: number, wanted: number, protection: number, page: number): number {
  const { kernel, process } = task;
  const start = roundDown(address);
  const bytes = roundDown(wanted);
  if (protection !== 0 || bytes <= 0 || start + bytes > USER_LIMIT || page < 0) return -EINVAL;
  const parts = coveringParts(task, start, bytes);
  if (!parts) return -EINVAL;
  const { section, shared, use, runs, protection: allowed, most, start: first } = parts[0].vad;
  if (!shared || parts.some(({ vad }) => vad.section !== section || !vad.shared)) return -EINVAL;
  const at = pageOf(start) - first;
  const present = runs.find(run => at < run.first + run.count)?.protection ?? allowed;
  referenceSection(kernel, section);
  freeVirtualMemory(kernel, process, start, bytes, MEM_RELEASE | MEM_DOS_LIM);
  const placed = mapViewOfSection(kernel, process, {
    section,
    base: start,
    size: bytes,
    offset: page * PAGE_SIZE,
    protection: protectionValue(present),
    writeCopy: false,
    use,
    type: MEM_DOS_LIM,
    most: most === undefined ? undefined : protectionValue(most),
  });
  closeSection(kernel, section);
  return succeeded(placed.status) ? 0 : -ENOMEM;
}
