/** V8's inspector on the machine's thread, in this process and without a port: Node's `NodeWorker` domain. */

import type { Debugger, Runtime } from 'node:inspector';

/** What is used of the protocol (chromedevtools.github.io/devtools-protocol/v8), by method. */
export interface Methods {
  'Debugger.enable': [object, unknown];
  'Debugger.disable': [object, unknown];
  'Debugger.resume': [object, unknown];
  'Debugger.pause': [object, unknown];
  'Debugger.stepInto': [object, unknown];
  'Debugger.stepOver': [object, unknown];
  'Debugger.stepOut': [object, unknown];
  'Debugger.restartFrame': [{ callFrameId: string; mode: 'StepInto' }, unknown];
  'Debugger.setAsyncCallStackDepth': [{ maxDepth: number }, unknown];
  'Debugger.setBlackboxedRanges': [{ scriptId: string; positions: readonly Position[] }, unknown];
  'Debugger.setBreakpointByUrl': [Position & { url: string; condition?: string }, { breakpointId: string }];
  'Debugger.setBreakpointOnFunctionCall': [{ objectId: string; condition?: string }, { breakpointId: string }];
  'Debugger.removeBreakpoint': [{ breakpointId: string }, unknown];
  'Debugger.setPauseOnExceptions': [{ state: 'none' | 'all' }, unknown];
  'Debugger.evaluateOnCallFrame': [Debugger.EvaluateOnCallFrameParameterType & { timeout?: number }, Evaluated];
  'Debugger.setVariableValue': [Debugger.SetVariableValueParameterType, unknown];
  'Runtime.evaluate': [Runtime.EvaluateParameterType & { disableBreaks?: boolean }, Evaluated];
  'Runtime.callFunctionOn': [Runtime.CallFunctionOnParameterType, Evaluated];
  'Runtime.getProperties': [Runtime.GetPropertiesParameterType, Runtime.GetPropertiesReturnType];
  'Runtime.releaseObjectGroup': [{ objectGroup: string }, unknown];
}

export interface Events {
  'Debugger.scriptParsed': Debugger.ScriptParsedEventDataType;
  'Debugger.paused': Debugger.PausedEventDataType;
}

export interface Position {
  readonly lineNumber: number;
  readonly columnNumber: number;
}

export interface Evaluated {
  readonly result: Runtime.RemoteObject;
  readonly exceptionDetails?: Runtime.ExceptionDetails;
}

export interface Inspector {
  send<Method extends keyof Methods>(method: Method, parameters: Methods[Method][0]): Promise<Methods[Method][1]>;
  /** As `send`, where nothing depends on the answer. */
  tell<Method extends keyof Methods>(method: Method, parameters: Methods[Method][0]): void;
  /** Lets go of the thread, whatever it was held for. */
  close(): Promise<void>;
}

type Listen = <Name extends keyof Events>(name: Name, body: Events[Name]) => void;

/** Objects of V8's that live until the thread goes on. */
export const OBJECT_GROUP = 'pico';

/** How long to wait for a thread that should be there; a host without workers' inspectors never answers. */
const ATTACH_MILLISECONDS = 2000;

/** Fails with a sentence where there is no inspector. */
export async function attachInspector(threadId: number, listen: Listen): Promise<Inspector> {
  const { Session } = await import('node:inspector').catch(() => {
    throw new Error('this host has no V8 inspector');
  });
  const session = new Session();
  session.connect();
  const post = (method: string, parameters: object): Promise<unknown> =>
    new Promise((resolve, reject) => {
      session.post(method, parameters, (error, result) => (error ? reject(new Error(error.message)) : resolve(result)));
    });
  const sessionId = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(
      () => reject(new Error('this host does not let a thread be inspected')),
      ATTACH_MILLISECONDS,
    );
    session.on('NodeWorker.attachedToWorker', ({ params }) => {
      // Every worker of this process is reported; the title says which thread it is.
      if (!params.workerInfo.title.startsWith(`[worker ${threadId}]`)) return;
      clearTimeout(late);
      resolve(params.sessionId);
    });
    post('NodeWorker.enable', { waitForDebuggerOnStart: false }).catch(reject);
  });
  const waiting = new Map<number, { resolve: (result: never) => void; reject: (error: Error) => void }>();
  let last = 0;
  session.on('NodeWorker.receivedMessageFromWorker', ({ params }) => {
    if (params.sessionId !== sessionId) return;
    const message = JSON.parse(params.message) as Answer | Event;
    if (!('id' in message)) return listen(message.method as keyof Events, message.params as never);
    const call = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.error) call?.reject(new Error(message.error.message));
    else call?.resolve(message.result as never);
  });
  const send: Inspector['send'] = (method, parameters) => {
    const id = ++last;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      const message = JSON.stringify({ id, method, params: parameters });
      post('NodeWorker.sendMessageToWorker', { sessionId, message }).catch(reject);
    });
  };
  return {
    send,
    tell: (method, parameters) => void send(method, parameters).catch(() => undefined),
    async close() {
      // A thread that V8 holds cannot be ended; detached, it goes on.
      await post('NodeWorker.detach', { sessionId }).catch(() => undefined);
      session.disconnect();
    },
  };
}

interface Answer {
  readonly id: number;
  readonly result?: unknown;
  readonly error?: { readonly message: string };
}

interface Event {
  readonly method: string;
  readonly params: unknown;
}
