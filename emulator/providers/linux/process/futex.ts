/** Futexes: words in guest memory that threads wait on until somebody wakes them (futex(2), futex(7)). */

import { PAGE_SIZE, pageOf } from '../../../base/pages.ts';
import { createEvent, deleteEvent } from '../../../kernel/ke/event.ts';
import { copyFromUser, copyToUser } from '../../../kernel/mm/copy.ts';
import { findVad } from '../../../kernel/mm/vad.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import {
  FUTEX_BITSET_MATCH_ANY,
  FUTEX_OWNER_DIED,
  FUTEX_TID_MASK,
  FUTEX_WAITERS,
  ROBUST_LIST_HEAD_SIZE,
  ROBUST_LIST_LIMIT,
} from '../abi/futex.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import type { LinuxThread } from '../task.ts';
import { longAt, signedLongAt } from '../userMemory.ts';

export interface FutexWaiter {
  id: number;
  /** Ends with the waiter: that is how it is woken. */
  event: number;
  bitset: number;
  /** Queue it is in; requeueing changes it. */
  key: string;
}

/** Words in shared pages are the same futex in every process that maps them; others belong to their process. */
export function futexKey(process: Process, address: number): string {
  const vad = findVad(process, pageOf(address));
  if (!vad?.shared) return `${process.id}:${address}`;
  return `s${vad.section}:${(vad.sectionPage - vad.start) * PAGE_SIZE + address}`;
}

export function addWaiter(linux: Linux, key: string, bitset: number): FutexWaiter {
  const event = createEvent(linux.kernel, 'notification');
  const waiter: FutexWaiter = { id: takeId(linux), event, bitset, key };
  const { futexes } = stateOf(linux);
  const queue = futexes.get(key);
  if (queue) queue.push(waiter);
  else futexes.set(key, [waiter]);
  return waiter;
}

/** The waiter with this id while nobody has woken it. */
export function findWaiter(linux: Linux, id: number): FutexWaiter | undefined {
  for (const queue of stateOf(linux).futexes.values()) {
    const waiter = queue.find(candidate => candidate.id === id);
    if (waiter) return waiter;
  }
  return undefined;
}

export function removeWaiter(linux: Linux, waiter: FutexWaiter): void {
  const { futexes } = stateOf(linux);
  const rest = (futexes.get(waiter.key) ?? []).filter(({ id }) => id !== waiter.id);
  if (rest.length > 0) futexes.set(waiter.key, rest);
  else futexes.delete(waiter.key);
  deleteEvent(linux.kernel, waiter.event);
}

/** Wakes up to `count` waiters of the word at `address`; how many. */
export function wakeFutex(
  linux: Linux,
  process: Process,
  address: number,
  count: number,
  bitset = FUTEX_BITSET_MATCH_ANY,
): number {
  return wakeKey(linux, futexKey(process, address), count, bitset);
}

function wakeKey(linux: Linux, key: string, count: number, bitset: number): number {
  let woken = 0;
  const queue = stateOf(linux).futexes.get(key) ?? [];
  // Removing replaces the queue: this one stays as it is.
  for (const waiter of queue) {
    if (woken >= count) break;
    if ((waiter.bitset & bitset) === 0) continue;
    removeWaiter(linux, waiter);
    woken++;
  }
  return woken;
}

/** FUTEX_REQUEUE: wakes some waiters and moves others to a second word. How many of both. */
export function requeueFutex(
  linux: Linux,
  from: string,
  to: string,
  wake: number,
  move: number,
): { woken: number; moved: number } {
  const woken = wakeKey(linux, from, wake, FUTEX_BITSET_MATCH_ANY);
  const { futexes } = stateOf(linux);
  const queue = futexes.get(from) ?? [];
  const moving = queue.splice(0, move);
  if (queue.length === 0) futexes.delete(from);
  for (const waiter of moving) {
    waiter.key = to;
    const target = futexes.get(to);
    if (target) target.push(waiter);
    else futexes.set(to, [waiter]);
  }
  return { woken, moved: moving.length };
}

/** Marks every lock that an ending thread still holds as ownerless (set_robust_list(2)). */
export function releaseRobustList(linux: Linux, process: Process, self: LinuxThread): void {
  if (self.robustList === 0) return;
  const head = new Uint8Array(ROBUST_LIST_HEAD_SIZE);
  if (copyFromUser(linux.kernel, process, self.robustList, head) < head.length) return;
  const view = new DataView(head.buffer);
  const offset = signedLongAt(view, 8);
  const pending = longAt(view, 16);
  let entry = longAt(view, 0);
  for (let count = 0; count < ROBUST_LIST_LIMIT && entry !== self.robustList && entry !== 0; count++) {
    const next = new Uint8Array(8);
    const isLast = copyFromUser(linux.kernel, process, entry, next) < 8;
    if (entry !== pending) releaseLock(linux, process, self, entry + offset);
    if (isLast) break;
    entry = longAt(new DataView(next.buffer), 0);
  }
  if (pending !== 0) releaseLock(linux, process, self, pending + offset);
}

function releaseLock(linux: Linux, process: Process, self: LinuxThread, address: number): void {
  const bytes = new Uint8Array(4);
  if (copyFromUser(linux.kernel, process, address, bytes) < 4) return;
  const view = new DataView(bytes.buffer);
  const word = view.getUint32(0, true);
  if ((word & FUTEX_TID_MASK) !== self.tid) return;
  view.setUint32(0, (word & FUTEX_WAITERS) | FUTEX_OWNER_DIED, true);
  copyToUser(linux.kernel, process, address, bytes);
  if (word & FUTEX_WAITERS) wakeFutex(linux, process, address, 1);
}
