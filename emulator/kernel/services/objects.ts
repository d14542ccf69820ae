/** Handles and what stands behind them; directories and symbolic links of the name space. */

import { closeHandle, duplicateHandle, findHandle, referenceObjectByHandle } from '../ob/handleTable.ts';
import { fullName, createDirectory, makeTemporary } from '../ob/nameSpace.ts';
import { createObjectByName, openObjectByName } from '../ob/open.ts';
import { getProcess } from '../ps/process.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import {
  accessMask,
  choice,
  flags,
  handle,
  handleOut,
  object,
  objectAttributes,
  optionalOut,
  pointer,
  ulong,
} from './arguments.ts';
import { getFileObject } from '../io/fileObject.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { give } from './synchronization.ts';
import { readUser, writeLong, writeUser, writeWord } from './userMemory.ts';

const PROCESS_DUP_HANDLE = 0x40;
const SYMBOLIC_LINK_QUERY = 1;
const OBJECT_BASIC_INFORMATION = 0;
const OBJECT_NAME_INFORMATION = 1;

export function objectServices(): Service[] {
  return [
    service(0x0f, 'NtClose', [handle('Handle')], ({ kernel, process }, value) => closeHandle(kernel, process, value)),
    service(
      0x3c,
      'NtDuplicateObject',
      [
        object('SourceProcessHandle', 'Process', PROCESS_DUP_HANDLE),
        handle('SourceHandle'),
        handle('TargetProcessHandle'),
        optionalOut('TargetHandle', 'PHANDLE', 8),
        accessMask(),
        ulong('HandleAttributes'),
        flags('Options', [
          [1, 'DUPLICATE_CLOSE_SOURCE'],
          [2, 'DUPLICATE_SAME_ACCESS'],
          [4, 'DUPLICATE_SAME_ATTRIBUTES'],
        ]),
      ],
      (call, source, value, targetHandle, to, access, attributes, options) => {
        const { kernel, process } = call;
        // Without a target only the source is closed.
        if (targetHandle === 0) return closeHandle(kernel, getProcess(kernel, source.body), value);
        const target = referenceObjectByHandle(kernel, process, targetHandle, PROCESS_DUP_HANDLE, 'Process');
        if (!target.object) return target.status;
        const duplicated = duplicateHandle(kernel, {
          source: getProcess(kernel, source.body),
          handle: value,
          target: getProcess(kernel, target.object.body),
          access,
          attributes,
          options,
        });
        if (succeeded(duplicated.status) && to) writeLong(call, to, duplicated.handle);
        return duplicated.status;
      },
    ),
    partly(
      service(
        0x10,
        'NtQueryObject',
        [
          handle('Handle'),
          choice('ObjectInformationClass', 'OBJECT_INFORMATION_CLASS', [
            [OBJECT_BASIC_INFORMATION, 'ObjectBasicInformation'],
            [OBJECT_NAME_INFORMATION, 'ObjectNameInformation'],
            [2, 'ObjectTypeInformation'],
          ]),
          pointer('ObjectInformation'),
          ulong('ObjectInformationLength'),
          optionalOut('ReturnLength', 'PULONG', 4),
        ],
        query,
      ),
      'ObjectBasicInformation and ObjectNameInformation only.',
    ),
    service(0x110, 'NtMakeTemporaryObject', [object('Handle', undefined, 0x1_0000)], ({ kernel }, header) => {
      makeTemporary(kernel, header);
      return STATUS_SUCCESS;
    }),
    service(
      0xa7,
      'NtCreateDirectoryObject',
      [handleOut('DirectoryHandle'), accessMask(), objectAttributes()],
      (call, to, access, attributes) =>
        give(
          call,
          to,
          createObjectByName(call.kernel, call, 'Directory', access, attributes, () => createDirectory(call.kernel)),
        ),
    ),
    service(
      0x58,
      'NtOpenDirectoryObject',
      [handleOut('DirectoryHandle'), accessMask(), objectAttributes()],
      (call, to, access, attributes) =>
        give(call, to, openObjectByName(call.kernel, call, 'Directory', access, attributes)),
    ),
    service(
      0x12e,
      'NtOpenSymbolicLinkObject',
      [handleOut('LinkHandle'), accessMask(), objectAttributes()],
      (call, to, access, attributes) =>
        give(call, to, openObjectByName(call.kernel, call, 'SymbolicLink', access, attributes)),
    ),
    service(
      0x15f,
      'NtQuerySymbolicLinkObject',
      [
        object('LinkHandle', 'SymbolicLink', SYMBOLIC_LINK_QUERY),
        pointer('LinkTarget', 'PUNICODE_STRING'),
        optionalOut('ReturnedLength', 'PULONG', 4),
      ],
      (call, header, address, returned) => {
        const text = encodeUnicode(call.kernel.state.symbolicLinks.get(header.body)?.target ?? '');
        const given = readUser(call, address, 16);
        if (!given) return STATUS_ACCESS_VIOLATION;
        const view = new DataView(given.buffer);
        if (returned) writeWord(call, returned, text.length);
        if (view.getUint16(2, true) < text.length) return STATUS_BUFFER_TOO_SMALL;
        view.setUint16(0, text.length, true);
        const fits = writeUser(call, Number(view.getBigUint64(8, true)), text) && writeUser(call, address, given);
        return fits ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
      },
    ),
  ];
}

const BASIC_INFORMATION = () =>
  structure('OBJECT_BASIC_INFORMATION', 0x38, [
    [0x00, 'Attributes', 'u32', ''],
    [0x04, 'GrantedAccess', 'u32', ''],
    [0x08, 'HandleCount', 'u32', ''],
    [0x0c, 'PointerCount', 'u32', ''],
  ]);

function query(call: Call, value: number, what: number, buffer: number, length: number, returned: number): NtStatus {
  const { kernel, process } = call;
  const found = referenceObjectByHandle(kernel, process, value, 0);
  if (!found.object) return found.status;
  const { type, body, handleCount, pointerCount } = found.object;
  let bytes: Uint8Array;
  if (what === OBJECT_BASIC_INFORMATION)
    bytes = encodeStructure(BASIC_INFORMATION(), {
      Attributes: findHandle(process, value)?.attributes ?? 0,
      GrantedAccess: found.access ?? 0,
      HandleCount: handleCount,
      PointerCount: pointerCount,
    });
  else if (what === OBJECT_NAME_INFORMATION) {
    const file = type === 'File' ? getFileObject(kernel, body) : undefined;
    const name = file ? file.device + file.name : fullName(kernel, found.object);
    const text = encodeUnicode(name);
    bytes = new Uint8Array(16 + (text.length ? text.length + 2 : 0));
    const layout = structure('OBJECT_NAME_INFORMATION', 16, [[0, 'Name', 'unicode', '']]);
    if (text.length) bytes.set(encodeStructure(layout, { Name: { address: buffer + 16, length: text.length } }));
    bytes.set(text, 16);
  } else return STATUS_INVALID_INFO_CLASS;
  if (returned) writeWord(call, returned, bytes.length);
  if (length < bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  return writeUser(call, buffer, bytes) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}
