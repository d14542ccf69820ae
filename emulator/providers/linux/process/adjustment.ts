/** What adjtimex(2) was told, and how it is before anybody says anything. */

/** Microseconds between ticks at USER_HZ, and a tenth of it either way (linux/timex.h). */
export const TICK = 10_000;
/** Microseconds. */
export const MOST_PHASE = 16_000_000;
export const STA_UNSYNC = 0x40;

/** What adjtimex(2) remembers; units as there. */
export interface Adjustment {
  offset: number;
  frequency: number;
  maxError: number;
  estimatedError: number;
  /** STA_* */
  status: number;
  constant: number;
  tick: number;
  tai: number;
  /** What adjtime(3) still has to move, in microseconds. */
  single: number;
}

/** As the kernel boots. */
export function freshAdjustment(): Adjustment {
  return {
    offset: 0,
    frequency: 0,
    maxError: MOST_PHASE,
    estimatedError: MOST_PHASE,
    status: STA_UNSYNC,
    constant: 2,
    tick: TICK,
    tai: 0,
    single: 0,
  };
}
