/** What files and volumes are: sizes, times, names, directories. Information classes are those of ntifs.h. */

import { getDriver } from '../io/driver.ts';
import type { FileInformation, FileOperations } from '../io/driver.ts';
import { getFileObject } from '../io/fileObject.ts';
import type { FileObject } from '../io/fileObject.ts';
import { openObjectFile } from '../io/openFile.ts';
import { closeHandle } from '../ob/handleTable.ts';
import type { ObjectAttributes } from '../ob/open.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import type { Structure } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import { choice, object, objectAttributes, out, pointer, ulong } from './arguments.ts';
import { TIMES, fieldsOf } from './fileFields.ts';
import { complete } from './ioStatus.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { readLong, writeUser } from './userMemory.ts';

const BASIC = 4;
const STANDARD = 5;
const INTERNAL = 6;
const NAME = 9;
const POSITION = 14;
const END_OF_FILE = 20;
const NETWORK_OPEN = 34;
const CLASSES: Names = [
  [BASIC, 'FileBasicInformation'],
  [STANDARD, 'FileStandardInformation'],
  [INTERNAL, 'FileInternalInformation'],
  [NAME, 'FileNameInformation'],
  [POSITION, 'FilePositionInformation'],
  [END_OF_FILE, 'FileEndOfFileInformation'],
  [NETWORK_OPEN, 'FileNetworkOpenInformation'],
];
const VOLUME_DEVICE = 4;

const FILE_DEVICE_DISK = 7;
const FILE_DEVICE_CONSOLE = 0x50;

export function fileInformationServices(): Service[] {
  const ioStatus = out('IoStatusBlock', 'PIO_STATUS_BLOCK', 16);
  const what = choice('FileInformationClass', 'FILE_INFORMATION_CLASS', CLASSES);
  const attributesOf = (number: number, name: string, layout: () => Structure): Service =>
    service(
      number,
      name,
      [objectAttributes(), out('FileInformation', 'PVOID', layout().size)],
      (call, attributes, to) => queryAttributes(call, attributes, to, layout()),
    );
  return [
    partly(
      service(
        0x11,
        'NtQueryInformationFile',
        [object('FileHandle', 'File', 0), ioStatus, pointer('FileInformation'), ulong('Length'), what],
        (call, header, status, buffer, length, kind) =>
          query(call, getFileObject(call.kernel, header.body), status, buffer, length, kind),
      ),
      'The classes that its arguments are printed with.',
    ),
    partly(
      service(
        0x27,
        'NtSetInformationFile',
        [object('FileHandle', 'File', 0), ioStatus, pointer('FileInformation'), ulong('Length'), what],
        (call, header, status, buffer, length, kind) =>
          set(call, getFileObject(call.kernel, header.body), status, buffer, length, kind),
      ),
      'FilePositionInformation and FileEndOfFileInformation only.',
    ),
    attributesOf(0x3d, 'NtQueryAttributesFile', BASIC_INFORMATION),
    attributesOf(0x147, 'NtQueryFullAttributesFile', NETWORK_OPEN_INFORMATION),
    partly(
      service(
        0x49,
        'NtQueryVolumeInformationFile',
        [
          object('FileHandle', 'File', 0),
          ioStatus,
          pointer('FsInformation'),
          ulong('Length'),
          choice('FsInformationClass', 'FS_INFORMATION_CLASS', [[VOLUME_DEVICE, 'FileFsDeviceInformation']]),
        ],
        (call, header, status, buffer, length, kind) => {
          if (kind !== VOLUME_DEVICE) return STATUS_INVALID_INFO_CLASS;
          const isConsole = informationOf(call, getFileObject(call.kernel, header.body))?.kind === 'console';
          const bytes = encodeStructure(structure('FILE_FS_DEVICE_INFORMATION', 8, [[0, 'DeviceType', 'u32', '']]), {
            DeviceType: isConsole ? FILE_DEVICE_CONSOLE : FILE_DEVICE_DISK,
          });
          return answer(call, status, buffer, length, bytes);
        },
      ),
      'FileFsDeviceInformation only.',
    ),
  ];
}

const timeRows = TIMES.map((name, index) => [index * 8, name, 'u64', ''] as const);
const BASIC_INFORMATION = () =>
  structure('FILE_BASIC_INFORMATION', 0x28, [...timeRows, [0x20, 'FileAttributes', 'u32', '']]);
