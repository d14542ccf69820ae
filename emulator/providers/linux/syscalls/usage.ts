/** `struct rusage` (getrusage(2)): time is counted, the rest is zero. */

import { NANOSECONDS } from '../abi/time.ts';
import { setLongAt } from '../userMemory.ts';

const RUSAGE_SIZE = 144;

/** All time is user time: the provider's own work costs the guest nothing. */
export function encodeUsage(nanoseconds: number, peakPages = 0, faults = 0): Uint8Array {
  const bytes = new Uint8Array(RUSAGE_SIZE);
  const view = new DataView(bytes.buffer);
  setLongAt(view, 0, Math.floor(nanoseconds / NANOSECONDS));
  setLongAt(view, 8, Math.floor((nanoseconds % NANOSECONDS) / 1000));
  setLongAt(view, 32, peakPages * 4);
  setLongAt(view, 64, faults);
  return bytes;
}
