/** Waiting for several files at once: poll(2), select(2), epoll(7). */

import { queueUserApc } from '../../../kernel/ke/apc.ts';
import { EBADF, EFAULT, EINTR, EINVAL, ELOOP, EPERM, ERESTARTNOHAND, isError } from '../abi/errno.ts';
import { O_CLOEXEC } from '../abi/fcntl.ts';
import * as abi from '../abi/poll.ts';
import { RLIMIT_NOFILE } from '../abi/sched.ts';
import { SIGSET_SIZE } from '../abi/signal.ts';
import { install } from '../files/descriptors.ts';
import { addInterest, changeInterest, collectReady, createEpollFile, mayNest, removeInterest } from '../files/epoll.ts';
import { anyFileOf, fileOf, type OpenFile } from '../files/openFile.ts';
import { operationsOf } from '../files/operations.ts';
import { hasDeliverableSignal } from '../signals/pending.ts';
import { SIGNAL_APC } from '../signals/send.ts';
import type { Task } from '../task.ts';
import { isValidTime, toNanoseconds, toTimespec } from '../time.ts';
import { encodeLongs, giveBytes, longAt, readTimespec, readView, signedLongAt, writeBytes } from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { choice, fd, int, out, pointer, signalSet, size, timespec, timeval, unsigned } from './arguments.ts';
import { call, type Row, UNANSWERED } from './row.ts';
import { useMaskForNow } from './signals.ts';

const descriptorSet = (name: string): ReturnType<typeof pointer> => pointer(name, 'fd_set *');

export const pollingRows: readonly Row[] = [
  call(7, 'poll', [pointer('fds', 'struct pollfd *'), unsigned('nfds'), int('timeout')], poll),
  call(
    23,
    'select',
    [int('nfds'), descriptorSet('readfds'), descriptorSet('writefds'), descriptorSet('exceptfds'), timeval('timeout')],
    select,
  ),
  call(213, 'epoll_create', [int('size')], (task, count) => (count > 0 ? epollCreate1(task, 0) : -EINVAL)),
  call(
    232,
    'epoll_wait',
    [fd('epfd'), out('events', 'struct epoll_event *'), int('maxevents'), int('timeout')],
    epollWait,
  ),
  call(
    233,
    'epoll_ctl',
    [fd('epfd'), choice('op', abi.EPOLL_OPERATIONS), fd(), pointer('event', 'struct epoll_event *')],
    epollCtl,
  ),
  call(
    270,
    'pselect6',
    [
      int('nfds'),
      descriptorSet('readfds'),
      descriptorSet('writefds'),
      descriptorSet('exceptfds'),
      timespec('timeout'),
      pointer('sigmask'),
    ],
    pselect6,
  ),
  call(
    271,
    'ppoll',
    [pointer('fds', 'struct pollfd *'), unsigned('nfds'), timespec('tmo_p'), signalSet('sigmask'), size('sigsetsize')],
    ppoll,
  ),
  call(
    281,
    'epoll_pwait',
    [
      fd('epfd'),
      out('events', 'struct epoll_event *'),
      int('maxevents'),
      int('timeout'),
      signalSet('sigmask'),
      size('sigsetsize'),
    ],
    epollPwait,
  ),
  call(291, 'epoll_create1', [int('flags')], epollCreate1),
];

/** When a call that waits gives up: a virtual time, remembered over restarts; -1 never. */
function dueAfter(task: Task, nanoseconds: number): number {
  return scratch(task, () => ({ due: nanoseconds < 0 ? -1 : task.kernel.state.time + nanoseconds })).due;
}

function isOver(task: Task, due: number): boolean {
  return due >= 0 && task.kernel.state.time >= due;
}

/** A mask for the time of the call (ppoll(2)): 0, or a negative error. */
function applyMask(task: Task, address: number, setSize: number): number {
  if (address === 0) return 0;
  if (setSize !== SIGSET_SIZE) return -EINVAL;
  const mask = readView(task, address, 8)?.getBigUint64(0, true);
  if (mask === undefined) return -EFAULT;
  useMaskForNow(task, mask);
  return 0;
}

/** An answer of a call with a mask of its own: unless a handler is about to run, the old mask comes back. */
function restoreMask(task: Task, answer: number): number {
  const { self } = task;
  if (answer === UNANSWERED || answer === -ERESTARTNOHAND || answer === -EINTR || self.savedMask === undefined)
    return answer;
  self.blocked = self.savedMask;
  self.savedMask = undefined;
  // What only the call's own mask kept away is delivered with its answer.
  if (hasDeliverableSignal(task)) queueUserApc(task.kernel, task.thread, SIGNAL_APC);
  return answer;
}

function poll(task: Task, address: number, count: number, milliseconds: number): number {
  return pollFor(task, address, count, milliseconds < 0 ? -1 : milliseconds * 1e6);
}

