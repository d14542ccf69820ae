/**
 * Commit charge: how many pages the kernel has promised room for, per process and in all. Promises beyond the limit are
 * refused when they are made, so that memory that was granted can be touched.
 */

import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_COMMITMENT_LIMIT, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';

/** The part of the machine's state that counts promises, in pages. */
export interface CommitState {
  total: number;
  peak: number;
}

export function newCommitState(): CommitState {
  return { total: 0, peak: 0 };
}

/** Whether that many more pages can be promised. */
export function checkCharge(kernel: Kernel, pages: number): NtStatus {
  return kernel.state.commit.total + pages > kernel.limits.frames ? STATUS_COMMITMENT_LIMIT : STATUS_SUCCESS;
}

/** Charges the whole system, as sections do that are backed by paging files. */
export function chargeSystem(kernel: Kernel, pages: number): NtStatus {
  const status = checkCharge(kernel, pages);
  if (status !== STATUS_SUCCESS) return status;
  const { commit } = kernel.state;
  commit.total += pages;
  commit.peak = Math.max(commit.peak, commit.total);
  return STATUS_SUCCESS;
}

export function returnToSystem(kernel: Kernel, pages: number): void {
  kernel.state.commit.total -= pages;
}

/** Charges the process, and the system with it. */
export function chargeProcess(kernel: Kernel, process: Process, pages: number): NtStatus {
  const status = chargeSystem(kernel, pages);
  if (status !== STATUS_SUCCESS) return status;
  process.commit += pages;
  process.peakCommit = Math.max(process.peakCommit, process.commit);
  return STATUS_SUCCESS;
}

/** Gives back what {@link chargeProcess} took; what a clone got without being charged goes first. */
export function returnCharge(kernel: Kernel, process: Process, pages: number): void {
  const free = Math.min(pages, process.reducedCommit);
  process.reducedCommit -= free;
  process.commit -= pages;
  returnToSystem(kernel, pages - free);
}

/** A clone has what its parent has; with reduced commit the system does not promise the copies. */
export function chargeClone(kernel: Kernel, child: Process, pages: number, isReduced: boolean): NtStatus {
  if (!isReduced) return chargeProcess(kernel, child, pages);
  child.commit += pages;
  child.peakCommit = Math.max(child.peakCommit, child.commit);
  child.reducedCommit += pages;
  return STATUS_SUCCESS;
}
