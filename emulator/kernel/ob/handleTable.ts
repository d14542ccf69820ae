/**
 * Handle tables: by which numbers a process knows its objects, and what each number permits. A process gets one when it
 * first needs one, so minimal and pico processes show none.
 */

import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_HANDLE_NOT_CLOSABLE,
  STATUS_INVALID_HANDLE,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { AccessMask } from './access.ts';
import { grants } from './access.ts';
import { removeTemporaryName } from './nameSpace.ts';
import { dereferenceObject, getObject, referenceObject } from './object.ts';
import type { ObjectHeader } from './object.ts';
import { objectType } from './objectType.ts';
import type { ObjectTypeName } from './objectType.ts';

/** Attributes of a handle (ntdef.h). */
export const OBJ_PROTECT_CLOSE = 0x01;
export const OBJ_INHERIT = 0x02;
const HANDLE_ATTRIBUTES = OBJ_PROTECT_CLOSE | OBJ_INHERIT;

export interface HandleEntry {
  /** Id of the object. */
  object: number;
  access: AccessMask;
  /** OBJ_PROTECT_CLOSE, OBJ_INHERIT. */
  attributes: number;
}

export interface HandleTable {
  /** By handle / 4; number 0 is never given away. */
  entries: (HandleEntry | undefined)[];
  /** Closed numbers; the one closed last is given away first. */
  free: number[];
}

/** Handles are multiples of 4; the two low bits are the application's own. */
const HANDLE_STEP = 4;
/** NtCurrentProcess() and NtCurrentThread(), as signed numbers. */
export const CURRENT_PROCESS = -1;
export const CURRENT_THREAD = -2;

export function handleCount(process: Process): number {
  const table = process.handleTable;
  return table ? table.entries.length - 1 - table.free.length : 0;
}

/** A new handle to the object, which it references. `access` is what it grants. */
export function insertHandle(process: Process, object: ObjectHeader, access: AccessMask, attributes = 0): number {
  process.handleTable ??= { entries: [undefined], free: [] };
  const { entries, free } = process.handleTable;
  const index = free.pop() ?? entries.length;
  setEntry(process.handleTable, index, object, access, attributes);
  return index * HANDLE_STEP;
}

function setEntry(
  table: HandleTable,
  index: number,
  object: ObjectHeader,
  access: AccessMask,
  attributes: number,
): void {
  table.entries[index] = { object: object.id, access, attributes: attributes & HANDLE_ATTRIBUTES };
  referenceObject(object);
  object.handleCount++;
}

export function findHandle(process: Process, handle: number): HandleEntry | undefined {
  return handle > 0 ? process.handleTable?.entries[Math.floor(handle / HANDLE_STEP)] : undefined;
}

/**
 * ObReferenceObjectByHandle without the reference: the object stands for itself, since nothing here holds on to it over
 * a wait. The order of checks is NT's: the handle, then the type, then the access. `handle` is signed; -1 and -2 are the
 * calling process and thread.
 */
export function referenceObjectByHandle(
  kernel: Kernel,
  process: Process,
  handle: number,
  desiredAccess: AccessMask,
  type?: ObjectTypeName,
): { status: NtStatus; object?: ObjectHeader; access?: AccessMask } {
  const entry = handle < 0 ? pseudoHandle(kernel, process, handle) : findHandle(process, handle);
  if (!entry) return { status: STATUS_INVALID_HANDLE };
  const object = getObject(kernel, entry.object);
  if (type && object.type !== type) return { status: STATUS_OBJECT_TYPE_MISMATCH };
  if (!grants(entry.access, desiredAccess)) return { status: STATUS_ACCESS_DENIED };
  return { status: STATUS_SUCCESS, object, access: entry.access };
}

/** The calling process or thread, with all rights. */
function pseudoHandle(kernel: Kernel, process: Process, handle: number): HandleEntry | undefined {
  if (handle === CURRENT_PROCESS)
    return { object: process.object, access: objectType('Process').validAccess, attributes: 0 };
  const thread = handle === CURRENT_THREAD ? kernel.state.threads.get(kernel.state.current) : undefined;
  return thread && { object: thread.object, access: objectType('Thread').validAccess, attributes: 0 };
}

/** NtClose. */
export function closeHandle(kernel: Kernel, process: Process, handle: number): NtStatus {
  const entry = findHandle(process, handle);
  if (!entry) return STATUS_INVALID_HANDLE;
  if (entry.attributes & OBJ_PROTECT_CLOSE) return STATUS_HANDLE_NOT_CLOSABLE;
  removeEntry(kernel, process.handleTable as HandleTable, Math.floor(handle / HANDLE_STEP));
  return STATUS_SUCCESS;
}

function removeEntry(kernel: Kernel, table: HandleTable, index: number): void {
  const object = getObject(kernel, (table.entries[index] as HandleEntry).object);
  table.entries[index] = undefined;
  table.free.push(index);
  if (--object.handleCount === 0) removeTemporaryName(kernel, object);
  dereferenceObject(kernel, object);
}

/** Closes all handles of an ending process, the lowest first, protected ones too (ObKillProcess). */
export function closeAllHandles(kernel: Kernel, process: Process): void {
  const table = process.handleTable;
  if (!table) return;
  for (const [index, entry] of table.entries.entries()) if (entry) removeEntry(kernel, table, index);
  process.handleTable = undefined;
}

/** Gives `child` the inheritable handles of `parent`, under the same numbers (ObInitProcess). */
export function inheritHandles(kernel: Kernel, parent: Process, child: Process): void {
  const inherited = parent.handleTable?.entries.map(entry =>
    entry && entry.attributes & OBJ_INHERIT ? entry : undefined,
  );
  if (!inherited?.some(Boolean)) return;
  const table: HandleTable = { entries: [], free: [] };
  for (const [index, entry] of inherited.entries()) {
    table.entries[index] = undefined;
    if (entry) setEntry(table, index, getObject(kernel, entry.object), entry.access, entry.attributes);
    else if (index > 0) table.free.unshift(index);
  }
  child.handleTable = table;
}

/** Options of NtDuplicateObject. */
export const DUPLICATE_CLOSE_SOURCE = 1;
export const DUPLICATE_SAME_ACCESS = 2;
export const DUPLICATE_SAME_ATTRIBUTES = 4;

export interface Duplication {
  readonly source: Process;
  readonly handle: number;
  readonly target: Process;
  /** In the object's own rights (no generic ones); what is not granted at the source is refused. */
  readonly access: AccessMask;
  readonly attributes: number;
  readonly options: number;
}

/** NtDuplicateObject between two processes; with DUPLICATE_CLOSE_SOURCE the old handle is closed even on failure. */
export function duplicateHandle(kernel: Kernel, request: Duplication): { status: NtStatus; handle: number } {
  const { source, handle, target, options } = request;
  const found = referenceObjectByHandle(kernel, source, handle, 0);
  if (!found.object || found.access === undefined) return { status: found.status, handle: 0 };
  const access = options & DUPLICATE_SAME_ACCESS ? found.access : request.access;
  const sameAttributes = findHandle(source, handle)?.attributes ?? 0;
  const attributes = options & DUPLICATE_SAME_ATTRIBUTES ? sameAttributes : request.attributes;
  const allowed = grants(found.access, access);
  const duplicate = allowed ? insertHandle(target, found.object, access, attributes) : 0;
  if (options & DUPLICATE_CLOSE_SOURCE) closeHandle(kernel, source, handle);
  return { status: allowed ? STATUS_SUCCESS : STATUS_ACCESS_DENIED, handle: duplicate };
}
