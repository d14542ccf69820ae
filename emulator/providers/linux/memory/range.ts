/** Ranges of mapped pages: what they consist of, whether more may be mapped, and changing their protection. */

import { PAGE_SIZE, pageOf } from '../../../base/pages.ts';
import { MEM_COMMIT, MEM_DOS_LIM } from '../../../kernel/mm/protection.ts';
import { type Vad, vadIndex } from '../../../kernel/mm/vad.ts';
import { allocateVirtualMemory, protectVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EACCES, ENOMEM } from '../abi/errno.ts';
import { PROT_NONE } from '../abi/mman.ts';
import { RLIMIT_AS } from '../abi/sched.ts';
import { sayOnce } from '../instance.ts';
import type { Task } from '../task.ts';
import { pageProtection } from './protection.ts';

export interface Part {
  readonly vad: Vad;
  readonly low: number;
  readonly high: number;
}

/** The mappings of a range of pages up to the first hole, each with the pages of the range. */
export function mappedParts(task: Task, start: number, bytes: number): { parts: Part[]; isWhole: boolean } {
  const { process, group } = task;
  const end = pageOf(start + bytes);
  const breakPage = pageOf(group.memory.breakCommitted);
  const parts: Part[] = [];
  let at = pageOf(start);
  for (let index = vadIndex(process, at); at < end; index++) {
    const vad = process.vads[index];
    if (!vad || vad.start > at) return { parts, isWhole: false };
    // What is kept for the heap to grow into is not mapped yet.
    const mapped = vad.use === '[heap]' ? breakPage : vad.end;
    if (mapped <= at) return { parts, isWhole: false };
    parts.push({ vad, low: at, high: Math.min(end, mapped) });
    at = mapped;
  }
  return { parts, isWhole: true };
}

/** The mappings that make up a range; undefined if there is a hole. */
export function coveringParts(task: Task, start: number, bytes: number): Part[] | undefined {
  const { parts, isWhole } = mappedParts(task, start, bytes);
  return isWhole ? parts : undefined;
}

/** Pages that were only reserved are committed when they become accessible, and stay reserved otherwise. */
export function protectPart(task: Task, { vad, low, high }: Part, prot: number): number {
  const { kernel, process } = task;
  const protection = pageProtection(prot, vad.section !== 0 && !vad.shared);
  for (const run of vad.runs.slice()) {
    const first = Math.max(low, vad.start + run.first);
    const base = first * PAGE_SIZE;
    const span = (Math.min(high, vad.start + run.first + run.count) - first) * PAGE_SIZE;
    if (span <= 0 || (!run.committed && prot === PROT_NONE)) continue;
    if (!run.committed) {
      if (checkAddressSpace(task, span) < 0) return -ENOMEM;
      const request = { base, size: span, type: MEM_COMMIT | MEM_DOS_LIM, protection };
      if (!succeeded(allocateVirtualMemory(kernel, process, request).status)) return -ENOMEM;
    }
    if (!succeeded(protectVirtualMemory(kernel, process, base, span, protection).status)) return -EACCES;
  }
  return 0;
}

/** RLIMIT_AS counts what is mapped; the machine's own limit counts what may be written. */
export function checkAddressSpace(task: Task, bytes: number, charged = true): number {
  const { linux, process, group } = task;
  if (charged && process.commit * PAGE_SIZE + bytes > linux.limits.memory) {
    sayOnce(linux, `The limit of ${linux.limits.memory} bytes of memory was met; mmap and brk fail with ENOMEM.`);
    return -ENOMEM;
  }
  const limit = group.limits[RLIMIT_AS].soft;
  if (limit === Number.POSITIVE_INFINITY) return 0;
  return mappedBytes(task) + bytes > limit ? -ENOMEM : 0;
}

function mappedBytes(task: Task): number {
  let pages = 0;
  for (const vad of task.process.vads) if (vad.use !== '[heap]') pages += vad.end - vad.start;
  return pages * PAGE_SIZE;
}
