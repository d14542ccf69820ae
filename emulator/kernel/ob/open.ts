/** Creating and opening objects by name or pointer, as the NtCreate… and NtOpen… services do: the answer is a handle. */

import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_OBJECT_NAME_COLLISION,
  STATUS_OBJECT_NAME_EXISTS,
  STATUS_OBJECT_NAME_INVALID,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_OBJECT_PATH_SYNTAX_BAD,
  STATUS_OBJECT_TYPE_MISMATCH,
  STATUS_PRIVILEGE_NOT_HELD,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { ACCESS_SYSTEM_SECURITY, MAXIMUM_ALLOWED, grants, mapGenericMask } from './access.ts';
import type { AccessMask } from './access.ts';
import { insertHandle, referenceObjectByHandle } from './handleTable.ts';
import { insertName, lookupName } from './nameSpace.ts';
import type { Lookup } from './nameSpace.ts';
import { createObject, dereferenceObject } from './object.ts';
import type { ObjectHeader } from './object.ts';
import { objectType } from './objectType.ts';
import type { ObjectTypeName } from './objectType.ts';

/** Attributes of OBJECT_ATTRIBUTES (ntdef.h) beside those that stay with the handle. */
export const OBJ_PERMANENT = 0x10;
export const OBJ_CASE_INSENSITIVE = 0x40;
export const OBJ_OPENIF = 0x80;
export const OBJ_OPENLINK = 0x100;

/** OBJECT_ATTRIBUTES. */
export interface ObjectAttributes {
  /** Handle of the directory that `name` is relative to, or 0. */
  readonly rootDirectory: number;
  /** Empty for an object without a name. */
  readonly name: string;
  readonly attributes: number;
}

export interface Opened {
  readonly status: NtStatus;
  /** 0 unless the status is a success. */
  readonly handle: number;
  readonly object?: ObjectHeader;
}

/** Who asks: the process whose handle table it is, and the thread that may have opted in to case sensitivity. */
export interface Caller {
  readonly process: Process;
  readonly thread?: Thread;
}

const refused = (status: NtStatus): Opened => ({ status, handle: 0 });

/**
 * What a request for `access` is granted on an object of that type. `limit` is what a protected object gives away at
 * most; MAXIMUM_ALLOWED asks for all that there is.
 */
export function grantAccess(
  type: ObjectTypeName,
  access: AccessMask,
  limit = objectType(type).validAccess,
): { status: NtStatus; access: AccessMask } {
  if (access & ACCESS_SYSTEM_SECURITY) return { status: STATUS_PRIVILEGE_NOT_HELD, access: 0 };
  const { validAccess, genericMapping } = objectType(type);
  const wanted = mapGenericMask(access & ~MAXIMUM_ALLOWED, genericMapping);
  if (!grants(validAccess & limit, wanted)) return { status: STATUS_ACCESS_DENIED, access: 0 };
  return { status: STATUS_SUCCESS, access: access & MAXIMUM_ALLOWED ? validAccess & limit : wanted };
}

/** ObOpenObjectByPointer: a handle to an object that the caller has got hold of. */
export function openObjectByPointer(
  caller: Caller,
  object: ObjectHeader,
  desiredAccess: AccessMask,
  attributes = 0,
  limit?: AccessMask,
): Opened {
  const granted = grantAccess(object.type, desiredAccess, limit);
  if (!succeeded(granted.status)) return refused(granted.status);
  return {
    status: STATUS_SUCCESS,
    handle: insertHandle(caller.process, object, granted.access, attributes),
    object,
  };
}

/** ObOpenObjectByName, for types whose names are the name space's own. */
export function openObjectByName(
  kernel: Kernel,
  caller: Caller,
  type: ObjectTypeName,
  desiredAccess: AccessMask,
  attributes: ObjectAttributes,
): Opened {
  if (attributes.name === '' && attributes.rootDirectory === 0) return refused(STATUS_OBJECT_PATH_SYNTAX_BAD);
  const found = lookupAttributes(kernel, caller, attributes, type === 'SymbolicLink');
  if (!found.object) return refused(found.status);
  if (found.object.type !== type || found.rest !== '') return refused(STATUS_OBJECT_TYPE_MISMATCH);
  return openObjectByPointer(caller, found.object, desiredAccess, attributes.attributes);
}

/**
 * ObCreateObject and ObInsertObject. `createBody` runs only when a new object comes of it; its answer, the body's id, is
 * the object's from then on. With OBJ_OPENIF an object of that name and type is opened instead
 * (STATUS_OBJECT_NAME_EXISTS, a success).
 */
export function createObjectByName(
  kernel: Kernel,
  caller: Caller,
  type: ObjectTypeName,
  desiredAccess: AccessMask,
  attributes: ObjectAttributes,
  createBody: () => number,
): Opened {
  const granted = grantAccess(type, desiredAccess);
  if (!succeeded(granted.status)) return refused(granted.status);
  const place = attributes.name === '' ? undefined : lookupAttributes(kernel, caller, attributes, true);
  if (place?.object) {
    if (!(attributes.attributes & OBJ_OPENIF)) return refused(STATUS_OBJECT_NAME_COLLISION);
    if (place.object.type !== type || place.rest !== '') return refused(STATUS_OBJECT_TYPE_MISMATCH);
    const opened = openObjectByPointer(caller, place.object, desiredAccess, attributes.attributes);
    return succeeded(opened.status) ? { ...opened, status: STATUS_OBJECT_NAME_EXISTS } : opened;
  }
  if (place && place.status !== STATUS_OBJECT_NAME_NOT_FOUND) return refused(place.status);
  if (place && (!place.directory || !place.name)) return refused(STATUS_OBJECT_NAME_INVALID);
  const object = createObject(kernel, type, createBody());
  if (place?.directory && place.name) {
    object.permanent = (attributes.attributes & OBJ_PERMANENT) !== 0;
    insertName(kernel, place.directory, place.name, object);
  }
  const handle = insertHandle(caller.process, object, granted.access, attributes.attributes);
  dereferenceObject(kernel, object);
  return { status: STATUS_SUCCESS, handle, object };
}

/**
 * Looks the name up as the attributes and the caller's thread say. Case is ignored unless the thread has opted in to
 * case sensitivity and the caller does not ask for OBJ_CASE_INSENSITIVE: `ObCaseInsensitive` is 1 unless an
 * administrator changes it (Session Manager\kernel).
 */
export function lookupAttributes(
  kernel: Kernel,
  { process, thread }: Caller,
  { rootDirectory, name, attributes }: ObjectAttributes,
  openLink: boolean,
): Lookup {
  const root = rootDirectory === 0 ? undefined : referenceObjectByHandle(kernel, process, rootDirectory, 0);
  if (root && !root.object) return { status: root.status, rest: '' };
  const caseInsensitive = !thread?.explicitCaseSensitivity || (attributes & OBJ_CASE_INSENSITIVE) !== 0;
  return lookupName(kernel, {
    root: root?.object,
    path: name,
    caseInsensitive,
    openLink: openLink || (attributes & OBJ_OPENLINK) !== 0,
  });
}
