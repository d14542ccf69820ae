/**
 * The compression store: pages found by their keys, records of 16-byte units in regions of 128 KiB, zeros and raw pages,
 * compaction, clones (layout as published with FLARE's and MemProcFS's readers of Windows 10 stores).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fillRandom, seedRandom } from '../../../emulator/base/random.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { addressSpace } from '../../../emulator/kernel/mm/addressSpaces.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import { cloneAddressSpace } from '../../../emulator/kernel/mm/fork.ts';
import { lockVirtualMemory } from '../../../emulator/kernel/mm/lock.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { queryWorkingSetEx } from '../../../emulator/kernel/mm/query.ts';
import { closeSection, createPagingSection, readSection, writeSection } from '../../../emulator/kernel/mm/section.ts';
import {
  allocateVirtualMemory,
  deleteUserMemory,
  freeVirtualMemory,
} from '../../../emulator/kernel/mm/virtualMemory.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { loadStored, readStored } from '../../../emulator/kernel/sm/load.ts';
import { getStore, keyParts, releaseRecord, RAW_SIZE, REGION_SIZE } from '../../../emulator/kernel/sm/records.ts';
import { tidyStore } from '../../../emulator/kernel/sm/region.ts';
import { storePage } from '../../../emulator/kernel/sm/store.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;
const limited = (resident: number): Kernel => newKernel({ processes: 16, frames: 10_000, resident }).kernel;

function noise(seed: number): Uint8Array {
  const page = new Uint8Array(PAGE);
  fillRandom(seedRandom(seed), page);
  return page;
}

/** Compresses to about a quarter. */
function mixed(seed: number): Uint8Array {
  const page = new Uint8Array(PAGE).fill(seed);
  page.set(noise(seed).subarray(0, 1000), 100);
  return page;
}

function touched(kernel: Kernel, process: Process, pages: number, contents: (page: number) => Uint8Array): number {
  const { base } = allocateVirtualMemory(kernel, process, {
    size: pages * PAGE,
    type: mm.MEM_RESERVE | mm.MEM_COMMIT,
    protection: mm.PAGE_READWRITE,
  });
  for (let page = 0; page < pages; page++)
    assert.equal(copyToUser(kernel, process, base + page * PAGE, contents(page)), PAGE);
  return base;
}

function pageAt(kernel: Kernel, process: Process, address: number): Uint8Array {
  const page = new Uint8Array(PAGE);
  assert.equal(copyFromUser(kernel, process, address, page), PAGE);
  return page;
}

test('zeros take no room, noise is kept as it is, the rest is compressed to whole 16-byte units', () => {
  const kernel = limited(1000);
  const pages = [new Uint8Array(PAGE), noise(1), mixed(2), mixed(3)];
  const keys = pages.map(page => storePage(kernel, page, 1) as number);
  const store = getStore(kernel);
  const records = keys.map(key => store.records.get(key));
  assert.deepEqual([records[0]?.size, records[1]?.size], [0, RAW_SIZE]);
  assert.ok(records[2] && records[2].size > 900 && records[2].size < 1300);
  assert.deepEqual(
    records.map(record => (record?.offset ?? 1) % 16),
    [0, 0, 0, 0],
  );
  assert.deepEqual(keyParts(keys[3]), { pagingFile: 2, offset: 4 });
  for (const [index, key] of keys.entries()) {
    const page = new Uint8Array(PAGE);
    readStored(kernel, key, page);
    assert.deepEqual(page, pages[index]);
    loadStored(kernel, key, page.fill(9));
    assert.deepEqual(page, pages[index]);
  }
  assert.equal(store.records.size, 0, 'who is brought back is forgotten');
  tidyStore(kernel);
  assert.deepEqual([store.regions.size, kernel.frames.count, kernel.state.commit.total], [0, 0, 0]);
});

test('regions are 128 KiB of private memory; when much is wasted the emptiest are emptied', () => {
  const kernel = limited(5000);
  const keys = Array.from({ length: 600 }, (_, index) => storePage(kernel, mixed(index + 1), 1) as number);
  const store = getStore(kernel);
  const before = store.regions.size;
  assert.ok(before >= 4);
  const { vads } = kernel.state.processes.get(store.process) as Process;
  assert.deepEqual(
    vads.map(({ start, end, use, privateMemory }) => [(end - start) * PAGE, use, privateMemory]),
    vads.map(() => [REGION_SIZE, 'Store region', true]),
  );
  for (const [index, key] of keys.entries()) if (index % 3) releaseRecord(kernel, key);
  tidyStore(kernel);
  assert.ok(store.regions.size < before, `${store.regions.size} of ${before} regions are left`);
  assert.ok(store.compactions > 0);
  const page = new Uint8Array(PAGE);
  for (const [index, key] of keys.entries())
    if (index % 3 === 0) {
      readStored(kernel, key, page);
      assert.deepEqual(page, mixed(index + 1));
    }
});