const NETWORK_OPEN_INFORMATION = () =>
  structure('FILE_NETWORK_OPEN_INFORMATION', 0x38, [
    ...timeRows,
    [0x20, 'AllocationSize', 'u64', ''],
    [0x28, 'EndOfFile', 'u64', ''],
    [0x30, 'FileAttributes', 'u32', ''],
  ]);
const STANDARD_INFORMATION = () =>
  structure('FILE_STANDARD_INFORMATION', 0x18, [
    [0x00, 'AllocationSize', 'u64', ''],
    [0x08, 'EndOfFile', 'u64', ''],
    [0x10, 'NumberOfLinks', 'u32', ''],
    [0x14, 'DeletePending', 'u8', ''],
    [0x15, 'Directory', 'u8', ''],
  ]);

function encode(layout: Structure, information: FileInformation): Uint8Array {
  const known = new Set(layout.fields.map(({ name }) => name));
  return encodeStructure(
    layout,
    Object.fromEntries(Object.entries(fieldsOf(information)).filter(([name]) => known.has(name))),
  );
}

function operationsOf(call: Call, file: FileObject): FileOperations | undefined {
  return getDriver(call.kernel, file.driver).files;
}

function informationOf(call: Call, file: FileObject): FileInformation | undefined {
  return operationsOf(call, file)?.information(file.file);
}

function queryAttributes(call: Call, attributes: ObjectAttributes, to: number, layout: Structure): NtStatus {
  const opened = openObjectFile(call.kernel, call, { attributes, access: 0 });
  if (!opened.object) return opened.status;
  const information = informationOf(call, getFileObject(call.kernel, opened.object.body));
  closeHandle(call.kernel, call.process, opened.handle);
  if (!information) return STATUS_INVALID_DEVICE_REQUEST;
  return writeUser(call, to, encode(layout, information)) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

function query(call: Call, file: FileObject, ioStatus: number, buffer: number, length: number, what: number): NtStatus {
  const information = informationOf(call, file);
  if (!information) return STATUS_INVALID_DEVICE_REQUEST;
  const long = (name: string): Structure => structure(name, 8, [[0, name, 'u64', '']]);
  switch (what) {
    case BASIC:
      return answer(call, ioStatus, buffer, length, encode(BASIC_INFORMATION(), information));
    case STANDARD:
      return answer(call, ioStatus, buffer, length, encode(STANDARD_INFORMATION(), information));
    case NETWORK_OPEN:
      return answer(call, ioStatus, buffer, length, encode(NETWORK_OPEN_INFORMATION(), information));
    case INTERNAL:
      return answer(call, ioStatus, buffer, length, encode(long('IndexNumber'), information));
    case POSITION:
      return answer(call, ioStatus, buffer, length, encodeStructure(long('Position'), { Position: file.position }));
    case NAME: {
      const text = encodeUnicode(file.name);
      const bytes = new Uint8Array(4 + text.length);
      new DataView(bytes.buffer).setUint32(0, text.length, true);
      bytes.set(text, 4);
      return answer(call, ioStatus, buffer, length, bytes);
    }
    default:
      return STATUS_INVALID_INFO_CLASS;
  }
}

/** Puts the bytes where the caller wants them, if they fit. */
function answer(call: Call, ioStatus: number, buffer: number, length: number, bytes: Uint8Array): NtStatus {
  if (length < bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  if (!writeUser(call, buffer, bytes)) return STATUS_ACCESS_VIOLATION;
  return complete(call, ioStatus, { status: STATUS_SUCCESS, count: bytes.length });
}

function set(call: Call, file: FileObject, ioStatus: number, buffer: number, length: number, what: number): NtStatus {
  if (what !== POSITION && what !== END_OF_FILE) return STATUS_INVALID_INFO_CLASS;
  if (length < 8) return STATUS_INFO_LENGTH_MISMATCH;
  const value = readLong(call, buffer);
  if (value === undefined) return STATUS_ACCESS_VIOLATION;
  if (value < 0) return STATUS_INVALID_PARAMETER;
  if (what === POSITION) file.position = value;
  else {
    const status = operationsOf(call, file)?.resize(file.file, value) ?? STATUS_INVALID_DEVICE_REQUEST;
    if (!succeeded(status)) return status;
  }
  return complete(call, ioStatus, { status: STATUS_SUCCESS, count: 0 });
}
