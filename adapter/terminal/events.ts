/** A terminal that the client draws itself, as this project's extension does: events out, requests in. */

import { StringDecoder } from 'node:string_decoder';
import type { TerminalSize } from '../../emulator/index.ts';
import type { SendEvent } from '../events.ts';
import type { Arguments } from '../protocol.ts';
import { type GuestTerminal, type TerminalEvents, TIDY } from './terminal.ts';

export class EventTerminal implements GuestTerminal {
  readonly #send: SendEvent;
  readonly #decoder = new StringDecoder('utf8');
  #events: TerminalEvents | undefined;
  #size: TerminalSize | undefined;
  #open = true;

  constructor(send: SendEvent, title: string) {
    this.#send = send;
    send('pico/terminal', { title });
  }

  get isOpen(): boolean {
    return this.#open;
  }

  attach(events: TerminalEvents): void {
    this.#events = events;
    if (this.#size) events.size(this.#size);
  }

  detach(): void {
    this.#events = undefined;
    this.#write(TIDY);
  }

  write(bytes: Uint8Array): void {
    this.#write(this.#decoder.write(Buffer.from(bytes)));
  }

  close(): void {
    if (!this.#open) return;
    this.#write(TIDY);
    this.#open = false;
    this.#send('pico/terminalEnded', {});
  }

  /** What the client says happened in it. */
  receive({ text, rows, columns, closed }: Arguments<'pico/terminalInput'>): void {
    if (!this.#open) return;
    if (rows !== undefined && columns !== undefined) {
      this.#size = { rows, columns };
      this.#events?.size(this.#size);
    }
    if (text !== undefined) this.#events?.keys(new Uint8Array(Buffer.from(text)));
    if (!closed) return;
    this.#open = false;
    this.#events?.closed();
  }

  #write(text: string): void {
    if (this.#open && text !== '') this.#send('pico/terminalOutput', { text });
  }
}
