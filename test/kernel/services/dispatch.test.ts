/**
 * How a service is found and what it refuses (Windows Internals, 7th ed., part 2, ch. 8, "System service dispatching";
 * numbers of Windows 10 22H2 as j00ru/windows-syscalls has them).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX } from '../../../emulator/cpu/registers.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchSystemCall } from '../../../emulator/kernel/ke/trap.ts';
import { findService } from '../../../emulator/kernel/services/table.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { statusText } from '../../../emulator/kernel/statusNames.ts';
import { newPicoProcess } from '../../support/kernel.ts';
import { newTraditional } from '../../support/traditional.ts';

test('the numbers are those of build 19045', () => {
  const numbers: Readonly<Record<string, number>> = {
    NtWaitForSingleObject: 0x04,
    NtWriteFile: 0x08,
    NtClose: 0x0f,
    NtAllocateVirtualMemory: 0x18,
    NtTerminateProcess: 0x2c,
    NtContinue: 0x43,
    NtCreateSection: 0x4a,
    NtCreateThreadEx: 0xc2,
    NtRaiseHardError: 0x169,
    NtTestAlert: 0x1c2,
  };
  for (const [name, number] of Object.entries(numbers)) assert.equal(findService(number)?.name, name);
});

test('a number that no service has is STATUS_INVALID_SYSTEM_SERVICE, said once', () => {
  const { kernel, thread } = newTraditional();
  const said: string[] = [];
  kernel.debugPort = {
    report: (_process: unknown, sentence: string, once?: boolean) => said.push(`${sentence} ${once}`),
  } as never;
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RAX, 0x3000);
  dispatchSystemCall(kernel, thread, frame);
  assert.equal(frame.low(RAX) >>> 0, status.STATUS_INVALID_SYSTEM_SERVICE);
  assert.deepEqual(said, [
    'hello.exe: system service 0x3000 is not supported. The kernel has no service of that number. true',
  ]);
});

test('routing is by the thread: a pico thread beside it reaches its provider with the same number', () => {
  const { kernel, thread } = newTraditional();
  const seen: number[] = [];
  kernel.picoRegistrationDisabled = false;
  const pico = newPicoProcess(kernel, {
    dispatchSystemCall: ({ trapFrame: frame }) => void seen.push(frame.low(RAX)),
  });
  assert.deepEqual([thread.minimal, pico.thread.minimal], [false, true]);
  for (const each of [thread, pico.thread]) {
    const frame = trapFrame(kernel, each);
    frame.setNumber(RAX, 0x46);
    dispatchSystemCall(kernel, each, frame);
  }
  assert.deepEqual(seen, [0x46]);
  assert.equal(trapFrame(kernel, thread).low(RAX), status.STATUS_SUCCESS);
});

test('pointers are probed, handles are checked: existence, then type, then access', () => {
  const { call, memory, putLong, long } = newTraditional();
  const kernelAddress = -0x1000;
  assert.equal(call('NtCreateEvent', [kernelAddress, 0x1f_0003, 0, 0, 0]), status.STATUS_ACCESS_VIOLATION);
  assert.equal(call('NtCreateEvent', [0x1000, 0x1f_0003, 0, 0, 0]), status.STATUS_ACCESS_VIOLATION);
  assert.equal(call('NtCreateEvent', [0x7ffe_0000, 0x1f_0003, 0, 0, 0]), status.STATUS_ACCESS_VIOLATION, 'read-only');
  assert.equal(call('NtQuerySystemTime', [memory + 0xfffc]), status.STATUS_ACCESS_VIOLATION);
  assert.equal(call('NtSetEvent', [0x1234, 0]), status.STATUS_INVALID_HANDLE);
  assert.equal(call('NtSetEvent', [8, 0]), status.STATUS_OBJECT_TYPE_MISMATCH, 'standard output is a file');
  assert.equal(call('NtCreateEvent', [memory, 1, 0, 0, 0]), 0, 'EVENT_QUERY_STATE only');
  const event = long(memory);
  assert.equal(call('NtSetEvent', [event, 0]), status.STATUS_ACCESS_DENIED);
  assert.equal(call('NtQueryEvent', [event, 0, memory, 8, 0]), 0);
  putLong(memory, 0);
  assert.equal(call('NtQueryEvent', [event, 0, memory, 7, 0]), status.STATUS_INFO_LENGTH_MISMATCH);
  assert.equal(call('NtClose', [event]), 0);
  assert.equal(call('NtClose', [event]), status.STATUS_INVALID_HANDLE);
});

test('arguments five and more are read from the stack, which must be there', () => {
  const { kernel, thread, memory } = newTraditional();
  const frame = trapFrame(kernel, thread);
  frame.setNumber(4, 0x10); // RSP
  frame.setNumber(10, memory);
  frame.setNumber(RAX, 0x48);
  dispatchSystemCall(kernel, thread, frame);
  assert.equal(frame.low(RAX) >>> 0, status.STATUS_ACCESS_VIOLATION);
});

test('statuses have names', () => {
  assert.equal(statusText(0xc000_0005), 'STATUS_ACCESS_VIOLATION (0xc0000005)');
  assert.equal(statusText(0), 'STATUS_SUCCESS (0x00000000)');
  assert.equal(statusText(0xdead_beef), '0xdeadbeef');
});
