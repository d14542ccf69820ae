/**
 * Kinds of service arguments: how each is fetched and how it prints. Types and names are those of phnt's headers.
 * Printing happens when a debugger asks, so it only peeks at memory.
 */

import { hex } from '../../base/pages.ts';
import { signed64 } from '../../base/words.ts';
import { CURRENT_PROCESS, CURRENT_THREAD, referenceObjectByHandle } from '../ob/handleTable.ts';
import type { ObjectHeader } from '../ob/object.ts';
import type { ObjectTypeName } from '../ob/objectType.ts';
import type { ObjectAttributes } from '../ob/open.ts';
import { getProcess } from '../ps/process.ts';
import type { Process } from '../ps/process.ts';
import { getThread } from '../ps/thread.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_INVALID_PARAMETER } from '../status.ts';
import { decodeUnicode } from '../rtl/unicode.ts';
import type { Call } from './service.ts';
import { probeForWrite, readLong, readUnicodeString, readUser } from './userMemory.ts';

/** One argument as it comes: its lower 32 bits, signed, and all of it, signed and exact within ±2^53. */
export interface Word {
  readonly low: number;
  readonly value: number;
}

/** What printing may look at. */
export interface Printer {
  /** Guest memory without side effects: as many bytes as can be read. */
  peek(address: number, size: number): Uint8Array;
  /** All arguments of the call. */
  readonly words: readonly Word[];
}

export interface Argument<T> {
  readonly name: string;
  /** As phnt declares it. */
  readonly type: string;
  /** Refuses by setting `call.refusal`. */
  decode(call: Call, word: Word): T;
  print(printer: Printer, word: Word): string;
  /** For conditions: what the argument points to, if that is text. */
  text?(printer: Printer, word: Word): string | undefined;
}

function argument<T>(
  name: string,
  type: string,
  decode: Argument<T>['decode'],
  print: Argument<T>['print'] = (_printer, { value }) => addressText(value),
): Argument<T> {
  return { name, type, decode, print };
}

function refuse(call: Call, status: number): undefined {
  call.refusal = status;
  return undefined;
}

function addressText(value: number): string {
  return value === 0 ? 'NULL' : value < 0 ? `-${hex(-value)}` : hex(value);
}

export function ulong(name: string): Argument<number> {
  return argument(
    name,
    'ULONG',
    (_call, { low }) => low >>> 0,
    (_printer, { low }) => String(low >>> 0),
  );
}

export function long(name: string): Argument<number> {
  return argument(
    name,
    'LONG',
    (_call, { low }) => low,
    (_printer, { low }) => String(low),
  );
}

export function size(name: string): Argument<number> {
  return argument(
    name,
    'SIZE_T',
    (_call, { value }) => value,
    (_printer, { value }) => String(value),
  );
}

/** BOOLEAN has eight bits; what is above them is not looked at. */
export function boolean(name: string): Argument<boolean> {
  const isTrue = ({ low }: Word): boolean => (low & 0xff) !== 0;
  return argument(
    name,
    'BOOLEAN',
    (_call, word) => isTrue(word),
    (_printer, word) => (isTrue(word) ? 'TRUE' : 'FALSE'),
  );
}

/** An address that the service looks at itself. */
export function pointer(name: string, type = 'PVOID'): Argument<number> {
  return argument(name, type, (_call, { value }) => value);
}

/** Memory of `bytes` bytes that the service fills in: probed before anything happens. */
export function out(name: string, type: string, bytes: number): Argument<number> {
  return argument(name, type, (call, { value }) => {
    if (!probeForWrite(call, value, bytes)) refuse(call, STATUS_ACCESS_VIOLATION);
    return value;
  });
}

/** As {@link out}; a null pointer says that the caller does not want to know: 0. */
export function optionalOut(name: string, type: string, bytes: number): Argument<number> {
  const required = out(name, type, bytes);
  return { ...required, decode: (call, word) => (word.value === 0 ? 0 : required.decode(call, word)) };
}

/** A handle that the service creates. */
export function handleOut(name: string): Argument<number> {
  return out(name, 'PHANDLE', 8);
}

export interface InOut {
  readonly address: number;
  /** Signed. */
  readonly value: number;
}

