/** Semaphores (KSEMAPHORE): a count that waits take one from. */

import type { Kernel } from '../kernel.ts';
import { STATUS_SEMAPHORE_LIMIT_EXCEEDED, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createDispatcherObject, dispatcherObjectOf } from './dispatcherObject.ts';
import { SEMAPHORE_INCREMENT } from './priority.ts';
import { releaseWaiters } from './wait.ts';

/** `count` at the beginning, from 0 to `limit`, which is positive: the service that creates it checks that. */
export function createSemaphore(kernel: Kernel, count: number, limit: number): number {
  return createDispatcherObject(kernel, { type: 'semaphore', signalState: count, limit });
}

/** KeReleaseSemaphore: adds to the count, unless that went above the limit. */
export function releaseSemaphore(
  kernel: Kernel,
  id: number,
  adjustment: number,
): { status: NtStatus; previous: number } {
  const semaphore = dispatcherObjectOf(kernel, id, 'semaphore');
  const previous = semaphore.signalState;
  if (adjustment <= 0 || previous + adjustment > semaphore.limit)
    return { status: STATUS_SEMAPHORE_LIMIT_EXCEEDED, previous };
  semaphore.signalState += adjustment;
  releaseWaiters(kernel, semaphore, SEMAPHORE_INCREMENT);
  return { status: STATUS_SUCCESS, previous };
}
