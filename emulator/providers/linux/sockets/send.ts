/** Sending (send(2)): bytes of a stream, or one datagram, with what it carries. */

import {
  EAGAIN,
  ECONNREFUSED,
  EDESTADDRREQ,
  EFAULT,
  EISCONN,
  EMSGSIZE,
  ENOBUFS,
  EOPNOTSUPP,
  EPERM,
  EPIPE,
} from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { BUFFER_SIZE, MSG_DONTWAIT, MSG_NOSIGNAL, MSG_OOB, UNIX_QUEUE_LENGTH } from '../abi/socket.ts';
import { SO_SNDTIMEO } from '../abi/socketOptions.ts';
import { SIGPIPE } from '../abi/signal.ts';
import { getFile, type OpenFile } from '../files/openFile.ts';
import { gather, lengthOf, type Segment } from '../files/segments.ts';
import { TRANSFER_SIZE } from '../instance.ts';
import { kernelSignal } from '../signals/info.ts';
import { signalThread } from '../signals/send.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import type { Task } from '../task.ts';
import { scratch } from '../wait.ts';
import { isConnected, isDatagram, sendToNobody, waitFor } from './connect.ts';
import { familyOf } from './families.ts';
import { isInet } from './inet.ts';
import { appendPacket, appendToStream, roomIn } from './queue.ts';
import * as core from './socket.ts';
import type { Owner, Socket, SocketName } from './socket.ts';

/** What goes along with the bytes. */
export interface Carried {
  /** Open files, not yet referred to by the message. */
  files: number[];
  owner: Owner;
}

export interface Outgoing extends Carried {
  readonly segments: readonly Segment[];
  /** MSG_* */
  readonly flags: number;
  readonly to: SocketName | undefined;
}

/** Bytes sent, a negative error, or UNANSWERED. */
export function sendMessage(task: Task, file: OpenFile, socket: Socket, message: Outgoing): number {
  if (message.flags & MSG_OOB) return -EOPNOTSUPP;
  const answer = core.isStream(socket)
    ? sendToStream(task, file, socket, message)
    : sendDatagram(task, file, socket, message);
  if (answer === -EPIPE && (message.flags & MSG_NOSIGNAL) === 0 && core.isStream(socket))
    signalThread(task.linux, task.thread, kernelSignal(SIGPIPE));
  return answer;
}

function isImpatient(file: OpenFile, flags: number): boolean {
  return (file.flags & O_NONBLOCK) !== 0 || (flags & MSG_DONTWAIT) !== 0;
}

/** Why nothing can be written to a stream now: a negative error, or 0. */
function refuseStream(socket: Socket): number {
  if (socket.error !== 0) return core.takeError(socket);
  if (socket.shutdown & core.SEND_SHUT) return -EPIPE;
  return isConnected(socket) ? 0 : -familyOf(socket).errors.unconnectedWrite;
}

function sendToStream(task: Task, file: OpenFile, socket: Socket, message: Outgoing): number {
  const { linux } = task;
  if (message.to && !isInet(socket)) return isConnected(socket) ? -EISCONN : -EOPNOTSUPP;
  const total = lengthOf(message.segments);
  let done = task.self.scratch?.done ?? 0;
  const { state, peer: called } = socket;
  if (state === 'connecting' && called === 0 && socket.shutdown === 0)
    return isImpatient(file, message.flags) ? -EAGAIN : waitToSend(task, socket, done);
  let refused = refuseStream(socket);
  while (refused === 0 && done < total) {
    const peer = core.findSocket(linux, socket.peer);
    if (!peer) {
      sendToNobody(linux, socket);
      return total;
    }
    const room = roomIn(linux, peer);
    if (room === 0) {
      if (peer.queued < BUFFER_SIZE) return done || -ENOBUFS;
      socket.wantsRoom = true;
      return isImpatient(file, message.flags) ? done || -EAGAIN : waitToSend(task, socket, done);
    }
    const bytes = gather(task, message.segments, done, Math.min(room, TRANSFER_SIZE));
    if (bytes.length === 0) return done || -EFAULT;
    const files = done === 0 ? message.files : [];
    holdFiles(task, files);
    appendToStream(linux, peer, bytes, message.owner, files);
    done += bytes.length;
    refused = refuseStream(socket);
  }
  return done || refused;
}