/** A 64-bit number that the service takes and gives back changed: an address or a size. */
export function inOut(name: string, type: string): Argument<InOut> {
  return argument(
    name,
    type,
    (call, { value: address }) => {
      const value = probeForWrite(call, address, 8) ? readLong(call, address) : undefined;
      return { address, value: value ?? refuse(call, STATUS_ACCESS_VIOLATION) ?? 0 };
    },
    printLong(addressText),
  );
}

/** A 64-bit number behind a pointer that may be null: a time-out, a position. */
export function optionalLargeInteger(name: string): Argument<number | undefined> {
  return argument(
    name,
    'PLARGE_INTEGER',
    (call, { value }) => (value === 0 ? undefined : (readLong(call, value) ?? refuse(call, STATUS_ACCESS_VIOLATION))),
    printLong(String),
  );
}

function printLong(text: (value: number) => string): Argument<unknown>['print'] {
  return ({ peek }, { value: address }) => {
    const bytes = address > 0 ? peek(address, 8) : new Uint8Array(0);
    if (bytes.length < 8) return addressText(address);
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    return `{${text(signed64(view.getInt32(0, true), view.getInt32(4, true)))}}`;
  };
}

/** Names of flags or values, in the order in which they print. */
export type Names = readonly (readonly [value: number, name: string])[];

/** Bits with names; what has none prints as a number. */
export function flags(name: string, names: Names, type = 'ULONG'): Argument<number> {
  return argument(
    name,
    type,
    (_call, { low }) => low >>> 0,
    (_printer, { low }) => flagText(low >>> 0, names),
  );
}

export function flagText(value: number, names: Names): string {
  const set = names.filter(([bit]) => bit !== 0 && (value & bit) >>> 0 === bit);
  const rest = set.reduce((left, [bit]) => (left & ~bit) >>> 0, value);
  const parts = set.map(([, text]) => text);
  return [...parts, ...(rest || parts.length === 0 ? [rest === 0 ? '0' : hex(rest)] : [])].join('|');
}

/** One of several named values. */
export function choice(name: string, type: string, names: Names): Argument<number> {
  return argument(
    name,
    type,
    (_call, { low }) => low >>> 0,
    (_printer, { low }) => names.find(([value]) => value === low >>> 0)?.[1] ?? String(low >>> 0),
  );
}

export function accessMask(name = 'DesiredAccess'): Argument<number> {
  return argument(
    name,
    'ACCESS_MASK',
    (_call, { low }) => low >>> 0,
    (_printer, { low }) => hex(low >>> 0),
  );
}

function handleText(value: number): string {
  if (value === CURRENT_PROCESS) return 'NtCurrentProcess()';
  if (value === CURRENT_THREAD) return 'NtCurrentThread()';
  return addressText(value);
}

/** A handle that the service looks up itself. Signed: -1 and -2 are the current process and thread. */
export function handle(name: string): Argument<number> {
  return argument(
    name,
    'HANDLE',
    (_call, { value }) => value,
    (_printer, { value }) => handleText(value),
  );
}

/** A handle to an object of one type (or any) that must grant `access`. */
export function object(name: string, type: ObjectTypeName | undefined, access: number): Argument<ObjectHeader> {
  return argument(
    name,
    'HANDLE',
    (call, { value }) => referenced(call, value, type, access) as ObjectHeader,
    (_printer, { value }) => handleText(value),
  );
}

function referenced(
  call: Call,
  value: number,
  type: ObjectTypeName | undefined,
  access: number,
): ObjectHeader | undefined {
  const found = referenceObjectByHandle(call.kernel, call.process, value, access, type);
  return found.object ?? refuse(call, found.status);
}

/** A process by its handle. */
export function process(access: number, name = 'ProcessHandle'): Argument<Process> {
  const header = object(name, 'Process', access);
  return {
    ...header,
    decode(call, word) {
      const found = header.decode(call, word);
      return found ? getProcess(call.kernel, found.body) : call.process;
    },
  };
}

/** A thread by its handle. */
export function thread(access: number, name = 'ThreadHandle'): Argument<Thread> {
  const header = object(name, 'Thread', access);
  return {
    ...header,
    decode(call, word) {
      const found = header.decode(call, word);
      return found ? getThread(call.kernel, found.body) : call.thread;
    },
  };
}

