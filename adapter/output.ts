/** Output of the guest on its way to the client: joined, decoded, and never a flood. */

import { StringDecoder } from 'node:string_decoder';

export type OutputCategory = 'stdout' | 'stderr' | 'console' | 'important';

/** Consoles freeze on thousands of small events (microsoft/vscode#52728, #96945); people read none of them. */
const WAIT_MILLISECONDS = 40;
const MOST_CHARACTERS = 128 * 1024;

export class Output {
  readonly #send: (category: OutputCategory, text: string) => void;
  readonly #decoders = { stdout: new StringDecoder('utf8'), stderr: new StringDecoder('utf8') };
  #pending: { category: OutputCategory; text: string; left: number }[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(send: (category: OutputCategory, text: string) => void) {
    this.#send = send;
  }

  bytes(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    this.text(stream, this.#decoders[stream].write(Buffer.from(bytes)));
  }

  text(category: OutputCategory, text: string): void {
    if (text === '') return;
    const last = this.#pending.at(-1);
    if (last?.category === category) append(last, text);
    else this.#pending.push(append({ category, text: '', left: 0 }, text));
    this.#timer ??= setTimeout(() => this.flush(), WAIT_MILLISECONDS);
  }

  /** Sends what waits; called before anything that must come after it. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const pending = this.#pending;
    this.#pending = [];
    for (const { category, text, left } of pending) {
      this.#send(category, left === 0 ? text : `${text}\n… ${left} characters left out …\n`);
    }
  }
}

function append<Pending extends { text: string; left: number }>(pending: Pending, text: string): Pending {
  const room = MOST_CHARACTERS - pending.text.length;
  pending.text += text.slice(0, room);
  pending.left += Math.max(0, text.length - room);
  return pending;
}
