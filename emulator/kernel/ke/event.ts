/** Events: the dispatcher objects that threads wait for. */

import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { getEvent } from './dispatcherObject.ts';
import type { Event } from './dispatcherObject.ts';
import { trySatisfy } from './wait.ts';

export function createEvent(kernel: Kernel, kind: Event['kind'], signaled = false): number {
  const id = nextObject(kernel);
  kernel.state.events.set(id, { id, kind, signaled, waiters: [] });
  return id;
}

/** Signals the event: lets all waiters of a notification event go, or one of a synchronization event. */
export function setEvent(kernel: Kernel, id: number): void {
  const event = getEvent(kernel, id);
  event.signaled = true;
  releaseWaiters(kernel, event);
}

export function clearEvent(kernel: Kernel, id: number): void {
  getEvent(kernel, id).signaled = false;
}

/** Lets the present waiters go and leaves the event unsignaled. */
export function pulseEvent(kernel: Kernel, id: number): void {
  const event = getEvent(kernel, id);
  event.signaled = true;
  releaseWaiters(kernel, event);
  event.signaled = false;
}

/** Ends the event; present waiters go. */
export function deleteEvent(kernel: Kernel, id: number): void {
  const event = getEvent(kernel, id);
  event.kind = 'notification';
  event.signaled = true;
  releaseWaiters(kernel, event);
  kernel.state.events.delete(id);
}

function releaseWaiters(kernel: Kernel, event: Event): void {
  for (const id of event.waiters.slice()) {
    if (!event.signaled) return;
    const thread = kernel.state.threads.get(id);
    if (thread) trySatisfy(kernel, thread);
  }
}
