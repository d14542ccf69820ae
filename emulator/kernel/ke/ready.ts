/**
 * Ready queues: one for each of the 32 priorities, and a bit mask of those that are not empty (DispatcherReadyListHead,
 * ReadySummary).
 */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';

export const PRIORITIES = 32;

/** KiReadyThread: makes the thread ready, behind others of its priority or, if it was preempted, before them. */
export function readyThread(kernel: Kernel, thread: Thread, first = false): void {
  const { state } = kernel;
  thread.state = 'ready';
  thread.readySince = state.time;
  const queue = state.ready[thread.priority];
  if (first) queue.unshift(thread.id);
  else queue.push(thread.id);
  state.readySummary |= 1 << thread.priority;
}

/** Takes the thread out of its queue if it is in one. */
export function removeReady(kernel: Kernel, thread: Thread): void {
  const queue = kernel.state.ready[thread.priority];
  const index = queue.indexOf(thread.id);
  if (index < 0) return;
  queue.splice(index, 1);
  if (queue.length === 0) kernel.state.readySummary &= ~(1 << thread.priority);
}

/** The highest priority at which a thread is ready, or -1. */
export function highestReady(kernel: Kernel): number {
  return 31 - Math.clz32(kernel.state.readySummary);
}

/** Takes the first of the ready threads with that priority, which there must be. */
export function takeReady(kernel: Kernel, priority: number): number {
  const { state } = kernel;
  const queue = state.ready[priority];
  const id = queue.shift() as number;
  if (queue.length === 0) state.readySummary &= ~(1 << priority);
  return id;
}
