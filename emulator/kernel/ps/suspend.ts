/** PsSuspendThread and PsResumeThread. */

import type { Kernel } from '../kernel.ts';
import type { Thread } from './thread.ts';

/** Takes one suspension back; with the last one the thread may run. */
export function resumeThread(kernel: Kernel, thread: Thread): void {
  if (thread.suspendCount === 0 || --thread.suspendCount > 0) return;
  if (thread.state === 'initialized') thread.state = 'ready';
  if (thread.state === 'ready') kernel.state.ready.push(thread.id);
}

/** Keeps the thread from running until it is resumed as often. A wait goes on meanwhile. */
export function suspendThread(kernel: Kernel, thread: Thread): void {
  if (thread.suspendCount++ > 0) return;
  const ready = kernel.state.ready.indexOf(thread.id);
  if (ready >= 0) kernel.state.ready.splice(ready, 1);
  if (thread.state === 'running') {
    thread.state = 'ready';
    kernel.state.current = 0;
  }
}
