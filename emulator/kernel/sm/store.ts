/**
 * The store manager: keeps trimmed pages compressed in the user address space of a minimal process, where they take a
 * fraction of their memory and come back without anything being read (Windows Internals, 7th edition, part 1, chapter 5,
 * "Memory compression").
 */

import { PAGE_SIZE } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { addressSpace } from '../mm/addressSpaces.ts';
import { getProcess } from '../ps/process.ts';
import { compressPage } from './compression.ts';
import { RAW_SIZE, getStore, takeKey } from './records.ts';
import type { Store } from './records.ts';
import { takeRoom } from './region.ts';

/** Keeps a page for `references` users; its key, or undefined if there is no room. */
export function storePage(kernel: Kernel, page: Uint8Array, references: number): number | undefined {
  const store = getStore(kernel);
  if (isZero(page)) return addRecord(store, { size: 0, region: 0, offset: 0, references });
  const compressed = compressPage(page);
  const contents = compressed.length < PAGE_SIZE ? compressed : page;
  const size = contents === page ? RAW_SIZE : contents.length;
  const room = takeRoom(kernel, store, size);
  if (!room) return undefined;
  addressSpace(kernel, getProcess(kernel, store.process)).poke(room.region.base + room.offset, contents);
  const key = addRecord(store, { size, region: room.region.base, offset: room.offset, references });
  room.region.records.add(key);
  return key;
}

function addRecord(store: Store, record: { size: number; region: number; offset: number; references: number }): number {
  const key = takeKey(store);
  store.records.set(key, { key, ...record });
  store.stored++;
  return key;
}

function isZero(page: Uint8Array): boolean {
  const words = new Int32Array(page.buffer, page.byteOffset, page.length / 4);
  return words.every(word => word === 0);
}
