/** A DAP client for tests: drives a session, checks every message against the schema, keeps a transcript. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { Framing, frame } from '../../adapter/connection.ts';
import { type Connect, inThisThread } from '../../adapter/machine/client.ts';
import { fileURLToPath } from 'node:url';
import type { Arguments, Body, Command } from '../../adapter/protocol.ts';
import { PicoSession } from '../../adapter/session.ts';
import { messageText } from '../../adapter/transcript.ts';
import type { MachineFace } from '../../emulator/index.ts';
import { schemaProblems } from './dapSchema.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** The message as text that is the same wherever this project lies. */
function textOf(message: Dap.ProtocolMessage): string {
  const { command, body } = message as Dap.Response;
  if (command === 'loadedSources' && body) {
    // Of all the providers' files one, so that a new one does not change the texts.
    const { sources } = body as { sources: Dap.Source[] };
    const first = sources.findIndex(({ origin }) => origin === 'pico provider');
    const shown = sources.filter(({ origin }, index) => origin !== 'pico provider' || index === first);
    return textOf({
      ...message,
      command: 'loadedSources (shortened)',
      body: { sources: shown },
    } as Dap.ProtocolMessage);
  }
  return messageText(JSON.parse(JSON.stringify(message).replaceAll(ROOT, '/project/')) as Dap.ProtocolMessage);
}

/** Long enough for a loaded computer; nothing waits for it to pass. */
const PATIENCE_MILLISECONDS = 10_000;

interface Transport {
  send(message: Dap.ProtocolMessage): void;
  close(): void;
}

export class DapClient {
  readonly transcript: string[] = [];
  readonly events: Dap.Event[] = [];
  /** Runs programs in a terminal, if this client can. */
  terminal: ((args: Dap.RunInTerminalRequestArguments) => void) | undefined;
  readonly #transport: Transport;
  readonly #open = new Map<number, (response: Dap.Response) => void>();
  readonly #waiting = new Set<() => void>();
  readonly #checks: Promise<void>[] = [];
  #taken = new Set<Dap.Event>();
  #sequence = 1;

  constructor(connect: (receive: (message: Dap.ProtocolMessage) => void) => Transport) {
    this.#transport = connect(message => this.#receive(message));
  }

