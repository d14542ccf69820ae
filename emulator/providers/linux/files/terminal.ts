/** Standard streams: the console of the host, as pipes or as a terminal (termios(3), ioctl_tty(2)). */

import { concatenate } from '../../../base/bytes.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EFAULT } from '../abi/errno.ts';
import {
  FIONREAD,
  ICANON,
  ISIG,
  TCFLSH,
  TCGETS,
  TCSETS,
  TCSETSF,
  TCSETSW,
  TERMIOS_SIZE,
  TIOCGPGRP,
  TIOCGSID,
  TIOCGWINSZ,
  TIOCSCTTY,
  TIOCSPGRP,
  TIOCSWINSZ,
  WINSIZE_SIZE,
} from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGINT, SIGQUIT, SIGTSTP } from '../abi/signal.ts';
import { type Linux, stateOf } from '../instance.ts';
import { signalProcessGroup } from '../signals/send.ts';
import { kernelSignal } from '../signals/info.ts';
import type { Task } from '../task.ts';
import { giveBytes, readBytes, readInt, writeInt } from '../userMemory.ts';
import { isReadable, type OpenFile } from './openFile.ts';
import { tellOwners } from './owners.ts';
import type { FileOperations } from './operations.ts';

export interface TerminalState {
  /** Bytes that were typed and not read yet. */
  input: Uint8Array;
  /** No more will come. */
  ended: boolean;
  /** Pulsed when there is more to read. */
  changed: number;
  serial: number;
  /** `struct termios` */
  termios: Uint8Array;
  rows: number;
  columns: number;
  foreground: number;
}

/** Input from the person: bytes, or undefined for the end. */
export function feedInput(linux: Linux, bytes: Uint8Array | undefined): void {
  const { terminal } = stateOf(linux);
  if (!bytes) terminal.ended = true;
  else {
    const kept = linux.options.terminal ? takeControlCharacters(linux, bytes) : bytes;
    terminal.input = concatenate([terminal.input, kept]);
  }
  terminal.serial++;
  pulseEvent(linux.kernel, terminal.changed);
  if (!linux.options.terminal) tellOwners(linux, 'stream', 0, 'in');
  else for (const stream of [0, 1, 2]) tellOwners(linux, 'terminal', stream, 'in');
}

/** Interrupt, quit and suspend characters become signals for the foreground group (termios(3), ISIG). */
function takeControlCharacters(linux: Linux, bytes: Uint8Array): Uint8Array {
  const { terminal } = stateOf(linux);
  if ((localModes(terminal) & ISIG) === 0) return bytes;
  const [interrupt, quit] = [terminal.termios[17], terminal.termios[18]];
  const suspend = terminal.termios[27];
  return bytes.filter(byte => {
    const signal = byte === interrupt ? SIGINT : byte === quit ? SIGQUIT : byte === suspend ? SIGTSTP : 0;
    if (signal === 0 || byte === 0) return true;
    signalProcessGroup(linux, terminal.foreground, kernelSignal(signal));
    return false;
  });
}

function localModes(terminal: TerminalState): number {
  return new DataView(terminal.termios.buffer, terminal.termios.byteOffset).getUint32(12, true);
}

/** How many bytes a read may take now: a whole line while the terminal is in canonical mode. */
function available(linux: Linux, terminal: TerminalState): number {
  if (!linux.options.terminal || (localModes(terminal) & ICANON) === 0) return terminal.input.length;
  const line = terminal.input.indexOf(10);
  return line >= 0 ? line + 1 : terminal.ended ? terminal.input.length : 0;
}

function read(task: Task, _file: OpenFile, into: Uint8Array): number {
  const { terminal } = stateOf(task.linux);
  const count = Math.min(into.length, available(task.linux, terminal));
  if (count === 0) return terminal.ended && terminal.input.length === 0 ? 0 : -EAGAIN;
  into.set(terminal.input.subarray(0, count));
  terminal.input = terminal.input.slice(count);
  terminal.serial++;
  return count;
}

function write(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const { console: streams } = task.linux.host;
  streams.write(file.object === 2 ? 2 : 1, bytes.slice());
  return bytes.length;
}

function poll(linux: Linux, file: OpenFile): number {
  const { terminal } = stateOf(linux);
  const readable = available(linux, terminal) > 0 || terminal.ended;
  let ready = POLLOUT | POLLWRNORM;
  if (isReadable(file) && readable) ready |= POLLIN | POLLRDNORM;
  if (file.object === 0 && terminal.ended && terminal.input.length === 0) ready |= POLLHUP;
  return file.type === 'stream' && file.object === 0 ? ready & ~(POLLOUT | POLLWRNORM) : ready;
}

function ioctlStream(task: Task, file: OpenFile, request: number, argument: number): number | undefined {
  if (request !== FIONREAD || !isReadable(file)) return undefined;
  return writeInt(task, argument, available(task.linux, stateOf(task.linux).terminal)) ? 0 : -EFAULT;
}

function ioctlTerminal(task: Task, file: OpenFile, request: number, argument: number): number | undefined {
  const { terminal } = stateOf(task.linux);
  switch (request) {
    case TCGETS:
      return giveBytes(task, argument, terminal.termios);
    case TCSETS:
    case TCSETSW:
    case TCSETSF: {
      const bytes = readBytes(task, argument, TERMIOS_SIZE);
      if (!bytes) return -EFAULT;
      terminal.termios = bytes;
      return 0;
    }
    case TIOCGWINSZ: {
      const bytes = new Uint8Array(WINSIZE_SIZE);
      new Uint16Array(bytes.buffer).set([terminal.rows, terminal.columns]);
      return giveBytes(task, argument, bytes);
    }
    case TIOCSWINSZ: {
      const bytes = readBytes(task, argument, WINSIZE_SIZE);
      if (!bytes) return -EFAULT;
      [terminal.rows, terminal.columns] = new Uint16Array(bytes.buffer);
      return 0;
    }
    case TIOCGPGRP:
      return writeInt(task, argument, terminal.foreground) ? 0 : -EFAULT;
    case TIOCSPGRP: {
      const group = readInt(task, argument);
      if (group === undefined) return -EFAULT;
      terminal.foreground = group;
      return 0;
    }
    case TIOCGSID:
      return writeInt(task, argument, task.group.session) ? 0 : -EFAULT;
    case TIOCSCTTY:
    case TCFLSH:
      return 0;
    default:
      return ioctlStream(task, file, request, argument);
  }
}

const shared = {
  seekable: false,
  read,
  write,
  poll,
  events: (linux: Linux): readonly number[] => [stateOf(linux).terminal.changed],
  serial: (linux: Linux): number => stateOf(linux).terminal.serial,
};

export const streamOperations: FileOperations = { ...shared, ioctl: ioctlStream };
export const terminalOperations: FileOperations = { ...shared, ioctl: ioctlTerminal };
