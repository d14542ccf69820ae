/** User memory as providers' authors see it. */

import { PAGE_SIZE, pageOf, roundUp } from '../base/pages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { copyFromUser, copyToUser } from '../kernel/mm/copy.ts';
import * as mm from '../kernel/mm/protection.ts';
import { allocateVirtualMemory, freeVirtualMemory, protectVirtualMemory } from '../kernel/mm/virtualMemory.ts';
import type { Process } from '../kernel/ps/process.ts';
import { succeeded } from '../kernel/status.ts';
import type { Memory, Protection } from './published.ts';

const PROTECTIONS: Readonly<Record<Protection, number>> = {
  none: mm.PAGE_NOACCESS,
  r: mm.PAGE_READONLY,
  rw: mm.PAGE_READWRITE,
  rx: mm.PAGE_EXECUTE_READ,
  rwx: mm.PAGE_EXECUTE_READWRITE,
};

/** A text is read so much at a time: up to the next such boundary. */
const TEXT_STEP = 256;
/** Nobody means to fetch more at once. */
const LARGEST_READ = 0x4000_0000;

export class MemoryView implements Memory {
  readonly #kernel: Kernel;
  readonly #process: () => Process;

  /** `process` gives the record as it is now. */
  constructor(kernel: Kernel, process: () => Process) {
    this.#kernel = kernel;
    this.#process = process;
  }

  read(address: number, size: number): Uint8Array | undefined {
    if (!(size >= 0 && size <= LARGEST_READ)) return undefined;
    const bytes = new Uint8Array(size);
    return copyFromUser(this.#kernel, this.#process(), address, bytes) === size ? bytes : undefined;
  }

  view(address: number, size: number): DataView | undefined {
    const bytes = this.read(address, size);
    return bytes && new DataView(bytes.buffer);
  }

  readText(address: number, limit = PAGE_SIZE): string | undefined {
    const found: number[] = [];
    while (found.length < limit) {
      const at = address + found.length;
      const chunk = new Uint8Array(Math.min(TEXT_STEP - (at % TEXT_STEP), limit - found.length));
      const count = copyFromUser(this.#kernel, this.#process(), at, chunk);
      const end = chunk.subarray(0, count).indexOf(0);
      found.push(...chunk.subarray(0, end < 0 ? count : end));
      if (end >= 0) return new TextDecoder().decode(Uint8Array.from(found));
      if (count < chunk.length) return undefined;
    }
    return undefined;
  }

  write(address: number, contents: Uint8Array | string): boolean {
    const bytes = encode(contents);
    return copyToUser(this.#kernel, this.#process(), address, bytes) === bytes.length;
  }

  allocate(
    size: number,
    { address, protection = 'rw', use = '' }: { address?: number; protection?: Protection; use?: string } = {},
  ): number | undefined {
    const { status, base } = allocateVirtualMemory(this.#kernel, this.#process(), {
      base: address,
      size,
      type: mm.MEM_RESERVE | mm.MEM_COMMIT | mm.MEM_DOS_LIM,
      protection: PROTECTIONS[protection],
      use,
    });
    return succeeded(status) ? base : undefined;
  }

  protect(address: number, size: number, protection: Protection): boolean {
    return succeeded(
      protectVirtualMemory(this.#kernel, this.#process(), address, size, PROTECTIONS[protection]).status,
    );
  }

  free(address: number, size: number): boolean {
    const start = pageOf(address) * PAGE_SIZE;
    const type = mm.MEM_RELEASE | mm.MEM_DOS_LIM;
    return succeeded(freeVirtualMemory(this.#kernel, this.#process(), start, roundUp(address + size) - start, type));
  }
}

export function encode(contents: Uint8Array | string): Uint8Array {
  return typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
}
