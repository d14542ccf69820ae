/** AF_NETLINK (netlink(7)) as far as routes go (rtnetlink(7)): dumps of the one interface, its addresses and its routes. */

import {
  EADDRINUSE,
  ECONNREFUSED,
  EDESTADDRREQ,
  EINVAL,
  ENOBUFS,
  ENOTCONN,
  EPROTONOSUPPORT,
  ESOCKTNOSUPPORT,
} from '../../abi/errno.ts';
import { AF_NETLINK, BUFFER_SIZE, SOCK_DGRAM, SOCK_RAW, SOCKADDR_NL_SIZE } from '../../abi/socket.ts';
import { stateOf } from '../../instance.ts';
import { isPrivileged, type Task } from '../../task.ts';
import type { Family } from '../family.ts';
import { appendPacket, roomIn } from '../queue.ts';
import type { Socket, SocketName } from '../socket.ts';
import { answersTo } from './route.ts';

/** NETLINK_ROUTE, the only protocol there is. */
const NETLINK_ROUTE = 0;

function create(_task: Task, type: number, protocol: number): number {
  if (type !== SOCK_RAW && type !== SOCK_DGRAM) return -ESOCKTNOSUPPORT;
  return protocol === NETLINK_ROUTE ? NETLINK_ROUTE : -EPROTONOSUPPORT;
}

function decode(_socket: Socket, bytes: Uint8Array): SocketName | number {
  if (bytes.length < SOCKADDR_NL_SIZE || bytes[0] !== AF_NETLINK) return -EINVAL;
  return { place: '', number: new DataView(bytes.buffer, bytes.byteOffset).getUint32(4, true) };
}

function encode(_socket: Socket, name: SocketName | undefined): Uint8Array {
  const bytes = new Uint8Array(SOCKADDR_NL_SIZE);
  bytes[0] = AF_NETLINK;
  new DataView(bytes.buffer).setUint32(4, name?.number ?? 0, true);
  return bytes;
}

function isFree(task: Task, number: number): boolean {
  for (const { family, name } of stateOf(task.linux).sockets.values())
    if (family === AF_NETLINK && name?.number === number) return false;
  return true;
}

/** A port id: the process's, or another if that is taken. */
function bind(task: Task, socket: Socket, name: SocketName): number {
  if (socket.name) return name.number === socket.name.number || name.number === 0 ? 0 : -EINVAL;
  if (name.number !== 0 && !isFree(task, name.number)) return -EADDRINUSE;
  let number = name.number || task.group.pid;
  // Ids above all process ids, as Linux takes negative ones.
  for (let other = 0xffff_ffff; !isFree(task, number); other--) number = other;
  socket.name = { place: '', number };
  return 0;
}

function bindFor(task: Task, socket: Socket): number {
  return socket.name ? 0 : bind(task, socket, { place: '', number: 0 });
}

/** Requests are answered at once: the answers are in the queue when the call ends. */
function serve(task: Task, socket: Socket, bytes: Uint8Array): number {
  const bound = bindFor(task, socket);
  if (bound < 0) return bound;
  for (const answer of answersTo(bytes, socket.name?.number ?? 0, isPrivileged(task))) {
    if (roomIn(task.linux, socket) < answer.length) return -ENOBUFS;
    const owner = { pid: 0, uid: 0, gid: 0 };
    const from = { place: '', number: 0 };
    appendPacket(task.linux, socket, { bytes: answer, start: 0, end: answer.length, from, owner, files: [] });
  }
  return bytes.length;
}

export const netlinkFamily: Family = {
  create,
  decode,
  encode,
  bind,
  bindFor,
  // Only the kernel is there to talk to.
  find: (_task, _socket, name) => (name.number === 0 ? undefined : -ECONNREFUSED),
  resolve: (_socket, name) => name,
  senderOf: ({ name }) => name,
  errors: {
    unconnectedWrite: ENOTCONN,
    unconnectedRead: ENOTCONN,
    nowhere: EDESTADDRREQ,
  },
  isDelayed: false,
  hasControl: false,
  mostBytes: BUFFER_SIZE - 32,
  serve,
};
