/** Events, mutants, semaphores, timers and waits as services (ntexapi.h of phnt; Windows Internals, part 2, ch. 8). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expireTimers } from '../../../emulator/kernel/ke/timer.ts';
import { resumeThread } from '../../../emulator/kernel/ke/suspend.ts';
import { createUserThread } from '../../../emulator/kernel/ps/userThread.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newTraditional } from '../../support/traditional.ts';

const EVENT_ALL_ACCESS = 0x1f_0003;
const MUTANT_ALL_ACCESS = 0x1f_0001;

/** One more thread of the process, ready. */
function second({ kernel, process }: ReturnType<typeof newTraditional>): Thread {
  const options = { start: 0x1000, argument: 0, stackReserve: 0x1_0000, stackCommit: 0x4000 };
  const { thread } = createUserThread(kernel, process, options);
  assert.ok(thread);
  resumeThread(kernel, thread);
  return thread;
}

test('a wait lasts until somebody sets the event, and takes it when it is a synchronization event', () => {
  const machine = newTraditional();
  const { call, resumeCall, run, memory, long, thread, get } = machine;
  const other = second(machine);
  assert.equal(call('NtCreateEvent', [memory, EVENT_ALL_ACCESS, 0, 1, 0]), 0);
  const event = long(memory);
  assert.equal(call('NtWaitForSingleObject', [event, 0, 0]), undefined);
  assert.equal(thread.state, 'waiting');
  run(other);
  assert.equal(call('NtSetEvent', [event, memory + 8], other), 0);
  assert.equal(get(memory + 8, 4).getInt32(0, true), 0, 'the former state');
  assert.equal(thread.state, 'ready');
  assert.equal(resumeCall('NtWaitForSingleObject', [event, 0, 0], thread), status.STATUS_WAIT_0);
  assert.equal(call('NtQueryEvent', [event, 0, memory, 8, 0]), 0);
  assert.equal(get(memory + 4, 4).getInt32(0, true), 0, 'taken');
});

test('a time-out of 0 does not wait; relative ones are negative, in 100 ns', () => {
  const { call, resumeCall, kernel, memory, putLong, long, thread } = newTraditional();
  assert.equal(call('NtCreateEvent', [memory, EVENT_ALL_ACCESS, 0, 0, 0]), 0);
  const event = long(memory);
  const limit = putLong(memory + 16, -20_000);
  assert.equal(call('NtWaitForSingleObject', [event, 0, limit]), undefined);
  assert.equal(thread.wait?.due, kernel.state.time + 2_000_000);
  kernel.state.time += 2_000_000;
  expireTimers(kernel);
  assert.equal(resumeCall('NtWaitForSingleObject', [event, 0, limit], thread), status.STATUS_TIMEOUT);
  putLong(memory + 16, -10_000);
  assert.equal(call('NtDelayExecution', [0, limit]), undefined);
  kernel.state.time += 1_000_000;
  expireTimers(kernel);
  assert.equal(resumeCall('NtDelayExecution', [0, limit], thread), status.STATUS_SUCCESS);
});

test('of several objects, any or all', () => {
  const machine = newTraditional();
  const { call, resumeCall, run, memory, putLong, long, thread } = machine;
  const other = second(machine);
  const events = [0, 1].map(() => {
    assert.equal(call('NtCreateEvent', [memory, EVENT_ALL_ACCESS, 0, 0, 0]), 0);
    return long(memory);
  });
  events.forEach((event, index) => putLong(memory + 0x100 + index * 8, event));
  const any = [2, memory + 0x100, 1, 0, 0];
  assert.equal(call('NtWaitForMultipleObjects', any), undefined);
  run(other);
  assert.equal(call('NtSetEvent', [events[1], 0], other), 0);
  assert.equal(resumeCall('NtWaitForMultipleObjects', any, thread), status.STATUS_WAIT_0 + 1);
  const all = [2, memory + 0x100, 0, 0, 0];
  assert.equal(call('NtWaitForMultipleObjects', all), undefined);
  run(other);
  assert.equal(call('NtSetEvent', [events[0], 0], other), 0);
  assert.equal(resumeCall('NtWaitForMultipleObjects', all, thread), status.STATUS_WAIT_0);
  assert.equal(call('NtWaitForMultipleObjects', [0, memory, 1, 0, 0]), status.STATUS_INVALID_PARAMETER_1);
  assert.equal(call('NtWaitForMultipleObjects', [65, memory, 1, 0, 0]), status.STATUS_INVALID_PARAMETER_1);
  assert.equal(call('NtWaitForMultipleObjects', [1, memory, 7, 0, 0]), status.STATUS_INVALID_PARAMETER_3);
});

