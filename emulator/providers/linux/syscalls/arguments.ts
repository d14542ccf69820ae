/**
 * Kinds of system call arguments: how each is fetched from its register and how it prints, in the manner of strace(1).
 * Printing happens when a debugger asks, so it only peeks at memory.
 */

import { quote } from '../../../base/cString.ts';
import { hex } from '../../../base/pages.ts';
import type { TrapFrame } from '../../../kernel/ps/pico.ts';
import { AT_FDCWD, PATH_MAX } from '../abi/fcntl.ts';
import { type FlagNames, flagText, valueText } from '../abi/flagNames.ts';
import { signalName, signalSetText } from '../abi/signal.ts';
import { MODE_TYPES, S_IFMT } from '../abi/stat.ts';
import type { Task } from '../task.ts';
import { longAt, readText, signedLongAt } from '../userMemory.ts';

/** What printing may look at. */
export interface Printer {
  readonly frame: TrapFrame;
  /** Guest memory without side effects: as many bytes as can be read. */
  peek(address: number, size: number): Uint8Array;
}

export interface Argument<T> {
  readonly name: string;
  /** As the manual page declares it. */
  readonly type: string;
  /** What bodies get, as TypeScript says it: for the types that extensions are written against. */
  readonly gives: 'number' | 'string' | 'string | undefined';
  /** Fetching it may fail: then `task.refusal` holds the error. */
  readonly mayRefuse: boolean;
  decode(task: Task, register: number): T;
  print(printer: Printer, register: number): string;
  /** For conditions: what the argument points to, if that is text. */
  text?(printer: Printer, register: number): string | undefined;
}

/** How much of a string strace shows. */
const SHOWN_BYTES = 32;

function word(task: Task, register: number): number {
  return task.frame.low(register);
}

function unsignedWord(task: Task, register: number): number {
  return task.frame.low(register) >>> 0;
}

function address(task: Task, register: number): number {
  return task.frame.number(register);
}

function signedLong(task: Task, register: number): number {
  return task.frame.signed(register);
}

function number(
  name: string,
  type: string,
  decode: Argument<number>['decode'],
  print: Argument<number>['print'],
): Argument<number> {
  return { name, type, gives: 'number', mayRefuse: false, decode, print };
}

function printPointer(printer: Printer, register: number): string {
  const value = printer.frame.number(register);
  return value === 0 ? 'NULL' : hex(value);
}

function printWord(printer: Printer, register: number): string {
  return String(printer.frame.low(register));
}

export function fd(name = 'fd'): Argument<number> {
  return number(name, 'int', word, printWord);
}

/** A descriptor that relative paths start from. */
export function directoryFd(name = 'dirfd'): Argument<number> {
  return number(name, 'int', word, ({ frame }, register) =>
    frame.low(register) === AT_FDCWD ? 'AT_FDCWD' : String(frame.low(register)),
  );
}

export function int(name: string): Argument<number> {
  return number(name, 'int', word, printWord);
}

export function pid(name = 'pid'): Argument<number> {
  return number(name, 'pid_t', word, printWord);
}

export function unsigned(name: string): Argument<number> {
  return number(name, 'unsigned int', unsignedWord, ({ frame }, register) => String(frame.low(register) >>> 0));
}

export function size(name = 'count'): Argument<number> {
  return number(name, 'size_t', address, ({ frame }, register) => String(frame.number(register)));
}

export function offset(name = 'offset'): Argument<number> {
  return number(name, 'off_t', signedLong, ({ frame }, register) => String(frame.signed(register)));
}

export function long(name: string): Argument<number> {
  return number(name, 'long', signedLong, ({ frame }, register) => String(frame.signed(register)));
}

/** An address, or a number that prints best as one. */
export function pointer(name: string, type = 'void *'): Argument<number> {
  return number(name, type, address, printPointer);
}

/** Memory that the call fills in. */
export function out(name: string, type = 'void *'): Argument<number> {
  return number(name, type, address, printPointer);
}

/** Bytes that the call takes, as many as the argument at `countIndex` says. */
export function bytes(name: string, countRegister: number): Argument<number> {
  const shown = ({ frame, peek }: Printer, register: number): { found: Uint8Array; size: number } => {
    const count = frame.number(countRegister);
    return { found: peek(frame.number(register), Math.min(count, SHOWN_BYTES)), size: count };
  };
  return {
    ...number(name, 'const void *', address, (printer, register) => {
      const { found, size: whole } = shown(printer, register);
      if (found.length < Math.min(whole, SHOWN_BYTES)) return printPointer(printer, register);
      return quote(found, whole > SHOWN_BYTES);
    }),
    text: (printer, register) => latin(shown(printer, register).found),
  };
}

function peekText({ frame, peek }: Printer, register: number): Uint8Array | undefined {
  const found = peek(frame.number(register), PATH_MAX);
  const end = found.indexOf(0);
  return end < 0 ? undefined : found.subarray(0, end);
}

/** A path or other zero-terminated text. */
export function path(name = 'pathname'): Argument<string> {
  return {
    name,
    type: 'const char *',
    gives: 'string',
    mayRefuse: true,
    decode(task, register) {
      const text = readText(task, task.frame.number(register));
      if (typeof text === 'string') return text;
      task.refusal = text;
      return '';
    },
    print(printer, register) {
      const found = peekText(printer, register);
      return found ? quote(found, false) : printPointer(printer, register);
    },
    text(printer, register) {
      const found = peekText(printer, register);
      return found && latin(found);
    },
  };
}

