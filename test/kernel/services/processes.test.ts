/** Processes, threads and exceptions as services (ntpsapi.h of phnt; Windows Internals, part 1, ch. 3 and 4). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX, RCX, RIP, RSP } from '../../../emulator/cpu/registers.ts';
import { PAGE_FAULT } from '../../../emulator/cpu/exits.ts';
import { deliverUserApcs } from '../../../emulator/kernel/ke/apcDelivery.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchException } from '../../../emulator/kernel/ke/trap.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newPicoProcess } from '../../support/kernel.ts';
import { newTraditional } from '../../support/traditional.ts';

const THREAD_ALL_ACCESS = 0x1f_ffff;

test('NtCreateThreadEx: suspended if asked, with TEB and stack; NtTerminateThread signals its handle', () => {
  const { call, resumeCall, kernel, memory, long, thread, get } = newTraditional();
  const create = [memory, THREAD_ALL_ACCESS, 0, -1, 0x1_1000, 5, 1, 0, 0, 0, 0];
  assert.equal(call('NtCreateThreadEx', create), 0);
  const handle = long(memory);
  const [, id] = kernel.state.processes.get(thread.process)?.threads ?? [];
  assert.equal(call('NtQueryInformationThread', [handle, 0, memory + 0x100, 0x30, 0]), 0);
  assert.equal(long(memory + 0x118), id);
  assert.equal(long(memory + 0x108), kernel.state.threads.get(id)?.teb);
  assert.equal(call('NtResumeThread', [handle, memory + 8]), 0);
  assert.equal(get(memory + 8, 4).getUint32(0, true), 1, 'the suspend count before');
  assert.equal(call('NtWaitForSingleObject', [handle, 0, 0]), undefined);
  kernel.state.current = 0;
  assert.equal(call('NtTerminateThread', [0, 33], kernel.state.threads.get(id)), undefined);
  assert.equal(resumeCall('NtWaitForSingleObject', [handle, 0, 0], thread), status.STATUS_WAIT_0);
  assert.equal(call('NtQueryInformationThread', [handle, 0, memory + 0x100, 0x30, 0]), 0);
  assert.equal(get(memory + 0x100, 4).getUint32(0, true), 33);
  assert.equal(call('NtQueryInformationThread', [-2, 12, memory, 4, 0]), 0);
  assert.equal(get(memory, 4).getUint32(0, true), 1, 'ThreadAmILastThread');
});

test('contexts can be read and changed; NtContinue goes where one says', () => {
  const { call, kernel, memory, thread, get, put, putLong, long } = newTraditional();
  const frame = trapFrame(kernel, thread);
  const [rip, rsp] = [frame.number(RIP), frame.number(RSP)];
  const flags = new Uint8Array(4);
  new DataView(flags.buffer).setUint32(0, 0x10_000b, true);
  put(memory + 0x30, flags);
  assert.equal(call('NtGetContextThread', [-2, memory]), 0);
  assert.equal(long(memory + 0xf8), rip);
  assert.equal(get(memory + 0x38, 2).getUint16(0, true), 0x33, 'SegCs');
  assert.equal(get(memory + 0x34, 4).getUint32(0, true), 0x1f80, 'MxCsr');
  putLong(memory + 0x80, 77);
  putLong(memory + 0xf8, 0x1234_5678);
  putLong(memory + 0x98, rsp - 0x400);
  call('NtContinue', [memory, 0]);
  assert.deepEqual([frame.number(RIP), frame.number(RCX), frame.number(RSP)], [0x1234_5678, 77, rsp - 0x400]);
});

test('an exception goes to KiUserExceptionDispatcher, with CONTEXT at RSP and the record 0x4F0 above', () => {
  const { kernel, thread, get, long } = newTraditional();
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RAX, 99);
  const rip = frame.number(RIP);
  dispatchException(kernel, thread, frame, {
    exceptionCode: status.STATUS_ACCESS_VIOLATION,
    exceptionAddress: rip,
    exceptionInformation: [1, 0x88],
    vector: PAGE_FAULT,
    errorCode: 6,
  });
  assert.equal(frame.number(RIP), kernel.state.systemDll?.entries.KiUserExceptionDispatcher);
  const stack = frame.number(RSP);
  assert.equal(stack % 16, 0);
  assert.equal(long(stack + 0x78), 99, 'Rax of the CONTEXT');
  assert.equal(long(stack + 0xf8), rip);
  const record = stack + 0x4f0;
  assert.equal(get(record, 4).getUint32(0, true), status.STATUS_ACCESS_VIOLATION);
  assert.equal(long(record + 0x10), rip);
  assert.equal(get(record + 0x18, 4).getUint32(0, true), 2);
  assert.deepEqual([long(record + 0x20), long(record + 0x28)], [1, 0x88]);
});

test('an exception for which the stack has no room ends the process with its status, and a report', () => {
  const { kernel, process, thread } = newTraditional();
  const said: string[] = [];
  const port = { report: (_: unknown, sentence: string) => said.push(sentence), threadExited() {}, processExited() {} };
  kernel.debugPort = port as never;
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RSP, 0x100);
  const record = { exceptionCode: status.STATUS_ILLEGAL_INSTRUCTION, exceptionAddress: 5, exceptionInformation: [] };
  dispatchException(kernel, thread, frame, { ...record, vector: 6, errorCode: 0 });
  assert.deepEqual([process.state, process.exitStatus], ['terminated', status.STATUS_ILLEGAL_INSTRUCTION]);
  assert.match(said[0], /hello\.exe: unhandled exception STATUS_ILLEGAL_INSTRUCTION .* in thread/);
});

test('NtRaiseException, second chance: nobody handled it', () => {
  const { call, process, memory } = newTraditional();
  assert.equal(call('NtRaiseException', [memory, memory + 0x100, 0]), undefined);
  assert.equal(process.state, 'terminated');
});

test('a user APC runs in KiUserApcDispatcher when the thread waits alertably, and not before', () => {
  const { call, resumeCall, kernel, memory, putLong, long, thread } = newTraditional();
  assert.equal(call('NtQueueApcThread', [-2, 0x7777, 1, 2, 3]), 0);
  assert.equal(thread.userApcPending, false);
  putLong(memory, -1_000_000);
  assert.equal(call('NtDelayExecution', [1, memory]), undefined);
  assert.equal(resumeCall('NtDelayExecution', [1, memory], thread), status.STATUS_USER_APC);
  const frame = trapFrame(kernel, thread);
  assert.deepEqual(deliverUserApcs(kernel, thread, frame), ['APC']);
  assert.equal(frame.number(RIP), kernel.state.systemDll?.entries.KiUserApcDispatcher);
  const stack = frame.number(RSP);
  assert.deepEqual(
    [0, 8, 0x10, 0x18].map(at => long(stack + at)),
    [1, 2, 3, 0x7777],
  );
  assert.equal(long(stack + 0x78), status.STATUS_USER_APC, 'what the call answers when the APC is over');
});

test('NtCreateProcessEx without a section clones: private memory is copied, the PEB lies where it lay', () => {
  const { call, kernel, process, memory, long, putLong, thread } = newTraditional();
  putLong(memory + 0x2000, 4711);
  const values = [memory, 0x1f_ffff, 0, -1, 4, 0, 0, 0, 0];
  assert.equal(call('NtCreateProcessEx', values), 0);
  const handle = long(memory);
  assert.equal(call('NtQueryInformationProcess', [handle, 0, memory + 0x100, 0x30, 0]), 0);
  assert.equal(long(memory + 0x108), process.peb);
  const child = kernel.state.processes.get(long(memory + 0x120));
  assert.ok(child);
  assert.deepEqual([child.parent, child.minimal, child.threads.length], [process.id, false, 0]);
  putLong(memory + 0x2000, 1);
  assert.equal(long(memory + 0x2000, child), 4711);
  assert.equal(call('NtCreateProcessEx', [memory, 0x1f_ffff, 0, -1, 0, 8, 0, 0, 0]), status.STATUS_NOT_SUPPORTED);
  assert.equal(call('NtTerminateProcess', [handle, 3]), 0);
  assert.equal(call('NtWaitForSingleObject', [handle, 0, 0]), undefined);
  assert.equal(thread.outcome?.kind, 'object');
});

test('what is known of processes: PEB 0 and the subsystem of a pico process, and the rights that its provider gives away', () => {
  const { call, kernel, process, memory, long, get, putLong } = newTraditional();
  kernel.picoRegistrationDisabled = false;
  const pico = newPicoProcess(kernel);
  const clientId = putLong(memory + 0x40, pico.process.id);
  putLong(memory + 0x48, 0);
  const open = (access: number): number | undefined => call('NtOpenProcess', [memory, access, 0, clientId]);
  assert.equal(open(0x400), status.STATUS_ACCESS_DENIED, 'PROCESS_QUERY_INFORMATION');
  assert.equal(open(0x10), status.STATUS_ACCESS_DENIED, 'PROCESS_VM_READ');
  assert.equal(open(0x1000), 0, 'PROCESS_QUERY_LIMITED_INFORMATION');
  const handle = long(memory);
  putLong(memory + 0x100, 0x40);
  assert.equal(call('NtQueryInformationProcess', [handle, 0, memory + 0x100, 0x40, 0]), 0, 'extended');
  assert.equal(long(memory + 0x110), 0, 'PebBaseAddress');
  assert.ok(get(memory + 0x138, 4).getUint32(0, true) & 0x80, 'IsSubsystemProcess');
  assert.equal(call('NtQueryInformationProcess', [handle, 75, memory, 4, 0]), 0);
  assert.equal(get(memory, 4).getUint32(0, true), 1, 'SubsystemInformationTypeWSL');
  assert.equal(call('NtQueryInformationProcess', [-1, 75, memory, 4, 0]), 0);
  assert.equal(get(memory, 4).getUint32(0, true), 0, 'SubsystemInformationTypeWin32');
  assert.equal(call('NtOpenProcess', [memory, 0x1000, 0, putLong(memory + 0x40, 0x9999)]), status.STATUS_INVALID_CID);
  assert.equal(process.state, 'running');
});

test('NtTerminateProcess: null ends the other threads, -1 the process', () => {
  const { call, process, memory } = newTraditional();
  assert.equal(call('NtCreateThreadEx', [memory, THREAD_ALL_ACCESS, 0, -1, 0x1_1000, 0, 0, 0, 0, 0, 0]), 0);
  assert.equal(process.threads.length, 2);
  assert.equal(call('NtTerminateProcess', [0, 9]), 0);
  assert.equal(process.threads.length, 1);
  assert.equal(call('NtTerminateProcess', [-1, 9]), undefined);
  assert.deepEqual([process.state, process.exitStatus], ['terminated', 9]);
});

test('System is opened by its id, and not ended', () => {
  const { call, memory, long, putLong } = newTraditional();
  const clientId = putLong(memory + 0x40, 4);
  putLong(memory + 0x48, 0);
  assert.equal(call('NtOpenProcess', [memory, 1, 0, clientId]), 0);
  assert.equal(call('NtTerminateProcess', [long(memory), 0]), status.STATUS_ACCESS_DENIED);
});
