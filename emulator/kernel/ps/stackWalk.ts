/** PsPicoWalkUserStack: where the kernel wants to know how a pico thread got where it is, its provider walks the stack. */

import { RBP, RSP } from '../../cpu/registers.ts';
import { longAt, viewOf } from '../../formats/bytes.ts';
import { enterGuardedRegion, leaveGuardedRegion } from '../ke/apc.ts';
import type { Kernel } from '../kernel.ts';
import { peekUser } from '../mm/peek.ts';
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

/** RtlWalkFrameChain: return addresses along the chain of frame pointers, for providers that know no better. */
export function walkFrameChain(kernel: Kernel, thread: Thread, frame: TrapFrame, count: number): number[] {
  const process = getProcess(kernel, thread.process);
  const addresses: number[] = [];
  let at = frame.number(RBP);
  let below = frame.number(RSP);
  while (addresses.length < count && at >= below && at % 8 === 0) {
    const pair = peekUser(kernel, process, at, 16);
    if (pair.length < 16) break;
    const view = viewOf(pair);
    const returnAddress = longAt(view, 8);
    if (returnAddress === 0) break;
    addresses.push(returnAddress);
    below = at + 16;
    at = longAt(view, 0);
  }
  return addresses;
}
