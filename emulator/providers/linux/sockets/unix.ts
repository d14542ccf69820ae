/** AF_UNIX (unix(7)): names are paths whose inodes are sockets, or abstract and the machine's own. */

import {
  EACCES,
  EADDRINUSE,
  ECONNREFUSED,
  EINVAL,
  ENOENT,
  ENOTCONN,
  EPROTONOSUPPORT,
  EPROTOTYPE,
  EROFS,
  ESOCKTNOSUPPORT,
  isError,
} from '../abi/errno.ts';
import {
  AF_UNIX,
  BUFFER_SIZE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOCKADDR_UN_SIZE,
  SOL_SOCKET,
} from '../abi/socket.ts';
import { SO_PASSCRED } from '../abi/socketOptions.ts';
import { S_IFMT, S_IFSOCK } from '../abi/stat.ts';
import { make } from '../files/directory.ts';
import { isReadOnly } from '../files/inode.ts';
import { find as findPath, mayAccess, walk, workingDirectory } from '../files/walk.ts';
import { stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { decodeText } from '../userMemory.ts';
import type { Family } from './family.ts';
import { optionOf, type Socket, type SocketName } from './socket.ts';

const TYPES = [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET];
/** Bytes in front of the path. */
const PATH_OFFSET = 2;
/** Abstract names that autobind gives: five hexadecimal digits (unix(7)). */
const AUTOBIND_NAMES = 0x10_0000;

function create(_task: Task, type: number, protocol: number): number {
  if (protocol !== 0 && protocol !== AF_UNIX) return -EPROTONOSUPPORT;
  return type === SOCK_RAW || TYPES.includes(type) ? 0 : -ESOCKTNOSUPPORT;
}

/** Bytes of a path as characters, one each: names need not be UTF-8. */
function latin(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes);
}

function bytesOf(place: string): Uint8Array {
  return Uint8Array.from(place, character => character.charCodeAt(0));
}

/** The path to look up. */
function pathOf(name: SocketName): string {
  return decodeText(bytesOf(name.place));
}

function isAbstract(name: SocketName): boolean {
  return name.place.startsWith('\0');
}

function decode(_socket: Socket, bytes: Uint8Array): SocketName | number {
  if (bytes.length <= PATH_OFFSET - 1 || bytes.length > SOCKADDR_UN_SIZE) return -EINVAL;
  const path = bytes.subarray(PATH_OFFSET);
  if (path.length === 0) return { place: '', number: 0 };
  const end = path.indexOf(0);
  return { place: latin(path[0] === 0 || end < 0 ? path : path.subarray(0, end)), number: 0 };
}

function encode(_socket: Socket, name: SocketName | undefined): Uint8Array {
  if (!name) return new Uint8Array([AF_UNIX, 0]);
  const path = bytesOf(name.place);
  const bytes = new Uint8Array(PATH_OFFSET + path.length + (isAbstract(name) ? 0 : 1));
  bytes[0] = AF_UNIX;
  bytes.set(path, PATH_OFFSET);
  return bytes;
}

function bind(task: Task, socket: Socket, name: SocketName): number {
  if (socket.name) return -EINVAL;
  if (name.place === '') return autobind(task, socket);
  if (isAbstract(name)) {
    if (findAbstract(task, socket.type, name.place)) return -EADDRINUSE;
    socket.name = name;
    return 0;
  }
  const walked = walk(task, workingDirectory(task), pathOf(name), true);
  if (isError(walked)) return walked;
  if (walked.inode) return -EADDRINUSE;
  if (walked.mustBeDirectory) return -ENOENT;
  if (isReadOnly(task.linux, walked.directory)) return -EROFS;
  if (!mayAccess(task, walked.directory, 3)) return -EACCES;
  const { euid: uid, egid: gid } = task.group.credentials;
  const mode = S_IFSOCK | (0o777 & ~task.group.umask);
  const inode = make(task.linux, walked.directory, walked.name, { mode, uid, gid });
  if (isError(inode)) return inode;
  socket.name = { place: name.place, number: inode.id };
  return 0;
}

function autobind(task: Task, socket: Socket): number {
  const { network } = stateOf(task.linux);
  for (let tries = 0; tries < AUTOBIND_NAMES; tries++) {
    network.nextName = (network.nextName + 1) % AUTOBIND_NAMES;
    const place = `\0${network.nextName.toString(16).padStart(5, '0')}`;
    if (findAbstract(task, socket.type, place)) continue;
    socket.name = { place, number: 0 };
    return 0;
  }
  return -EADDRINUSE;
}

/** Sockets that pass credentials get a name of their own (unix(7), autobind). */
function bindFor(task: Task, socket: Socket): number {
  return !socket.name && optionOf(socket, SOL_SOCKET, SO_PASSCRED) !== 0 ? autobind(task, socket) : 0;
}

/** Types have abstract names of their own. */
function findAbstract(task: Task, type: number, place: string): Socket | undefined {
  for (const socket of stateOf(task.linux).sockets.values())
    if (isUnder(socket, type) && socket.name?.place === place) return socket;
  return undefined;
}

/** Sockets made by accept(2) share the listener's name, and are not found under it. */
function isUnder(socket: Socket, type: number): boolean {
  return socket.family === AF_UNIX && socket.type === type && !socket.isAccepted;
}

function find(task: Task, socket: Socket, name: SocketName): Socket | number {
  if (name.place === '') return -EINVAL;
  if (isAbstract(name)) return findAbstract(task, socket.type, name.place) ?? -ECONNREFUSED;
  const inode = findPath(task, workingDirectory(task), pathOf(name));
  if (isError(inode)) return inode;
  if (!mayAccess(task, inode, 2)) return -EACCES;
  if ((inode.attributes.mode & S_IFMT) !== S_IFSOCK) return -ECONNREFUSED;
  for (const other of stateOf(task.linux).sockets.values())
    if (isUnder(other, other.type) && other.name?.number === inode.id)
      return other.type === socket.type ? other : -EPROTOTYPE;
  return -ECONNREFUSED;
}

export const unixFamily: Family = {
  create,
  decode,
  encode,
  bind,
  bindFor,
  find,
  resolve: (_socket, name) => name,
  senderOf: ({ name }) => name,
  errors: { unconnectedWrite: ENOTCONN, unconnectedRead: EINVAL, nowhere: ENOTCONN },
  isDelayed: false,
  hasControl: true,
  mostBytes: BUFFER_SIZE - 32,
};
