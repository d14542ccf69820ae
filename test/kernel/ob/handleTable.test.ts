/** Handles: numbers, access, the order of checks, inheritance, and what closing leaves (Windows Internals, ch. 8). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEvent } from '../../../emulator/kernel/ke/event.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { SYNCHRONIZE } from '../../../emulator/kernel/ob/access.ts';
import {
  CURRENT_PROCESS,
  CURRENT_THREAD,
  DUPLICATE_CLOSE_SOURCE,
  DUPLICATE_SAME_ACCESS,
  OBJ_INHERIT,
  OBJ_PROTECT_CLOSE,
  closeHandle,
  duplicateHandle,
  handleCount,
  inheritHandles,
  insertHandle,
  referenceObjectByHandle,
} from '../../../emulator/kernel/ob/handleTable.ts';
import { createObject, dereferenceObject, getObject } from '../../../emulator/kernel/ob/object.ts';
import type { ObjectHeader } from '../../../emulator/kernel/ob/object.ts';
import { grantAccess } from '../../../emulator/kernel/ob/open.ts';
import { createSection } from '../../../emulator/kernel/mm/section.ts';
import { terminateProcess } from '../../../emulator/kernel/ps/terminate.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newPicoProcess, newProcess } from '../../support/kernel.ts';

const EVENT_MODIFY_STATE = 2;

function newEvent(kernel: Kernel): ObjectHeader {
  return createObject(kernel, 'Event', createEvent(kernel, 'notification'));
}

test('minimal and pico processes have no handle table (WinDbg shows HandleCount 0)', () => {
  const { kernel } = newKernel();
  const { process } = newPicoProcess(kernel);
  for (const each of [process, newProcess(kernel)])
    assert.deepEqual([each.handleTable, handleCount(each)], [undefined, 0]);
});

test('handles are multiples of 4, and the number closed last is given away first', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const insert = (): number => insertHandle(process, newEvent(kernel), 0);
  assert.deepEqual([insert(), insert(), insert(), insert()], [4, 8, 12, 16]);
  closeHandle(kernel, process, 8);
  closeHandle(kernel, process, 16);
  assert.equal(handleCount(process), 2);
  assert.deepEqual([insert(), insert(), insert()], [16, 8, 20]);
});

test('the two low bits of a handle belong to the application', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const handle = insertHandle(process, newEvent(kernel), 1);
  for (const tag of [0, 1, 2, 3])
    assert.equal(referenceObjectByHandle(kernel, process, handle + tag, 1).status, status.STATUS_SUCCESS);
});

test('a handle is checked for being one, then for its type, then for its access (ObReferenceObjectByHandle)', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const handle = insertHandle(process, newEvent(kernel), SYNCHRONIZE);
  const check = (...[number, access, type]: [number, number, ('Event' | 'Mutant')?]): number =>
    referenceObjectByHandle(kernel, process, number, access, type).status;
  assert.equal(check(handle + 4, EVENT_MODIFY_STATE, 'Mutant'), status.STATUS_INVALID_HANDLE);
  assert.equal(check(0, 0), status.STATUS_INVALID_HANDLE);
  assert.equal(check(-3, 0), status.STATUS_INVALID_HANDLE);
  assert.equal(check(handle, EVENT_MODIFY_STATE, 'Mutant'), status.STATUS_OBJECT_TYPE_MISMATCH);
  assert.equal(check(handle, EVENT_MODIFY_STATE, 'Event'), status.STATUS_ACCESS_DENIED);
  assert.equal(check(handle, SYNCHRONIZE, 'Event'), status.STATUS_SUCCESS);
  assert.equal(check(handle, SYNCHRONIZE), status.STATUS_SUCCESS);
});

test('-1 and -2 are the calling process and thread, with all rights', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  kernel.state.current = thread.id;
  const found = referenceObjectByHandle(kernel, process, CURRENT_PROCESS, 0x1f_ffff, 'Process');
  assert.deepEqual([found.object?.type, found.object?.body], ['Process', process.id]);
  assert.equal(referenceObjectByHandle(kernel, process, CURRENT_THREAD, 0x1f_ffff, 'Thread').object?.body, thread.id);
  assert.equal(
    referenceObjectByHandle(kernel, process, CURRENT_THREAD, 0, 'Process').status,
    status.STATUS_OBJECT_TYPE_MISMATCH,
  );
  assert.equal(handleCount(process), 0);
});

test('the last handle closes the object, and with it its body; other references keep both', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const section = createSection(kernel, { size: 4096 });
  const object = createObject(kernel, 'Section', section);
  const handles = [insertHandle(process, object, 0), insertHandle(process, object, 0)];
  dereferenceObject(kernel, object);
  assert.deepEqual([object.pointerCount, object.handleCount], [2, 2]);
  closeHandle(kernel, process, handles[0]);
  assert.ok(kernel.state.sections.has(section));
  closeHandle(kernel, process, handles[1]);
  assert.ok(!kernel.state.sections.has(section) && !kernel.state.objects.has(object.id));
  assert.equal(closeHandle(kernel, process, handles[1]), status.STATUS_INVALID_HANDLE);
});

test('a protected handle is not closed by NtClose, but goes with its process', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const event = newEvent(kernel);
  const handle = insertHandle(process, event, 0, OBJ_PROTECT_CLOSE);
  dereferenceObject(kernel, event);
  assert.equal(closeHandle(kernel, process, handle), status.STATUS_HANDLE_NOT_CLOSABLE);
  terminateProcess(kernel, process, 0);
  assert.deepEqual(
    [kernel.state.objects.size, kernel.state.dispatcherObjects.size, kernel.state.processes.size],
    [0, 0, 0],
  );
});

test('a child inherits handles that say so, under the same numbers; holes are given away lowest first', () => {
  const { kernel } = newKernel();
  const [parent, child] = [newProcess(kernel), newProcess(kernel)];
  const events = [newEvent(kernel), newEvent(kernel), newEvent(kernel), newEvent(kernel)];
  for (const [i, event] of events.entries()) insertHandle(parent, event, i, i % 2 ? OBJ_INHERIT : 0);
  inheritHandles(kernel, parent, child);
  assert.equal(handleCount(child), 2);
  assert.deepEqual(
    [4, 8, 12, 16].map(handle => referenceObjectByHandle(kernel, child, handle, 0).object?.id),
    [undefined, events[1].id, undefined, events[3].id],
  );
  assert.deepEqual([events[1].handleCount, events[0].handleCount], [2, 1]);
  assert.deepEqual([insertHandle(child, events[0], 0), insertHandle(child, events[0], 0)], [4, 12]);
});

test('a duplicate grants what was asked, at most what the source grants (NtDuplicateObject)', () => {
  const { kernel } = newKernel();
  const [source, target] = [newProcess(kernel), newProcess(kernel)];
  const handle = insertHandle(source, newEvent(kernel), SYNCHRONIZE);
  const request = { source, handle, target, access: EVENT_MODIFY_STATE, attributes: 0, options: 0 };
  assert.equal(duplicateHandle(kernel, request).status, status.STATUS_ACCESS_DENIED);
  const same = duplicateHandle(kernel, { ...request, options: DUPLICATE_SAME_ACCESS | DUPLICATE_CLOSE_SOURCE });
  assert.equal(same.status, status.STATUS_SUCCESS);
  assert.deepEqual([handleCount(source), handleCount(target)], [0, 1]);
  assert.equal(referenceObjectByHandle(kernel, target, same.handle, SYNCHRONIZE, 'Event').status, 0);
  assert.equal(duplicateHandle(kernel, request).status, status.STATUS_INVALID_HANDLE);
});

test('a process or thread that has ended stays an object while somebody has a handle to it', () => {
  const { kernel } = newKernel();
  const watcher = newProcess(kernel, 'watcher');
  const { process, thread } = newPicoProcess(kernel);
  const handle = insertHandle(watcher, getObject(kernel, thread.object), SYNCHRONIZE);
  terminateProcess(kernel, process, 7);
  assert.deepEqual([process.state, process.exitStatus, thread.state], ['terminated', 7, 'terminated']);
  assert.ok(kernel.state.processes.has(process.id), 'a thread keeps its process');
  assert.equal(kernel.spaces.size, 1, 'but not its memory');
  closeHandle(kernel, watcher, handle);
  assert.deepEqual([[...kernel.state.processes.keys()], kernel.state.threads.size], [[watcher.id], 0]);
});

test('generic rights stand for the rights of the type (winnt.h; GENERIC_MAPPING of each type)', () => {
  const GENERIC_READ = 0x8000_0000;
  const cases = [
    ['File', GENERIC_READ, 0x12_0089],
    ['Event', 0x1000_0000, 0x1f_0003],
    ['Section', 0x4000_0000, 0x2_0002],
    ['Process', 0x2000_0000, 0x12_1001],
    ['Key', 0x200_0000, 0x1f_003f],
  ] as const;
  for (const [type, access, granted] of cases)
    assert.deepEqual(grantAccess(type, access), { status: status.STATUS_SUCCESS, access: granted }, type);
  assert.equal(grantAccess('Event', 4).status, status.STATUS_ACCESS_DENIED);
  assert.equal(grantAccess('Event', 0x100_0000).status, status.STATUS_PRIVILEGE_NOT_HELD);
});
