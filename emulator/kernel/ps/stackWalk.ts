/** PsPicoWalkUserStack: where the kernel wants to know how a pico thread got where it is, its provider walks the stack. */

import { enterGuardedRegion, leaveGuardedRegion } from '../ke/apc.ts';
import type { Kernel } from '../kernel.ts';
import type { TrapFrame } from './pico.ts';
import { getProcess } from './process.ts';
import type { Thread } from './thread.ts';

/** Return addresses, innermost first, at most `count`; none for threads without a provider. No APC comes in between. */
export function walkPicoStack(kernel: Kernel, thread: Thread, frame: TrapFrame, count: number): readonly number[] {
  const provider = kernel.providers[getProcess(kernel, thread.process).provider];
  if (!provider) return [];
  enterGuardedRegion(thread);
  const callers = provider.routines.walkUserStack(thread, frame, count);
  leaveGuardedRegion(thread);
  return callers.slice(0, count);
}
