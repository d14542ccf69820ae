/** NtCreateUserProcess: a process from an image, with its first thread, from what the caller has written down. */

import { signed64 } from '../../base/words.ts';
import { readFileBytes } from '../io/fileBytes.ts';
import { getDriver } from '../io/driver.ts';
import { getFileObject } from '../io/fileObject.ts';
import { FILE_READ_DATA, openObjectFile } from '../io/openFile.ts';
import { resumeThread } from '../ke/suspend.ts';
import { closeHandle } from '../ob/handleTable.ts';
import { getObject } from '../ob/object.ts';
import { OBJ_CASE_INSENSITIVE, openObjectByPointer } from '../ob/open.ts';
import { terminateProcess } from '../ps/terminate.ts';
import { createUserProcess } from '../ps/userProcess.ts';
import type { UserProcessOptions } from '../ps/userProcess.ts';
import { PARAMETERS_NORMALIZED, processParameters } from '../rtl/environmentBlocks.ts';
import { offsetOf } from '../rtl/structure.ts';
import { decodeUnicode } from '../rtl/unicode.ts';
import {
  STATUS_ACCESS_VIOLATION,
  STATUS_INVALID_FILE_FOR_SECTION,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  succeeded,
} from '../status.ts';
import type { NtStatus } from '../status.ts';
import { accessMask, flags, handleOut, objectAttributes, pointer } from './arguments.ts';
import { partly, service } from './service.ts';
import type { Call, Service } from './service.ts';
import { readUser, writeLong, writeWord } from './userMemory.ts';

const INHERIT_HANDLES = 4;
const CREATE_SUSPENDED = 1;
/** PS_ATTRIBUTE_IMAGE_NAME and PS_ATTRIBUTE_CLIENT_ID (ntpsapi.h of phnt). */
const IMAGE_NAME = 0x2_0005;
const CLIENT_ID = 0x1_0003;
/** PsCreateSuccess, in PS_CREATE_INFO's State. */
const CREATE_SUCCESS = 6;
const CREATE_INFO_STATE = 8;

export function createProcessServices(): Service[] {
  return [
    partly(
      service(
        0xc9,
        'NtCreateUserProcess',
        [
          handleOut('ProcessHandle'),
          handleOut('ThreadHandle'),
          accessMask('ProcessDesiredAccess'),
          accessMask('ThreadDesiredAccess'),
          objectAttributes('ProcessObjectAttributes'),
          objectAttributes('ThreadObjectAttributes'),
          flags('ProcessFlags', [[INHERIT_HANDLES, 'PROCESS_CREATE_FLAGS_INHERIT_HANDLES']]),
          flags('ThreadFlags', [[CREATE_SUSPENDED, 'THREAD_CREATE_FLAGS_CREATE_SUSPENDED']]),
          pointer('ProcessParameters', 'PRTL_USER_PROCESS_PARAMETERS'),
          pointer('CreateInfo', 'PPS_CREATE_INFO'),
          pointer('AttributeList', 'PPS_ATTRIBUTE_LIST'),
        ],
        (
          call,
          process,
          thread,
          processAccess,
          threadAccess,
          _p,
          _t,
          processFlags,
          threadFlags,
          parameters,
          info,
          list,
        ) =>
          create(call, {
            process,
            thread,
            processAccess,
            threadAccess,
            processFlags,
            threadFlags,
            parameters,
            info,
            list,
          }),
      ),
      'Of the attributes it knows the image name and the client id.',
    ),
  ];
}

interface Request {
  /** Where the handles go. */
  readonly process: number;
  readonly thread: number;
  readonly processAccess: number;
  readonly threadAccess: number;
  readonly processFlags: number;
  readonly threadFlags: number;
  readonly parameters: number;
  readonly info: number;
  readonly list: number;
}

function create(call: Call, request: Request): NtStatus {
  const { kernel } = call;
  const attributes = readAttributes(call, request.list);
  const parameters = readParameters(call, request.parameters);
  if (!attributes || !parameters) return STATUS_ACCESS_VIOLATION;
  if (attributes.imageName === '') return STATUS_INVALID_PARAMETER;
  const image = readImage(call, attributes.imageName);
  if (!image.source) return image.status;
  const inherits = (request.processFlags & INHERIT_HANDLES) !== 0;
  const created = createUserProcess(kernel, {
    parent: call.process.id,
    image: image.bytes,
    source: image.source,
    ...parameters.texts,
    handles: inherits ? { from: call.process, ...parameters.handles } : undefined,
    beingDebugged: false,
  });
  const { process, thread } = created;
  if (!process || !thread) return created.status;
  const handles = [
    openObjectByPointer(call, getObject(kernel, process.object), request.processAccess),
    openObjectByPointer(call, getObject(kernel, thread.object), request.threadAccess),
  ];
  const refused = handles.find(({ status }) => !succeeded(status));
  if (refused) {
    for (const { handle } of handles) if (handle) closeHandle(kernel, call.process, handle);
    terminateProcess(kernel, process, refused.status);
    return refused.status;
  }
  writeLong(call, request.process, handles[0].handle);
  writeLong(call, request.thread, handles[1].handle);
  if (request.info) writeWord(call, request.info + CREATE_INFO_STATE, CREATE_SUCCESS);
  if (attributes.clientId) {
    writeLong(call, attributes.clientId, process.id);
    writeLong(call, attributes.clientId + 8, thread.id);
  }
  if (!(request.threadFlags & CREATE_SUSPENDED)) resumeThread(kernel, thread);
  return STATUS_SUCCESS;
}

