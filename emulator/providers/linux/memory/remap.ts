/** Moving and resizing mappings: mremap(2). */

import { PAGE_SIZE, pageOf, roundUp } from '../../../base/pages.ts';
import { findFreeRange, MAP_HIGH, MAP_LOW } from '../../../kernel/mm/place.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RELEASE, MEM_RESERVE } from '../../../kernel/mm/protection.ts';
import { protectionValue } from '../../../kernel/mm/protectionMask.ts';
import { isRangeFree, type Vad, vadIndex } from '../../../kernel/mm/vad.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import { allocateVirtualMemory, freeVirtualMemory, moveVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EFAULT, EINVAL, ENOMEM } from '../abi/errno.ts';
import { MREMAP_FIXED, MREMAP_MAYMOVE } from '../abi/mman.ts';
import type { Task } from '../task.ts';
import { checkAddressSpace, coveringParts, type Part } from './range.ts';

export function mremap(
  task: Task,
  from: number,
  oldSize: number,
  newSize: number,
  remapFlags: number,
  newAddress: number,
): number {
  const { kernel, process } = task;
  if (from % PAGE_SIZE !== 0 || newSize <= 0 || remapFlags & ~(MREMAP_MAYMOVE | MREMAP_FIXED)) return -EINVAL;
  if (remapFlags & MREMAP_FIXED && (!(remapFlags & MREMAP_MAYMOVE) || newAddress % PAGE_SIZE !== 0)) return -EINVAL;
  const before = roundUp(oldSize);
  const after = roundUp(newSize);
  if (before === 0) return -EINVAL;
  const overlaps = newAddress < from + before && from < newAddress + after;
  if (remapFlags & MREMAP_FIXED && overlaps) return -EINVAL;
  const parts = coveringParts(task, from, before);
  if (!parts) return -EFAULT;
  if (remapFlags & MREMAP_FIXED) {
    freeVirtualMemory(kernel, process, newAddress, after, MEM_RELEASE | MEM_DOS_LIM);
    return moveAndGrow(task, parts, from, before, after, newAddress);
  }
  if (after <= before) {
    if (after < before) freeVirtualMemory(kernel, process, from + after, before - after, MEM_RELEASE | MEM_DOS_LIM);
    return from;
  }
  const growth = after - before;
  const last = parts[parts.length - 1];
  const endsMapping = last.high === last.vad.end;
  if (endsMapping && isRangeFree(process, pageOf(from + before), pageOf(from + after)))
    return extend(task, last.vad, from + before, growth) ? from : -ENOMEM;
  if (!(remapFlags & MREMAP_MAYMOVE)) return -ENOMEM;
  const target = findFreeRange(process, after, { low: MAP_LOW, high: MAP_HIGH });
  return target === undefined ? -ENOMEM : moveAndGrow(task, parts, from, before, after, target);
}

/** Adds `growth` bytes of the same kind of memory right behind a mapping. */
function extend(task: Task, vad: Vad, at: number, growth: number): boolean {
  const { kernel, process } = task;
  const last = vad.runs[vad.runs.length - 1];
  const kind = protectionValue(last.committed ? last.protection : vad.protection);
  if (checkAddressSpace(task, growth) < 0) return false;
  if (vad.section === 0)
    return succeeded(
      allocateVirtualMemory(kernel, process, {
        base: at,
        size: growth,
        type: MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM,
        protection: kind,
        use: vad.use,
      }).status,
    );
  const sectionOffset = (vad.sectionPage + pageOf(at) - vad.start) * PAGE_SIZE;
  return succeeded(
    mapViewOfSection(kernel, process, {
      section: vad.section,
      base: at,
      size: growth,
      offset: sectionOffset,
      protection: kind,
      writeCopy: !vad.shared,
      use: vad.use,
      type: MEM_DOS_LIM,
    }).status,
  );
}

function moveAndGrow(
  task: Task,
  parts: readonly Part[],
  from: number,
  before: number,
  after: number,
  to: number,
): number {
  const { kernel, process } = task;
  const kept = Math.min(before, after);
  if (after < before) freeVirtualMemory(kernel, process, from + after, before - after, MEM_RELEASE | MEM_DOS_LIM);
  for (const { low, high } of parts) {
    const start = low * PAGE_SIZE;
    const span = Math.min((high - low) * PAGE_SIZE, from + kept - start);
    if (span > 0 && !succeeded(moveVirtualMemory(kernel, process, start, span, to + start - from))) return -ENOMEM;
  }
  if (after <= before) return to;
  const moved = process.vads[vadIndex(process, pageOf(to + kept - 1))];
  return extend(task, moved, to + kept, after - kept) ? to : -ENOMEM;
}
