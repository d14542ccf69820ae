/** A user's provider under V8's debugger: each of its files is a script, beside the machine's bundle. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { buildSync, transformSync } from 'esbuild';
import type { ProviderBreakpoint } from '../../adapter/provider/providerBreakpoints.ts';
import { ProviderDebugger, type ProviderStop } from '../../adapter/provider/providerDebugger.ts';
import { moduleUrl, type UserModule } from '../../adapter/provider/userModule.ts';
import { sectionsOf } from '../../tools/setup/sections.mjs';

/** What is bundled: a shipped handler, and code of the machine that steps pass over. */
const SHIPPED = {
  'emulator/providers/linux/base.ts': `export function write(bytes: number): number {
  const written = bytes;
  return written;
}
`,
  'emulator/kernel/trap.ts': `export { write } from '../providers/linux/base.ts';
export function dispatch(serve: (bytes: number) => number, bytes: number): number {
  const answer = serve(bytes);
  return answer;
}
`,
};

const USERS = {
  'limits.ts': `export const MOST: number = 4;

export function atMost(bytes: number): number {
  if (bytes < 0) throw new RangeError('no such count');
  return bytes < MOST ? bytes : MOST;
}
`,
  'my-provider.ts': `import { write as base } from 'pico';
import { atMost, MOST } from './limits.ts';
interface Served { calls: number; ended: boolean }
const served: Served = { calls: 0, ended: false };
export function write(bytes: number): number {
  served.calls++;
  const few = atMost(bytes);
  return base(few);
}
export function spin(): void {
  while (!served.ended) served.calls = MOST;
}
`,
};

/** The thread: runs files as modules of CommonJS and calls what they export, by way of the bundle. */
const THREAD = `
const { parentPort, workerData } = require('node:worker_threads');
const { readFileSync } = require('node:fs');
const vm = require('node:vm');
globalThis[Symbol.for('pico.machine')] = {
  hit: (id, condition) => condition === '== 2' ? ++hits === 2 : true,
  log(message) { parentPort.postMessage({ said: message() }); return false; },
};
let hits = 0;
function run(code, filename, load) {
  const module = { exports: {} };
  vm.compileFunction(code, ['exports', 'require', 'module'], { filename })(module.exports, load, module);
  return module.exports;
}
const bundle = run(readFileSync(workerData, 'utf8'), workerData, require);
let files;
parentPort.on('message', ({ load, call, value }) => {
  if (load) {
    files = {};
    for (const [name, { code, url }] of Object.entries(load))
      files[name] = run(code, url, wanted => (wanted === 'pico' ? bundle : files[wanted.replace('./', '')]));
    return parentPort.postMessage({ loaded: true });
  }
  parentPort.postMessage({ called: true });
  try {
    parentPort.postMessage({ answer: bundle.dispatch(files['my-provider.ts'][call], value) });
  } catch (error) {
    parentPort.postMessage({ answer: error.message });
  }
});
`;

const open: (() => Promise<unknown>)[] = [];
after(async () => {
  for (const close of open) await close();
});

class Thread {
  readonly folder = realpathSync(mkdtempSync(path.join(tmpdir(), 'pico-scripts-')));
  readonly said: string[] = [];
  readonly debug: ProviderDebugger;
  readonly #worker: Worker;
  readonly #stops: ProviderStop[] = [];
  readonly #answers: unknown[] = [];
  readonly #calls: unknown[] = [];
  #wake: () => void = () => undefined;
  #version = -1;

