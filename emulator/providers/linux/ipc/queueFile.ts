/**
 * POSIX message queues (mq_overview(7)): files with names of their own, whose messages leave by priority. Who waits is
 * told when messages come and go; one process may be told by a signal or a message when an empty queue is filled.
 */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { EINVAL, EMFILE, ENOSPC } from '../abi/errno.ts';
import * as abi from '../abi/mqueue.ts';
import { POLLIN, POLLOUT } from '../abi/poll.ts';
import { RLIMIT_MSGQUEUE } from '../abi/sched.ts';
import { SI_MESGQ } from '../abi/signal.ts';
import { S_IFREG } from '../abi/stat.ts';
import { createInode } from '../files/inode.ts';
import { getInode } from '../files/inodes.ts';
import { releaseInode } from '../files/directory.ts';
import type { OpenFile } from '../files/openFile.ts';
import type { FileOperations } from '../files/operations.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import { findGroup } from '../process/lookup.ts';
import { eventSignal, notify, SIGEV_THREAD, type SignalEvent } from '../signals/event.ts';
import { appendPacket } from '../sockets/queue.ts';
import { isPrivileged, type Task } from '../task.ts';
import { encodeText } from '../userMemory.ts';

export interface QueuedMessage {
  priority: number;
  bytes: Uint8Array;
}

/** Who wants to hear when a message comes into the empty queue. */
export interface QueueListener {
  pid: number;
  event: SignalEvent;
  /** SIGEV_THREAD: what the C library's thread waits for, and the socket where. */
  cookie: Uint8Array;
  socket: number;
}

export interface PosixQueue {
  id: number;
  inode: number;
  /** Messages, and bytes in each, at most. */
  maximum: number;
  messageSize: number;
  /** By priority, and within that as they came. */
  messages: QueuedMessage[];
  listener: QueueListener | undefined;
  /** User who made it, and is charged. */
  owner: number;
  /** Pulsed when messages come or go. */
  changed: number;
  serial: number;
}

export interface PosixQueueState {
  queues: Map<number, PosixQueue>;
  /** By name: those that have not been unlinked. */
  names: Map<string, number>;
  /** Limits that /proc/sys/fs/mqueue tells and sets. */
  queuesMax: number;
  messagesMax: number;
  messageSizeMax: number;
}

export function freshPosixQueues(): PosixQueueState {
  return {
    queues: new Map(),
    names: new Map(),
    queuesMax: abi.DFLT_QUEUESMAX,
    messagesMax: abi.DFLT_MSGMAX,
    messageSizeMax: abi.DFLT_MSGSIZEMAX,
  };
}

export function queueOf(linux: Linux, file: OpenFile): PosixQueue {
  return stateOf(linux).posixQueues.queues.get(file.object) as PosixQueue;
}

/** A queue with a name, or the error that a limit means. */
export function createQueue(
  task: Task,
  name: string,
  mode: number,
  wanted: { maximum: number; messageSize: number },
): PosixQueue | number {
  const { linux, group } = task;
  const state = stateOf(linux).posixQueues;
  const { euid, egid, uid } = group.credentials;
  const isRoot = isPrivileged(task);
  if (state.queues.size >= state.queuesMax && !isRoot) return -ENOSPC;
  const most = isRoot ? abi.HARD_MSGMAX : state.messagesMax;
  const largest = isRoot ? abi.HARD_MSGSIZEMAX : state.messageSizeMax;
  const { maximum, messageSize } = wanted;
  if (maximum <= 0 || messageSize <= 0 || maximum > most || messageSize > largest) return -EINVAL;
  const charged = [...state.queues.values()].reduce((sum, queue) => sum + (queue.owner === uid ? costOf(queue) : 0), 0);
  if (charged + costOf(wanted) > group.limits[RLIMIT_MSGQUEUE].soft) return -EMFILE;
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | (mode & 0o7777), euid, egid);
  inode.links = 1;
  const queue: PosixQueue = {
    id: takeId(linux),
    inode: inode.id,
    maximum,
    messageSize,
    messages: [],
    listener: undefined,
    owner: uid,
    changed: createEvent(linux.kernel, 'notification'),
    serial: 0,
  };
  state.queues.set(queue.id, queue);
  state.names.set(name, queue.id);
  return queue;
}

function costOf({ maximum, messageSize }: { maximum: number; messageSize: number }): number {
  return maximum * (messageSize + abi.MESSAGE_OVERHEAD);
}

