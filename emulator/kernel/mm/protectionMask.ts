/**
 * Protections as VADs and page table entries store them: the five bits of MMVAD_FLAGS.Protection. The lower three say
 * what may be done, the upper two are modifiers; the API's PAGE_* values are converted at the door.
 */

import {
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
  PAGE_GUARD,
  PAGE_NOACCESS,
  PAGE_NOCACHE,
  PAGE_READONLY,
  PAGE_READWRITE,
  PAGE_WRITECOMBINE,
  PAGE_WRITECOPY,
} from './protection.ts';

/** Five bits. */
export type ProtectionMask = number;

/** Reserved, never committed. */
export const MM_ZERO_ACCESS = 0;
export const MM_READONLY = 1;
export const MM_EXECUTE = 2;
export const MM_EXECUTE_READ = 3;
export const MM_READWRITE = 4;
export const MM_WRITECOPY = 5;
export const MM_EXECUTE_READWRITE = 6;
export const MM_EXECUTE_WRITECOPY = 7;
export const MM_NOCACHE = 0x08;
export const MM_GUARD_PAGE = 0x10;
/** Committed before and given back: the guard bit alone. */
export const MM_DECOMMIT = 0x10;
/** Both modifiers: no access when alone, write combining with an access. */
export const MM_NOACCESS = 0x18;
export const MM_WRITECOMBINE = 0x18;

const ACCESS = 7;
const MODIFIERS = 0x18;

/** By the mask's lower three bits. */
const VALUES = [
  PAGE_NOACCESS,
  PAGE_READONLY,
  PAGE_EXECUTE,
  PAGE_EXECUTE_READ,
  PAGE_READWRITE,
  PAGE_WRITECOPY,
  PAGE_EXECUTE_READWRITE,
  PAGE_EXECUTE_WRITECOPY,
];
/** System Informer's short forms, in the same order. */
const NAMES = ['NA', 'R', 'X', 'RX', 'RW', 'WC', 'RWX', 'WCX'];
const MODIFIER_VALUES: Readonly<Record<number, number>> = {
  [MM_NOCACHE]: PAGE_NOCACHE,
  [MM_GUARD_PAGE]: PAGE_GUARD,
  [MM_WRITECOMBINE]: PAGE_WRITECOMBINE,
};
const MODIFIER_NAMES: Readonly<Record<number, string>> = {
  [MM_NOCACHE]: '+NC',
  [MM_GUARD_PAGE]: '+G',
  [MM_WRITECOMBINE]: '+WCM',
};

/** The mask of a PAGE_* value: exactly one access and at most one modifier, none with PAGE_NOACCESS; else undefined. */
export function makeProtectionMask(protection: number): ProtectionMask | undefined {
  if (protection === PAGE_NOACCESS) return MM_NOACCESS;
  const access = VALUES.indexOf(protection & 0xff);
  if (access <= 0) return undefined;
  const modifier = protection & ~0xff;
  if (modifier === 0) return access;
  const found = Object.entries(MODIFIER_VALUES).find(([, value]) => value === modifier);
  return found && access | Number(found[0]);
}

/** The PAGE_* value that queries answer with; 0 for pages that are only reserved. */
export function protectionValue(mask: ProtectionMask): number {
  if (mask === MM_ZERO_ACCESS || mask === MM_DECOMMIT) return 0;
  if (mask === MM_NOACCESS) return PAGE_NOACCESS;
  return VALUES[mask & ACCESS] | (MODIFIER_VALUES[mask & MODIFIERS] ?? 0);
}

/** System Informer's short form, such as `RW+G`; empty for reserved pages. */
export function protectionName(mask: ProtectionMask): string {
  if (mask === MM_ZERO_ACCESS || mask === MM_DECOMMIT) return '';
  if (mask === MM_NOACCESS) return NAMES[0];
  return NAMES[mask & ACCESS] + (MODIFIER_NAMES[mask & MODIFIERS] ?? '');
}

/** The architecture has no execute-only pages without protection keys: PAGE_EXECUTE reads too. */
export function isReadable(mask: ProtectionMask): boolean {
  return (mask & ACCESS) !== 0;
}

export function isWritable(mask: ProtectionMask): boolean {
  return (mask & MM_READWRITE) !== 0;
}

export function isExecutable(mask: ProtectionMask): boolean {
  return (mask & MM_EXECUTE) !== 0;
}

export function isWriteCopy(mask: ProtectionMask): boolean {
  return (mask & MM_WRITECOPY) === MM_WRITECOPY;
}

/** The next touch raises STATUS_GUARD_PAGE_VIOLATION. */
export function isGuard(mask: ProtectionMask): boolean {
  return (mask & MODIFIERS) === MM_GUARD_PAGE && (mask & ACCESS) !== 0;
}

export function withoutGuard(mask: ProtectionMask): ProtectionMask {
  return isGuard(mask) ? mask & ACCESS : mask;
}

/** Write access that goes to a private copy: what views of images and write-copy views get when they ask for more. */
export function asWriteCopy(mask: ProtectionMask): ProtectionMask {
  return isWritable(mask) ? mask | MM_WRITECOPY : mask;
}

/** A write-copy page that has been written is an ordinary writable one. */
export function afterCopy(mask: ProtectionMask): ProtectionMask {
  return isWriteCopy(mask) ? mask & ~1 : mask;
}

/** Accesses (as bits by their number) that views may have of a section with an access (MSDN, MapViewOfFile). */
const COMPATIBLE = [
  [],
  [MM_READONLY, MM_WRITECOPY],
  [MM_EXECUTE],
  [MM_READONLY, MM_EXECUTE, MM_EXECUTE_READ, MM_WRITECOPY, MM_EXECUTE_WRITECOPY],
  [MM_READONLY, MM_READWRITE, MM_WRITECOPY],
  [MM_READONLY, MM_WRITECOPY],
  [1, 2, 3, 4, 5, 6, 7],
  [MM_READONLY, MM_EXECUTE, MM_EXECUTE_READ, MM_WRITECOPY, MM_EXECUTE_WRITECOPY],
];

/** Whether pages of a section created with `section` may be shown with `view`. No access is always allowed. */
export function isCompatible(section: ProtectionMask, view: ProtectionMask): boolean {
  return !isReadable(view) || COMPATIBLE[section & ACCESS].includes(view & ACCESS);
}
