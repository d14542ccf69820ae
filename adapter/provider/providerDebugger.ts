/**
 * Debugging of providers' code: V8 stops the machine's thread inside a provider's function, the machine stops it at the
 * guest's instructions, and this makes one sequence of stops of both. V8's debugger is on only while somebody needs it:
 * with it V8 runs WebAssembly without its optimizing compiler.
 */

import type { Debugger, Runtime } from 'node:inspector';
import { DOOR } from '../machine/door.ts';
import type { Evaluated, Events, Inspector } from './inspector.ts';
import { attachInspector, OBJECT_GROUP } from './inspector.ts';
import { type ProviderBreakpoint, ProviderBreakpoints } from './providerBreakpoints.ts';
import type { Place, ProviderScript } from './script.ts';
import { ProviderSources, type Shipped } from './sources.ts';
import type { UserModule } from './userModule.ts';
import { assign, childrenOf, MOST_CHILDREN, show } from './values.ts';
import type { Assignment, Child, Page, Shown } from './values.ts';

export interface ProviderStop {
  readonly reason: 'step' | 'breakpoint' | 'exception' | 'pause' | 'restart';
  readonly breakpoints: readonly number[];
  /** What was thrown, at an exception. */
  readonly thrown?: string;
}

/** A frame of provider code where the thread is held. */
export interface ProviderFrame {
  readonly name: string;
  readonly script: ProviderScript;
  readonly place: Place;
  readonly call: Debugger.CallFrame;
}

export type StepCommand = 'stepInto' | 'stepOver' | 'stepOut';

export interface ProviderHost extends Shipped {
  readonly threadId: number;
  /** The guest thread that the processor runs. */
  currentThread(): Promise<number>;
  stopped(stop: ProviderStop): void;
}

