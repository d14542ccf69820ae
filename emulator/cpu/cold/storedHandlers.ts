/**
 * The table of handlers as a custom section of the interpreter's module. Starting a machine looks up a few hundred of
 * some thousand forms, so the section is laid out to be searched where it is: arrays by handler number, then the keys.
 */

import { SPECIAL_HANDLERS } from './handlers.ts';
import type { HandlerNumbers, HandlerTable } from './handlers.ts';
import type { HandlerList } from './handlerList.ts';

export const HANDLERS_SECTION = 'handlers';

/** The arrays of the section, one behind the other: each `length` numbers long. */
interface Arrays {
  /** Where a key ends in the text; it begins where the one before it ends. Empty where there is none. */
  readonly ends: Uint32Array;
  /** Handler numbers in the order of their keys; those without one first. */
  readonly sorted: Uint16Array;
  readonly withoutFlags: Uint16Array;
  readonly withFlags: Uint16Array;
  readonly flagEffects: Uint8Array;
}

const HEADER = 4;
const BYTES_EACH = 4 + 2 + 2 + 2 + 1;

function arraysIn(bytes: Uint8Array<ArrayBuffer>, length: number): Arrays {
  const { buffer, byteOffset } = bytes;
  let at = byteOffset + HEADER;
  const place = (size: number): number => (at += size * length) - size * length;
  return {
    ends: new Uint32Array(buffer, place(4), length),
    sorted: new Uint16Array(buffer, place(2), length),
    withoutFlags: new Uint16Array(buffer, place(2), length),
    withFlags: new Uint16Array(buffer, place(2), length),
    flagEffects: new Uint8Array(buffer, place(1), length),
  };
}

export function storeHandlers({ numbers, withoutFlags, withFlags, flagEffects }: HandlerList): Uint8Array<ArrayBuffer> {
  const { length } = flagEffects;
  const keys = Array<string>(length).fill('');
  for (const [key, number] of numbers) keys[number] = key;
  const text = new TextEncoder().encode(keys.join(''));
  const bytes = new Uint8Array(HEADER + length * BYTES_EACH + text.length);
  new DataView(bytes.buffer).setUint32(0, length, true);
  bytes.set(text, bytes.length - text.length);
  const arrays = arraysIn(bytes, length);
  let end = 0;
  arrays.ends.set(keys.map(key => (end += key.length)));
  const order = [...keys.keys()].sort((a, b) => (keys[a] < keys[b] ? -1 : keys[a] > keys[b] ? 1 : a - b));
  arrays.sorted.set(order);
  arrays.withoutFlags.set(withoutFlags);
  arrays.withFlags.set(withFlags);
  arrays.flagEffects.set(flagEffects);
  return bytes;
}

export function restoreHandlers(module: WebAssembly.Module): HandlerTable {
  const [section] = WebAssembly.Module.customSections(module, HANDLERS_SECTION);
  if (!section) throw new Error('the interpreter has no table of handlers');
  return parseHandlers(new Uint8Array(section));
}

export function parseHandlers(bytes: Uint8Array<ArrayBuffer>): HandlerTable {
  const length = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const { ends, sorted, withoutFlags, withFlags, flagEffects } = arraysIn(bytes, length);
  const text = new TextDecoder().decode(bytes.subarray(HEADER + length * BYTES_EACH));
  const key = (number: number): string => text.slice(ends[number - 1], ends[number]);
  const numbers: HandlerNumbers = {
    get(wanted) {
      let from = 0;
      let to = length;
      while (from < to) {
        const middle = (from + to) >> 1;
        if (key(sorted[middle]) < wanted) from = middle + 1;
        else to = middle;
      }
      return from < length && key(sorted[from]) === wanted ? sorted[from] : undefined;
    },
  };
  const keyAt = (number: number): string | undefined =>
    number >= SPECIAL_HANDLERS && number < length ? key(withFlags[number] || number) : undefined;
  return { numbers, keyAt, withoutFlags, withFlags, flagEffects };
}