/** The name is gone at once, the queue when nobody has it open. */
export function unlinkQueue(linux: Linux, name: string, queue: PosixQueue): void {
  stateOf(linux).posixQueues.names.delete(name);
  const inode = getInode(linux, queue.inode);
  inode.links = 0;
  if (inode.opens > 0) return;
  endQueue(linux, queue);
  releaseInode(linux, inode.id);
}

function endQueue(linux: Linux, queue: PosixQueue): void {
  deleteEvent(linux.kernel, queue.changed);
  stateOf(linux).posixQueues.queues.delete(queue.id);
}

function change(linux: Linux, queue: PosixQueue): void {
  queue.serial++;
  pulseEvent(linux.kernel, queue.changed);
}

/** What threads wait for that want a message. */
export const RECEIVING = 'message queue receive';

function isAwaited({ kernel }: Linux, { changed }: PosixQueue): boolean {
  for (const { state, wait } of kernel.state.threads.values())
    if (state === 'waiting' && wait?.reason === RECEIVING && wait.objects.includes(changed)) return true;
  return false;
}

/** There is room for it. */
export function putMessage(task: Task, queue: PosixQueue, message: QueuedMessage): void {
  const { messages } = queue;
  const wasEmpty = messages.length === 0;
  const behind = messages.findIndex(({ priority }) => priority < message.priority);
  messages.splice(behind < 0 ? messages.length : behind, 0, message);
  // Whoever waits for a message gets it, and nobody is told.
  if (wasEmpty && !isAwaited(task.linux, queue)) tellListener(task, queue);
  change(task.linux, queue);
}

/** There is one. */
export function takeMessage(linux: Linux, queue: PosixQueue): QueuedMessage {
  const message = queue.messages.shift() as QueuedMessage;
  change(linux, queue);
  return message;
}

/** Once: whoever wants to hear of the next has to say so again (mq_notify(3)). */
function tellListener(task: Task, queue: PosixQueue): void {
  const { linux, group } = task;
  const { listener } = queue;
  if (!listener) return;
  queue.listener = undefined;
  if (listener.event.kind === SIGEV_THREAD) return sendCookie(linux, listener, abi.NOTIFY_WOKENUP);
  const target = findGroup(linux, listener.pid);
  if (target)
    notify(
      linux,
      target.process,
      listener.event,
      eventSignal(listener.event, SI_MESGQ, group.pid, group.credentials.uid),
    );
}

/** A listener that is no more. */
export function dropListener(linux: Linux, queue: PosixQueue): void {
  const { listener } = queue;
  queue.listener = undefined;
  if (listener?.event.kind === SIGEV_THREAD) sendCookie(linux, listener, abi.NOTIFY_REMOVED);
}

function sendCookie(linux: Linux, { cookie, socket }: QueueListener, what: number): void {
  const target = stateOf(linux).sockets.get(socket);
  if (!target) return;
  const bytes = cookie.slice();
  bytes[abi.NOTIFY_COOKIE_LEN - 1] = what;
  const owner = { pid: 0, uid: 0, gid: 0 };
  const from = { place: '', number: 0 };
  appendPacket(linux, target, { bytes, start: 0, end: bytes.length, from, owner, files: [] });
}

/** What is read from the file (mq_overview(7), "Mounting the message queue filesystem"). */
function statusText({ messages, listener }: PosixQueue): string {
  const size = messages.reduce((sum, { bytes }) => sum + bytes.length, 0);
  const { event, pid } = listener ?? { event: { kind: 0, signal: 0 }, pid: 0 };
  const field = (value: number, width: number): string => String(value).padEnd(width);
  return `QSIZE:${field(size, 10)} NOTIFY:${field(event.kind, 5)} SIGNO:${field(event.signal, 5)} NOTIFY_PID:${field(pid, 6)}\n`;
}

export const queueOperations: FileOperations = {
  seekable: true,
  read(task, file, into, position) {
    const text = encodeText(statusText(queueOf(task.linux, file))).subarray(position, position + into.length);
    into.set(text);
    return text.length;
  },
  write: () => -EINVAL,
  poll(linux, file) {
    const { messages, maximum } = queueOf(linux, file);
    return (messages.length > 0 ? POLLIN : 0) | (messages.length < maximum ? POLLOUT : 0);
  },
  events: (linux, file) => [queueOf(linux, file).changed],
  serial: (linux, file) => queueOf(linux, file).serial,
  closing(linux, file, pid) {
    const queue = queueOf(linux, file);
    if (queue.listener?.pid === pid) dropListener(linux, queue);
  },
  release(linux, file) {
    const { links, opens } = getInode(linux, file.inode);
    if (links === 0 && opens === 1) endQueue(linux, queueOf(linux, file));
  },
};
