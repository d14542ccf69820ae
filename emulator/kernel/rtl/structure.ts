/**
 * Layouts of the structures that kernel and user code share, as tables of fields: the kernel writes structures by them,
 * and debuggers show structures by them.
 */

import { assert } from '../../base/assert.ts';
import { highWord, lowWord } from '../../base/words.ts';

/**
 * - `pointer`: an address; `of` names the structure that lies there. - `unicode`: a UNICODE_STRING. - `time`:
 * KSYSTEM_TIME, three 32-bit words. - `text`: UTF-16 in place, zero-terminated. - `bytes`: shown as they are.
 */
export type FieldType = 'u8' | 'u16' | 'u32' | 'u64' | 'pointer' | 'handle' | 'unicode' | 'time' | 'text' | 'bytes';

export interface Field {
  readonly offset: number;
  readonly name: string;
  readonly type: FieldType;
  /** Bytes. */
  readonly size: number;
  /** What it is, for people. */
  readonly documentation: string;
}

export interface Structure {
  readonly name: string;
  readonly size: number;
  readonly fields: readonly Field[];
}

const SIZES: Readonly<Record<Exclude<FieldType, 'text' | 'bytes'>, number>> = {
  u8: 1,
  u16: 2,
  u32: 4,
  u64: 8,
  pointer: 8,
  handle: 8,
  unicode: 16,
  time: 12,
};

type Row = readonly [offset: number, name: string, type: FieldType, documentation: string, size?: number];

export function structure(name: string, size: number, rows: readonly Row[]): Structure {
  return {
    name,
    size,
    fields: rows.map(([offset, field, type, documentation, bytes]) => ({
      offset,
      name: field,
      type,
      documentation,
      size: bytes ?? (type === 'text' || type === 'bytes' ? 0 : SIZES[type]),
    })),
  };
}

/** The offset of a field. */
export function offsetOf(layout: Structure, name: string): number {
  return fieldOf(layout, name).offset;
}

function fieldOf(layout: Structure, name: string): Field {
  const field = layout.fields.find(each => each.name === name);
  assert(field, `${layout.name} has no field ${name}`);
  return field;
}

/** A UNICODE_STRING: its bytes lie at `address`. */
export interface UnicodeValue {
  readonly address: number;
  /** Bytes, without the zero at the end. */
  readonly length: number;
}

export type FieldValue = number | UnicodeValue | Uint8Array;

/** The structure with these fields; all others are zero. */
export function encodeStructure(layout: Structure, values: Readonly<Record<string, FieldValue>>): Uint8Array {
  const bytes = new Uint8Array(layout.size);
  for (const [name, value] of Object.entries(values)) putField(bytes, fieldOf(layout, name), value);
  return bytes;
}

function putField(bytes: Uint8Array, { offset, type, size, name }: Field, value: FieldValue): void {
  const view = new DataView(bytes.buffer);
  if (value instanceof Uint8Array) {
    assert(value.length <= size, `${name} has no room for ${value.length} bytes`);
    bytes.set(value, offset);
  } else if (typeof value === 'object') {
    view.setUint16(offset, value.length, true);
    view.setUint16(offset + 2, value.length + 2, true);
    view.setInt32(offset + 8, lowWord(value.address), true);
    view.setInt32(offset + 12, highWord(value.address), true);
  } else if (type === 'time') {
    view.setInt32(offset, lowWord(value), true);
    view.setInt32(offset + 4, highWord(value), true);
    view.setInt32(offset + 8, highWord(value), true);
  } else if (size === 1) view.setUint8(offset, value);
  else if (size === 2) view.setUint16(offset, value, true);
  else {
    view.setInt32(offset, lowWord(value), true);
    if (size === 8) view.setInt32(offset + 4, highWord(value), true);
  }
}

/** A field as numbers: unsigned, exact below 2^53. A UNICODE_STRING gives where its text is. */
export function readField(bytes: Uint8Array, { offset, type, size }: Field): number | UnicodeValue {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const long = (at: number): number => view.getUint32(at + 4, true) * 0x1_0000_0000 + view.getUint32(at, true);
  if (type === 'unicode') return { address: long(offset + 8), length: view.getUint16(offset, true) };
  if (type === 'time' || size === 8) return long(offset);
  if (size === 1) return view.getUint8(offset);
  return size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
}