  /** The body of a request that must succeed. */
  async request<Name extends Command>(command: Name, args: Arguments<Name>): Promise<NonNullable<Body<Name>>> {
    const request = { seq: 1, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
    assert.deepEqual(await schemaProblems(request), [], `the test's own ${command} request`);
    const response = await this.send(command, args);
    assert.equal(response.success, true, `${command}: ${response.message}`);
    return response.body as NonNullable<Body<Name>>;
  }

  /** The sentence of a request that must fail. */
  async refused(command: string, args?: object): Promise<string> {
    const response = await this.send(command, args);
    assert.equal(response.success, false, `${command} was expected to fail`);
    return (response.body as Dap.ErrorResponse['body']).error?.format ?? '';
  }

  /** Any request, well formed or not. */
  send(command: string, args?: unknown): Promise<Dap.Response> {
    const request = {
      seq: this.#sequence++,
      type: 'request',
      command,
      ...(args === undefined ? {} : { arguments: args }),
    };
    this.transcript.push(textOf(request));
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`no answer to ${command}`)), PATIENCE_MILLISECONDS);
      this.#open.set(request.seq, response => {
        clearTimeout(timer);
        resolve(response);
      });
      this.#transport.send(request);
    });
  }

  /** The sequence number that the next request will have. */
  get nextSequence(): number {
    return this.#sequence;
  }

  sendRaw(message: object): void {
    this.#transport.send(message as Dap.ProtocolMessage);
  }

  /** The next event of this name that no earlier call has taken. */
  async event<Body = unknown>(name: string, test?: (body: Body) => boolean): Promise<Body> {
    return (await this.anyEvent([name], test)).body as Body;
  }

  /** As {@link event}, for several names. */
  async anyEvent<Body>(names: readonly string[], test: (body: Body) => boolean = () => true): Promise<Dap.Event> {
    const deadline = Date.now() + PATIENCE_MILLISECONDS;
    for (;;) {
      const found = this.events.find(
        each => names.includes(each.event) && !this.#taken.has(each) && test(each.body as Body),
      );
      if (found) {
        this.#taken.add(found);
        return found;
      }
      const left = deadline - Date.now();
      assert.ok(left > 0, `no event ${names.join(' or ')} came; the last were ${this.transcript.slice(-5).join(' ')}`);
      await this.#nextMessage(left);
    }
  }

  async initialize(): Promise<Dap.Capabilities> {
    const capabilities = await this.request('initialize', {
      clientID: 'test',
      adapterID: 'pico',
      pathFormat: 'path',
      linesStartAt1: true,
      columnsStartAt1: true,
      supportsVariableType: true,
      supportsVariablePaging: true,
      supportsMemoryReferences: true,
      supportsMemoryEvent: true,
      supportsInvalidatedEvent: true,
      ...(this.terminal ? { supportsRunInTerminalRequest: true } : {}),
    });
    return capabilities;
  }

  /** As VS Code starts a session: up to the first stop, with `configure` between `initialized` and the start. */
  async start(configuration: object, configure: () => Promise<unknown> = async () => undefined) {
    await this.initialize();
    const launched = this.request('launch', configuration as Record<string, unknown>);
    // A launch that fails sends no event to wait for.
    await Promise.race([this.event('initialized'), launched]);
    await launched;
    await configure();
    await this.request('configurationDone', {});
  }

  stopped(): Promise<Dap.StoppedEvent['body']> {
    return this.event<Dap.StoppedEvent['body']>('stopped');
  }

  /** Everything said so far, for an expectation file. */
  takeTranscript(): string {
    return `${this.transcript.splice(0).join('\n')}\n`;
  }

  /** Ends the session and fails if any message broke the protocol. */
  async close(): Promise<void> {
    await this.send('disconnect', {});
    this.#transport.close();
    await Promise.all(this.#checks);
  }

  /** Without a word, as when a client is killed. */
  drop(): void {
    this.#transport.close();
  }

  #receive(message: Dap.ProtocolMessage): void {
    this.#checks.push(
      schemaProblems(message).then(problems => assert.deepEqual(problems, [], JSON.stringify(message))),
    );
    this.transcript.push(textOf(message));
    if (message.type === 'event') this.events.push(message as Dap.Event);
    else if (message.type === 'request') this.#answer(message as Dap.Request);
    else {
      const response = message as Dap.Response;
      this.#open.get(response.request_seq)?.(response);
      this.#open.delete(response.request_seq);
    }
    for (const wake of this.#waiting) wake();
  }

  /** A reverse request. */
  #answer({ seq, command, arguments: args }: Dap.Request): void {
    const response = { seq: this.#sequence++, type: 'response', request_seq: seq, command };
    const serve = command === 'runInTerminal' ? this.terminal : undefined;
    if (serve) serve(args as Dap.RunInTerminalRequestArguments);
    const outcome = serve ? { success: true, body: {} } : { success: false, message: `no terminal for ${command}` };
    this.#transport.send({ ...response, ...outcome } as Dap.Response);
  }

  #nextMessage(milliseconds: number): Promise<void> {
    return new Promise(resolve => {
      const wake = () => {
        clearTimeout(timer);
        this.#waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, milliseconds);
      this.#waiting.add(wake);
    });
  }
}

/** A session in this process, on a machine of the test's choice. */
export function inProcess(connect: Connect): DapClient {
  return new DapClient(receive => {
    const session = new PicoSession(connect);
    // As through a pipe: what is received shares nothing with what was sent.
    session.onDidSendMessage(message => receive(JSON.parse(JSON.stringify(message)) as Dap.ProtocolMessage));
    return {
      send: message => setImmediate(() => session.handleMessage(JSON.parse(JSON.stringify(message)))),
      close: () => session.dispose(),
    };
  });
}

export function onMachine(machine: MachineFace): DapClient {
  return inProcess(inThisThread(() => machine));
}

/** A session with an adapter in a process of its own, over its standard streams. */
export function overStdio(
  file: string,
  args: readonly string[] = [],
  use: (child: ChildProcess) => void = () => undefined,
) {
  return new DapClient(receive => {
    const child = spawn(process.execPath, [file, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
    const framing = new Framing();
    child.stdout.on('data', (chunk: Buffer) => {
      for (const part of framing.push(chunk)) {
        if ('message' in part) receive(part.message);
        else throw new Error(`the adapter sent ${part.problem}`);
      }
    });
    use(child);
    return { send: message => child.stdin.write(frame(message)), close: () => child.kill() };
  });
}
