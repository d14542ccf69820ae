/** Fast user-space locking: linux/futex.h. */

import type { FlagNames } from './flagNames.ts';

export const FUTEX_WAIT = 0;
export const FUTEX_WAKE = 1;
export const FUTEX_REQUEUE = 3;
export const FUTEX_CMP_REQUEUE = 4;
export const FUTEX_WAKE_OP = 5;
export const FUTEX_WAIT_BITSET = 9;
export const FUTEX_WAKE_BITSET = 10;
export const FUTEX_PRIVATE_FLAG = 128;
export const FUTEX_CLOCK_REALTIME = 256;
export const FUTEX_BITSET_MATCH_ANY = 0xffff_ffff;
export const FUTEX_WAITERS = 0x8000_0000;
export const FUTEX_OWNER_DIED = 0x4000_0000;
export const FUTEX_TID_MASK = 0x3fff_ffff;
export const ROBUST_LIST_LIMIT = 2048;
export const ROBUST_LIST_HEAD_SIZE = 24;

const COMMANDS: FlagNames = [
  [FUTEX_WAIT, 'FUTEX_WAIT'],
  [FUTEX_WAKE, 'FUTEX_WAKE'],
  [2, 'FUTEX_FD'],
  [FUTEX_REQUEUE, 'FUTEX_REQUEUE'],
  [FUTEX_CMP_REQUEUE, 'FUTEX_CMP_REQUEUE'],
  [FUTEX_WAKE_OP, 'FUTEX_WAKE_OP'],
  [6, 'FUTEX_LOCK_PI'],
  [7, 'FUTEX_UNLOCK_PI'],
  [8, 'FUTEX_TRYLOCK_PI'],
  [FUTEX_WAIT_BITSET, 'FUTEX_WAIT_BITSET'],
  [FUTEX_WAKE_BITSET, 'FUTEX_WAKE_BITSET'],
  [11, 'FUTEX_WAIT_REQUEUE_PI'],
  [12, 'FUTEX_CMP_REQUEUE_PI'],
  [13, 'FUTEX_LOCK_PI2'],
];

/** `FUTEX_WAIT|FUTEX_PRIVATE_FLAG`: the lower bits are a value, the upper ones flags. */
export function futexOperationText(operation: number): string {
  const command = operation & 0x7f;
  const name = COMMANDS.find(([value]) => value === command)?.[1] ?? String(command);
  return [
    name,
    ...(operation & FUTEX_PRIVATE_FLAG ? ['FUTEX_PRIVATE_FLAG'] : []),
    ...(operation & FUTEX_CLOCK_REALTIME ? ['FUTEX_CLOCK_REALTIME'] : []),
  ].join('|');
}
