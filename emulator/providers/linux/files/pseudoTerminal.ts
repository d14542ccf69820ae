/**
 * Pseudo-terminals (pty(7)): whoever opens /dev/ptmx has the side of the person, programs have /dev/pts/N, and the line
 * discipline lies between.
 */

import { concatenate } from '../../../base/bytes.ts';
import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EFAULT, EINVAL, EIO, ENOTTY, EPERM, ERESTARTSYS, ESRCH } from '../abi/errno.ts';
import { O_NOCTTY, O_RDWR } from '../abi/fcntl.ts';
import * as tty from '../abi/ioctl.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../abi/poll.ts';
import { SIGCONT, SIGHUP, SIGTTIN, SIGTTOU, SIGWINCH } from '../abi/signal.ts';
import { makeDevice, S_IFCHR } from '../abi/stat.ts';
import { type Linux, stateOf } from '../instance.ts';
import { findGroup, groupMembers } from '../process/lookup.ts';
import { kernelSignal } from '../signals/info.ts';
import { isIgnored } from '../signals/pending.ts';
import { signalProcess, signalProcessGroup } from '../signals/send.ts';
import { hasSignal } from '../abi/signal.ts';
import { groupOf, type Task, type ThreadGroup } from '../task.ts';
import { giveBytes, readBytes, readInt, writeInt } from '../userMemory.ts';
import { enter, remove } from './directory.ts';
import { createInode, type Inode } from './inode.ts';
import { findInode, getInode } from './inodes.ts';
import * as line from './lineDiscipline.ts';
import { createFile, type OpenFile } from './openFile.ts';
import { tellOwners } from './owners.ts';
import type { FileOperations } from './operations.ts';

export interface PseudoTerminal extends line.Line {
  /** N of /dev/pts/N. */
  id: number;
  rows: number;
  columns: number;
  /** Its inode below /dev/pts, and that directory's. */
  inode: number;
  directory: number;
  /** The slave may not be opened yet (TIOCSPTLCK). */
  locked: boolean;
  masters: number;
  slaves: number;
  /** Somebody has had the slave open: its end is a hang-up from then on. */
  wasOpened: boolean;
  /** Session whose controlling terminal it is, and its foreground process group; 0 for none. */
  session: number;
  foreground: number;
  changed: number;
  serial: number;
}

/** Group `tty`, which owns terminals (devpts). */
const TTY_GROUP = 5;
/** N of the terminal on the host's console. */
const CONSOLE_TERMINAL = 0;

/** Opens /dev/ptmx: a new pair, locked, whose slave appears in the directory `pts` beside it. */
export function openMaster(task: Task, multiplexer: Inode, flags: number, path: string, directory: Inode): OpenFile {
  const { linux } = task;
  const { ptys } = stateOf(linux);
  let id = CONSOLE_TERMINAL + 1;
  while (ptys.has(id)) id++;
  createPair(linux, id, directory, task.group.credentials.euid);
  return createFile(linux, { type: 'ptyMaster', inode: multiplexer, flags, path, object: id });
}