  constructor() {
    for (const [name, text] of Object.entries({ ...SHIPPED, ...USERS })) {
      mkdirSync(path.dirname(this.file(name)), { recursive: true });
      writeFileSync(this.file(name), text);
    }
    const bundle = this.file('dist/machine.main.cjs');
    const entryPoints = [this.file('emulator/kernel/trap.ts')];
    const common = { bundle: true, format: 'cjs', sourcemap: true, sourcesContent: false } as const;
    buildSync({ ...common, entryPoints, outfile: bundle });
    const map = this.file('dist/machine.main.cjs.map');
    writeFileSync(map, JSON.stringify({ version: 3, sections: sectionsOf(readFileSync(map, 'utf8')) }));
    this.#worker = new Worker(THREAD, { eval: true, workerData: bundle });
    this.#worker.on('message', ({ said, answer, loaded, called }) => {
      if (said !== undefined) this.said.push(said);
      else if (called) this.#calls.push(called);
      else this.#answers.push(loaded ?? answer);
      this.#wake();
    });
    this.debug = new ProviderDebugger({
      threadId: this.#worker.threadId,
      bundle,
      map,
      justMyCode: true,
      currentThread: async () => 1,
      stopped: stop => {
        this.#stops.push(stop);
        this.#wake();
      },
    });
    open.push(async () => {
      await this.debug.close();
      await this.#worker.terminate();
      rmSync(this.folder, { recursive: true });
    });
  }

  file(name: string): string {
    return path.join(this.folder, name);
  }

  /** Compiles the user's files, hands them to the debugger, and has the thread load them. */
  async load(changed: Partial<typeof USERS> = {}): Promise<void> {
    await this.loaded(await this.compile(changed));
  }

  async compile(changed: Partial<typeof USERS> = {}): Promise<Record<string, { code: string; url: string }>> {
    this.#version++;
    const modules: Record<string, UserModule> = {};
    const scripts: Record<string, { code: string; url: string }> = {};
    for (const [name, text] of Object.entries({ ...USERS, ...changed })) {
      const options = { loader: 'ts', format: 'cjs', sourcemap: true, sourcefile: name } as const;
      const { code, map } = transformSync(text, options);
      modules[name] = { path: this.file(name), code, map };
      scripts[name] = { code, url: moduleUrl(this.file(name), this.#version) };
    }
    const data: UserModule = { path: this.file('data.json'), code: 'module.exports = {};', map: '' };
    await this.debug.useModules([...Object.values(modules), data], this.#version);
    return scripts;
  }

  async loaded(scripts: Record<string, { code: string; url: string }>): Promise<void> {
    this.#worker.postMessage({ load: scripts });
    await this.answer();
  }

  call(name: string, value = 0): void {
    this.debug.guestRuns();
    this.#worker.postMessage({ call: name, value });
  }

  /** The thread is in the function that was called. */
  called(): Promise<unknown> {
    return this.#next(this.#calls, 'call');
  }

  stopped(): Promise<ProviderStop> {
    return this.#next(this.#stops, 'stop');
  }

  answer(): Promise<unknown> {
    return this.#next(this.#answers, 'answer');
  }

  async #next<Value>(from: Value[], what: string): Promise<Value> {
    const late = AbortSignal.timeout(10_000);
    while (from.length === 0) {
      assert.ok(!late.aborted, `no ${what} came`);
      await new Promise<void>(resolve => {
        this.#wake = resolve;
        setTimeout(resolve, 500).unref();
      });
    }
    return from.shift() as Value;
  }

  async breakAt(...breakpoints: (Omit<ProviderBreakpoint, 'id' | 'path'> & { file: string })[]): Promise<void> {
    await this.debug.setBreakpoints(
      breakpoints.map(({ file, ...rest }, index) => ({ id: index + 1, path: this.file(file), ...rest })),
    );
  }

  get frames(): string[] {
    return this.debug.frames.map(({ name, place }) => `${name} ${path.basename(place.path)}:${place.line}`);
  }

  async value(expression: string, level = 0): Promise<unknown> {
    const { result, exceptionDetails } = await this.debug.evaluate(this.debug.frames[level], expression, false);
    assert.equal(exceptionDetails, undefined, `${expression}: ${exceptionDetails?.exception?.description}`);
    return result.value;
  }

  async step(command: 'stepInto' | 'stepOver' | 'stepOut'): Promise<string[]> {
    await this.debug.step(command);
    assert.equal((await this.stopped()).reason, 'step');
    return this.frames;
  }
}

test("breakpoints in a user's files that are not loaded yet, from their first statement on", async () => {
  const thread = new Thread();
  const scripts = await thread.compile();
  assert.deepEqual(
    thread.debug.sources.files.map(file => path.relative(thread.folder, file)),
    ['emulator/providers/linux/base.ts', 'limits.ts', 'my-provider.ts'],
  );
  assert.equal(thread.debug.sources.lineWithCode(thread.file('limits.ts'), 2), 3);
  await thread.breakAt({ file: 'my-provider.ts', line: 4 }, { file: 'limits.ts', line: 5, condition: 'bytes > MOST' });
  thread.debug.guestRuns();
  const loaded = thread.loaded(scripts);
  assert.deepEqual((await thread.stopped()).breakpoints, [1]);
  assert.match(thread.frames[0], /my-provider\.ts:4$/);
  await thread.debug.resume();
  await loaded;
  thread.call('write', 3);
  assert.equal(await thread.answer(), 3, 'the condition is false');
  thread.call('write', 9);
  assert.deepEqual(await thread.stopped(), { reason: 'breakpoint', breakpoints: [2] });
  assert.deepEqual(thread.frames, ['atMost limits.ts:5', 'write my-provider.ts:7'], 'code of the machine is not shown');
  assert.equal(await thread.value('MOST + bytes'), 13, 'names of the module');
  assert.equal(await thread.value('atMost(1) + served.calls', 1), 3, 'names that the module imports');
  await thread.debug.resume();
  assert.equal(await thread.answer(), 4);
});

test("steps go through a user's files and those that are shipped, and nothing else", async () => {
  const thread = new Thread();
  await thread.load();
  await thread.breakAt({ file: 'my-provider.ts', line: 6 });
  thread.call('write', 9);
  await thread.stopped();
  assert.deepEqual(await thread.step('stepOver'), ['write my-provider.ts:7']);
  assert.deepEqual(await thread.step('stepInto'), ['atMost limits.ts:4', 'write my-provider.ts:7']);
  assert.deepEqual(await thread.step('stepOut'), ['write my-provider.ts:8']);
  assert.deepEqual(await thread.step('stepInto'), ['write base.ts:2', 'write my-provider.ts:8']);
  await thread.debug.step('stepOut');
  await thread.stopped();
  await thread.debug.step('stepOut');
  assert.equal(await thread.answer(), 4, 'the machine goes on');
});

test('hit counts and log messages; two breakpoints at one place', async () => {
  const thread = new Thread();
  await thread.load();
  await thread.breakAt(
    { file: 'my-provider.ts', line: 7, logMessage: 'write {bytes} of {MOST}' },
    { file: 'my-provider.ts', line: 7, hitCondition: '== 2' },
  );
  thread.call('write', 1);
  assert.equal(await thread.answer(), 1);
  thread.call('write', 2);
  assert.deepEqual((await thread.stopped()).breakpoints, [1, 2]);
  await thread.debug.resume();
  await thread.answer();
  assert.deepEqual(thread.said, ['write 1 of 4', 'write 2 of 4']);
});

test('variables of a frame are set; a function is restarted', async () => {
  const thread = new Thread();
  await thread.load();
  await thread.breakAt({ file: 'my-provider.ts', line: 8 });
  thread.call('write', 2);
  await thread.stopped();
  const [frame] = thread.debug.frames;
  const number = frame.call.scopeChain.findIndex(({ type }) => type === 'local');
  const { object } = frame.call.scopeChain[number];
  const scope = { frame: frame.call.callFrameId, number };
  const assigned = { object: object.objectId ?? '', scope, name: 'few', value: { type: 'number', value: 1 } } as const;
  assert.equal(await thread.debug.assign(assigned), undefined);
  assert.equal(await thread.value('few'), 1);
  await thread.debug.restartFrame(frame);
  assert.equal((await thread.stopped()).reason, 'restart');
  assert.match(thread.frames[0], /^write my-provider\.ts:[56]$/);
  await thread.debug.resume();
  await thread.stopped();
  assert.equal(await thread.value('few'), 2);
});

test('what is loaded anew has the breakpoints; what still runs keeps them', async () => {
  const thread = new Thread();
  await thread.load();
  await thread.breakAt({ file: 'my-provider.ts', line: 7 });
  thread.call('write', 1);
  await thread.stopped();
  const old = thread.debug.frames[0].script;
  const scripts = await thread.compile({
    'my-provider.ts': USERS['my-provider.ts'].replace('served.calls++;', 'served.calls += 10;'),
  });
  assert.deepEqual(thread.frames, ['write my-provider.ts:7'], 'the old frame is where it was');
  assert.equal(await thread.value('few'), undefined);
  await thread.debug.resume();
  assert.equal(await thread.answer(), 1);
  thread.call('write', 2);
  await thread.stopped();
  assert.equal(thread.debug.frames[0].script, old, 'nothing has been loaded yet');
  await thread.debug.resume();
  await thread.answer();
  await thread.loaded(scripts);
  thread.call('write', 3);
  assert.deepEqual((await thread.stopped()).breakpoints, [1]);
  assert.notEqual(thread.debug.frames[0].script, old);
  assert.equal(await thread.value('served.calls'), 10);
});

test('an endless loop is paused; exceptions that are thrown stop', async () => {
  const thread = new Thread();
  await thread.load();
  thread.call('spin');
  await thread.called();
  await thread.debug.pause();
  assert.equal((await thread.stopped()).reason, 'pause');
  assert.deepEqual(thread.frames, ['spin my-provider.ts:11']);
  await thread.value('served.ended = true');
  await thread.debug.resume();
  await thread.answer();
  await thread.debug.setExceptions('all');
  thread.call('write', -1);
  const stop = await thread.stopped();
  assert.equal(stop.reason, 'exception');
  assert.match(stop.thrown ?? '', /^RangeError: no such count/);
  assert.deepEqual(thread.frames, ['atMost limits.ts:4', 'write my-provider.ts:7']);
  await thread.debug.resume();
  assert.equal(await thread.answer(), 'no such count');
});
