/** Stack frames that the client may ask about again. */

import type { GuestFrame } from '../emulator/index.ts';

/** A frame of the guest; label frames are no frames and have no number that means anything here. */
export interface Frame {
  readonly process: number;
  readonly thread: number;
  /** 0 is the innermost: the only one whose registers are all known. */
  readonly level: number;
  readonly guest: GuestFrame;
}

export function frameKey(thread: number, level: number): string {
  return `${thread}/${level}`;
}