function ppoll(
  task: Task,
  address: number,
  count: number,
  timeoutAddress: number,
  maskAddress: number,
  setSize: number,
): number {
  const timeout = timeoutAddress === 0 ? undefined : readTimespec(task, timeoutAddress);
  if (timeoutAddress !== 0 && !timeout) return -EFAULT;
  if (timeout && !isValidTime(timeout)) return -EINVAL;
  const refused = applyMask(task, maskAddress, setSize);
  if (refused < 0) return refused;
  return restoreMask(task, pollFor(task, address, count, timeout ? toNanoseconds(timeout) : -1));
}

function pollFor(task: Task, address: number, count: number, nanoseconds: number): number {
  if (count > task.group.limits[RLIMIT_NOFILE].soft) return -EINVAL;
  const view = readView(task, address, count * abi.POLLFD_SIZE);
  if (!view) return -EFAULT;
  const events: number[] = [];
  let ready = 0;
  for (let i = 0; i < count; i++) {
    const at = i * abi.POLLFD_SIZE;
    const found = pollOne(task, view.getInt32(at, true), view.getUint16(at + 4, true), events);
    view.setUint16(at + 6, found, true);
    if (found !== 0) ready++;
  }
  const due = dueAfter(task, nanoseconds);
  if (ready === 0 && nanoseconds !== 0 && !isOver(task, due)) {
    const answer = block(task, events, 'poll', due);
    return answer === UNANSWERED ? answer : -ERESTARTNOHAND;
  }
  return writeBytes(task, address, new Uint8Array(view.buffer)) ? ready : -EFAULT;
}

/** What one descriptor is ready for; notes what to wait for otherwise. */
function pollOne(task: Task, descriptor: number, wanted: number, events: number[]): number {
  if (descriptor < 0) return 0;
  const file = fileOf(task, descriptor);
  if (isError(file)) return abi.POLLNVAL;
  const operations = operationsOf(file);
  events.push(...operations.events(task.linux, file));
  return operations.poll(task.linux, file) & (wanted | abi.POLLERR | abi.POLLHUP);
}

/** What makes a descriptor count in each of the three sets (select(2), poll(2)). */
const SET_EVENTS = [
  abi.POLLIN | abi.POLLRDNORM | abi.POLLRDBAND | abi.POLLHUP | abi.POLLERR,
  abi.POLLOUT | abi.POLLWRNORM | abi.POLLWRBAND | abi.POLLERR,
  abi.POLLPRI,
];

function select(
  task: Task,
  count: number,
  readSet: number,
  writeSet: number,
  exceptSet: number,
  timeoutAddress: number,
): number {
  let nanoseconds = -1;
  if (timeoutAddress !== 0) {
    const view = readView(task, timeoutAddress, 16);
    if (!view) return -EFAULT;
    nanoseconds = signedLongAt(view, 0) * 1e9 + signedLongAt(view, 8) * 1000;
    if (nanoseconds < 0) return -EINVAL;
  }
  const answer = selectFor(task, count, [readSet, writeSet, exceptSet], nanoseconds);
  return answer === UNANSWERED ? answer : giveRest(task, timeoutAddress, 1000, answer);
}

function pselect6(
  task: Task,
  count: number,
  readSet: number,
  writeSet: number,
  exceptSet: number,
  timeoutAddress: number,
  maskArgument: number,
): number {
  const timeout = timeoutAddress === 0 ? undefined : readTimespec(task, timeoutAddress);
  if (timeoutAddress !== 0 && !timeout) return -EFAULT;
  if (timeout && !isValidTime(timeout)) return -EINVAL;
  if (maskArgument !== 0) {
    const view = readView(task, maskArgument, 16);
    if (!view) return -EFAULT;
    const refused = applyMask(task, longAt(view, 0), longAt(view, 8));
    if (refused < 0) return refused;
  }
  const answer = restoreMask(
    task,
    selectFor(task, count, [readSet, writeSet, exceptSet], timeout ? toNanoseconds(timeout) : -1),
  );
  return answer === UNANSWERED ? answer : giveRest(task, timeoutAddress, 1, answer);
}

/** Of personality(2): time-outs stay as they are. */
const STICKY_TIMEOUTS = 0x400_0000;

/** Linux changes the time-out to what is left of it (select(2), NOTES). */
function giveRest(task: Task, address: number, scale: number, answer: number): number {
  if (task.group.personality & STICKY_TIMEOUTS) return answer;
  const due = task.self.scratch?.due ?? -1;
  if (address === 0 || due < 0) return answer;
  const rest = toTimespec(Math.max(0, due - task.kernel.state.time));
  const given = giveBytes(task, address, encodeLongs([rest.seconds, Math.floor(rest.nanoseconds / scale)]));
  return given < 0 ? given : answer;
}

