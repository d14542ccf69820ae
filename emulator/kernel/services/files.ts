/** Files and devices: opening, reading and writing. All input and output is over when the service returns. */

import { getDriver } from '../io/driver.ts';
import type { Transfer } from '../io/driver.ts';
import { getFileObject } from '../io/fileObject.ts';
import { FILE_READ_DATA, FILE_WRITE_DATA, openObjectFile } from '../io/openFile.ts';
import { queueUserApc } from '../ke/apc.ts';
import { clearEvent, setEvent } from '../ke/event.ts';
import { USER_APC } from '../ke/userApc.ts';
import { waitForObjects } from '../ke/wait.ts';
import { referenceObjectByHandle } from '../ob/handleTable.ts';
import type { ObjectHeader } from '../ob/object.ts';
import type { ObjectAttributes } from '../ob/open.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_PENDING,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import {
  accessMask,
  bytes,
  choice,
  flags,
  handle,
  handleOut,
  object,
  objectAttributes,
  optionalLargeInteger,
  out,
  pointer,
  ulong,
} from './arguments.ts';
import { directoryServices } from './directories.ts';
import { fileInformationServices } from './fileInformation.ts';
import { complete } from './ioStatus.ts';
import { missing, partly, service, UNANSWERED } from './service.ts';
import type { Call, Service } from './service.ts';
import { readUser, writeLong, writeUser } from './userMemory.ts';

/** The largest transfer in one call; the caller sees a short one. */
const TRANSFER_LIMIT = 0x100_0000;
const FILE_WRITE_TO_END_OF_FILE = 0xffff_ffff;

const SHARE_ACCESS: Names = [
  [1, 'FILE_SHARE_READ'],
  [2, 'FILE_SHARE_WRITE'],
  [4, 'FILE_SHARE_DELETE'],
];
const DISPOSITIONS: Names = [
  [0, 'FILE_SUPERSEDE'],
  [1, 'FILE_OPEN'],
  [2, 'FILE_CREATE'],
  [3, 'FILE_OPEN_IF'],
  [4, 'FILE_OVERWRITE'],
  [5, 'FILE_OVERWRITE_IF'],
];
const OPTIONS: Names = [
  [0x1, 'FILE_DIRECTORY_FILE'],
  [0x2, 'FILE_WRITE_THROUGH'],
  [0x4, 'FILE_SEQUENTIAL_ONLY'],
  [0x10, 'FILE_SYNCHRONOUS_IO_ALERT'],
  [0x20, 'FILE_SYNCHRONOUS_IO_NONALERT'],
  [0x40, 'FILE_NON_DIRECTORY_FILE'],
];

export function fileServices(): Service[] {
  const ioStatus = out('IoStatusBlock', 'PIO_STATUS_BLOCK', 16);
  const completion = [
    handle('Event'),
    pointer('ApcRoutine', 'PIO_APC_ROUTINE'),
    pointer('ApcContext'),
    ioStatus,
  ] as const;
  const place = [optionalLargeInteger('ByteOffset'), pointer('Key', 'PULONG')] as const;
  return [
    service(
      0x55,
      'NtCreateFile',
      [
        handleOut('FileHandle'),
        accessMask(),
        objectAttributes(),
        ioStatus,
        optionalLargeInteger('AllocationSize'),
        ulong('FileAttributes'),
        flags('ShareAccess', SHARE_ACCESS),
        choice('CreateDisposition', 'ULONG', DISPOSITIONS),
        flags('CreateOptions', OPTIONS),
        pointer('EaBuffer'),
        ulong('EaLength'),
      ],
      (call, to, access, attributes, status, _size, _attributes, _share, disposition, options) =>
        open(call, to, access, attributes, status, disposition, options),
    ),
    service(
      0x33,
      'NtOpenFile',
      [
        handleOut('FileHandle'),
        accessMask(),
        objectAttributes(),
        ioStatus,
        flags('ShareAccess', SHARE_ACCESS),
        flags('OpenOptions', OPTIONS),
      ],
      (call, to, access, attributes, status, _share, options) =>
        open(call, to, access, attributes, status, undefined, options),
    ),
    service(
      0x06,
      'NtReadFile',
      [object('FileHandle', 'File', FILE_READ_DATA), ...completion, pointer('Buffer'), ulong('Length'), ...place],
      (call, file, event, apc, context, status, buffer, length, offset) =>
        transfer(call, file, { event, apc, context, status }, offset, (driver, name, at) => {
          const into = new Uint8Array(Math.min(length, TRANSFER_LIMIT));
          const done = driver.read(name, at, into);
          if (done.count > 0 && !writeUser(call, buffer, into.subarray(0, done.count)))
            return { status: STATUS_ACCESS_VIOLATION, count: 0 };
          return done;
        }),
    ),
    service(
      0x08,
      'NtWriteFile',
      [object('FileHandle', 'File', FILE_WRITE_DATA), ...completion, bytes('Buffer', 6), ulong('Length'), ...place],
      (call, file, event, apc, context, status, buffer, length, offset) =>
        transfer(call, file, { event, apc, context, status }, offset, (driver, name, at) => {
          const from = readUser(call, buffer, Math.min(length, TRANSFER_LIMIT));
          return from ? driver.write(name, at, from) : { status: STATUS_ACCESS_VIOLATION, count: 0 };
        }),
    ),
    partly(
      service(0x4b, 'NtFlushBuffersFile', [object('FileHandle', 'File', 0), ioStatus], (call, _file, status) =>
        complete(call, status, { status: STATUS_SUCCESS, count: 0 }),
      ),
      'Nothing is kept back, so there is nothing to flush.',
    ),
    missing(
      0x07,
      'NtDeviceIoControlFile',
      'No device of this machine has control codes.',
      STATUS_INVALID_DEVICE_REQUEST,
    ),
    missing(0x39, 'NtFsControlFile', 'The volumes have no control codes.', STATUS_INVALID_DEVICE_REQUEST),
    ...fileInformationServices(),
    ...directoryServices(),
  ];
}

