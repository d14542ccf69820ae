/** Sockets: connected local pairs. There is no network. */

import { EAFNOSUPPORT, EFAULT, EINVAL, EISCONN, ENOPROTOOPT, ENOTSOCK, EOPNOTSUPP, isError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { RDX } from '../../../cpu/registers.ts';
import { fileOf, type OpenFile } from '../files/openFile.ts';
import { createSocketPair, shutDown } from '../files/socketPair.ts';
import { readFile, type Segment, writeFile } from '../files/transfer.ts';
import type { Task } from '../task.ts';
import { giveBytes, longAt, readView, writeInt } from '../userMemory.ts';
import { bytes, choice, descriptorPair, fd, int, out, pointer, size } from './arguments.ts';
import { installPair } from './descriptors.ts';
import { call, missing, partly, type Row } from './row.ts';

const AF_UNIX = 1;
const DOMAINS: FlagNames = [
  [AF_UNIX, 'AF_UNIX'],
  [2, 'AF_INET'],
  [10, 'AF_INET6'],
  [16, 'AF_NETLINK'],
];
const SOCK_TYPE_MASK = 0xf;
const NO_NETWORK = 'There is no network; only pairs made by socketpair.';

export const socketRows: readonly Row[] = [
  missing(41, 'socket', NO_NETWORK, EAFNOSUPPORT),
  partly(
    call(42, 'connect', [fd(), pointer('addr'), int('addrlen')], (task, descriptor) =>
      refuse(task, descriptor, EISCONN),
    ),
    NO_NETWORK,
  ),
  partly(
    call(43, 'accept', [fd(), pointer('addr'), pointer('addrlen')], (task, descriptor) =>
      refuse(task, descriptor, EINVAL),
    ),
    NO_NETWORK,
  ),
  partly(
    call(
      44,
      'sendto',
      [fd(), bytes('buf', RDX), size('len'), int('flags'), pointer('dest_addr'), int('addrlen')],
      sendto,
    ),
    'On connected pairs.',
  ),
  partly(
    call(45, 'recvfrom', [fd(), out('buf'), size('len'), int('flags'), out('src_addr'), pointer('addrlen')], recvfrom),
    'On connected pairs; no MSG_PEEK.',
  ),
  partly(
    call(46, 'sendmsg', [fd(), pointer('msg', 'const struct msghdr *'), int('flags')], sendmsg),
    'No control messages.',
  ),
  partly(call(47, 'recvmsg', [fd(), pointer('msg', 'struct msghdr *'), int('flags')], recvmsg), 'No control messages.'),
  call(48, 'shutdown', [fd(), int('how')], shutdown),
  partly(
    call(49, 'bind', [fd(), pointer('addr'), int('addrlen')], (task, descriptor) => refuse(task, descriptor, EINVAL)),
    NO_NETWORK,
  ),
  partly(
    call(50, 'listen', [fd(), int('backlog')], (task, descriptor) => refuse(task, descriptor, EOPNOTSUPP)),
    NO_NETWORK,
  ),
  partly(
    call(51, 'getsockname', [fd(), out('addr'), pointer('addrlen', 'socklen_t *')], giveName),
    'Pairs have no names.',
  ),
  partly(
    call(52, 'getpeername', [fd(), out('addr'), pointer('addrlen', 'socklen_t *')], giveName),
    'Pairs have no names.',
  ),
  partly(
    call(53, 'socketpair', [choice('domain', DOMAINS), int('type'), int('protocol'), descriptorPair('sv')], socketpair),
    'Streams: datagrams run together.',
  ),
  partly(
    call(54, 'setsockopt', [fd(), int('level'), int('optname'), pointer('optval'), int('optlen')], (task, descriptor) =>
      refuse(task, descriptor, 0),
    ),
    'Accepted without effect.',
  ),
  partly(
    call(55, 'getsockopt', [fd(), int('level'), int('optname'), out('optval'), pointer('optlen')], getsockopt),
    'SO_TYPE and SO_ERROR.',
  ),
  partly(
    call(288, 'accept4', [fd(), pointer('addr'), pointer('addrlen'), int('flags')], (task, descriptor) =>
      refuse(task, descriptor, EINVAL),
    ),
    NO_NETWORK,
  ),
];

function socketOf(task: Task, descriptor: number): OpenFile | number {
  const file = fileOf(task, descriptor);
  return isError(file) || file.type === 'socket' ? file : -ENOTSOCK;
}

function refuse(task: Task, descriptor: number, error: number): number {
  const socket = socketOf(task, descriptor);
  return isError(socket) ? socket : -error;
}

function socketpair(task: Task, domain: number, type: number, _protocol: number, address: number): number {
  if (domain !== AF_UNIX) return -EAFNOSUPPORT;
  if ((type & SOCK_TYPE_MASK) < 1 || (type & SOCK_TYPE_MASK) > 5) return -EINVAL;
  const [a, b] = createSocketPair(task, type & O_NONBLOCK);
  return installPair(task, address, a, b, (type & O_CLOEXEC) !== 0);
}

function sendto(task: Task, descriptor: number, base: number, length: number): number {
  const socket = socketOf(task, descriptor);
  return isError(socket) ? socket : writeFile(task, socket, [{ base, length }]);
}

function recvfrom(task: Task, descriptor: number, base: number, length: number): number {
  const socket = socketOf(task, descriptor);
  return isError(socket) ? socket : readFile(task, socket, [{ base, length }]);
}

/** The segments of `struct msghdr` (recvmsg(2)). */
function messageSegments(task: Task, address: number): Segment[] | number {
  const header = readView(task, address, 56);
  if (!header) return -EFAULT;
  const count = longAt(header, 24);
  const vector = count > 1024 ? undefined : readView(task, longAt(header, 16), count * 16);
  if (!vector) return -EFAULT;
  return Array.from({ length: count }, (_, index) => ({
    base: longAt(vector, index * 16),
    length: longAt(vector, index * 16 + 8),
  }));
}

function sendmsg(task: Task, descriptor: number, address: number): number {
  const socket = socketOf(task, descriptor);
  if (isError(socket)) return socket;
  const segments = messageSegments(task, address);
  return isError(segments) ? segments : writeFile(task, socket, segments);
}

function recvmsg(task: Task, descriptor: number, address: number): number {
  const socket = socketOf(task, descriptor);
  if (isError(socket)) return socket;
  const segments = messageSegments(task, address);
  if (isError(segments)) return segments;
  const count = readFile(task, socket, segments);
  // msg_controllen and msg_flags: nothing came with the bytes.
  if (count >= 0 && giveBytes(task, address + 40, new Uint8Array(16)) < 0) return -EFAULT;
  return count;
}

function shutdown(task: Task, descriptor: number, how: number): number {
  const socket = socketOf(task, descriptor);
  if (isError(socket)) return socket;
  if (how < 0 || how > 2) return -EINVAL;
  shutDown(task.linux, socket, how !== 1, how !== 0);
  return 0;
}

function giveName(task: Task, descriptor: number, address: number, lengthAddress: number): number {
  const socket = socketOf(task, descriptor);
  if (isError(socket)) return socket;
  const name = new Uint8Array([AF_UNIX, 0]);
  return giveBytes(task, address, name) < 0 || !writeInt(task, lengthAddress, name.length) ? -EFAULT : 0;
}

const SOL_SOCKET = 1;
const SO_TYPE = 3;
const SO_ERROR = 4;

function getsockopt(
  task: Task,
  descriptor: number,
  level: number,
  option: number,
  address: number,
  lengthAddress: number,
): number {
  const socket = socketOf(task, descriptor);
  if (isError(socket)) return socket;
  if (level !== SOL_SOCKET || (option !== SO_TYPE && option !== SO_ERROR)) return -ENOPROTOOPT;
  const value = option === SO_TYPE ? 1 : 0;
  return writeInt(task, address, value) && writeInt(task, lengthAddress, 4) ? 0 : -EFAULT;
}
