/**
 * Ports of the guest that programs of this computer reach at 127.0.0.1: what the launch attributes `network` and
 * `forward` grant. Bytes go both ways at the pace of the slower side; the guest reaches nothing outside by itself.
 */

import { createServer, type Server, type Socket } from 'node:net';
import type { MachineClient } from './machine/client.ts';

const HOST = '127.0.0.1';
export const LARGEST_PORT = 65_535;

export interface ForwardedPort {
  /** Of this computer; 0 takes any that is free. */
  readonly host: number;
  readonly guest: number;
}

/** `8080` is the same port on both sides, `8080:80` are this computer's and the guest's. Undefined: it is neither. */
export function parseForward(given: number | string): ForwardedPort | undefined {
  const [host, guest = host, ...rest] = String(given).split(':');
  const isPort = (text: string): boolean => /^\d{1,5}$/.test(text) && Number(text) <= LARGEST_PORT;
  if (rest.length > 0 || !isPort(host) || !isPort(guest) || Number(guest) === 0) return undefined;
  return { host: Number(host), guest: Number(guest) };
}

/** Where the machine's side is asked; connections are named by the machine's numbers. */
type Machine = Pick<MachineClient, 'connectPort' | 'exchange' | 'hangUp'>;

export class Forwarding {
  readonly #machine: Machine;
  readonly #servers: Server[] = [];
  readonly #links = new Map<number, Link>();

  constructor(machine: Machine) {
    this.#machine = machine;
  }

  /** The port of this computer. Fails as listening fails. */
  listen({ host, guest }: ForwardedPort): Promise<number> {
    const server = createServer({ allowHalfOpen: true, pauseOnConnect: true }, socket => this.#connect(socket, guest));
    this.#servers.push(server);
    return new Promise((resolve, reject) => {
      server.once('error', reject);
      server.listen(host, HOST, () => resolve((server.address() as { port: number }).port));
    });
  }

  async #connect(socket: Socket, port: number): Promise<void> {
    // Who goes away while the machine is asked is no mistake.
    socket.on('error', () => undefined);
    const connection = await this.#machine.connectPort(port).catch(() => 0);
    // As a port where nobody listens, as nearly as one that has been accepted can.
    if (connection === 0) socket.resetAndDestroy();
    else this.#links.set(connection, new Link(this.#machine, connection, socket, () => this.#links.delete(connection)));
  }

  /** The machine says that the connection has something to exchange. */
  changed(connection: number): void {
    this.#links.get(connection)?.move();
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const link of this.#links.values()) link.close();
  }
}

/** One connection: what this computer sends waits in `#pending` until the guest has room. */
class Link {
  readonly #machine: Machine;
  readonly #connection: number;
  readonly #socket: Socket;
  #pending: Uint8Array = new Uint8Array();
  #isLast = false;
  #isMoving = false;
  #movesAgain = false;

  constructor(machine: Machine, connection: number, socket: Socket, closed: () => void) {
    this.#machine = machine;
    this.#connection = connection;
    this.#socket = socket;
    socket.on('data', bytes => {
      socket.pause();
      this.#pending = bytes;
      this.move();
    });
    socket.on('end', () => {
      this.#isLast = true;
      this.move();
    });
    socket.on('drain', () => this.move());
    socket.on('close', () => {
      closed();
      machine.hangUp(connection).catch(() => undefined);
    });
    socket.resume();
  }

  close(): void {
    this.#socket.destroy();
  }

  /** Exchanges until neither side has more; one exchange at a time, so that bytes stay in order. */
  move(): void {
    this.#movesAgain = true;
    if (!this.#isMoving) void this.#moveAll().catch(() => this.close());
  }

  async #moveAll(): Promise<void> {
    this.#isMoving = true;
    while (this.#movesAgain && !this.#socket.destroyed) {
      this.#movesAgain = false;
      // Until the socket has drained the guest's bytes stay where its writer feels them.
      if (this.#socket.writableNeedDrain) break;
      await this.#exchange();
    }
    this.#isMoving = false;
  }

  async #exchange(): Promise<void> {
    const given = this.#pending;
    const exchanged = await this.#machine.exchange(this.#connection, given, this.#isLast);
    if (!exchanged) {
      this.close();
      return;
    }
    // What has come meanwhile, where nothing was given, is not to be lost.
    this.#pending = this.#pending.subarray(exchanged.taken);
    if (exchanged.bytes.length > 0) this.#socket.write(exchanged.bytes);
    if (exchanged.ended) this.#socket.end();
    if (given.length > 0 && this.#pending.length === 0) this.#socket.resume();
  }
}
