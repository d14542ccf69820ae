/** What a terminal makes of bytes on their way (termios(3)): editing lines, echoing, signals, line ends. */

import * as tty from '../abi/ioctl.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../abi/signal.ts';

/** A terminal's queues and settings; plain data. */
export interface Line {
  /** `struct termios` */
  termios: Uint8Array;
  /** Input that can be read: in canonical mode a line each, an empty one for an end of file. */
  lines: Uint8Array[];
  /** The line that is being typed. */
  typed: number[];
  /** Output that waits for the other side. */
  output: Uint8Array;
  /** The stop character was typed: output waits. */
  stopped: boolean;
}

/** Bytes that wait on either side at most. */
export const QUEUE_SIZE = 0x1_0000;

export function freshLine(): Line {
  const termios = tty.freshTermios();
  new DataView(termios.buffer).setUint32(0, tty.ICRNL | tty.IXON, true);
  return { termios, lines: [], typed: [], output: new Uint8Array(0), stopped: false };
}

/** Flags of a line: `input`, `output` and `local` modes. */
function modes({ termios }: Line): { input: number; output: number; local: number } {
  const view = new DataView(termios.buffer, termios.byteOffset);
  return { input: view.getUint32(0, true), output: view.getUint32(4, true), local: view.getUint32(12, true) };
}

export function isCanonical(line: Line): boolean {
  return (modes(line).local & tty.ICANON) !== 0;
}

/** Whether background processes are stopped when they write (TOSTOP). */
export function stopsBackground(line: Line): boolean {
  return (modes(line).local & tty.TOSTOP) !== 0;
}

export function controlCharacter({ termios }: Line, index: number): number {
  return termios[tty.CONTROL_CHARACTERS + index];
}

function isControl(line: Line, index: number, byte: number): boolean {
  return byte !== 0 && controlCharacter(line, index) === byte;
}

/** Puts bytes in the output queue, as the program wrote them. How many were taken. */
export function writeOutput(line: Line, bytes: Uint8Array): number {
  if (line.stopped) return 0;
  const { output } = modes(line);
  const translates = (output & tty.OPOST) !== 0 && (output & tty.ONLCR) !== 0;
  const room = QUEUE_SIZE - line.output.length;
  const out: number[] = [];
  let taken = 0;
  for (const byte of bytes) {
    const grows = translates && byte === NEWLINE ? 2 : 1;
    if (out.length + grows > room) break;
    if (grows === 2) out.push(RETURN);
    out.push(byte);
    taken++;
  }
  append(line, out);
  return taken;
}

const NEWLINE = 10;
const RETURN = 13;
const BACKSPACE = 8;
const SPACE = 32;
const DELETE = 127;
const TAB = 9;

function append(line: Line, bytes: readonly number[]): void {
  const joined = new Uint8Array(Math.min(QUEUE_SIZE, line.output.length + bytes.length));
  joined.set(line.output);
  joined.set(bytes.slice(0, joined.length - line.output.length), line.output.length);
  line.output = joined;
}

/** Bytes that were typed; the signals that they stand for. */
export function typeInput(line: Line, bytes: Uint8Array): number[] {
  const signals: number[] = [];
  for (const byte of bytes) {
    const translated = translate(modes(line).input, byte);
    if (translated !== undefined) typeByte(line, translated, signals);
  }
  return signals;
}

function translate(input: number, byte: number): number | undefined {
  if (byte === RETURN) return input & tty.IGNCR ? undefined : input & tty.ICRNL ? NEWLINE : byte;
  return byte === NEWLINE && input & tty.INLCR ? RETURN : byte;
}

const SIGNALS: readonly (readonly [index: number, signal: number])[] = [
  [tty.VINTR, SIGINT],
  [tty.VQUIT, SIGQUIT],
  [tty.VSUSP, SIGTSTP],
];

