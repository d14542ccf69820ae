/**
 * Traditional processes: what a program finds in its address space (Windows Internals, 7th ed., part 1, ch. 3, "Flow of
 * CreateProcess"; offsets of phnt's ntpebteb.h and ntexapi.h for build 19045).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GS_BASE, RCX, RDX, RIP, RSP } from '../../../emulator/cpu/registers.ts';
import { PF_USER, PF_WRITE } from '../../../emulator/cpu/exits.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { CLOCK_TICK, updateSystemTime } from '../../../emulator/kernel/ke/sharedUserData.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import { MEM_COMMIT, MEM_RESERVE, PAGE_GUARD, PAGE_READWRITE } from '../../../emulator/kernel/mm/protection.ts';
import { queryVirtualMemory } from '../../../emulator/kernel/mm/query.ts';
import { createMinimalProcess } from '../../../emulator/kernel/ps/create.ts';
import { terminateProcess } from '../../../emulator/kernel/ps/terminate.ts';
import { createUserThread } from '../../../emulator/kernel/ps/userThread.ts';
import { decodeUnicode } from '../../../emulator/kernel/rtl/unicode.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { createTraditionalServices } from '../../../emulator/machine/traditional.ts';
import { describeAddressSpace } from '../../../emulator/machine/views.ts';
import { ntdll } from '../../../adapter/machine/prepared.ts';
import { newKernel } from '../../support/kernel.ts';
import { HELLO, memoryHost, newTraditional } from '../../support/traditional.ts';

const SHARED_USER_DATA = 0x7ffe_0000;

test('the region tree has what System Informer shows of a process', () => {
  const { kernel, process, thread } = newTraditional();
  const uses = describeAddressSpace(kernel, process).allocations.map(({ use, type }) => `${type} ${use}`);
  assert.deepEqual(uses.slice(0, 7), [
    'Image C:\\Windows\\System32\\ntdll.dll',
    'Image C:\\nt\\hello.exe',
    'Private PEB',
    `Private TEB (thread ${thread.id})`,
    'Private USER_PROCESS_PARAMETERS',
    `Private Stack (thread ${thread.id})`,
    'Private ',
  ]);
  assert.match(uses[7], /USER_SHARED_DATA/);
});

test('PEB: ImageBaseAddress +0x10, Ldr +0x18, ProcessParameters +0x20, build +0x120', () => {
  const { process, long, get } = newTraditional();
  const base = long(process.peb + 0x10);
  assert.equal(get(base, 2).getUint16(0, true), 0x5a4d);
  assert.equal(long(process.peb + 0x18), 0, 'the loader has not run yet');
  const parameters = long(process.peb + 0x20);
  assert.equal(get(parameters + 8, 4).getUint32(0, true), 1, 'RTL_USER_PROC_PARAMS_NORMALIZED');
  const text = (at: number): string =>
    decodeUnicode(new Uint8Array(get(long(at + 8), get(at, 2).getUint16(0, true)).buffer));
  assert.equal(text(parameters + 0x38), 'C:\\nt\\');
  assert.equal(text(parameters + 0x60), 'C:\\nt\\hello.exe');
  assert.equal(text(parameters + 0x70), 'C:\\nt\\hello.exe');
  const environment = decodeUnicode(new Uint8Array(get(long(parameters + 0x80), 0x40).buffer));
  assert.match(environment, /^SystemDrive=C:\0SystemRoot=/);
  assert.deepEqual(
    [0x20, 0x28, 0x30].map(offset => long(parameters + offset)),
    [4, 8, 12],
    'standard handles',
  );
  assert.equal(get(process.peb + 0x118, 4).getUint32(0, true), 10);
  assert.equal(get(process.peb + 0x120, 2).getUint16(0, true), 19045);
});

test('TEB: stack +0x08 and +0x10, Self +0x30, ids +0x40, PEB +0x60; GS leads to it', () => {
  const { kernel, process, thread, long } = newTraditional();
  const { teb } = thread;
  assert.equal(trapFrame(kernel, thread).number(GS_BASE), teb);
  assert.equal(teb % 0x1000, 0);
  assert.equal(long(teb + 0x30), teb);
  assert.deepEqual([long(teb + 0x40), long(teb + 0x48)], [process.id, thread.id]);
  assert.equal(long(teb + 0x60), process.peb);
  const [base, limit, bottom] = [long(teb + 8), long(teb + 0x10), long(teb + 0x1478)];
  assert.equal(base - bottom, 0x10_0000, 'SizeOfStackReserve');
  const stack = (address: number) => {
    const { state, protect, allocationBase } = queryVirtualMemory(kernel, process, address);
    return { state, protect, allocationBase };
  };
  assert.deepEqual(stack(limit), { state: MEM_COMMIT, protect: PAGE_READWRITE, allocationBase: bottom });
  assert.deepEqual(stack(limit - 1), {
    state: MEM_COMMIT,
    protect: PAGE_READWRITE | PAGE_GUARD,
    allocationBase: bottom,
  });
  assert.deepEqual(stack(bottom), { state: MEM_RESERVE, protect: 0, allocationBase: bottom });
});

test('TEBs lie 0x2000 apart in one place with the PEB', () => {
  const { kernel, process, thread } = newTraditional();
  const options = { start: 0x1000, argument: 0, stackReserve: 0x1_0000, stackCommit: 0x1000 };
  const second = createUserThread(kernel, process, options).thread;
  assert.equal((second?.teb ?? 0) - thread.teb, 0x2000);
  assert.equal(thread.teb - process.peb, 0x1000);
});

test('a thread begins in LdrInitializeThunk with the CONTEXT that leads to RtlUserThreadStart', () => {
  const { kernel, process, thread, long } = newTraditional();
  const frame = trapFrame(kernel, thread);
  const dll = kernel.state.systemDll;
  assert.ok(dll);
  assert.equal(frame.number(RIP), dll.entries.LdrInitializeThunk);
  assert.equal(frame.number(RDX), dll.base);
  const context = frame.number(RCX);
  assert.equal(context % 16, 0);
  assert.equal(long(context + 0xf8), dll.entries.RtlUserThreadStart);
  assert.equal(long(context + 0x88), process.peb, 'the program gets the PEB');
  assert.equal((frame.number(RSP) + 8) % 16, 0, 'as after a call');
});

test('the stack grows by its guard page: StackLimit follows; the last page is STATUS_STACK_OVERFLOW', () => {
  const { kernel, process, thread, long } = newTraditional();
  const { teb } = thread;
  const bottom = long(teb + 0x1478);
  const touch = (address: number): number => accessFault(kernel, process, address, PF_USER | PF_WRITE);
  for (let page = long(teb + 0x10) - 0x1000; page > bottom + 0x1000; page -= 0x1000) {
    assert.equal(touch(page + 8), status.STATUS_SUCCESS);
    assert.equal(long(teb + 0x10), page);
    assert.equal(queryVirtualMemory(kernel, process, page - 1).protect, PAGE_READWRITE | PAGE_GUARD);
  }
  assert.equal(touch(bottom + 0x1008), status.STATUS_STACK_OVERFLOW);
  assert.equal(long(teb + 0x10), bottom + 0x1000);
  assert.equal(touch(bottom + 8), status.STATUS_ACCESS_VIOLATION);
});

test('guard pages that are no stack are one-shot: STATUS_GUARD_PAGE_VIOLATION', () => {
  const { kernel, process, call, memory, putLong } = newTraditional();
  putLong(memory, memory + 0x4000);
  putLong(memory + 8, 0x1000);
  assert.equal(call('NtProtectVirtualMemory', [-1, memory, memory + 8, PAGE_READWRITE | PAGE_GUARD, memory + 16]), 0);
  assert.equal(accessFault(kernel, process, memory + 0x4000, PF_USER), status.STATUS_GUARD_PAGE_VIOLATION);
  assert.equal(accessFault(kernel, process, memory + 0x4000, PF_USER), status.STATUS_SUCCESS);
});

test('KUSER_SHARED_DATA at 0x7FFE0000 is read-only, and one frame for all', () => {
  const { kernel, process, services, get } = newTraditional();
  assert.equal(get(SHARED_USER_DATA + 0x260, 4).getUint32(0, true), 19045, 'NtBuildNumber');
  assert.equal(get(SHARED_USER_DATA + 0x26c, 4).getUint32(0, true), 10, 'NtMajorVersion');
  assert.equal(decodeUnicode(new Uint8Array(get(SHARED_USER_DATA + 0x30, 20).buffer)), 'C:\\Windows');
  assert.equal(accessFault(kernel, process, SHARED_USER_DATA, PF_USER | PF_WRITE), status.STATUS_ACCESS_VIOLATION);
  const other = services.createProgram({ program: '/nt/hello.exe', arguments: [], environment: {}, directory: '/nt' });
  assert.ok(!('error' in other));
  get(SHARED_USER_DATA, 8, other.process);
  const frames = [process, other.process].map(({ id }) => kernel.spaces.get(id)?.frame(SHARED_USER_DATA / 0x1000));
  assert.ok(frames[0]);
  assert.equal(frames[0], frames[1]);
});

test('its times are those of the last clock tick: 15.625 ms of virtual time each', () => {
  const { kernel, get, long } = newTraditional();
  const interruptTime = (): number => long(SHARED_USER_DATA + 8);
  kernel.state.time = CLOCK_TICK - 1;
  updateSystemTime(kernel);
  assert.equal(interruptTime(), 0);
  kernel.state.time = 3 * CLOCK_TICK + 5;
  updateSystemTime(kernel);
  assert.equal(interruptTime(), (3 * CLOCK_TICK) / 100);
  const [low, high1, high2] = [0, 4, 8].map(at => get(SHARED_USER_DATA + 0x14 + at, 4).getInt32(0, true));
  assert.equal(high1, high2, 'readers compare the two');
  assert.equal(
    high1 * 2 ** 32 + (low >>> 0) - (3 * CLOCK_TICK) / 100,
    116_444_736_000_000_000,
    'since 1601; booted in 1970',
  );
  assert.equal(get(SHARED_USER_DATA + 0x320, 4).getUint32(0, true), 3, 'TickCount');
});

test('images are shared, and what is written of them is copied', () => {
  const { kernel, process, services, put, long, get } = newTraditional();
  const other = services.createProgram({ program: '/nt/hello.exe', arguments: [], environment: {}, directory: '/nt' });
  assert.ok(!('error' in other));
  const dll = kernel.state.systemDll;
  assert.ok(dll);
  get(dll.base + 0x1000, 8);
  get(dll.base + 0x1000, 8, other.process);
  const frame = (id: number, address: number): number | undefined => kernel.spaces.get(id)?.frame(address / 0x1000);
  assert.equal(frame(process.id, dll.base + 0x1000), frame(other.process.id, dll.base + 0x1000));
  const data = long(process.peb + 0x10) + 0x3000;
  put(data, Uint8Array.of(1));
  assert.equal(get(data, 1, other.process).getUint8(0), 0);
  assert.equal(queryVirtualMemory(kernel, process, data).type, 0x100_0000, 'still MEM_IMAGE');
});

test('what a process leaves behind: nothing', () => {
  const { kernel, services, process } = newTraditional();
  const start = () => {
    const made = services.createProgram({ program: '/nt/hello.exe', arguments: [], environment: {}, directory: '/nt' });
    assert.ok(!('error' in made));
    terminateProcess(kernel, made.process, 0);
  };
  const count = () => [
    kernel.state.objects.size,
    kernel.state.sections.size,
    kernel.state.dispatcherObjects.size,
    kernel.state.fileObjects.size,
    kernel.state.threads.size,
    kernel.state.commit.total,
  ];
  start();
  const before = count();
  for (let i = 0; i < 20; i++) start();
  assert.deepEqual(count(), before);
  assert.equal(process.state, 'running');
});

test('a minimal process gets no thread with a TEB', () => {
  const { kernel } = newTraditional();
  const { process } = createMinimalProcess(kernel, { parent: 0, name: 'm', commandLine: '' });
  assert.ok(process);
  const options = { start: 0x1000, argument: 0, stackReserve: 0x1_0000, stackCommit: 0x1000 };
  assert.equal(createUserThread(kernel, process, options).thread, undefined);
});

test('bad programs are refused with sentences, and nothing of them is left', () => {
  const refusal = (image: Uint8Array | undefined, library = ntdll): string => {
    const { kernel } = newKernel();
    const { host } = memoryHost(image ? { '/nt/x.exe': image } : {});
    const services = createTraditionalServices(kernel, {
      host,
      mounts: [{ guest: '/nt', host: '/nt', mode: 'ro' }],
      ntdll: library,
    });
    const made = services.createProgram({ program: '/nt/x.exe', arguments: [], environment: {}, directory: '/' });
    assert.ok('error' in made);
    assert.equal(kernel.state.processes.size, 0);
    return made.error;
  };
  const header = new DataView(HELLO.buffer, HELLO.byteOffset).getUint32(0x3c, true);
  const changed = (at: number, ...bytes: number[]): Uint8Array => {
    const copy = HELLO.slice();
    copy.set(bytes, at);
    return copy;
  };
  assert.match(refusal(undefined), /does not exist/);
  assert.match(refusal(HELLO.slice(0, 700)), /C:\\nt\\x.exe: The file ends before .* truncated/);
  assert.match(refusal(changed(header + 4, 0x4c, 1)), /32-bit x86; .* Build it for x64/);
  assert.match(refusal(changed(header + 24, 0x0b, 1)), /32-bit image \(PE32\)/);
  assert.match(refusal(changed(header + 23, 0x20)), /is a DLL, not a program/);
  assert.match(
    refusal(HELLO, () => undefined),
    /no ntdll\.dll .* npm run build/,
  );
  assert.match(
    refusal(HELLO, () => HELLO),
    /ntdll\.dll does not export LdrInitializeThunk/,
  );
  assert.match(
    refusal(HELLO, () => new Uint8Array(10)),
    /ntdll\.dll: .* not a PE image/,
  );
});
