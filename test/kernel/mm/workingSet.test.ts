/** Working sets: what the clock takes, what faults bring back, what queries say of pages, commit limits. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { addressSpace } from '../../../emulator/kernel/mm/addressSpaces.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { cloneAddressSpace, checkClone } from '../../../emulator/kernel/mm/fork.ts';
import { lockVirtualMemory, unlockVirtualMemory } from '../../../emulator/kernel/mm/lock.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import * as query from '../../../emulator/kernel/mm/query.ts';
import { createSection } from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { setWorkingSetLimits, trimWorkingSet, trimWorkingSets } from '../../../emulator/kernel/mm/workingSet.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;

function touched(kernel: Kernel, process: Process, pages: number): number {
  const { base } = allocateVirtualMemory(kernel, process, {
    size: pages * PAGE,
    type: mm.MEM_RESERVE | mm.MEM_COMMIT,
    protection: mm.PAGE_READWRITE,
  });
  for (let page = 0; page < pages; page++) copyToUser(kernel, process, base + page * PAGE, new Uint8Array([page + 1]));
  return base;
}

function byteAt(kernel: Kernel, process: Process, address: number): number {
  const byte = new Uint8Array(1);
  copyFromUser(kernel, process, address, byte);
  return byte[0];
}

test('emptying a working set puts pages in transition; touching them is a soft fault and keeps their contents', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const base = touched(kernel, process, 4);
  const demandZero = { demandZero: 4, transition: 0, prototype: 0, compression: 0, hard: 0 };
  assert.deepEqual(process.faults, demandZero);
  assert.equal(setWorkingSetLimits(kernel, process, { minimum: -1, maximum: -1, isHard: false }), 0);
  assert.deepEqual([addressSpace(kernel, process).resident, kernel.frames.count], [0, 4]);
  assert.deepEqual(query.queryWorkingSetEx(kernel, process, base), { valid: false, location: 'resident' });
  assert.equal(byteAt(kernel, process, base + 2 * PAGE), 3);
  assert.deepEqual(process.faults, { ...demandZero, transition: 1 });
  assert.deepEqual(kernel.state.paging.faults, process.faults);
});

test('the clock takes what was not used, and nothing locked', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  process.workingSet.minimum = 0;
  const base = touched(kernel, process, 8);
  assert.equal(lockVirtualMemory(kernel, process, base, PAGE), status.STATUS_SUCCESS);
  assert.equal(lockVirtualMemory(kernel, process, base, 4 * PAGE, 3), status.STATUS_WORKING_SET_QUOTA);
  const used = base + 5 * PAGE;
  let taken = 0;
  for (let round = 0; round < 4; round++) {
    taken += trimWorkingSets(kernel, 100, 'old');
    byteAt(kernel, process, used);
  }
  assert.equal(taken, 6);
  const valid = (address: number): boolean => query.queryWorkingSetEx(kernel, process, address).valid;
  assert.deepEqual([valid(base), valid(used), valid(base + PAGE)], [true, true, false]);
  trimWorkingSet(kernel, process, 0);
  assert.deepEqual([valid(base), valid(used)], [true, false]);
  unlockVirtualMemory(kernel, process, base, PAGE);
  trimWorkingSet(kernel, process, 0);
  assert.equal(valid(base), false);
});

test('a hard maximum is kept; limits the wrong way round are refused', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  touched(kernel, process, 8);
  const set = (minimum: number, maximum: number): number =>
    setWorkingSetLimits(kernel, process, { minimum, maximum, isHard: true });
  assert.equal(set(5, 4), status.STATUS_BAD_WORKING_SET_LIMIT);
  assert.equal(set(1, 4), status.STATUS_SUCCESS);
  assert.equal(addressSpace(kernel, process).resident, 4);
  touched(kernel, process, 8);
  assert.equal(addressSpace(kernel, process).resident, 4);
});

test('working set blocks and regions tell private pages from shared ones and name mapped files', () => {
  const { kernel } = newKernel();
  const [process, other] = [newProcess(kernel), newProcess(kernel)];
  const section = createSection(kernel, { kind: 'dataFile', size: 4 * PAGE });
  const view = { section, size: 0, offset: 0, protection: mm.PAGE_WRITECOPY, type: 0, use: '/etc/hosts' };
  const [base] = [process, other].map(each => mapViewOfSection(kernel, each, view).base);
  for (const each of [process, other]) byteAt(kernel, each, base);
  const before = query.queryWorkingSetEx(kernel, process, base);
  assert.deepEqual(before.valid && [before.shared, before.shareCount, before.sharedOriginal, before.win32Protection], [
    true,
    2,
    true,
    mm.PAGE_WRITECOPY,
  ]);
  copyToUser(kernel, process, base, new Uint8Array([1]));
  const after = query.queryWorkingSetEx(kernel, process, base);
  assert.deepEqual(after.valid && [after.shared, after.shareCount, after.sharedOriginal, after.win32Protection], [
    false,
    0,
    true,
    mm.PAGE_READWRITE,
  ]);
  assert.deepEqual(query.queryRegion(kernel, process, base + PAGE), {
    allocationBase: base,
    allocationProtect: mm.PAGE_WRITECOPY,
    regionType: query.REGION_MAPPED_DATA_FILE,
    regionSize: 4 * PAGE,
    commitSize: 4 * PAGE,
  });
  assert.deepEqual(query.queryMappedFilename(kernel, process, base), { status: 0, name: '/etc/hosts' });
  const own = touched(kernel, process, 1);
  assert.equal(query.queryMappedFilename(kernel, process, own).status, status.STATUS_FILE_INVALID);
  assert.equal(query.queryMappedFilename(kernel, process, 0x7000_0000).status, status.STATUS_INVALID_ADDRESS);
});

test('what cannot be promised is refused, system-wide; clones with reduced commit are not promised their copies', () => {
  const { kernel } = newKernel({ processes: 16, frames: 100 });
  const [process, other] = [newProcess(kernel), newProcess(kernel)];
  const commit = (who: Process, pages: number): number =>
    allocateVirtualMemory(kernel, who, {
      size: pages * PAGE,
      type: mm.MEM_RESERVE | mm.MEM_COMMIT,
      protection: mm.PAGE_READWRITE,
    }).status;
  assert.equal(commit(process, 60), status.STATUS_SUCCESS);
  assert.equal(commit(other, 41), status.STATUS_COMMITMENT_LIMIT);
  assert.equal(commit(other, 40), status.STATUS_SUCCESS);
  assert.equal(checkClone(kernel, process, { reducedCommit: false }), status.STATUS_COMMITMENT_LIMIT);
  const child = newProcess(kernel);
  assert.equal(cloneAddressSpace(kernel, process, child, { reducedCommit: true }), status.STATUS_SUCCESS);
  assert.deepEqual([child.commit, child.reducedCommit, kernel.state.commit.total], [60, 60, 100]);
});
