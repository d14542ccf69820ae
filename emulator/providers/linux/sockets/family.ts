/** What families of sockets do differently: names, who is reached under a name, and the errors of each. */

import type { Errno } from '../abi/errno.ts';
import type { Linux } from '../instance.ts';
import type { Task } from '../task.ts';
import type { Socket, SocketName } from './socket.ts';

export interface Family {
  /** The protocol that a socket gets, or a negative error for types and protocols that are not there (socket(2)). */
  create(task: Task, type: number, protocol: number): number;
  /** A name from the bytes of a `struct sockaddr`, the family's number among them. */
  decode(socket: Socket, bytes: Uint8Array): SocketName | Errno;
  encode(socket: Socket, name: SocketName | undefined): Uint8Array;
  /** Gives the socket a name (bind(2)): 0, or a negative error. */
  bind(task: Task, socket: Socket, name: SocketName): number;
  /** The name that a socket gets for connecting to or sending to `to`, if it needs one: 0, or a negative error. */
  bindFor(task: Task, socket: Socket, to: SocketName | undefined): number;
  /** Who connections and datagrams to `name` reach; undefined if nobody is there, where that is known only later. */
  find(task: Task, socket: Socket, name: SocketName): Socket | undefined | Errno;
  /** The name itself as the peer's: one that means "this machine" becomes the address that it stands for. */
  resolve(socket: Socket, name: SocketName): SocketName;
  /** What the receiver of a datagram to `to` is told of its sender. */
  senderOf(socket: Socket, to: SocketName): SocketName | undefined;
  /** Errors of the calls that the families name differently. */
  readonly errors: {
    /** Writing to and reading from a stream that is not connected. */
    readonly unconnectedWrite: number;
    readonly unconnectedRead: number;
    /** Datagrams that nobody said where to send. */
    readonly nowhere: number;
  };
  /** Connections are made while nobody waits (TCP): connect(2) may answer EINPROGRESS, and data crosses later. */
  readonly isDelayed: boolean;
  /** Descriptors and credentials may be sent. */
  readonly hasControl: boolean;
  /** Largest datagram. */
  readonly mostBytes: number;
  /** Serves what is sent itself, as netlink does: the answer of the call. */
  serve?(task: Task, socket: Socket, bytes: Uint8Array): number;
  release?(linux: Linux, socket: Socket): void;
}
