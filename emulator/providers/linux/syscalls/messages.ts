/** System V message queues: msgget(2), msgsnd(2), msgrcv(2), msgctl(2). */

import { EFAULT, EINVAL, EPERM, isError } from '../abi/errno.ts';
import * as abi from '../abi/ipc.ts';
import { stateOf } from '../instance.ts';
import { getQueue, type MessageQueue, receiveMessage, removeQueue, sendMessage } from '../ipc/messages.ts';
import { findToAdminister, giveStatus, giveStatusAt } from '../ipc/control.ts';
import { applyPermissions, encodePermissions, highestIndex, seconds } from '../ipc/object.ts';
import { isPrivileged, type Task } from '../task.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import { giveBytes, longAt, readBytes, readView, setLongAt, signedLongAt } from '../userMemory.ts';
import { choice, flags, int, long, out, pointer, printed } from './arguments.ts';
import { call, partly, type Row } from './row.ts';
import { getFlagsText } from './sharedMemory.ts';

export const messageRows: readonly Row[] = [
  call(68, 'msgget', [int('key'), printed('msgflg', 'int', getFlagsText)], getQueue),
  call(
    69,
    'msgsnd',
    [int('msqid'), pointer('msgp', 'const void *'), long('msgsz'), flags('msgflg', abi.MSG_FLAGS)],
    msgsnd,
  ),
  partly(
    call(
      70,
      'msgrcv',
      [int('msqid'), out('msgp'), long('msgsz'), long('msgtyp'), flags('msgflg', abi.MSG_FLAGS)],
      msgrcv,
    ),
    'MSG_COPY, which is for checkpoints, answers ENOSYS.',
  ),
  call(71, 'msgctl', [int('msqid'), choice('cmd', abi.MSGCTL_COMMANDS), pointer('buf', 'struct msqid_ds *')], msgctl),
];

/** Bytes of the type before the text. */
const TYPE_SIZE = 8;

function msgsnd(task: Task, id: number, address: number, size: number, sendFlags: number): number {
  const type = readView(task, address, TYPE_SIZE);
  if (!type) return -EFAULT;
  if (size < 0 || size > abi.MSGMAX || id < 0 || signedLongAt(type, 0) < 1) return -EINVAL;
  const bytes = readBytes(task, address + TYPE_SIZE, size);
  return bytes ? sendMessage(task, id, { type: signedLongAt(type, 0), bytes }, sendFlags) : -EFAULT;
}

function msgrcv(task: Task, id: number, address: number, room: number, type: number, receiveFlags: number): number {
  if (room < 0) return -EINVAL;
  const message = receiveMessage(task, id, room, type, receiveFlags);
  if (typeof message === 'number') return message;
  const text = message.bytes.subarray(0, room);
  const bytes = new Uint8Array(TYPE_SIZE + text.length);
  setLongAt(new DataView(bytes.buffer), 0, message.type);
  bytes.set(text, TYPE_SIZE);
  return giveBytes(task, address, bytes) || text.length;
}

function msgctl(task: Task, id: number, command: number, address: number): number {
  const table = stateOf(task.linux).ipc.queues;
  switch (command) {
    case abi.IPC_INFO:
    case abi.MSG_INFO:
      return giveBytes(task, address, encodeLimits(task, command)) || highestIndex(table);
    case abi.MSG_STAT:
    case abi.MSG_STAT_ANY:
      return giveStatusAt(task, table, id, command === abi.MSG_STAT_ANY, { address, encode: encodeStatus });
    case abi.IPC_STAT:
      return giveStatus(task, table, id, { address, encode: encodeStatus });
    case abi.IPC_SET:
    case abi.IPC_RMID:
      return administer(task, id, command, address);
    default:
      return -EINVAL;
  }
}

const STATUS_SIZE = 120;

function administer(task: Task, id: number, command: number, address: number): number {
  const found = findToAdminister(task, stateOf(task.linux).ipc.queues, id, command, address, STATUS_SIZE);
  if (isError(found)) return found;
  const { object: queue, view } = found;
  if (!view) return removeQueue(task.linux, queue);
  const limit = longAt(view, 88);
  if (limit > abi.MSGMNB && !isPrivileged(task)) return -EPERM;
  applyPermissions(task, queue, view);
  queue.limit = limit;
  queue.changed = seconds(task);
  // Senders may have room now, and those whose rights were taken find that out.
  pulseEvent(task.kernel, queue.event);
  return 0;
}

/** `struct msqid64_ds` */
function encodeStatus(queue: MessageQueue): Uint8Array {
  const bytes = new Uint8Array(STATUS_SIZE);
  const view = new DataView(bytes.buffer);
  encodePermissions(view, queue);
  [queue.sent, queue.received, queue.changed, queue.bytes, queue.messages.length, queue.limit].forEach(
    (value, index) => {
      setLongAt(view, 48 + index * 8, value);
    },
  );
  view.setInt32(96, queue.lastSender, true);
  view.setInt32(100, queue.lastReceiver, true);
  return bytes;
}

/** `struct msginfo`; MSG_INFO has what is in use where IPC_INFO has sizes of pools that there are none of. */
function encodeLimits(task: Task, command: number): Uint8Array {
  const queues = [...stateOf(task.linux).ipc.queues.objects.values()];
  const isUse = command === abi.MSG_INFO;
  const messages = queues.reduce((sum, queue) => sum + queue.messages.length, 0);
  const used = queues.reduce((sum, queue) => sum + queue.bytes, 0);
  const { MSGMAX, MSGMNB, MSGMNI } = abi;
  const pool = Math.floor((MSGMNI * MSGMNB) / 1024);
  const [msgpool, msgmap, msgtql] = isUse ? [queues.length, messages, used] : [pool, MSGMNB, MSGMNB];
  const bytes = new Uint8Array(32);
  new Int32Array(bytes.buffer).set([msgpool, msgmap, MSGMAX, MSGMNB, MSGMNI, 16, msgtql]);
  new DataView(bytes.buffer).setUint16(28, 0xffff, true);
  return bytes;
}
