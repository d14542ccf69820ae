/**
 * What the machine knows of a socket (socket(7)): one record for all families and types, in the state of the instance.
 * What differs between families is in `families.ts`, what happens between two sockets in `connect.ts`, `send.ts` and
 * `receive.ts`. All of them are on the machine's own loopback: nothing here knows of a network outside.
 */

import { assert } from '../../../base/assert.ts';
import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { type Errno, ENFILE } from '../abi/errno.ts';
import { type Band, tellOwners } from '../files/owners.ts';
import { BUFFER_SIZE, PACKET_OVERHEAD, SOCK_STREAM } from '../abi/socket.ts';
import { type Linux, sayOnce, stateOf, takeId } from '../instance.ts';
import type { Task } from '../task.ts';

/**
 * Where a socket is. Internet: `place` is the address as 32 hexadecimal digits, version 4 mapped into version 6, and
 * `number` the port. Unix: the path, with a zero character in front if it is abstract, and the inode of the path. Netlink:
 * nothing, and the port id.
 */
export interface SocketName {
  place: string;
  number: number;
}

/** Who made a socket or sent a message: `struct ucred`. */
export interface Owner {
  pid: number;
  uid: number;
  gid: number;
}

/** Bytes that arrived: a datagram, or a stretch of a stream. */
export interface Packet {
  bytes: Uint8Array;
  /** The part of `bytes` that has not been read. */
  start: number;
  end: number;
  from: SocketName | undefined;
  owner: Owner;
  /** Open files in flight (SCM_RIGHTS); each counts as a reference to the file. */
  files: number[];
}

/** Bits of `shutdown`. */
export const RECEIVE_SHUT = 1;
export const SEND_SHUT = 2;
export const ALL_SHUT = 3;

export interface Socket {
  id: number;
  family: number;
  /** SOCK_* */
  type: number;
  protocol: number;
  /** `over`: it was connected, and will not be again. */
  state: 'idle' | 'listening' | 'connecting' | 'connected' | 'over';
  name: SocketName | undefined;
  peerName: SocketName | undefined;
  /** The socket at the other end, or where datagrams go; 0 if there is none (any more). */
  peer: number;
  shutdown: number;
  /** What SO_ERROR says: an error that nobody has been told yet. */
  error: number;
  queue: Packet[];
  /** Bytes in the queue, with what packets take besides their bytes. */
  queued: number;
  /** Listening: connections that may wait to be accepted. */
  backlog: number;
  /** Listening: sockets that wait to be accepted. */
  accepting: number[];
  /** Listening: sockets that found the backlog full and wait to be connected (TCP). */
  callers: number[];
  owner: Owner;
  peerOwner: Owner | undefined;
  /** What setsockopt(2) has set: by `level:option`. */
  options: Map<string, number>;
  /** Pulsed whenever something changes that somebody may wait for. */
  changed: number;
  serial: number;
  /** Somebody wants to be told when there is room at the other end. */
  wantsRoom: boolean;
  /** Made for a connection to a listening socket, whose name it shares. */
  isAccepted: boolean;
  /** The far end of a connection from outside the machine (`outside.ts`). */
  isOutside: boolean;
}

export interface NewSocket {
  readonly family: number;
  readonly type: number;
  readonly protocol: number;
}

export function ownerOf({ group }: Task): Owner {
  return { pid: group.pid, uid: group.credentials.euid, gid: group.credentials.egid };
}

/** A new socket, or -ENFILE if the machine has as many as it may have. */
export function createSocket(linux: Linux, { family, type, protocol }: NewSocket, owner: Owner): Socket | Errno {
  const { sockets } = stateOf(linux);
  if (sockets.size >= linux.limits.sockets) {
    sayOnce(linux, `The machine has ${sockets.size} sockets, as many as it may have: socket() answers ENFILE.`);
    return -ENFILE;
  }
  const socket: Socket = {
    id: takeId(linux),
    family,
    type,
    protocol,
    state: 'idle',
    name: undefined,
    peerName: undefined,
    peer: 0,
    shutdown: 0,
    error: 0,
    queue: [],
    queued: 0,
    backlog: 0,
    accepting: [],
    callers: [],
    owner,
    peerOwner: undefined,
    options: new Map(),
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
    wantsRoom: false,
    isAccepted: false,
    isOutside: false,
  };
  sockets.set(socket.id, socket);
  return socket;
}

export function findSocket(linux: Linux, id: number): Socket | undefined {
  return stateOf(linux).sockets.get(id);
}

export function getSocket(linux: Linux, id: number): Socket {
  const socket = findSocket(linux, id);
  assert(socket, `there is no socket ${id}`);
  return socket;
}

/** Removes a socket that nobody knows any more; what it held has been let go. */
export function deleteSocket(linux: Linux, socket: Socket): void {
  deleteEvent(linux.kernel, socket.changed);
  stateOf(linux).sockets.delete(socket.id);
}

/** Something happened to the socket: whoever waits looks again. */
export function wake(linux: Linux, socket: Socket, band: Band = 'in'): void {
  socket.serial++;
  pulseEvent(linux.kernel, socket.changed);
  if (socket.isOutside) linux.host.connections?.changed(socket.id);
  tellOwners(linux, 'socket', socket.id, band);
}

export function isStream(socket: Socket): boolean {
  return socket.type === SOCK_STREAM;
}

/** An option as it was set, or what it is unless set. */
export function optionOf(socket: Socket, level: number, option: number, initial = 0): number {
  return socket.options.get(`${level}:${option}`) ?? initial;
}

export function setOption(socket: Socket, level: number, option: number, value: number): void {
  socket.options.set(`${level}:${option}`, value);
}

/** The error that is waiting, which is then told: negative, or 0. */
export function takeError(socket: Socket): number {
  const { error } = socket;
  socket.error = 0;
  return -error || 0;
}

/** Bytes that a packet takes of the receiver's buffer. */
export function chargeOf(socket: Socket, packet: Packet): number {
  const length = packet.end - packet.start;
  return isStream(socket) ? length : length + PACKET_OVERHEAD;
}

/** Whether senders are told that there is room: not as soon as one byte fits. */
export function hasRoom(socket: Socket): boolean {
  return socket.queued * 4 <= BUFFER_SIZE * 3;
}
