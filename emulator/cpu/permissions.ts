/** What generated code asks the permission bytes (`memory/layout.ts`). */

import { PAGE_SIZE } from '../base/pages.ts';
import { ALLOWED, ALLOWED_WITHIN, READ_TABLE, WRITE_TABLE } from '../memory/layout.ts';
import type { Code } from './wasm/code.ts';
import { select } from './wasm/expression.ts';
import type { I32, I64 } from './wasm/expression.ts';
import { i32 } from './wasm/scalar.ts';
import { highHalf, lowHalf } from './wasm/widths.ts';

/** Of {@link closedFor}: the page is allowed, but not the one behind it. */
export const CLOSED_AT_END = ALLOWED ^ ALLOWED_WITHIN;

/** What both ways of being allowed have in common. */
const OPEN = ALLOWED & ALLOWED_WITHIN;

function permission(access: 'read' | 'write', low: I32): I32 {
  return i32.load8u(i32.shru(low, 12), access === 'read' ? READ_TABLE : WRITE_TABLE);
}

/**
 * Nonzero where `size` bytes from `low` on, at most a page, lie in pages that are allowed. Looking at the pages of the first
 * and the last byte takes one branch, {@link closedFor} with what has to follow it two: more for V8 to compile, and slower.
 */
export function openFor(access: 'read' | 'write', low: I32, size: number): I32 {
  const first = permission(access, low);
  const both = size === 1 ? first : i32.and(first, permission(access, i32.add(low, size - 1)));
  return i32.and(both, OPEN);
}

/** Nonzero where the page of `low` is not open together with the next one. */
export function closedFor(access: 'read' | 'write', low: I32): I32 {
  return i32.xor(permission(access, low), ALLOWED);
}

/** How many bytes from an address on lie in its page, if that is allowed; otherwise 0. */
export function restOfPage(code: Code, address: I64, access: 'read' | 'write'): I32 {
  const low = code.keep(lowHalf(address));
  const denied = i32.or(i32.gtu(closedFor(access, low), CLOSED_AT_END), highHalf(address));
  return code.keep(select(denied, i32.const(0), i32.sub(PAGE_SIZE, i32.and(low, PAGE_SIZE - 1))));
}
