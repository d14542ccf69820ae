/** The window's permission bytes: one for reads and one for writes of each page (`layout.ts`). */

import { ALLOWED, ALLOWED_WITHIN, DENIED, READ_TABLE, WINDOW_LIMIT, WRITE_TABLE } from './layout.ts';
import { PAGE_SIZE } from '../base/pages.ts';
import { SHARED } from './pageTable.ts';
import type { PageTable } from './pageTable.ts';

export const WINDOW_PAGES = WINDOW_LIMIT / PAGE_SIZE;

/** Says what may be done in place on `page`, and on the one before it about running on into it. */
export function allow(bytes: Uint8Array, table: number, page: number, allowed: boolean): void {
  const next = page + 1 < WINDOW_PAGES && bytes[table + page + 1] !== DENIED;
  bytes[table + page] = allowed ? (next ? ALLOWED : ALLOWED_WITHIN) : DENIED;
  if (page > 0 && bytes[table + page - 1] !== DENIED) bytes[table + page - 1] = allowed ? ALLOWED : ALLOWED_WITHIN;
}

/** Nothing of pages `[first, end)` may be accessed in place. */
export function denyAll(bytes: Uint8Array, first: number, end: number): void {
  deny(bytes, READ_TABLE, first, Math.min(end, WINDOW_PAGES));
  deny(bytes, WRITE_TABLE, first, Math.min(end, WINDOW_PAGES));
}

function deny(bytes: Uint8Array, table: number, first: number, end: number): void {
  if (first >= end) return;
  bytes.fill(DENIED, table + first, table + end);
  if (first > 0 && bytes[table + first - 1] !== DENIED) bytes[table + first - 1] = ALLOWED_WITHIN;
}

/** After every private frame has got another reference nothing is written in place any more, but for shared views. */
export function denyPrivateWrites(table: PageTable, bytes: Uint8Array): void {
  for (const [key, { flags, kinds }] of table) {
    const first = key * flags.length;
    if (first >= WINDOW_PAGES) continue;
    if (!(kinds & SHARED)) deny(bytes, WRITE_TABLE, first, first + flags.length);
    else
      for (let i = 0; i < flags.length; i++)
        if (!(flags[i] & SHARED) && bytes[WRITE_TABLE + first + i] !== DENIED)
          deny(bytes, WRITE_TABLE, first + i, first + i + 1);
  }
}
