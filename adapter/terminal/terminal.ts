/**
 * The client's terminal as the guest's: DAP's reverse request `runInTerminal` starts `pico terminal` there, which comes back
 * over a socket that only this user can reach, with a token that is good for one connection.
 */

import { randomBytes, timingSafeEqual } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { terminalFailed } from '../errors.ts';
import { decodeSize, FrameReader, TOKEN_VARIABLE } from './frames.ts';
import { GuestTerminal } from './guestTerminal.ts';

/** Shells that read many start-up files are slow to come to their first command. */
const PATIENCE_MILLISECONDS = 20_000;
export type RunInTerminal = (args: Dap.RunInTerminalRequestArguments) => Promise<unknown>;

export class Terminal extends GuestTerminal {
  readonly #socket: Socket;

  constructor(socket: Socket, reader: FrameReader, early: Buffer) {
    super();
    this.#socket = socket;
    const take = (chunk: Buffer): void => this.#take(reader.push(chunk));
    socket.on('data', take);
    socket.on('error', () => undefined);
    socket.on('close', () => this.hungUp());
    take(early);
  }

  protected show(output: Uint8Array | string): void {
    this.#socket.write(output);
  }

  /** `pico terminal` ends, and the terminal is its shell's again. */
  protected end(): void {
    this.#socket.end();
  }

  #take(frames: ReturnType<FrameReader['push']>): void {
    if (!frames) this.#socket.destroy();
    for (const { kind, bytes } of frames ?? []) {
      if (kind === 'keys') this.keys(new Uint8Array(bytes));
      const size = kind === 'size' ? decodeSize(bytes) : undefined;
      if (size) this.resized(size);
    }
  }
}

/** Has the client start `pico terminal`, and waits until it is there. Throws a sentence if it does not come. */
export async function openTerminal(runInTerminal: RunInTerminal, title: string): Promise<Terminal> {
  const { address, remove } = privateAddress();
  const token = randomBytes(32).toString('hex');
  const server = createServer();
  try {
    const come = connection(server, address, token);
    // Where the client refuses, nobody waits for the connection any more.
    come.catch(() => undefined);
    await runInTerminal({
      kind: 'integrated',
      title,
      cwd: '',
      args: [process.execPath, picoFile(), 'terminal', '--connect', address],
      // Inside an editor the Node of this process is Electron.
      env: { [TOKEN_VARIABLE]: token, ELECTRON_RUN_AS_NODE: '1' },
    }).catch((error: unknown) => {
      throw terminalFailed((error as Error).message);
    });
    return await come;
  } finally {
    server.close();
    remove();
  }
}

/** The first who connects and knows the token. */
function connection(server: Server, address: string, token: string): Promise<Terminal> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(terminalFailed("'pico terminal' did not start there in time.")),
      PATIENCE_MILLISECONDS,
    );
    server.on('error', error => reject(terminalFailed(error.message)));
    server.on('connection', socket => {
      const reader = new FrameReader();
      let held: Buffer = Buffer.alloc(0);
      socket.on('error', () => undefined);
      socket.on('data', function greet(chunk: Buffer) {
        held = Buffer.concat([held, chunk]);
        const frames = new FrameReader().push(held);
        if (frames?.length === 0) return;
        const [hello] = frames ?? [];
        if (hello?.kind !== 'hello' || !isSame(hello.bytes, Buffer.from(token))) {
          socket.destroy();
          return;
        }
        socket.off('data', greet);
        clearTimeout(timer);
        resolve(new Terminal(socket, reader, held));
      });
    });
    server.listen(address);
  });
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** A socket in a folder of this user's own, or a named pipe with a name that nobody guesses. */
function privateAddress(): { address: string; remove(): void } {
  if (process.platform === 'win32')
    return { address: `\\\\.\\pipe\\pico-terminal-${randomBytes(16).toString('hex')}`, remove: () => undefined };
  const folder = mkdtempSync(path.join(tmpdir(), 'pico-terminal-'));
  return {
    address: path.join(folder, 'socket'),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The command line beside this bundle. */
function picoFile(): string {
  return path.join(import.meta.dirname, 'pico.cjs');
}
