/** Why the processor stopped running guest code. Leaving is a value: the processor never calls upward. */

/** Exception vectors that user code can raise (SDM vol. 3, table 6-1). */
export const DE = 0;
export const DB = 1;
export const BP = 3;
export const OF_TRAP = 4;
export const BR = 5;
export const UD = 6;
export const NM = 7;
export const SS = 12;
export const GP = 13;
export const PAGE_FAULT = 14;
export const MF = 16;
export const ALIGNMENT = 17;
export const XM = 19;

export const VECTOR_NAMES: Readonly<Record<number, string>> = {
  0: '#DE',
  1: '#DB',
  3: '#BP',
  4: '#OF',
  5: '#BR',
  6: '#UD',
  7: '#NM',
  12: '#SS',
  13: '#GP',
  14: '#PF',
  16: '#MF',
  17: '#AC',
  19: '#XM',
};

/** Bits of a page fault's error code (SDM vol. 3, 4.7). */
export const PF_PRESENT = 1;
export const PF_WRITE = 2;
export const PF_USER = 4;
export const PF_FETCH = 16;

export interface Fault {
  readonly kind: 'fault';
  readonly vector: number;
  readonly errorCode: number;
  /** For page faults the linear address (CR2); otherwise 0. */
  readonly address: number;
  /** For #UD: what the decoder made of the bytes, for the log; otherwise absent. */
  readonly detail?: string;
}

export interface WatchHit {
  readonly kind: 'watchpoint';
  readonly address: number;
  readonly size: number;
  readonly access: 'read' | 'write';
}

/**
 * - `systemCall`: RIP is on the `syscall` instruction, nothing of it has happened yet; the kernel's trap entry does the
 *   instruction's own work (RCX, R11, RIP).
 * - `fault`: as before the instruction, RIP on it. After the traps #BP and #DB, RIP is behind the instruction.
 * - `breakpoint`: RIP on an instruction that has a breakpoint; it has not run.
 * - `watchpoint`: the instruction that touched a watched range has run; RIP is behind it.
 * - `budget`: as many instructions as asked for have retired.
 */
export type Exit = Fault | WatchHit | { readonly kind: 'systemCall' | 'breakpoint' | 'budget' };
