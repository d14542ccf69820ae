/** POSIX message queues: mq_open(2) and its kin, as the C library calls them (names come without their slash). */

import { EACCES, EAGAIN, EBADF, EBUSY, EEXIST, EFAULT, EINVAL, EMSGSIZE, ENAMETOOLONG } from '../abi/errno.ts';
import { ENOENT, ENOTSOCK, EPERM, ERESTARTSYS, ETIMEDOUT, isError } from '../abi/errno.ts';
import * as fcntl from '../abi/fcntl.ts';
import * as abi from '../abi/mqueue.ts';
import { AF_NETLINK } from '../abi/socket.ts';
import { CLOCK_REALTIME } from '../abi/time.ts';
import { install } from '../files/descriptors.ts';
import { getInode } from '../files/inodes.ts';
import { createFile, fileOf, isReadable, isWritable, type OpenFile } from '../files/openFile.ts';
import { mayAccess } from '../files/walk.ts';
import { stateOf } from '../instance.ts';
import * as queues from '../ipc/queueFile.ts';
import type { PosixQueue } from '../ipc/queueFile.ts';
import { absoluteDue } from '../process/clock.ts';
import { readSignalEvent, SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD } from '../signals/event.ts';
import { isPrivileged, type Task } from '../task.ts';
import { isValidTime } from '../time.ts';
import {
  encodeLongs,
  giveBytes,
  longAt,
  readBytes,
  readTimespec,
  readView,
  writeBytes,
  writeInt,
} from '../userMemory.ts';
import { block, scratch } from '../wait.ts';
import { bytes, fd, fileMode, openFlags, out, path, pointer, size, timespec, unsigned } from './arguments.ts';
import { call, type Row, UNANSWERED } from './row.ts';
import { RDX } from '../../../cpu/registers.ts';

const queue = fd('mqdes');
const timeout = timespec('abs_timeout');

export const posixQueueRows: readonly Row[] = [
  call(
    240,
    'mq_open',
    [path('name'), openFlags(fcntl.OPEN_FLAGS, 'oflag'), fileMode(), pointer('attr', 'struct mq_attr *')],
    mqOpen,
  ),
  call(241, 'mq_unlink', [path('name')], mqUnlink),
  call(
    242,
    'mq_timedsend',
    [queue, bytes('msg_ptr', RDX), size('msg_len'), unsigned('msg_prio'), timeout],
    mqTimedsend,
  ),
  call(
    243,
    'mq_timedreceive',
    [queue, out('msg_ptr', 'char *'), size('msg_len'), out('msg_prio', 'unsigned int *'), timeout],
    mqTimedreceive,
  ),
  call(244, 'mq_notify', [queue, pointer('sevp', 'const struct sigevent *')], mqNotify),
  call(
    245,
    'mq_getsetattr',
    [queue, pointer('newattr', 'const struct mq_attr *'), out('oldattr', 'struct mq_attr *')],
    mqGetsetattr,
  ),
];

/** 0, or why a queue cannot be called so. */
function refuseName(name: string): number {
  if (name === '' || name.includes('/') || name === '.' || name === '..') return -EACCES;
  return name.length > fcntl.NAME_MAX ? -ENAMETOOLONG : 0;
}

function namedQueue(task: Task, name: string): PosixQueue | undefined {
  const state = stateOf(task.linux).posixQueues;
  const id = state.names.get(name);
  return id === undefined ? undefined : state.queues.get(id);
}

function mqOpen(task: Task, name: string, flags: number, mode: number, attributes: number): number {
  const view = attributes === 0 ? undefined : readView(task, attributes, abi.MQ_ATTR_SIZE);
  if (attributes !== 0 && !view) return -EFAULT;
  const refused = refuseName(name);
  if (refused < 0) return refused;
  const present = namedQueue(task, name);
  if (!present && (flags & fcntl.O_CREAT) === 0) return -ENOENT;
  if (present && flags & fcntl.O_CREAT && flags & fcntl.O_EXCL) return -EEXIST;
  if (present) {
    const rights = [fcntl.R_OK, fcntl.W_OK, fcntl.R_OK | fcntl.W_OK][flags & fcntl.O_ACCMODE];
    if (rights === undefined) return -EINVAL;
    if (!mayAccess(task, getInode(task.linux, present.inode), rights)) return -EACCES;
    return openQueue(task, present, name, flags);
  }
  const { messagesMax, messageSizeMax } = stateOf(task.linux).posixQueues;
  const maximum = view ? longAt(view, 8) : Math.min(messagesMax, abi.DFLT_MSGMAX);
  const messageSize = view ? longAt(view, 16) : Math.min(messageSizeMax, abi.DFLT_MSGSIZEMAX);
  const made = queues.createQueue(task, name, mode & ~task.group.umask, { maximum, messageSize });
  if (typeof made === 'number') return made;
  const opened = openQueue(task, made, name, flags);
  if (opened < 0 && namedQueue(task, name)) queues.unlinkQueue(task.linux, name, made);
  return opened;
}

function openQueue(task: Task, { id, inode }: PosixQueue, name: string, flags: number): number {
  const file = createFile(task.linux, {
    type: 'queue',
    inode: getInode(task.linux, inode),
    flags: flags & (fcntl.O_ACCMODE | fcntl.O_NONBLOCK),
    path: `/${name}`,
    object: id,
  });
  return install(task, file, (flags & fcntl.O_CLOEXEC) !== 0);
}

