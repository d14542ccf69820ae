/** Messages over sockets: send(2), recv(2) and their kin, one at a time or many. */

import { RDX } from '../../../cpu/registers.ts';
import { EAGAIN, EFAULT, EINVAL, EMSGSIZE, ENOBUFS, isError } from '../abi/errno.ts';
import * as abi from '../abi/socket.ts';
import { SO_PASSCRED } from '../abi/socketOptions.ts';
import { releaseOrphans } from '../files/descriptors.ts';
import type { OpenFile } from '../files/openFile.ts';
import type { Segment } from '../files/segments.ts';
import { ControlWriter, encodeOwner, readControl } from '../sockets/control.ts';
import { familyOf } from '../sockets/families.ts';
import { socketBehind } from '../sockets/file.ts';
import { letGo } from '../sockets/queue.ts';
import { type Incoming, receiveMessage } from '../sockets/receive.ts';
import { sendMessage } from '../sockets/send.ts';
import { optionOf, ownerOf, type Socket, type SocketName } from '../sockets/socket.ts';
import { toNanoseconds } from '../time.ts';
import type { Task } from '../task.ts';
import { longAt, readBytes, readTimespec, readView, setLongAt, writeBytes, writeInt } from '../userMemory.ts';
import { scratch } from '../wait.ts';
import { bytes, fd, flags, int, out, pointer, size, timespec, unsigned } from './arguments.ts';
import { call, type Row, UNANSWERED } from './row.ts';
import { decodeName, giveName, socketFileOf } from './sockets.ts';

const messageFlags = flags('flags', abi.MESSAGE_FLAGS);

export const socketMessageRows: readonly Row[] = [
  call(
    44,
    'sendto',
    [
      fd(),
      bytes('buf', RDX),
      size('len'),
      messageFlags,
      pointer('dest_addr', 'const struct sockaddr *'),
      int('addrlen'),
    ],
    sendto,
  ),
  call(
    45,
    'recvfrom',
    [
      fd(),
      out('buf'),
      size('len'),
      messageFlags,
      out('src_addr', 'struct sockaddr *'),
      pointer('addrlen', 'socklen_t *'),
    ],
    recvfrom,
  ),
  call(46, 'sendmsg', [fd(), pointer('msg', 'const struct msghdr *'), messageFlags], sendmsg),
  call(47, 'recvmsg', [fd(), pointer('msg', 'struct msghdr *'), messageFlags], recvmsg),
  call(
    299,
    'recvmmsg',
    [fd(), pointer('msgvec', 'struct mmsghdr *'), unsigned('vlen'), messageFlags, timespec('timeout')],
    recvmmsg,
  ),
  call(307, 'sendmmsg', [fd(), pointer('msgvec', 'struct mmsghdr *'), unsigned('vlen'), messageFlags], sendmmsg),
];

/** What one call moves at most (read(2), NOTES). */
const MOST_BYTES = 0x7fff_f000;

function one(base: number, length: number): Segment[] {
  return [{ base, length: Math.min(length, MOST_BYTES) }];
}

function sendto(
  task: Task,
  descriptor: number,
  base: number,
  length: number,
  sendFlags: number,
  to: number,
  toLength: number,
): number {
  const file = socketFileOf(task, descriptor);
  if (isError(file)) return file;
  const socket = socketBehind(task.linux, file);
  const name = to === 0 ? undefined : destination(task, socket, to, toLength);
  if (typeof name === 'number') return name;
  const message = { segments: one(base, length), flags: sendFlags, to: name, files: [], owner: ownerOf(task) };
  return sendMessage(task, file, socket, message);
}

/** The address that a message is for; streams that are connected do not look at it. */
function destination(task: Task, socket: Socket, address: number, length: number): SocketName | undefined | number {
  if (length === 0) return undefined;
  return decodeName(task, socket, address, length);
}

function recvfrom(
  task: Task,
  descriptor: number,
  base: number,
  length: number,
  receiveFlags: number,
  from: number,
  lengthAddress: number,
): number {
  const file = socketFileOf(task, descriptor);
  if (isError(file)) return file;
  const socket = socketBehind(task.linux, file);
  const received = receiveMessage(task, file, socket, one(base, length), receiveFlags);
  if (isError(received)) return received;
  dropFiles(task, received, receiveFlags);
  const refused = giveName(task, socket, received.from, from, lengthAddress);
  return refused < 0 ? refused : received.count;
}

/** Files that came along and that nobody takes; those of a message that was only looked at stay with it. */
function dropFiles(task: Task, received: Incoming, receiveFlags: number): void {
  if (received.files.length === 0 || receiveFlags & abi.MSG_PEEK) return;
  letGo(task.linux, received.files);
  releaseOrphans(task.linux);
}

/** `struct msghdr`. */
interface Header {
  readonly name: number;
  readonly nameLength: number;
  readonly segments: Segment[];
  readonly control: number;
  readonly controlLength: number;
}

function readHeader(task: Task, address: number): Header | number {
  const view = readView(task, address, abi.MSGHDR_SIZE);
  if (!view) return -EFAULT;
  const nameLength = view.getInt32(8, true);
  if (nameLength < 0) return -EINVAL;
  const count = longAt(view, 24);
  if (count > abi.MOST_SEGMENTS) return -EMSGSIZE;
  const vector = readView(task, longAt(view, 16), count * 16);
  if (!vector) return -EFAULT;
  const segments: Segment[] = [];
  let left = MOST_BYTES;
  for (let i = 0; i < count; i++) {
    const length = longAt(vector, i * 16 + 8);
    if (length < 0) return -EINVAL;
    segments.push({ base: longAt(vector, i * 16), length: Math.min(length, left) });
    left -= Math.min(length, left);
  }
  return {
    name: longAt(view, 0),
    nameLength: Math.min(nameLength, abi.SOCKADDR_MAX),
    segments,
    control: longAt(view, 32),
    controlLength: longAt(view, 40),
  };
}

