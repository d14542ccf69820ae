/** The five-bit protections of MMVAD_FLAGS and PTEs, and what NtAllocateVirtualMemory refuses in which order. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import * as mask from '../../../emulator/kernel/mm/protectionMask.ts';
import {
  allocateVirtualMemory,
  freeVirtualMemory,
  protectVirtualMemory,
} from '../../../emulator/kernel/mm/virtualMemory.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

test('masks are those of the kernel: 0 to 7, +8 no cache, +0x10 guard, 0x18 write combining or no access', () => {
  const masks: [number, number, string][] = [
    [mm.PAGE_READONLY, 1, 'R'],
    [mm.PAGE_EXECUTE, 2, 'X'],
    [mm.PAGE_EXECUTE_READ, 3, 'RX'],
    [mm.PAGE_READWRITE, 4, 'RW'],
    [mm.PAGE_WRITECOPY, 5, 'WC'],
    [mm.PAGE_EXECUTE_READWRITE, 6, 'RWX'],
    [mm.PAGE_EXECUTE_WRITECOPY, 7, 'WCX'],
    [mm.PAGE_READWRITE | mm.PAGE_NOCACHE, 0x0c, 'RW+NC'],
    [mm.PAGE_READWRITE | mm.PAGE_GUARD, 0x14, 'RW+G'],
    [mm.PAGE_READWRITE | mm.PAGE_WRITECOMBINE, 0x1c, 'RW+WCM'],
    [mm.PAGE_NOACCESS, 0x18, 'NA'],
  ];
  for (const [value, bits, name] of masks) {
    assert.equal(mask.makeProtectionMask(value), bits);
    assert.equal(mask.protectionValue(bits), value);
    assert.equal(mask.protectionName(bits), name);
  }
  for (const reserved of [mask.MM_ZERO_ACCESS, mask.MM_DECOMMIT]) {
    assert.equal(mask.protectionValue(reserved), 0);
    assert.equal(mask.protectionName(reserved), '');
  }
});

test('no access and two accesses, or several modifiers, are no protection', () => {
  const wrong = [
    0,
    mm.PAGE_GUARD,
    mm.PAGE_READONLY | mm.PAGE_READWRITE,
    mm.PAGE_NOACCESS | mm.PAGE_GUARD,
    mm.PAGE_NOACCESS | mm.PAGE_NOCACHE,
    mm.PAGE_READWRITE | mm.PAGE_GUARD | mm.PAGE_NOCACHE,
    mm.PAGE_READWRITE | mm.PAGE_NOCACHE | mm.PAGE_WRITECOMBINE,
    0x800 | mm.PAGE_READWRITE,
  ];
  assert.deepEqual(
    wrong.map(value => mask.makeProtectionMask(value)),
    wrong.map(() => undefined),
  );
});

test('of several mistakes the first in order is told: type, protection, address, size', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const good = { base: 0x5000_0000, size: 4096, type: mm.MEM_RESERVE, protection: mm.PAGE_READWRITE };
  const allocate = (changes: object): number => allocateVirtualMemory(kernel, process, { ...good, ...changes }).status;
  const far = 0x7fff_ffff_f000;
  assert.equal(allocate({ type: 0, protection: 0, base: far, size: 0 }), status.STATUS_INVALID_PARAMETER_5);
  assert.equal(allocate({ type: mm.MEM_RESET | mm.MEM_COMMIT }), status.STATUS_INVALID_PARAMETER_5);
  assert.equal(allocate({ type: mm.MEM_WRITE_WATCH | mm.MEM_COMMIT }), status.STATUS_INVALID_PARAMETER_5);
  assert.equal(allocate({ type: mm.MEM_WRITE_WATCH | mm.MEM_RESERVE }), status.STATUS_NOT_SUPPORTED);
  assert.equal(allocate({ type: mm.MEM_LARGE_PAGES | mm.MEM_RESERVE }), status.STATUS_PRIVILEGE_NOT_HELD);
  assert.equal(allocate({ protection: mm.PAGE_WRITECOPY, base: far }), status.STATUS_INVALID_PAGE_PROTECTION);
  assert.equal(allocate({ base: far, size: 0 }), status.STATUS_INVALID_PARAMETER_2);
  assert.equal(allocate({ size: 0 }), status.STATUS_INVALID_PARAMETER_4);
  assert.equal(allocate({ size: 2 ** 47 }), status.STATUS_INVALID_PARAMETER_4);
  assert.equal(allocate({ type: mm.MEM_COMMIT }), status.STATUS_CONFLICTING_ADDRESSES, 'nothing is reserved there');
  assert.equal(allocate({}), status.STATUS_SUCCESS);
  assert.equal(allocate({}), status.STATUS_CONFLICTING_ADDRESSES);
  const protect = (protection: number, size = 4096): number =>
    protectVirtualMemory(kernel, process, good.base, size, protection).status;
  assert.equal(protect(0), status.STATUS_INVALID_PAGE_PROTECTION);
  assert.equal(protect(mm.PAGE_READONLY, 0), status.STATUS_INVALID_PARAMETER_3);
  assert.equal(protect(mm.PAGE_READONLY), status.STATUS_NOT_COMMITTED);
  assert.equal(protect(mm.PAGE_WRITECOPY), status.STATUS_INVALID_PARAMETER_4, 'private memory is never write-copy');
  const free = (type: number, size = 0, base = good.base): number =>
    freeVirtualMemory(kernel, process, base, size, type);
  assert.equal(free(0), status.STATUS_INVALID_PARAMETER_4);
  assert.equal(free(mm.MEM_RELEASE | mm.MEM_DECOMMIT), status.STATUS_INVALID_PARAMETER_4);
  assert.equal(free(mm.MEM_RELEASE, 0, 0x6000_0000), status.STATUS_MEMORY_NOT_ALLOCATED);
  assert.equal(free(mm.MEM_DECOMMIT, 0x1_0000), status.STATUS_UNABLE_TO_FREE_VM);
  assert.equal(free(mm.MEM_RELEASE), status.STATUS_SUCCESS);
});

test('MEM_TOP_DOWN takes the highest place', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const place = (type: number): number =>
    allocateVirtualMemory(kernel, process, { size: 4096, type, protection: mm.PAGE_READWRITE }).base;
  const low = place(mm.MEM_RESERVE);
  const high = place(mm.MEM_RESERVE | mm.MEM_TOP_DOWN);
  assert.ok(high > low + 0x4000_0000);
  assert.equal(place(mm.MEM_RESERVE | mm.MEM_TOP_DOWN), high - 0x1_0000);
});
