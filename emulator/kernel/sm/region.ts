/**
 * Regions of the store: private committed memory in the user address space of Memory Compression, filled from the front.
 * What becomes free inside a region is got back when the rest is moved elsewhere.
 */

import { PAGE_SIZE, pageOf } from '../../base/pages.ts';
import { PRESENT, READ, WRITE } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import { addressSpace } from '../mm/addressSpaces.ts';
import { chargeProcess, returnCharge } from '../mm/charge.ts';
import { HIGHEST_END, NT_GRANULARITY, findFreeRange, forgetPlaces } from '../mm/place.ts';
import { VIEW_SHARE } from '../mm/protection.ts';
import { MM_READWRITE } from '../mm/protectionMask.ts';
import { VAD_NONE, insertVad, vadIndex } from '../mm/vad.ts';
import { getProcess } from '../ps/process.ts';
import { succeeded } from '../status.ts';
import { REGION_SIZE, getRecord, roomFor } from './records.ts';
import type { Store, StoreRegion } from './records.ts';

/** Above what windows cover: nothing runs there. */
const LOWEST_REGION = 0x1_0000_0000;
const REGION_PAGES = REGION_SIZE / PAGE_SIZE;
/** Part of what was given away that may be wasted before regions are emptied. */
const GREATEST_WASTE = 0.25;

export interface Room {
  readonly region: StoreRegion;
  readonly offset: number;
}

/** Room for `size` bytes; undefined if the system cannot promise the memory for another region. */
export function takeRoom(kernel: Kernel, store: Store, size: number): Room | undefined {
  const room = roomFor(size);
  let region = store.regions.get(store.filling);
  if (!region || region.used + room > REGION_SIZE) {
    region = createRegion(kernel, store);
    if (!region) return undefined;
    store.filling = region.base;
  }
  const offset = region.used;
  region.used += room;
  region.live += room;
  const space = addressSpace(kernel, getProcess(kernel, store.process));
  for (let page = pageOf(region.base + offset); page <= pageOf(region.base + offset + room - 1); page++)
    if (!(space.entry(page) & PRESENT)) {
      space.mapZero(page, READ | WRITE);
      space.setLocked(page, page + 1, true);
    }
  return { region, offset };
}

function createRegion(kernel: Kernel, store: Store): StoreRegion | undefined {
  const process = getProcess(kernel, store.process);
  const low = LOWEST_REGION;
  const base = findFreeRange(process, REGION_SIZE, { low, high: HIGHEST_END, alignment: NT_GRANULARITY });
  if (base === undefined || !succeeded(chargeProcess(kernel, process, REGION_PAGES))) return undefined;
  const start = pageOf(base);
  insertVad(process, {
    start,
    end: start + REGION_PAGES,
    runs: [{ first: 0, count: REGION_PAGES, committed: true, protection: MM_READWRITE, charged: true }],
    vadType: VAD_NONE,
    privateMemory: true,
    noChange: false,
    protection: MM_READWRITE,
    pageGranular: false,
    growsDownTo: -1,
    use: 'Store region',
    section: 0,
    sectionPage: 0,
    shared: false,
    inherit: VIEW_SHARE,
  });
  const region = { base, used: 0, live: 0, records: new Set<number>() };
  store.regions.set(base, region);
  return region;
}

function releaseRegion(kernel: Kernel, store: Store, region: StoreRegion): void {
  const process = getProcess(kernel, store.process);
  const start = pageOf(region.base);
  addressSpace(kernel, process).unmap(start, start + REGION_PAGES);
  process.vads.splice(vadIndex(process, start), 1);
  forgetPlaces(process, start);
  returnCharge(kernel, process, REGION_PAGES);
  store.regions.delete(region.base);
  if (store.filling === region.base) store.filling = 0;
}

/** Gives empty regions back, and while much is wasted moves what is left in the emptiest region to another. */
export function tidyStore(kernel: Kernel): void {
  const { store } = kernel.state;
  if (!store) return;
  for (const region of store.regions.values()) if (region.live === 0) releaseRegion(kernel, store, region);
  for (;;) {
    const regions = [...store.regions.values()];
    const used = regions.reduce((sum, region) => sum + region.used, 0);
    const live = regions.reduce((sum, region) => sum + region.live, 0);
    const full = regions.filter(({ base }) => base !== store.filling);
    if (used - live <= used * GREATEST_WASTE || full.length === 0) return;
    const emptiest = full.reduce((least, region) => (region.live < least.live ? region : least));
    if (!moveRecords(kernel, store, emptiest)) return;
    releaseRegion(kernel, store, emptiest);
    store.compactions++;
  }
}

/** False if there was no room for all of them. */
function moveRecords(kernel: Kernel, store: Store, from: StoreRegion): boolean {
  const space = addressSpace(kernel, getProcess(kernel, store.process));
  for (const key of from.records) {
    const record = getRecord(store, key);
    const room = takeRoom(kernel, store, record.size);
    if (!room) return false;
    const contents = new Uint8Array(record.size);
    space.peek(from.base + record.offset, contents);
    space.poke(room.region.base + room.offset, contents);
    from.records.delete(key);
    from.live -= roomFor(record.size);
    room.region.records.add(key);
    record.region = room.region.base;
    record.offset = room.offset;
  }
  return true;
}