/** The message refers to its files from now on. */
function holdFiles(task: Task, files: readonly number[]): void {
  for (const id of files) getFile(task.linux, id).references++;
}

function waitToSend(task: Task, socket: Socket, done: number): number {
  const answer = waitFor(task, socket, [socket.changed], SO_SNDTIMEO);
  if (answer !== UNANSWERED) return done || answer;
  scratch(task, () => ({})).done = done;
  return UNANSWERED;
}

/** Who a datagram goes to; undefined if nobody is there. */
function receiverOf(task: Task, socket: Socket, to: SocketName | undefined): Socket | undefined | number {
  const family = familyOf(socket);
  if (to && !isDatagram(socket)) return isConnected(socket) ? -EISCONN : -EOPNOTSUPP;
  if (to) return family.find(task, socket, to);
  if (!isConnected(socket)) return -family.errors.nowhere;
  if (!isDatagram(socket)) return core.findSocket(task.linux, socket.peer) ?? -EPIPE;
  return isInet(socket) && socket.peerName
    ? family.find(task, socket, socket.peerName)
    : (core.findSocket(task.linux, socket.peer) ?? -ECONNREFUSED);
}

function sendDatagram(task: Task, file: OpenFile, socket: Socket, message: Outgoing): number {
  const family = familyOf(socket);
  const total = lengthOf(message.segments);
  if (total > family.mostBytes) return -EMSGSIZE;
  if (socket.error !== 0) return core.takeError(socket);
  if (socket.shutdown & core.SEND_SHUT) return -EPIPE;
  const to = message.to ?? socket.peerName;
  const bytes = new Uint8Array(total);
  for (let done = 0; done < total; ) {
    const part = gather(task, message.segments, done, TRANSFER_SIZE);
    if (part.length === 0) return -EFAULT;
    bytes.set(part, done);
    done += part.length;
  }
  if (family.serve) return family.serve(task, socket, bytes);
  const bound = family.bindFor(task, socket, undefined);
  if (bound < 0) return bound;
  const receiver = receiverOf(task, socket, message.to);
  if (typeof receiver === 'number') return receiver;
  if (!receiver) return deliverNowhere(socket, total);
  // A connected receiver hears its peer only (unix(7)).
  if (isDatagram(receiver) && !isInet(receiver) && receiver.peer !== 0 && receiver.peer !== socket.id) return -EPERM;
  if (receiver.shutdown & core.RECEIVE_SHUT && !isInet(receiver)) return -EPIPE;
  if (isFull(task, socket, receiver, total)) {
    // UDP drops what does not fit (udp(7)).
    if (isInet(socket)) return total;
    socket.wantsRoom = receiver.id === socket.peer;
    return isImpatient(file, message.flags)
      ? -EAGAIN
      : waitFor(task, socket, [socket.changed, receiver.changed], SO_SNDTIMEO);
  }
  holdFiles(task, message.files);
  const from = to ? family.senderOf(socket, to) : socket.name;
  appendPacket(task.linux, receiver, { bytes, start: 0, end: total, from, owner: message.owner, files: message.files });
  return total;
}

/** Nobody has the port: who is connected to it hears of that with the next call (udp(7)). */
function deliverNowhere(socket: Socket, total: number): number {
  if (!socket.peerName) return socket.name ? total : -EDESTADDRREQ;
  socket.error = ECONNREFUSED;
  return total;
}

/** Whether the receiver takes no more datagrams of this sender now. */
export function isFull(task: Task, sender: Socket, receiver: Socket, bytes: number): boolean {
  if (receiver.queue.length > 0 && roomIn(task.linux, receiver) < bytes) return true;
  const areMutual = receiver.peer === sender.id;
  return !isInet(receiver) && !areMutual && receiver.queue.length > UNIX_QUEUE_LENGTH;
}