const ATTRIBUTE_SIZE = 0x20;
const MOST_ATTRIBUTES = 32;

/** PS_ATTRIBUTE_LIST: its length, then records of attribute, size, value and where the length of an answer goes. */
function readAttributes(call: Call, address: number): { imageName: string; clientId: number } | undefined {
  const header = address === 0 ? undefined : readUser(call, address, 8);
  if (!header) return undefined;
  const total = new DataView(header.buffer).getUint32(0, true);
  const count = Math.min(MOST_ATTRIBUTES, Math.floor(Math.max(0, total - 8) / ATTRIBUTE_SIZE));
  const bytes = readUser(call, address + 8, count * ATTRIBUTE_SIZE);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer);
  let imageName = '';
  let clientId = 0;
  for (let at = 0; at < bytes.length; at += ATTRIBUTE_SIZE) {
    const [attribute, size, value] = [0, 8, 0x10].map(offset => longAt(view, at + offset));
    if (attribute === CLIENT_ID) clientId = value;
    if (attribute !== IMAGE_NAME) continue;
    const text = size >= 0 && size <= 0xffff ? readUser(call, value, size) : undefined;
    if (!text) return undefined;
    imageName = decodeUnicode(text);
  }
  return { imageName, clientId };
}

type Texts = Pick<UserProcessOptions, 'imagePath' | 'commandLine' | 'currentDirectory' | 'environment'>;

interface Parameters {
  readonly texts: Texts;
  readonly handles: { readonly standardInput: number; readonly standardOutput: number; readonly standardError: number };
}

const LARGEST_ENVIRONMENT = 0x10_0000;

function readParameters(call: Call, address: number): Parameters | undefined {
  const layout = processParameters();
  const bytes = address === 0 ? undefined : readUser(call, address, layout.size);
  if (!bytes) return undefined;
  const view = new DataView(bytes.buffer);
  const word = (name: string): number => longAt(view, offsetOf(layout, name));
  // Until they are normalized, pointers are offsets.
  const isNormalized = view.getUint32(offsetOf(layout, 'Flags'), true) & PARAMETERS_NORMALIZED;
  const place = (pointerValue: number): number => (isNormalized ? pointerValue : address + pointerValue);
  const text = (name: string): string | undefined => {
    const at = offsetOf(layout, name);
    const length = view.getUint16(at, true);
    const found = length === 0 ? new Uint8Array(0) : readUser(call, place(longAt(view, at + 8)), length);
    return found && decodeUnicode(found);
  };
  const [imagePath, commandLine, currentDirectory] = ['ImagePathName', 'CommandLine', 'CurrentDirectory.DosPath'].map(
    text,
  );
  const environment = readEnvironment(call, place(word('Environment')), word('EnvironmentSize'));
  if (imagePath === undefined || commandLine === undefined || currentDirectory === undefined || !environment)
    return undefined;
  return {
    texts: { imagePath, commandLine, currentDirectory, environment },
    handles: {
      standardInput: word('StandardInput'),
      standardOutput: word('StandardOutput'),
      standardError: word('StandardError'),
    },
  };
}

/** NAME=VALUE strings; a name may begin with an equals sign. */
function readEnvironment(call: Call, address: number, size: number): Record<string, string> | undefined {
  if (size === 0) return {};
  const bytes = size > 0 && size <= LARGEST_ENVIRONMENT ? readUser(call, address, size) : undefined;
  if (!bytes) return undefined;
  const entries = decodeUnicode(bytes)
    .split('\0')
    .map(text => ({ text, equals: text.indexOf('=', 1) }))
    .filter(({ equals }) => equals > 0)
    .map(({ text, equals }) => [text.slice(0, equals), text.slice(equals + 1)]);
  return Object.fromEntries(entries);
}

interface Image {
  readonly status: NtStatus;
  readonly bytes: Uint8Array;
  readonly source?: UserProcessOptions['source'];
}

/** Programs beyond this are not read: 256 MiB. */
const LARGEST_PROGRAM = 0x1000_0000;

/** The file of that name in the object manager's name space. */
function readImage(call: Call, name: string): Image {
  const { kernel } = call;
  const attributes = { rootDirectory: 0, name, attributes: OBJ_CASE_INSENSITIVE };
  const opened = openObjectFile(kernel, call, { attributes, access: FILE_READ_DATA });
  const nothing = new Uint8Array(0);
  if (!opened.object) return { status: opened.status, bytes: nothing };
  try {
    const { driver, file } = getFileObject(kernel, opened.object.body);
    const information = getDriver(kernel, driver).files?.information(file);
    if (information?.kind !== 'file' || information.size > LARGEST_PROGRAM)
      return { status: STATUS_INVALID_FILE_FOR_SECTION, bytes: nothing };
    const source = { driver, file };
    return { status: STATUS_SUCCESS, bytes: readFileBytes(kernel, source, information.size), source };
  } finally {
    closeHandle(kernel, call.process, opened.handle);
  }
}

function longAt(view: DataView, at: number): number {
  return signed64(view.getInt32(at, true), view.getInt32(at + 4, true));
}
