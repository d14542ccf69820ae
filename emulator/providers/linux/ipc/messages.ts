/** System V message queues (msgget(2), msgop(2)). */

import { createEvent, deleteEvent, pulseEvent } from '../../../kernel/ke/event.ts';
import { E2BIG, EAGAIN, EINTR, EINVAL, ENOMSG, ENOSYS, isError } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { type Linux, stateOf } from '../instance.ts';
import type { Task } from '../task.ts';
import { block, scratch } from '../wait.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import { findAwaited, getObject, type IpcObject, removeObject, seconds } from './object.ts';

export interface Message {
  type: number;
  bytes: Uint8Array;
}

export interface MessageQueue extends IpcObject {
  messages: Message[];
  /** Bytes in them, and how many there may be. */
  bytes: number;
  limit: number;
  sent: number;
  received: number;
  lastSender: number;
  lastReceiver: number;
  /** Pulsed when messages come or go; ends with the queue. */
  event: number;
}

export function getQueue(task: Task, key: number, flags: number): number {
  return getObject<MessageQueue>(task, stateOf(task.linux).ipc.queues, {
    key,
    flags,
    limit: abi.MSGMNI,
    check: () => 0,
    create: () => ({
      messages: [],
      bytes: 0,
      limit: abi.MSGMNB,
      sent: 0,
      received: 0,
      lastSender: 0,
      lastReceiver: 0,
      event: createEvent(task.kernel, 'notification'),
    }),
  });
}

export function removeQueue(linux: Linux, queue: MessageQueue): number {
  removeObject(stateOf(linux).ipc.queues, queue);
  deleteEvent(linux.kernel, queue.event);
  return 0;
}

/** Interrupted calls are never started again (signal(7)). */
function waitForQueue(task: Task, queue: MessageQueue, reason: string): number {
  scratch(task, () => ({}));
  const answer = block(task, [queue.event], reason);
  return answer === UNANSWERED ? answer : -EINTR;
}

export function sendMessage(task: Task, id: number, message: Message, flags: number): number {
  const queue = findAwaited(task, stateOf(task.linux).ipc.queues, id, 2);
  if (isError(queue)) return queue;
  const size = message.bytes.length;
  if (queue.bytes + size > queue.limit || queue.messages.length + 1 > queue.limit)
    return flags & abi.IPC_NOWAIT ? -EAGAIN : waitForQueue(task, queue, 'message send');
  queue.messages.push(message);
  queue.bytes += size;
  queue.sent = seconds(task);
  queue.lastSender = task.group.pid;
  pulseEvent(task.kernel, queue.event);
  return 0;
}

/** Takes the message that `type` and `flags` mean, if it has at most `room` bytes; or an answer to give instead. */
export function receiveMessage(task: Task, id: number, room: number, type: number, flags: number): Message | number {
  if (flags & abi.MSG_COPY) return -ENOSYS;
  if (id < 0) return -EINVAL;
  const queue = findAwaited(task, stateOf(task.linux).ipc.queues, id, 4);
  if (isError(queue)) return queue;
  const index = chooseMessage(queue.messages, type, flags);
  if (index < 0) return flags & abi.IPC_NOWAIT ? -ENOMSG : waitForQueue(task, queue, 'message receive');
  const message = queue.messages[index];
  if (message.bytes.length > room && !(flags & abi.MSG_NOERROR)) return -E2BIG;
  queue.messages.splice(index, 1);
  queue.bytes -= message.bytes.length;
  queue.received = seconds(task);
  queue.lastReceiver = task.group.pid;
  pulseEvent(task.kernel, queue.event);
  return message;
}

/** 0 is the first, a positive type the first of it or of another, a negative one the lowest up to its value. */
function chooseMessage(messages: readonly Message[], type: number, flags: number): number {
  if (type === 0) return messages.length > 0 ? 0 : -1;
  if (type > 0) {
    const isOther = (flags & abi.MSG_EXCEPT) !== 0;
    return messages.findIndex(message => (message.type !== type) === isOther);
  }
  let best = -1;
  messages.forEach((message, index) => {
    if (message.type <= -type && (best < 0 || message.type < messages[best].type)) best = index;
  });
  return best;
}