function sendmsg(task: Task, descriptor: number, address: number, sendFlags: number): number {
  const file = socketFileOf(task, descriptor);
  return isError(file) ? file : sendOne(task, file, address, sendFlags);
}

function sendOne(task: Task, file: OpenFile, address: number, sendFlags: number): number {
  const header = readHeader(task, address);
  if (isError(header)) return header;
  const socket = socketBehind(task.linux, file);
  const to = header.name === 0 ? undefined : destination(task, socket, header.name, header.nameLength);
  if (typeof to === 'number') return to;
  if (header.controlLength > abi.MOST_CONTROL) return -ENOBUFS;
  const control = readBytes(task, header.control, header.controlLength);
  if (!control) return -EFAULT;
  const carried = readControl(task, control, familyOf(socket).hasControl);
  if (isError(carried)) return carried;
  return sendMessage(task, file, socket, { ...carried, segments: header.segments, flags: sendFlags, to });
}

function recvmsg(task: Task, descriptor: number, address: number, receiveFlags: number): number {
  const file = socketFileOf(task, descriptor);
  return isError(file) ? file : receiveOne(task, file, address, receiveFlags);
}

function receiveOne(task: Task, file: OpenFile, address: number, receiveFlags: number): number {
  const header = readHeader(task, address);
  if (isError(header)) return header;
  const socket = socketBehind(task.linux, file);
  const received = receiveMessage(task, file, socket, header.segments, receiveFlags);
  if (isError(received)) return received;
  const given = giveHeader(task, socket, received, header, address, receiveFlags);
  dropFiles(task, received, receiveFlags);
  return given < 0 ? given : received.count;
}

/** Fills in what came besides the bytes: name, control messages and flags. */
function giveHeader(
  task: Task,
  socket: Socket,
  received: Incoming,
  header: Header,
  address: number,
  receiveFlags: number,
): number {
  const control = new ControlWriter(Math.min(header.controlLength, abi.MOST_CONTROL));
  if (received.owner && optionOf(socket, abi.SOL_SOCKET, SO_PASSCRED) !== 0)
    control.add(abi.SOL_SOCKET, abi.SCM_CREDENTIALS, encodeOwner(received.owner));
  if (received.files.length > 0) control.addFiles(task, received.files, (receiveFlags & abi.MSG_CMSG_CLOEXEC) !== 0);
  const name = received.from ? familyOf(socket).encode(socket, received.from) : new Uint8Array(0);
  if (header.name !== 0) {
    if (!writeBytes(task, header.name, name.subarray(0, header.nameLength))) return -EFAULT;
    if (!writeInt(task, address + 8, name.length)) return -EFAULT;
  }
  const closing = new Uint8Array(12);
  const view = new DataView(closing.buffer);
  setLongAt(view, 0, control.length);
  const kept = receiveFlags & abi.MSG_CMSG_CLOEXEC;
  view.setInt32(8, received.flags | control.flags | kept, true);
  const isGiven = writeBytes(task, header.control, control.bytes.subarray(0, control.length));
  return isGiven && writeBytes(task, address + 40, closing) ? 0 : -EFAULT;
}

/** Sends messages until one fails or would wait; those before it count (sendmmsg(2)). */
function sendmmsg(task: Task, descriptor: number, address: number, count: number, sendFlags: number): number {
  const file = socketFileOf(task, descriptor);
  if (isError(file)) return file;
  return many(task, address, Math.min(count, abi.MOST_SEGMENTS), at => sendOne(task, file, at, sendFlags));
}

/** Receives messages until there are enough, or the time is over after one of them (recvmmsg(2)). */
function recvmmsg(
  task: Task,
  descriptor: number,
  address: number,
  count: number,
  receiveFlags: number,
  timeoutAddress: number,
): number {
  const file = socketFileOf(task, descriptor);
  if (isError(file)) return file;
  const timeout = timeoutAddress === 0 ? undefined : readTimespec(task, timeoutAddress);
  if (timeoutAddress !== 0 && !timeout) return -EFAULT;
  if (timeout && (timeout.seconds < 0 || timeout.nanoseconds < 0 || timeout.nanoseconds >= 1e9)) return -EINVAL;
  const end = timeout ? task.kernel.state.time + toNanoseconds(timeout) : Number.POSITIVE_INFINITY;
  const waitsForOne = (receiveFlags & abi.MSG_WAITFORONE) !== 0;
  return many(task, address, Math.min(count, abi.MOST_SEGMENTS), (at, index) => {
    if (index > 0 && task.kernel.state.time >= end) return -EAGAIN;
    const hurry = index > 0 && waitsForOne ? abi.MSG_DONTWAIT : 0;
    return receiveOne(task, file, at, (receiveFlags & ~abi.MSG_WAITFORONE) | hurry);
  });
}

/**
 * Does something with each `struct mmsghdr`, noting its length: how many it was done with. When one has to wait the call
 * starts again behind those that are done.
 */
function many(task: Task, address: number, count: number, body: (at: number, index: number) => number): number {
  let index = task.self.scratch?.subject ?? 0;
  for (; index < count; index++) {
    const at = address + index * abi.MMSGHDR_SIZE;
    const answer = body(at, index);
    if (answer === UNANSWERED) {
      scratch(task, () => ({})).subject = index;
      return UNANSWERED;
    }
    if (answer < 0) return index > 0 ? index : answer;
    if (!writeInt(task, at + abi.MSGHDR_SIZE, answer)) return -EFAULT;
    task.self.scratch = undefined;
  }
  return index;
}