function open(
  call: Call,
  to: number,
  access: number,
  attributes: ObjectAttributes,
  ioStatus: number,
  disposition: number | undefined,
  options: number,
): NtStatus {
  if (disposition !== undefined && disposition > 5) return STATUS_INVALID_PARAMETER;
  const opened = openObjectFile(call.kernel, call, { attributes, access, disposition, options });
  if (!succeeded(opened.status)) return opened.status;
  writeLong(call, to, opened.handle);
  return complete(call, ioStatus, { status: opened.status, count: opened.information });
}

/** How the caller hears of the end. */
interface Completion {
  readonly event: number;
  readonly apc: number;
  readonly context: number;
  /** Address of the IO_STATUS_BLOCK. */
  readonly status: number;
}

type Operation = (driver: FileOperationsOf, name: string, at: number) => Transfer;
type FileOperationsOf = NonNullable<ReturnType<typeof getDriver>['files']>;

/** Reads or writes at the position that the caller names, or at the file's own, which moves. */
function transfer(
  call: Call,
  header: ObjectHeader,
  completion: Completion,
  offset: number | undefined,
  operation: Operation,
): NtStatus | typeof UNANSWERED {
  const { kernel, thread } = call;
  const file = getFileObject(kernel, header.body);
  const { files } = getDriver(kernel, file.driver);
  if (!files) return STATUS_INVALID_DEVICE_REQUEST;
  const event = completion.event === 0 ? undefined : eventOf(call, completion.event);
  if (typeof event === 'object') return event.status;
  if (event !== undefined) clearEvent(kernel, event);
  const at = position(files, file, offset);
  if (at < 0) return STATUS_INVALID_PARAMETER;
  const done = operation(files, file.file, at);
  if (done.status === STATUS_PENDING && done.event !== undefined) {
    waitForObjects(kernel, thread, { objects: [done.event], reason: done.reason ?? 'file' });
    return UNANSWERED;
  }
  if (succeeded(done.status)) file.position = at + done.count;
  const status = complete(call, completion.status, done);
  if (event !== undefined) setEvent(kernel, event);
  if (completion.apc && succeeded(status)) queueIoApc(call, completion);
  return status;
}

/** FILE_USE_FILE_POINTER_POSITION is -2 as 64 bits, and only with FFFFFFFF above it a position. */
function position(
  files: FileOperationsOf,
  file: { position: number; file: string },
  offset: number | undefined,
): number {
  if (offset === undefined || offset === -2) return file.position;
  if (offset === -1) return files.information(file.file)?.size ?? 0;
  return offset === FILE_WRITE_TO_END_OF_FILE ? (files.information(file.file)?.size ?? 0) : offset;
}

function eventOf(call: Call, value: number): number | { status: NtStatus } {
  const found = referenceObjectByHandle(call.kernel, call.process, value, EVENT_MODIFY_STATE, 'Event');
  return found.object?.body ?? { status: found.status };
}

const EVENT_MODIFY_STATE = 2;

/** The routine gets ApcContext, the IO_STATUS_BLOCK, and 0. */
function queueIoApc({ kernel, thread }: Call, { apc, context, status }: Completion): void {
  queueUserApc(kernel, thread, { routine: USER_APC, context: [apc, context, status, 0], special: false });
}
