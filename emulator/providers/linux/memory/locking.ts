/** Memory that stays where it is: mlock(2) and its kin, and how much of it RLIMIT_MEMLOCK allows. */

import { PAGE_SIZE, pageOf, USER_LIMIT } from '../../../base/pages.ts';
import { addressSpace } from '../../../kernel/mm/addressSpaces.ts';
import { lockVirtualMemory, unlockVirtualMemory } from '../../../kernel/mm/lock.ts';
import { countVadPages } from '../../../kernel/mm/pageCounts.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EAGAIN, EINVAL, ENOMEM, EPERM } from '../abi/errno.ts';
import { MCL_CURRENT, MCL_FUTURE, MCL_ONFAULT } from '../abi/mman.ts';
import { RLIMIT_MEMLOCK } from '../abi/sched.ts';
import { isPrivileged, type Task } from '../task.ts';

/** Locked pages of `[low, high)`. */
export function lockedPages(kernel: Kernel, process: Process, low = 0, high = pageOf(USER_LIMIT)): number {
  let pages = 0;
  for (const vad of process.vads) {
    const start = Math.max(low, vad.start);
    const end = Math.min(high, vad.end);
    if (start < end) pages += countVadPages(kernel, process, vad, start, end).locked;
  }
  return pages;
}

/** 0, -EPERM if the task may lock nothing, or -`tooMuch` if `pages` more are over its limit. */
function refuseLocking(task: Task, pages: number, tooMuch: number): number {
  if (isPrivileged(task)) return 0;
  const limit = task.group.limits[RLIMIT_MEMLOCK].soft;
  if (limit === 0) return -EPERM;
  return (lockedPages(task.kernel, task.process) + pages) * PAGE_SIZE > limit ? -tooMuch : 0;
}

/** Locks whole pages, for mlock(2). */
export function lockRange(task: Task, start: number, bytes: number): number {
  const { kernel, process } = task;
  const low = pageOf(start);
  const count = bytes / PAGE_SIZE;
  const refused = refuseLocking(task, count - lockedPages(kernel, process, low, low + count), ENOMEM);
  if (refused < 0 || bytes === 0) return refused;
  return succeeded(lockVirtualMemory(kernel, process, start, bytes)) ? 0 : -ENOMEM;
}

/** Before memory is mapped that will be locked (MAP_LOCKED, MCL_FUTURE). */
export function refuseLockedMapping(task: Task, bytes: number): number {
  return refuseLocking(task, bytes / PAGE_SIZE, EAGAIN);
}

/** Locks what has been mapped; pages that cannot be touched are left out (mmap(2), MAP_LOCKED). */
export function lockMapping({ kernel, process }: Task, start: number, bytes: number): void {
  lockVirtualMemory(kernel, process, start, bytes);
}

export function mlockall(task: Task, flags: number): number {
  const { kernel, process, group } = task;
  if (flags === 0 || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) || flags === MCL_ONFAULT) return -EINVAL;
  const mapped = process.vads.reduce((pages, vad) => pages + vad.end - vad.start, 0);
  const refused = refuseLocking(task, flags & MCL_CURRENT ? mapped : 0, ENOMEM);
  if (refused < 0) return refused;
  group.memory.locksFuture = (flags & MCL_FUTURE) !== 0;
  if ((flags & MCL_CURRENT) === 0) return 0;
  if (flags & MCL_ONFAULT) addressSpace(kernel, process).setLocked(0, pageOf(USER_LIMIT), true);
  else
    for (const { start, runs } of process.vads.slice())
      for (const run of runs.slice())
        if (run.committed) lockMapping(task, (start + run.first) * PAGE_SIZE, run.count * PAGE_SIZE);
  return 0;
}

export function munlockall({ kernel, process, group }: Task): number {
  group.memory.locksFuture = false;
  unlockVirtualMemory(kernel, process, 0, USER_LIMIT);
  return 0;
}
