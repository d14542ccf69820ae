/**
 * Who serves what enters the kernel: system calls by the thread's Minimal bit, exceptions by the process's pico context
 * (Ionescu, "The Linux kernel hidden inside Windows 10", BlackHat 2016; KiSystemServiceUser, KiDispatchException).
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugPort } from '../../../emulator/kernel/dbgk/port.ts';
import { RBP, RIP, initialRegisters } from '../../../emulator/cpu/registers.ts';
import type { BugCheck } from '../../../emulator/kernel/ke/bugCheck.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { resumeThread } from '../../../emulator/kernel/ke/suspend.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { createThread } from '../../../emulator/kernel/ps/create.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { requestTermination, terminateProcess } from '../../../emulator/kernel/ps/terminate.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import { STATUS_ACCESS_DENIED } from '../../../emulator/kernel/status.ts';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import { newKernel, newPicoProcess, newProcess, newThread } from '../../support/kernel.ts';

const INVALID_OPCODE = { kind: 'fault', vector: 6, errorCode: 0, address: 0 } as const;

/** A debug port that notes reports and never stops. */
function listen(kernel: Kernel): { reports: string[]; checks: BugCheck[]; order: string[] } {
  const heard = { reports: [] as string[], checks: [] as BugCheck[], order: [] as string[] };
  kernel.debugPort = {
    wantsSystemCalls: false,
    stopRequested: false,
    instructionLimit: () => Infinity,
    systemCallEntry: () => false,
    inject: () => undefined,
    systemCallExit: () => false,
    exception: () => heard.order.push('port') < 0,
    breakpoint: () => false,
    instructionsDone: () => false,
    apcDelivered: () => false,
    report: (_process, sentence) => void heard.reports.push(sentence),
    providerHasFailed: false,
    providerFailed: failure => void heard.reports.push(failure.message),
    bugCheck: check => void heard.checks.push(check),
    processCreated() {},
    processExited() {},
    imageReplaced() {},
    threadCreated() {},
    threadExited() {},
  } satisfies DebugPort;
  return heard;
}

function startMinimalThread(kernel: Kernel, process: Process): Thread {
  const { thread } = createThread(kernel, process, { registers: initialRegisters(), context: undefined, name: '' });
  assert.ok(thread);
  resumeThread(kernel, thread);
  return thread;
}

test('a system call of a minimal thread that no provider serves is a bug check: the machine stands still', () => {
  const { kernel, processor } = newKernel();
  const heard = listen(kernel);
  const { thread: other } = newPicoProcess(kernel);
  const process = newProcess(kernel, 'Registry');
  const thread = startMinimalThread(kernel, process);
  const before = takeSnapshot(kernel);
  kernel.state.threads.get(other.id)!.quantum = 0;
  processor.script.push({ kind: 'budget' }, { kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 1_000_000), 'ended');
  assert.equal(heard.checks.length, 1);
  assert.deepEqual([heard.checks[0].code, heard.checks[0].thread], [0x3b, thread.id]);
  assert.match(heard.checks[0].text, /SYSTEM_SERVICE_EXCEPTION: thread \d+ of Registry \(\d+\) made a system call/);
  const instructions = other.instructions;
  assert.equal(dispatchThreads(kernel, 1000), 'ended');
  assert.deepEqual([process.state, other.instructions], ['running', instructions], 'nobody ended, nobody runs');
  restoreSnapshot(kernel, before);
  assert.equal(dispatchThreads(kernel, 1000), 'budget', 'a snapshot from before goes on');
});

test('the two keys disagree: a thread that is not minimal, in a pico process', () => {
  const { kernel, processor } = newKernel();
  listen(kernel);
  const served: string[] = [];
  const { process, thread } = newPicoProcess(kernel, {
    dispatchSystemCall: () => void served.push('call'),
    dispatchException: () => served.push('exception') > 0,
  });
  thread.minimal = false;
  processor.script.push(INVALID_OPCODE);
  dispatchThreads(kernel, 10);
  assert.deepEqual(served, ['exception'], 'exceptions go by the process');
  assert.equal(process.state, 'running');
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 10);
  assert.deepEqual(served, ['exception'], 'system calls by the thread: the provider is not asked');
});

