/**
 * Keys and values as cells (`nk`, `vk`, and the lists `lh` of subkeys and of values), in the registry file format's own
 * layout. Names compare without case; subkeys are kept in the order of their upper-case names, as the format wants.
 */

import { upcase } from '../rtl/upcase.ts';
import { allocateCell, freeCell, readCell, writeCell, writeCellWord } from './cell.ts';
import { NO_CELL, putText } from './hive.ts';
import type { HiveAccess } from './hive.ts';

/** Offsets in a key node. */
const NK = {
  flags: 0x02,
  lastWritten: 0x04,
  parent: 0x10,
  subkeyCount: 0x14,
  subkeys: 0x1c,
  volatileSubkeys: 0x20,
  valueCount: 0x24,
  values: 0x28,
  security: 0x2c,
  className: 0x30,
  nameLength: 0x48,
  name: 0x4c,
} as const;

/** Offsets in a value. */
const VK = { nameLength: 0x02, dataSize: 0x04, data: 0x08, type: 0x0c, flags: 0x10, name: 0x14 } as const;

/** KEY_HIVE_ENTRY, KEY_SYM_LINK, KEY_COMP_NAME: the name is one byte a character. */
const KEY_HIVE_ENTRY = 0x04;
const KEY_SYM_LINK = 0x10;
const KEY_COMP_NAME = 0x20;
const VALUE_COMP_NAME = 0x01;
/** In a value's data size: the data, at most four bytes, stand where its offset would. */
const DATA_IN_OFFSET = 0x8000_0000;

/** Most bytes of data that one cell takes; more would need segments, which nothing here writes. */
export const LARGEST_DATA = 16_344;
/** An `lh` list counts in 16 bits. */
export const MOST_SUBKEYS = 0xffff;
/** Most characters of a key's and of a value's name (winreg documentation, "Registry element size limits"). */
export const LONGEST_KEY_NAME = 255;
export const LONGEST_VALUE_NAME = 16_383;

export interface KeyNode {
  readonly name: string;
  readonly parent: number;
  readonly isLink: boolean;
  /** 100 ns since 1601. */
  readonly lastWritten: bigint;
  /** Cells of key nodes in order, and of values in the order in which they were made. */
  readonly subkeys: readonly number[];
  readonly values: readonly number[];
}

export interface Value {
  readonly name: string;
  /** REG_SZ and its like. */
  readonly type: number;
  readonly data: Uint8Array;
}

/** A key node below `parent` (NO_CELL: the root). `time` as in {@link KeyNode}. The parent does not list it yet. */
export function makeKey(
  access: HiveAccess,
  name: string,
  parent: number,
  options: { link: boolean; time: bigint },
): number {
  const { bytes, compressed } = encodeName(name);
  const node = new DataView(new ArrayBuffer(NK.name + bytes.length));
  putText(node, 0, 'nk');
  node.setUint16(
    NK.flags,
    (compressed ? KEY_COMP_NAME : 0) | (options.link ? KEY_SYM_LINK : 0) | (parent === NO_CELL ? KEY_HIVE_ENTRY : 0),
    true,
  );
  node.setBigUint64(NK.lastWritten, options.time, true);
  node.setUint32(NK.parent, parent, true);
  for (const list of [NK.subkeys, NK.volatileSubkeys, NK.values, NK.security, NK.className])
    node.setUint32(list, NO_CELL, true);
  node.setUint16(NK.nameLength, bytes.length, true);
  const contents = new Uint8Array(node.buffer);
  contents.set(bytes, NK.name);
  return allocateCell(access, contents);
}

export function readKey(access: HiveAccess, cell: number): KeyNode {
  const node = readCell(access, cell);
  return {
    name: nameOf(node),
    parent: node.getUint32(NK.parent, true),
    isLink: (node.getUint16(NK.flags, true) & KEY_SYM_LINK) !== 0,
    lastWritten: node.getBigUint64(NK.lastWritten, true),
    subkeys: readSubkeys(access, node).map(each => each.cell),
    values: readList(access, node.getUint32(NK.values, true), node.getUint32(NK.valueCount, true)),
  };
}

