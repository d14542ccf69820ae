/** PS_PICO_ROUTINES, member by member (lxmonika's pico.h; Ionescu, BlackHat 2016). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FS_BASE, GS_BASE, RAX, RIP, WORD_NAMES, initialRegisters } from '../../../emulator/cpu/registers.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { createEvent } from '../../../emulator/kernel/ke/event.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RESERVE, PAGE_READWRITE } from '../../../emulator/kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { OBJ_INHERIT, handleCount, insertHandle } from '../../../emulator/kernel/ob/handleTable.ts';
import { createObject } from '../../../emulator/kernel/ob/object.ts';
import { imageFileName } from '../../../emulator/kernel/ps/image.ts';
import * as pico from '../../../emulator/kernel/ps/pico.ts';
import type { PicoProviderRoutines, PicoRoutines } from '../../../emulator/kernel/ps/pico.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { registerPicoProvider } from '../../../emulator/kernel/ps/registration.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, providerRoutines } from '../../support/kernel.ts';

const INFO = { imageFileName: '/usr/bin/program', commandLine: 'program --fast' };

function register(kernel: Kernel, overrides: Partial<PicoProviderRoutines> = {}, name = 'test'): PicoRoutines {
  const { routines } = registerPicoProvider(kernel, name, providerRoutines(overrides));
  assert.ok(routines);
  return routines;
}

function create(routines: PicoRoutines, parent?: Process, flags = 0): Process {
  const { process } = routines.createProcess({ parent, context: { of: 'process' }, flags }, INFO);
  assert.ok(process);
  return process;
}

function start(routines: PicoRoutines, process: Process): Thread {
  const { thread } = routines.createThread(
    { process, registers: initialRegisters(), context: { of: 'thread' } },
    'main',
  );
  assert.ok(thread);
  return thread;
}

test('the table says its size (0x60)', () => assert.equal(register(newKernel().kernel).size, 0x60));

test('CreateProcess: a minimal process with a provider and its context, without a thread or anything mapped', () => {
  const { kernel } = newKernel();
  const process = create(register(kernel));
  assert.deepEqual(
    [process.minimal, process.picoCreated, process.name, process.commandLine, process.picoContext],
    [true, true, 'program', 'program --fast', { of: 'process' }],
  );
  assert.deepEqual([process.threads, process.vads, handleCount(process)], [[], [], 0]);
});

test('CreateProcess with PICO_CLONE_PARENT: the parent’s memory, copied when written', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const parent = create(routines);
  const type = MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM;
  const { base } = allocateVirtualMemory(kernel, parent, { size: 4096, type, protection: PAGE_READWRITE });
  copyToUser(kernel, parent, base, new Uint8Array([1]));
  for (const flags of [pico.PICO_CLONE_PARENT, pico.PICO_CLONE_PARENT | pico.PICO_CLONE_REDUCED_COMMIT]) {
    const child = create(routines, parent, flags);
    copyToUser(kernel, parent, base, new Uint8Array([2]));
    const byte = new Uint8Array(1);
    copyFromUser(kernel, child, base, byte);
    assert.deepEqual([child.parent, byte[0]], [parent.id, 1]);
    copyToUser(kernel, parent, base, new Uint8Array([1]));
  }
});

test('CreateProcess with PICO_INHERIT_HANDLES: the inheritable handles; without, none', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const parent = create(routines);
  const event = createObject(kernel, 'Event', createEvent(kernel, 'notification'));
  insertHandle(parent, event, 1);
  const handle = insertHandle(parent, event, 2, OBJ_INHERIT);
  assert.equal(handleCount(create(routines, parent)), 0);
  const child = create(routines, parent, pico.PICO_INHERIT_HANDLES);
  assert.equal(handleCount(child), 1);
  assert.equal(child.handleTable?.entries[handle / 4]?.access, 2);
});

test('CreateProcess takes PICO_BREAKAWAY, refuses packages, and what makes no sense', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const parent = create(routines);
  const ask = (flags: number, from?: Process): number =>
    routines.createProcess({ parent: from, context: {}, flags }, INFO).status;
  assert.equal(ask(pico.PICO_BREAKAWAY), status.STATUS_SUCCESS);
  assert.equal(ask(pico.PICO_PACKAGED_PROCESS, parent), status.STATUS_NOT_SUPPORTED);
  for (const flags of [pico.PICO_CLONE_PARENT, pico.PICO_INHERIT_HANDLES, 0x20])
    assert.equal(ask(flags), status.STATUS_INVALID_PARAMETER);
  assert.equal(ask(pico.PICO_CLONE_REDUCED_COMMIT, parent), status.STATUS_INVALID_PARAMETER);
  const { size } = kernel.state.processes;
  assert.equal(size, 2, 'what was refused left no process');
});

test('CreateThread: suspended, with every register that was given, RIP and the bases of FS and GS among them', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const process = create(routines);
  const registers = initialRegisters();
  for (const [index, name] of WORD_NAMES.entries())
    if (name !== 'rflags') registers.setBig(index, 0x1111_0000_0000n + BigInt(index));
  const { thread } = routines.createThread({ process, registers, context: { of: 'thread' } }, 'worker');
  assert.ok(thread);
  assert.deepEqual(
    [thread.state, thread.suspendCount, thread.minimal, thread.name],
    ['initialized', 1, true, 'worker'],
  );
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  const frame = trapFrame(kernel, thread);
  for (const index of WORD_NAMES.keys()) assert.equal(frame.big(index), registers.big(index), WORD_NAMES[index]);
});

test('CreateThread is refused in a process of another provider, and in one that has ended', () => {
  const { kernel } = newKernel();
  const [own, foreign] = [register(kernel), register(kernel, {}, 'other')];
  const process = create(own);
  const attributes = { process, registers: initialRegisters(), context: {} };
  assert.equal(foreign.createThread(attributes, '').status, status.STATUS_INVALID_PARAMETER);
  own.terminateProcess(process, 0);
  assert.equal(own.createThread(attributes, '').status, status.STATUS_PROCESS_IS_TERMINATING);
});

test('GetProcessContext and GetThreadContext give back what the provider attached', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const process = create(routines);
  const thread = start(routines, process);
  assert.equal(routines.getProcessContext(process), process.picoContext);
  assert.deepEqual(
    [routines.getProcessContext(process), routines.getThreadContext(thread)],
    [{ of: 'process' }, { of: 'thread' }],
  );
});

test('Get and SetContextThreadInternal: a copy of the registers, of a thread on the processor and of one that is not', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const process = create(routines);
  const [running, other] = [start(routines, process), start(routines, process)];
  routines.resumeThread(running);
  dispatchThreads(kernel, 10);
  assert.equal(kernel.loaded?.thread, running);
  for (const thread of [running, other]) {
    const copy = routines.getContextThreadInternal(thread);
    copy.setNumber(RAX, 77);
    copy.setNumber(RIP, 0x40_1000);
    assert.notEqual(trapFrame(kernel, thread).number(RAX), 77, 'a copy');
    assert.equal(routines.setContextThreadInternal(thread, copy), status.STATUS_SUCCESS);
    const frame = trapFrame(kernel, thread);
    assert.deepEqual([frame.number(RAX), frame.number(RIP)], [77, 0x40_1000]);
  }
});

test('SuspendThread and ResumeThread answer with the count before', () => {
  const { kernel } = newKernel();
  const routines = register(kernel);
  const thread = start(routines, create(routines));
  assert.deepEqual(routines.suspendThread(thread), { status: status.STATUS_SUCCESS, previous: 1 });
  assert.deepEqual(
    [1, 2, 3].map(() => routines.resumeThread(thread).previous),
    [2, 1, 0],
  );
  assert.equal(dispatchThreads(kernel, 10), 'budget');
});

test('SetThreadDescriptorBase acts on the current thread', () => {
  const { kernel, processor } = newKernel();
  const own: { routines?: PicoRoutines } = {};
  own.routines = register(kernel, {
    dispatchSystemCall() {
      own.routines?.setThreadDescriptorBase('fs', 0x7000);
      own.routines?.setThreadDescriptorBase('gs', 0x8000);
    },
  });
  const process = create(own.routines);
  const [current, other] = [start(own.routines, process), start(own.routines, process)];
  own.routines.resumeThread(current);
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 2);
  const bases = [current, other].map(thread =>
    [FS_BASE, GS_BASE].map(index => trapFrame(kernel, thread).number(index)),
  );
  assert.deepEqual(bases, [
    [0x7000, 0x8000],
    [0, 0],
  ]);
});

test('TerminateThread ends one thread, the last one its process; TerminateProcess all', () => {
  const { kernel } = newKernel();
  const ended: string[] = [];
  const routines = register(kernel, {
    exitThread: thread => void ended.push(`thread ${thread.exitStatus}`),
    exitProcess: process => void ended.push(`process ${process.exitStatus}`),
  });
  const process = create(routines);
  const [first, second] = [start(routines, process), start(routines, process)];
  assert.equal(routines.terminateThread(first, 5), status.STATUS_SUCCESS);
  assert.equal(routines.terminateThread(first, 5), status.STATUS_THREAD_IS_TERMINATING);
  assert.deepEqual([first.state, second.state, process.state], ['terminated', 'initialized', 'running']);
  routines.terminateThread(second, 6);
  const other = create(routines);
  start(routines, other);
  assert.equal(routines.terminateProcess(other, 8), status.STATUS_SUCCESS);
  assert.equal(routines.terminateProcess(other, 8), status.STATUS_PROCESS_IS_TERMINATING);
  assert.deepEqual(ended, ['thread 5', 'thread 6', 'process 6', 'thread 8', 'process 8']);
});

test('the image name of a pico process is its provider’s to say (GetAllocatedProcessImageName)', () => {
  const { kernel } = newKernel();
  const routines = register(kernel, { getAllocatedProcessImageName: process => `/images/${process.name}` });
  assert.equal(imageFileName(kernel, create(routines)), '/images/program');
});
