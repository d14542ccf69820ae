/**
 * KeBalanceSetManager's scan of the ready queues (Windows Internals, 7th ed., part 1, ch. 4, "Priority boosts for CPU
 * starvation"): who has been ready for about four seconds without a turn gets one at the top of the dynamic range.
 */

import type { Kernel } from '../kernel.ts';
import { getThread } from '../ps/thread.ts';
import { LOW_REALTIME_PRIORITY, QUANTUM } from './priority.ts';
import { readyThread, removeReady } from './ready.ts';

/** Virtual ns between scans. */
const SCAN_PERIOD = 1_000_000_000;
/** 300 clock ticks. */
const STARVATION = 4_687_500_000;
const STARVED_PRIORITY = LOW_REALTIME_PRIORITY - 1;

/** Looks for starved threads if a scan is due. */
export function scanReadyQueues(kernel: Kernel): void {
  const { state } = kernel;
  if (state.time < state.nextScan) return;
  state.nextScan = state.time + SCAN_PERIOD;
  for (let priority = 1; priority < STARVED_PRIORITY; priority++)
    for (const id of state.ready[priority].slice()) {
      const thread = getThread(kernel, id);
      if (state.time - thread.readySince < STARVATION) continue;
      removeReady(kernel, thread);
      thread.priorityDecrement = STARVED_PRIORITY - thread.basePriority;
      thread.priority = STARVED_PRIORITY;
      thread.quantum = QUANTUM;
      readyThread(kernel, thread);
    }
}
