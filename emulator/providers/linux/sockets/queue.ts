/** What waits to be read at a socket: streams run together where nothing tells their parts apart, datagrams never do. */

import { pulseEvent } from '../../../kernel/ke/event.ts';
import { BUFFER_SIZE } from '../abi/socket.ts';
import { type Linux, sayOnce, stateOf } from '../instance.ts';
import { chargeOf, findSocket, hasRoom, isStream, type Owner, type Packet, type Socket, wake } from './socket.ts';

/** Least size of a stretch of a stream, so that many small writes do not make many packets. */
const STRETCH = 4096;

/** Bytes that may be put into the queue of a stream now. */
export function roomIn(linux: Linux, socket: Socket): number {
  const { network } = stateOf(linux);
  const left = linux.limits.socketBytes - network.queued;
  if (left <= 0) sayOnce(linux, `Sockets hold ${network.queued} unread bytes, as many as they may: writers wait.`);
  return Math.max(0, Math.min(BUFFER_SIZE - socket.queued, left));
}

function charge(linux: Linux, socket: Socket, bytes: number): void {
  socket.queued += bytes;
  stateOf(linux).network.queued += bytes;
}

/** Adds bytes to a stream; they have been found to fit. */
export function appendToStream(linux: Linux, socket: Socket, bytes: Uint8Array, owner: Owner, files: number[]): void {
  const last = socket.queue.at(-1);
  const isPlain = last && last.files.length + files.length === 0 && isSame(last.owner, owner);
  if (isPlain && last.end + bytes.length <= last.bytes.length) {
    last.bytes.set(bytes, last.end);
    last.end += bytes.length;
  } else {
    const stretch = new Uint8Array(Math.max(bytes.length, STRETCH));
    stretch.set(bytes);
    socket.queue.push({ bytes: stretch, start: 0, end: bytes.length, from: undefined, owner, files });
  }
  charge(linux, socket, bytes.length);
  wake(linux, socket);
}

export function isSame(a: Owner, b: Owner): boolean {
  return a.pid === b.pid && a.uid === b.uid && a.gid === b.gid;
}

/** Adds a datagram. */
export function appendPacket(linux: Linux, socket: Socket, packet: Packet): void {
  socket.queue.push(packet);
  charge(linux, socket, chargeOf(socket, packet));
  wake(linux, socket);
}

/** Takes bytes off the front of a stream's first packet, or the whole of a datagram. */
export function takeFromQueue(linux: Linux, socket: Socket, count: number): void {
  const [first] = socket.queue;
  if (isStream(socket)) {
    first.start += count;
    charge(linux, socket, -count);
    if (first.start === first.end) socket.queue.shift();
  } else {
    charge(linux, socket, -chargeOf(socket, first));
    socket.queue.shift();
  }
  if (!isStream(socket)) tellSenders(linux, socket);
  else if (hasRoom(socket)) tellRoom(linux, findSocket(linux, socket.peer));
}

function tellRoom(linux: Linux, sender: Socket | undefined): void {
  if (!sender?.wantsRoom) return;
  sender.wantsRoom = false;
  wake(linux, sender, 'out');
}

/** Senders of datagrams wait for the receiver itself; those connected to it hear of the room, too. */
function tellSenders(linux: Linux, receiver: Socket): void {
  pulseEvent(linux.kernel, receiver.changed);
  for (const other of stateOf(linux).sockets.values()) if (other.peer === receiver.id) tellRoom(linux, other);
}

/** Forgets what nobody will read, and the files that were on their way. */
export function clearQueue(linux: Linux, socket: Socket): void {
  const { queue } = socket;
  charge(linux, socket, -socket.queued);
  socket.queue = [];
  for (const { files } of queue) letGo(linux, files);
}

/** Files in flight that nobody takes: their references end with this call (`releaseOrphans`). */
export function letGo(linux: Linux, files: readonly number[]): void {
  stateOf(linux).network.orphans.push(...files);
}
