/** Options of sockets (socket(7), ip(7), ipv6(7), tcp(7), unix(7)): what each is unless set, and what may be set. */

import { EDOM, EINVAL, ENOPROTOOPT, EOPNOTSUPP, EPERM } from '../abi/errno.ts';
import * as abi from '../abi/socket.ts';
import * as option from '../abi/socketOptions.ts';
import { isPrivileged, type Task } from '../task.ts';
import { encodeText, longAt, setLongAt } from '../userMemory.ts';
import { encodeOwner } from './control.ts';
import { isInet } from './inet.ts';
import { optionOf, ownerOf, setOption, type Socket, takeError } from './socket.ts';

interface Option {
  readonly level: number;
  readonly number: number;
  /** Sockets that have it; all unless given. */
  readonly of?: (socket: Socket) => boolean;
  /** Bytes of the value; without one the option cannot be read. */
  readonly get?: (socket: Socket, task: Task) => Uint8Array;
  /** 0 or a negative error; without one the option cannot be set. */
  readonly set?: (socket: Socket, value: DataView, task: Task) => number;
}

/** Least sizes of buffers (SOCK_MIN_SNDBUF, SOCK_MIN_RCVBUF). */
const LEAST_BUFFERS: Readonly<Record<number, number>> = { [option.SO_SNDBUF]: 4608, [option.SO_RCVBUF]: 2304 };
const NANOSECONDS = 1e9;

function encodeInt(value: number): Uint8Array {
  return new Uint8Array(new Int32Array([value]).buffer);
}

function intOf(value: DataView): number | undefined {
  return value.byteLength < 4 ? undefined : value.getInt32(0, true);
}

/** An int that is kept and given back; `accepts` says which values may be set, `normal` what becomes of them. */
function int(
  level: number,
  number: number,
  initial: number,
  more: { of?: Option['of']; accepts?: (value: number) => boolean; normal?: (value: number) => number } = {},
): Option {
  const { of, accepts = () => true, normal = (value: number) => value } = more;
  return {
    level,
    number,
    ...(of && { of }),
    get: socket => encodeInt(optionOf(socket, level, number, initial)),
    set(socket, bytes) {
      const value = intOf(bytes);
      if (value === undefined || !accepts(value)) return -EINVAL;
      setOption(socket, level, number, normal(value));
      return 0;
    },
  };
}

function flag(level: number, number: number, initial = 0, of?: Option['of']): Option {
  return int(level, number, initial, { ...(of && { of }), normal: value => Number(value !== 0) });
}

function told(level: number, number: number, get: (socket: Socket) => number): Option {
  return { level, number, get: socket => encodeInt(get(socket)) };
}

/** Sizes of buffers are doubled, to account for what packets take besides their bytes (socket(7)). */
function buffer(number: number, key = number, privileged = false): Option {
  return {
    level: abi.SOL_SOCKET,
    number,
    ...(!privileged && { get: (socket: Socket) => encodeInt(optionOf(socket, abi.SOL_SOCKET, key, abi.BUFFER_SIZE)) }),
    set(socket, bytes, task) {
      const value = intOf(bytes);
      if (value === undefined) return -EINVAL;
      if (privileged && !isPrivileged(task)) return -EPERM;
      const size = Math.max(Math.min(value >>> 0, abi.BUFFER_SIZE) * 2, LEAST_BUFFERS[key]);
      setOption(socket, abi.SOL_SOCKET, key, size);
      return 0;
    },
  };
}

/** `struct timeval`; kept as nanoseconds, 0 for ever. */
function timeout(number: number): Option {
  return {
    level: abi.SOL_SOCKET,
    number,
    get(socket) {
      const bytes = new Uint8Array(16);
      const nanoseconds = optionOf(socket, abi.SOL_SOCKET, number);
      setLongAt(new DataView(bytes.buffer), 0, Math.floor(nanoseconds / NANOSECONDS));
      setLongAt(new DataView(bytes.buffer), 8, Math.floor((nanoseconds % NANOSECONDS) / 1000));
      return bytes;
    },
    set(socket, bytes) {
      if (bytes.byteLength < 16) return -EINVAL;
      const microseconds = longAt(bytes, 8);
      if (microseconds < 0 || microseconds >= 1e6) return -EDOM;
      const nanoseconds = longAt(bytes, 0) * NANOSECONDS + microseconds * 1000;
      setOption(socket, abi.SOL_SOCKET, number, Math.min(Math.max(0, nanoseconds), Number.MAX_SAFE_INTEGER));
      return 0;
    },
  };
}

/** `struct linger`; kept as seconds, -1 for off. */
const linger: Option = {
  level: abi.SOL_SOCKET,
  number: option.SO_LINGER,
  get(socket) {
    const seconds = optionOf(socket, abi.SOL_SOCKET, option.SO_LINGER, -1);
    return new Uint8Array(new Int32Array([Number(seconds >= 0), Math.max(0, seconds)]).buffer);
  },
  set(socket, bytes) {
    if (bytes.byteLength < 8) return -EINVAL;
    const isOn = bytes.getInt32(0, true) !== 0;
    setOption(socket, abi.SOL_SOCKET, option.SO_LINGER, isOn ? bytes.getInt32(4, true) & 0x7fff_ffff : -1);
    return 0;
  },
};

