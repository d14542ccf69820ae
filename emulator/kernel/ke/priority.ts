/**
 * Priorities and quanta (Windows Internals, 7th ed., part 1, ch. 4, "Thread scheduling"): 16 and more are real-time and
 * fixed; below, a thread that waited for something is boosted above its base and falls back quantum by quantum.
 */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { readyThread, removeReady } from './ready.ts';

/** Instructions a thread runs before the next ready one of its priority gets its turn. */
export const QUANTUM = 200_000;
export const NORMAL_PRIORITY = 8;
export const LOW_REALTIME_PRIORITY = 16;
export const HIGH_PRIORITY = 31;

/** Boosts of those that a wait lets go (wdm.h): for an event or semaphore, an abandoned or released mutant. */
export const EVENT_INCREMENT = 1;
export const SEMAPHORE_INCREMENT = 1;
export const MUTANT_INCREMENT = 1;

/** KeSetBasePriorityThread: a boost ends; a ready thread changes its queue. */
export function setBasePriority(kernel: Kernel, thread: Thread, basePriority: number): void {
  thread.basePriority = basePriority;
  setPriority(kernel, thread, basePriority);
}

/** KeSetPriorityThread: the base stays, and quantum ends lead back to it. */
export function setPriority(kernel: Kernel, thread: Thread, priority: number): void {
  const isQueued = thread.state === 'ready';
  if (isQueued) removeReady(kernel, thread);
  thread.priority = priority;
  thread.priorityDecrement = 0;
  if (isQueued) readyThread(kernel, thread);
}

/** What a thread gets when its wait ends well: a priority above its base, below real-time, and a whole quantum for it. */
export function boost(thread: Thread, increment: number): void {
  if (increment === 0 || thread.priority >= LOW_REALTIME_PRIORITY) return;
  const boosted = Math.min(thread.basePriority + increment, LOW_REALTIME_PRIORITY - 1);
  if (boosted <= thread.priority) return;
  thread.priority = boosted;
  thread.quantum = QUANTUM;
}

/** KiQuantumEnd: a new quantum, one step nearer to the base priority; all the way after an unusual boost. */
export function endQuantum(thread: Thread): void {
  thread.quantum = QUANTUM;
  if (thread.priority > thread.basePriority)
    thread.priority = Math.max(thread.basePriority, thread.priority - 1 - thread.priorityDecrement);
  thread.priorityDecrement = 0;
}
