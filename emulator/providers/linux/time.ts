/** Clocks of the guest: all of them run on the machine's virtual time. */

import { systemTime } from '../../kernel/io/volume/file.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { NANOSECONDS } from './abi/time.ts';
import type { Timespec } from './abi/stat.ts';

/** CLOCK_REALTIME. */
export function now(kernel: Kernel): Timespec {
  return systemTime(kernel);
}

/** `nanoseconds` after `seconds`. */
export function toTimespec(nanoseconds: number, seconds = 0): Timespec {
  const whole = Math.floor(nanoseconds / NANOSECONDS);
  return { seconds: seconds + whole, nanoseconds: Math.floor(nanoseconds - whole * NANOSECONDS) };
}

export function toNanoseconds(time: Timespec): number {
  return time.seconds * NANOSECONDS + time.nanoseconds;
}

/** Virtual time (ns since boot) of a moment of CLOCK_REALTIME. */
export function realtimeToVirtual(kernel: Kernel, time: Timespec): number {
  const bootSeconds = Math.floor(kernel.state.bootTime / NANOSECONDS);
  return (
    (time.seconds - bootSeconds) * NANOSECONDS + time.nanoseconds - (kernel.state.bootTime - bootSeconds * NANOSECONDS)
  );
}

export function isValidTime(time: Timespec): boolean {
  return time.seconds >= 0 && time.nanoseconds >= 0 && time.nanoseconds < NANOSECONDS;
}
