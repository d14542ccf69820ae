/**
 * Connections from outside the machine, to ports that the launch forwards. Their far ends are sockets of no process: what
 * the guest writes stays in their queues until the host takes it, so that a slow reader slows the guest's writer.
 */

import { concatenate } from '../../../base/bytes.ts';
import type { Exchanged } from '../../../kernel/ps/pico.ts';
import { isError } from '../abi/errno.ts';
import { SOCK_STREAM } from '../abi/socket.ts';
import { type Linux, stateOf } from '../instance.ts';
import { LOOPBACK_4 } from './address.ts';
import { closeSocket, join, shutDown } from './connect.ts';
import { covers, isInet } from './inet.ts';
import { appendToStream, roomIn, takeFromQueue } from './queue.ts';
import { createSocket, deleteSocket, findSocket, RECEIVE_SHUT, SEND_SHUT, type Socket } from './socket.ts';

/** The number of a new connection to the guest's TCP port, or 0 if nobody listens or too many wait. */
export function connectFromOutside(linux: Linux, port: number): number {
  const listener = [...stateOf(linux).sockets.values()].find(socket => listensAt(socket, port));
  if (!listener || listener.accepting.length > listener.backlog) return 0;
  const socket = createSocket(linux, listener, { pid: 0, uid: 0, gid: 0 });
  if (isError(socket)) return 0;
  socket.isOutside = true;
  socket.name = { place: LOOPBACK_4, number: FIRST_PORT + (socket.id % PORTS) };
  socket.peerName = { place: LOOPBACK_4, number: port };
  if (join(linux, socket, listener) === 0) return socket.id;
  deleteSocket(linux, socket);
  return 0;
}

/** What the guest sees as the far end's port: numbers that no guest chooses for itself. */
const FIRST_PORT = 61_000;
const PORTS = 4000;

function listensAt(socket: Socket, port: number): boolean {
  const { name } = socket;
  if (!isInet(socket) || socket.type !== SOCK_STREAM || socket.state !== 'listening' || name?.number !== port)
    return false;
  return covers(socket, name.place, LOOPBACK_4);
}

/** Gives the guest bytes, `isLast` if no more will come, and takes its own. Undefined: there is no such connection. */
export function exchange(linux: Linux, id: number, bytes: Uint8Array, isLast: boolean): Exchanged | undefined {
  const socket = findSocket(linux, id);
  if (!socket?.isOutside) return undefined;
  const taken = give(linux, socket, bytes);
  if (isLast && taken === bytes.length && !(socket.shutdown & SEND_SHUT)) shutDown(linux, socket, SEND_SHUT);
  const parts: Uint8Array[] = [];
  for (let first = socket.queue[0]; first; first = socket.queue[0]) {
    parts.push(first.bytes.slice(first.start, first.end));
    takeFromQueue(linux, socket, first.end - first.start);
  }
  return { taken, bytes: concatenate(parts), ended: (socket.shutdown & RECEIVE_SHUT) !== 0 };
}

/** How many of the bytes are gone: into the guest's socket, or nowhere if the guest reads no more. */
function give(linux: Linux, socket: Socket, bytes: Uint8Array): number {
  const guest = findSocket(linux, socket.peer);
  if (!guest || guest.shutdown & RECEIVE_SHUT) return bytes.length;
  const taken = Math.min(bytes.length, roomIn(linux, guest));
  if (taken > 0) appendToStream(linux, guest, bytes.subarray(0, taken), socket.owner, []);
  socket.wantsRoom = taken < bytes.length;
  return taken;
}

/** The host's end is closed. */
export function hangUp(linux: Linux, id: number): void {
  const socket = findSocket(linux, id);
  if (socket?.isOutside) closeSocket(linux, socket);
}
