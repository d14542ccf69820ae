/**
 * Working sets: the valid pages of each process, and taking some out. A clock goes round them. A page that was not used
 * since it last came by is a round older; an old one leaves: private pages are in transition until they are needed, by
 * their process or for something else, and pages of sections stay with their section.
 */

import { ACCESSED, AGE_MASK, AGE_UNIT, EXECUTED, LOCKED, PRESENT, SHARED } from '../../memory/pageTable.ts';
import type { AddressSpace } from '../../memory/addressSpace.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_BAD_WORKING_SET_LIMIT, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { isPrivateCopy } from './pageState.ts';
import { addModified } from './paging.ts';
import { findVad } from './vad.ts';

/** In pages. A working set grows beyond its maximum while there is memory; it is not trimmed below its minimum first. */
export interface WorkingSetLimits {
  minimum: number;
  maximum: number;
  /** QUOTA_LIMITS_HARDWS_MAX_ENABLE: never more than the maximum. */
  isHard: boolean;
}

/** What processes start with (Windows Internals, 7th edition, part 1, chapter 5, "Working sets"). */
export function defaultWorkingSet(): WorkingSetLimits {
  return { minimum: 50, maximum: 345, isHard: false };
}

/** SetProcessWorkingSetSize. Both limits as large as can be said (-1) empty the working set instead. */
export function setWorkingSetLimits(kernel: Kernel, process: Process, limits: WorkingSetLimits): NtStatus {
  if (limits.minimum === -1 && limits.maximum === -1) {
    trimWorkingSet(kernel, process, 0);
    return STATUS_SUCCESS;
  }
  if (limits.minimum > limits.maximum) return STATUS_BAD_WORKING_SET_LIMIT;
  process.workingSet = { ...limits };
  if (limits.isHard) trimWorkingSet(kernel, process, limits.maximum);
  return STATUS_SUCCESS;
}

/**
 * How choosy the clock is:
 * - `old`: pages that it has passed before without their being used since.
 * - `unused`: also pages used since, but not since this round began; working sets go below their minimum.
 * - `any`: whatever is not locked, code among it.
 */
export type Urgency = 'old' | 'unused' | 'any';

/** Rounds without use that make a page old. */
const OLD = 2 * AGE_UNIT;

const URGENCIES: readonly Urgency[] = ['old', 'unused', 'any'];

/** Takes pages out of the process's working set until it has no more than `target`; locked ones stay. */
export function trimWorkingSet(kernel: Kernel, process: Process, target: number): void {
  const space = addressSpace(kernel, process);
  for (const urgency of URGENCIES) {
    if (space.resident <= target) return;
    sweep(kernel, process, { from: 0, wanted: space.resident - target, urgency });
  }
}

/** Takes up to `wanted` pages out of all working sets, from where the clock stands; how many it were. */
export function trimWorkingSets(kernel: Kernel, wanted: number, urgency: Urgency): number {
  const { hand } = kernel.state.paging;
  const ids = [...kernel.spaces.keys()].filter(id => kernel.state.processes.has(id));
  const first = Math.max(0, ids.indexOf(hand.process));
  let trimmed = 0;
  for (let turn = 0; turn < ids.length && trimmed < wanted; turn++) {
    const process = kernel.state.processes.get(ids[(first + turn) % ids.length]) as Process;
    const from = process.id === hand.process && turn === 0 ? hand.page : 0;
    const result = sweep(kernel, process, {
      from,
      wanted: trimmableOf(kernel, process, wanted - trimmed, urgency),
      urgency,
    });
    trimmed += result.trimmed;
    hand.process = result.next === 0 ? ids[(first + turn + 1) % ids.length] : process.id;
    hand.page = result.next;
  }
  return trimmed;
}

function trimmableOf(kernel: Kernel, process: Process, wanted: number, urgency: Urgency): number {
  const kept = urgency === 'old' ? process.workingSet.minimum : 0;
  return Math.max(0, Math.min(wanted, addressSpace(kernel, process).resident - kept));
}

interface Sweep {
  readonly from: number;
  readonly wanted: number;
  readonly urgency: Urgency;
}

/** One round through the page table from `from` on; `next` is the page to go on with, 0 at the end. */
function sweep(kernel: Kernel, process: Process, { from, wanted, urgency }: Sweep): { trimmed: number; next: number } {
  let trimmed = 0;
  if (wanted <= 0) return { trimmed, next: 0 };
  const space = addressSpace(kernel, process);
  const keys = [...space.table.keys()].sort((a, b) => a - b);
  for (const key of keys) {
    const part = space.table.get(key);
    if (!part || (key + 1) * part.flags.length <= from) continue;
    for (let i = Math.max(0, from - key * part.flags.length); i < part.flags.length; i++) {
      const flags = part.flags[i];
      if (!(flags & PRESENT) || flags & LOCKED) continue;
      const page = key * part.flags.length + i;
      if (!leaves(space, page, flags, urgency)) continue;
      removePage(kernel, process, space, page, flags);
      if (++trimmed >= wanted) return { trimmed, next: page + 1 };
    }
  }
  return { trimmed, next: 0 };
}

/** Whether the page is old enough to leave; one that is not grows older. */
function leaves(space: AddressSpace, page: number, flags: number, urgency: Urgency): boolean {
  if (urgency === 'any') return true;
  // Use of decoded instructions is not seen: code stays while anything else can go.
  if (flags & EXECUTED) return false;
  if (flags & ACCESSED) {
    space.setAge(page, 0);
    return false;
  }
  const age = flags & AGE_MASK;
  if (urgency === 'unused' || age >= OLD) return true;
  space.setAge(page, Math.min(age + AGE_UNIT, AGE_MASK));
  return false;
}

function removePage(kernel: Kernel, process: Process, space: AddressSpace, page: number, flags: number): void {
  const vad = findVad(process, page);
  const isPrivate = !(flags & SHARED) && (!vad || vad.privateMemory || isPrivateCopy(kernel, process, vad, page));
  if (isPrivate) addModified(kernel, space.trim(page), { process: process.id, page });
  else space.unmap(page, page + 1);
}
