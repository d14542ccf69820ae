/** NtAllocateVirtualMemory and kin: granularity, regions, partial releases, and a random comparison with a plain model. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRandom, seedRandom } from '../../../emulator/base/random.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { cloneAddressSpace } from '../../../emulator/kernel/mm/fork.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import {
  closeSection,
  createSection,
  readSection,
  resizeSection,
  writeSection,
} from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection, unmapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import {
  allocateVirtualMemory,
  discardVirtualMemory,
  freeVirtualMemory,
  moveVirtualMemory,
  protectVirtualMemory,
} from '../../../emulator/kernel/mm/virtualMemory.ts';
import { queryVirtualMemory } from '../../../emulator/kernel/mm/query.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;
const RESERVE_COMMIT = mm.MEM_RESERVE | mm.MEM_COMMIT;
const PICO = RESERVE_COMMIT | mm.MEM_DOS_LIM;

test('reservations round to 64 KiB for NT and to 4 KiB with MEM_DOS_LIM', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const request = { base: 0x1234_5678, size: PAGE, protection: mm.PAGE_READWRITE };
  assert.equal(allocateVirtualMemory(kernel, process, { ...request, type: RESERVE_COMMIT }).base, 0x1234_0000);
  assert.equal(allocateVirtualMemory(kernel, process, { ...request, base: 0x2234_5678, type: PICO }).base, 0x2234_5000);
});

test('an allocation is a VAD; equal pages in a row are one region; free memory says NOACCESS', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const { base } = allocateVirtualMemory(kernel, process, {
    size: 16 * PAGE,
    type: PICO,
    protection: mm.PAGE_READWRITE,
  });
  protectVirtualMemory(kernel, process, base + 4 * PAGE, 2 * PAGE, mm.PAGE_READONLY);
  const regions = [0, 4, 6, 16].map(page => queryVirtualMemory(kernel, process, base + page * PAGE));
  assert.deepEqual(regions.map(region => [region.regionSize / PAGE, region.protect, region.state]).slice(0, 3), [
    [4, mm.PAGE_READWRITE, mm.MEM_COMMIT],
    [2, mm.PAGE_READONLY, mm.MEM_COMMIT],
    [10, mm.PAGE_READWRITE, mm.MEM_COMMIT],
  ]);
  assert.deepEqual(
    [regions[3].state, regions[3].protect, regions[3].allocationBase],
    [mm.MEM_FREE, mm.PAGE_NOACCESS, 0],
  );
  protectVirtualMemory(kernel, process, base + 4 * PAGE, 2 * PAGE, mm.PAGE_READWRITE);
  assert.equal(process.vads[0].runs.length, 1, 'equal neighbours join again');
});

test('RELEASE without a size needs the base; with one it takes part of an allocation', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const nt = allocateVirtualMemory(kernel, process, {
    size: 4 * PAGE,
    type: RESERVE_COMMIT,
    protection: mm.PAGE_READWRITE,
  }).base;
  assert.equal(freeVirtualMemory(kernel, process, nt + PAGE, 0, mm.MEM_RELEASE), status.STATUS_FREE_VM_NOT_AT_BASE);
  assert.equal(freeVirtualMemory(kernel, process, nt, 5 * PAGE, mm.MEM_RELEASE), status.STATUS_UNABLE_TO_FREE_VM);
  assert.equal(freeVirtualMemory(kernel, process, nt, 0, mm.MEM_RELEASE), status.STATUS_SUCCESS);
  const pico = allocateVirtualMemory(kernel, process, {
    size: 4 * PAGE,
    type: PICO,
    protection: mm.PAGE_READWRITE,
  }).base;
  assert.equal(freeVirtualMemory(kernel, process, pico + PAGE, PAGE, mm.MEM_RELEASE), status.STATUS_SUCCESS);
  assert.deepEqual(
    process.vads.map(vad => vad.end - vad.start),
    [1, 2],
  );
  assert.equal(process.commit, 3);
});

test('a guard page raises once; a stack grows down to its limit and then overflows', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const { base } = allocateVirtualMemory(kernel, process, {
    size: PAGE,
    type: PICO,
    protection: mm.PAGE_READWRITE | mm.PAGE_GUARD,
  });
  assert.equal(accessFault(kernel, process, base, 4), status.STATUS_GUARD_PAGE_VIOLATION);
  assert.equal(accessFault(kernel, process, base, 4), status.STATUS_SUCCESS);
  const top = 0x1f00_0000;
  allocateVirtualMemory(kernel, process, {
    base: top,
    size: PAGE,
    type: PICO,
    protection: mm.PAGE_READWRITE,
    growsDownTo: top - 4 * PAGE,
  });
  assert.equal(accessFault(kernel, process, top - 3 * PAGE, 6), status.STATUS_SUCCESS);
  assert.equal(queryVirtualMemory(kernel, process, top).allocationBase, top - 3 * PAGE);
  assert.equal(accessFault(kernel, process, top - 5 * PAGE, 6), status.STATUS_STACK_OVERFLOW);
});

test('views: shared ones write to the section, write-copy ones do not; behind the end is an in-page error', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const section = createSection(kernel, { size: PAGE + 10 });
  const view = { section, size: 3 * PAGE, offset: 0, protection: mm.PAGE_READWRITE, type: mm.MEM_DOS_LIM };
  const shared = mapViewOfSection(kernel, process, { ...view, writeCopy: false }).base;
  const copy = mapViewOfSection(kernel, process, { ...view, writeCopy: true }).base;
  writeSection(kernel, section, 0, new Uint8Array([1, 2, 3]));
  const bytes = new Uint8Array(3);
  copyFromUser(kernel, process, copy, bytes);
  assert.deepEqual([...bytes], [1, 2, 3]);
  copyToUser(kernel, process, shared, new Uint8Array([9]));
  copyToUser(kernel, process, copy, new Uint8Array([7]));
  readSection(kernel, section, 0, bytes);
  assert.deepEqual([...bytes], [9, 2, 3]);
  assert.equal(accessFault(kernel, process, shared + 2 * PAGE, 4), status.STATUS_IN_PAGE_ERROR);
  resizeSection(kernel, section, 1);
  resizeSection(kernel, section, 3);
  readSection(kernel, section, 0, bytes);
  assert.deepEqual([...bytes], [9, 0, 0], 'what was cut off reads as zero');
  unmapViewOfSection(kernel, process, shared);
  unmapViewOfSection(kernel, process, copy);
  closeSection(kernel, section);
  assert.deepEqual([kernel.state.sections.size, kernel.frames.count], [0, 0]);
});

test('moving keeps contents, discarding drops them', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const { base } = allocateVirtualMemory(kernel, process, {
    size: 4 * PAGE,
    type: PICO,
    protection: mm.PAGE_READWRITE,
  });
  copyToUser(kernel, process, base + PAGE, new Uint8Array([5]));
  assert.equal(moveVirtualMemory(kernel, process, base + PAGE, 2 * PAGE, 0x7000_0000), status.STATUS_SUCCESS);
  const byte = new Uint8Array(1);
  copyFromUser(kernel, process, 0x7000_0000, byte);
  assert.equal(byte[0], 5);
  assert.equal(copyFromUser(kernel, process, base + PAGE, byte), 0);
  discardVirtualMemory(kernel, process, 0x7000_0000, PAGE);
  copyFromUser(kernel, process, 0x7000_0000, byte);
  assert.equal(byte[0], 0);
});

test('20,000 random allocations, protections, releases, clones and writes agree with a model page by page', () => {
  const { kernel } = newKernel();
  const random = seedRandom(11);
  const pick = (limit: number): number => nextRandom(random) % limit;
  type Model = Map<number, { protection: number; byte: number }>;
  let process = newProcess(kernel);
  let model: Model = new Map();
  const low = 0x3000_0000;
  const span = 48;
  for (let step = 0; step < 20_000; step++) {
    const page = pick(span);
    const count = 1 + pick(6);
    const base = low + page * PAGE;
    const pages = Array.from({ length: count }, (_, index) => page + index);
    switch (pick(6)) {
      case 0: {
        const free = pages.every(at => !model.has(at));
        const { status: result } = allocateVirtualMemory(kernel, process, {
          base,
          size: count * PAGE,
          type: PICO,
          protection: mm.PAGE_READWRITE,
        });
        assert.equal(result === status.STATUS_SUCCESS, free);
        if (free) for (const at of pages) model.set(at, { protection: mm.PAGE_READWRITE, byte: 0 });
        break;
      }
      case 1:
        assert.equal(
          freeVirtualMemory(kernel, process, base, count * PAGE, mm.MEM_RELEASE | mm.MEM_DOS_LIM),
          status.STATUS_SUCCESS,
        );
        for (const at of pages) model.delete(at);
        break;
      case 2: {
        const protection = [mm.PAGE_READONLY, mm.PAGE_READWRITE, mm.PAGE_NOACCESS][pick(3)];
        const whole = pages.every(at => model.has(at));
        assert.equal(
          protectVirtualMemory(kernel, process, base, count * PAGE, protection).status === status.STATUS_SUCCESS,
          whole,
        );
        if (whole) for (const at of pages) (model.get(at) as { protection: number }).protection = protection;
        break;
      }
      case 3: {
        const value = pick(256);
        const entry = model.get(page);
        const done = copyToUser(kernel, process, base + 7, new Uint8Array([value]));
        assert.equal(done, entry?.protection === mm.PAGE_READWRITE ? 1 : 0);
        if (done && entry) entry.byte = value;
        break;
      }
      case 4: {
        const entry = model.get(page);
        const byte = new Uint8Array(1);
        const readable = entry !== undefined && entry.protection !== mm.PAGE_NOACCESS;
        assert.equal(copyFromUser(kernel, process, base + 7, byte), readable ? 1 : 0);
        if (readable) assert.equal(byte[0], entry.byte);
        break;
      }
      default:
        if (pick(40) === 0) {
          const child = newProcess(kernel);
          cloneAddressSpace(kernel, process, child);
          freeVirtualMemory(kernel, process, 0, 2 ** 47, mm.MEM_RELEASE | mm.MEM_DOS_LIM);
          kernel.spaces.delete(process.id);
          process = child;
          model = new Map([...model].map(([at, entry]) => [at, { ...entry }]));
        }
    }
    assert.equal(process.commit, model.size, `commit charge after step ${step}`);
  }
});