/** Queues lie in a directory where everybody may make names and take only their own away. */
function mqUnlink(task: Task, name: string): number {
  const refused = refuseName(name);
  if (refused < 0) return refused;
  const found = namedQueue(task, name);
  if (!found) return -ENOENT;
  const { uid } = getInode(task.linux, found.inode).attributes;
  if (!isPrivileged(task) && uid !== task.group.credentials.euid) return -EPERM;
  queues.unlinkQueue(task.linux, name, found);
  return 0;
}

function queueFileOf(task: Task, descriptor: number): OpenFile | number {
  const file = fileOf(task, descriptor);
  return isError(file) || file.type === 'queue' ? file : -EBADF;
}

/** Virtual time at which a call gives up: -1 for never, undefined if there is no such time. */
function dueOf(task: Task, address: number): number | undefined {
  if (address === 0) return -1;
  const wanted = readTimespec(task, address);
  if (!wanted || !isValidTime(wanted)) return undefined;
  return Math.max(0, absoluteDue(task, CLOCK_REALTIME, wanted));
}

/** Waits for room or a message, unless the file or the time says that there is nothing to wait for. */
function waitForQueue(task: Task, file: OpenFile, reason: string, due: number): number {
  if (file.flags & fcntl.O_NONBLOCK) return -EAGAIN;
  if (due >= 0 && task.kernel.state.time >= due) return -ETIMEDOUT;
  scratch(task, () => ({}));
  const answer = block(task, [queues.queueOf(task.linux, file).changed], reason, due);
  return answer === UNANSWERED ? answer : -ERESTARTSYS;
}

function mqTimedsend(
  task: Task,
  descriptor: number,
  address: number,
  length: number,
  priority: number,
  timeoutAddress: number,
): number {
  const due = dueOf(task, timeoutAddress);
  if (due === undefined) return readTimespec(task, timeoutAddress) ? -EINVAL : -EFAULT;
  if (priority >= abi.MQ_PRIO_MAX) return -EINVAL;
  const file = queueFileOf(task, descriptor);
  if (typeof file === 'number') return file;
  if (!isWritable(file)) return -EBADF;
  const target = queues.queueOf(task.linux, file);
  if (length > target.messageSize) return -EMSGSIZE;
  const text = readBytes(task, address, length);
  if (!text) return -EFAULT;
  if (target.messages.length >= target.maximum) return waitForQueue(task, file, 'message queue send', due);
  queues.putMessage(task, target, { priority, bytes: text });
  return 0;
}

function mqTimedreceive(
  task: Task,
  descriptor: number,
  address: number,
  room: number,
  priorityAddress: number,
  timeoutAddress: number,
): number {
  const due = dueOf(task, timeoutAddress);
  if (due === undefined) return readTimespec(task, timeoutAddress) ? -EINVAL : -EFAULT;
  const file = queueFileOf(task, descriptor);
  if (typeof file === 'number') return file;
  if (!isReadable(file)) return -EBADF;
  const source = queues.queueOf(task.linux, file);
  if (room < source.messageSize) return -EMSGSIZE;
  if (source.messages.length === 0) return waitForQueue(task, file, queues.RECEIVING, due);
  const message = queues.takeMessage(task.linux, source);
  if (priorityAddress !== 0 && !writeInt(task, priorityAddress, message.priority)) return -EFAULT;
  return writeBytes(task, address, message.bytes) ? message.bytes.length : -EFAULT;
}

/** One process at a time may ask; without an event it asks no more. */
function mqNotify(task: Task, descriptor: number, address: number): number {
  const event = address === 0 ? undefined : readSignalEvent(task, address);
  if (address !== 0 && !event) return -EFAULT;
  let cookie: Uint8Array = new Uint8Array(0);
  let socket = 0;
  if (event) {
    if (![SIGEV_NONE, SIGEV_SIGNAL, SIGEV_THREAD].includes(event.kind)) return -EINVAL;
    if (event.kind === SIGEV_SIGNAL && (event.signal < 0 || event.signal > 64)) return -EINVAL;
    if (event.kind === SIGEV_THREAD) {
      const found = readBytes(task, event.value.high * 2 ** 32 + (event.value.low >>> 0), abi.NOTIFY_COOKIE_LEN);
      if (!found) return -EFAULT;
      cookie = found;
      const file = fileOf(task, event.signal);
      if (isError(file)) return file;
      if (file.type !== 'socket') return -ENOTSOCK;
      if (stateOf(task.linux).sockets.get(file.object)?.family !== AF_NETLINK) return -EINVAL;
      socket = file.object;
    }
  }
  const file = queueFileOf(task, descriptor);
  if (typeof file === 'number') return file;
  const target = queues.queueOf(task.linux, file);
  const { pid } = task.group;
  if (!event) {
    if (target.listener?.pid === pid) queues.dropListener(task.linux, target);
    return 0;
  }
  if (target.listener) return -EBUSY;
  target.listener = { pid, event, cookie, socket };
  return 0;
}

function mqGetsetattr(task: Task, descriptor: number, newAddress: number, oldAddress: number): number {
  const view = newAddress === 0 ? undefined : readView(task, newAddress, abi.MQ_ATTR_SIZE);
  if (newAddress !== 0 && !view) return -EFAULT;
  const flags = view ? longAt(view, 0) : 0;
  if (flags !== 0 && flags !== fcntl.O_NONBLOCK) return -EINVAL;
  const file = queueFileOf(task, descriptor);
  if (typeof file === 'number') return file;
  const { maximum, messageSize, messages } = queues.queueOf(task.linux, file);
  const before = encodeLongs([file.flags & fcntl.O_NONBLOCK, maximum, messageSize, messages.length, 0, 0, 0, 0]);
  if (view) file.flags = (file.flags & ~fcntl.O_NONBLOCK) | flags;
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, before);
}
