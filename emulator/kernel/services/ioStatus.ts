/** IO_STATUS_BLOCK: how an operation on a file ended, and with how many bytes. */

import type { NtStatus } from '../status.ts';
import type { Call } from './service.ts';
import { writeLong } from './userMemory.ts';

/** Fills in the block of an operation that is over; its status is the service's answer. */
export function complete(call: Call, address: number, done: { status: NtStatus; count: number }): NtStatus {
  writeLong(call, address, done.status);
  writeLong(call, address + 8, done.count);
  return done.status;
}
