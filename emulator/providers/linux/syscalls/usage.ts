/** `struct rusage` (getrusage(2)): time, memory and faults are counted, the rest is zero. */

import { NANOSECONDS } from '../abi/time.ts';
import type { ProcessorTime } from '../process/processorTime.ts';
import { setLongAt } from '../userMemory.ts';

const RUSAGE_SIZE = 144;

export function encodeUsage({ user, system }: ProcessorTime, peakPages = 0, faults = 0): Uint8Array {
  const bytes = new Uint8Array(RUSAGE_SIZE);
  const view = new DataView(bytes.buffer);
  for (const [index, time] of [user, system].entries()) {
    setLongAt(view, 16 * index, Math.floor(time / NANOSECONDS));
    setLongAt(view, 16 * index + 8, Math.floor((time % NANOSECONDS) / 1000));
  }
  setLongAt(view, 32, peakPages * 4);
  setLongAt(view, 64, faults);
  return bytes;
}