const isTcp = (socket: Socket): boolean => isInet(socket) && socket.type === abi.SOCK_STREAM;
const isUnix = (socket: Socket): boolean => socket.family === abi.AF_UNIX;
const is6 = (socket: Socket): boolean => socket.family === abi.AF_INET6;
const isNetlink = (socket: Socket): boolean => socket.family === abi.AF_NETLINK;
const isTtl = (value: number): boolean => value === -1 || (value >= 1 && value <= 255);
const fromOne = (most: number) => ({ of: isTcp, accepts: (value: number) => value >= 1 && value <= most });

/** Nobody at the other end of a socket without one: pid 0, user and group -1. */
const NOBODY = { pid: 0, uid: -1, gid: -1 };

const OPTIONS: readonly Option[] = [
  flag(abi.SOL_SOCKET, option.SO_DEBUG),
  flag(abi.SOL_SOCKET, option.SO_REUSEADDR),
  flag(abi.SOL_SOCKET, option.SO_REUSEPORT, 0, isInet),
  flag(abi.SOL_SOCKET, option.SO_DONTROUTE),
  flag(abi.SOL_SOCKET, option.SO_BROADCAST),
  flag(abi.SOL_SOCKET, option.SO_KEEPALIVE),
  flag(abi.SOL_SOCKET, option.SO_OOBINLINE),
  flag(abi.SOL_SOCKET, option.SO_NO_CHECK),
  int(abi.SOL_SOCKET, option.SO_PRIORITY, 0, { accepts: value => value >= 0 && value <= 6 }),
  flag(abi.SOL_SOCKET, option.SO_PASSCRED, 0, socket => isUnix(socket) || isNetlink(socket)),
  flag(abi.SOL_SOCKET, option.SO_PASSSEC, 0, isUnix),
  int(abi.SOL_SOCKET, option.SO_RCVLOWAT, 1, { normal: value => (value < 0 ? 0x7fff_ffff : value || 1) }),
  int(abi.SOL_SOCKET, option.SO_BUSY_POLL, 0, { accepts: value => value >= 0 }),
  buffer(option.SO_SNDBUF),
  buffer(option.SO_RCVBUF),
  buffer(option.SO_SNDBUFFORCE, option.SO_SNDBUF, true),
  buffer(option.SO_RCVBUFFORCE, option.SO_RCVBUF, true),
  timeout(option.SO_RCVTIMEO),
  timeout(option.SO_SNDTIMEO),
  linger,
  told(abi.SOL_SOCKET, option.SO_TYPE, ({ type }) => type),
  told(abi.SOL_SOCKET, option.SO_ERROR, socket => -takeError(socket) || 0),
  told(abi.SOL_SOCKET, option.SO_DOMAIN, ({ family }) => family),
  told(abi.SOL_SOCKET, option.SO_PROTOCOL, ({ protocol }) => protocol),
  told(abi.SOL_SOCKET, option.SO_ACCEPTCONN, ({ state }) => Number(state === 'listening')),
  told(abi.SOL_SOCKET, option.SO_SNDLOWAT, () => 1),
  told(abi.SOL_SOCKET, option.SO_INCOMING_CPU, () => 0),
  {
    level: abi.SOL_SOCKET,
    number: option.SO_PEERCRED,
    get: (socket, task) => encodeOwner(socket.state === 'listening' ? ownerOf(task) : (socket.peerOwner ?? NOBODY)),
  },
  {
    level: abi.SOL_SOCKET,
    number: option.SO_COOKIE,
    get: ({ id }) => new Uint8Array(new BigUint64Array([BigInt(id)]).buffer),
  },
  int(abi.IPPROTO_IP, option.IP_TOS, 0, { of: isInet, normal: value => value & 0xff }),
  int(abi.IPPROTO_IP, option.IP_TTL, 64, { of: isInet, accepts: isTtl, normal: value => (value < 0 ? 64 : value) }),
  int(abi.IPPROTO_IP, option.IP_MULTICAST_TTL, 1, { of: isInet, accepts: value => value >= -1 && value <= 255 }),
  int(abi.IPPROTO_IP, option.IP_MTU_DISCOVER, 1, { of: isInet, accepts: value => value >= 0 && value <= 5 }),
  flag(abi.IPPROTO_IP, option.IP_MULTICAST_LOOP, 1, isInet),
  flag(abi.IPPROTO_IP, option.IP_RECVERR, 0, isInet),
  flag(abi.IPPROTO_IP, option.IP_FREEBIND, 0, isInet),
  flag(abi.IPPROTO_IP, option.IP_BIND_ADDRESS_NO_PORT, 0, isInet),
  int(abi.IPPROTO_IPV6, option.IPV6_UNICAST_HOPS, 64, { of: is6, accepts: value => value >= -1 && value <= 255 }),
  int(abi.IPPROTO_IPV6, option.IPV6_MULTICAST_HOPS, 1, { of: is6, accepts: value => value >= -1 && value <= 255 }),
  int(abi.IPPROTO_IPV6, option.IPV6_MTU_DISCOVER, 1, { of: is6, accepts: value => value >= 0 && value <= 5 }),
  int(abi.IPPROTO_IPV6, option.IPV6_TCLASS, 0, { of: is6, accepts: value => value >= -1 && value <= 255 }),
  flag(abi.IPPROTO_IPV6, option.IPV6_MULTICAST_LOOP, 1, is6),
  flag(abi.IPPROTO_IPV6, option.IPV6_RECVERR, 0, is6),
  {
    ...flag(abi.IPPROTO_IPV6, option.IPV6_V6ONLY, 0, is6),
    set(socket, bytes) {
      const value = intOf(bytes);
      // What it can reach is decided with its name (ipv6(7)).
      if (value === undefined || socket.name) return -EINVAL;
      setOption(socket, abi.IPPROTO_IPV6, option.IPV6_V6ONLY, Number(value !== 0));
      return 0;
    },
  },
  flag(abi.IPPROTO_TCP, option.TCP_NODELAY, 0, isTcp),
  flag(abi.IPPROTO_TCP, option.TCP_CORK, 0, isTcp),
  flag(abi.IPPROTO_TCP, option.TCP_QUICKACK, 1, isTcp),
  int(abi.IPPROTO_TCP, option.TCP_MAXSEG, 536, { of: isTcp, accepts: value => value >= 88 && value <= 32_767 }),
  int(abi.IPPROTO_TCP, option.TCP_KEEPIDLE, 7200, fromOne(32_767)),
  int(abi.IPPROTO_TCP, option.TCP_KEEPINTVL, 75, fromOne(32_767)),
  int(abi.IPPROTO_TCP, option.TCP_KEEPCNT, 9, fromOne(127)),
  int(abi.IPPROTO_TCP, option.TCP_SYNCNT, 6, fromOne(127)),
  int(abi.IPPROTO_TCP, option.TCP_LINGER2, 60, { of: isTcp }),
  int(abi.IPPROTO_TCP, option.TCP_DEFER_ACCEPT, 0, { of: isTcp }),
  int(abi.IPPROTO_TCP, option.TCP_USER_TIMEOUT, 0, { of: isTcp, accepts: value => value >= 0 }),
  int(abi.IPPROTO_TCP, option.TCP_NOTSENT_LOWAT, 0, { of: isTcp }),
  {
    level: abi.IPPROTO_TCP,
    number: option.TCP_CONGESTION,
    of: isTcp,
    get: () => new Uint8Array([...encodeText('reno'), ...new Uint8Array(12)]),
  },
  flag(abi.SOL_NETLINK, option.NETLINK_PKTINFO, 0, isNetlink),
  flag(abi.SOL_NETLINK, option.NETLINK_NO_ENOBUFS, 0, isNetlink),
  flag(abi.SOL_NETLINK, option.NETLINK_EXT_ACK, 0, isNetlink),
  flag(abi.SOL_NETLINK, option.NETLINK_GET_STRICT_CHK, 0, isNetlink),
];

