/** NtSetInformationThread and NtQueryInformationThread (phnt ntpsapi.h): priorities, case sensitivity. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { R10, R8, R9, RDX, RSP } from '../../../emulator/cpu/registers.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_READWRITE } from '../../../emulator/kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { CURRENT_THREAD } from '../../../emulator/kernel/ob/handleTable.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import { serviceTable } from '../../../emulator/kernel/services/table.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { enterThread, newKernel, newPicoProcess } from '../../support/kernel.ts';

const [PRIORITY, BASE_PRIORITY, EXPLICIT_CASE_SENSITIVITY] = [2, 3, 43];

interface Caller {
  readonly kernel: Kernel;
  readonly process: Process;
  readonly thread: Thread;
  set(what: number, value: number, length?: number): number;
  query(what: number, length: number): DataView;
}

function caller(): Caller {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  enterThread(kernel, thread);
  const type = MEM_RESERVE | MEM_COMMIT;
  const { base } = allocateVirtualMemory(kernel, process, { size: 0x1_0000, type, protection: PAGE_READWRITE });
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RSP, base + 0x8000);
  const call = (name: string, what: number, length: number): number => {
    const service = serviceTable().find(each => each.name === name);
    assert.ok(service, name);
    for (const [index, value] of [CURRENT_THREAD, what, base, length].entries())
      frame.setBig([R10, RDX, R8, R9][index], BigInt(value));
    return service.invoke({ kernel, process, thread, frame, refusal: status.STATUS_SUCCESS });
  };
  return {
    kernel,
    process,
    thread,
    set(what, value, length = 4) {
      const bytes = new DataView(new ArrayBuffer(4));
      bytes.setInt32(0, value, true);
      copyToUser(kernel, process, base, new Uint8Array(bytes.buffer));
      return call('NtSetInformationThread', what, length);
    },
    query(what, length) {
      assert.equal(call('NtQueryInformationThread', what, length), status.STATUS_SUCCESS);
      const bytes = new Uint8Array(length);
      copyFromUser(kernel, process, base, bytes);
      return new DataView(bytes.buffer);
    },
  };
}

test('a base priority is the process’s, two steps up or down, or the end of the range', () => {
  const { thread, set, query } = caller();
  for (const [increment, expected] of [
    [2, 10],
    [-2, 6],
    [15, 15],
    [-15, 1],
    [0, 8],
  ]) {
    assert.equal(set(BASE_PRIORITY, increment), status.STATUS_SUCCESS);
    assert.deepEqual([thread.basePriority, thread.priority], [expected, expected]);
  }
  set(BASE_PRIORITY, -1);
  assert.equal(query(0, 0x30).getInt32(0x2c, true), -1, 'THREAD_BASIC_INFORMATION.BasePriority is the difference');
  for (const increment of [3, -7, 16]) assert.equal(set(BASE_PRIORITY, increment), status.STATUS_INVALID_PARAMETER);
  assert.equal(set(BASE_PRIORITY, 1, 8), status.STATUS_INFO_LENGTH_MISMATCH);
});

test('a priority is set until quantum ends bring it back; real-time ones take a privilege', () => {
  const { thread, set } = caller();
  assert.equal(set(PRIORITY, 12), status.STATUS_SUCCESS);
  assert.deepEqual([thread.priority, thread.basePriority], [12, 8]);
  assert.equal(set(PRIORITY, 0), status.STATUS_INVALID_PARAMETER);
  assert.equal(set(PRIORITY, 32), status.STATUS_INVALID_PARAMETER);
  assert.equal(set(PRIORITY, 16), status.STATUS_PRIVILEGE_NOT_HELD);
});

test('user mode may ask for case sensitivity, and opt in with SeDebugPrivilege only', () => {
  const { thread, set, query } = caller();
  assert.equal(query(EXPLICIT_CASE_SENSITIVITY, 4).getUint32(0, true), 0);
  assert.equal(set(EXPLICIT_CASE_SENSITIVITY, 1), status.STATUS_PRIVILEGE_NOT_HELD);
  assert.equal(thread.explicitCaseSensitivity, false);
  thread.explicitCaseSensitivity = true;
  assert.equal(query(EXPLICIT_CASE_SENSITIVITY, 4).getUint32(0, true), 1);
});