export class ProviderDebugger {
  readonly #host: ProviderHost;
  readonly #breakpoints: ProviderBreakpoints;
  /** V8's names of the scripts that came from files, by its ids of them. */
  readonly #urls = new Map<string, string>();
  /** Read when somebody asks: while V8 turns its debugger on, if that is what they are for. */
  #sources: ProviderSources | undefined;
  #user: { readonly modules: readonly UserModule[]; readonly version: number } = { modules: [], version: 0 };
  #attached: Promise<Inspector> | undefined;
  #enabled: Promise<Inspector> | undefined;
  /** Breakpoints are set by one at a time. */
  #placing: Promise<unknown> = Promise.resolve();
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
    this.#breakpoints = new ProviderBreakpoints(
      () => this.sources,
      script => this.#urlOf(script),
    );
  }

  get sources(): ProviderSources {
    if (!this.#sources) {
      this.#sources = new ProviderSources(this.#host);
      this.#sources.useModules(this.#user.modules, this.#user.version);
    }
    return this.#sources;
  }

  /** Frames of provider code, innermost first; empty while V8 does not hold the thread. */
  get frames(): readonly ProviderFrame[] {
    return this.#frames;
  }

  get isHeld(): boolean {
    return this.#frames.length > 0;
  }

  /** V8's debugger is about to be needed, and takes a while to turn on; {@link settle} if nothing came of that. */
  async begin(): Promise<void> {
    const inspector = this.#attach();
    // Whoever needs it hears why there is none.
    this.#enable().catch(() => undefined);
    await inspector.catch(() => undefined);
  }

  async settle(): Promise<void> {
    await this.#disableIfIdle();
  }

  async setBreakpoints(breakpoints: readonly ProviderBreakpoint[]): Promise<void> {
    this.#breakpoints.replace(breakpoints);
    if (this.#enabled) await this.#place(await this.#enabled);
    else if (breakpoints.length > 0) await this.#enable();
    await this.#disableIfIdle();
  }

  /**
   * The files of the user's provider as they are to run from now on; `version` is that of {@link moduleUrl}. Breakpoints are
   * set in them before they are loaded, and stay in what they were before, for frames that still run that.
   */
  async useModules(modules: readonly UserModule[], version: number): Promise<void> {
    this.#user = { modules, version };
    this.#sources?.useModules(modules, version);
    if (this.#enabled) await this.#place(await this.#enabled);
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
    await this.#goOn('resume');
  }

  /** Steps to another line of provider code, or out of all of it: then the machine's own step goes on. */
  async step(command: StepCommand): Promise<void> {
    const [top] = this.#frames;
    if (command === 'stepOut' && this.#frames.length === 1) return this.resume();
    this.#from = { place: top.place, depth: this.#frames.length, command };
    await this.#goOn(command);
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
    // This may have been loaded for the pause, while the machine ran.
    this.#running = true;
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
      expression: frame.script.translate(expression, frame.place),
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
    const owner = this.#frames.find(({ call }) => call.callFrameId === frame);
    if (!owner) return children;
    const { script, place } = owner;
    const assigned = this.#assigned.get(object);
    return children.map(({ name, shown, ...rest }) => {
      const value = assigned?.get(name);
      return { ...rest, name: script.originalName(place.path, name), shown: value ? show(value) : shown };
    });
  }

  /** Answers with a problem if V8 refuses. */
  async assign(target: Assignment): Promise<string | undefined> {
    const frame = this.#frames.find(({ call }) => call.callFrameId === target.scope?.frame);
    const name = frame?.script.generatedName(frame.place.path, frame.place.line, target.name) ?? target.name;
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

  #enable(): Promise<Inspector> {
    this.#enabled ??= this.#turnOn();
    return this.#enabled;
  }

  async #turnOn(): Promise<Inspector> {
    const inspector = await this.#attach();
    inspector.tell('Runtime.evaluate', { expression: `${DOOR}?.debugged(true)` });
    const enabled = inspector.send('Debugger.enable', {});
    // This takes as long as that, in another thread.
    const foreign = this.sources.foreignRanges();
    // Scripts that are there already are reported before it answers.
    await enabled;
    inspector.tell('Debugger.setAsyncCallStackDepth', { maxDepth: 0 });
    for (const scriptId of this.#urls.keys()) {
      const positions = foreign.get(this.#script(scriptId));
      if (positions) inspector.tell('Debugger.setBlackboxedRanges', { scriptId, positions });
    }
    inspector.tell('Debugger.setPauseOnExceptions', { state: this.#exceptions });
    await this.#place(inspector);
    return inspector;
  }

  async #disableIfIdle(): Promise<void> {
    const needed = !this.#breakpoints.isEmpty || this.#exceptions !== 'none' || this.#entry || this.isHeld;
    if (needed || !this.#enabled) return;
    this.#enabled = undefined;
    this.#breakpoints.forget();
    const inspector = await this.#attach();
    inspector.tell('Runtime.evaluate', { expression: `${DOOR}?.debugged(false)` });
    await inspector.send('Debugger.disable', {});
  }

  #place(inspector: Inspector): Promise<void> {
    const placed = this.#placing.then(() => this.#breakpoints.place(inspector));
    this.#placing = placed.catch(() => undefined);
    return placed;
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
      const { scriptId, url } = body as Events['Debugger.scriptParsed'];
      if (url.startsWith('file:')) this.#urls.set(scriptId, url);
    } else if (name === 'Debugger.paused') {
      // Fails where the session ends in between.
      this.#paused(body as Events['Debugger.paused']).catch(() => undefined);
    }
  }

  #script(scriptId: string): ProviderScript | undefined {
    const url = this.#urls.get(scriptId);
    return url === undefined ? undefined : this.sources.script(url);
  }

  /** V8's own name of a script that it has, or will have. */
  #urlOf(script: ProviderScript): string {
    return [...this.#urls.values()].find(url => this.sources.script(url) === script) ?? script.url;
  }

  async #paused({ callFrames, reason, hitBreakpoints = [], data }: Events['Debugger.paused']): Promise<void> {
    const inspector = await this.#attach();
    const frames = this.#framesOf(callFrames);
    const stop = this.#running ? await this.#judge(frames, { callFrames, reason, hitBreakpoints, data }) : undefined;
    if (!stop) {
      // Nobody waits for this one: a step that was overtaken, or code that serves a question.
      const inWasm = callFrames[0].url.startsWith('wasm:');
      if (this.#from && this.#running && frames.length > 0)
        await inspector.send(inWasm ? 'Debugger.stepOut' : `Debugger.${this.#from.command}`, {});
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

  /** Frames of providers. What leads to a handler shows only where somebody stops in it. */
  #framesOf(calls: readonly Debugger.CallFrame[]): ProviderFrame[] {
    const frames = calls.flatMap((call): ProviderFrame[] => {
      const { scriptId, lineNumber, columnNumber = 0 } = call.location;
      const script = this.#script(scriptId);
      const place = script?.original({ lineNumber, columnNumber });
      if (!script || !place) return [];
      return [{ name: script.originalName(place.path, call.functionName) || '(anonymous)', script, place, call }];
    });
    return frames[0] && isPlumbing(frames[0]) ? frames : frames.filter(frame => !isPlumbing(frame));
  }

  /** What a pause means to the user; nothing where the thread is to go on. */
  async #judge(
    frames: readonly ProviderFrame[],
    { callFrames, reason, hitBreakpoints, data }: Events['Debugger.paused'] & { readonly hitBreakpoints: string[] },
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
    const hit = this.#breakpoints.hit(hitBreakpoints);
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
    // A step that has come to code of nobody's goes on.
    if (frames[0].call !== callFrames[0]) return undefined;
    const moved = frames.length !== depth || now.path !== place.path || now.line !== place.line;
    return moved ? { reason: 'step', breakpoints: [] } : undefined;
  }

  async #goOn(command: 'resume' | StepCommand): Promise<void> {
    const inspector = await this.#attach();
    this.#frames = [];
    this.#assigned = new Map();
    this.#running = true;
    inspector.tell('Runtime.releaseObjectGroup', { objectGroup: OBJECT_GROUP });
    await inspector.send(`Debugger.${command}`, {});
  }
}

/** Whether a frame only leads to a handler. */
function isPlumbing({ script, place }: ProviderFrame): boolean {
  return script.kind(place.path) === 'plumbing';
}
