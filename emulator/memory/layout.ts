/**
 * Where things lie in a process's window: the first 4 GiB of its guest addresses, one WebAssembly memory in which guest
 * address = offset. Two ranges of it are hidden from the guest: the fast path denies them, and guest pages with such
 * addresses live behind the page table only (slower, otherwise the same).
 */

/** Guest addresses below this can be in the window. */
export const WINDOW_LIMIT = 0x1_0000_0000;

/** Hidden: `[0, HIDDEN_LOW_END)`. Guests map nothing below 64 KiB and link images at 4 MiB. */
export const HIDDEN_LOW_END = 0x40_0000;
/** Register file of the running thread (`cpu/registers.ts`), then scratch words of the processor, to 0x1fff. */
export const STATE_BASE = 0x1000;
/** Where an access is served that cannot be served in place: 1 KiB. */
export const BOUNCE_BASE = 0x2000;
export const BOUNCE_SIZE = 0x400;
/** Free for the processor's own tables. */
export const PROCESSOR_LOW_BASE = 0x3000;
export const PROCESSOR_LOW_END = 0x10_0000;
/** Permission bytes, one a page of the window: reads, then writes. */
export const READ_TABLE = 0x10_0000;
export const WRITE_TABLE = 0x20_0000;
/** Free for the processor's own tables. */
export const PROCESSOR_MIDDLE_BASE = 0x30_0000;
export const PROCESSOR_MIDDLE_END = HIDDEN_LOW_END;

/** Hidden: decoded instructions. Large static images end below it, position-independent ones start above. */
export const CODE_CACHE_BASE = 0x0800_0000;
export const CODE_CACHE_END = 0x1000_0000;
/** The part of it that hot code has for its own tables, up to CODE_CACHE_END. */
export const HOT_DATA_BASE = 0x0f00_0000;

/** Size of the window when a process starts; it grows with the highest page in it. */
export const INITIAL_WINDOW = 0x2400_0000;

/** Values of a permission byte. Fresh memory denies: filling the tables would be the longest step of making a window. */
export const ALLOWED = 2; // this page, and the next one too: an access may run over the page's end
export const ALLOWED_WITHIN = 3; // this page only
export const DENIED = 0; // take the slow path

export function isHidden(page: number): boolean {
  return page < HIDDEN_LOW_END / 4096 || (page >= CODE_CACHE_BASE / 4096 && page < CODE_CACHE_END / 4096);
}
