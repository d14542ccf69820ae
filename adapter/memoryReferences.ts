/** Canonical memory references, `p8:0x401000`: clients refresh a view only for exactly the string they opened. */

import { badMemoryReference } from './errors.ts';

export interface Place {
  readonly process: number;
  readonly address: number;
}

/** Guest addresses have 48 bits; what lies above is never mapped. */
export const ADDRESS_LIMIT = 2 ** 48;

export function hex(address: number | bigint): string {
  return `0x${address.toString(16)}`;
}

export function memoryReference(process: number, address: number): string {
  return `p${process}:${hex(address)}`;
}

/** Also takes plain addresses, which people type; they mean `process`. */
export function parseMemoryReference(reference: string, process: number): Place {
  const match = /^(?:p(\d+):)?(0x[0-9a-f]{1,16}|\d{1,20})$/i.exec(reference.trim());
  if (!match) throw badMemoryReference(reference);
  const address = Number(BigInt.asUintN(64, BigInt(match[2])));
  return { process: match[1] === undefined ? process : Number(match[1]), address };
}

/** Which parts of memory the client has looked at, under which references: those it wants to hear about. */
export class WatchedMemory {
  readonly #watched = new Map<string, { place: Place; start: number; end: number }>();

  watch(reference: string, place: Place, offset: number, count: number): void {
    const known = this.#watched.get(reference);
    // Latest last, so that the oldest go first.
    this.#watched.delete(reference);
    const start = Math.min(known?.start ?? offset, offset);
    const end = Math.max(known?.end ?? offset + count, offset + count);
    this.#watched.set(reference, { place, start, end });
    if (this.#watched.size > MOST_WATCHED) this.#watched.delete(this.#watched.keys().next().value ?? '');
  }

  /** Bodies of the `memory` events that tell of a change. */
  changed(process: number, address: number, size: number): MemoryChange[] {
    const changes: MemoryChange[] = [];
    for (const [reference, { place, start, end }] of this.#watched) {
      const from = Math.max(address - place.address, start);
      const to = Math.min(address - place.address + size, end);
      if (place.process === process && from < to) {
        changes.push({ memoryReference: reference, offset: from, count: to - from });
      }
    }
    return changes;
  }

  /** For stops: the program may have written anywhere. */
  all(): MemoryChange[] {
    return [...this.#watched].map(([reference, { start, end }]) => ({
      memoryReference: reference,
      offset: start,
      count: end - start,
    }));
  }
}

const MOST_WATCHED = 256;

export interface MemoryChange {
  readonly memoryReference: string;
  readonly offset: number;
  readonly count: number;
}
