/** Threads of this provider's processes. */

import type { PicoThreadAttributes } from '../../../kernel/ps/pico.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import type { NtStatus } from '../../../kernel/status.ts';
import type { Linux } from '../instance.ts';

/** A suspended thread that tells names apart by case, unless the launch says otherwise. */
export function createThread(
  linux: Linux,
  attributes: PicoThreadAttributes,
  name: string,
): { status: NtStatus; thread?: Thread } {
  const created = linux.routines.createThread(attributes, name);
  if (created.thread) created.thread.explicitCaseSensitivity = linux.options.caseSensitive ?? true;
  return created;
}
