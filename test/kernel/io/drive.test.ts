/** One volume, two kinds of processes: what a pico process writes a traditional one reads, each with its own view of case. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createDevice } from '../../../emulator/kernel/io/device.ts';
import { getDriver, registerFileSystemDriver } from '../../../emulator/kernel/io/driver.ts';
import { openObjectFile } from '../../../emulator/kernel/io/openFile.ts';
import { VOLUME_DRIVER } from '../../../emulator/kernel/io/volume/contents.ts';
import { createDriveDriver } from '../../../emulator/kernel/io/volume/drive.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { closeHandle, referenceObjectByHandle } from '../../../emulator/kernel/ob/handleTable.ts';
import { OBJ_CASE_INSENSITIVE } from '../../../emulator/kernel/ob/open.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import type { Thread } from '../../../emulator/kernel/ps/thread.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { EEXIST, ENOENT } from '../../../emulator/providers/linux/abi/errno.ts';
import { O_CREAT, O_EXCL, O_RDWR } from '../../../emulator/providers/linux/abi/fcntl.ts';
import type { LinuxOptions } from '../../../emulator/providers/linux/instance.ts';
import { newProcess } from '../../support/kernel.ts';
import { Guest } from '../../providers/linux/guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const PROGRAM = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));
const [FILE_OPEN, FILE_CREATE, FILE_OPEN_IF, FILE_OVERWRITE] = [1, 2, 3, 4];
const [OPENED, CREATED, OVERWRITTEN] = [1, 2, 3];
const READ_AND_WRITE = 0x12_0089 | 0x12_0116;
const FILE_DIRECTORY_FILE = 1;

/** Drive C: of a kernel, as a traditional process sees it. */
class Drive {
  readonly process: Process;
  private readonly kernel: Kernel;
  thread: Thread | undefined;

  constructor(kernel: Kernel, mode: 'ro' | 'overlay' = 'overlay') {
    this.kernel = kernel;
    this.process = newProcess(kernel, 'traditional');
    registerFileSystemDriver(
      kernel,
      VOLUME_DRIVER,
      createDriveDriver(kernel, [{ guest: '/host', host: '/host', mode }]),
    );
    createDevice(kernel, 'HarddiskVolume1', VOLUME_DRIVER, ['\\??\\C:']);
  }

  open(name: string, disposition = FILE_OPEN, options = 0, attributes = 0): ReturnType<typeof openObjectFile> {
    const request = { rootDirectory: 0, name: `\\??\\C:${name}`, attributes };
    const caller = { process: this.process, thread: this.thread };
    return openObjectFile(this.kernel, caller, { attributes: request, access: READ_AND_WRITE, disposition, options });
  }

  /** The driver's name for the file behind a handle. */
  private file(handle: number): string {
    const { object } = referenceObjectByHandle(this.kernel, this.process, handle, 0, 'File');
    assert.ok(object);
    return this.kernel.state.fileObjects.get(object.body)?.file ?? '';
  }

  read(name: string): string | number {
    const { status: answer, handle } = this.open(name);
    if (!status.succeeded(answer)) return answer;
    const into = new Uint8Array(100);
    const { count = 0 } = getDriver(this.kernel, VOLUME_DRIVER).files?.read(this.file(handle), 0, into) ?? {};
    closeHandle(this.kernel, this.process, handle);
    return new TextDecoder().decode(into.subarray(0, count));
  }

  write(name: string, text: string, disposition = FILE_OPEN_IF): number {
    const { status: answer, handle } = this.open(name, disposition);
    if (!status.succeeded(answer)) return answer;
    getDriver(this.kernel, VOLUME_DRIVER).files?.write(this.file(handle), 0, new TextEncoder().encode(text));
    closeHandle(this.kernel, this.process, handle);
    return answer;
  }
}

function guest(options: Partial<LinuxOptions> = {}): Guest {
  return new Guest(PROGRAM, { 'Notes.txt': 'from the host', 'Folder/x': 'y' }, options);
}

function write(linux: Guest, name: string, text: string): number {
  const fd = linux.call('open', name, O_RDWR | O_CREAT, 0o644);
  return fd < 0 ? fd : linux.call('write', fd, linux.give(new TextEncoder().encode(text)), text.length);
}

test('a pico process tells README from readme; a traditional one opens either as written, and one of them otherwise', () => {
  const linux = guest();
  const drive = new Drive(linux.kernel);
  assert.equal(linux.thread.explicitCaseSensitivity, true);
  write(linux, '/host/README', 'upper');
  write(linux, '/host/readme', 'lower');
  assert.equal(linux.call('open', '/host/ReadMe', 0, 0), -ENOENT);
  assert.deepEqual(
    ['\\host\\README', '\\host\\readme', '\\HOST\\ReadMe'].map(name => drive.read(name)),
    ['upper', 'lower', 'upper'],
  );
});