test('the two keys disagree: a process of a provider without a pico context keeps its exceptions from it', () => {
  const { kernel, processor } = newKernel();
  const heard = listen(kernel);
  const served: string[] = [];
  const { process } = newPicoProcess(kernel, {
    dispatchSystemCall: () => void served.push('call'),
    dispatchException: () => served.push('exception') > 0,
  });
  process.picoContext = undefined;
  processor.script.push({ kind: 'systemCall' }, INVALID_OPCODE);
  dispatchThreads(kernel, 10);
  assert.deepEqual(served, ['call']);
  assert.deepEqual([process.state, heard.reports.length], ['terminated', 1]);
});

test('an exception: the port outside the machine looks first, then the provider; handled, the thread goes on', () => {
  const { kernel, processor } = newKernel();
  const { order } = listen(kernel);
  const { process, thread } = newPicoProcess(kernel, {
    dispatchException(record, _thread, frame) {
      order.push(`provider ${record.vector} ${record.exceptionCode.toString(16)}`);
      frame.setNumber(RIP, 0x5000);
      return true;
    },
  });
  processor.script.push(INVALID_OPCODE);
  dispatchThreads(kernel, 10);
  assert.deepEqual(order, ['port', 'provider 6 c000001d']);
  assert.deepEqual([process.state, trapFrame(kernel, thread).number(RIP)], ['running', 0x5000]);
});

test('FALSE from DispatchException ends the process with a report that names the callers (WalkUserStack)', () => {
  const { kernel, processor } = newKernel();
  const { reports } = listen(kernel);
  const walks: number[][] = [];
  const { process, thread } = newPicoProcess(kernel, {
    dispatchException: () => false,
    walkUserStack(walked, frame, count) {
      walks.push([walked.id, frame.number(RBP), count, walked.specialApcDisable]);
      return Array.from({ length: 20 }, (_, i) => 0x40_1000 + i);
    },
  });
  const frame = trapFrame(kernel, thread);
  frame.rip = 0x40_2000;
  frame.setNumber(RBP, 0x7000);
  processor.script.push(INVALID_OPCODE);
  assert.equal(dispatchThreads(kernel, 10), 'ended');
  assert.deepEqual(walks, [[thread.id, 0x7000, 8, 1]], 'asked once, in a guarded region');
  assert.equal(thread.specialApcDisable, 0);
  assert.equal(process.state, 'terminated');
  assert.equal(
    reports.join(),
    `test (${process.id}) ended: nobody handled #UD (0xc000001d) at 0x402000, called from ` +
      '0x401000, 0x401001, 0x401002, 0x401003, 0x401004, 0x401005, 0x401006, 0x401007',
  );
});

test('whoever wants a pico process to end asks its provider, which may refuse (TerminateProcess)', () => {
  const { kernel } = newKernel();
  const asked: number[] = [];
  const { process } = newPicoProcess(kernel, {
    terminateProcess: (_process, status) => (asked.push(status) > 1 ? 0 : STATUS_ACCESS_DENIED),
  });
  assert.equal(requestTermination(kernel, process, 7), STATUS_ACCESS_DENIED);
  assert.deepEqual([asked, process.state], [[7], 'running']);
  const minimal = newProcess(kernel);
  assert.equal(requestTermination(kernel, minimal, 3), 0);
  assert.deepEqual([minimal.state, minimal.exitStatus], ['terminated', 3]);
});

test('the order of an end: the provider is asked, then ExitThread for each thread, then ExitProcess', () => {
  const { kernel } = newKernel();
  const order: string[] = [];
  const { process } = newPicoProcess(kernel, {
    terminateProcess(subject, status) {
      order.push('TerminateProcess');
      terminateProcess(kernel, subject, status);
      return 0;
    },
    exitThread: thread => void order.push(`ExitThread ${thread.state} memory ${kernel.spaces.has(thread.process)}`),
    exitProcess: subject =>
      void order.push(`ExitProcess ${subject.threads.length} memory ${kernel.spaces.has(subject.id)}`),
  });
  newThread(kernel, process);
  requestTermination(kernel, process, 9);
  assert.deepEqual(order, [
    'TerminateProcess',
    'ExitThread terminated memory true',
    'ExitThread terminated memory true',
    'ExitProcess 0 memory true',
  ]);
});
