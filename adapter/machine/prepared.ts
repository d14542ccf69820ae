/** What the build made ahead of time for a faster start of the machine; in source form there is nothing. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CpuLevel, type createMachine, compileInterpreter, DEFAULT_CPU } from '../../emulator/index.ts';
import { withFlagsForInterpreter } from '../start/flags.ts';

export type Prepared = NonNullable<Parameters<typeof createMachine>[2]>;

export function prepared(cpu: CpuLevel = DEFAULT_CPU): Prepared {
  try {
    const bytes = readFileSync(join(import.meta.dirname, `interpreter.${cpu}.wasm`));
    return { interpreter: withFlagsForInterpreter(() => compileInterpreter(bytes)) };
  } catch {
    // There is none beside a source: the machine makes its own, which takes some hundred milliseconds.
    return {};
  }
}
