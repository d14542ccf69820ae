/**
 * System V shared memory (shmget(2), shmop(2), shmctl(2)): a section for each segment, which lives as long as the segment
 * or a view of it.
 */

import { PAGE_SIZE, pageOf, roundUp } from '../../../base/pages.ts';
import { MAP_HIGH } from '../../../kernel/mm/place.ts';
import { MEM_DOS_LIM, MEM_RELEASE } from '../../../kernel/mm/protection.ts';
import { closeSection, createSection, getSection } from '../../../kernel/mm/section.ts';
import { isRangeFree } from '../../../kernel/mm/vad.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import { freeVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EIDRM, EINVAL, ENOMEM, isError } from '../abi/errno.ts';
import { SHM_EXEC, SHM_RDONLY, SHM_REMAP, SHM_RND, SHMMNI } from '../abi/ipc.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { type Linux, stateOf } from '../instance.ts';
import { pageProtection } from '../memory/protection.ts';
import { checkAddressSpace } from '../memory/range.ts';
import type { Task } from '../task.ts';
import { findObject, forgetKey, getObject, type IpcObject, type IpcTable, removeObject, seconds } from './object.ts';

export interface SharedSegment extends IpcObject {
  /** Bytes asked for. */
  size: number;
  section: number;
  attached: number;
  detached: number;
  creator: number;
  lastUser: number;
  locked: boolean;
  /** Removed by IPC_RMID: it goes with the last view. */
  doomed: boolean;
}

/** The segments, without those that have gone with their last view. */
export function segmentsOf(linux: Linux): IpcTable<SharedSegment> {
  const table = stateOf(linux).ipc.segments;
  for (const segment of table.objects.values())
    if (segment.doomed && attachments(linux, segment) === 0) bury(linux, segment);
  return table;
}

/** Views of the segment in all processes. */
export function attachments(linux: Linux, segment: SharedSegment): number {
  return getSection(linux.kernel, segment.section).references - 1;
}

function bury(linux: Linux, segment: SharedSegment): void {
  closeSection(linux.kernel, segment.section);
  removeObject(stateOf(linux).ipc.segments, segment);
}

export function getSegment(task: Task, key: number, size: number, flags: number): number {
  const { linux } = task;
  return getObject(task, segmentsOf(linux), {
    key,
    flags,
    limit: SHMMNI,
    check: segment => (size > segment.size ? -EINVAL : 0),
    create() {
      if (size < 1) return -EINVAL;
      if (size > linux.kernel.limits.frames * PAGE_SIZE) return -ENOMEM;
      return {
        size,
        section: createSection(linux.kernel, { size: roundUp(size) }),
        attached: 0,
        detached: 0,
        creator: task.group.pid,
        lastUser: 0,
        locked: false,
        doomed: false,
      };
    },
  });
}

export function attachSegment(task: Task, id: number, wish: number, flags: number): number {
  const isReadOnly = (flags & SHM_RDONLY) !== 0;
  if (id < 0) return -EINVAL;
  const segment = findObject(task, segmentsOf(task.linux), id, isReadOnly ? 4 : 6);
  if (isError(segment)) return segment;
  const bytes = roundUp(segment.size);
  const base = placeOf(task, wish, bytes, flags);
  if (base < 0) return base;
  const refused = checkAddressSpace(task, bytes);
  if (refused < 0) return refused;
  const protection = PROT_READ | (isReadOnly ? 0 : PROT_WRITE) | (flags & SHM_EXEC ? PROT_EXEC : 0);
  const { status, base: mapped } = mapViewOfSection(task.kernel, task.process, {
    section: segment.section,
    base: base === 0 ? undefined : base,
    size: bytes,
    offset: 0,
    protection: pageProtection(protection, false),
    writeCopy: false,
    use: `/SYSV${(segment.key >>> 0).toString(16).padStart(8, '0')} (deleted)`,
    type: MEM_DOS_LIM,
  });
  if (!succeeded(status)) return -ENOMEM;
  segment.attached = seconds(task);
  segment.lastUser = task.group.pid;
  return mapped;
}

/** SHMLBA is a page. Answers 0 for anywhere. */
function placeOf({ kernel, process }: Task, wish: number, bytes: number, flags: number): number {
  if (wish === 0) return flags & SHM_REMAP ? -EINVAL : 0;
  const base = flags & SHM_RND ? Math.floor(wish / PAGE_SIZE) * PAGE_SIZE : wish;
  if (base % PAGE_SIZE !== 0 || (base === 0 && flags & SHM_REMAP)) return -EINVAL;
  if (base + bytes > MAP_HIGH && !isRangeFree(process, pageOf(base), pageOf(base + bytes))) return -EINVAL;
  if (isRangeFree(process, pageOf(base), pageOf(base + bytes))) return base;
  if (!(flags & SHM_REMAP)) return -EINVAL;
  freeVirtualMemory(kernel, process, base, bytes, MEM_RELEASE | MEM_DOS_LIM);
  return base;
}

/** All that is left of the view that began at `address`, which may have been cut since. */
export function detachSegment(task: Task, address: number): number {
  const { kernel, process, linux } = task;
  if (address % PAGE_SIZE !== 0) return -EINVAL;
  const first = pageOf(address);
  for (const segment of segmentsOf(linux).objects.values()) {
    const views = process.vads.filter(
      ({ section, start, sectionPage }) => section === segment.section && start - sectionPage === first,
    );
    if (views.length === 0) continue;
    segment.detached = seconds(task);
    segment.lastUser = task.group.pid;
    for (const { start, end } of views)
      freeVirtualMemory(kernel, process, start * PAGE_SIZE, (end - start) * PAGE_SIZE, MEM_RELEASE | MEM_DOS_LIM);
    segmentsOf(linux);
    return 0;
  }
  return -EINVAL;
}

/** IPC_RMID: nobody finds it by its key any more. */
export function removeSegment(linux: Linux, segment: SharedSegment): number {
  if (segment.doomed) return -EIDRM;
  segment.doomed = true;
  forgetKey(segmentsOf(linux), segment);
  segmentsOf(linux);
  return 0;
}
