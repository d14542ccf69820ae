/** DAP messages over byte streams: `Content-Length` framing, as the protocol's overview page describes it. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';

const HEADER_END = Buffer.from('\r\n\r\n');
/** No message of DAP comes near this; a larger number means that framing is lost. */
const LARGEST_MESSAGE = 256 * 1024 * 1024;

export interface Endpoint {
  handleMessage(message: Dap.ProtocolMessage): void;
  onDidSendMessage(listener: (message: Dap.ProtocolMessage) => void): { dispose(): void };
  /** Something arrived that is no message. */
  handleGarbage(problem: string): void;
  /** The other side has gone. */
  close(): void;
}

export function serveStreams(endpoint: Endpoint, input: NodeJS.ReadableStream, output: NodeJS.WritableStream): void {
  const framing = new Framing();
  const sending = endpoint.onDidSendMessage(message => output.write(frame(message)));
  let open = true;
  function close(): void {
    if (open) endpoint.close();
    open = false;
    sending.dispose();
  }
  input.on('data', (chunk: Buffer) => {
    for (const part of framing.push(chunk)) {
      if ('problem' in part) endpoint.handleGarbage(part.problem);
      else endpoint.handleMessage(part.message);
    }
  });
  input.on('end', close);
  input.on('close', close);
  input.on('error', close);
  output.on('error', close);
}

export function frame(message: Dap.ProtocolMessage): string {
  const text = JSON.stringify(message);
  return `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

export type FramingPart = { readonly message: Dap.ProtocolMessage } | { readonly problem: string };

/** Cuts a stream into messages; after garbage it goes on at the next header. */
export class Framing {
  #pending: Buffer = Buffer.alloc(0);
  #length: number | undefined;

  push(chunk: Buffer): FramingPart[] {
    this.#pending = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    const parts: FramingPart[] = [];
    while (this.#length === undefined ? this.#takeHeader(parts) : this.#takeBody(parts, this.#length));
    return parts;
  }

  #takeHeader(parts: FramingPart[]): boolean {
    const end = this.#pending.indexOf(HEADER_END);
    if (end < 0) return false;
    const header = this.#pending.toString('latin1', 0, end);
    this.#pending = this.#pending.subarray(end + HEADER_END.length);
    const length = Number(/(?:^|\r\n)Content-Length: *(\d+) *(?:\r\n|$)/i.exec(header)?.[1]);
    if (length <= LARGEST_MESSAGE) this.#length = length;
    else parts.push({ problem: `a header without a usable Content-Length: ${JSON.stringify(header.slice(0, 80))}` });
    return true;
  }

  #takeBody(parts: FramingPart[], length: number): boolean {
    if (this.#pending.length < length) return false;
    const text = this.#pending.toString('utf8', 0, length);
    this.#pending = this.#pending.subarray(length);
    this.#length = undefined;
    parts.push(parse(text));
    return true;
  }
}

function parse(text: string): FramingPart {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message === 'object' && message !== null && !Array.isArray(message)) {
      return { message: message as Dap.ProtocolMessage };
    }
    return { problem: 'a message that is no object' };
  } catch (error) {
    return { problem: `a message that is no JSON: ${(error as Error).message}` };
  }
}
