/** One debug session: the list of requests it serves. Everything they do is elsewhere. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { checkArguments } from './arguments.ts';
import type { Endpoint } from './connection.ts';
import { Debuggee } from './debuggee.ts';
import { cancelled, internalError, notInitialized, notLaunched, RequestError, unknownRequest } from './errors.ts';
import type { SendEvent } from './events.ts';
import type { Connect } from './machine/client.ts';
import type { Arguments, Body, Command } from './protocol.ts';
import * as breakpoints from './requests/breakpoints.ts';
import { disassemble } from './requests/disassemble.ts';
import * as evaluate from './requests/evaluate.ts';
import { initialize } from './requests/initialize.ts';
import * as injections from './requests/injections.ts';
import * as launch from './requests/launch.ts';
import * as machine from './requests/machine.ts';
import * as memory from './requests/memory.ts';
import * as source from './requests/source.ts';
import * as stack from './requests/stack.ts';
import * as step from './requests/step.ts';
import * as threads from './requests/threads.ts';
import * as variables from './requests/variables.ts';

type Handler<Name extends Command> = (debuggee: Debuggee, args: Arguments<Name>) => Body<Name> | Promise<Body<Name>>;

type Handlers = { readonly [Name in Exclude<Command, 'cancel'>]: Handler<Name> };

export const HANDLERS: Handlers = {
  initialize,
  launch: launch.launch,
  attach: launch.attach,
  configurationDone: launch.configurationDone,
  restart: launch.restart,
  terminate: launch.terminate,
  disconnect: launch.disconnect,
  setBreakpoints: breakpoints.setBreakpoints,
  setFunctionBreakpoints: breakpoints.setFunctionBreakpoints,
  setInstructionBreakpoints: breakpoints.setInstructionBreakpoints,
  setExceptionBreakpoints: breakpoints.setExceptionBreakpoints,
  breakpointLocations: breakpoints.breakpointLocations,
  threads: threads.threads,
  terminateThreads: threads.terminateThreads,
  stackTrace: stack.stackTrace,
  scopes: stack.scopes,
  exceptionInfo: stack.exceptionInfo,
  variables: variables.variables,
  setVariable: variables.setVariable,
  evaluate: evaluate.evaluate,
  setExpression: evaluate.setExpression,
  completions: evaluate.completions,
  continue: step.continueRequest,
  next: step.next,
  stepIn: step.stepIn,
  stepOut: step.stepOut,
  stepInTargets: step.stepInTargets,
  restartFrame: step.restartFrame,
  pause: step.pause,
  gotoTargets: step.gotoTargets,
  goto: step.goto,
  readMemory: memory.readMemory,
  writeMemory: memory.writeMemory,
  disassemble,
  source: source.source,
  loadedSources: source.loadedSources,
  modules: source.modules,
  'pico/processes': machine.processes,
  'pico/addressSpace': machine.addressSpace,
  'pico/structures': machine.processStructures,
  'pico/compressionStore': machine.compressionStore,
  'pico/handles': machine.handles,
  'pico/objects': machine.objects,
  'pico/modules': machine.processModules,
  'pico/systemCalls': machine.systemCalls,
  'pico/openMemory': machine.openMemory,
  'pico/openDisassembly': machine.openDisassembly,
  'pico/input': machine.input,
  'pico/terminalInput': machine.terminalInput,
  'pico/trace': machine.trace,
  'pico/injections': injections.injections,
  'pico/setInjections': injections.replaceInjections,
  'pico/checkInjections': injections.checkInjections,
  'pico/errors': injections.errors,
  'pico/systemCall': injections.systemCall,
  'pico/injectResult': injections.injectResult,
};

/** Requests that make sense before a program is there. */
const BEFORE_LAUNCH: ReadonlySet<Command> = new Set<Command>([
  ...(['launch', 'attach', 'disconnect', 'threads'] as const),
  ...(['setBreakpoints', 'setFunctionBreakpoints', 'setInstructionBreakpoints', 'setExceptionBreakpoints'] as const),
]);

/** Has the shape of VS Code's `DebugAdapter`, so that it also runs inside an extension. */
export class PicoSession implements Endpoint {
  readonly #debuggee: Debuggee;
  readonly #listeners = new Set<(message: Dap.ProtocolMessage) => void>();
  readonly #open = new Map<number, Dap.Request>();
  /** Requests to the client that it has not answered. */
  readonly #asked = new Map<number, { resolve: (body: unknown) => void; reject: (error: Error) => void }>();
  readonly #onEnd: () => void;
  #sequence = 1;

