/** Mutants (KMUTANT, Win32's mutexes): owned by one thread, as often as it likes. */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_MUTANT_NOT_OWNED, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createDispatcherObject, dispatcherObjectOf } from './dispatcherObject.ts';
import type { Mutant } from './dispatcherObject.ts';
import { MUTANT_INCREMENT } from './priority.ts';
import { deleteDispatcherObject, releaseWaiters } from './wait.ts';

/** A mutant, owned by `owner` from the beginning if there is one. */
export function createMutant(kernel: Kernel, owner?: Thread): number {
  const id = createDispatcherObject(kernel, {
    type: 'mutant',
    signalState: owner ? 0 : 1,
    owner: owner?.id ?? 0,
    abandoned: false,
  });
  owner?.mutants.push(id);
  return id;
}

/** KeReleaseMutant; the former count is 1 less for each time that the thread owned it. */
export function releaseMutant(kernel: Kernel, thread: Thread, id: number): { status: NtStatus; previous: number } {
  const mutant = dispatcherObjectOf(kernel, id, 'mutant');
  const previous = mutant.signalState;
  if (mutant.owner !== thread.id) return { status: STATUS_MUTANT_NOT_OWNED, previous };
  if (++mutant.signalState === 1) {
    thread.mutants.splice(thread.mutants.indexOf(id), 1);
    free(kernel, mutant);
  }
  return { status: STATUS_SUCCESS, previous };
}

/** What an ending thread still owns goes to the next waiter, who is told (STATUS_ABANDONED_WAIT_0). */
export function abandonMutants(kernel: Kernel, thread: Thread): void {
  for (const id of thread.mutants.splice(0)) {
    const mutant = dispatcherObjectOf(kernel, id, 'mutant');
    mutant.abandoned = true;
    mutant.signalState = 1;
    free(kernel, mutant);
  }
}

function free(kernel: Kernel, mutant: Mutant): void {
  mutant.owner = 0;
  releaseWaiters(kernel, mutant, MUTANT_INCREMENT);
}

/** Ends the mutant, whoever owns it. */
export function deleteMutant(kernel: Kernel, id: number): void {
  const { owner } = dispatcherObjectOf(kernel, id, 'mutant');
  const mutants = kernel.state.threads.get(owner)?.mutants;
  mutants?.splice(mutants.indexOf(id), 1);
  deleteDispatcherObject(kernel, id);
}
