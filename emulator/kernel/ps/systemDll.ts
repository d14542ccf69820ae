/** PsInitializeSystemDll: ntdll.dll, which every traditional process maps, and where the kernel enters it. */

import { FormatError } from '../../formats/formatError.ts';
import { readExports, readPe } from '../../formats/pe.ts';
import type { Kernel } from '../kernel.ts';
import { createImageFileSection } from '../mm/imageFile.ts';
import { getSection } from '../mm/section.ts';
import { succeeded } from '../status.ts';

/** What the kernel must find in the DLL. */
export const SYSTEM_DLL_ENTRIES = [
  'LdrInitializeThunk',
  'RtlUserThreadStart',
  'KiUserApcDispatcher',
  'KiUserExceptionDispatcher',
] as const;

export type SystemDllEntry = (typeof SYSTEM_DLL_ENTRIES)[number];

/** The record in the kernel's state; the same place in every process. */
export interface SystemDll {
  readonly section: number;
  readonly base: number;
  /** Addresses. */
  readonly entries: Readonly<Record<SystemDllEntry, number>>;
}

export const SYSTEM_DLL_PATH = 'C:\\Windows\\System32\\ntdll.dll';

export function systemDll(kernel: Kernel): SystemDll | undefined {
  return kernel.state.systemDll;
}

/** Makes the DLL known from the bytes of its file. A sentence if they will not do. */
export function initializeSystemDll(kernel: Kernel, bytes: Uint8Array): string | undefined {
  try {
    const exports = new Map(readExports(bytes, readPe(bytes)).map(({ name, address }) => [name, address]));
    const lacking = SYSTEM_DLL_ENTRIES.find(name => !exports.has(name));
    if (lacking) return `ntdll.dll does not export ${lacking}.`;
    const { status, section } = createImageFileSection(kernel, bytes, bytes);
    if (!succeeded(status)) return `ntdll.dll has no place in the address space (status 0x${status.toString(16)}).`;
    const base = getSection(kernel, section).image?.base ?? 0;
    const entries = Object.fromEntries(
      SYSTEM_DLL_ENTRIES.map(name => [name, base + (exports.get(name) as number)]),
    ) as Record<SystemDllEntry, number>;
    kernel.state.systemDll = { section, base, entries };
    return undefined;
  } catch (error) {
    if (error instanceof FormatError) return `ntdll.dll: ${error.message}`;
    throw error;
  }
}