  /** `onEnd` is called when the client has disconnected. */
  constructor(connect: Connect, onEnd: () => void = () => undefined) {
    const send: SendEvent = (event, body) =>
      this.#post({ type: 'event', event, ...(body === undefined ? {} : { body }) });
    this.#debuggee = new Debuggee(connect, send, args => this.#ask('runInTerminal', args));
    this.#onEnd = onEnd;
  }

  onDidSendMessage(listener: (message: Dap.ProtocolMessage) => void): { dispose(): void } {
    this.#listeners.add(listener);
    return { dispose: () => this.#listeners.delete(listener) };
  }

  handleMessage(message: Dap.ProtocolMessage): void {
    const request = message as Dap.Request;
    if (request.type === 'request' && typeof request.command === 'string' && Number.isSafeInteger(request.seq)) {
      void this.#serve(request);
    } else if (message.type === 'response') {
      this.#takeResponse(message as Dap.Response);
    } else {
      this.handleGarbage('a message that is no request');
    }
  }

  handleGarbage(problem: string): void {
    this.#debuggee.output.text('console', `The debug adapter received ${problem}.\n`);
  }

  /** The client went away without a word. */
  close(): void {
    for (const { reject } of this.#asked.values()) reject(new Error('the client has gone'));
    this.#asked.clear();
    void this.#debuggee.dispose().finally(this.#onEnd);
  }

  dispose(): void {
    this.close();
  }

  /** A reverse request: the body of its answer, or an error with the client's words. */
  #ask(command: string, args: object): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#asked.set(this.#sequence, { resolve, reject });
      this.#post({ type: 'request', command, arguments: args });
    });
  }

  #takeResponse({ request_seq, success, message, body }: Dap.Response): void {
    const asked = this.#asked.get(request_seq);
    this.#asked.delete(request_seq);
    const words = (body as Dap.ErrorResponse['body'] | undefined)?.error?.format ?? message;
    if (success) asked?.resolve(body);
    else asked?.reject(new Error(words ?? 'the client refused'));
  }

  async #serve(request: Dap.Request): Promise<void> {
    this.#open.set(request.seq, request);
    try {
      const body = await this.#handle(request);
      this.#respond(request, { success: true, ...(body === undefined ? {} : { body }) });
    } catch (error) {
      const { detail } = error instanceof RequestError ? error : internalError(request.command, describe(error));
      this.#respond(request, { success: false, message: detail.format, body: { error: detail } });
    }
    this.#debuggee.responseSent();
    if (request.command === 'disconnect') this.#onEnd();
  }

  async #handle({ command, arguments: given }: Dap.Request): Promise<unknown> {
    if (command === 'cancel') return this.#cancel(checkArguments('cancel', given));
    if (!Object.hasOwn(HANDLERS, command)) throw unknownRequest(command);
    const name = command as keyof Handlers;
    const { phase, program } = this.#debuggee;
    if (phase === 'new' && name !== 'initialize' && name !== 'disconnect') throw notInitialized(name);
    const args = checkArguments(name, given);
    if (!program && name !== 'initialize' && !BEFORE_LAUNCH.has(name)) throw notLaunched(name);
    // The table pairs each name with its own arguments.
    return (HANDLERS[name] as Handler<Command>)(this.#debuggee, args as never);
  }

  /** The request is answered at once; what it still finds out is dropped. */
  #cancel({ requestId }: Dap.CancelArguments): undefined {
    const request = requestId === undefined ? undefined : this.#open.get(requestId);
    if (!request) return;
    const { detail } = cancelled();
    this.#respond(request, { success: false, message: detail.format, body: { error: detail } });
  }

  #respond(request: Dap.Request, rest: { success: boolean; message?: string; body?: unknown }): void {
    if (!this.#open.delete(request.seq)) return;
    this.#post({ type: 'response', request_seq: request.seq, command: request.command, ...rest });
  }

  #post(message: Omit<Dap.Response, 'seq' | 'message'> | Omit<Dap.Event, 'seq'> | Omit<Dap.Request, 'seq'>): void {
    const numbered = { seq: this.#sequence++, ...message };
    for (const listener of this.#listeners) listener(numbered);
  }
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
