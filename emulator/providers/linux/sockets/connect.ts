/** Connections: listening, connecting, accepting, and how they end (listen(2), connect(2), accept(2), shutdown(2)). */

import {
  EADDRINUSE,
  EAGAIN,
  EALREADY,
  ECONNABORTED,
  ECONNREFUSED,
  ECONNRESET,
  EINPROGRESS,
  EINTR,
  EINVAL,
  EISCONN,
  ENOTCONN,
  EOPNOTSUPP,
  EPIPE,
  ERESTARTSYS,
  isError,
} from '../abi/errno.ts';
import { SOCK_DGRAM, SOCK_RAW, SOL_SOCKET, SOMAXCONN } from '../abi/socket.ts';
import { SO_LINGER, SO_RCVTIMEO, SO_SNDTIMEO } from '../abi/socketOptions.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { block, scratch } from '../wait.ts';
import { familyOf } from './families.ts';
import { isInet, isTaken } from './inet.ts';
import { clearQueue } from './queue.ts';
import * as core from './socket.ts';
import type { Socket, SocketName } from './socket.ts';

/** Types without connections: connect(2) only says where datagrams go. */
export function isDatagram(socket: Socket): boolean {
  return socket.type === SOCK_DGRAM || socket.type === SOCK_RAW;
}

/**
 * Lets the task wait for a socket, but no longer than SO_RCVTIMEO or SO_SNDTIMEO says: UNANSWERED, or a negative error,
 * `late` if the time is over.
 */
export function waitFor(
  task: Task,
  socket: Socket,
  events: readonly number[],
  option: typeof SO_RCVTIMEO | typeof SO_SNDTIMEO,
  late = -EAGAIN,
): number {
  const most = core.optionOf(socket, SOL_SOCKET, option);
  const { time } = task.kernel.state;
  const { due } = scratch(task, () => ({ due: most === 0 ? -1 : time + most }));
  if (due >= 0 && time >= due) return late;
  const answer = block(task, events, option === SO_RCVTIMEO ? 'socket read' : 'socket write', due);
  // Calls with a time-out do not start again (signal(7)).
  return answer === -ERESTARTSYS && most !== 0 ? -EINTR : answer;
}

export function listen(task: Task, socket: Socket, backlog: number): number {
  if (isDatagram(socket)) return -EOPNOTSUPP;
  if (socket.state !== 'idle' && socket.state !== 'listening') return -EINVAL;
  if (!isInet(socket) && !socket.name) return -EINVAL;
  const refused = familyOf(socket).bindFor(task, socket, undefined);
  if (refused < 0) return refused;
  const { state } = socket;
  socket.state = 'listening';
  if (state === 'idle' && socket.name && isInet(socket) && isTaken(task, socket, socket.name)) {
    socket.state = state;
    return -EADDRINUSE;
  }
  socket.backlog = backlog < 0 ? SOMAXCONN : Math.min(backlog, SOMAXCONN);
  socket.owner = core.ownerOf(task);
  return 0;
}

/** connect(2). */
export function connect(task: Task, socket: Socket, name: SocketName, isNonBlocking: boolean): number {
  if (isDatagram(socket)) return connectDatagrams(task, socket, name);
  if (task.self.scratch && socket.state !== 'idle') return waitForConnection(task, socket, isNonBlocking);
  if (socket.state === 'connecting')
    return isNonBlocking && isPending(socket) ? -EALREADY : waitForConnection(task, socket, isNonBlocking);
  // Unix sockets look whether they are free last of all.
  if (isInet(socket) && socket.state !== 'idle') return -EISCONN;
  return beginConnection(task, socket, name, isNonBlocking);
}

