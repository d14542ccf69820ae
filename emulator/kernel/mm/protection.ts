/** Page protections and allocation types, spelled and valued as in winnt.h. */

export const PAGE_NOACCESS = 0x01;
export const PAGE_READONLY = 0x02;
export const PAGE_READWRITE = 0x04;
export const PAGE_WRITECOPY = 0x08;
export const PAGE_EXECUTE = 0x10;
export const PAGE_EXECUTE_READ = 0x20;
export const PAGE_EXECUTE_READWRITE = 0x40;
export const PAGE_EXECUTE_WRITECOPY = 0x80;
export const PAGE_GUARD = 0x100;

export const MEM_COMMIT = 0x1000;
export const MEM_RESERVE = 0x2000;
export const MEM_DECOMMIT = 0x4000;
export const MEM_RELEASE = 0x8000;
export const MEM_FREE = 0x1_0000;
export const MEM_PRIVATE = 0x2_0000;
export const MEM_MAPPED = 0x4_0000;
export const MEM_TOP_DOWN = 0x10_0000;
export const MEM_IMAGE = 0x100_0000;
/** Page (4 KiB) instead of 64 KiB granularity: how pico providers map. */
export const MEM_DOS_LIM = 0x4000_0000;

const READABLE =
  PAGE_READONLY | PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
const WRITABLE = PAGE_READWRITE | PAGE_WRITECOPY | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;
const EXECUTABLE = PAGE_EXECUTE | PAGE_EXECUTE_READ | PAGE_EXECUTE_READWRITE | PAGE_EXECUTE_WRITECOPY;

/** The architecture has no execute-only pages without protection keys: PAGE_EXECUTE reads too. */
export function isReadable(protection: number): boolean {
  return (protection & (READABLE | PAGE_EXECUTE)) !== 0;
}

export function isWritable(protection: number): boolean {
  return (protection & WRITABLE) !== 0;
}

export function isExecutable(protection: number): boolean {
  return (protection & EXECUTABLE) !== 0;
}

export function isWriteCopy(protection: number): boolean {
  return (protection & (PAGE_WRITECOPY | PAGE_EXECUTE_WRITECOPY)) !== 0;
}

/** Exactly one base protection, with no modifier but PAGE_GUARD. */
export function isValidProtection(protection: number): boolean {
  const base = protection & ~PAGE_GUARD;
  return (
    base !== 0 &&
    base <= PAGE_EXECUTE_WRITECOPY &&
    (base & (base - 1)) === 0 &&
    protection !== (PAGE_NOACCESS | PAGE_GUARD)
  );
}

const NAMES: readonly [number, string][] = [
  [PAGE_NOACCESS, 'NA'],
  [PAGE_READONLY, 'R'],
  [PAGE_READWRITE, 'RW'],
  [PAGE_WRITECOPY, 'WC'],
  [PAGE_EXECUTE, 'X'],
  [PAGE_EXECUTE_READ, 'RX'],
  [PAGE_EXECUTE_READWRITE, 'RWX'],
  [PAGE_EXECUTE_WRITECOPY, 'WCX'],
];

/** System Informer's short form, such as `RW+G`; empty for reserved pages. */
export function protectionName(protection: number): string {
  const base = NAMES.find(([value]) => (protection & value) !== 0);
  if (!base) return '';
  return protection & PAGE_GUARD ? `${base[1]}+G` : base[1];
}
