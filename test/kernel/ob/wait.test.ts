/** Waiting for handles (NtWaitForMultipleObjects: winnt.h, Windows Internals, part 1, ch. 8). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEvent, setEvent } from '../../../emulator/kernel/ke/event.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { createSection } from '../../../emulator/kernel/mm/section.ts';
import { SYNCHRONIZE } from '../../../emulator/kernel/ob/access.ts';
import { closeHandle, insertHandle } from '../../../emulator/kernel/ob/handleTable.ts';
import { createObject, dereferenceObject, getObject } from '../../../emulator/kernel/ob/object.ts';
import { waitForHandles } from '../../../emulator/kernel/ob/wait.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { terminateProcess, terminateThread } from '../../../emulator/kernel/ps/terminate.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { enterThread, newKernel, newPicoProcess, newThread } from '../../support/kernel.ts';

function eventHandle(kernel: Kernel, process: Process, access = SYNCHRONIZE): { handle: number; event: number } {
  const event = createEvent(kernel, 'synchronization');
  const object = createObject(kernel, 'Event', event);
  const handle = insertHandle(process, object, access);
  dereferenceObject(kernel, object);
  return { handle, event };
}

function wait(kernel: Kernel, thread: Thread, handles: number[], all = false): number | undefined {
  return waitForHandles(kernel, enterThread(kernel, thread), { handles, all, alertable: false });
}

test('a wait is for 1 to 64 objects (MAXIMUM_WAIT_OBJECTS), each with SYNCHRONIZE, none twice if for all', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const { handle } = eventHandle(kernel, process);
  assert.equal(wait(kernel, thread, []), status.STATUS_INVALID_PARAMETER_1);
  assert.equal(wait(kernel, thread, Array(65).fill(handle)), status.STATUS_INVALID_PARAMETER_1);
  assert.equal(wait(kernel, thread, [handle, 444]), status.STATUS_INVALID_HANDLE);
  assert.equal(wait(kernel, thread, [eventHandle(kernel, process, 2).handle]), status.STATUS_ACCESS_DENIED);
  assert.equal(wait(kernel, thread, [handle, handle], true), status.STATUS_INVALID_PARAMETER_MIX);
  assert.equal(wait(kernel, thread, Array(64).fill(handle)), undefined);
});

test('what a thread waits for lives although its handle is closed, and goes when the wait has ended', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const { handle, event } = eventHandle(kernel, process);
  assert.equal(wait(kernel, thread, [handle]), undefined);
  closeHandle(kernel, process, handle);
  setEvent(kernel, event);
  assert.equal(wait(kernel, thread, [handle]), status.STATUS_WAIT_0);
  assert.ok(!kernel.state.dispatcherObjects.has(event));
});

test('a thread that ends in a wait lets go of what it waited for', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  newThread(kernel, process);
  const { handle, event } = eventHandle(kernel, process);
  wait(kernel, thread, [handle]);
  closeHandle(kernel, process, handle);
  terminateThread(kernel, thread, 0);
  assert.ok(!kernel.state.dispatcherObjects.has(event));
});

test('processes and threads can be waited for, also when they have ended already', () => {
  const { kernel } = newKernel();
  const watcher = newPicoProcess(kernel);
  const { process, thread } = newPicoProcess(kernel);
  const handles = [process.object, thread.object].map(id =>
    insertHandle(watcher.process, getObject(kernel, id), SYNCHRONIZE),
  );
  assert.equal(wait(kernel, watcher.thread, handles, true), undefined);
  terminateProcess(kernel, process, 3);
  for (let round = 0; round < 2; round++)
    assert.equal(wait(kernel, watcher.thread, handles, true), round === 0 ? status.STATUS_WAIT_0 : undefined);
  assert.equal(watcher.thread.state, 'running', 'the second wait ended at once');
});

test('an object with nothing to wait for is always signaled (ObpDefaultObject)', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const section = createObject(kernel, 'Section', createSection(kernel, { size: 4096 }));
  const handle = insertHandle(process, section, SYNCHRONIZE);
  assert.equal(wait(kernel, thread, [handle]), undefined);
  assert.equal(wait(kernel, thread, [handle]), status.STATUS_WAIT_0);
});
