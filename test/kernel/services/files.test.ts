/** Files and devices as services (ntifs.h; ntioapi.h of phnt). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeUnicode } from '../../../emulator/kernel/rtl/unicode.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { HELLO, newTraditional } from '../../support/traditional.ts';

const READ = 0x10_0001;
const FILES = { '/nt/Folder/Text.txt': new TextEncoder().encode('one two three'), '/nt/empty': new Uint8Array(0) };

function opened(name: string, access = READ, options = 0x20) {
  const machine = newTraditional(FILES);
  const { call, memory, attributes, long } = machine;
  const answer = call('NtOpenFile', [memory, access, attributes(name), memory + 8, 1, options]);
  return { ...machine, answer, file: answer === 0 ? long(memory) : 0 };
}

test('names are case-preserving, and looked up without regard to case', () => {
  assert.equal(opened('\\??\\C:\\nt\\FOLDER\\text.TXT').answer, 0);
  assert.equal(opened('\\DosDevices\\C:\\nt\\empty').answer, status.STATUS_OBJECT_PATH_NOT_FOUND);
  assert.equal(opened('\\??\\C:\\nt\\none').answer, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(opened('\\??\\C:\\nt\\none\\x').answer, status.STATUS_OBJECT_PATH_NOT_FOUND);
  assert.equal(opened('\\??\\C:\\elsewhere').answer, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(opened('\\??\\D:\\nt').answer, status.STATUS_OBJECT_PATH_NOT_FOUND);
  assert.equal(opened('\\??\\C:\\nt\\Folder', READ, 0x40).answer, status.STATUS_FILE_IS_A_DIRECTORY);
  assert.equal(opened('\\??\\C:\\nt\\empty', READ, 0x01).answer, status.STATUS_NOT_A_DIRECTORY);
});

test('a thread that opted in to case sensitivity finds only what is written so', () => {
  const { call, thread, memory, attributes } = newTraditional(FILES);
  thread.explicitCaseSensitivity = true;
  const open = (name: string, flags: number): number | undefined =>
    call('NtOpenFile', [memory, READ, attributes(name, flags), memory + 8, 1, 0x20]);
  assert.equal(open('\\??\\C:\\nt\\Folder\\Text.txt', 0), 0);
  assert.equal(open('\\??\\C:\\nt\\folder\\Text.txt', 0), status.STATUS_OBJECT_PATH_NOT_FOUND);
  assert.equal(open('\\??\\C:\\nt\\folder\\Text.txt', 0x40), 0, 'OBJ_CASE_INSENSITIVE');
});

test('reads move the position, end with STATUS_END_OF_FILE, and can name a place', () => {
  const { call, file, memory, long, get, putLong } = opened('\\??\\C:\\nt\\Folder\\Text.txt');
  const [status0, buffer, offset] = [memory + 0x20, memory + 0x100, memory + 0x40];
  const read = (length: number, at = 0): string => {
    assert.equal(call('NtReadFile', [file, 0, 0, 0, status0, buffer, length, at, 0]), 0);
    return Buffer.from(new Uint8Array(get(buffer, long(status0 + 8)).buffer)).toString();
  };
  assert.equal(read(4), 'one ');
  assert.equal(read(3), 'two');
  assert.equal(read(100, putLong(offset, 8)), 'three');
  const atEnd = call('NtReadFile', [file, 0, 0, 0, status0, buffer, 10, 0, 0]);
  assert.equal(atEnd, status.STATUS_END_OF_FILE);
  assert.equal(call('NtQueryInformationFile', [file, status0, buffer, 8, 14]), 0);
  assert.equal(long(buffer), 13, 'FilePositionInformation');
  putLong(buffer, 4);
  assert.equal(call('NtSetInformationFile', [file, status0, buffer, 8, 14]), 0);
  assert.equal(read(3), 'two');
});

test('what a file is', () => {
  const { call, file, memory, long, get, attributes } = opened('\\??\\C:\\nt\\hello.exe');
  assert.equal(call('NtQueryInformationFile', [file, memory + 0x20, memory + 0x100, 0x18, 5]), 0);
  assert.equal(long(memory + 0x108), HELLO.length, 'EndOfFile');
  assert.equal(
    call('NtQueryInformationFile', [file, memory + 0x20, memory + 0x100, 0x17, 5]),
    status.STATUS_INFO_LENGTH_MISMATCH,
  );
  assert.equal(call('NtQueryInformationFile', [file, memory + 0x20, memory + 0x100, 0x100, 9]), 0);
  const length = get(memory + 0x100, 4).getUint32(0, true);
  assert.equal(decodeUnicode(new Uint8Array(get(memory + 0x104, length).buffer)), '\\nt\\hello.exe');
  assert.equal(call('NtQueryAttributesFile', [attributes('\\??\\C:\\nt\\Folder'), memory + 0x100]), 0);
  assert.equal(get(memory + 0x120, 4).getUint32(0, true), 0x10, 'FILE_ATTRIBUTE_DIRECTORY');
  assert.equal(call('NtQueryInformationFile', [file, memory + 0x20, memory, 8, 77]), status.STATUS_INVALID_INFO_CLASS);
});

test('standard output is a console: FILE_DEVICE_CONSOLE, and what is written appears', () => {
  const { call, memory, long, put, get, output } = newTraditional();
  put(memory, new TextEncoder().encode('text'));
  assert.equal(call('NtWriteFile', [8, 0, 0, 0, memory + 0x20, memory, 4, 0, 0]), 0);
  assert.equal(output(), 'text');
  assert.equal(long(memory + 0x28), 4);
  assert.equal(call('NtQueryVolumeInformationFile', [8, memory + 0x20, memory, 8, 4]), 0);
  assert.equal(get(memory, 4).getUint32(0, true), 0x50);
  assert.equal(call('NtReadFile', [8, 0, 0, 0, memory + 0x20, memory, 4, 0, 0]), status.STATUS_ACCESS_DENIED);
  assert.equal(call('NtDeviceIoControlFile', [8]), status.STATUS_INVALID_DEVICE_REQUEST);
});

test('a read of the console waits for input, and ends with it', () => {
  const { call, resumeCall, services, thread, memory, get } = newTraditional();
  const values = [4, 0, 0, 0, memory + 0x20, memory, 16, 0, 0];
  assert.equal(call('NtReadFile', values), undefined);
  assert.equal(thread.wait?.reason, 'console read');
  services.input(new TextEncoder().encode('typed\n'));
  assert.equal(resumeCall('NtReadFile', values, thread), 0);
  assert.equal(Buffer.from(new Uint8Array(get(memory, 6).buffer)).toString(), 'typed\n');
  assert.equal(call('NtReadFile', values), undefined);
  services.input(undefined);
  assert.equal(resumeCall('NtReadFile', values, thread), status.STATUS_END_OF_FILE);
});

test('the volume is read only', () => {
  const { call, memory, attributes } = newTraditional(FILES);
  const create = (name: string, access: number, disposition: number): number | undefined =>
    call('NtCreateFile', [memory, access, attributes(name), memory + 8, 0, 0x80, 0, disposition, 0x20, 0, 0]);
  assert.equal(create('\\??\\C:\\nt\\empty', READ, 1), 0);
  assert.equal(create('\\??\\C:\\nt\\empty', 0x10_0002, 1), status.STATUS_MEDIA_WRITE_PROTECTED);
  assert.equal(create('\\??\\C:\\nt\\empty', READ, 4), status.STATUS_MEDIA_WRITE_PROTECTED);
  assert.equal(create('\\??\\C:\\nt\\empty', READ, 9), status.STATUS_INVALID_PARAMETER);
});

test('a folder is listed a buffer at a time, as its pattern says', () => {
  const { call, memory, attributes, long, get, unicode } = newTraditional(FILES);
  assert.equal(call('NtOpenFile', [memory, READ, attributes('\\??\\C:\\nt'), memory + 8, 1, 0x21]), 0);
  const folder = long(memory);
  const [ioStatus, buffer] = [memory + 0x20, memory + 0x1000];
  const list = (pattern: string, length: number, restart: number): number | undefined =>
    call('NtQueryDirectoryFile', [
      folder,
      0,
      0,
      0,
      ioStatus,
      buffer,
      length,
      1,
      0,
      unicode(memory + 0x200, pattern),
      restart,
    ]);
  const names = (): string[] => {
    const found: string[] = [];
    for (let at = buffer; ; ) {
      const head = get(at, 0x40);
      found.push(decodeUnicode(new Uint8Array(get(at + 0x40, head.getUint32(0x3c, true)).buffer)));
      if (head.getUint32(0, true) === 0) return found;
      at += head.getUint32(0, true);
    }
  };
  assert.equal(list('*', 0x1000, 1), 0);
  assert.deepEqual(names(), ['empty', 'Folder', 'hello.exe'], 'by upcased names, as NTFS keeps its indexes');
  assert.equal(list('*', 0x1000, 0), status.STATUS_NO_MORE_FILES);
  assert.equal(list('*', 0x60, 1), 0);
  assert.deepEqual(names(), ['empty']);
  assert.equal(list('*', 0x60, 0), 0);
  assert.deepEqual(names(), ['Folder']);
  assert.equal(list('h?llo*.E*', 0x1000, 1), 0);
  assert.deepEqual(names(), ['hello.exe']);
  assert.equal(list('*.dll', 0x1000, 1), status.STATUS_NO_SUCH_FILE);
  assert.equal(list(`${'*a'.repeat(5000)}b`, 0x1000, 1), status.STATUS_NO_SUCH_FILE);
  assert.equal(list('*', 0x10, 1), status.STATUS_INFO_LENGTH_MISMATCH);
});
