/**
 * The compression store's books, as data: which page is kept where, and how full its regions are. The contents lie in
 * the user address space of the process Memory Compression (`region.ts`).
 */

import { roundUp } from '../../base/pages.ts';
import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';

/** Bytes of a region of the store. */
export const REGION_SIZE = 0x2_0000;
/** Compressed contents begin at multiples of this. */
export const RECORD_ALIGNMENT = 16;
/** CompressedSize of a page that does not become smaller and is kept as it is. */
export const RAW_SIZE = 0x1000;

/**
 * SM_PAGE_KEY: the number of the virtual paging file, which is no file, above an offset in pages. An invalid page table
 * entry holds it, as it would hold a place in a real paging file.
 */
export const VIRTUAL_PAGING_FILE = 2;
const OFFSET_BITS = 28;

export function keyParts(key: number): { pagingFile: number; offset: number } {
  return { pagingFile: key >>> OFFSET_BITS, offset: key & (2 ** OFFSET_BITS - 1) };
}

/** ST_PAGE_RECORD: where a page's contents are. */
export interface PageRecord {
  key: number;
  /** CompressedSize in bytes: 0 for a page of zeros, RAW_SIZE for one kept as it is. */
  size: number;
  /** Base address of its region, and the offset in it; 0 and 0 for a page of zeros. */
  region: number;
  offset: number;
  /** Page table entries and section pages that mean this record. */
  references: number;
}

export interface StoreRegion {
  /** Address in Memory Compression. */
  base: number;
  /** Bytes from its start that were given away. */
  used: number;
  /** Of these, bytes of records that are still there. */
  live: number;
  /** Keys. */
  records: Set<number>;
}

export interface Store {
  /** Id of Memory Compression. */
  process: number;
  records: Map<number, PageRecord>;
  /** By base address. */
  regions: Map<number, StoreRegion>;
  /** The region that is being filled, or 0. */
  filling: number;
  nextOffset: number;
  freeKeys: number[];
  /** Pages stored, brought back, and regions emptied by moving what was left in them, since boot. */
  stored: number;
  loaded: number;
  compactions: number;
}

export function newStore(process: number): Store {
  return {
    process,
    records: new Map(),
    regions: new Map(),
    filling: 0,
    nextOffset: 1,
    freeKeys: [],
    stored: 0,
    loaded: 0,
    compactions: 0,
  };
}

export function getStore(kernel: Kernel): Store {
  const { store } = kernel.state;
  assert(store, 'a page is in a store that was never made');
  return store;
}

/** Room that contents of this size take in a region. */
export function roomFor(size: number): number {
  return roundUp(size, RECORD_ALIGNMENT);
}

export function takeKey(store: Store): number {
  return store.freeKeys.pop() ?? (VIRTUAL_PAGING_FILE << OFFSET_BITS) | store.nextOffset++;
}

export function getRecord(store: Store, key: number): PageRecord {
  const record = store.records.get(key);
  assert(record, `the store has no page ${key}`);
  return record;
}

/** One more entry means the record: the process was cloned. */
export function referenceRecord(kernel: Kernel, key: number): void {
  getRecord(getStore(kernel), key).references++;
}

/** An entry does not mean the record any more; without any it is free. Empty regions wait for `tidyStore`. */
export function releaseRecord(kernel: Kernel, key: number): void {
  const store = getStore(kernel);
  const record = getRecord(store, key);
  if (--record.references > 0) return;
  store.records.delete(key);
  store.freeKeys.push(key);
  const region = store.regions.get(record.region);
  if (!region) return;
  region.records.delete(key);
  region.live -= roomFor(record.size);
}
