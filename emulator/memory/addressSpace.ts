/** (interface sketch, implementation follows) */
import type { Window } from './window.ts';

/** What the processor sees of one process's memory. */
export interface AddressSpaceFace {
  readonly window: Window;
  /** Set when {@link load}, {@link store} or {@link fetch} refuse: the failing address and the page fault error code. */
  faultAddress: number;
  faultCode: number;
  /** Slow path of a read of `size` (1 to 64) bytes at `high:low`. Returns the window offset to read from (the place itself or the bounce buffer), or 0 after a fault. */
  load(low: number, high: number, size: number): number;
  /** Slow path of a write (or read-modify-write; old contents are there). Returns the offset to write to, or 0 after a fault. After the write call {@link commitStore}. */
  store(low: number, high: number, size: number): number;
  /** Completes the last {@link store}: moves bounced bytes to their frames, tells code and watch observers. Does nothing when the store was in place. */
  commitStore(): void;
  /** Instruction bytes at `address`, as many as are executable, at most `into.length`; 0 after a fault. */
  fetch(address: number, into: Uint8Array): number;
  /** Bytes at `address` without side effects (debugger view); returns how many are readable in a row. */
  peek(address: number, into: Uint8Array): number;
  /** From now on writes to this page take the slow path and are reported to `onCodeWrite` before commitStore returns. Also called when the page is unmapped, replaced or loses execute permission. */
  markCode(page: number): void;
  onCodeWrite: ((address: number, size: number) => void) | undefined;
  /** The first watched range that a load or store touched since it was last cleared. */
  watchHit: { address: number; size: number; access: 'read' | 'write' } | undefined;
}
