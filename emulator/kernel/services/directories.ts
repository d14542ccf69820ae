/** NtQueryDirectoryFile: what is in a folder, a buffer at a time (ntifs.h, FILE_DIRECTORY_INFORMATION and its kin). */

import { getDriver } from '../io/driver.ts';
import type { FileInformation } from '../io/driver.ts';
import { getFileObject } from '../io/fileObject.ts';
import type { FileObject } from '../io/fileObject.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import type { Structure } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import { upcase } from '../rtl/upcase.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_BUFFER_OVERFLOW,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_INVALID_PARAMETER,
  STATUS_NO_MORE_FILES,
  STATUS_NO_SUCH_FILE,
  STATUS_SUCCESS,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import { boolean, choice, handle, object, out, pointer, ulong, unicodeString } from './arguments.ts';
import { fieldsOf } from './fileFields.ts';
import { complete } from './ioStatus.ts';
import { service } from './service.ts';
import type { Call, Service } from './service.ts';
import { writeUser } from './userMemory.ts';

const FILE_LIST_DIRECTORY = 1;
const DIRECTORY = 1;
const FULL_DIRECTORY = 2;
const BOTH_DIRECTORY = 3;
const NAMES = 12;
const CLASSES: Names = [
  [DIRECTORY, 'FileDirectoryInformation'],
  [FULL_DIRECTORY, 'FileFullDirectoryInformation'],
  [BOTH_DIRECTORY, 'FileBothDirectoryInformation'],
  [NAMES, 'FileNamesInformation'],
];

export function directoryServices(): Service[] {
  return [
    service(
      0x35,
      'NtQueryDirectoryFile',
      [
        object('FileHandle', 'File', FILE_LIST_DIRECTORY),
        handle('Event'),
        pointer('ApcRoutine', 'PIO_APC_ROUTINE'),
        pointer('ApcContext'),
        out('IoStatusBlock', 'PIO_STATUS_BLOCK', 16),
        pointer('FileInformation'),
        ulong('Length'),
        choice('FileInformationClass', 'FILE_INFORMATION_CLASS', CLASSES),
        boolean('ReturnSingleEntry'),
        unicodeString('FileName'),
        boolean('RestartScan'),
      ],
      (call, header, _event, _apc, _context, ioStatus, buffer, length, what, single, pattern, restart) => {
        const file = getFileObject(call.kernel, header.body);
        if (restart) file.position = 0;
        return query(call, file, { ioStatus, buffer, length, what, single, pattern: pattern ?? '*' });
      },
    ),
  ];
}

interface Request {
  readonly ioStatus: number;
  readonly buffer: number;
  readonly length: number;
  readonly what: number;
  readonly single: boolean;
  readonly pattern: string;
}

/** The fixed part of an entry; its name follows. The offset of the next entry is filled in by its follower. */
function layoutOf(what: number): Structure | undefined {
  const head = [
    [0x00, 'NextEntryOffset', 'u32', ''],
    [0x04, 'FileIndex', 'u32', ''],
  ] as const;
  const common = [
    ...head,
    [0x08, 'CreationTime', 'u64', ''],
    [0x10, 'LastAccessTime', 'u64', ''],
    [0x18, 'LastWriteTime', 'u64', ''],
    [0x20, 'ChangeTime', 'u64', ''],
    [0x28, 'EndOfFile', 'u64', ''],
    [0x30, 'AllocationSize', 'u64', ''],
    [0x38, 'FileAttributes', 'u32', ''],
    [0x3c, 'FileNameLength', 'u32', ''],
  ] as const;
  switch (what) {
    case DIRECTORY:
      return structure('FILE_DIRECTORY_INFORMATION', 0x40, common);
    case FULL_DIRECTORY:
      return structure('FILE_FULL_DIR_INFORMATION', 0x44, common);
    case BOTH_DIRECTORY:
      return structure('FILE_BOTH_DIR_INFORMATION', 0x5e, common);
    case NAMES:
      return structure('FILE_NAMES_INFORMATION', 0x0c, [...head, [0x08, 'FileNameLength', 'u32', '']]);
    default:
      return undefined;
  }
}

/** As many entries as fit, from the file's position on, which counts entries here. */
function query(call: Call, file: FileObject, request: Request): NtStatus {
  const layout = layoutOf(request.what);
  if (!layout) return STATUS_INVALID_INFO_CLASS;
  if (request.length < layout.size) return STATUS_INFO_LENGTH_MISMATCH;
  const listed = getDriver(call.kernel, file.driver).files?.list(file.file);
  if (!listed) return STATUS_INVALID_PARAMETER;
  const matches = listed.filter(({ name }) => fits(name, request.pattern));
  const rest = matches.slice(file.position);
  if (rest.length === 0) return file.position === 0 ? STATUS_NO_SUCH_FILE : STATUS_NO_MORE_FILES;
  const bytes = new Uint8Array(Math.min(request.length, LARGEST_BUFFER));
  const view = new DataView(bytes.buffer);
  let end = 0;
  let last = -1;
  for (const entry of request.single ? rest.slice(0, 1) : rest) {
    const at = Math.ceil(end / 8) * 8;
    const encoded = encodeEntry(layout, entry);
    if (at + encoded.length > bytes.length) break;
    if (last >= 0) view.setUint32(last, at - last, true);
    bytes.set(encoded, at);
    last = at;
    end = at + encoded.length;
    file.position++;
  }
  if (end === 0) return STATUS_BUFFER_OVERFLOW;
  if (!writeUser(call, request.buffer, bytes.subarray(0, end))) return STATUS_ACCESS_VIOLATION;
  return complete(call, request.ioStatus, { status: STATUS_SUCCESS, count: end });
}

const LARGEST_BUFFER = 0x10_0000;

function encodeEntry(
  layout: Structure,
  { name, information }: { name: string; information: FileInformation },
): Uint8Array {
  const known = new Set(layout.fields.map(({ name: field }) => field));
  const text = encodeUnicode(name);
  const values = { ...fieldsOf(information), FileNameLength: text.length };
  const fields = Object.fromEntries(Object.entries(values).filter(([field]) => known.has(field)));
  const bytes = new Uint8Array(layout.size + text.length);
  bytes.set(encodeStructure(layout, fields));
  bytes.set(text, layout.size);
  return bytes;
}

/** FsRtlIsNameInExpression: `*` stands for any letters, `?` for one; case is ignored. */
function fits(name: string, pattern: string): boolean {
  const text = upcase(name);
  const wanted = upcase(pattern);
  let at = 0;
  let next = 0;
  // Where the last star stands, and what it has been tried with: only that one is ever tried again.
  let star = -1;
  let tried = 0;
  while (at < text.length) {
    if (next < wanted.length && (wanted[next] === '?' || wanted[next] === text[at]) && wanted[next] !== '*') {
      at++;
      next++;
    } else if (wanted[next] === '*') {
      star = next++;
      tried = at;
    } else if (star >= 0) {
      next = star + 1;
      at = ++tried;
    } else return false;
  }
  while (wanted[next] === '*') next++;
  return next === wanted.length;
}
