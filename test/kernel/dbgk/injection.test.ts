/** Faults that the debug port injects: at the kernel's boundary, for whoever serves the calls. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX } from '../../../emulator/cpu/registers.ts';
import type { Injection } from '../../../emulator/kernel/dbgk/injection.ts';
import { queueKernelApc } from '../../../emulator/kernel/ke/apc.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { createEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import { waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { ProviderFailure } from '../../../emulator/kernel/ps/providerFailure.ts';
import type { WaitOutcome } from '../../../emulator/kernel/ps/thread.ts';
import { newKernel, newPicoProcess } from '../../support/kernel.ts';

const MS = 1_000_000;

/** A debug port that injects what is in `list`, a call at a time, and notes answers with their times. */
function inject(kernel: Kernel, list: (Partial<Injection> | undefined)[]): { asked: number; answers: number[][] } {
  const heard = { asked: 0, answers: [] as number[][] };
  kernel.debugPort = {
    wantsSystemCalls: true,
    stopRequested: false,
    instructionLimit: () => Infinity,
    systemCallEntry: () => false,
    inject() {
      heard.asked++;
      const injection = list.shift();
      return injection && { result: undefined, delayEnter: 0, delayExit: 0, ...injection };
    },
    systemCallExit: (_thread: unknown, frame: { signed(index: number): number }) =>
      heard.answers.push([frame.signed(RAX), Math.round(kernel.state.time / MS)]) < 0,
    instructionsDone: () => false,
  } as never;
  return heard;
}

test('a call with an injected result never reaches its provider; the next one does', () => {
  const { kernel, processor } = newKernel();
  let served = 0;
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall: ({ trapFrame: frame }) => frame.setNumber(RAX, ++served),
  });
  const heard = inject(kernel, [{ result: BigInt.asUintN(64, -2n) }]);
  processor.script.push({ kind: 'systemCall' }, { kind: 'systemCall' });
  trapFrame(kernel, thread).rip = 0x1000;
  dispatchThreads(kernel, 10);
  assert.deepEqual(
    [heard.answers, served],
    [
      [
        [-2, 0],
        [1, 0],
      ],
      1,
    ],
  );
  assert.equal(trapFrame(kernel, thread).rip, 0x1004, 'both instructions have run');
  assert.equal(thread.injected, undefined);
});

test('delays are virtual time before and after the call, and none of the call’s business', () => {
  const { kernel, processor } = newKernel();
  const served: unknown[] = [];
  newPicoProcess(kernel, {
    dispatchSystemCall({ thread, trapFrame: frame }) {
      served.push([Math.round(kernel.state.time / MS), thread.outcome]);
      frame.setNumber(RAX, 7);
    },
  });
  const heard = inject(kernel, [{ delayEnter: 10 * MS, delayExit: 5 * MS }]);
  processor.script.push({ kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 10), 'budget');
  assert.deepEqual(served, [[10, undefined]]);
  assert.deepEqual(heard.answers, [[7, 15]]);
  assert.ok(kernel.state.instructions <= 10, 'a delay costs no instructions');
});

test('a call that waits by itself is injected once, however often it starts again', () => {
  const { kernel, processor } = newKernel();
  const event = createEvent(kernel, 'synchronization');
  const outcomes: (WaitOutcome | undefined)[] = [];
  newPicoProcess(kernel, {
    dispatchSystemCall({ thread, trapFrame: frame }) {
      outcomes.push(thread.outcome);
      if (outcomes.length < 3) waitForObjects(kernel, thread, { objects: [event], reason: 'pipe read' });
      else frame.setNumber(RAX, 1);
    },
  });
  const heard = inject(kernel, [{ delayEnter: MS, delayExit: MS }]);
  processor.script.push({ kind: 'systemCall' });
  for (let round = 0; round < 2; round++) {
    assert.equal(dispatchThreads(kernel, 10), 'idle');
    setEvent(kernel, event);
  }
  dispatchThreads(kernel, 10);
  assert.deepEqual([heard.asked, heard.answers], [1, [[1, 2]]]);
  assert.equal(outcomes[0], undefined);
  assert.equal(outcomes[2]?.kind, 'object');
});

test('a kernel APC does not end a delay', () => {
  const { kernel, processor } = newKernel();
  const { thread } = newPicoProcess(kernel);
  let delivered = 0;
  kernel.kernelApcRoutines.set('note', () => void delivered++);
  const heard = inject(kernel, [{ delayEnter: 10 * MS }]);
  processor.script.push({ kind: 'systemCall' });
  const run = kernel.debugPort;
  assert.ok(run);
  let apcs = 0;
  Object.defineProperty(run, 'stopRequested', {
    get() {
      if (thread.state === 'waiting' && apcs++ === 0)
        queueKernelApc(kernel, thread, { routine: 'note', context: [], special: true });
      return false;
    },
  });
  dispatchThreads(kernel, 10);
  assert.deepEqual([apcs > 0, delivered, heard.answers], [true, 1, [[0, 10]]]);
});

test('a provider that fails has its call entered anew, with nothing left of what was injected', () => {
  const { kernel, processor } = newKernel();
  let served = 0;
  const { thread } = newPicoProcess(kernel, {
    dispatchSystemCall({ trapFrame: frame }) {
      if (served++ === 0) throw new ProviderFailure('write', new Error('not yet'));
      frame.setNumber(RAX, 5);
    },
  });
  const heard = inject(kernel, [{ delayExit: 7 * MS }, { delayExit: 7 * MS }]);
  const failures: string[] = [];
  Object.assign(kernel.debugPort as object, {
    providerHasFailed: false,
    providerFailed(failure: ProviderFailure) {
      failures.push(failure.message);
      Object.assign(this, { providerHasFailed: true });
    },
  });
  processor.script.push({ kind: 'systemCall' }, { kind: 'systemCall' });
  assert.equal(dispatchThreads(kernel, 10), 'stopped');
  assert.deepEqual(
    [failures, thread.injected, thread.state, kernel.state.time],
    [['write: Error: not yet'], undefined, 'running', 0],
  );
  Object.assign(kernel.debugPort as object, { providerHasFailed: false });
  dispatchThreads(kernel, 10);
  assert.deepEqual(heard.answers, [[5, 7]]);
});
