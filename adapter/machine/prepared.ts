/** What the build made ahead of time for a faster start of the machine; in source form there is nothing. */

import { readFileSync } from 'node:fs';
import type { createMachine } from '../../emulator/index.ts';

export type Prepared = NonNullable<Parameters<typeof createMachine>[2]>;

export function prepared(): Prepared {
  if (import.meta.url.endsWith('.ts')) return {};
  try {
    return { interpreter: new Uint8Array(readFileSync(new URL('./interpreter.wasm', import.meta.url))) };
  } catch {
    // The machine makes its own, which takes some hundred milliseconds.
    return {};
  }
}
