/** Processes that have ended and that nobody has waited for. */

import type { ProcessorTime } from './processorTime.ts';

export interface Zombie {
  pid: number;
  parent: number;
  /** Who traced it and is not its parent: that one waits for it first (ptrace(2)). 0 for none. */
  tracer: number;
  processGroup: number;
  uid: number;
  /** As wait(2) gives it. */
  status: number;
  exitSignal: number;
  /** Its waited-for children included. */
  time: ProcessorTime;
  /** Most pages that it or a child that it waited for had. */
  peak: number;
}