function beginConnection(task: Task, socket: Socket, name: SocketName, isNonBlocking: boolean): number {
  const family = familyOf(socket);
  const listener = family.find(task, socket, name);
  if (typeof listener === 'number') return listener;
  const refused = family.bindFor(task, socket, name);
  if (refused < 0) return refused;
  if (!family.isDelayed) {
    if (listener?.state !== 'listening' || listener.shutdown & core.RECEIVE_SHUT) return -ECONNREFUSED;
    // A Unix listener takes one more than its backlog (unix_recvq_full).
    if (listener.accepting.length > listener.backlog)
      return isNonBlocking ? -EAGAIN : waitFor(task, socket, [listener.changed], SO_SNDTIMEO);
    if (socket.state !== 'idle') return socket.state === 'listening' ? -EINVAL : -EISCONN;
    return join(task.linux, socket, listener);
  }
  socket.peerName = family.resolve(socket, name);
  socket.state = 'connecting';
  if (!listener) reset(task.linux, socket, ECONNREFUSED);
  else if (listener.accepting.length > listener.backlog) listener.callers.push(socket.id);
  else {
    const failed = join(task.linux, socket, listener);
    socket.state = failed < 0 ? 'idle' : 'connecting';
    if (failed < 0) return failed;
  }
  return isNonBlocking ? -EINPROGRESS : waitForConnection(task, socket, false);
}

function isPending(socket: Socket): boolean {
  return socket.state === 'connecting' && socket.peer === 0 && socket.shutdown === 0;
}

/** Whether the socket has been connected to another, which may be gone by now. */
export function isConnected(socket: Socket): boolean {
  return socket.state === 'connected' || (socket.state === 'connecting' && !isPending(socket) && socket.error === 0);
}

/** The end of a connection attempt that has been answered, or waiting for the answer. */
function waitForConnection(task: Task, socket: Socket, isNonBlocking: boolean): number {
  if (socket.shutdown === core.ALL_SHUT && socket.peer === 0) {
    socket.state = 'idle';
    socket.shutdown = 0;
    socket.peerName = undefined;
    return core.takeError(socket) || -ECONNABORTED;
  }
  if (!isPending(socket)) {
    socket.state = 'connected';
    return 0;
  }
  if (isNonBlocking) return -EINPROGRESS;
  scratch(task, () => ({ subject: socket.id }));
  return waitFor(task, socket, [socket.changed], SO_SNDTIMEO, -EINPROGRESS);
}

/** Connects a socket with a new one that waits at the listener to be accepted: 0, or a negative error. */
export function join(linux: Linux, socket: Socket, listener: Socket): number {
  const other = core.createSocket(linux, listener, listener.owner);
  if (isError(other)) return other;
  other.isAccepted = true;
  other.options = new Map(listener.options);
  other.name = isInet(socket) ? socket.peerName : listener.name;
  tie(socket, other);
  listener.accepting.push(other.id);
  core.wake(linux, listener);
  core.wake(linux, socket);
  return 0;
}

/** Makes two sockets each other's peers. */
export function tie(a: Socket, b: Socket): void {
  for (const [one, other] of [
    [a, b],
    [b, a],
  ]) {
    one.peer = other.id;
    one.peerName = other.name;
    one.peerOwner = other.owner;
    one.state = 'connected';
  }
}

/** Datagrams go to `name` from now on, and come from there only. */
function connectDatagrams(task: Task, socket: Socket, name: SocketName): number {
  const family = familyOf(socket);
  const bound = family.bindFor(task, socket, name);
  if (bound < 0) return bound;
  const found = family.find(task, socket, name);
  if (typeof found === 'number') return found;
  socket.peerName = family.resolve(socket, name);
  socket.peer = found?.id ?? 0;
  socket.state = 'connected';
  return 0;
}

/** connect(2) with AF_UNSPEC: datagrams come from and go to anywhere again, a connection is given up. */
export function disconnect(task: Task, socket: Socket): number {
  if (!isDatagram(socket) && socket.state !== 'idle') {
    if (!isInet(socket)) return -EINVAL;
    part(task.linux, socket, true);
  }
  socket.state = 'idle';
  socket.shutdown = 0;
  socket.error = 0;
  socket.peer = 0;
  socket.peerName = undefined;
  return 0;
}

/** A socket that waits at the listener, now the caller's; UNANSWERED or a negative error if there is none. */
export function accept(task: Task, listener: Socket, isNonBlocking: boolean): Socket | number {
  if (isDatagram(listener)) return -EOPNOTSUPP;
  if (listener.state !== 'listening') return -EINVAL;
  const id = listener.accepting.shift();
  if (id !== undefined) {
    letCallersIn(task.linux, listener);
    return core.getSocket(task.linux, id);
  }
  if (listener.shutdown & core.RECEIVE_SHUT) return -EINVAL;
  return isNonBlocking ? -EAGAIN : waitFor(task, listener, [listener.changed], SO_RCVTIMEO);
}

