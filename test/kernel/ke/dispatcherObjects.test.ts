/** Mutants, semaphores, timers, and waits for several objects (Windows Internals, part 1, ch. 8 "Synchronization"; wdm.h). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alertThread, queueUserApc, testAlert } from '../../../emulator/kernel/ke/apc.ts';
import { getDispatcherObject } from '../../../emulator/kernel/ke/dispatcherObject.ts';
import { clearEvent, createEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import { createMutant, releaseMutant } from '../../../emulator/kernel/ke/mutant.ts';
import { createSemaphore, releaseSemaphore } from '../../../emulator/kernel/ke/semaphore.ts';
import { cancelTimer, createTimer, expireTimers, setTimer } from '../../../emulator/kernel/ke/timer.ts';
import { takeWaitStatus, waitForObjects } from '../../../emulator/kernel/ke/wait.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { terminateThread } from '../../../emulator/kernel/ps/terminate.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { enterThread, newKernel, newPicoProcess, newThread } from '../../support/kernel.ts';

/** Waits as a system call would, and says how that ended; 'waits' while it has not. */
function wait(kernel: Kernel, thread: Thread, objects: number[], options: object = {}): number | 'waits' {
  enterThread(kernel, thread);
  waitForObjects(kernel, thread, { objects, reason: 'test', ...options });
  return statusOf(thread);
}

function statusOf(thread: Thread): number | 'waits' {
  return takeWaitStatus(thread) ?? 'waits';
}

test('a mutant is owned by one thread, as often as it takes it', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const [first, second] = [newThread(kernel, process), newThread(kernel, process)];
  const mutant = createMutant(kernel, first);
  assert.equal(wait(kernel, first, [mutant]), status.STATUS_WAIT_0);
  assert.equal(wait(kernel, second, [mutant]), 'waits');
  assert.deepEqual(releaseMutant(kernel, second, mutant), { status: status.STATUS_MUTANT_NOT_OWNED, previous: -1 });
  assert.deepEqual(releaseMutant(kernel, first, mutant), { status: status.STATUS_SUCCESS, previous: -1 });
  assert.equal(statusOf(second), 'waits');
  releaseMutant(kernel, first, mutant);
  assert.equal(statusOf(second), status.STATUS_WAIT_0);
  assert.deepEqual([first.mutants, second.mutants], [[], [mutant]]);
});

test('a mutant whose owner ends is abandoned: the next owner is told, once', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const [owner, next, last] = [1, 2, 3].map(() => newThread(kernel, process));
  const [event, mutant] = [createEvent(kernel, 'notification'), createMutant(kernel, owner)];
  wait(kernel, next, [event, mutant]);
  terminateThread(kernel, owner, 0);
  assert.equal(statusOf(next), status.STATUS_ABANDONED_WAIT_0 + 1);
  releaseMutant(kernel, next, mutant);
  assert.equal(wait(kernel, last, [mutant]), status.STATUS_WAIT_0);
});

test('a semaphore lets as many go as its count, and never counts above its limit', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const threads = [1, 2, 3].map(() => newThread(kernel, process));
  const semaphore = createSemaphore(kernel, 1, 2);
  assert.deepEqual(
    threads.map(thread => wait(kernel, thread, [semaphore])),
    [status.STATUS_WAIT_0, 'waits', 'waits'],
  );
  assert.deepEqual(releaseSemaphore(kernel, semaphore, 3), {
    status: status.STATUS_SEMAPHORE_LIMIT_EXCEEDED,
    previous: 0,
  });
  assert.deepEqual(threads.slice(1).map(statusOf), ['waits', 'waits'], 'a refused release releases nobody');
  assert.deepEqual(releaseSemaphore(kernel, semaphore, 2), { status: status.STATUS_SUCCESS, previous: 0 });
  assert.deepEqual(threads.slice(1).map(statusOf), [status.STATUS_WAIT_0, status.STATUS_WAIT_0]);
  assert.equal(getDispatcherObject(kernel, semaphore).signalState, 0);
});

test('a wait for all takes all at once or nothing', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const [thread, other] = [newThread(kernel, process), newThread(kernel, process)];
  const event = createEvent(kernel, 'synchronization', true);
  const mutant = createMutant(kernel, other);
  const semaphore = createSemaphore(kernel, 1, 1);
  assert.equal(wait(kernel, thread, [event, mutant, semaphore], { all: true }), 'waits');
  assert.deepEqual(
    [event, semaphore].map(id => getDispatcherObject(kernel, id).signalState),
    [1, 1],
    'what is signaled stays so while the rest is missing',
  );
  clearEvent(kernel, event);
  releaseMutant(kernel, other, mutant);
  assert.equal(statusOf(thread), 'waits');
  setEvent(kernel, event);
  assert.equal(statusOf(thread), status.STATUS_WAIT_0);
  assert.deepEqual(
    [event, mutant, semaphore].map(id => getDispatcherObject(kernel, id).signalState),
    [0, 0, 0],
  );
  assert.ok([event, mutant, semaphore].every(id => getDispatcherObject(kernel, id).waiters.length === 0));
});