function selectFor(task: Task, count: number, addresses: readonly number[], nanoseconds: number): number {
  if (count < 0) return -EINVAL;
  const bytes = Math.ceil(Math.min(count, task.group.descriptors.length + 64) / 64) * 8;
  const results: (Uint8Array | undefined)[] = [];
  const events: number[] = [];
  let ready = 0;
  for (const [index, address] of addresses.entries()) {
    const wanted = address === 0 ? undefined : readView(task, address, bytes);
    if (address !== 0 && !wanted) return -EFAULT;
    const result = wanted && new Uint8Array(bytes);
    results.push(result);
    if (!wanted || !result) continue;
    for (let descriptor = 0; descriptor < Math.min(count, bytes * 8); descriptor++) {
      const bit = 1 << (descriptor % 8);
      if ((wanted.getUint8(descriptor >> 3) & bit) === 0) continue;
      const found = pollOne(task, descriptor, SET_EVENTS[index], events);
      if (found & abi.POLLNVAL) return -EBADF;
      if ((found & SET_EVENTS[index]) === 0) continue;
      result[descriptor >> 3] |= bit;
      ready++;
    }
  }
  const due = dueAfter(task, nanoseconds);
  if (ready === 0 && nanoseconds !== 0 && !isOver(task, due)) {
    const answer = block(task, events, 'select', due);
    return answer === UNANSWERED ? answer : -ERESTARTNOHAND;
  }
  for (const [index, result] of results.entries())
    if (result && !writeBytes(task, addresses[index], result)) return -EFAULT;
  return ready;
}

function epollCreate1(task: Task, createFlags: number): number {
  if (createFlags & ~O_CLOEXEC) return -EINVAL;
  return install(task, createEpollFile(task, 0), createFlags !== 0);
}

function epollOf(task: Task, descriptor: number): OpenFile | number {
  const file = fileOf(task, descriptor);
  return isError(file) || file.type === 'epoll' ? file : -EINVAL;
}

function epollCtl(task: Task, epollFd: number, operation: number, descriptor: number, address: number): number {
  const epoll = epollOf(task, epollFd);
  if (isError(epoll)) return epoll;
  const file = anyFileOf(task, descriptor);
  if (isError(file)) return file;
  if (file.id === epoll.id) return -EINVAL;
  if (file.type === 'regular' || file.type === 'directory') return -EPERM;
  if (operation === abi.EPOLL_CTL_DEL) return removeInterest(task.linux, epoll, descriptor, file);
  const view = readView(task, address, abi.EPOLL_EVENT_SIZE);
  if (!view) return -EFAULT;
  const events = view.getUint32(0, true);
  const data = { low: view.getInt32(4, true), high: view.getInt32(8, true) };
  if (operation === abi.EPOLL_CTL_ADD && !isAllowed(file, events)) return -EINVAL;
  if (operation === abi.EPOLL_CTL_ADD && !mayNest(task.linux, epoll, file)) return -ELOOP;
  if (operation === abi.EPOLL_CTL_ADD) return addInterest(task.linux, epoll, descriptor, file, events, data);
  return operation === abi.EPOLL_CTL_MOD ? changeInterest(task.linux, epoll, descriptor, file, events, data) : -EINVAL;
}

/** What may come with EPOLLEXCLUSIVE (epoll_ctl(2)). */
const EXCLUSIVE_EVENTS =
  abi.POLLIN | abi.POLLOUT | abi.POLLERR | abi.POLLHUP | abi.EPOLLWAKEUP | abi.EPOLLET | abi.EPOLLEXCLUSIVE;

function isAllowed(file: OpenFile, events: number): boolean {
  if ((events & abi.EPOLLEXCLUSIVE) === 0) return true;
  return file.type !== 'epoll' && (events & ~EXCLUSIVE_EVENTS) === 0;
}

function epollPwait(
  task: Task,
  epollFd: number,
  address: number,
  most: number,
  milliseconds: number,
  maskAddress: number,
  setSize: number,
): number {
  const refused = applyMask(task, maskAddress, setSize);
  return refused < 0 ? refused : restoreMask(task, epollWait(task, epollFd, address, most, milliseconds));
}

function epollWait(task: Task, epollFd: number, address: number, most: number, milliseconds: number): number {
  const epoll = epollOf(task, epollFd);
  if (isError(epoll)) return epoll;
  if (most <= 0) return -EINVAL;
  const reports = collectReady(task.linux, epoll, most, operationsOf);
  const due = dueAfter(task, milliseconds < 0 ? -1 : milliseconds * 1e6);
  if (reports.length === 0 && milliseconds !== 0 && !isOver(task, due)) {
    const answer = block(task, operationsOf(epoll).events(task.linux, epoll), 'epoll', due);
    return answer === UNANSWERED ? answer : -EINTR;
  }
  const bytes = new Uint8Array(reports.length * abi.EPOLL_EVENT_SIZE);
  const view = new DataView(bytes.buffer);
  reports.forEach(({ events, data }, index) => {
    view.setUint32(index * abi.EPOLL_EVENT_SIZE, events, true);
    view.setInt32(index * abi.EPOLL_EVENT_SIZE + 4, data.low, true);
    view.setInt32(index * abi.EPOLL_EVENT_SIZE + 8, data.high, true);
  });
  return giveBytes(task, address, bytes) < 0 ? -EFAULT : reports.length;
}