test('more than may be resident is trimmed and compressed, and comes back by soft faults', () => {
  const kernel = limited(100);
  const process = newProcess(kernel);
  const base = touched(kernel, process, 200, mixed);
  assert.ok(kernel.frames.live <= 100);
  assert.deepEqual(queryWorkingSetEx(kernel, process, base), { valid: false, location: 'pagefile' });
  for (let page = 0; page < 200; page++) assert.deepEqual(pageAt(kernel, process, base + page * PAGE), mixed(page));
  assert.ok(process.faults.compression >= 100);
  assert.equal(process.faults.hard, 0);
  freeVirtualMemory(kernel, process, base, 0, mm.MEM_RELEASE);
  tidyStore(kernel);
  assert.deepEqual([getStore(kernel).records.size, kernel.frames.count], [0, 0]);
});

test('a clone shares compressed pages: both find them, the last one to go frees them', () => {
  const kernel = limited(64);
  const process = newProcess(kernel);
  const base = touched(kernel, process, 150, mixed);
  const child = newProcess(kernel);
  cloneAddressSpace(kernel, process, child);
  const store = getStore(kernel);
  assert.ok([...store.records.values()].every(record => record.references === 2));
  assert.deepEqual(pageAt(kernel, child, base + 3 * PAGE), mixed(3));
  copyToUser(kernel, child, base + 3 * PAGE, new Uint8Array([77]));
  assert.deepEqual(pageAt(kernel, process, base + 3 * PAGE), mixed(3), 'what one writes the other does not see');
  deleteUserMemory(kernel, process);
  for (let page = 4; page < 150; page++) assert.deepEqual(pageAt(kernel, child, base + page * PAGE), mixed(page));
  deleteUserMemory(kernel, child);
  tidyStore(kernel);
  assert.deepEqual([store.records.size, kernel.frames.count], [0, 0]);
});

test('pages of sections without a file are compressed too; locked pages never are', () => {
  const kernel = limited(64);
  const process = newProcess(kernel);
  const { section } = createPagingSection(kernel, { size: 40 * PAGE, protection: 4, isReserve: false });
  for (let page = 0; page < 40; page++) writeSection(kernel, section, page * PAGE, mixed(page));
  const locked = touched(kernel, process, 4, mixed);
  lockVirtualMemory(kernel, process, locked, 4 * PAGE);
  touched(kernel, process, 120, mixed);
  assert.ok((kernel.state.sections.get(section)?.stored.size ?? 0) > 20);
  for (let page = 0; page < 4; page++)
    assert.equal(queryWorkingSetEx(kernel, process, locked + page * PAGE).valid, true);
  const page = new Uint8Array(PAGE);
  readSection(kernel, section, 7 * PAGE, page);
  assert.deepEqual(page, mixed(7));
  deleteUserMemory(kernel, process);
  closeSection(kernel, section);
  tidyStore(kernel);
  assert.deepEqual([getStore(kernel).records.size, kernel.frames.count, kernel.state.commit.total], [0, 0, 0]);
});

test('when even the store is too large the access fails with STATUS_NO_MEMORY, and more memory helps again', () => {
  const kernel = limited(64);
  const process = newProcess(kernel);
  const { base } = allocateVirtualMemory(kernel, process, {
    size: 200 * PAGE,
    type: mm.MEM_RESERVE | mm.MEM_COMMIT,
    protection: mm.PAGE_READWRITE,
  });
  let page = 0;
  while (copyToUser(kernel, process, base + page * PAGE, noise(page + 1)) === PAGE) page++;
  assert.ok(page >= 40 && page < 80, `${page} pages of noise`);
  assert.equal(accessFault(kernel, process, base + page * PAGE, 6), status.STATUS_NO_MEMORY);
  freeVirtualMemory(kernel, process, base, 20 * PAGE, mm.MEM_DECOMMIT);
  assert.equal(accessFault(kernel, process, base + page * PAGE, 6), status.STATUS_SUCCESS);
  assert.deepEqual(pageAt(kernel, process, base + 30 * PAGE), noise(31));
  assert.ok(addressSpace(kernel, process).resident > 0);
});