/** A path that may be left out with a null pointer: undefined then. */
export function optionalPath(name = 'pathname'): Argument<string | undefined> {
  const required = path(name);
  return {
    ...required,
    gives: 'string | undefined',
    decode: (task, register) => (task.frame.number(register) === 0 ? undefined : required.decode(task, register)),
  };
}

export function flags(name: string, names: FlagNames, none = '0'): Argument<number> {
  return number(name, 'int', word, ({ frame }, register) => flagText(frame.low(register), names, none));
}

/** One of several named values. */
export function choice(name: string, names: FlagNames, type = 'int'): Argument<number> {
  return number(name, type, word, ({ frame }, register) => valueText(frame.low(register), names));
}

/** A number with a way of its own to print. */
export function printed(name: string, type: string, text: (value: number) => string): Argument<number> {
  return number(name, type, word, ({ frame }, register) => text(frame.low(register)));
}

export function fileMode(name = 'mode'): Argument<number> {
  return number(name, 'mode_t', unsignedWord, ({ frame }, register) => modeText(frame.low(register)));
}

export function signal(name = 'sig'): Argument<number> {
  return number(name, 'int', word, ({ frame }, register) => signalName(frame.low(register)));
}

/** Open flags: the access mode is a value among the flags. */
export function openFlags(names: FlagNames, name = 'flags'): Argument<number> {
  const access = ['O_RDONLY', 'O_WRONLY', 'O_RDWR', 'O_ACCMODE'];
  return number(name, 'int', word, ({ frame }, register) => {
    const value = frame.low(register);
    return [access[value & 3], flagText(value & ~3, names, '')].filter(Boolean).join('|');
  });
}

/** A pointer to a structure that the call reads: printed by `text` if it can be read. */
function structure(name: string, type: string, length: number, text: (view: DataView) => string): Argument<number> {
  return number(name, type, address, (printer, register) => {
    const found = printer.peek(printer.frame.number(register), length);
    return found.length < length
      ? printPointer(printer, register)
      : text(new DataView(found.buffer, found.byteOffset, length));
  });
}

export function timespec(name: string): Argument<number> {
  return structure(
    name,
    'const struct timespec *',
    16,
    view => `{tv_sec=${signedLongAt(view, 0)}, tv_nsec=${signedLongAt(view, 8)}}`,
  );
}

export function timeval(name: string): Argument<number> {
  return structure(
    name,
    'const struct timeval *',
    16,
    view => `{tv_sec=${signedLongAt(view, 0)}, tv_usec=${signedLongAt(view, 8)}}`,
  );
}

export function itimerval(name: string): Argument<number> {
  const half = (view: DataView, at: number): string =>
    `{tv_sec=${signedLongAt(view, at)}, tv_usec=${signedLongAt(view, at + 8)}}`;
  return structure(
    name,
    'const struct itimerval *',
    32,
    view => `{it_interval=${half(view, 0)}, it_value=${half(view, 16)}}`,
  );
}

export function signalSet(name = 'set'): Argument<number> {
  return structure(name, 'const sigset_t *', 8, view => signalSetText(view.getBigUint64(0, true)));
}

export function descriptorPair(name: string): Argument<number> {
  return out(name, 'int *');
}

/** `struct iovec` array: the strings of its parts, first ones only. */
export function vector(name: string, countRegister: number, incoming: boolean): Argument<number> {
  return number(name, 'const struct iovec *', address, (printer, register) => {
    const count = Math.min(printer.frame.number(countRegister), 4);
    const found = printer.peek(printer.frame.number(register), count * 16);
    if (found.length < count * 16) return printPointer(printer, register);
    const view = new DataView(found.buffer, found.byteOffset, found.length);
    const parts: string[] = [];
    for (let i = 0; i < count; i++) {
      const base = longAt(view, i * 16);
      const length = longAt(view, i * 16 + 8);
      const contents = incoming
        ? quote(printer.peek(base, Math.min(length, SHOWN_BYTES)), length > SHOWN_BYTES)
        : hex(base);
      parts.push(`{iov_base=${contents}, iov_len=${length}}`);
    }
    return `[${parts.join(', ')}]`;
  });
}

/** A null-terminated array of strings, as execve takes them. */
export function strings(name: string): Argument<number> {
  return number(name, 'char *const []', address, (printer, register) => {
    const parts: string[] = [];
    for (let at = printer.frame.number(register); parts.length < 8; at += 8) {
      const item = printer.peek(at, 8);
      if (item.length < 8) return printPointer(printer, register);
      const target = longAt(new DataView(item.buffer, item.byteOffset, 8), 0);
      if (target === 0) return `[${parts.join(', ')}]`;
      const text = printer.peek(target, 256);
      const end = text.indexOf(0);
      parts.push(quote(text.subarray(0, end < 0 ? SHOWN_BYTES : end), end < 0));
    }
    return `[${parts.join(', ')}, …]`;
  });
}

function latin(found: Uint8Array): string {
  return String.fromCharCode(...found);
}

function modeText(mode: number): string {
  const type = MODE_TYPES.find(([value]) => (mode & S_IFMT) === value)?.[1];
  const permissions = `0${(mode & 0o7777).toString(8).padStart(3, '0')}`;
  return type ? `${type}|${permissions}` : permissions;
}
