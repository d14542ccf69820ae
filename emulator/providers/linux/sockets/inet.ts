/**
 * AF_INET and AF_INET6 on the machine's own loopback (ip(7), ipv6(7), tcp(7), udp(7)): TCP and UDP between sockets of the
 * machine. Every other address is unreachable.
 */

import {
  EACCES,
  EADDRINUSE,
  EADDRNOTAVAIL,
  EAFNOSUPPORT,
  EDESTADDRREQ,
  EINVAL,
  ENETUNREACH,
  ENOTCONN,
  EPERM,
  EPIPE,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../abi/errno.ts';
import * as abi from '../abi/socket.ts';
import { IPV6_V6ONLY, SO_BROADCAST, SO_REUSEADDR, SO_REUSEPORT } from '../abi/socketOptions.ts';
import { stateOf } from '../instance.ts';
import { isPrivileged, type Task } from '../task.ts';
import * as address from './address.ts';
import type { Family } from './family.ts';
import { optionOf, type Socket, type SocketName } from './socket.ts';

/** By type: the protocol that it is, and the only other that may be asked for. */
const PROTOCOLS: Readonly<Record<number, number>> = {
  [abi.SOCK_STREAM]: abi.IPPROTO_TCP,
  [abi.SOCK_DGRAM]: abi.IPPROTO_UDP,
};

function create(task: Task, type: number, protocol: number): number {
  // There is nothing below TCP and UDP to be raw about.
  if (type === abi.SOCK_RAW) return isPrivileged(task) ? -EPROTONOSUPPORT : -EPERM;
  const own = PROTOCOLS[type];
  if (own === undefined) return -ESOCKTNOSUPPORT;
  return protocol === 0 || protocol === own ? own : -EPROTONOSUPPORT;
}

export function isInet(socket: Socket): boolean {
  return socket.family === abi.AF_INET || socket.family === abi.AF_INET6;
}

function decode4(_socket: Socket, bytes: Uint8Array): SocketName | number {
  if (bytes.length < abi.SOCKADDR_IN_SIZE) return -EINVAL;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const family = view.getUint16(0, true);
  const place = address.mapped(bytes.subarray(4, 8));
  // Old programs leave the family out where any address will do (inet_bind).
  if (family !== abi.AF_INET && (family !== abi.AF_UNSPEC || !address.isAny(place))) return -EAFNOSUPPORT;
  return { place, number: view.getUint16(2, false) };
}

function encode4(_socket: Socket, name: SocketName | undefined): Uint8Array {
  const bytes = new Uint8Array(abi.SOCKADDR_IN_SIZE);
  bytes[0] = abi.AF_INET;
  if (name) {
    new DataView(bytes.buffer).setUint16(2, name.number, false);
    bytes.set(address.bytesOf(name.place).subarray(12), 4);
  }
  return bytes;
}

function decode6(socket: Socket, bytes: Uint8Array): SocketName | number {
  if (bytes[0] === abi.AF_INET && bytes[1] === 0 && !isOnly6(socket)) return decode4(socket, bytes);
  if (bytes.length < abi.SOCKADDR_IN6_LEAST) return -EINVAL;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  if (view.getUint16(0, true) !== abi.AF_INET6) return -EAFNOSUPPORT;
  return { place: address.hexOf(bytes.subarray(8, 24)), number: view.getUint16(2, false) };
}

function encode6(_socket: Socket, name: SocketName | undefined): Uint8Array {
  const bytes = new Uint8Array(abi.SOCKADDR_IN6_SIZE);
  bytes[0] = abi.AF_INET6;
  if (name) {
    new DataView(bytes.buffer).setUint16(2, name.number, false);
    bytes.set(address.bytesOf(name.place), 8);
  }
  return bytes;
}

function isOnly6(socket: Socket): boolean {
  return optionOf(socket, abi.IPPROTO_IPV6, IPV6_V6ONLY) !== 0;
}

/** Whether packets for `place` reach a socket that is bound to `bound`. */
export function covers(socket: Socket, bound: string, place: string): boolean {
  if (bound === place) return true;
  if (bound === address.ANY_4) return address.isMapped(place);
  return bound === address.ANY_6 && (!address.isMapped(place) || !isOnly6(socket));
}

function* boundTo(task: Task, socket: Socket, port: number): Generator<Socket> {
  for (const other of stateOf(task.linux).sockets.values())
    if (isInet(other) && other.type === socket.type && other.name?.number === port) yield other;
}

/** Whether two sockets may have the same port at addresses that overlap (socket(7), SO_REUSEADDR). */
function mayShare(a: Socket, b: Socket): boolean {
  const both = (option: number): boolean =>
    optionOf(a, abi.SOL_SOCKET, option) !== 0 && optionOf(b, abi.SOL_SOCKET, option) !== 0;
  if (both(SO_REUSEPORT) && a.owner.uid === b.owner.uid) return true;
  return both(SO_REUSEADDR) && a.state !== 'listening' && b.state !== 'listening';
}

/** Whether another socket keeps this one from `place` and `port`. */
export function isTaken(task: Task, socket: Socket, { place, number }: SocketName): boolean {
  for (const other of boundTo(task, socket, number)) {
    if (other.id === socket.id || !other.name) continue;
    const overlaps = covers(socket, place, other.name.place) || covers(other, other.name.place, place);
    if (overlaps && !mayShare(socket, other)) return true;
  }
  return false;
}

function bind(task: Task, socket: Socket, name: SocketName): number {
  if (!address.isAny(name.place) && !address.isOwn(name.place)) return -EADDRNOTAVAIL;
  if (socket.name || socket.state !== 'idle') return -EINVAL;
  if (address.isMapped(name.place) && isOnly6(socket)) return -EADDRNOTAVAIL;
  if (name.number === 0) return takePort(task, socket, name.place);
  if (name.number < abi.UNPRIVILEGED_PORT && !isPrivileged(task)) return -EACCES;
  if (isTaken(task, socket, name)) return -EADDRINUSE;
  socket.name = name;
  return 0;
}

/** A port of the machine's choice; they are given in turn. */
function takePort(task: Task, socket: Socket, place: string): number {
  const { network } = stateOf(task.linux);
  const count = abi.LAST_LOCAL_PORT - abi.FIRST_LOCAL_PORT + 1;
  for (let tries = 0; tries < count; tries++) {
    const name = { place, number: abi.FIRST_LOCAL_PORT + network.nextPort };
    network.nextPort = (network.nextPort + 1) % count;
    if (!boundTo(task, socket, name.number).next().done) continue;
    socket.name = name;
    return 0;
  }
  return -EADDRINUSE;
}

function anyOf(socket: Socket): string {
  return socket.family === abi.AF_INET ? address.ANY_4 : address.ANY_6;
}

/** Connections come from the loopback address of the version that they go to. */
function bindFor(task: Task, socket: Socket, to: SocketName | undefined): number {
  const wanted = to ? sourceFor(to.place) : anyOf(socket);
  if (!socket.name) return takePort(task, socket, wanted);
  if (to && address.isAny(socket.name.place)) socket.name = { place: wanted, number: socket.name.number };
  return 0;
}

function sourceFor(place: string): string {
  return address.isMapped(place) ? address.LOOPBACK_4 : address.LOOPBACK_6;
}

/** What the receiver of a datagram to `to` is told of its sender. */
function senderOf({ name }: Socket, to: SocketName): SocketName | undefined {
  return name && address.isAny(name.place) ? { ...name, place: sourceFor(to.place) } : name;
}

/** The any-address stands for the machine itself. */
function resolve(_socket: Socket, name: SocketName): SocketName {
  return address.isAny(name.place) ? { ...name, place: sourceFor(name.place) } : name;
}

function find(task: Task, socket: Socket, name: SocketName): Socket | undefined | number {
  if (address.isMapped(name.place) && isOnly6(socket)) return -ENETUNREACH;
  const { place, number } = resolve(socket, name);
  if (address.isBroadcast(place)) return optionOf(socket, abi.SOL_SOCKET, SO_BROADCAST) === 0 ? -EACCES : -ENETUNREACH;
  if (!address.isOwn(place)) return -ENETUNREACH;
  let best: Socket | undefined;
  let bestScore = -1;
  for (const other of boundTo(task, socket, number)) {
    const score = scoreOf(socket, other, place);
    if (score <= bestScore) continue;
    best = other;
    bestScore = score;
  }
  return best;
}

/** How well `other` fits as the receiver of what `socket` sends to `place`; -1 not at all. */
function scoreOf(socket: Socket, other: Socket, place: string): number {
  if (!other.name || !covers(other, other.name.place, place)) return -1;
  if (socket.type === abi.SOCK_STREAM) {
    if (other.state !== 'listening') return -1;
  } else if (other.peerName) {
    // A connected UDP socket hears its peer only.
    const from = senderOf(socket, { place, number: 0 });
    return from?.number === other.peerName.number && from.place === other.peerName.place ? 2 : -1;
  }
  return other.name.place === place ? 1 : 0;
}

const streamErrors = { unconnectedWrite: EPIPE, unconnectedRead: ENOTCONN, nowhere: EDESTADDRREQ };

export const inet4Family: Family = {
  create,
  decode: decode4,
  encode: encode4,
  bind,
  bindFor,
  find,
  resolve,
  senderOf,
  errors: streamErrors,
  isDelayed: true,
  hasControl: false,
  mostBytes: abi.UDP_MOST,
};

export const inet6Family: Family = { ...inet4Family, decode: decode6, encode: encode6 };