test('a wait for any says which; the first in the list comes first', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const thread = newThread(kernel, process);
  const events = [false, true, true].map(signaled => createEvent(kernel, 'synchronization', signaled));
  assert.equal(wait(kernel, thread, events), status.STATUS_WAIT_0 + 1);
  assert.equal(wait(kernel, thread, events), status.STATUS_WAIT_0 + 2);
  assert.equal(wait(kernel, thread, [events[0], events[0]]), 'waits');
  setEvent(kernel, events[0]);
  assert.equal(statusOf(thread), status.STATUS_WAIT_0);
  assert.equal(getDispatcherObject(kernel, events[0]).waiters.length, 0);
});

test('timers: setting takes the signal back, cancelling leaves it; a notification timer stays signaled', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const [once, each] = [createTimer(kernel), createTimer(kernel, 'synchronization')];
  assert.equal(setTimer(kernel, once, { due: 100 }), false);
  assert.equal(setTimer(kernel, once, { due: 50 }), true);
  setTimer(kernel, each, { due: 50, period: 30 });
  kernel.state.time = 60;
  expireTimers(kernel);
  const signals = (): number[] => [once, each].map(id => getDispatcherObject(kernel, id).signalState);
  assert.deepEqual([signals(), [...kernel.state.armedTimers]], [[1, 1], [each]]);
  assert.equal(wait(kernel, newThread(kernel, process), [once]), status.STATUS_WAIT_0);
  assert.equal(wait(kernel, newThread(kernel, process), [each]), status.STATUS_WAIT_0);
  assert.deepEqual(signals(), [1, 0]);
  assert.deepEqual([cancelTimer(kernel, once), cancelTimer(kernel, each)], [false, true]);
  assert.deepEqual(signals(), [1, 0]);
  setTimer(kernel, once, { due: 500 });
  assert.deepEqual(signals(), [0, 0]);
});

test('a timer queues its APC to its thread, and is cancelled when the thread ends (NtSetTimer)', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const thread = newThread(kernel, process);
  const timer = createTimer(kernel);
  setTimer(kernel, timer, {
    due: 10,
    period: 10,
    apc: { thread: thread.id, routine: 'tick', context: [1, 2, 3], special: false },
  });
  assert.equal(wait(kernel, thread, [], { alertable: true }), 'waits');
  kernel.state.time = 10;
  expireTimers(kernel);
  assert.equal(statusOf(thread), status.STATUS_USER_APC);
  assert.deepEqual(thread.userApcs, [{ routine: 'tick', context: [1, 2, 3], special: false }]);
  terminateThread(kernel, thread, 0);
  assert.equal(kernel.state.armedTimers.size, 0);
});

test('processes and threads are signaled when they have ended, and stay so', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const [waiter, subject, late] = [1, 2, 3].map(() => newThread(kernel, process));
  assert.equal(wait(kernel, waiter, [subject.header, process.header]), 'waits');
  terminateThread(kernel, subject, 0);
  assert.equal(statusOf(waiter), status.STATUS_WAIT_0);
  assert.equal(late.state, 'ready');
});

test('an alert ends the present or the next alertable wait, no other', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const thread = newThread(kernel, process);
  alertThread(kernel, thread);
  assert.equal(wait(kernel, thread, [], { due: 1000 }), 'waits');
  kernel.state.time = 1000;
  expireTimers(kernel);
  assert.equal(statusOf(thread), status.STATUS_TIMEOUT);
  assert.equal(wait(kernel, thread, [], { alertable: true }), status.STATUS_ALERTED);
  assert.equal(wait(kernel, thread, [], { alertable: true }), 'waits');
  alertThread(kernel, thread);
  assert.equal(statusOf(thread), status.STATUS_ALERTED);
  assert.equal(testAlert(thread), false);
});

test('an object that is signaled comes before an APC; both come before waiting', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  const thread = newThread(kernel, process);
  const event = createEvent(kernel, 'synchronization', true);
  queueUserApc(kernel, thread, { routine: 'apc', context: [1], special: false });
  assert.equal(wait(kernel, thread, [event], { alertable: true }), status.STATUS_WAIT_0);
  assert.equal(thread.userApcPending, false);
  assert.equal(wait(kernel, thread, [event], { alertable: true }), status.STATUS_USER_APC);
  assert.equal(thread.userApcPending, true);
});