test('a mutant belongs to a thread; one that ends with it leaves it abandoned', () => {
  const machine = newTraditional();
  const { call, resumeCall, run, memory, long, thread, get } = machine;
  const other = second(machine);
  assert.equal(call('NtCreateMutant', [memory, MUTANT_ALL_ACCESS, 0, 1]), 0);
  const mutant = long(memory);
  assert.equal(call('NtWaitForSingleObject', [mutant, 0, 0]), undefined, 'restarted at once: it is its owner');
  assert.equal(resumeCall('NtWaitForSingleObject', [mutant, 0, 0], thread), status.STATUS_WAIT_0);
  assert.equal(call('NtReleaseMutant', [mutant, memory + 8]), 0);
  assert.equal(get(memory + 8, 4).getInt32(0, true), -1);
  run(other);
  assert.equal(call('NtReleaseMutant', [mutant, 0], other), status.STATUS_MUTANT_NOT_OWNED);
  run(thread);
  assert.equal(call('NtReleaseMutant', [mutant, 0]), 0);
  run(other);
  call('NtWaitForSingleObject', [mutant, 0, 0], other);
  assert.equal(resumeCall('NtWaitForSingleObject', [mutant, 0, 0], other), status.STATUS_WAIT_0);
  assert.equal(call('NtTerminateThread', [0, 5], other), undefined);
  run(thread);
  call('NtWaitForSingleObject', [mutant, 0, 0]);
  assert.equal(resumeCall('NtWaitForSingleObject', [mutant, 0, 0], thread), status.STATUS_ABANDONED_WAIT_0);
});

test('a semaphore counts, up to its limit', () => {
  const { call, memory, long, get } = newTraditional();
  assert.equal(call('NtCreateSemaphore', [memory, 0x1f_0003, 0, 2, 1]), status.STATUS_INVALID_PARAMETER);
  assert.equal(call('NtCreateSemaphore', [memory, 0x1f_0003, 0, 1, 3]), 0);
  const semaphore = long(memory);
  assert.equal(call('NtReleaseSemaphore', [semaphore, 2, memory + 8]), 0);
  assert.equal(get(memory + 8, 4).getInt32(0, true), 1);
  assert.equal(call('NtReleaseSemaphore', [semaphore, 1, 0]), status.STATUS_SEMAPHORE_LIMIT_EXCEEDED);
  assert.equal(call('NtQuerySemaphore', [semaphore, 0, memory, 8, 0]), 0);
  assert.equal(get(memory, 4).getInt32(0, true), 3);
});

test('a timer is signaled when it is due, and its APC runs when the thread waits alertably', () => {
  const { call, resumeCall, kernel, memory, putLong, long, thread } = newTraditional();
  assert.equal(call('NtCreateTimer', [memory, 0x1f_0003, 0, 0]), 0);
  const timer = long(memory);
  putLong(memory + 8, -5_000);
  assert.equal(call('NtSetTimer', [timer, memory + 8, 0x1_2340, 0x55, 0, 0, 0]), 0);
  assert.equal(call('NtDelayExecution', [1, putLong(memory + 16, -1_000_000)]), undefined);
  kernel.state.time += 500_000;
  expireTimers(kernel);
  assert.equal(resumeCall('NtDelayExecution', [1, memory + 16], thread), status.STATUS_USER_APC);
  assert.ok(thread.userApcPending);
  assert.deepEqual(thread.userApcs[0].context.slice(0, 2), [0x1_2340, 0x55]);
  assert.equal(call('NtCancelTimer', [timer, 0]), 0);
});

test('names: OBJ_OPENIF opens, and case does not matter', () => {
  const { call, memory, long, attributes } = newTraditional();
  const path = '\\BaseNamedObjects\\Ready';
  assert.equal(call('NtCreateEvent', [memory, EVENT_ALL_ACCESS, attributes(path), 0, 0]), 0);
  const collision = call('NtCreateEvent', [memory + 8, EVENT_ALL_ACCESS, attributes(path), 0, 0]);
  assert.equal(collision, status.STATUS_OBJECT_NAME_COLLISION);
  const again = call('NtCreateEvent', [memory + 8, EVENT_ALL_ACCESS, attributes(path, 0xc0), 0, 0]);
  assert.equal(again, status.STATUS_OBJECT_NAME_EXISTS);
  assert.equal(call('NtOpenEvent', [memory + 16, 2, attributes('\\basenamedobjects\\READY')]), 0);
  assert.equal(call('NtSetEvent', [long(memory + 16), 0]), 0);
  assert.equal(
    call('NtOpenEvent', [memory, 2, attributes('\\BaseNamedObjects\\None')]),
    status.STATUS_OBJECT_NAME_NOT_FOUND,
  );
  assert.equal(call('NtOpenMutant', [memory, 1, attributes(path)]), status.STATUS_OBJECT_TYPE_MISMATCH);
});
