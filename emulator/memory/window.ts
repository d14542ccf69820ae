/**
 * A process's window: one shared WebAssembly memory in which guest address = offset (`layout.ts`). Windows are reused
 * for later processes, since every one reserves 4 GiB of the host's address space.
 */

import { INITIAL_WINDOW, WINDOW_LIMIT } from './layout.ts';

const WASM_PAGE = 0x1_0000;

export class Window {
  readonly memory: WebAssembly.Memory;
  /** The whole memory as it is now. Refreshed by {@link grow}: do not keep it. */
  bytes: Uint8Array;
  view: DataView;
  /** The same by words of 32 bits: code that has just started calls the methods of a DataView rather slowly. */
  words: Int32Array;

  constructor() {
    this.memory = new WebAssembly.Memory({
      initial: INITIAL_WINDOW / WASM_PAGE,
      maximum: WINDOW_LIMIT / WASM_PAGE,
      shared: true,
    });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
  }

  /** Makes `[0, end)` part of the memory. Grows in steps of at least 64 MiB. */
  grow(end: number): void {
    if (end <= this.bytes.length) return;
    const target = Math.min(WINDOW_LIMIT, Math.ceil(end / 0x400_0000) * 0x400_0000);
    this.memory.grow((target - this.bytes.length) / WASM_PAGE);
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
    this.words = new Int32Array(this.memory.buffer);
  }
}
