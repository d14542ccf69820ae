/** Contexts of asynchronous input and output (io_setup(2)): what has been done and not been fetched. */

import { deleteEvent } from '../../../kernel/ke/event.ts';
import type { Linux } from '../instance.ts';
import type { ThreadGroup } from '../task.ts';

export interface AsyncResult {
  /** `aio_data` of the request, its address, and what the call would have answered. */
  data: bigint;
  object: number;
  result: number;
}

export interface AsyncContext {
  /** Address of its page. */
  id: number;
  most: number;
  done: AsyncResult[];
  /** Pulsed when there is one more. */
  changed: number;
}

/** The memory goes, by execve(2) or at the end, and with it all contexts. */
export function dropAsyncContexts(linux: Linux, group: ThreadGroup): void {
  for (const { changed } of group.asyncContexts) deleteEvent(linux.kernel, changed);
  group.asyncContexts = [];
}
