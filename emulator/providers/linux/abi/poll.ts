/** Waiting for files: asm-generic/poll.h, linux/eventpoll.h, linux/eventfd.h. */

import type { FlagNames } from './flagNames.ts';

export const POLLIN = 0x001;
export const POLLPRI = 0x002;
export const POLLOUT = 0x004;
export const POLLERR = 0x008;
export const POLLHUP = 0x010;
export const POLLNVAL = 0x020;
export const POLLRDNORM = 0x040;
export const POLLRDBAND = 0x080;
export const POLLWRNORM = 0x100;
export const POLLWRBAND = 0x200;
export const POLLMSG = 0x400;
export const POLLRDHUP = 0x2000;
/** What a file that never blocks always reports. */
export const POLL_READY = POLLIN | POLLOUT | POLLRDNORM | POLLWRNORM;
export const POLL_FLAGS: FlagNames = [
  [POLLIN, 'POLLIN'],
  [POLLPRI, 'POLLPRI'],
  [POLLOUT, 'POLLOUT'],
  [POLLERR, 'POLLERR'],
  [POLLHUP, 'POLLHUP'],
  [POLLNVAL, 'POLLNVAL'],
  [POLLRDNORM, 'POLLRDNORM'],
  [POLLRDBAND, 'POLLRDBAND'],
  [POLLWRNORM, 'POLLWRNORM'],
  [POLLWRBAND, 'POLLWRBAND'],
  [POLLRDHUP, 'POLLRDHUP'],
];
export const POLLFD_SIZE = 8;

export const EPOLL_CTL_ADD = 1;
export const EPOLL_CTL_DEL = 2;
export const EPOLL_CTL_MOD = 3;
export const EPOLL_OPERATIONS: FlagNames = [
  [EPOLL_CTL_ADD, 'EPOLL_CTL_ADD'],
  [EPOLL_CTL_DEL, 'EPOLL_CTL_DEL'],
  [EPOLL_CTL_MOD, 'EPOLL_CTL_MOD'],
];
/** One of several lists that wait for a file is enough to wake. */
export const EPOLLEXCLUSIVE = 0x1000_0000;
export const EPOLLWAKEUP = 0x2000_0000;
export const EPOLLONESHOT = 0x4000_0000;
export const EPOLLET = 0x8000_0000;
/** `struct epoll_event` is packed on x86-64. */
export const EPOLL_EVENT_SIZE = 12;

export const EFD_SEMAPHORE = 1;
