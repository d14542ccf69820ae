/**
 * User stacks of NT threads: reserved as a whole, committed from the top, with a guard page below what is committed.
 * Touching the guard page moves it down by one page (`userStack.ts` finds out whose stack it is). (Stacks of pico providers may grow otherwise: `Vad.growsDownTo`.)
 */

import { PAGE_SIZE, pageStart, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_GUARD_PAGE_VIOLATION, STATUS_STACK_OVERFLOW, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { MEM_COMMIT, PAGE_GUARD, PAGE_READWRITE } from './protection.ts';
import { allocateVirtualMemory } from './virtualMemory.ts';

/** What the TEB says of its thread's stack. Addresses. */
export interface UserStack {
  /** NtTib.StackBase: the end of the highest page. */
  readonly base: number;
  /** DeallocationStack: where the reservation begins. */
  readonly deallocation: number;
  /** GuaranteedStackBytes: how much is left for handling the overflow. */
  readonly guaranteedBytes?: number;
}

export interface StackGrowth {
  /**
   * STATUS_SUCCESS: the access can be tried again. STATUS_STACK_OVERFLOW: the last page has been reached.
   * STATUS_GUARD_PAGE_VIOLATION: the page was not of this stack.
   */
  readonly status: NtStatus;
  /** What NtTib.StackLimit is now; undefined where it stays. The caller writes it into the TEB. */
  readonly stackLimit?: number;
}

/**
 * For a thread whose access at `address` ended with STATUS_GUARD_PAGE_VIOLATION, which has taken the guard away. The
 * lowest page of the reservation is never committed.
 */
export function growUserStack(kernel: Kernel, process: Process, stack: UserStack, address: number): StackGrowth {
  if (address < stack.deallocation || address >= stack.base) return { status: STATUS_GUARD_PAGE_VIOLATION };
  const touched = pageStart(address);
  const guarantee = Math.max(PAGE_SIZE, roundUp(stack.guaranteedBytes ?? 0));
  const next = touched - guarantee;
  const lowest = stack.deallocation + PAGE_SIZE;
  if (next < lowest) {
    // What is left is for the handler of the overflow.
    const rest = touched - lowest;
    if (rest > 0)
      allocateVirtualMemory(kernel, process, {
        base: lowest,
        size: rest,
        type: MEM_COMMIT,
        protection: PAGE_READWRITE,
      });
    return { status: STATUS_STACK_OVERFLOW, stackLimit: lowest };
  }
  const { status } = allocateVirtualMemory(kernel, process, {
    base: next,
    size: guarantee,
    type: MEM_COMMIT,
    protection: PAGE_READWRITE | PAGE_GUARD,
  });
  if (!succeeded(status)) return { status: STATUS_STACK_OVERFLOW };
  return { status: STATUS_SUCCESS, stackLimit: touched };
}
