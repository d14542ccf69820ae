/** Checked memory as places, from the window offset of their bytes. */

import type { Place } from './emitter.ts';
import type { Code } from './wasm/code.ts';
import type { I32 } from './wasm/expression.ts';
import { loadBytes, storeBytes } from './wasm/widths.ts';

export function readingPlace(code: Code, at: I32, size: number): Place {
  return {
    read: () => code.keep(loadBytes(size, at)),
    write: () => {
      throw new Error('the place is for reading');
    },
  };
}

/** `written` completes a write. */
export function writingPlace(code: Code, at: I32, size: number, written: () => void): Place {
  return {
    read: () => code.keep(loadBytes(size, at)),
    write: value => {
      storeBytes(code, size, at, 0, value);
      written();
    },
  };
}
