/** Names of NTSTATUS values, for people. */

import { hex } from '../base/pages.ts';
import * as values from './status.ts';
import type { NtStatus } from './status.ts';

let names: Map<NtStatus, string> | undefined;

/** All that this kernel knows. The first of several names of a value counts. */
export function statusNames(): ReadonlyMap<NtStatus, string> {
  if (!names) {
    names = new Map();
    for (const [name, value] of Object.entries(values))
      if (typeof value === 'number' && (!names.has(value) || name === 'STATUS_SUCCESS')) names.set(value, name);
  }
  return names;
}

/** `STATUS_ACCESS_VIOLATION`, or '' for a value that this kernel does not know. */
export function statusName(status: NtStatus): string {
  return statusNames().get(status) ?? '';
}

/** `STATUS_ACCESS_VIOLATION (0xc0000005)`, or the number alone. */
export function statusText(status: NtStatus): string {
  const name = statusName(status);
  return name ? `${name} (${hex(status, 8)})` : hex(status, 8);
}