/** The subkey of that name, whatever the case of either. */
export function findSubkey(access: HiveAccess, cell: number, name: string): number | undefined {
  const upper = upcase(name);
  const hash = hashName(upper);
  const list = readSubkeys(access, readCell(access, cell));
  return list.find(each => each.hash === hash && upperName(access, each.cell) === upper)?.cell;
}

/** Makes a subkey; there is none of that name. */
export function addSubkey(
  access: HiveAccess,
  parent: number,
  name: string,
  options: { link: boolean; time: bigint },
): number {
  const cell = makeKey(access, name, parent, options);
  const list = readSubkeys(access, readCell(access, parent));
  const upper = upcase(name);
  let low = 0;
  let high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (upperName(access, list[middle].cell) < upper) low = middle + 1;
    else high = middle;
  }
  list.splice(low, 0, { cell, hash: hashName(upper) });
  writeSubkeys(access, parent, list);
  touch(access, parent, options.time);
  return cell;
}

/** Takes a key without subkeys away, with its values. */
export function removeKey(access: HiveAccess, cell: number, time: bigint): void {
  const { parent, values } = readKey(access, cell);
  for (const value of values) freeValue(access, value);
  const list = readCell(access, cell).getUint32(NK.values, true);
  if (list !== NO_CELL) freeCell(access, list);
  const siblings = readSubkeys(access, readCell(access, parent));
  writeSubkeys(
    access,
    parent,
    siblings.filter(each => each.cell !== cell),
  );
  freeCell(access, cell);
  touch(access, parent, time);
}

export function findValue(access: HiveAccess, key: number, name: string): Value | undefined {
  const cell = valueCell(access, key, name);
  return cell === undefined ? undefined : readValue(access, cell);
}

export function readValue(access: HiveAccess, cell: number): Value {
  const value = readCell(access, cell);
  const size = value.getUint32(VK.dataSize, true);
  const length = size & ~DATA_IN_OFFSET;
  const data =
    size >= DATA_IN_OFFSET
      ? new Uint8Array(value.buffer, VK.data, length)
      : new Uint8Array(readCell(access, value.getUint32(VK.data, true)).buffer, 0, length);
  return {
    name: nameOfValue(value),
    type: value.getUint32(VK.type, true),
    data: data.slice(),
  };
}

/** Sets a value, new or not. `data` has at most {@link LARGEST_DATA} bytes. */
export function setValue(access: HiveAccess, key: number, value: Value, time: bigint): void {
  const { values } = readKey(access, key);
  const old = valueCell(access, key, value.name);
  const cell = makeValue(access, value);
  writeValues(access, key, old === undefined ? [...values, cell] : values.map(each => (each === old ? cell : each)));
  if (old !== undefined) freeValue(access, old);
  touch(access, key, time);
}

export function removeValue(access: HiveAccess, key: number, name: string, time: bigint): boolean {
  const cell = valueCell(access, key, name);
  if (cell === undefined) return false;
  writeValues(
    access,
    key,
    readKey(access, key).values.filter(each => each !== cell),
  );
  freeValue(access, cell);
  touch(access, key, time);
  return true;
}

function valueCell(access: HiveAccess, key: number, name: string): number | undefined {
  const wanted = upcase(name);
  return readKey(access, key).values.find(cell => upcase(nameOfValue(readCell(access, cell))) === wanted);
}

function nameOfValue(value: DataView): string {
  const compressed = (value.getUint16(VK.flags, true) & VALUE_COMP_NAME) !== 0;
  return decodeName(value, VK.name, value.getUint16(VK.nameLength, true), compressed);
}

function makeValue(access: HiveAccess, { name, type, data }: Value): number {
  const { bytes, compressed } = encodeName(name);
  const value = new DataView(new ArrayBuffer(VK.name + bytes.length));
  const contents = new Uint8Array(value.buffer);
  putText(value, 0, 'vk');
  value.setUint16(VK.nameLength, bytes.length, true);
  value.setUint32(VK.type, type, true);
  value.setUint16(VK.flags, compressed ? VALUE_COMP_NAME : 0, true);
  contents.set(bytes, VK.name);
  if (data.length <= 4) {
    value.setUint32(VK.dataSize, DATA_IN_OFFSET + data.length, true);
    contents.set(data, VK.data);
  } else {
    value.setUint32(VK.dataSize, data.length, true);
    value.setUint32(VK.data, allocateCell(access, data), true);
  }
  return allocateCell(access, contents);
}

