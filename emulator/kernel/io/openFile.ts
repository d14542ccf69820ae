/** IopParseDevice: from a name in the object manager's name space to an opened file and a handle to it. */

import type { Kernel } from '../kernel.ts';
import type { AccessMask } from '../ob/access.ts';
import { insertHandle } from '../ob/handleTable.ts';
import { fullName } from '../ob/nameSpace.ts';
import { createObject, dereferenceObject, getObject } from '../ob/object.ts';
import type { ObjectHeader } from '../ob/object.ts';
import { OBJ_CASE_INSENSITIVE, grantAccess, lookupAttributes } from '../ob/open.ts';
import type { Caller, ObjectAttributes, Opened } from '../ob/open.ts';
import { STATUS_INVALID_DEVICE_REQUEST, STATUS_OBJECT_TYPE_MISMATCH, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { getDevice } from './device.ts';
import { getDriver } from './driver.ts';
import type { FileSystemDriver } from './driver.ts';
import { createFileObject, getFileObject } from './fileObject.ts';

export const FILE_READ_DATA = 0x1;
export const FILE_WRITE_DATA = 0x2;
export const FILE_APPEND_DATA = 0x4;

/** Disposition of NtOpenFile. */
export const FILE_OPEN = 1;

export interface FileRequest {
  readonly attributes: ObjectAttributes;
  readonly access: AccessMask;
  /** FILE_OPEN unless given. */
  readonly disposition?: number;
  readonly options?: number;
}

/** `information` is what the IO_STATUS_BLOCK says: FILE_OPENED, FILE_CREATED, … */
export function openObjectFile(
  kernel: Kernel,
  caller: Caller,
  request: FileRequest,
): Opened & { readonly information: number } {
  const { attributes, disposition = FILE_OPEN, options = 0 } = request;
  const granted = grantAccess('File', request.access);
  if (!succeeded(granted.status)) return { status: granted.status, handle: 0, information: 0 };
  const place = deviceBehind(kernel, caller, attributes);
  if (!place.driver) return { status: place.status, handle: 0, information: 0 };
  const opened = getDriver(kernel, place.driver).files?.open({
    path: place.path,
    caseInsensitive: !caller.thread?.explicitCaseSensitivity || (attributes.attributes & OBJ_CASE_INSENSITIVE) !== 0,
    disposition,
    wantsWrite: (granted.access & (FILE_WRITE_DATA | FILE_APPEND_DATA)) !== 0,
    options,
  }) ?? { status: STATUS_INVALID_DEVICE_REQUEST };
  if (opened.file === undefined) return { status: opened.status, handle: 0, information: 0 };
  const { driver, device, path: name } = place;
  const file = createFileObject(kernel, { driver, file: opened.file, device, name });
  const object = createObject(kernel, 'File', file.id);
  const handle = insertHandle(caller.process, object, granted.access, attributes.attributes);
  dereferenceObject(kernel, object);
  return { status: opened.status, handle, object, information: opened.information ?? 0 };
}

/** The driver, and the path on its device; a directory handle as root gives the beginning of the path. */
function deviceBehind(
  kernel: Kernel,
  caller: Caller,
  attributes: ObjectAttributes,
): { status: NtStatus; driver?: string; device?: string; path: string } {
  const found = lookupAttributes(kernel, caller, attributes, false);
  if (!found.object) return { status: found.status, path: '' };
  const { type, body } = found.object;
  if (type === 'Device')
    return {
      status: STATUS_SUCCESS,
      driver: getDevice(kernel, body).driver,
      device: fullName(kernel, found.object),
      path: trimmed(found.rest),
    };
  if (type !== 'File') return { status: STATUS_OBJECT_TYPE_MISMATCH, path: '' };
  const folder = getFileObject(kernel, body);
  const { driver, device } = folder;
  return { status: STATUS_SUCCESS, driver, device, path: trimmed(folder.name + found.rest) };
}

/** Opening a folder with a backslash behind its name is allowed. */
function trimmed(path: string): string {
  return path.length > 1 && path.endsWith('\\') ? path.slice(0, -1) : path;
}

/** The file behind a File object, and its driver. */
export function openedFile(
  kernel: Kernel,
  object: ObjectHeader,
): { file: ReturnType<typeof getFileObject>; driver: FileSystemDriver } {
  const file = getFileObject(kernel, getObject(kernel, object.id).body);
  return { file, driver: getDriver(kernel, file.driver) };
}
