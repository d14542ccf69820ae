/** What threads can wait for, as data. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';

export interface Event {
  id: number;
  /** A synchronization event is reset by the one waiter that it lets go. */
  kind: 'notification' | 'synchronization';
  signaled: boolean;
  /** Waiting threads, first come first served. */
  waiters: number[];
}

export function getEvent(kernel: Kernel, id: number): Event {
  const event = kernel.state.events.get(id);
  assert(event, `there is no event ${id}`);
  return event;
}
