/** Processes: cloning, opening, ending, and what is known of them. */

import { resumeThread, suspendThread } from '../ke/suspend.ts';
import { handleCount } from '../ob/handleTable.ts';
import { requestTermination, terminateThread } from '../ps/terminate.ts';
import type { Process } from '../ps/process.ts';
import { imageFileName } from '../ps/image.ts';
import { cloneUserProcess } from '../ps/cloneProcess.ts';
import { getObject } from '../ob/object.ts';
import { openObjectByPointer } from '../ob/open.ts';
import { encodeStructure, structure } from '../rtl/structure.ts';
import { encodeUnicode } from '../rtl/unicode.ts';
import { getThread } from '../ps/thread.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_ACCESS_VIOLATION,
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_INFO_CLASS,
  STATUS_NOT_SUPPORTED,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Names } from './arguments.ts';
import {
  accessMask,
  choice,
  flags,
  handle,
  handleOut,
  objectAttributes,
  optionalOut,
  pointer,
  process,
  ulong,
} from './arguments.ts';
import { openProcessById } from './clientIds.ts';
import { createProcessServices } from './createProcess.ts';
import { missing, partly, service, UNANSWERED } from './service.ts';
import type { Call, Service } from './service.ts';
import { give } from './synchronization.ts';
import { writeUser, writeWord } from './userMemory.ts';

const PROCESS_TERMINATE = 0x1;
const PROCESS_CREATE_PROCESS = 0x80;
const PROCESS_SUSPEND_RESUME = 0x800;
const PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
const INHERIT_HANDLES = 4;

export function processServices(): Service[] {
  return [
    partly(
      service(
        0x4d,
        'NtCreateProcessEx',
        [
          handleOut('ProcessHandle'),
          accessMask(),
          objectAttributes(),
          process(PROCESS_CREATE_PROCESS, 'ParentProcess'),
          flags('Flags', [
            [1, 'PROCESS_CREATE_FLAGS_BREAKAWAY'],
            [INHERIT_HANDLES, 'PROCESS_CREATE_FLAGS_INHERIT_HANDLES'],
          ]),
          handle('SectionHandle'),
          handle('DebugPort'),
          handle('TokenHandle'),
          ulong('Reserved'),
        ],
        (call, to, access, _attributes, parent, createFlags, section, debugPort, token) => {
          // With a section the process is empty but for its image, and somebody has to build the rest by hand.
          if (section !== 0 || debugPort !== 0 || token !== 0) return STATUS_NOT_SUPPORTED;
          const inherits = (createFlags & INHERIT_HANDLES) !== 0;
          const created = cloneUserProcess(call.kernel, parent, { inheritHandles: inherits });
          if (!created.process) return created.status;
          return give(call, to, openObjectByPointer(call, getObject(call.kernel, created.process.object), access));
        },
      ),
      'Clones the parent (no section); NtCreateUserProcess makes processes from images.',
    ),
    ...createProcessServices(),
    service(
      0x26,
      'NtOpenProcess',
      [handleOut('ProcessHandle'), accessMask(), objectAttributes(), pointer('ClientId', 'PCLIENT_ID')],
      (call, to, access, { attributes }, clientId) => openProcessById(call, to, access, attributes, clientId),
    ),
    service(0x2c, 'NtTerminateProcess', [handle('ProcessHandle'), ulong('ExitStatus')], terminate),
    service(0x1bd, 'NtSuspendProcess', [process(PROCESS_SUSPEND_RESUME)], ({ kernel }, target) => {
      for (const id of target.threads) suspendThread(kernel, getThread(kernel, id));
      return STATUS_SUCCESS;
    }),
    service(0x17d, 'NtResumeProcess', [process(PROCESS_SUSPEND_RESUME)], ({ kernel }, target) => {
      for (const id of target.threads) resumeThread(kernel, getThread(kernel, id));
      return STATUS_SUCCESS;
    }),
    partly(
      service(
        0x19,
        'NtQueryInformationProcess',
        [
          process(PROCESS_QUERY_LIMITED_INFORMATION),
          choice('ProcessInformationClass', 'PROCESSINFOCLASS', CLASSES),
          pointer('ProcessInformation'),
          ulong('ProcessInformationLength'),
          optionalOut('ReturnLength', 'PULONG', 4),
        ],
        query,
      ),
      'The classes that its arguments are printed with.',
    ),
    missing(0x1c, 'NtSetInformationProcess', 'Nothing of a process can be changed.', STATUS_INVALID_INFO_CLASS),
  ];
}

/** A null handle: all other threads of the caller's process, which goes on alone. */
function terminate(call: Call, value: number, status: number): NtStatus | typeof UNANSWERED {
  const { kernel, thread } = call;
  if (value === 0) {
    for (const id of call.process.threads.filter(each => each !== thread.id))
      terminateThread(kernel, getThread(kernel, id), status);
    return STATUS_SUCCESS;
  }
  const target = process(PROCESS_TERMINATE).decode(call, { low: value | 0, value });
  if (!succeeded(call.refusal)) return call.refusal;
  if (target.critical) return STATUS_ACCESS_DENIED;
  const answer = requestTermination(kernel, target, status);
  return target === call.process ? UNANSWERED : answer;
}

