/** Time-outs of services. */

import { NS_PER_UNIT, systemTime } from '../ke/sharedUserData.ts';
import type { Kernel } from '../kernel.ts';

/** A time-out as NT counts it, in 100 ns: negative from now on, positive as system time. Virtual time in ns. */
export function dueTime(kernel: Kernel, timeout: number | undefined): number | undefined {
  if (timeout === undefined) return undefined;
  const { time } = kernel.state;
  if (timeout <= 0) return time - timeout * NS_PER_UNIT;
  return Math.max(time, time + (timeout - systemTime(kernel, time)) * NS_PER_UNIT);
}
