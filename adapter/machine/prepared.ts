/** What the host has ready for a machine: what the build made ahead of time for a faster start, and ntdll.dll. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuLevel, type createMachine, compileInterpreter, DEFAULT_CPU } from '../../emulator/index.ts';
import { withFlagsForInterpreter } from '../start/flags.ts';

export type Prepared = NonNullable<Parameters<typeof createMachine>[2]>;

export function prepared(cpu: CpuLevel = DEFAULT_CPU): Prepared {
  try {
    const bytes = readFileSync(join(import.meta.dirname, `interpreter.${cpu}.wasm`));
    return { ntdll, interpreter: withFlagsForInterpreter(() => compileInterpreter(bytes)) };
  } catch {
    // There is none beside a source: the machine makes its own, which takes some hundred milliseconds.
    return { ntdll };
  }
}

/** Beside a bundle, and where it is built from beside a source. */
const NTDLL_PLACES = ['nt/ntdll.dll', '../../samples/nt/ntdll/ntdll.dll'];

/** The DLL of traditional processes; read only when a Windows program is launched. */
export function ntdll(): Uint8Array | undefined {
  const place = NTDLL_PLACES.map(name => join(import.meta.dirname, name)).find(file => existsSync(file));
  return place === undefined ? undefined : new Uint8Array(readFileSync(place));
}
