/** Priorities, quanta, boosts (Windows Internals, 7th ed., part 1, ch. 4, "Thread scheduling"). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dispatchThreads } from '../../../emulator/kernel/ke/dispatcher.ts';
import { createEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import { QUANTUM, setBasePriority } from '../../../emulator/kernel/ke/priority.ts';
import { waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import { newKernel, newPicoProcess, newThread } from '../../support/kernel.ts';

/** Instructions that each thread retires while the machine retires `instructions`. */
function shares(kernel: Kernel, threads: readonly Thread[], instructions: number): number[] {
  const before = threads.map(thread => thread.instructions);
  dispatchThreads(kernel, instructions);
  return threads.map((thread, i) => thread.instructions - before[i]);
}

test('equals take turns, a quantum each', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const threads = [thread, newThread(kernel, process), newThread(kernel, process)];
  assert.deepEqual(shares(kernel, threads, QUANTUM * 7), [3 * QUANTUM, 2 * QUANTUM, 2 * QUANTUM]);
});

test('the highest priority runs alone; the others as soon as it does not', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const threads = [thread, newThread(kernel, process), newThread(kernel, process)];
  setBasePriority(kernel, threads[2], 9);
  assert.deepEqual(shares(kernel, threads, QUANTUM * 4), [0, 0, 4 * QUANTUM]);
  setBasePriority(kernel, threads[2], 7);
  assert.deepEqual(shares(kernel, threads, QUANTUM * 4), [2 * QUANTUM, 2 * QUANTUM, 0]);
});

test('a preempted thread goes on first among its equals, with what was left of its quantum', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const [first, second, high] = [thread, newThread(kernel, process), newThread(kernel, process)];
  setBasePriority(kernel, high, 1);
  const threads = [first, second, high];
  assert.deepEqual(shares(kernel, threads, 50_000), [50_000, 0, 0]);
  setBasePriority(kernel, high, 12);
  assert.deepEqual(shares(kernel, threads, 10_000), [0, 0, 10_000]);
  assert.deepEqual([first.state, first.quantum], ['ready', QUANTUM - 50_000]);
  setBasePriority(kernel, high, 1);
  assert.deepEqual(shares(kernel, threads, QUANTUM), [QUANTUM - 50_000, 50_000, 0]);
});

test('a thread that its event lets go preempts its equals, and falls back to them by a step each quantum', () => {
  const { kernel, processor } = newKernel();
  const event = createEvent(kernel, 'synchronization');
  const { process, thread: waiter } = newPicoProcess(kernel, {
    dispatchSystemCall: ({ thread }) => {
      if (thread.outcome) thread.outcome = undefined;
      else waitForObjects(kernel, thread, { objects: [event], reason: 'test' });
    },
  });
  const other = newThread(kernel, process);
  processor.script.push({ kind: 'systemCall' });
  assert.deepEqual(shares(kernel, [waiter, other], 1000), [1, 999]);
  setEvent(kernel, event, 2);
  assert.equal(waiter.priority, 10);
  assert.deepEqual(shares(kernel, [waiter, other], QUANTUM), [QUANTUM, 0]);
  assert.deepEqual(shares(kernel, [waiter, other], QUANTUM), [QUANTUM, 0]);
  assert.deepEqual(shares(kernel, [waiter, other], QUANTUM), [999, QUANTUM - 999]);
  assert.deepEqual([waiter.priority, waiter.basePriority], [8, 8]);
});

test('boosts stay below real-time, and real-time threads get none', () => {
  for (const [base, expected] of [
    [14, 15],
    [20, 20],
  ]) {
    const { kernel } = newKernel();
    const { thread } = newPicoProcess(kernel);
    setBasePriority(kernel, thread, base);
    dispatchThreads(kernel, 1);
    const event = createEvent(kernel, 'notification');
    waitForObjects(kernel, thread, { objects: [event], reason: 'test' });
    setEvent(kernel, event, 6);
    assert.equal(thread.priority, expected);
  }
});

test('who is ready for four seconds without a turn gets one quantum at the top (balance set manager)', () => {
  const { kernel } = newKernel();
  const { process, thread: busy } = newPicoProcess(kernel);
  const starved = newThread(kernel, process);
  setBasePriority(kernel, starved, 4);
  assert.deepEqual(shares(kernel, [starved], 4_500_000_000), [0]);
  assert.deepEqual(shares(kernel, [starved, busy], 1_500_000_000), [QUANTUM, 1_500_000_000 - QUANTUM]);
  assert.deepEqual([starved.priority, starved.basePriority], [4, 4]);
});

test('who runs when is in snapshots', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const ids = [thread, newThread(kernel, process), newThread(kernel, process)].map(({ id }) => id);
  setBasePriority(kernel, thread, 9);
  dispatchThreads(kernel, 123_456);
  const snapshot = takeSnapshot(kernel);
  const runs = [1, 2].map(() => {
    restoreSnapshot(kernel, snapshot);
    const threads = ids.map(id => kernel.state.threads.get(id) as Thread);
    setBasePriority(kernel, threads[0], 8);
    return shares(kernel, threads, 1_000_000);
  });
  assert.deepEqual(runs[0], runs[1]);
  assert.ok(runs[0].every(count => count > 0));
});
