/**
 * Waiting. A wait holds no stack: the thread is taken off the processor, and when the wait ends its system call starts
 * again from the beginning and finds in `thread.outcome` how it ended.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { Thread, WaitOutcome } from '../ps/thread.ts';
import { getEvent } from './dispatcherObject.ts';

export interface WaitRequest {
  /** Events; may be empty for a mere delay. */
  readonly objects: readonly number[];
  /** All of them, not any. */
  readonly all?: boolean;
  /** Absolute virtual time in ns at which the wait gives up. */
  readonly due?: number;
  /** A user APC ends the wait. */
  readonly alertable?: boolean;
  /** For people: `pipe read`. */
  readonly reason: string;
}

/** KeWaitForMultipleObjects. Returns at once; the thread may already be ready again when its objects are signaled. */
export function waitForObjects(kernel: Kernel, thread: Thread, request: WaitRequest): void {
  assert(thread.state !== 'waiting', 'a thread waits once at a time');
  thread.wait = {
    objects: [...request.objects],
    all: request.all ?? false,
    alertable: request.alertable ?? false,
    due: request.due ?? -1,
    reason: request.reason,
  };
  if (thread.wait.due >= 0) kernel.nextDue = undefined;
  thread.outcome = undefined;
  thread.state = 'waiting';
  thread.inSystemCall = true;
  for (const id of thread.wait.objects) getEvent(kernel, id).waiters.push(thread.id);
  if (thread.wait.alertable && thread.apcs.length) endWait(kernel, thread, { kind: 'alerted' });
  else if (thread.wait.objects.length) trySatisfy(kernel, thread);
}

/** Makes the thread ready again. */
export function endWait(kernel: Kernel, thread: Thread, outcome: WaitOutcome): void {
  assert(thread.wait, 'a thread whose wait ends waits');
  for (const id of thread.wait.objects) {
    const event = kernel.state.events.get(id);
    const index = event ? event.waiters.indexOf(thread.id) : -1;
    if (event && index >= 0) event.waiters.splice(index, 1);
  }
  if (thread.wait.due >= 0) kernel.nextDue = undefined;
  thread.wait = undefined;
  thread.outcome = outcome;
  thread.state = 'ready';
  if (thread.suspendCount === 0) kernel.state.ready.push(thread.id);
}

/** Ends the thread's wait if its objects allow it, taking what synchronization events give. */
export function trySatisfy(kernel: Kernel, thread: Thread): boolean {
  const { wait } = thread;
  assert(wait, 'a waiter waits');
  const events = wait.objects.map(id => getEvent(kernel, id));
  const first = events.findIndex(event => event.signaled);
  if (wait.all ? events.some(event => !event.signaled) : first < 0) return false;
  for (const event of wait.all ? events : [events[first]]) if (event.kind === 'synchronization') event.signaled = false;
  endWait(kernel, thread, { kind: 'object', object: wait.all ? 0 : first });
  return true;
}
