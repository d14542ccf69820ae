/** What the terminals of clients have in common: whose they are, how large, and whether they are still there. */

import type { TerminalSize } from '../../emulator/index.ts';

/**
 * Undoes what full-screen programs leave behind: alternate screen, hidden cursor, bracketed paste, colours (xterm's ctlseqs).
 * Not by 1049, which also moves the cursor to where it was when somebody saved it.
 */
const TIDY = '\x1b[?1047l\x1b[?2004l\x1b[?25h\x1b[!p\x1b[0m';

/** What happens in the terminal. */
export interface TerminalEvents {
  keys(bytes: Uint8Array): void;
  size(size: TerminalSize): void;
  /** The person closed it. */
  closed(): void;
}

/** A terminal that is tied to a guest for as long as it runs. */
export abstract class GuestTerminal {
  #events: TerminalEvents | undefined;
  #size: TerminalSize | undefined;
  #open = true;

  get isOpen(): boolean {
    return this.#open;
  }

  /** Whose terminal it is from now on; `events` hears its size at once, if that is known. */
  attach(events: TerminalEvents): void {
    this.#events = events;
    if (this.#size) events.size(this.#size);
  }

  /** Nobody's until the next {@link attach}: what is typed meanwhile is lost. */
  detach(): void {
    this.#events = undefined;
    if (this.#open) this.show(TIDY);
  }

  /** What the guest writes. */
  write(bytes: Uint8Array): void {
    if (this.#open) this.show(bytes);
  }

  /** The guest has ended. */
  close(): void {
    if (!this.#open) return;
    this.show(TIDY);
    this.#open = false;
    this.end();
  }

  protected keys(bytes: Uint8Array): void {
    if (this.#open) this.#events?.keys(bytes);
  }

  protected resized(size: TerminalSize): void {
    if (!this.#open) return;
    this.#size = size;
    this.#events?.size(size);
  }

  /** The person has closed it, unless the session has. */
  protected hungUp(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#events?.closed();
  }

  protected abstract show(output: Uint8Array | string): void;
  /** Gives it back to the client. */
  protected abstract end(): void;
}
