/** What the build made ahead of time for a faster start of the machine; in source form there is nothing. */

import { readFileSync } from 'node:fs';
import { DEFAULT_CPU } from '../../emulator/index.ts';
import type { CpuLevel, createMachine } from '../../emulator/index.ts';

export type Prepared = NonNullable<Parameters<typeof createMachine>[2]>;

export function prepared(cpu: CpuLevel = DEFAULT_CPU): Prepared {
  if (import.meta.url.endsWith('.ts')) return {};
  try {
    return { interpreter: new Uint8Array(readFileSync(new URL(`./interpreter.${cpu}.wasm`, import.meta.url))) };
  } catch {
    // The machine makes its own, which takes some hundred milliseconds.
    return {};
  }
}