function createPair(linux: Linux, id: number, directory: Inode, owner: number): PseudoTerminal {
  const slave = createInode(linux, directory.volume, S_IFCHR | 0o620, owner, TTY_GROUP);
  slave.attributes.rdev = makeDevice(tty.SLAVE_MAJOR, id);
  enter(linux, directory, String(id), slave);
  const pty: PseudoTerminal = {
    ...line.freshLine(),
    id,
    rows: 0,
    columns: 0,
    inode: slave.id,
    directory: directory.id,
    locked: true,
    masters: 1,
    slaves: 0,
    wasOpened: false,
    session: 0,
    foreground: 0,
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  stateOf(linux).ptys.set(id, pty);
  return pty;
}

/** The pair whose master is the host's: what is written goes to its console, what the person types comes from there. */
export function createConsoleTerminal(linux: Linux, directory: Inode): void {
  const pty = createPair(linux, CONSOLE_TERMINAL, directory, linux.options.uid ?? 0);
  Object.assign(pty, { rows: 24, columns: 80, locked: false });
}

export function consoleTerminal(linux: Linux): PseudoTerminal | undefined {
  return stateOf(linux).ptys.get(CONSOLE_TERMINAL);
}

/** The console's slave for a program's standard streams; undefined once the person has closed the terminal. */
export function openConsole(task: Task): OpenFile | undefined {
  const pty = consoleTerminal(task.linux);
  const inode = pty && slaveInode(task.linux, pty);
  const file = inode && openSlave(task, inode, O_RDWR, `/dev/pts/${CONSOLE_TERMINAL}`, 0);
  return typeof file === 'number' ? undefined : file;
}

/** Keys that the person pressed; undefined: the terminal was closed, and its session hears SIGHUP. */
export function typeOnConsole(linux: Linux, bytes: Uint8Array | undefined): void {
  const pty = consoleTerminal(linux);
  if (!pty || pty.masters === 0) return;
  if (bytes) {
    const { streams } = stateOf(linux);
    streams.input = concatenate([streams.input, bytes]);
  } else closeMaster(linux, pty);
  announce(linux, pty);
}

export function resizeConsole(linux: Linux, size: { rows: number; columns: number }): void {
  const pty = consoleTerminal(linux);
  if (pty) resize(linux, pty, size.rows, size.columns);
}

/** The host's side: shows what waits, and types as much as there is room for. */
function serveConsole(linux: Linux, pty: PseudoTerminal): void {
  const { streams } = stateOf(linux);
  if (streams.input.length > 0) {
    const count = typeIn(linux, pty, streams.input);
    streams.input = streams.input.slice(count);
  }
  if (pty.output.length === 0) return;
  const { console: screen } = linux.host;
  screen.write(1, pty.output);
  pty.output = new Uint8Array(0);
}

/** Opens a slave by its device number: EIO while it is locked or after its master has gone. */
export function openSlave(task: Task, inode: Inode, flags: number, path: string, openFlags: number): OpenFile | number {
  const pty = stateOf(task.linux).ptys.get(inode.attributes.rdev & 0xff);
  if (!pty || pty.inode !== inode.id || pty.locked || pty.masters === 0) return -EIO;
  pty.slaves++;
  pty.wasOpened = true;
  const { group } = task;
  const isLeader = group.session === group.pid;
  if (isLeader && (openFlags & O_NOCTTY) === 0 && pty.session === 0 && !controllingTerminal(task.linux, group))
    takeTerminal(pty, group);
  return createFile(task.linux, { type: 'ptySlave', inode, flags, path, object: pty.id });
}

/** The pseudo-terminal that controls the session of a process. */
export function controllingTerminal(linux: Linux, group: ThreadGroup): PseudoTerminal | undefined {
  for (const pty of stateOf(linux).ptys.values()) if (pty.session === group.session) return pty;
  return undefined;
}

/** Its slave, for who opens /dev/tty; undefined once the name was taken away and nobody has it open. */
export function slaveInode(linux: Linux, pty: PseudoTerminal): Inode | undefined {
  return findInode(linux, pty.inode);
}

function takeTerminal(pty: PseudoTerminal, group: ThreadGroup): void {
  pty.session = group.session;
  pty.foreground = group.processGroup;
}

/** A session leader ends: its terminal is nobody's, and who was in the foreground hears SIGHUP (setsid(2)). */
export function leaveTerminal(linux: Linux, group: ThreadGroup): void {
  if (group.session !== group.pid) return;
  const pty = controllingTerminal(linux, group);
  if (pty) hangUp(linux, pty);
}

function hangUp(linux: Linux, pty: PseudoTerminal): void {
  const { foreground } = pty;
  pty.session = 0;
  pty.foreground = 0;
  if (foreground === 0) return;
  signalProcessGroup(linux, foreground, kernelSignal(SIGHUP));
  signalProcessGroup(linux, foreground, kernelSignal(SIGCONT));
}

function ptyOf(linux: Linux, file: OpenFile): PseudoTerminal {
  return stateOf(linux).ptys.get(file.object) as PseudoTerminal;
}

function announce(linux: Linux, pty: PseudoTerminal): void {
  if (pty.id === CONSOLE_TERMINAL && pty.masters > 0) serveConsole(linux, pty);
  pty.serial++;
  pulseEvent(linux.kernel, pty.changed);
}

function readMaster({ linux }: Task, file: OpenFile, into: Uint8Array): number {
  const pty = ptyOf(linux, file);
  const count = Math.min(into.length, pty.output.length);
  if (count === 0) return pty.wasOpened && pty.slaves === 0 ? -EIO : -EAGAIN;
  into.set(pty.output.subarray(0, count));
  pty.output = pty.output.slice(count);
  announce(linux, pty);
  return count;
}

function writeMaster({ linux }: Task, file: OpenFile, bytes: Uint8Array): number {
  const pty = ptyOf(linux, file);
  const count = typeIn(linux, pty, bytes);
  if (count === 0 && bytes.length > 0) return -EAGAIN;
  announce(linux, pty);
  return count;
}

/** Takes as many bytes as there is room for; those that stand for signals send them. */
function typeIn(linux: Linux, pty: PseudoTerminal, bytes: Uint8Array): number {
  const taken = bytes.subarray(0, Math.max(0, line.QUEUE_SIZE - line.queued(pty)));
  for (const signal of line.typeInput(pty, taken))
    if (pty.foreground !== 0) signalProcessGroup(linux, pty.foreground, kernelSignal(signal));
  if (line.readable(pty) > 0) tellOwners(linux, 'ptySlave', pty.id, 'in');
  return taken.length;
}

/**
 * A background process that uses its terminal is stopped with its group, and tries again when it goes on; one that takes
 * no notice of the signal reads an error and writes all the same (termios(3)).
 */
function refuseBackground(task: Task, pty: PseudoTerminal, signal: number): number {
  const { group, self, linux } = task;
  if (pty.session !== group.session || pty.foreground === 0 || pty.foreground === group.processGroup) return 0;
  if (isIgnored(group, signal) || hasSignal(self.blocked, signal)) return signal === SIGTTIN ? -EIO : 0;
  signalProcessGroup(linux, group.processGroup, kernelSignal(signal));
  return -ERESTARTSYS;
}

function readSlave(task: Task, file: OpenFile, into: Uint8Array): number {
  const pty = ptyOf(task.linux, file);
  if (pty.masters === 0) return 0;
  const refused = refuseBackground(task, pty, SIGTTIN);
  if (refused < 0) return refused;
  const count = line.takeInput(pty, into);
  if (count !== undefined && count > 0) announce(task.linux, pty);
  return count ?? -EAGAIN;
}

function writeSlave(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const pty = ptyOf(task.linux, file);
  if (pty.masters === 0) return -EIO;
  const refused = line.stopsBackground(pty) ? refuseBackground(task, pty, SIGTTOU) : 0;
  if (refused < 0) return refused;
  const count = line.writeOutput(pty, bytes);
  if (count > 0) {
    announce(task.linux, pty);
    tellOwners(task.linux, 'ptyMaster', pty.id, 'in');
  }
  return count || -EAGAIN;
}

type Request = (task: Task, pty: PseudoTerminal, argument: number) => number;

function setTermios(task: Task, pty: PseudoTerminal, argument: number): number {
  const bytes = readBytes(task, argument, tty.TERMIOS_SIZE);
  if (!bytes) return -EFAULT;
  const refused = refuseBackground(task, pty, SIGTTOU);
  if (refused < 0) return refused;
  pty.termios = bytes;
  announce(task.linux, pty);
  return 0;
}

function setSize(task: Task, pty: PseudoTerminal, argument: number): number {
  const bytes = readBytes(task, argument, tty.WINSIZE_SIZE);
  if (!bytes) return -EFAULT;
  const [rows, columns] = new Uint16Array(bytes.buffer);
  resize(task.linux, pty, rows, columns);
  return 0;
}

function resize(linux: Linux, pty: PseudoTerminal, rows: number, columns: number): void {
  if (rows === pty.rows && columns === pty.columns) return;
  Object.assign(pty, { rows, columns });
  if (pty.foreground !== 0) signalProcessGroup(linux, pty.foreground, kernelSignal(SIGWINCH));
}

function getSize(task: Task, { rows, columns }: PseudoTerminal, argument: number): number {
  return giveBytes(task, argument, new Uint8Array(new Uint16Array([rows, columns, 0, 0]).buffer));
}

function flush(_task: Task, pty: PseudoTerminal, queue: number): number {
  if (queue < 0 || queue > tty.TCIOFLUSH) return -EINVAL;
  if (queue !== tty.TCOFLUSH) line.flushInput(pty);
  if (queue !== tty.TCIFLUSH) pty.output = new Uint8Array(0);
  return 0;
}

function setForeground(task: Task, pty: PseudoTerminal, argument: number): number {
  const wanted = readInt(task, argument);
  if (wanted === undefined) return -EFAULT;
  if (pty.session !== task.group.session) return -ENOTTY;
  if (wanted < 0) return -EINVAL;
  const refused = refuseBackground(task, pty, SIGTTOU);
  if (refused < 0) return refused;
  const members = groupMembers(task.linux, wanted);
  if (members.length === 0) return -ESRCH;
  if (members.every(process => groupOf(process).session !== pty.session)) return -EPERM;
  pty.foreground = wanted;
  return 0;
}

/** TIOCSCTTY: for session leaders that have none; root may steal one with an argument of 1. */
function becomeControlling({ group, linux }: Task, pty: PseudoTerminal, argument: number): number {
  if (pty.session === group.session && group.session === group.pid) return 0;
  if (group.session !== group.pid || controllingTerminal(linux, group)) return -EPERM;
  if (pty.session !== 0 && !(argument === 1 && group.credentials.euid === 0)) return -EPERM;
  takeTerminal(pty, group);
  return 0;
}

function giveUp({ group, linux }: Task, pty: PseudoTerminal): number {
  if (pty.session !== group.session) return -ENOTTY;
  if (group.session === group.pid) hangUp(linux, pty);
  return 0;
}

function giveInt(value: (pty: PseudoTerminal) => number): Request {
  return (task, pty, argument) => (writeInt(task, argument, value(pty)) ? 0 : -EFAULT);
}

const REQUESTS: ReadonlyMap<number, Request> = new Map<number, Request>([
  [tty.TCGETS, (task, pty, argument) => giveBytes(task, argument, pty.termios)],
  [tty.TCSETS, setTermios],
  [tty.TCSETSW, setTermios],
  [
    tty.TCSETSF,
    (task, pty, argument) => {
      const answer = setTermios(task, pty, argument);
      if (answer === 0) line.flushInput(pty);
      return answer;
    },
  ],
  [tty.TCSBRK, () => 0],
  [tty.TCFLSH, flush],
  [tty.TIOCGWINSZ, getSize],
  [tty.TIOCSWINSZ, setSize],
]);

const MASTER_REQUESTS: ReadonlyMap<number, Request> = new Map<number, Request>([
  ...REQUESTS,
  [tty.TIOCGPTN, giveInt(({ id }) => id)],
  [tty.TIOCGPTLCK, giveInt(({ locked }) => (locked ? 1 : 0))],
  [
    tty.TIOCSPTLCK,
    (task, pty, argument) => {
      const wanted = readInt(task, argument);
      if (wanted === undefined) return -EFAULT;
      pty.locked = wanted !== 0;
      return 0;
    },
  ],
  [tty.FIONREAD, giveInt(pty => pty.output.length)],
  [tty.TIOCGPGRP, giveInt(({ foreground }) => foreground)],
  [
    tty.TIOCGSID,
    (task, pty, argument) => (pty.session === 0 ? -ENOTTY : writeInt(task, argument, pty.session) ? 0 : -EFAULT),
  ],
]);

const SLAVE_REQUESTS: ReadonlyMap<number, Request> = new Map<number, Request>([
  ...REQUESTS,
  [tty.FIONREAD, giveInt(line.readable)],
  [tty.TIOCOUTQ, giveInt(pty => pty.output.length)],
  [tty.TIOCSCTTY, becomeControlling],
  [tty.TIOCNOTTY, giveUp],
  [
    tty.TIOCGPGRP,
    (task, pty, argument) =>
      pty.session !== task.group.session ? -ENOTTY : writeInt(task, argument, pty.foreground) ? 0 : -EFAULT,
  ],
  [tty.TIOCSPGRP, setForeground],
  [
    tty.TIOCGSID,
    (task, pty, argument) =>
      pty.session !== task.group.session ? -ENOTTY : writeInt(task, argument, pty.session) ? 0 : -EFAULT,
  ],
]);

/** The last master takes the name and hangs up; the last file of all ends the pair. */
function release(linux: Linux, file: OpenFile): void {
  const pty = ptyOf(linux, file);
  if (file.type === 'ptySlave') pty.slaves--;
  else closeMaster(linux, pty);
  announce(linux, pty);
  if (pty.masters > 0 || pty.slaves > 0) return;
  deleteEvent(linux.kernel, pty.changed);
  stateOf(linux).ptys.delete(pty.id);
}

/** The last one takes the name away, and the session's leader hears SIGHUP, as when a line is lost (termios(3)). */
function closeMaster(linux: Linux, pty: PseudoTerminal): void {
  if (--pty.masters > 0) return;
  // Root may have taken the name away already.
  const inode = slaveInode(linux, pty);
  if (inode && inode.links > 0) remove(linux, getInode(linux, pty.directory), String(pty.id), inode, false);
  const leader = findGroup(linux, pty.session);
  Object.assign(pty, { session: 0, foreground: 0 });
  if (!leader) return;
  signalProcess(linux, leader.process, kernelSignal(SIGHUP));
  signalProcess(linux, leader.process, kernelSignal(SIGCONT));
}

const shared = {
  seekable: false,
  events: (linux: Linux, file: OpenFile): readonly number[] => [ptyOf(linux, file).changed],
  serial: (linux: Linux, file: OpenFile): number => ptyOf(linux, file).serial,
  release,
};

export const masterOperations: FileOperations = {
  ...shared,
  read: readMaster,
  write: writeMaster,
  poll(linux, file) {
    const pty = ptyOf(linux, file);
    const isHungUp = pty.wasOpened && pty.slaves === 0;
    return (pty.output.length > 0 ? POLLIN | POLLRDNORM : 0) | POLLOUT | POLLWRNORM | (isHungUp ? POLLHUP : 0);
  },
  ioctl: (task, file, request, argument) => MASTER_REQUESTS.get(request)?.(task, ptyOf(task.linux, file), argument),
};

export const slaveOperations: FileOperations = {
  ...shared,
  read: readSlave,
  write: writeSlave,
  poll(linux, file) {
    const pty = ptyOf(linux, file);
    if (pty.masters === 0) return POLLIN | POLLRDNORM | POLLOUT | POLLWRNORM | POLLHUP;
    const isReady = line.isCanonical(pty) ? pty.lines.length > 0 : line.readable(pty) > 0;
    const hasRoom = !pty.stopped && pty.output.length < line.QUEUE_SIZE;
    return (isReady ? POLLIN | POLLRDNORM : 0) | (hasRoom ? POLLOUT | POLLWRNORM : 0);
  },
  patience: (linux, file) => line.patience(ptyOf(linux, file)),
  ioctl: (task, file, request, argument) => SLAVE_REQUESTS.get(request)?.(task, ptyOf(task.linux, file), argument),
};
