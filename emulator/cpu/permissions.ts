/** What generated code asks the permission bytes (`memory/layout.ts`). */

import { ALLOWED, ALLOWED_WITHIN, READ_TABLE, WRITE_TABLE } from '../memory/layout.ts';
import type { I32 } from './wasm/expression.ts';
import { i32 } from './wasm/scalar.ts';

/** Of {@link closedFor}: the page is allowed, but not the one behind it. */
export const CLOSED_AT_END = ALLOWED ^ ALLOWED_WITHIN;

/** Nonzero where the page of `low` is not open together with the next one. */
export function closedFor(access: 'read' | 'write', low: I32): I32 {
  return i32.xor(i32.load8u(i32.shru(low, 12), access === 'read' ? READ_TABLE : WRITE_TABLE), ALLOWED);
}
