/**
 * Addresses and pages. A guest address is a plain number: canonical user addresses have 47 bits and a double holds 53
 * exactly. A page number is the address divided by the page size.
 */

export const PAGE_SIZE = 4096;
export const PAGE_SHIFT = 12;
/** First address above the user half of the address space (SDM vol. 1, 3.3.7.1). */
export const USER_LIMIT = 0x8000_0000_0000;

export function pageOf(address: number): number {
  return Math.floor(address / PAGE_SIZE);
}

export function pageStart(address: number): number {
  return address - (address % PAGE_SIZE);
}

/** The smallest multiple of `unit` that is not below `value`. */
export function roundUp(value: number, unit = PAGE_SIZE): number {
  return Math.ceil(value / unit) * unit;
}

export function roundDown(value: number, unit = PAGE_SIZE): number {
  return Math.floor(value / unit) * unit;
}

/** How many pages `[address, address + size)` touches. */
export function pageCount(address: number, size: number): number {
  return size === 0 ? 0 : pageOf(address + size - 1) - pageOf(address) + 1;
}

/** `0x…` with at least `digits` hexadecimal digits. */
export function hex(value: number | bigint, digits = 1): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}
