/** The machine as the adapter sees it: every routine of the face as a promise, and what the machine reports by itself. */

import { Worker } from 'node:worker_threads';
import type { MachineFace, MachineOptions } from '../../emulator/index.ts';
import { machineCrashed, machineGone } from '../errors.ts';
import type { ProviderCode } from '../provider/code/providerCode.ts';
import { MachineLoop } from './loop.ts';
import { type Boot, type Command, type MachineReport, QUERIES, type Query, type Report } from './protocol.ts';

export type MachineCalls = {
  readonly [Name in Query]: (...values: Parameters<MachineFace[Name]>) => Promise<ReturnType<MachineFace[Name]>>;
};

export interface MachineClient extends MachineCalls {
  /** Of the thread that owns the machine; undefined where it shares this one. */
  readonly threadId: number | undefined;
  /** Called when a command has been sent: a thread that is held serves none by itself. */
  commanded: (() => void) | undefined;
  /** Other code for the user's provider, from the next call on; a sentence if the machine will not have it. */
  replaceProvider(code: ProviderCode): Promise<string | undefined>;
  /** Lets the machine run until it reports a stop or its end. */
  resume(): void;
  close(): void;
}

/** The machine could not be built with the user's provider. */
export class ProviderRefused extends Error {
  override readonly name = 'ProviderRefused';
  /** Of what the provider has thrown, as V8 gives it. */
  readonly trace: string;

  constructor(message: string, trace = '') {
    super(message);
    this.trace = trace;
  }
}

/** A way to the owner of a machine. */
export interface Channel {
  readonly threadId?: number;
  post(command: Command): void;
  close(): void;
}

export type Connect = (options: MachineOptions, receive: (report: Report) => void, provider?: ProviderCode) => Channel;

export function connectMachine(
  connect: Connect,
  options: MachineOptions,
  listener: (report: MachineReport) => void,
  provider?: ProviderCode,
): MachineClient {
  const pending = new Map<number, { resolve: (value: unknown) => void; reject: (error: Error) => void }>();
  let next = 1;
  let gone: Error | undefined;

  function fail(error: Error): void {
    gone = error;
    for (const { reject } of pending.values()) reject(error);
    pending.clear();
  }

  function receive(report: Report): void {
    if (report.kind === 'result' || report.kind === 'failure') {
      const call = pending.get(report.id);
      pending.delete(report.id);
      if (report.kind === 'result') call?.resolve(report.value);
      else call?.reject(machineCrashed(report.message));
      return;
    }
    if (gone) return;
    if (report.kind === 'crashed') fail(machineCrashed(report.message));
    if (report.kind === 'refused') fail(new ProviderRefused(report.message, report.trace));
    listener(report);
  }

  const channel = connect(options, receive, provider);

  function ask(command: (id: number) => Command): Promise<unknown> {
    if (gone) return Promise.reject(gone);
    return new Promise((resolve, reject) => {
      const id = next++;
      pending.set(id, { resolve, reject });
      channel.post(command(id));
      client.commanded?.();
    });
  }

  function call(name: Query, values: readonly unknown[]): Promise<unknown> {
    return ask(id => ({ kind: 'call', id, name, arguments: values }));
  }

  const calls = Object.fromEntries(QUERIES.map(name => [name, (...values: unknown[]) => call(name, values)]));
  const client: MachineClient = {
    ...(calls as unknown as MachineCalls),
    threadId: channel.threadId,
    commanded: undefined,
    replaceProvider: code => ask(id => ({ kind: 'provider', id, code })) as Promise<string | undefined>,
    resume: () => channel.post({ kind: 'resume' }),
    close() {
      if (!gone) fail(machineGone());
      channel.close();
    },
  };
  return client;
}

/**
 * A machine in a thread of its own; `file` is the built or source form of `worker.ts`. The first thread starts at once:
 * it loads the machine's code while the client is still introducing itself.
 */
export function inWorker(file: URL | string): Connect {
  let ready: MachineThread | undefined = startThread(file);
  return (options, receive, provider) => {
    const thread = ready ?? startThread(file);
    ready = undefined;
    return useThread(thread, { kind: 'boot', options, ...(provider ? { provider } : {}) }, receive);
  };
}

interface MachineThread {
  readonly worker: Worker;
  readonly bell: Int32Array;
  /** What went wrong before anybody used it. */
  failure: Error | undefined;
}

function startThread(file: URL | string): MachineThread {
  const bell = new SharedArrayBuffer(4);
  const worker = new Worker(file, { workerData: { bell } satisfies Boot, name: 'pico machine' });
  const thread: MachineThread = { worker, bell: new Int32Array(bell), failure: undefined };
  // Nobody waits for a thread that no session uses.
  worker.unref();
  worker.on('error', error => {
    thread.failure = error;
  });
  return thread;
}

function useThread(thread: MachineThread, boot: Command, receive: (report: Report) => void): Channel {
  const { worker, bell } = thread;
  let closed = false;
  function crash(message: string): void {
    if (!closed) receive({ kind: 'crashed', message });
    closed = true;
  }
  function post(command: Command): void {
    if (closed) return;
    worker.postMessage(command);
    Atomics.add(bell, 0, 1);
    Atomics.notify(bell, 0);
  }
  worker.ref();
  worker.on('message', (report: Report) => {
    if (!closed) receive(report);
  });
  worker.on('error', error => crash(error.stack ?? error.message));
  worker.on('exit', code => crash(`the machine's thread ended with code ${code}`));
  const { failure } = thread;
  // As with any other report, not before the caller has gone on.
  if (failure) setImmediate(() => crash(failure.stack ?? failure.message));
  post(boot);
  return {
    threadId: worker.threadId,
    post,
    close() {
      closed = true;
      void worker.terminate();
    },
  };
}

/** A machine in this thread, a slice at each turn of the event loop: for tests and hosts without workers. */
export function inThisThread(create: (options: MachineOptions) => MachineFace): Connect {
  return (options, receive) => {
    let closed = false;
    let scheduled = false;
    const loop = new MachineLoop(create(options), report => {
      // As between threads, what the machine reports comes after the caller has gone on.
      setImmediate(() => {
        if (!closed) receive(report);
      });
    });
    function turn(): void {
      scheduled = false;
      if (closed) return;
      const nap = loop.turn();
      if (nap === 0) schedule();
      else if (Number.isFinite(nap)) setTimeout(schedule, nap).unref();
    }
    function schedule(): void {
      if (!scheduled) setImmediate(turn);
      scheduled = true;
    }
    return {
      post(command) {
        if (command.kind !== 'boot') loop.handle(structuredClone(command));
        schedule();
      },
      close() {
        closed = true;
      },
    };
  };
}
