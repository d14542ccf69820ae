/**
 * Debugging of providers' code: V8 stops the machine's thread inside a provider's function, the machine stops it at the
 * guest's instructions, and this makes one sequence of stops of both. V8's debugger is on only while somebody needs it:
 * with it V8 runs WebAssembly without its optimizing compiler.
 */

import type { Debugger, Runtime } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import { DOOR } from '../machine/door.ts';
import type { Evaluated, Events, Inspector } from './inspector.ts';
import { attachInspector, OBJECT_GROUP } from './inspector.ts';
import type { Place } from './sources.ts';
import { ProviderSources } from './sources.ts';
import { assign, childrenOf, MOST_CHILDREN, show } from './values.ts';
import type { Assignment, Child, Page, Shown } from './values.ts';

/** A breakpoint in a provider's file. */
export interface ProviderBreakpoint {
  /** The client's number of it. */
  readonly id: number;
  readonly path: string;
  readonly line: number;
  /** JavaScript; evaluated where the breakpoint is. */
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

export interface ProviderStop {
  readonly reason: 'step' | 'breakpoint' | 'exception' | 'pause' | 'restart';
  readonly breakpoints: readonly number[];
  /** What was thrown, at an exception. */
  readonly thrown?: string;
}

/** A frame of provider code where the thread is held. */
export interface ProviderFrame {
  readonly name: string;
  readonly place: Place;
  readonly call: Debugger.CallFrame;
}

export type StepCommand = 'stepInto' | 'stepOver' | 'stepOut';

export interface ProviderHost {
  readonly threadId: number;
  /** The bundle that the machine's thread runs. */
  readonly bundle: string;
  /** The guest thread that the processor runs. */
  currentThread(): Promise<number>;
  stopped(stop: ProviderStop): void;
}

export class ProviderDebugger {
  readonly sources: ProviderSources;
  readonly #host: ProviderHost;
  #attached: Promise<Inspector> | undefined;
  #enabled = false;
  #script: Debugger.ScriptParsedEventDataType | undefined;
  #breakpoints: readonly ProviderBreakpoint[] = [];
  /** By V8's id of them. */
  #set = new Map<string, ProviderBreakpoint>();
  #exceptions: 'none' | 'all' = 'none';
  /** The handler that a step is to end in. */
  #entry: { readonly breakpointId: string; readonly thread: number } | undefined;
  /** Where a step began: it ends on another line, or in another frame. */
  #from: { readonly place: Place; readonly depth: number; readonly command: StepCommand } | undefined;
  #wantsPause = false;
  #restarted = false;
  /** Whether the machine runs; else V8 stops in code that serves questions, where nobody wants to stop. */
  #running = false;
  #frames: readonly ProviderFrame[] = [];
  /** V8 shows a scope as it was when it stopped: what was set since, by scope and name. */
  #assigned = new Map<string, Map<string, Runtime.RemoteObject>>();

  constructor(host: ProviderHost) {
    this.#host = host;
    this.sources = new ProviderSources(host.bundle);
  }

  /** Frames of provider code, innermost first; empty while V8 does not hold the thread. */
  get frames(): readonly ProviderFrame[] {
    return this.#frames;
  }

  get isHeld(): boolean {
    return this.#frames.length > 0;
  }

