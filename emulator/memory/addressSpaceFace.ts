/** An address space as the processor sees it. */

import type { Window } from './window.ts';

export interface Watch {
  readonly address: number;
  readonly size: number;
  readonly access: 'read' | 'write' | 'both';
}

/** What the processor uses of an address space. */
export interface AddressSpaceFace {
  readonly window: Window;
  /** Set when {@link load}, {@link store} or {@link fetch} refuse: where, and the page fault's error code. */
  faultAddress: number;
  faultCode: number;
  /**
   * Slow path of a read of `size` (1 to 1024) bytes at `high:low`. Returns the window offset to read them from: the
   * place itself or the bounce buffer; or 0 after a fault.
   */
  load(low: number, high: number, size: number): number;
  /**
   * Slow path of a write, or of a read and write, of `size` bytes: returns the offset to write to, where the old bytes
   * stand; or 0 after a fault. {@link commitStore} completes it.
   */
  store(low: number, high: number, size: number): number;
  /** Completes the last {@link store}: moves bounced bytes to their frames, and tells who depends on them. */
  commitStore(): void;
  /** Executable bytes at `address`, at most `into.length`; returns how many, 0 after a fault. */
  fetch(address: number, into: Uint8Array): number;
  /** Debugger's read: any present page, no side effects; returns how many bytes in a row. */
  peek(address: number, into: Uint8Array): number;
  /** Writes to this page, and changes of it, are reported to {@link onCodeWrite} from now on. */
  markCode(page: number): void;
  onCodeWrite: ((address: number, size: number) => void) | undefined;
  /** The first watched access since it was last cleared. */
  watchHit: { address: number; size: number; access: 'read' | 'write' } | undefined;
}
