/** Object names: directories, links, case, collisions, temporary and permanent (Windows Internals, ch. 8, "Object names"). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEvent } from '../../../emulator/kernel/ke/event.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { closeHandle } from '../../../emulator/kernel/ob/handleTable.ts';
import {
  createDirectory,
  createSymbolicLink,
  directoryEntries,
  fullName,
  insertPermanent,
  lookupName,
  makeTemporary,
  rootDirectory,
} from '../../../emulator/kernel/ob/nameSpace.ts';
import { createObject } from '../../../emulator/kernel/ob/object.ts';
import {
  OBJ_CASE_INSENSITIVE,
  OBJ_OPENIF,
  OBJ_PERMANENT,
  createObjectByName,
  openObjectByName,
} from '../../../emulator/kernel/ob/open.ts';
import type { Caller, Opened } from '../../../emulator/kernel/ob/open.ts';
import { terminateProcess } from '../../../emulator/kernel/ps/terminate.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import { newKernel, newPicoProcess, newProcess } from '../../support/kernel.ts';

const BASE = '\\BaseNamedObjects\\';

function create(kernel: Kernel, caller: Caller, name: string, attributes = 0, rootHandle = 0): Opened {
  return createObjectByName(kernel, caller, 'Event', 0x1f_0003, { rootDirectory: rootHandle, name, attributes }, () =>
    createEvent(kernel, 'notification'),
  );
}

function open(kernel: Kernel, caller: Caller, name: string, attributes = 0): Opened {
  return openObjectByName(kernel, caller, 'Event', 2, { rootDirectory: 0, name, attributes });
}

test('nothing has a name until somebody asks; then the first directories are there', () => {
  const { kernel } = newKernel();
  newPicoProcess(kernel);
  assert.deepEqual([kernel.state.rootDirectory, kernel.state.directories.size], [0, 0]);
  assert.deepEqual(
    directoryEntries(kernel, rootDirectory(kernel)).map(object => fullName(kernel, object)),
    ['\\??', '\\BaseNamedObjects', '\\Device', '\\KernelObjects'],
  );
});

test('the same name again is a collision, or with OBJ_OPENIF the same object', () => {
  const { kernel } = newKernel();
  const caller = { process: newProcess(kernel) };
  const first = create(kernel, caller, `${BASE}ready`);
  assert.equal(first.status, status.STATUS_SUCCESS);
  assert.equal(create(kernel, caller, `${BASE}ready`).status, status.STATUS_OBJECT_NAME_COLLISION);
  const again = create(kernel, caller, `${BASE}ready`, OBJ_OPENIF);
  assert.equal(again.status, status.STATUS_OBJECT_NAME_EXISTS);
  assert.ok(status.succeeded(again.status));
  assert.equal(again.object, first.object);
  assert.equal(
    kernel.state.dispatcherObjects.size,
    2,
    'the process, and one event: none was made for the refused names',
  );
  const section = openObjectByName(kernel, caller, 'Section', 4, {
    rootDirectory: 0,
    name: `${BASE}ready`,
    attributes: 0,
  });
  assert.equal(section.status, status.STATUS_OBJECT_TYPE_MISMATCH);
});

test('a temporary name goes with the last handle, also at exit; a permanent one stays until it is made temporary', () => {
  const { kernel } = newKernel();
  const [process, other] = [newProcess(kernel), newProcess(kernel)];
  const one = create(kernel, { process }, `${BASE}one`);
  const two = open(kernel, { process: other }, `${BASE}one`);
  closeHandle(kernel, process, one.handle);
  assert.equal(open(kernel, { process }, `${BASE}one`).status, status.STATUS_SUCCESS);
  closeHandle(kernel, other, two.handle);
  terminateProcess(kernel, process, 0);
  assert.equal(open(kernel, { process: other }, `${BASE}one`).status, status.STATUS_OBJECT_NAME_NOT_FOUND);
  const permanent = create(kernel, { process: other }, `${BASE}kept`, OBJ_PERMANENT);
  closeHandle(kernel, other, permanent.handle);
  assert.equal(open(kernel, { process: other }, `${BASE}kept`).status, status.STATUS_SUCCESS);
  terminateProcess(kernel, other, 0);
  assert.ok(permanent.object && kernel.state.objects.has(permanent.object.id));
  makeTemporary(kernel, permanent.object);
  assert.ok(!kernel.state.objects.has(permanent.object.id));
  assert.equal(kernel.state.dispatcherObjects.size, 0);
});

test('case is ignored unless the thread has opted in and does not ask for OBJ_CASE_INSENSITIVE (ObCaseInsensitive)', () => {
  const { kernel } = newKernel();
  const { process, thread } = newPicoProcess(kernel);
  const caller = { process, thread };
  const lower = create(kernel, caller, `${BASE}readme`);
  assert.equal(open(kernel, caller, '\\basenamedobjects\\README').object, lower.object);
  assert.equal(create(kernel, caller, `${BASE}README`).status, status.STATUS_OBJECT_NAME_COLLISION);
  thread.explicitCaseSensitivity = true;
  assert.equal(open(kernel, caller, `${BASE}README`).status, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(open(kernel, caller, `${BASE}README`, OBJ_CASE_INSENSITIVE).object, lower.object);
  const upper = create(kernel, caller, `${BASE}README`);
  assert.notEqual(upper.object, lower.object);
  thread.explicitCaseSensitivity = false;
  assert.equal(open(kernel, caller, `${BASE}README`).object, upper.object, 'the exact name is preferred');
  assert.equal(open(kernel, caller, `${BASE}readme`).object, lower.object);
  assert.equal(open(kernel, caller, `${BASE}ReadMe`).object, lower.object, 'else the first');
});

test('links are followed to their targets with the rest of the path; a device takes what is left', () => {
  const { kernel } = newKernel();
  const root = rootDirectory(kernel);
  const find = (path: string, openLink = false): ReturnType<typeof lookupName> =>
    lookupName(kernel, { path, caseInsensitive: true, openLink });
  const device = createObject(kernel, 'Device', 1);
  insertPermanent(kernel, find('\\Device').object ?? root, 'HarddiskVolume1', device);
  const drive = createObject(kernel, 'SymbolicLink', createSymbolicLink(kernel, '\\Device\\HarddiskVolume1'));
  insertPermanent(kernel, find('\\??').object ?? root, 'C:', drive);
  const file = find('\\??\\c:\\Windows\\System32\\ntdll.dll');
  assert.deepEqual([file.object, file.rest], [device, '\\Windows\\System32\\ntdll.dll']);
  assert.deepEqual([find('\\??\\C:').object, find('\\??\\C:').rest], [device, '']);
  assert.equal(find('\\??\\C:\\').rest, '\\');
  assert.equal(find('\\??\\C:', true).object, drive);
  assert.equal(find('\\??\\C:\\x', true).object, device);
  const circle = createObject(kernel, 'SymbolicLink', createSymbolicLink(kernel, '\\circle'));
  insertPermanent(kernel, root, 'circle', circle);
  assert.equal(find('\\circle').status, status.STATUS_OBJECT_NAME_NOT_FOUND);
});

test('paths that lead nowhere say where they end', () => {
  const { kernel } = newKernel();
  const caller = { process: newProcess(kernel) };
  const cases = [
    ['ready', status.STATUS_OBJECT_PATH_SYNTAX_BAD],
    [`${BASE}missing`, status.STATUS_OBJECT_NAME_NOT_FOUND],
    ['\\Missing\\ready', status.STATUS_OBJECT_PATH_NOT_FOUND],
    [`${BASE}\\ready`, status.STATUS_OBJECT_NAME_INVALID],
    ['\\', status.STATUS_OBJECT_TYPE_MISMATCH],
  ] as const;
  for (const [path, expected] of cases) assert.equal(open(kernel, caller, path).status, expected, path);
  create(kernel, caller, `${BASE}ready`);
  assert.equal(open(kernel, caller, `${BASE}ready\\x`).status, status.STATUS_OBJECT_TYPE_MISMATCH);
});

test('names can be relative to a directory that a handle stands for', () => {
  const { kernel } = newKernel();
  const caller = { process: newProcess(kernel) };
  const directory = openObjectByName(kernel, caller, 'Directory', 3, {
    rootDirectory: 0,
    name: '\\BaseNamedObjects',
    attributes: 0,
  });
  const event = create(kernel, caller, 'ready', 0, directory.handle);
  assert.equal(open(kernel, caller, `${BASE}ready`).object, event.object);
  assert.ok(event.object);
  assert.equal(fullName(kernel, event.object), `${BASE}ready`);
  assert.equal(create(kernel, caller, '\\ready', 0, directory.handle).status, status.STATUS_OBJECT_PATH_SYNTAX_BAD);
  assert.equal(create(kernel, caller, 'x', 0, 400).status, status.STATUS_INVALID_HANDLE);
});

test('a directory lives while something in it does', () => {
  const { kernel } = newKernel();
  const caller = { process: newProcess(kernel) };
  const attributes = { rootDirectory: 0, name: `${BASE}Session`, attributes: 0 };
  const directory = createObjectByName(kernel, caller, 'Directory', 0xf_000f, attributes, () =>
    createDirectory(kernel),
  );
  const event = create(kernel, caller, 'ready', 0, directory.handle);
  const before = kernel.state.directories.size;
  closeHandle(kernel, caller.process, directory.handle);
  assert.equal(kernel.state.directories.size, before);
  closeHandle(kernel, caller.process, event.handle);
  assert.equal(kernel.state.directories.size, before - 1);
});

test('handles, objects and names are in snapshots', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const kept = create(kernel, { process }, `${BASE}kept`);
  const snapshot = takeSnapshot(kernel);
  closeHandle(kernel, process, kept.handle);
  terminateProcess(kernel, process, 0);
  for (let round = 0; round < 2; round++) {
    restoreSnapshot(kernel, snapshot);
    const again = kernel.state.processes.get(process.id);
    assert.ok(again);
    assert.equal(open(kernel, { process: again }, `${BASE}kept`).handle, 8);
    closeHandle(kernel, again, kept.handle);
    terminateProcess(kernel, again, 0);
    assert.deepEqual([kernel.state.dispatcherObjects.size, kernel.state.processes.size], [0, 0]);
  }
});
