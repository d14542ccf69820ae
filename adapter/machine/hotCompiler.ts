/**
 * Compiles hot code where V8's debugger is not: in a thread that it is on for, V8 runs WebAssembly without its optimizing
 * compiler, but for modules that were compiled in another thread. Modules are told apart by their bytes, so each gets a
 * number, and what was compiled before is given up when the debugger is turned on or off.
 */

import { MessageChannel, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { COMPILED_HERE, type ModuleCompiler } from '../../emulator/index.ts';

type Module = ReturnType<ModuleCompiler['compile']>;

/** What the other thread runs: modules for bytes, and a bell after each. */
const COMPILER = `
const { port, bell } = require('node:worker_threads').workerData;
port.on('message', bytes => {
  let module;
  try { module = new WebAssembly.Module(bytes); } catch {}
  port.postMessage(module);
  Atomics.add(bell, 0, 1);
  Atomics.notify(bell, 0);
});`;

/** Until the other thread has started, too. */
const PATIENCE_MILLISECONDS = 2000;

export class HotCompiler implements ModuleCompiler {
  epoch = 0;
  #elsewhere: ((bytes: Uint8Array) => Module | undefined) | undefined;
  #isDebugged = false;
  #modules = 0;

  /** V8's debugger is turned on or off for this thread. */
  set debugged(isDebugged: boolean) {
    if (isDebugged === this.#isDebugged) return;
    this.#isDebugged = isDebugged;
    // What was compiled elsewhere stays fast without the debugger.
    if (isDebugged) this.epoch++;
  }

  compile(bytes: Uint8Array): Module {
    const numbered = this.epoch === 0 ? bytes : withNumber(bytes, ++this.#modules);
    if (!this.#isDebugged) return COMPILED_HERE.compile(numbered);
    this.#elsewhere ??= startCompiler();
    return this.#elsewhere(numbered) ?? COMPILED_HERE.compile(numbered);
  }
}

/** A thread, and a function that waits for what it makes; undefined where it makes nothing. */
function startCompiler(): (bytes: Uint8Array) => Module | undefined {
  const { port1: ours, port2: port } = new MessageChannel();
  const bell = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(COMPILER, {
    eval: true,
    name: 'pico compiler',
    workerData: { port, bell },
    transferList: [port],
  });
  worker.unref();
  ours.unref();
  return bytes => {
    const before = Atomics.load(bell, 0);
    ours.postMessage(bytes);
    Atomics.wait(bell, 0, before, PATIENCE_MILLISECONDS);
    return receiveMessageOnPort(ours)?.message as Module | undefined;
  };
}

/** With a custom section behind, which means nothing (WebAssembly, "Custom Section"). */
function withNumber(bytes: Uint8Array, number: number): Uint8Array {
  const section = [0, 6, 1, 'n'.charCodeAt(0), ...new Uint8Array(new Uint32Array([number]).buffer)];
  const numbered = new Uint8Array(bytes.length + section.length);
  numbered.set(bytes);
  numbered.set(section, bytes.length);
  return numbered;
}
