/** Sockets: making, naming, connecting and asking them. What they send is in `socketMessages.ts`. */

import {
  EAFNOSUPPORT,
  EFAULT,
  EINVAL,
  ENOTCONN,
  ENOTSOCK,
  EOPNOTSUPP,
  ESOCKTNOSUPPORT,
  isError,
} from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import { flagText, valueText } from '../abi/flagNames.ts';
import * as abi from '../abi/socket.ts';
import { install, releaseFile } from '../files/descriptors.ts';
import { fileOf, type OpenFile } from '../files/openFile.ts';
import * as connections from '../sockets/connect.ts';
import { findFamily, familyOf } from '../sockets/families.ts';
import { createSocketFile, socketBehind } from '../sockets/file.ts';
import { readOption, writeOption } from '../sockets/options.ts';
import { createSocket, deleteSocket, ownerOf, type Socket, type SocketName } from '../sockets/socket.ts';
import type { Task } from '../task.ts';
import { readBytes, readInt, readView, writeBytes, writeInt } from '../userMemory.ts';
import { choice, descriptorPair, fd, int, out, pointer, printed } from './arguments.ts';
import { installPair } from './descriptors.ts';
import { call, partly, type Row } from './row.ts';

const domain = choice('domain', abi.DOMAINS);
const type = printed('type', 'int', value => {
  const kind = valueText(value & abi.SOCK_TYPE_MASK, abi.SOCKET_TYPES);
  return [kind, flagText(value & ~abi.SOCK_TYPE_MASK, TYPE_FLAGS, '')].filter(Boolean).join('|');
});
const address = pointer('addr', 'const struct sockaddr *');
const givenAddress = out('addr', 'struct sockaddr *');
const givenLength = pointer('addrlen', 'socklen_t *');
const level = choice('level', abi.LEVELS);

const TYPE_FLAGS = [
  [O_NONBLOCK, 'SOCK_NONBLOCK'],
  [O_CLOEXEC, 'SOCK_CLOEXEC'],
] as const;

const NETWORK = 'Unix, TCP and UDP on the loopback of the machine, route netlink; nothing outside is reached.';

export const socketRows: readonly Row[] = [
  partly(call(41, 'socket', [domain, type, int('protocol')], socket), NETWORK),
  call(42, 'connect', [fd(), address, int('addrlen')], connect),
  call(43, 'accept', [fd(), givenAddress, givenLength], (task, descriptor, given, length) =>
    accept4(task, descriptor, given, length, 0),
  ),
  call(48, 'shutdown', [fd(), choice('how', abi.SHUTDOWN_NAMES)], shutdown),
  call(49, 'bind', [fd(), address, int('addrlen')], bind),
  call(50, 'listen', [fd(), int('backlog')], listen),
  call(51, 'getsockname', [fd(), givenAddress, givenLength], getsockname),
  call(52, 'getpeername', [fd(), givenAddress, givenLength], getpeername),
  call(53, 'socketpair', [domain, type, int('protocol'), descriptorPair('sv')], socketpair),
  partly(
    call(54, 'setsockopt', [fd(), level, int('optname'), pointer('optval'), int('optlen')], setsockopt),
    'Buffers keep their size; options about routes, queues and multicast answer ENOPROTOOPT.',
  ),
  partly(
    call(55, 'getsockopt', [fd(), level, int('optname'), out('optval'), pointer('optlen', 'socklen_t *')], getsockopt),
    'Options about routes, queues and multicast answer ENOPROTOOPT.',
  ),
  call(288, 'accept4', [fd(), givenAddress, givenLength, printed('flags', 'int', flagsText)], accept4),
];

function flagsText(value: number): string {
  return flagText(value, TYPE_FLAGS);
}

/** The open file of a descriptor that is a socket. */
export function socketFileOf(task: Task, descriptor: number): OpenFile | number {
  const file = fileOf(task, descriptor);
  return isError(file) || file.type === 'socket' ? file : -ENOTSOCK;
}

/** Calls `body` with the socket behind a descriptor. */
function withSocket(task: Task, descriptor: number, body: (found: Socket, file: OpenFile) => number): number {
  const file = socketFileOf(task, descriptor);
  return isError(file) ? file : body(socketBehind(task.linux, file), file);
}

/** A new socket of that domain, type and protocol, or a negative error. */
function make(task: Task, family: number, kind: number, protocol: number): Socket | number {
  const known = findFamily(family);
  if (kind > abi.SOCK_MAX) return -EINVAL;
  if (!known) return -EAFNOSUPPORT;
  const found = kind === 0 ? -ESOCKTNOSUPPORT : known.create(task, kind, protocol);
  if (found < 0) return found;
  // Raw Unix sockets are datagrams (unix_create).
  const own = family === abi.AF_UNIX && kind === abi.SOCK_RAW ? abi.SOCK_DGRAM : kind;
  return createSocket(task.linux, { family, type: own, protocol: found }, ownerOf(task));
}

