/** A terminal that the client draws itself, as this project's extension does: events out, requests in. */

import { StringDecoder } from 'node:string_decoder';
import type { SendEvent } from '../events.ts';
import type { Arguments } from '../protocol.ts';
import { GuestTerminal } from './guestTerminal.ts';

export class EventTerminal extends GuestTerminal {
  readonly #send: SendEvent;
  readonly #decoder = new StringDecoder('utf8');

  constructor(send: SendEvent, title: string) {
    super();
    this.#send = send;
    send('pico/terminal', { title });
  }

  /** What the client says happened in it. */
  receive({ text, rows, columns, closed }: Arguments<'pico/terminalInput'>): void {
    if (rows !== undefined && columns !== undefined) this.resized({ rows, columns });
    if (text !== undefined) this.keys(new Uint8Array(Buffer.from(text)));
    if (closed) this.hungUp();
  }

  protected show(output: Uint8Array | string): void {
    const text = typeof output === 'string' ? output : this.#decoder.write(Buffer.from(output));
    if (text !== '') this.#send('pico/terminalOutput', { text });
  }

  protected end(): void {
    this.#send('pico/terminalEnded', {});
  }
}
