/** KAPC: asynchronous procedure calls that threads have before them, as data. */

import type { Thread } from '../ps/thread.ts';

/** State is data, so an APC names its routine: one of `kernel.apcRoutines`, or of the process's provider. */
export interface KernelApc {
  readonly routine: string;
  /** NormalContext and the two system arguments. */
  readonly context: readonly number[];
  /** Not kept back by critical regions, only by guarded ones. */
  readonly special: boolean;
}

export interface UserApc {
  readonly routine: string;
  readonly context: readonly number[];
  /**
   * Delivered the next time the thread goes out to user mode (QUEUE_USER_APC_FLAGS_SPECIAL_USER_APC, and what signals of
   * pico providers are). Others wait until the thread waits alertably.
   */
  readonly special: boolean;
}

/** Where the first kernel APC is that the thread may run now, or -1. */
export function nextKernelApc({ kernelApcs, kernelApcDisable, specialApcDisable }: Thread): number {
  if (kernelApcs.length === 0 || specialApcDisable > 0) return -1;
  return kernelApcs.findIndex(({ special }) => special || kernelApcDisable === 0);
}