/** There is room again: those who found the backlog full are connected, or look again. */
function letCallersIn(linux: Linux, listener: Socket): void {
  while (listener.callers.length > 0 && listener.accepting.length <= listener.backlog) {
    const caller = core.findSocket(linux, listener.callers.shift() as number);
    if (caller?.state !== 'connecting' || caller.peer !== 0) continue;
    if (join(linux, caller, listener) < 0) reset(linux, caller, ECONNREFUSED);
    else caller.state = 'connecting';
  }
  core.wake(linux, listener);
}

/** shutdown(2): `how` has RECEIVE_SHUT and SEND_SHUT. */
export function shutDown(linux: Linux, socket: Socket, how: number): number {
  if (socket.state === 'listening' && isInet(socket)) {
    if (how & core.RECEIVE_SHUT) stopListening(linux, socket);
    return 0;
  }
  const isOpen = !isInet(socket) || isConnected(socket);
  if (!isOpen && !isDatagram(socket)) return -ENOTCONN;
  const other = core.findSocket(linux, socket.peer);
  socket.shutdown |= how;
  if (other?.peer === socket.id && !isDatagram(socket)) {
    if (how & core.SEND_SHUT) other.shutdown |= core.RECEIVE_SHUT;
    // TCP has no way to say that nobody reads.
    if (how & core.RECEIVE_SHUT && !isInet(socket)) other.shutdown |= core.SEND_SHUT;
    core.wake(linux, other);
  }
  core.wake(linux, socket);
  return isOpen ? 0 : -ENOTCONN;
}

function stopListening(linux: Linux, listener: Socket): void {
  const { accepting, callers } = listener;
  listener.state = 'idle';
  listener.accepting = [];
  listener.callers = [];
  for (const id of accepting) {
    const waiting = core.getSocket(linux, id);
    part(linux, waiting, true);
    end(linux, waiting);
  }
  for (const id of callers) {
    const caller = core.findSocket(linux, id);
    if (caller) reset(linux, caller, ECONNREFUSED);
  }
  core.wake(linux, listener);
}

/** Ends the connection from this side; `isAbrupt`: the other hears of a reset, not only of the end. */
function part(linux: Linux, socket: Socket, isAbrupt: boolean): void {
  const other = core.findSocket(linux, socket.peer);
  socket.peer = 0;
  socket.shutdown = core.ALL_SHUT;
  socket.state = 'over';
  if (!other || other.peer !== socket.id) return;
  other.peer = 0;
  if (!familyOf(socket).isDelayed) other.shutdown = core.ALL_SHUT;
  else other.shutdown |= core.RECEIVE_SHUT;
  if (isAbrupt) reset(linux, other, ECONNRESET);
  core.wake(linux, other);
}

/** The other end is gone and said so: the next call hears of it. */
export function reset(linux: Linux, socket: Socket, error: number): void {
  socket.error = error;
  socket.shutdown = core.ALL_SHUT;
  if (socket.state !== 'connecting') socket.state = 'over';
  core.wake(linux, socket);
}

/** Bytes sent to a TCP peer that has closed: it answers with a reset, which the next call meets (tcp(7)). */
export function sendToNobody(linux: Linux, socket: Socket): void {
  reset(linux, socket, EPIPE);
}

/** The last descriptor is closed. */
export function closeSocket(linux: Linux, socket: Socket): void {
  if (socket.state === 'listening') stopListening(linux, socket);
  const lingersNot = core.optionOf(socket, SOL_SOCKET, SO_LINGER, -1) === 0 && isInet(socket);
  if (isDatagram(socket)) forgetReceiver(linux, socket);
  else part(linux, socket, lingersNot || socket.queue.length > 0);
  end(linux, socket);
}

/** Whoever sent datagrams here hears that nobody is there any more. */
function forgetReceiver(linux: Linux, socket: Socket): void {
  for (const other of stateOf(linux).sockets.values()) {
    if (other.peer !== socket.id) continue;
    other.peer = 0;
    if (!isInet(socket) && socket.queue.length > 0 && socket.peer === other.id) other.error = ECONNRESET;
    core.wake(linux, other);
  }
}

function end(linux: Linux, socket: Socket): void {
  clearQueue(linux, socket);
  familyOf(socket).release?.(linux, socket);
  core.deleteSocket(linux, socket);
}