function socket(task: Task, family: number, kind: number, protocol: number): number {
  if (kind & ~(abi.SOCK_TYPE_MASK | O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  const made = make(task, family, kind & abi.SOCK_TYPE_MASK, protocol);
  if (isError(made)) return made;
  return install(task, createSocketFile(task, made, kind & O_NONBLOCK), (kind & O_CLOEXEC) !== 0);
}

function socketpair(task: Task, family: number, kind: number, protocol: number, given: number): number {
  if (kind & ~(abi.SOCK_TYPE_MASK | O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  const a = make(task, family, kind & abi.SOCK_TYPE_MASK, protocol);
  if (isError(a)) return a;
  const b = family === abi.AF_UNIX ? make(task, family, kind & abi.SOCK_TYPE_MASK, protocol) : -EOPNOTSUPP;
  if (isError(b)) {
    deleteSocket(task.linux, a);
    return b;
  }
  connections.tie(a, b);
  const [first, second] = [a, b].map(made => createSocketFile(task, made, kind & O_NONBLOCK));
  return installPair(task, given, first, second, (kind & O_CLOEXEC) !== 0);
}

/** The bytes of an address that a call was given, or a negative error. */
export function readAddress(task: Task, from: number, length: number): Uint8Array | number {
  if (length < 0 || length > abi.SOCKADDR_MAX) return -EINVAL;
  return readBytes(task, from, length) ?? -EFAULT;
}

/** The name in an address, or a negative error. */
export function decodeName(task: Task, found: Socket, from: number, length: number): SocketName | number {
  const bytes = readAddress(task, from, length);
  if (isError(bytes)) return bytes;
  if (bytes.length < 2) return -EINVAL;
  const family = bytes[0] | (bytes[1] << 8);
  if (found.family === abi.AF_UNIX && family !== abi.AF_UNIX) return -EINVAL;
  return familyOf(found).decode(found, bytes);
}

/** Gives a name to the caller, cut off where its room ends: 0, or a negative error. */
function giveAddress(task: Task, bytes: Uint8Array, given: number, lengthAddress: number): number {
  const room = readInt(task, lengthAddress);
  if (room === undefined) return -EFAULT;
  if (room < 0) return -EINVAL;
  if (!writeBytes(task, given, bytes.subarray(0, room))) return -EFAULT;
  return writeInt(task, lengthAddress, bytes.length) ? 0 : -EFAULT;
}

/** As {@link giveAddress}, for callers that need not want it: a null pointer is no address. */
export function giveName(
  task: Task,
  found: Socket,
  name: SocketName | undefined,
  given: number,
  length: number,
): number {
  if (given === 0) return 0;
  // Unix sockets without a name, and peers of TCP in recvfrom(2), have addresses of no bytes.
  const bytes = name ? familyOf(found).encode(found, name) : new Uint8Array(0);
  return giveAddress(task, bytes, given, length);
}

function bind(task: Task, descriptor: number, from: number, length: number): number {
  return withSocket(task, descriptor, found => {
    const name = decodeName(task, found, from, length);
    return isError(name) ? name : familyOf(found).bind(task, found, name);
  });
}

function listen(task: Task, descriptor: number, backlog: number): number {
  return withSocket(task, descriptor, found => connections.listen(task, found, backlog));
}

function connect(task: Task, descriptor: number, from: number, length: number): number {
  return withSocket(task, descriptor, (found, file) => {
    const bytes = readAddress(task, from, length);
    if (isError(bytes)) return bytes;
    if (bytes.length < 2) return -EINVAL;
    if ((bytes[0] | (bytes[1] << 8)) === abi.AF_UNSPEC) return connections.disconnect(task, found);
    const name = decodeName(task, found, from, length);
    return isError(name) ? name : connections.connect(task, found, name, (file.flags & O_NONBLOCK) !== 0);
  });
}

function accept4(task: Task, descriptor: number, given: number, length: number, flags: number): number {
  if (flags & ~(O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  return withSocket(task, descriptor, (found, file) => {
    const made = connections.accept(task, found, (file.flags & O_NONBLOCK) !== 0);
    if (typeof made === 'number') return made;
    const opened = createSocketFile(task, made, flags & O_NONBLOCK);
    const name = made.peerName ? familyOf(made).encode(made, made.peerName) : familyOf(made).encode(made, undefined);
    const refused = given === 0 ? 0 : giveAddress(task, name, given, length);
    if (refused === 0) return install(task, opened, (flags & O_CLOEXEC) !== 0);
    releaseFile(task.linux, opened);
    return refused;
  });
}

function shutdown(task: Task, descriptor: number, how: number): number {
  return withSocket(task, descriptor, found => {
    if (how < abi.SHUT_RD || how > abi.SHUT_RDWR) return -EINVAL;
    // SHUT_RD, SHUT_WR and SHUT_RDWR are one less than the bits they mean.
    return connections.shutDown(task.linux, found, how + 1);
  });
}

function getsockname(task: Task, descriptor: number, given: number, length: number): number {
  return withSocket(task, descriptor, found =>
    giveAddress(task, familyOf(found).encode(found, found.name), given, length),
  );
}

function getpeername(task: Task, descriptor: number, given: number, length: number): number {
  return withSocket(task, descriptor, found => {
    if (!connections.isConnected(found)) return -ENOTCONN;
    return giveAddress(task, familyOf(found).encode(found, found.peerName), given, length);
  });
}

function setsockopt(
  task: Task,
  descriptor: number,
  optionLevel: number,
  option: number,
  from: number,
  length: number,
): number {
  return withSocket(task, descriptor, found => {
    if (length < 0 || length > abi.MOST_CONTROL) return -EINVAL;
    const value = readView(task, from, length);
    return value ? writeOption(task, found, optionLevel, option, value) : -EFAULT;
  });
}

function getsockopt(
  task: Task,
  descriptor: number,
  optionLevel: number,
  option: number,
  given: number,
  lengthAddress: number,
): number {
  return withSocket(task, descriptor, found => {
    const room = readInt(task, lengthAddress);
    if (room === undefined) return -EFAULT;
    if (room < 0) return -EINVAL;
    const value = readOption(task, found, optionLevel, option);
    if (isError(value)) return value;
    const part = value.subarray(0, room);
    return writeBytes(task, given, part) && writeInt(task, lengthAddress, part.length) ? 0 : -EFAULT;
  });
}
