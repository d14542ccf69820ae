/** Receiving (recv(2)): bytes of a stream as they run together, or one datagram. */

import { EAGAIN, EFAULT, EINVAL, ENOTCONN } from '../abi/errno.ts';
import { O_NONBLOCK } from '../abi/fcntl.ts';
import { AF_UNIX, MSG_DONTWAIT, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK, MSG_TRUNC, MSG_WAITALL } from '../abi/socket.ts';
import { SO_RCVTIMEO } from '../abi/socketOptions.ts';
import type { OpenFile } from '../files/openFile.ts';
import { lengthOf, type Segment, spread } from '../files/segments.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import type { Task } from '../task.ts';
import { scratch } from '../wait.ts';
import { isConnected, isDatagram, waitFor } from './connect.ts';
import { familyOf } from './families.ts';
import { isSame, takeFromQueue } from './queue.ts';
import * as core from './socket.ts';
import type { Owner, Socket, SocketName } from './socket.ts';

/** What was received. */
export interface Incoming {
  /** What the call answers. */
  count: number;
  from: SocketName | undefined;
  owner: Owner | undefined;
  /** Open files that came along; unless peeked at, whoever receives them must install or let go of them. */
  files: number[];
  /** MSG_* that recvmsg(2) reports. */
  flags: number;
}

/** What was received, a negative error, or UNANSWERED. */
export function receiveMessage(
  task: Task,
  file: OpenFile,
  socket: Socket,
  segments: readonly Segment[],
  flags: number,
): Incoming | number {
  // Nothing is urgent, and errors have no queue of their own.
  if (flags & MSG_OOB) return -EINVAL;
  if (flags & MSG_ERRQUEUE) return -EAGAIN;
  const isImpatient = (file.flags & O_NONBLOCK) !== 0 || (flags & MSG_DONTWAIT) !== 0;
  return core.isStream(socket)
    ? receiveStream(task, socket, segments, flags, isImpatient)
    : receiveDatagram(task, socket, segments, flags, isImpatient);
}

/** What a read of an empty queue answers: 0 at the end, a negative error, or UNANSWERED. */
function waitToReceive(task: Task, socket: Socket, isImpatient: boolean): number {
  if (socket.error !== 0) return core.takeError(socket);
  if (socket.shutdown & core.RECEIVE_SHUT) return 0;
  const mustConnect = !isDatagram(socket);
  if (mustConnect && !isConnected(socket) && socket.state !== 'connecting')
    return socket.state === 'over' ? 0 : core.isStream(socket) ? -familyOf(socket).errors.unconnectedRead : -ENOTCONN;
  return isImpatient ? -EAGAIN : waitFor(task, socket, [socket.changed], SO_RCVTIMEO);
}

function receiveStream(
  task: Task,
  socket: Socket,
  segments: readonly Segment[],
  flags: number,
  isImpatient: boolean,
): Incoming | number {
  const total = lengthOf(segments);
  const result: Incoming = {
    count: task.self.scratch?.done ?? 0,
    from: socket.family === AF_UNIX ? socket.peerName : undefined,
    owner: undefined,
    files: [],
    flags: 0,
  };
  // TCP throws away what MSG_TRUNC asks for (tcp(7)).
  const isThrown = (flags & MSG_TRUNC) !== 0 && socket.family !== AF_UNIX;
  const copied = copyStream(task, socket, isThrown ? [] : segments, total, flags, result);
  if (copied < 0) return copied;
  const isEnough = result.count > 0 && ((flags & MSG_WAITALL) === 0 || result.files.length > 0 || flags & MSG_PEEK);
  if (isEnough || result.count === total) return result;
  const answer = waitToReceive(task, socket, isImpatient);
  if (answer === UNANSWERED) {
    scratch(task, () => ({})).done = result.count;
    return UNANSWERED;
  }
  if (answer < 0 && result.count === 0) return answer;
  return result;
}

/** Copies what there is, up to where something comes along that the rest does not have. */
function copyStream(
  task: Task,
  socket: Socket,
  segments: readonly Segment[],
  total: number,
  flags: number,
  result: Incoming,
): number {
  for (let index = 0; result.count < total && index < socket.queue.length; ) {
    const packet = socket.queue[index];
    if (result.owner && (packet.files.length > 0 || !isSame(result.owner, packet.owner))) break;
    const count = Math.min(packet.end - packet.start, total - result.count);
    const bytes = packet.bytes.subarray(packet.start, packet.start + count);
    const copied = segments.length === 0 ? count : spread(task, segments, result.count, bytes);
    if (copied < count) return result.count > 0 ? 0 : -EFAULT;
    result.owner = packet.owner;
    result.files.push(...packet.files);
    result.count += count;
    if (flags & MSG_PEEK) index++;
    else {
      packet.files = [];
      takeFromQueue(task.linux, socket, count);
    }
    if (result.files.length > 0) break;
  }
  return 0;
}

function receiveDatagram(
  task: Task,
  socket: Socket,
  segments: readonly Segment[],
  flags: number,
  isImpatient: boolean,
): Incoming | number {
  const [packet] = socket.queue;
  if (!packet) {
    const answer = waitToReceive(task, socket, isImpatient);
    return answer < 0 ? answer : nothing();
  }
  const room = lengthOf(segments);
  const length = packet.end - packet.start;
  const bytes = packet.bytes.subarray(packet.start, packet.start + Math.min(room, length));
  if (spread(task, segments, 0, bytes) < bytes.length) return -EFAULT;
  if ((flags & MSG_PEEK) === 0) takeFromQueue(task.linux, socket, length);
  return {
    count: flags & MSG_TRUNC ? length : bytes.length,
    from: isDatagram(socket) ? packet.from : socket.peerName,
    owner: packet.owner,
    files: packet.files,
    flags: length > room ? MSG_TRUNC : 0,
  };
}

function nothing(): Incoming {
  return { count: 0, from: undefined, owner: undefined, files: [], flags: 0 };
}
