/** NtOpenProcess and NtOpenThread: handles by ids. Pico processes give away only what their provider allows. */

import { signed64 } from '../../base/words.ts';
import type { AccessMask } from '../ob/access.ts';
import { getObject } from '../ob/object.ts';
import { openObjectByPointer } from '../ob/open.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_INVALID_CID } from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Call } from './service.ts';
import { give } from './synchronization.ts';
import { readUser } from './userMemory.ts';

/** CLIENT_ID: two handles that are ids. */
const CLIENT_ID_SIZE = 16;

function readClientId(call: Call, address: number): { process: number; thread: number } | undefined {
  const bytes = readUser(call, address, CLIENT_ID_SIZE);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer);
  return {
    process: signed64(view.getInt32(0, true), view.getInt32(4, true)),
    thread: signed64(view.getInt32(8, true), view.getInt32(12, true)),
  };
}

/** What the provider of a pico process registered; undefined for no limit. */
function limitOf(call: Call, process: Process | undefined, what: 'openProcess' | 'openThread'): AccessMask | undefined {
  return call.kernel.providers[process?.provider ?? -1]?.routines[what];
}

export function openProcessById(
  call: Call,
  to: number,
  access: AccessMask,
  attributes: number,
  clientId: number,
): NtStatus {
  const id = readClientId(call, clientId);
  if (!id) return STATUS_ACCESS_VIOLATION;
  const process = call.kernel.state.processes.get(id.process);
  if (!process) return STATUS_INVALID_CID;
  const header = getObject(call.kernel, process.object);
  const limit = limitOf(call, process, 'openProcess');
  return give(call, to, openObjectByPointer(call, header, access, attributes, limit));
}

export function openThreadById(
  call: Call,
  to: number,
  access: AccessMask,
  attributes: number,
  clientId: number,
): NtStatus {
  const id = readClientId(call, clientId);
  if (!id) return STATUS_ACCESS_VIOLATION;
  const { threads, processes } = call.kernel.state;
  const thread = threads.get(id.thread);
  if (!thread || (id.process !== 0 && id.process !== thread.process)) return STATUS_INVALID_CID;
  const header = getObject(call.kernel, thread.object);
  const limit = limitOf(call, processes.get(thread.process), 'openThread');
  return give(call, to, openObjectByPointer(call, header, access, attributes, limit));
}
