/** Waits, events, timers, APCs and the dispatcher: restarted calls, virtual time, turns. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX } from '../../../emulator/cpu/registers.ts';
import { queueUserApc } from '../../../emulator/kernel/ke/apc.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { createEvent, pulseEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import { createTimer, setTimer } from '../../../emulator/kernel/ke/timer.ts';
import { waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import { initialRegisters } from '../../../emulator/cpu/registers.ts';
import { createThread } from '../../../emulator/kernel/ps/create.ts';
import type { WaitOutcome } from '../../../emulator/kernel/ps/thread.ts';
import { resumeThread, suspendThread } from '../../../emulator/kernel/ke/suspend.ts';
import { newKernel, newPicoProcess } from '../../support/kernel.ts';

test('a call that waits starts again when its event is set, and finds how the wait ended', () => {
  const { kernel, processor } = newKernel();
  const event = createEvent(kernel, 'notification');
  const outcomes: (WaitOutcome | undefined)[] = [];
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall: ({ thread: caller, trapFrame }) => {
      outcomes.push(caller.outcome);
      if (outcomes.length === 1) waitForObjects(kernel, caller, { objects: [event], reason: 'pipe read' });
      else trapFrame.setNumber(RAX, 7);
    },
  });
  processor.script.push({ kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  assert.deepEqual([thread.state, thread.wait?.reason], ['waiting', 'pipe read']);
  setEvent(kernel, event);
  assert.equal(dispatchThreads(kernel, 10), 'budget');
  assert.deepEqual(outcomes, [undefined, { kind: 'object', object: 0, abandoned: false }]);
  assert.equal(thread.state, 'running');
});

test('a time-out costs no instructions: virtual time jumps to it', () => {
  const { kernel, processor } = newKernel();
  const ends: (WaitOutcome | undefined)[] = [];
  newPicoProcess(kernel, {
    dispatchSystemCall: ({ thread }) => {
      ends.push(thread.outcome);
      if (ends.length === 1) waitForObjects(kernel, thread, { objects: [], due: 5_000_000_000, reason: 'nanosleep' });
    },
  });
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 100);
  assert.deepEqual(ends[1], { kind: 'timeout' });
  assert.ok(kernel.state.time >= 5_000_000_000 && kernel.state.time < 5_000_001_000);
  assert.ok(kernel.state.instructions <= 100);
});

test('a synchronization event lets one waiter go, a notification event all', () => {
  for (const [kind, expected] of [
    ['synchronization', 1],
    ['notification', 3],
  ] as const) {
    const { kernel, processor } = newKernel();
    const event = createEvent(kernel, kind);
    let answered = 0;
    const { process } = newPicoProcess(kernel, {
      dispatchSystemCall: ({ thread }) => {
        if (thread.outcome) answered++;
        else waitForObjects(kernel, thread, { objects: [event], reason: 'test' });
      },
    });
    for (let i = 0; i < 2; i++) {
      const { thread } = createThread(kernel, process, { registers: initialRegisters(), context: {}, name: '' });
      if (thread) resumeThread(kernel, thread);
    }
    for (let i = 0; i < 3; i++) processor.script.push({ kind: 'systemCall' });
    assert.equal(dispatchThreads(kernel, 100), 'idle');
    setEvent(kernel, event);
    dispatchThreads(kernel, 700_000);
    assert.equal(answered, expected, kind);
  }
});

test('pulse lets present waiters go and nobody later; a synchronization timer repeats', () => {
  const { kernel, processor } = newKernel();
  const event = createEvent(kernel, 'notification');
  pulseEvent(kernel, event);
  const timer = createTimer(kernel, 'synchronization');
  const times: number[] = [];
  newPicoProcess(kernel, {
    dispatchSystemCall: ({ thread }) => {
      if (thread.outcome) times.push(kernel.state.time);
      thread.outcome = undefined;
      if (times.length < 3) {
        waitForObjects(kernel, thread, { objects: [event, timer], reason: 'tick' });
      }
    },
  });
  // The call itself takes a microsecond.
  setTimer(kernel, timer, { due: 5000, period: 500 });
  processor.script.push({ kind: 'systemCall' });
  dispatchThreads(kernel, 10);
  assert.deepEqual(times, [5000, 5500, 6000]);
});

test('a user APC ends an alertable wait, and is delivered before user mode goes on', () => {
  const { kernel, processor } = newKernel();
  const log: string[] = [];
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall: ({ thread: caller, trapFrame }) => {
      log.push(caller.outcome?.kind ?? 'call');
      if (log.length === 1) waitForObjects(kernel, caller, { objects: [], alertable: true, reason: 'pause' });
      else trapFrame.setNumber(RAX, -4);
    },
    apcRoutines: { signal: (_thread, frame) => [`${log.push(`signal with rax ${frame.signed(RAX)}`)}`] },
  });
  processor.script.push({ kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 10), 'idle');
  queueUserApc(kernel, thread, { routine: 'signal', context: [], special: true });
  const runs = processor.runs;
  dispatchThreads(kernel, 10);
  assert.deepEqual(log, ['call', 'userApc', 'signal with rax -4']);
  assert.ok(processor.runs > runs);
});

test('threads take turns by quantum; a suspended one does not run', () => {
  const { kernel } = newKernel();
  const { process, thread: first } = newPicoProcess(kernel);
  const { thread: second } = createThread(kernel, process, { registers: initialRegisters(), context: {}, name: '' });
  assert.ok(second);
  resumeThread(kernel, second);
  dispatchThreads(kernel, 1_000_000);
  assert.deepEqual([first.instructions, second.instructions], [600_000, 400_000]);
  suspendThread(kernel, first);
  dispatchThreads(kernel, 300_000);
  assert.deepEqual([first.instructions, second.instructions], [600_000, 700_000]);
  resumeThread(kernel, first);
  dispatchThreads(kernel, 400_000);
  assert.ok(first.instructions > 600_000);
});
