/** Events (KEVENT): set by somebody, waited for by others. */

import type { Kernel } from '../kernel.ts';
import { createDispatcherObject, dispatcherObjectOf } from './dispatcherObject.ts';
import type { SignalKind } from './dispatcherObject.ts';
import { deleteDispatcherObject, releaseWaiters } from './wait.ts';

export function createEvent(kernel: Kernel, kind: SignalKind, signaled = false): number {
  return createDispatcherObject(kernel, { type: 'event', kind, signalState: signaled ? 1 : 0 });
}

/**
 * Signals the event: lets all waiters of a notification event go, or one of a synchronization event, with that boost of
 * priority. Answers with the former state.
 */
export function setEvent(kernel: Kernel, id: number, increment = 0): number {
  const event = dispatcherObjectOf(kernel, id, 'event');
  const previous = event.signalState;
  event.signalState = 1;
  releaseWaiters(kernel, event, increment);
  return previous;
}

/** KeResetEvent; answers with the former state. */
export function clearEvent(kernel: Kernel, id: number): number {
  const event = dispatcherObjectOf(kernel, id, 'event');
  const previous = event.signalState;
  event.signalState = 0;
  return previous;
}

/** Lets the present waiters go and leaves the event unsignaled. Answers with the former state. */
export function pulseEvent(kernel: Kernel, id: number, increment = 0): number {
  const previous = setEvent(kernel, id, increment);
  clearEvent(kernel, id);
  return previous;
}

/** Ends the event; present waiters go. */
export function deleteEvent(kernel: Kernel, id: number): void {
  deleteDispatcherObject(kernel, id);
}