const BASIC = 0;
const DEBUG_PORT = 7;
const HANDLE_COUNT = 20;
const SESSION = 24;
const WOW64 = 26;
const IMAGE_FILE_NAME = 27;
const DEBUG_FLAGS = 31;
const COMMAND_LINE = 60;
const SUBSYSTEM = 75;
const CLASSES: Names = [
  [BASIC, 'ProcessBasicInformation'],
  [DEBUG_PORT, 'ProcessDebugPort'],
  [HANDLE_COUNT, 'ProcessHandleCount'],
  [SESSION, 'ProcessSessionInformation'],
  [WOW64, 'ProcessWow64Information'],
  [IMAGE_FILE_NAME, 'ProcessImageFileName'],
  [DEBUG_FLAGS, 'ProcessDebugFlags'],
  [COMMAND_LINE, 'ProcessCommandLineInformation'],
  [SUBSYSTEM, 'ProcessSubsystemInformation'],
];

const BASIC_SIZE = 0x30;
const EXTENDED_SIZE = 0x40;
const STATUS_OF_RUNNING_PROCESS = 0x103;

/** PROCESS_BASIC_INFORMATION, behind the size when it is PROCESS_EXTENDED_BASIC_INFORMATION. */
const BASIC_INFORMATION = (start: number) =>
  structure('PROCESS_BASIC_INFORMATION', start === 0 ? BASIC_SIZE : EXTENDED_SIZE, [
    [start, 'ExitStatus', 'u32', ''],
    [start + 0x08, 'PebBaseAddress', 'pointer', ''],
    [start + 0x10, 'AffinityMask', 'u64', ''],
    [start + 0x18, 'BasePriority', 'u32', ''],
    [start + 0x20, 'UniqueProcessId', 'handle', ''],
    [start + 0x28, 'InheritedFromUniqueProcessId', 'handle', ''],
  ]);
/** Flags of PROCESS_EXTENDED_BASIC_INFORMATION. */
const EXTENDED_FLAGS = 0x38;
const IS_PROCESS_DELETING = 4;
const IS_SUBSYSTEM_PROCESS = 0x80;

function query(call: Call, target: Process, what: number, buffer: number, length: number, returned: number): NtStatus {
  const bytes = answer(call, target, what, buffer, length);
  if (!bytes) return STATUS_INVALID_INFO_CLASS;
  const isText = what === IMAGE_FILE_NAME || what === COMMAND_LINE;
  if (returned && (isText || length === bytes.length)) writeWord(call, returned, bytes.length);
  if (isText ? length < bytes.length : length !== bytes.length) return STATUS_INFO_LENGTH_MISMATCH;
  return writeUser(call, buffer, bytes) ? STATUS_SUCCESS : STATUS_ACCESS_VIOLATION;
}

function answer(
  { kernel }: Call,
  target: Process,
  what: number,
  buffer: number,
  length: number,
): Uint8Array | undefined {
  switch (what) {
    case BASIC:
      return basicInformation(kernel.providers[target.provider] !== undefined, target, length === EXTENDED_SIZE);
    case DEBUG_PORT: // the machine's debugger is no debug object
    case WOW64:
      return new Uint8Array(8);
    case HANDLE_COUNT:
      return word(handleCount(target));
    case SESSION:
      return word(0);
    case DEBUG_FLAGS:
      return word(1);
    case IMAGE_FILE_NAME:
      return unicodeString(imageFileName(kernel, target), buffer);
    case COMMAND_LINE:
      return unicodeString(target.commandLine, buffer);
    case SUBSYSTEM:
      return word(kernel.providers[target.provider]?.routines.subsystemInformationType ?? 0);
    default:
      return undefined;
  }
}

function basicInformation(isPico: boolean, target: Process, isExtended: boolean): Uint8Array {
  const start = isExtended ? 8 : 0;
  const bytes = encodeStructure(BASIC_INFORMATION(start), {
    ExitStatus: target.state === 'terminated' ? target.exitStatus : STATUS_OF_RUNNING_PROCESS,
    PebBaseAddress: target.peb,
    AffinityMask: 1,
    BasePriority: target.basePriority,
    UniqueProcessId: target.id,
    InheritedFromUniqueProcessId: target.parent,
  });
  if (!isExtended) return bytes;
  const view = new DataView(bytes.buffer);
  view.setUint32(0, EXTENDED_SIZE, true);
  const deleting = target.state === 'running' ? 0 : IS_PROCESS_DELETING;
  view.setUint32(EXTENDED_FLAGS, deleting | (isPico ? IS_SUBSYSTEM_PROCESS : 0), true);
  return bytes;
}

function word(value: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, value, true);
  return bytes;
}

/** A UNICODE_STRING at `buffer`, and its text behind it. */
function unicodeString(text: string, buffer: number): Uint8Array {
  const encoded = encodeUnicode(`${text}\0`);
  const bytes = new Uint8Array(16 + encoded.length);
  const layout = structure('UNICODE_STRING', 16, [[0, 'Text', 'unicode', '']]);
  bytes.set(encodeStructure(layout, { Text: { address: buffer + 16, length: encoded.length - 2 } }));
  bytes.set(encoded, 16);
  return bytes;
}
