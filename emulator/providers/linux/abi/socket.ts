/** Sockets: linux/socket.h, asm-generic/socket.h, linux/in.h, linux/in6.h, linux/tcp.h, linux/un.h. */

import type { FlagNames } from './flagNames.ts';

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const DOMAINS: FlagNames = [
  [AF_UNSPEC, 'AF_UNSPEC'],
  [AF_UNIX, 'AF_UNIX'],
  [AF_INET, 'AF_INET'],
  [AF_INET6, 'AF_INET6'],
  [AF_NETLINK, 'AF_NETLINK'],
];

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_SEQPACKET = 5;
export const SOCK_TYPE_MASK = 0xf;
/** The highest type there is, SOCK_PACKET. */
export const SOCK_MAX = 11;
export const SOCKET_TYPES: FlagNames = [
  [SOCK_STREAM, 'SOCK_STREAM'],
  [SOCK_DGRAM, 'SOCK_DGRAM'],
  [SOCK_RAW, 'SOCK_RAW'],
  [SOCK_SEQPACKET, 'SOCK_SEQPACKET'],
];

export const IPPROTO_IP = 0;
export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const SOL_SOCKET = 1;
export const SOL_NETLINK = 270;
export const LEVELS: FlagNames = [
  [IPPROTO_IP, 'SOL_IP'],
  [SOL_SOCKET, 'SOL_SOCKET'],
  [IPPROTO_TCP, 'SOL_TCP'],
  [IPPROTO_UDP, 'SOL_UDP'],
  [IPPROTO_IPV6, 'SOL_IPV6'],
  [SOL_NETLINK, 'SOL_NETLINK'],
];

export const SHUT_RD = 0;
export const SHUT_RDWR = 2;
export const SHUTDOWN_NAMES: FlagNames = [
  [SHUT_RD, 'SHUT_RD'],
  [1, 'SHUT_WR'],
  [SHUT_RDWR, 'SHUT_RDWR'],
];

export const MSG_OOB = 1;
export const MSG_PEEK = 2;
export const MSG_CTRUNC = 8;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;
export const MSG_EOR = 0x80;
export const MSG_WAITALL = 0x100;
export const MSG_ERRQUEUE = 0x2000;
export const MSG_NOSIGNAL = 0x4000;
export const MSG_MORE = 0x8000;
export const MSG_WAITFORONE = 0x1_0000;
export const MSG_CMSG_CLOEXEC = 0x4000_0000;
export const MESSAGE_FLAGS: FlagNames = [
  [MSG_OOB, 'MSG_OOB'],
  [MSG_PEEK, 'MSG_PEEK'],
  [4, 'MSG_DONTROUTE'],
  [MSG_CTRUNC, 'MSG_CTRUNC'],
  [MSG_TRUNC, 'MSG_TRUNC'],
  [MSG_DONTWAIT, 'MSG_DONTWAIT'],
  [MSG_EOR, 'MSG_EOR'],
  [MSG_WAITALL, 'MSG_WAITALL'],
  [0x800, 'MSG_CONFIRM'],
  [MSG_ERRQUEUE, 'MSG_ERRQUEUE'],
  [MSG_NOSIGNAL, 'MSG_NOSIGNAL'],
  [MSG_MORE, 'MSG_MORE'],
  [MSG_WAITFORONE, 'MSG_WAITFORONE'],
  [MSG_CMSG_CLOEXEC, 'MSG_CMSG_CLOEXEC'],
];

/** `struct msghdr`, and `struct mmsghdr` around it. */
export const MSGHDR_SIZE = 56;
export const MMSGHDR_SIZE = 64;
/** `struct cmsghdr`. */
export const CMSGHDR_SIZE = 16;
export const SCM_RIGHTS = 1;
export const SCM_CREDENTIALS = 2;
/** Descriptors that one message carries at most (unix(7)). */
export const SCM_MAX_FD = 253;
/** UIO_MAXIOV. */
export const MOST_SEGMENTS = 1024;
/** net.core.optmem_max: control bytes that one message carries at most. */
export const MOST_CONTROL = 20_480;

/** Largest address, `struct sockaddr_storage`. */
export const SOCKADDR_MAX = 128;
/** `struct sockaddr_un`: family and path. */
export const SOCKADDR_UN_SIZE = 110;
export const SOCKADDR_IN_SIZE = 16;
export const SOCKADDR_IN6_SIZE = 28;
/** Without the scope, as RFC 2133 had it. */
export const SOCKADDR_IN6_LEAST = 24;
export const SOCKADDR_NL_SIZE = 12;

/** net.core.somaxconn. */
export const SOMAXCONN = 4096;
/** net.core.wmem_default and net.core.rmem_default; the _max are the same. */
export const BUFFER_SIZE = 212_992;
/** What a datagram takes of a buffer besides its bytes. */
export const PACKET_OVERHEAD = 768;
/** net.unix.max_dgram_qlen. */
export const UNIX_QUEUE_LENGTH = 10;
/** Largest UDP datagram. */
export const UDP_MOST = 65_507;
/** net.ipv4.ip_local_port_range. */
export const FIRST_LOCAL_PORT = 32_768;
export const LAST_LOCAL_PORT = 60_999;
/** Ports below belong to the superuser. */
export const UNPRIVILEGED_PORT = 1024;