test('what one side writes the other reads at once, and new files are each other’s', () => {
  const linux = guest();
  const drive = new Drive(linux.kernel);
  const fd = linux.call('open', '/host/Notes.txt', O_RDWR, 0);
  assert.equal(drive.read('\\host\\NOTES.TXT'), 'from the host');
  drive.write('\\host\\notes.txt', 'from NT ');
  const buffer = linux.room(16);
  assert.equal(linux.call('read', fd, buffer, 13), 13);
  assert.equal(new TextDecoder().decode(linux.bytes(buffer, 13)), 'from NT  host');
  assert.equal(drive.write('\\host\\Made.txt', 'by NT'), status.STATUS_SUCCESS);
  assert.equal(linux.call('open', '/host/made.txt', 0, 0), -ENOENT);
  assert.ok(linux.call('open', '/host/Made.txt', 0, 0) >= 0);
  assert.equal(linux.call('open', '/host/Made.txt', O_RDWR | O_CREAT | O_EXCL, 0o600), -EEXIST);
  linux.call('unlink', '/host/Made.txt');
  assert.equal(drive.read('\\host\\made.txt'), status.STATUS_OBJECT_NAME_NOT_FOUND);
});

test('a traditional thread that opts in tells names apart, unless it asks for OBJ_CASE_INSENSITIVE', () => {
  const linux = guest();
  const drive = new Drive(linux.kernel);
  drive.thread = linux.thread; // one that has opted in
  assert.equal(drive.open('\\host\\notes.txt').status, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(drive.open('\\host\\notes.txt', FILE_OPEN, 0, OBJ_CASE_INSENSITIVE).status, status.STATUS_SUCCESS);
  assert.equal(drive.open('\\host\\notes.txt', FILE_CREATE).information, CREATED);
});

test('with case sensitivity off the provider ignores case too (case=off of DrvFs), and renames in other letters', () => {
  const linux = guest({ caseSensitive: false });
  assert.equal(linux.thread.explicitCaseSensitivity, false);
  assert.ok(linux.call('open', '/host/NOTES.TXT', 0, 0) >= 0);
  assert.ok(linux.call('open', '/HOST/folder/X', 0, 0) >= 0);
  assert.equal(linux.call('open', '/host/notes.txt', O_RDWR | O_CREAT | O_EXCL, 0o600), -EEXIST);
  assert.equal(linux.call('rename', '/host/notes.txt', '/host/NOTES.txt'), 0);
  const drive = new Drive(linux.kernel);
  drive.thread = { ...linux.thread, explicitCaseSensitivity: true };
  assert.equal(drive.read('\\host\\NOTES.txt'), 'from the host');
  assert.equal(drive.read('\\host\\Notes.txt'), status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(linux.call('unlink', '/host/nOtEs.txt'), 0);
  assert.equal(drive.read('\\host\\NOTES.txt'), status.STATUS_OBJECT_NAME_NOT_FOUND);
});

test('dispositions of NtCreateFile (wdm.h), for files and folders', () => {
  const linux = guest();
  const drive = new Drive(linux.kernel);
  const ask = (name: string, disposition: number, options = 0): number[] => {
    const { status: answer, information } = drive.open(name, disposition, options);
    return [answer, information];
  };
  assert.deepEqual(ask('\\host\\new', FILE_OPEN), [status.STATUS_OBJECT_NAME_NOT_FOUND, 0]);
  assert.deepEqual(ask('\\host\\new', FILE_OVERWRITE), [status.STATUS_OBJECT_NAME_NOT_FOUND, 0]);
  assert.deepEqual(ask('\\host\\none\\new', FILE_CREATE), [status.STATUS_OBJECT_PATH_NOT_FOUND, 0]);
  assert.deepEqual(ask('\\host\\new', FILE_CREATE), [status.STATUS_SUCCESS, CREATED]);
  assert.deepEqual(ask('\\host\\NEW', FILE_CREATE), [status.STATUS_OBJECT_NAME_COLLISION, 0]);
  assert.deepEqual(ask('\\host\\New', FILE_OPEN_IF), [status.STATUS_SUCCESS, OPENED]);
  assert.deepEqual(ask('\\host\\notes.txt', FILE_OVERWRITE), [status.STATUS_SUCCESS, OVERWRITTEN]);
  assert.equal(drive.read('\\host\\Notes.txt'), '');
  assert.deepEqual(ask('\\host\\sub', FILE_CREATE, FILE_DIRECTORY_FILE), [status.STATUS_SUCCESS, CREATED]);
  assert.deepEqual(ask('\\host\\new', FILE_OPEN, FILE_DIRECTORY_FILE), [status.STATUS_NOT_A_DIRECTORY, 0]);
  assert.deepEqual(ask('\\host\\new\\x', FILE_OPEN), [status.STATUS_OBJECT_PATH_NOT_FOUND, 0]);
  linux.call('symlink', 'new', '/host/link');
  assert.deepEqual(ask('\\host\\link', FILE_OPEN), [status.STATUS_IO_REPARSE_TAG_NOT_HANDLED, 0]);
});

test('a file that is unlinked while a traditional process has it open lives until its handle is closed', () => {
  const linux = guest();
  const drive = new Drive(linux.kernel);
  write(linux, '/host/temporary', 'contents');
  const { state } = linux.kernel;
  const files = state.volumeFiles.size;
  const { handle } = drive.open('\\host\\temporary');
  for (const fd of [3]) linux.call('close', fd);
  linux.call('unlink', '/host/temporary');
  assert.equal(state.volumeFiles.size, files);
  closeHandle(linux.kernel, drive.process, handle);
  assert.equal(state.volumeFiles.size, files - 1);
});
