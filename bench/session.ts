/** A debug session over the adapter's standard streams without a test's checks, so that little but the adapter is measured. */

import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { Framing, frame } from '../adapter/connection.ts';
import type { Arguments, Body, Command } from '../adapter/protocol.ts';
import { DIST } from './build.ts';

export class Session {
  readonly #child: ChildProcess;
  readonly #answers = new Map<number, (response: Dap.Response) => void>();
  readonly #listeners = new Map<string, (body: unknown) => void>();
  #sequence = 1;

  constructor() {
    this.#child = spawn(process.execPath, [path.join(DIST, 'adapter.cjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const framing = new Framing();
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      for (const part of framing.push(chunk)) if ('message' in part) this.#receive(part.message);
    });
  }

  request<Name extends Command>(command: Name, args: Arguments<Name>): Promise<NonNullable<Body<Name>>> {
    const seq = this.#sequence++;
    this.#child.stdin?.write(frame({ seq, type: 'request', command, arguments: args } as Dap.Request));
    return new Promise((resolve, reject) => {
      this.#answers.set(seq, response => {
        if (response.success) resolve(response.body as NonNullable<Body<Name>>);
        else reject(new Error(`${command}: ${response.message}`));
      });
    });
  }

  /** The next event of this name. Ask before what causes it. */
  next<EventBody = Dap.StoppedEvent['body']>(event: string): Promise<EventBody> {
    return new Promise(resolve => this.#listeners.set(event, body => resolve(body as EventBody)));
  }

  /** As an editor starts a session, to the program's entry point; answers with the thread. */
  async launch(program: string, ...args: readonly string[]): Promise<number> {
    await this.request('initialize', { adapterID: 'pico', pathFormat: 'path', supportsMemoryReferences: true });
    const initialized = this.next('initialized');
    const stopped = this.next('stopped');
    await Promise.all([initialized, this.request('launch', { program, args: [...args], stopOnEntry: true })]);
    await this.request('configurationDone', {});
    return (await stopped).threadId ?? 0;
  }

  /** Goes on to the next stop. */
  async proceed(threadId: number): Promise<void> {
    const stopped = this.next('stopped');
    await this.request('continue', { threadId });
    await stopped;
  }

  /** Of the adapter's threads so far, in milliseconds (proc(5), `schedstat`). */
  processorTime(): number {
    const threads = `/proc/${this.#child.pid}/task`;
    const times = fs.readdirSync(threads).map(thread => {
      const [nanoseconds] = fs.readFileSync(`${threads}/${thread}/schedstat`, 'utf8').split(' ', 1);
      return Number(nanoseconds) / 1e6;
    });
    return times.reduce((sum, time) => sum + time, 0);
  }

  async close(): Promise<void> {
    await this.request('disconnect', {});
    this.#child.kill();
  }

  #receive(message: Dap.ProtocolMessage): void {
    if (message.type === 'event') {
      const { event, body } = message as Dap.Event;
      const listener = this.#listeners.get(event);
      this.#listeners.delete(event);
      listener?.(body);
      return;
    }
    const response = message as Dap.Response;
    this.#answers.get(response.request_seq)?.(response);
    this.#answers.delete(response.request_seq);
  }
}
