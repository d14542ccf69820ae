/** APCs and suspension (Windows Internals, part 1, ch. 8 "Asynchronous procedure calls"; wdm.h, winnt.h). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  enterCriticalRegion,
  enterGuardedRegion,
  leaveCriticalRegion,
  leaveGuardedRegion,
  queueKernelApc,
  queueUserApc,
  testAlert,
} from '../../../emulator/kernel/ke/apc.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { createEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import { resumeThread, suspendThread } from '../../../emulator/kernel/ke/suspend.ts';
import { takeWaitStatus, waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import type { ScriptedProcessor } from '../../support/kernel.ts';
import { newKernel, newPicoProcess, newThread } from '../../support/kernel.ts';

/** A thread whose APCs write what they are into a log. */
function logging(): { kernel: Kernel; processor: ScriptedProcessor; thread: Thread; log: string[] } {
  const { kernel, processor } = newKernel();
  const log: string[] = [];
  const { thread } = newPicoProcess(kernel, {
    apcRoutines: { log: (_thread, _frame, [number]) => [`${log.push(`user ${number}`)}`] },
  });
  kernel.kernelApcRoutines.set('log', (_thread, [number]) => void log.push(`kernel ${number}`));
  return { kernel, processor, thread, log };
}

test('kernel APCs run before user APCs, special ones before normal ones', () => {
  const { kernel, thread, log } = logging();
  for (const [number, special] of [false, true, false, true].entries()) {
    queueUserApc(kernel, thread, { routine: 'log', context: [number], special: true });
    queueKernelApc(kernel, thread, { routine: 'log', context: [number], special });
  }
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['kernel 1', 'kernel 3', 'kernel 0', 'kernel 2', 'user 0', 'user 1', 'user 2', 'user 3']);
});

test('a critical region keeps normal kernel APCs back, a guarded region all', () => {
  const { kernel, thread, log } = logging();
  enterGuardedRegion(thread);
  enterCriticalRegion(thread);
  for (const special of [false, true]) queueKernelApc(kernel, thread, { routine: 'log', context: [+special], special });
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, []);
  leaveGuardedRegion(thread);
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['kernel 1']);
  leaveCriticalRegion(thread);
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['kernel 1', 'kernel 0']);
});

test('a user APC waits until the thread is alertable; one is delivered at a time, the next when alerts are tested', () => {
  const { kernel, thread, log } = logging();
  for (const number of [1, 2]) queueUserApc(kernel, thread, { routine: 'log', context: [number], special: false });
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, []);
  testAlert(thread);
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['user 1']);
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['user 1']);
  testAlert(thread);
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['user 1', 'user 2']);
});

test('a thread that waits runs a kernel APC and waits again, until its old time-out', () => {
  const { kernel, processor } = newKernel();
  const log: string[] = [];
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall({ thread: caller }) {
      const ended = takeWaitStatus(caller);
      log.push(ended === undefined ? 'waits' : `ends ${ended} at ${Math.floor(kernel.state.time / 1000)}`);
      if (ended === undefined)
        waitForObjects(kernel, caller, { objects: [], due: kernel.state.time + 5_000_000, reason: 'delay' });
    },
  });
  kernel.kernelApcRoutines.set('log', () => void log.push('apc'));
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 1);
  kernel.state.time = 2_000_000;
  queueKernelApc(kernel, thread, { routine: 'log', context: [], special: true });
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['waits', 'apc', 'waits', `ends ${status.STATUS_TIMEOUT} at 5001`]);
});

test('a suspended thread leaves its wait: others get what is signaled; resumed, it waits again', () => {
  const { kernel, processor } = newKernel();
  const event = createEvent(kernel, 'synchronization');
  const ended: number[] = [];
  const { process, thread: first } = newPicoProcess(kernel, {
    dispatchSystemCall({ thread }) {
      if (takeWaitStatus(thread) === undefined) waitForObjects(kernel, thread, { objects: [event], reason: 'test' });
      else ended.push(thread.id);
    },
  });
  const second = newThread(kernel, process);
  processor.script.push({ kind: 'systemCall' }, { kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  assert.deepEqual(suspendThread(kernel, first), { status: status.STATUS_SUCCESS, previous: 0 });
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  assert.deepEqual([first.state, first.wait?.suspended], ['waiting', true]);
  setEvent(kernel, event);
  dispatchThreads(kernel, 10);
  assert.deepEqual(ended, [second.id]);
  setEvent(kernel, event);
  dispatchThreads(kernel, 10);
  assert.deepEqual(ended, [second.id], 'a suspended thread takes nothing');
  resumeThread(kernel, first);
  dispatchThreads(kernel, 300_000);
  assert.deepEqual(ended, [second.id, first.id]);
});

test('suspensions count up to 127 (MAXIMUM_SUSPEND_COUNT) and answer with the count before', () => {
  const { kernel } = newKernel();
  const { thread } = newPicoProcess(kernel);
  dispatchThreads(kernel, 10);
  for (let count = 0; count < 127; count++) assert.equal(suspendThread(kernel, thread).previous, count);
  assert.deepEqual(suspendThread(kernel, thread), { status: status.STATUS_SUSPEND_COUNT_EXCEEDED, previous: 127 });
  for (let count = 127; count > 1; count--) assert.equal(resumeThread(kernel, thread).previous, count);
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  assert.equal(resumeThread(kernel, thread).previous, 1);
  assert.equal(dispatchThreads(kernel, 10), 'budget');
  assert.equal(resumeThread(kernel, thread).previous, 0);
});

test('suspended and resumed before it comes to the processor, a thread notices nothing', () => {
  const { kernel } = newKernel();
  const { thread } = newPicoProcess(kernel);
  suspendThread(kernel, thread);
  resumeThread(kernel, thread);
  assert.equal(dispatchThreads(kernel, 100), 'budget');
  assert.deepEqual([thread.instructions, thread.kernelApcs], [100, []]);
});

test('APCs and suspensions are in snapshots', () => {
  const { kernel, thread, log } = logging();
  queueUserApc(kernel, thread, { routine: 'log', context: [1], special: true });
  suspendThread(kernel, thread);
  dispatchThreads(kernel, 10);
  const snapshot = takeSnapshot(kernel);
  for (let round = 1; round <= 2; round++) {
    restoreSnapshot(kernel, snapshot);
    const restored = kernel.state.threads.get(thread.id);
    assert.ok(restored);
    assert.equal(dispatchThreads(kernel, 10), 'idle');
    resumeThread(kernel, restored);
    assert.equal(dispatchThreads(kernel, 10), 'budget');
    assert.equal(log.length, round);
  }
});
