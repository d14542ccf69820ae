/** Guest memory in pieces, as readv(2) and sendmsg(2) give it. */

import { copyFromUser, copyToUser } from '../../../kernel/mm/copy.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import type { Task } from '../task.ts';

/** A stretch of guest memory, one `struct iovec`. */
export interface Segment {
  readonly base: number;
  readonly length: number;
}

export function lengthOf(segments: readonly Segment[]): number {
  return segments.reduce((sum, segment) => sum + segment.length, 0);
}

/** Bytes of the segments from `skip` on, as many as move at a time and can be read. */
export function gather(task: Task, segments: readonly Segment[], skip: number, most = TRANSFER_SIZE): Uint8Array {
  const { transfer } = task.linux;
  let filled = 0;
  let passed = 0;
  for (const { base, length } of segments) {
    const from = Math.max(0, skip - passed);
    passed += length;
    const count = Math.min(length - from, most - filled);
    if (count <= 0) continue;
    const copied = copyFromUser(task.kernel, task.process, base + from, transfer.subarray(filled, filled + count));
    filled += copied;
    if (copied < count || filled === most) break;
  }
  return transfer.subarray(0, filled);
}

/** Puts bytes into the segments from `skip` on: how many arrived. */
export function spread(task: Task, segments: readonly Segment[], skip: number, bytes: Uint8Array): number {
  let done = 0;
  let passed = 0;
  for (const { base, length } of segments) {
    const from = Math.max(0, skip - passed);
    passed += length;
    const count = Math.min(length - from, bytes.length - done);
    if (count <= 0) continue;
    const copied = copyToUser(task.kernel, task.process, base + from, bytes.subarray(done, done + count));
    done += copied;
    if (copied < count) break;
  }
  return done;
}
