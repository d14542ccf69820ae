/** User APCs: work that a thread does on its way out to user mode. */

import type { Kernel } from '../kernel.ts';
import type { Thread } from '../ps/thread.ts';
import { endWait } from './wait.ts';

/** Queues the provider's APC routine of that name, once; ends an alertable wait. */
export function queueUserApc(kernel: Kernel, thread: Thread, routine: string): void {
  if (thread.state === 'terminated') return;
  if (!thread.apcs.includes(routine)) thread.apcs.push(routine);
  if (thread.state === 'waiting' && thread.wait?.alertable) endWait(kernel, thread, { kind: 'alerted' });
}