function typeByte(line: Line, byte: number, signals: number[]): void {
  const { input, local } = modes(line);
  if (input & tty.IXON && (isControl(line, tty.VSTOP, byte) || isControl(line, tty.VSTART, byte))) {
    line.stopped = isControl(line, tty.VSTOP, byte);
    return;
  }
  const signal = local & tty.ISIG ? SIGNALS.find(([index]) => isControl(line, index, byte))?.[1] : undefined;
  if (signal !== undefined) {
    if ((local & tty.NOFLSH) === 0) {
      flushInput(line);
      line.output = new Uint8Array(0);
    }
    echo(line, byte);
    signals.push(signal);
    return;
  }
  if ((local & tty.ICANON) === 0) {
    echo(line, byte);
    line.lines.push(new Uint8Array([byte]));
    return;
  }
  if (isControl(line, tty.VERASE, byte)) eraseLast(line);
  else if (isControl(line, tty.VWERASE, byte)) eraseWord(line);
  else if (isControl(line, tty.VKILL, byte)) while (line.typed.length > 0) eraseLast(line);
  else if (isControl(line, tty.VEOF, byte)) endLine(line);
  else {
    if (line.typed.length < LONGEST_LINE || byte === NEWLINE) {
      echo(line, byte);
      line.typed.push(byte);
    }
    if (byte === NEWLINE || isControl(line, tty.VEOL, byte)) endLine(line);
  }
}

/** Characters of a line that are kept; the rest is lost, but not its end (termios(3)). */
const LONGEST_LINE = 4095;

function endLine(line: Line): void {
  line.lines.push(new Uint8Array(line.typed));
  line.typed = [];
}

function echo(line: Line, byte: number): void {
  const { local, output } = modes(line);
  if ((local & tty.ECHO) === 0 && !(byte === NEWLINE && local & tty.ECHONL && local & tty.ICANON)) return;
  if (local & tty.ECHOCTL && (byte < SPACE || byte === DELETE) && byte !== NEWLINE && byte !== TAB)
    append(line, [0x5e, byte ^ 0x40]);
  else append(line, byte === NEWLINE && output & tty.OPOST && output & tty.ONLCR ? [RETURN, NEWLINE] : [byte]);
}

/** The last character, which may be several bytes of UTF-8 on the screen but goes byte by byte here, as without IUTF8. */
function eraseLast(line: Line): void {
  const byte = line.typed.pop();
  if (byte === undefined) return;
  const { local } = modes(line);
  if ((local & tty.ECHO) === 0 || (local & tty.ECHOE) === 0) return;
  const width = local & tty.ECHOCTL && byte < SPACE && byte !== TAB ? 2 : 1;
  for (let i = 0; i < width; i++) append(line, [BACKSPACE, SPACE, BACKSPACE]);
}

function eraseWord(line: Line): void {
  while (line.typed.at(-1) === SPACE) eraseLast(line);
  while (line.typed.length > 0 && line.typed.at(-1) !== SPACE) eraseLast(line);
}

/** What has been typed and not read is lost (TCIFLUSH). */
export function flushInput(line: Line): void {
  line.lines = [];
  line.typed = [];
}

/** How many bytes wait on the program's side. */
export function queued(line: Line): number {
  return line.lines.reduce((sum, part) => sum + part.length, line.typed.length);
}

/** How many bytes a read may take now. */
export function readable(line: Line): number {
  if (isCanonical(line)) return line.lines[0]?.length ?? 0;
  return queued(line);
}

/** Takes input: a line at most in canonical mode. Undefined if there is nothing to wait for the end of. */
export function takeInput(line: Line, into: Uint8Array): number | undefined {
  if (!isCanonical(line)) {
    if (line.typed.length > 0) endLine(line);
    return takeBytes(line, into);
  }
  const first = line.lines.shift();
  if (!first) return undefined;
  const count = Math.min(first.length, into.length);
  into.set(first.subarray(0, count));
  if (count < first.length) line.lines.unshift(first.slice(count));
  return count;
}

/** Raw input comes as the settings VMIN says: so many bytes at least. */
function takeBytes(line: Line, into: Uint8Array): number | undefined {
  const wanted = Math.min(controlCharacter(line, tty.VMIN), into.length);
  if (readable(line) < Math.max(1, wanted))
    return wanted === 0 && controlCharacter(line, tty.VTIME) === 0 ? 0 : undefined;
  let filled = 0;
  for (let next = line.lines.shift(); next; next = line.lines.shift()) {
    const count = Math.min(next.length, into.length - filled);
    into.set(next.subarray(0, count), filled);
    filled += count;
    if (count === next.length) continue;
    line.lines.unshift(next.slice(count));
    break;
  }
  return filled;
}

/** For how long a read waits for its first byte, in ns, where VTIME limits that; undefined for ever. */
export function patience(line: Line): number | undefined {
  const tenths = controlCharacter(line, tty.VTIME);
  if (isCanonical(line) || tenths === 0 || controlCharacter(line, tty.VMIN) > 0) return undefined;
  return tenths * 100_000_000;
}