function freeValue(access: HiveAccess, cell: number): void {
  const value = readCell(access, cell);
  if (value.getUint32(VK.dataSize, true) < DATA_IN_OFFSET) freeCell(access, value.getUint32(VK.data, true));
  freeCell(access, cell);
}

/** Replaces the list of values. */
function writeValues(access: HiveAccess, key: number, values: readonly number[]): void {
  const old = readCell(access, key).getUint32(NK.values, true);
  if (old !== NO_CELL) freeCell(access, old);
  const list = new DataView(new ArrayBuffer(values.length * 4));
  for (const [index, cell] of values.entries()) list.setUint32(index * 4, cell, true);
  writeCellWord(access, key, NK.valueCount, values.length);
  writeCellWord(access, key, NK.values, values.length ? allocateCell(access, new Uint8Array(list.buffer)) : NO_CELL);
}

interface SubkeyEntry {
  readonly cell: number;
  readonly hash: number;
}

/** Replaces the list of subkeys by an `lh` list: count, then cell and hash of each. */
function writeSubkeys(access: HiveAccess, key: number, entries: readonly SubkeyEntry[]): void {
  const old = readCell(access, key).getUint32(NK.subkeys, true);
  if (old !== NO_CELL) freeCell(access, old);
  const list = new DataView(new ArrayBuffer(4 + entries.length * 8));
  putText(list, 0, 'lh');
  list.setUint16(2, entries.length, true);
  for (const [index, { cell, hash }] of entries.entries()) {
    list.setUint32(4 + index * 8, cell, true);
    list.setUint32(8 + index * 8, hash, true);
  }
  writeCellWord(access, key, NK.subkeyCount, entries.length);
  writeCellWord(access, key, NK.subkeys, entries.length ? allocateCell(access, new Uint8Array(list.buffer)) : NO_CELL);
}

function readSubkeys(access: HiveAccess, node: DataView): SubkeyEntry[] {
  const cell = node.getUint32(NK.subkeys, true);
  if (cell === NO_CELL) return [];
  const list = readCell(access, cell);
  return Array.from({ length: list.getUint16(2, true) }, (_, index) => ({
    cell: list.getUint32(4 + index * 8, true),
    hash: list.getUint32(8 + index * 8, true),
  }));
}

function upperName(access: HiveAccess, cell: number): string {
  return upcase(nameOf(readCell(access, cell)));
}

function nameOf(node: DataView): string {
  const compressed = (node.getUint16(NK.flags, true) & KEY_COMP_NAME) !== 0;
  return decodeName(node, NK.name, node.getUint16(NK.nameLength, true), compressed);
}

function readList(access: HiveAccess, cell: number, count: number): number[] {
  if (cell === NO_CELL) return [];
  const list = readCell(access, cell);
  return Array.from({ length: count }, (_, index) => list.getUint32(index * 4, true));
}

/** The hash of `lh` lists, over the upper-case name. */
export function hashName(upper: string): number {
  let hash = 0;
  for (let i = 0; i < upper.length; i++) hash = (Math.imul(hash, 37) + upper.charCodeAt(i)) >>> 0;
  return hash;
}

function touch(access: HiveAccess, key: number, time: bigint): void {
  const word = new DataView(new ArrayBuffer(8));
  word.setBigUint64(0, time, true);
  writeCell(access, key, NK.lastWritten, new Uint8Array(word.buffer));
}

/** Names of Latin-1 characters take one byte each, others two. */
function encodeName(name: string): { bytes: Uint8Array; compressed: boolean } {
  const codes = Array.from({ length: name.length }, (_, index) => name.charCodeAt(index));
  const compressed = codes.every(code => code < 0x100);
  return {
    bytes: compressed ? Uint8Array.from(codes) : Uint8Array.from(codes.flatMap(code => [code & 0xff, code >> 8])),
    compressed,
  };
}

function decodeName(view: DataView, offset: number, length: number, compressed: boolean): string {
  let name = '';
  for (let at = offset; at < offset + length; at += compressed ? 1 : 2)
    name += String.fromCharCode(compressed ? view.getUint8(at) : view.getUint16(at, true));
  return name;
}