/** Length, RootDirectory, ObjectName, Attributes, SecurityDescriptor, SecurityQualityOfService. */
const OBJECT_ATTRIBUTES_SIZE = 0x30;

/** OBJECT_ATTRIBUTES; a null pointer stands for an object without a name. */
export function objectAttributes(name = 'ObjectAttributes'): Argument<ObjectAttributes> {
  return {
    name,
    type: 'POBJECT_ATTRIBUTES',
    decode(call, { value: address }) {
      const none = { rootDirectory: 0, name: '', attributes: 0 };
      if (address === 0) return none;
      const bytes = readUser(call, address, OBJECT_ATTRIBUTES_SIZE);
      if (!bytes) return refuse(call, STATUS_ACCESS_VIOLATION) ?? none;
      const view = new DataView(bytes.buffer);
      if (view.getUint32(0, true) !== OBJECT_ATTRIBUTES_SIZE) return refuse(call, STATUS_INVALID_PARAMETER) ?? none;
      const nameAddress = longAt(view, 0x10);
      const text = nameAddress === 0 ? '' : readUnicodeString(call, nameAddress);
      if (text === undefined) return refuse(call, STATUS_ACCESS_VIOLATION) ?? none;
      return { rootDirectory: longAt(view, 8), name: text, attributes: view.getUint32(0x18, true) };
    },
    print(printer, word) {
      const text = attributesName(printer, word.value);
      return text === undefined ? addressText(word.value) : JSON.stringify(text);
    },
    text: (printer, word) => attributesName(printer, word.value),
  };
}

function attributesName({ peek }: Printer, address: number): string | undefined {
  const header = address > 0 ? peek(address, OBJECT_ATTRIBUTES_SIZE) : new Uint8Array(0);
  if (header.length < OBJECT_ATTRIBUTES_SIZE) return undefined;
  return peekUnicodeString(peek, longAt(viewOf(header), 0x10));
}

function peekUnicodeString(peek: Printer['peek'], address: number): string | undefined {
  const header = address > 0 ? peek(address, 16) : new Uint8Array(0);
  if (header.length < 16) return undefined;
  const view = viewOf(header);
  return decodeUnicode(peek(longAt(view, 8), view.getUint16(0, true)));
}

/** A UNICODE_STRING by its address; undefined where the pointer is null. */
export function unicodeString(name: string): Argument<string | undefined> {
  return {
    name,
    type: 'PUNICODE_STRING',
    decode: (call, { value }) =>
      value === 0 ? undefined : (readUnicodeString(call, value) ?? refuse(call, STATUS_ACCESS_VIOLATION)),
    print({ peek }, { value }) {
      const text = peekUnicodeString(peek, value);
      return text === undefined ? addressText(value) : JSON.stringify(text);
    },
    text: ({ peek }, { value }) => peekUnicodeString(peek, value),
  };
}

/** How much of a buffer is shown. */
const SHOWN_BYTES = 64;

/** Bytes that the service takes, as many as the argument at index `count` says; it reads them itself. */
export function bytes(name: string, count: number): Argument<number> {
  const shown = ({ peek, words }: Printer, address: number): string | undefined => {
    const length = (words[count]?.low ?? 0) >>> 0;
    const found = address > 0 ? peek(address, Math.min(length, SHOWN_BYTES)) : new Uint8Array(0);
    return found.length < Math.min(length, SHOWN_BYTES) ? undefined : String.fromCharCode(...found);
  };
  return {
    ...pointer(name),
    print(printer, { value }) {
      const text = shown(printer, value);
      if (text === undefined) return addressText(value);
      return `${JSON.stringify(text)}${(printer.words[count]?.low ?? 0) >>> 0 > SHOWN_BYTES ? '…' : ''}`;
    },
    text: (printer, { value }) => shown(printer, value),
  };
}

function viewOf(found: Uint8Array): DataView {
  return new DataView(found.buffer, found.byteOffset, found.length);
}

function longAt(view: DataView, at: number): number {
  return signed64(view.getInt32(at, true), view.getInt32(at + 4, true));
}
