/** Processes that have ended and that nobody has waited for. */

export interface Zombie {
  pid: number;
  parent: number;
  processGroup: number;
  uid: number;
  /** As wait(2) gives it. */
  status: number;
  exitSignal: number;
  /** Nanoseconds of processor time, its waited-for children included. */
  time: number;
  /** Most pages that it or a child that it waited for had. */
  peak: number;
}
