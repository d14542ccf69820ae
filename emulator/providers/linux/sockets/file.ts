/** Sockets as open files: what read(2), write(2), poll(2), ioctl(2) and close(2) do with them. */

import { EAGAIN, EFAULT, EINVAL, ENOTCONN, EPIPE } from '../abi/errno.ts';
import { O_RDWR } from '../abi/fcntl.ts';
import { FIONREAD, SIOCATMARK, TIOCOUTQ } from '../abi/ioctl.ts';
import { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLRDHUP, POLLRDNORM, POLLWRBAND, POLLWRNORM } from '../abi/poll.ts';
import { UNIX_QUEUE_LENGTH } from '../abi/socket.ts';
import { S_IFSOCK } from '../abi/stat.ts';
import { createInode } from '../files/inode.ts';
import { createFile, type OpenFile } from '../files/openFile.ts';
import type { Segment } from '../files/segments.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { writeInt } from '../userMemory.ts';
import { closeSocket, isConnected, isDatagram } from './connect.ts';
import { isInet } from './inet.ts';
import { interfaceControl } from './interface.ts';
import { appendPacket, appendToStream, letGo, roomIn, takeFromQueue } from './queue.ts';
import { receiveMessage } from './receive.ts';
import { sendMessage } from './send.ts';
import * as core from './socket.ts';
import type { Socket } from './socket.ts';

/** An open file for a socket; `flags` may have O_NONBLOCK. */
export function createSocketFile(task: Task, socket: Socket, flags: number): OpenFile {
  const { linux } = task;
  const { euid, egid } = task.group.credentials;
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFSOCK | 0o777, euid, egid);
  return createFile(linux, {
    type: 'socket',
    inode,
    flags: O_RDWR | flags,
    path: `socket:[${inode.id}]`,
    object: socket.id,
  });
}

export function socketBehind(linux: Linux, file: OpenFile): Socket {
  return core.getSocket(linux, file.object);
}

export function receiveSegments(task: Task, file: OpenFile, segments: readonly Segment[]): number {
  const received = receiveMessage(task, file, socketBehind(task.linux, file), segments, 0);
  if (typeof received === 'number') return received;
  letGo(task.linux, received.files);
  return received.count;
}

export function sendSegments(task: Task, file: OpenFile, segments: readonly Segment[]): number {
  const socket = socketBehind(task.linux, file);
  return sendMessage(task, file, socket, {
    segments,
    flags: 0,
    to: undefined,
    files: [],
    owner: core.ownerOf(task),
  });
}

/** For copies between files (sendfile(2)), which wait themselves: bytes from the front of the queue. */
export function readSocket(task: Task, file: OpenFile, into: Uint8Array): number {
  const socket = socketBehind(task.linux, file);
  const [packet] = socket.queue;
  if (!packet) {
    if (socket.error !== 0) return core.takeError(socket);
    if (socket.shutdown & core.RECEIVE_SHUT) return 0;
    return isDatagram(socket) || isConnected(socket) ? -EAGAIN : -ENOTCONN;
  }
  const count = Math.min(into.length, packet.end - packet.start);
  into.set(packet.bytes.subarray(packet.start, packet.start + count));
  letGo(task.linux, packet.files.splice(0));
  takeFromQueue(task.linux, socket, count);
  return count;
}

/** For copies between files: bytes for whoever the socket is connected to. */
export function writeSocket(task: Task, file: OpenFile, bytes: Uint8Array): number {
  const { linux } = task;
  const socket = socketBehind(linux, file);
  if (socket.error !== 0) return core.takeError(socket);
  if (!isConnected(socket)) return -ENOTCONN;
  const peer = core.findSocket(linux, socket.peer);
  if (!peer || socket.shutdown & core.SEND_SHUT) return -EPIPE;
  const count = Math.min(bytes.length, roomIn(linux, peer));
  if (count === 0) {
    socket.wantsRoom = true;
    return -EAGAIN;
  }
  const part = bytes.slice(0, count);
  const owner = core.ownerOf(task);
  if (core.isStream(peer)) appendToStream(linux, peer, part, owner, []);
  else appendPacket(linux, peer, { bytes: part, start: 0, end: count, from: socket.name, owner, files: [] });
  return count;
}

/** What poll(2) says of a socket (unix_poll, tcp_poll and datagram_poll of Linux agree in this). */
export function pollSocket(linux: Linux, file: OpenFile): number {
  const socket = socketBehind(linux, file);
  if (socket.state === 'listening') return socket.accepting.length > 0 ? POLLIN | POLLRDNORM : 0;
  const isPending = socket.state === 'connecting' && !isConnected(socket) && socket.shutdown === 0;
  let ready = 0;
  if (socket.error !== 0) ready |= POLLERR;
  if (socket.shutdown === core.ALL_SHUT || isUnconnectedStream(socket)) ready |= POLLHUP;
  if (socket.shutdown & core.RECEIVE_SHUT) ready |= POLLRDHUP | POLLIN | POLLRDNORM;
  if (socket.queue.length > 0) ready |= POLLIN | POLLRDNORM;
  if (!isPending && isWritable(linux, socket))
    ready |= POLLOUT | POLLWRNORM | (core.isStream(socket) && isInet(socket) ? 0 : POLLWRBAND);
  return ready;
}

function isUnconnectedStream(socket: Socket): boolean {
  return !isDatagram(socket) && (socket.state === 'idle' || socket.state === 'over');
}

function isWritable(linux: Linux, socket: Socket): boolean {
  const peer = core.findSocket(linux, socket.peer);
  if (!peer || socket.shutdown & core.SEND_SHUT || (isDatagram(socket) && isInet(socket))) return true;
  const hasRoom =
    core.hasRoom(peer) && (core.isStream(socket) || peer.peer === socket.id || peer.queue.length <= UNIX_QUEUE_LENGTH);
  if (!hasRoom) socket.wantsRoom = true;
  return hasRoom;
}

export function socketEvents(linux: Linux, file: OpenFile): readonly number[] {
  return [socketBehind(linux, file).changed];
}

export function socketSerial(linux: Linux, file: OpenFile): number {
  return socketBehind(linux, file).serial;
}

/** ioctl(2): what waits to be read or sent, and what there is to know of the interfaces (netdevice(7)). */
export function socketControl(task: Task, file: OpenFile, request: number, argument: number): number | undefined {
  const socket = socketBehind(task.linux, file);
  switch (request) {
    case FIONREAD:
      if (socket.state === 'listening') return -EINVAL;
      return writeInt(task, argument, unreadBytes(socket)) ? 0 : -EFAULT;
    case TIOCOUTQ:
      return writeInt(task, argument, 0) ? 0 : -EFAULT;
    case SIOCATMARK:
      // There is no urgent data, so nothing is at its mark.
      if (!isInet(socket) || isDatagram(socket)) return undefined;
      return writeInt(task, argument, 0) ? 0 : -EFAULT;
    default:
      return interfaceControl(task, request, argument);
  }
}

/** The next datagram's bytes, or all bytes of a stream. */
function unreadBytes(socket: Socket): number {
  const waiting = isDatagram(socket) ? socket.queue.slice(0, 1) : socket.queue;
  return waiting.reduce((sum, { start, end }) => sum + end - start, 0);
}

export function releaseSocket(linux: Linux, file: OpenFile): void {
  closeSocket(linux, socketBehind(linux, file));
}