  async setBreakpoints(breakpoints: readonly ProviderBreakpoint[]): Promise<void> {
    this.#breakpoints = breakpoints;
    if (breakpoints.length === 0 && !this.#enabled) return;
    const inspector = await this.#enable();
    for (const id of this.#set.keys()) await inspector.send('Debugger.removeBreakpoint', { breakpointId: id });
    this.#set = new Map();
    for (const breakpoint of breakpoints) await this.#place(inspector, breakpoint);
    await this.#disableIfIdle();
  }

  /**
   * Stops where a provider throws: nowhere, or wherever. V8 cannot tell what is not caught: the machine's thread catches
   * everything, to report it.
   */
  async setExceptions(state: 'none' | 'all'): Promise<void> {
    if (state === this.#exceptions) return;
    this.#exceptions = state;
    const inspector = await this.#enable();
    await inspector.send('Debugger.setPauseOnExceptions', { state });
    await this.#disableIfIdle();
  }

  /** The machine is about to go on from a stop of its own. */
  guestRuns(): void {
    this.#running = true;
  }

  /** The machine has stopped by itself: what V8 was to do is over. */
  async guestStopped(): Promise<void> {
    this.#running = false;
    this.#from = undefined;
    await this.#forgetEntry();
    await this.#disableIfIdle();
  }

  /** The next time that `thread` enters the handler it comes to next, V8 stops there. False where there is none. */
  async stopAtHandler(thread: number, what: 'systemCall' | 'exception'): Promise<boolean> {
    const inspector = await this.#enable();
    const { result } = await inspector.send('Runtime.evaluate', {
      expression: `${DOOR}.handler(${thread}, ${JSON.stringify(what)})`,
      objectGroup: OBJECT_GROUP,
    });
    if (result.objectId === undefined) {
      await this.#disableIfIdle();
      return false;
    }
    const { breakpointId } = await inspector.send('Debugger.setBreakpointOnFunctionCall', {
      objectId: result.objectId,
    });
    this.#entry = { breakpointId, thread };
    return true;
  }

  async resume(): Promise<void> {
    this.#from = undefined;
    await this.#goOn('Debugger.resume');
  }

  /** Steps to another line of provider code, or out of all of it: then the machine's own step goes on. */
  async step(command: StepCommand): Promise<void> {
    const [top] = this.#frames;
    if (command === 'stepOut' && this.#frames.length === 1) return this.resume();
    this.#from = { place: top.place, depth: this.#frames.length, command };
    await this.#goOn(`Debugger.${command}`);
  }

  async restartFrame({ call }: ProviderFrame): Promise<void> {
    const inspector = await this.#enable();
    this.#from = undefined;
    this.#frames = [];
    this.#running = true;
    this.#restarted = true;
    await inspector.send('Debugger.restartFrame', { callFrameId: call.callFrameId, mode: 'StepInto' });
  }

  /** Lets the handler run to its end, whatever breakpoints it meets. */
  async letGo(): Promise<void> {
    const inspector = await this.#attach();
    this.#frames = [];
    this.#running = false;
    await inspector.send('Debugger.resume', {});
  }

  /** Stops in whatever code the thread runs: for handlers that do not come back. */
  async pause(): Promise<void> {
    const inspector = await this.#enable();
    this.#wantsPause = true;
    await inspector.send('Debugger.pause', {});
  }

  /** Lets the machine serve commands while V8 holds its thread. */
  async serve(): Promise<void> {
    const inspector = await this.#attach();
    await inspector.send('Runtime.evaluate', { expression: `${DOOR}.serve()`, disableBreaks: true });
  }

  async evaluate(frame: ProviderFrame, expression: string, quiet: boolean): Promise<Evaluated> {
    const inspector = await this.#attach();
    return inspector.send('Debugger.evaluateOnCallFrame', {
      callFrameId: frame.call.callFrameId,
      expression: this.#inBundle(expression, frame.place),
      objectGroup: OBJECT_GROUP,
      generatePreview: true,
      throwOnSideEffect: quiet,
      // A watch that never ends must not hold the session.
      timeout: 2000,
    });
  }

  show(remote: Runtime.RemoteObject): Shown {
    return show(remote);
  }

  /** What an object holds, or the scope of a frame; of an array the elements that the page says. */
  async children(object: string, { filter, start = 0, count }: Page, frame?: string): Promise<Child[]> {
    const inspector = await this.#attach();
    const elements = filter === 'indexed' ? { start, count: count ?? MOST_CHILDREN } : undefined;
    const children = await childrenOf(inspector, object, elements);
    const file = frame && this.#frames.find(({ call }) => call.callFrameId === frame)?.place.path;
    if (file === undefined) return children;
    const assigned = this.#assigned.get(object);
    return children.map(({ name, shown, ...rest }) => {
      const value = assigned?.get(name);
      return { ...rest, name: this.sources.originalName(file, name), shown: value ? show(value) : shown };
    });
  }

  /** Answers with a problem if V8 refuses. */
  async assign(target: Assignment): Promise<string | undefined> {
    const place = this.#frames.find(({ call }) => call.callFrameId === target.scope?.frame)?.place;
    const name = place ? this.sources.generatedName(place.path, place.line, target.name) : target.name;
    const problem = await assign(await this.#attach(), { ...target, name });
    if (problem !== undefined || !target.scope) return problem;
    const assigned = this.#assigned.get(target.object) ?? new Map<string, Runtime.RemoteObject>();
    this.#assigned.set(target.object, assigned.set(name, target.value));
    return undefined;
  }

  async close(): Promise<void> {
    const attached = this.#attached;
    this.#frames = [];
    this.#attached = undefined;
    const inspector = await attached?.catch(() => undefined);
    await inspector?.close();
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  #attach(): Promise<Inspector> {
    this.#attached ??= attachInspector(this.#host.threadId, (name, body) => this.#listen(name, body));
    return this.#attached;
  }

  async #enable(): Promise<Inspector> {
    const inspector = await this.#attach();
    if (this.#enabled) return inspector;
    this.#enabled = true;
    // Scripts that are there already are reported before this answers.
    await inspector.send('Debugger.enable', {});
    await inspector.send('Debugger.setAsyncCallStackDepth', { maxDepth: 0 });
    const script = this.#script;
    if (script) {
      const positions = this.sources.foreignRanges();
      await inspector.send('Debugger.setBlackboxedRanges', { scriptId: script.scriptId, positions });
    }
    await inspector.send('Debugger.setPauseOnExceptions', { state: this.#exceptions });
    this.#set = new Map();
    for (const breakpoint of this.#breakpoints) await this.#place(inspector, breakpoint);
    return inspector;
  }

  async #disableIfIdle(): Promise<void> {
    const needed = this.#breakpoints.length > 0 || this.#exceptions !== 'none' || this.#entry || this.isHeld;
    if (needed || !this.#enabled) return;
    this.#enabled = false;
    this.#set = new Map();
    const inspector = await this.#attach();
    await inspector.send('Debugger.disable', {});
  }

  async #place(inspector: Inspector, breakpoint: ProviderBreakpoint): Promise<void> {
    const position = this.sources.generated(breakpoint.path, breakpoint.line);
    if (!position || !this.#script) return;
    const { condition, logMessage } = breakpoint;
    const { breakpointId } = await inspector.send('Debugger.setBreakpoint', {
      location: { scriptId: this.#script.scriptId, ...position },
      condition: conditionOf({
        ...breakpoint,
        condition: condition && this.#inBundle(condition, breakpoint),
        logMessage: logMessage?.replaceAll(
          /\{([^{}]*)\}/g,
          (_, part: string) => `{${this.#inBundle(part, breakpoint)}}`,
        ),
      }),
    });
    this.#set.set(breakpointId, breakpoint);
  }

  async #forgetEntry(): Promise<void> {
    const entry = this.#entry;
    this.#entry = undefined;
    if (!entry || !this.#enabled) return;
    const inspector = await this.#attach();
    await inspector.send('Debugger.removeBreakpoint', { breakpointId: entry.breakpointId });
  }

  #listen<Name extends keyof Events>(name: Name, body: Events[Name]): void {
    if (name === 'Debugger.scriptParsed') {
      const script = body as Events['Debugger.scriptParsed'];
      if (script.url.startsWith('file:') && fileURLToPath(script.url) === this.#host.bundle) this.#script = script;
    } else if (name === 'Debugger.paused') void this.#paused(body as Events['Debugger.paused']);
  }

  async #paused({ callFrames, reason, hitBreakpoints = [], data }: Events['Debugger.paused']): Promise<void> {
    const inspector = await this.#attach();
    const frames = this.#framesOf(callFrames);
    const stop = this.#running ? await this.#judge(frames, { reason, hitBreakpoints, data }) : undefined;
    if (!stop) {
      // Nobody waits for this one: a step that was overtaken, or code that serves a question.
      if (this.#from && this.#running) await inspector.send(`Debugger.${this.#from.command}`, {});
      else await inspector.send('Debugger.resume', {});
      return;
    }
    this.#running = false;
    this.#wantsPause = false;
    this.#restarted = false;
    this.#from = undefined;
    this.#frames = frames;
    this.#host.stopped(stop);
  }

  /** An expression with the names of the source, in those of the bundle. Members keep theirs. */
  #inBundle(expression: string, { path, line }: { readonly path: string; readonly line: number }): string {
    return expression.replaceAll(/(?<![\w$.'"`])[A-Za-z_$][\w$]*(?!\s*:)/g, name =>
      this.sources.generatedName(path, line, name),
    );
  }

  /** Frames of providers. What leads to a handler shows only where somebody stops in it. */
  #framesOf(calls: readonly Debugger.CallFrame[]): ProviderFrame[] {
    const frames = calls.flatMap(call => {
      const place = this.sources.original({ ...call.location, columnNumber: call.location.columnNumber ?? 0 });
      const name = place && this.sources.originalName(place.path, call.functionName);
      return place ? [{ name: name || '(anonymous)', place, call }] : [];
    });
    if (frames.length === 0 || this.sources.isPlumbing(frames[0].place.path)) return frames;
    return frames.filter(({ place }) => !this.sources.isPlumbing(place.path));
  }

  /** What a pause means to the user; nothing where the thread is to go on. */
  async #judge(
    frames: readonly ProviderFrame[],
    { reason, hitBreakpoints, data }: Pick<Events['Debugger.paused'], 'reason' | 'data'> & { hitBreakpoints: string[] },
  ): Promise<ProviderStop | undefined> {
    if (frames.length === 0) return undefined;
    const entry = this.#entry;
    if (entry && hitBreakpoints.includes(entry.breakpointId)) {
      // Another thread may come to the same handler first.
      this.#frames = frames;
      const current = await this.#host.currentThread();
      this.#frames = [];
      if (current !== entry.thread) return undefined;
      await this.#forgetEntry();
      return { reason: 'step', breakpoints: [] };
    }
    const hit = hitBreakpoints.flatMap(id => this.#set.get(id)?.id ?? []);
    if (hit.length > 0) return { reason: 'breakpoint', breakpoints: hit };
    if (reason === 'exception' || reason === 'promiseRejection') {
      const thrown = (data as { description?: string } | undefined)?.description ?? 'exception';
      return { reason: 'exception', breakpoints: [], thrown };
    }
    if (this.#wantsPause) return { reason: 'pause', breakpoints: [] };
    if (this.#restarted) return { reason: 'restart', breakpoints: [] };
    if (!this.#from) return undefined;
    const { place, depth } = this.#from;
    const [{ place: now }] = frames;
    const moved = frames.length !== depth || now.path !== place.path || now.line !== place.line;
    return moved ? { reason: 'step', breakpoints: [] } : undefined;
  }

  async #goOn(method: 'Debugger.resume' | `Debugger.${StepCommand}`): Promise<void> {
    const inspector = await this.#attach();
    this.#frames = [];
    this.#assigned = new Map();
    this.#running = true;
    await inspector.send('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
    await inspector.send(method, {});
  }
}

/** One expression of V8's that stops when it is true; log points never do. */
function conditionOf({ id, condition, hitCondition, logMessage }: ProviderBreakpoint): string | undefined {
  const parts = [
    ...(condition ? [`(${condition})`] : []),
    ...(hitCondition ? [`${DOOR}.hit(${id}, ${JSON.stringify(hitCondition)})`] : []),
    ...(logMessage ? [`${DOOR}.log(() => ${template(logMessage)})`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(' && ');
}

/** `fd is {fd}` as a template literal. */
function template(message: string): string {
  const text = message.replaceAll(/[`\\]|\$(?=\{)/g, '\\$&').replaceAll('{', '${');
  return `\`${text}\``;
}
