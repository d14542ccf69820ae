/** The door for pico providers, as Windows keeps it (pico-facts 1.1 to 1.4: Ionescu, BlackHat 2016; public headers). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX, RCX, R11, RFLAGS, initialRegisters } from '../../../emulator/cpu/registers.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { createMinimalProcess } from '../../../emulator/kernel/ps/create.ts';
import { PICO_CLONE_PARENT } from '../../../emulator/kernel/ps/pico.ts';
import { registerPicoProvider } from '../../../emulator/kernel/ps/registration.ts';
import {
  STATUS_INFO_LENGTH_MISMATCH,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_TOO_LATE,
} from '../../../emulator/kernel/status.ts';
import { newKernel, newPicoProcess, providerRoutines } from '../../support/kernel.ts';

test('registration checks sizes, then masks, then the gate (PsRegisterPicoProvider)', () => {
  const { kernel } = newKernel();
  kernel.picoRegistrationDisabled = true;
  const register = (overrides: object, size?: number): number =>
    registerPicoProvider(kernel, 'p', providerRoutines(overrides), size).status;
  assert.equal(register({ size: 0x50, openProcess: 0xffff_ffff }), STATUS_INFO_LENGTH_MISMATCH);
  assert.equal(register({}, 0x58), STATUS_INFO_LENGTH_MISMATCH);
  assert.equal(register({ openProcess: 0x0020_0000 }), STATUS_INVALID_PARAMETER);
  assert.equal(register({ openThread: 0x8000_0000 }), STATUS_INVALID_PARAMETER);
  assert.equal(register({}), STATUS_TOO_LATE);
});

test('a second registration before the gate closes replaces the first', () => {
  const { kernel } = newKernel();
  let served = '';
  const first = registerPicoProvider(kernel, 'p', providerRoutines({ exitThread: () => (served += '1') }));
  const second = registerPicoProvider(kernel, 'p', providerRoutines({ exitThread: () => (served += '2') }));
  assert.deepEqual([first.status, second.status, first.id, second.id], [STATUS_SUCCESS, STATUS_SUCCESS, 0, 0]);
  kernel.providers[0].routines.exitThread({} as never);
  assert.equal(served, '2');
});

test('a minimal process has nothing: no thread, no memory, no provider', () => {
  const { kernel } = newKernel();
  const { process } = createMinimalProcess(kernel, { parent: 0, name: 'MemCompression', commandLine: '' });
  assert.ok(process);
  assert.deepEqual(
    [process.minimal, process.picoCreated, process.threads, process.vads, process.provider],
    [true, false, [], [], -1],
  );
});

test('a system call goes to the provider, which answers in RAX of the trap frame', () => {
  const { kernel, processor } = newKernel();
  const seen: number[] = [];
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall: ({ trapFrame: frame }) => {
      seen.push(frame.number(RAX));
      frame.setNumber(RAX, 42);
    },
  });
  const frame = trapFrame(kernel, thread);
  frame.rip = 0x40_1000;
  frame.setNumber(RAX, 39);
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 2);
  const after = trapFrame(kernel, thread);
  assert.deepEqual(seen, [39]);
  assert.equal(after.number(RAX), 42);
  assert.equal(after.number(RCX), 0x40_1002, 'SYSCALL leaves the return address in RCX');
  assert.equal(after.big(R11), after.big(RFLAGS), 'and RFLAGS in R11');
});

test('ends: ExitThread for each thread, then ExitProcess; nothing is left after 1,000 processes', () => {
  const { kernel } = newKernel();
  const order: string[] = [];
  for (let round = 0; round < 1000; round++) {
    const { process } = newPicoProcess(kernel, {
      exitThread: () => order.push('thread'),
      exitProcess: () => order.push('process'),
    });
    const { routines } = registerPicoProvider(kernel, 'test', kernel.providers[0].routines);
    assert.ok(routines);
    const child = routines.createProcess(
      { parent: process, context: {}, flags: PICO_CLONE_PARENT },
      { imageFileName: 'c', commandLine: '' },
    );
    assert.ok(child.process);
    routines.createThread({ process, registers: initialRegisters(), context: {} }, 'second');
    routines.terminateProcess(process, 0);
    routines.terminateProcess(child.process, 0);
    if (round === 0) assert.deepEqual(order, ['thread', 'thread', 'process', 'process']);
  }
  const { state } = kernel;
  assert.deepEqual(
    [
      state.processes.size,
      state.threads.size,
      state.dispatcherObjects.size,
      state.readySummary,
      kernel.spaces.size,
      kernel.frames.count,
    ],
    [0, 0, 0, 0, 0, 0],
  );
});