function findOption(socket: Socket, level: number, number: number): Option | undefined {
  const found = OPTIONS.find(entry => entry.level === level && entry.number === number);
  return found && (found.of?.(socket) ?? true) ? found : undefined;
}

/** Levels that a socket's own protocol knows; Unix sockets have none of their own. */
function knowsLevel(socket: Socket, level: number): boolean {
  if (level === abi.SOL_SOCKET) return true;
  if (isNetlink(socket)) return level === abi.SOL_NETLINK;
  if (!isInet(socket)) return false;
  return level === abi.IPPROTO_IP || level === socket.protocol || (is6(socket) && level === abi.IPPROTO_IPV6);
}

/** What a socket says of an option that it does not have: Unix tells strange levels apart, and TCP where it is asked. */
function unknown(socket: Socket, level: number, isAsked: boolean): number {
  const tells = isUnix(socket) || (isAsked && isTcp(socket));
  return tells && !knowsLevel(socket, level) ? -EOPNOTSUPP : -ENOPROTOOPT;
}

/** getsockopt(2): the whole value, or a negative error. */
export function readOption(task: Task, socket: Socket, level: number, number: number): Uint8Array | number {
  return findOption(socket, level, number)?.get?.(socket, task) ?? unknown(socket, level, true);
}

/** setsockopt(2). */
export function writeOption(task: Task, socket: Socket, level: number, number: number, value: DataView): number {
  const found = findOption(socket, level, number);
  return found?.set?.(socket, value, task) ?? unknown(socket, level, false);
}
