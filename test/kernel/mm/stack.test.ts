/** User stacks that grow by their guard page (Windows Internals, 7th edition, part 1, chapter 5, "Stacks"). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { queryVirtualMemory } from '../../../emulator/kernel/mm/query.ts';
import { growUserStack } from '../../../emulator/kernel/mm/stack.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;
const PAGES = 16;
const WRITE_BY_USER = 6;

test('the guard page moves down with each touch, StackLimit with it, and the last page but one overflows', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const reserve = { size: PAGES * PAGE, type: mm.MEM_RESERVE, protection: mm.PAGE_READWRITE };
  const deallocation = allocateVirtualMemory(kernel, process, reserve).base;
  const base = deallocation + PAGES * PAGE;
  const commit = (at: number, protection: number): void => {
    allocateVirtualMemory(kernel, process, { base: at, size: PAGE, type: mm.MEM_COMMIT, protection });
  };
  commit(base - PAGE, mm.PAGE_READWRITE);
  commit(base - 2 * PAGE, mm.PAGE_READWRITE | mm.PAGE_GUARD);
  let limit = base - PAGE;
  for (let address = base - 2 * PAGE; ; address -= PAGE) {
    assert.equal(accessFault(kernel, process, address, WRITE_BY_USER), status.STATUS_GUARD_PAGE_VIOLATION);
    const grown = growUserStack(kernel, process, { base, deallocation }, address + 100);
    assert.equal(accessFault(kernel, process, address, WRITE_BY_USER), status.STATUS_SUCCESS, 'the page is usable now');
    if (grown.status === status.STATUS_STACK_OVERFLOW) {
      assert.equal(address, deallocation + PAGE);
      assert.equal(grown.stackLimit, deallocation + PAGE);
      break;
    }
    assert.equal(grown.status, status.STATUS_SUCCESS);
    assert.equal(grown.stackLimit, limit - PAGE);
    limit -= PAGE;
    assert.equal(queryVirtualMemory(kernel, process, limit - PAGE).protect, mm.PAGE_READWRITE | mm.PAGE_GUARD);
  }
  assert.equal(queryVirtualMemory(kernel, process, deallocation).state, mm.MEM_RESERVE, 'the lowest page never is');
  assert.equal(process.commit, PAGES - 1);
});

test('with a guarantee the rest of the stack is committed for the handler of the overflow', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const reserve = { size: PAGES * PAGE, type: mm.MEM_RESERVE, protection: mm.PAGE_READWRITE };
  const deallocation = allocateVirtualMemory(kernel, process, reserve).base;
  const stack = { base: deallocation + PAGES * PAGE, deallocation, guaranteedBytes: 3 * PAGE };
  const grown = growUserStack(kernel, process, stack, deallocation + 3 * PAGE);
  assert.deepEqual(grown, { status: status.STATUS_STACK_OVERFLOW, stackLimit: deallocation + PAGE });
  const { state, regionSize } = queryVirtualMemory(kernel, process, deallocation + PAGE);
  assert.deepEqual([state, regionSize], [mm.MEM_COMMIT, 2 * PAGE]);
});

test('a guard page elsewhere is none of the stack', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const stack = { base: 0x5001_0000, deallocation: 0x5000_0000 };
  const elsewhere = growUserStack(kernel, process, stack, 0x6000_0000);
  assert.deepEqual(elsewhere, { status: status.STATUS_GUARD_PAGE_VIOLATION });
});
