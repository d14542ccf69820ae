/** What the build made ahead of time for a faster start of the machine; in source form there is nothing. */

import { readFileSync } from 'node:fs';
import { type createMachine, compileInterpreter } from '../../emulator/index.ts';
import { withFlagsForInterpreter } from '../start/flags.ts';

export type Prepared = NonNullable<Parameters<typeof createMachine>[2]>;

export function prepared(): Prepared {
  if (import.meta.url.endsWith('.ts')) return {};
  try {
    const bytes = readFileSync(new URL('./interpreter.wasm', import.meta.url));
    return { interpreter: withFlagsForInterpreter(() => compileInterpreter(bytes)) };
  } catch {
    // The machine makes its own, which takes some hundred milliseconds.
    return {};
  }
}
