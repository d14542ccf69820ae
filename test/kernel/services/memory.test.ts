/** NtAllocateVirtualMemory and its kin as user code sees them (ntifs.h; MSDN, "ZwAllocateVirtualMemory"). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as mem from '../../../emulator/kernel/mm/protection.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newTraditional } from '../../support/traditional.ts';

const RW = mem.PAGE_READWRITE;

test('reserve rounds the base down to 64 KiB and the size up to pages; both come back', () => {
  const { call, memory, putLong, long } = newTraditional();
  putLong(memory, 0x3001_2345);
  putLong(memory + 8, 0x1000);
  assert.equal(call('NtAllocateVirtualMemory', [-1, memory, 0, memory + 8, mem.MEM_RESERVE, RW]), 0);
  assert.deepEqual([long(memory), long(memory + 8)], [0x3001_0000, 0x4000]);
  putLong(memory, 0x3001_2000);
  putLong(memory + 8, 1);
  assert.equal(call('NtAllocateVirtualMemory', [-1, memory, 0, memory + 8, mem.MEM_COMMIT, RW]), 0);
  assert.deepEqual([long(memory), long(memory + 8)], [0x3001_2000, 0x1000]);
  putLong(memory, 0x3001_0000);
  putLong(memory + 8, 0);
  assert.equal(call('NtFreeVirtualMemory', [-1, memory, memory + 8, mem.MEM_RELEASE]), 0);
  assert.deepEqual([long(memory), long(memory + 8)], [0x3001_0000, 0x4000]);
});

test('4 KiB granularity is nothing that user code may ask for', () => {
  const { call, memory, putLong } = newTraditional();
  putLong(memory, 0);
  putLong(memory + 8, 0x1000);
  const type = mem.MEM_RESERVE | mem.MEM_DOS_LIM;
  assert.equal(call('NtAllocateVirtualMemory', [-1, memory, 0, memory + 8, type, RW]), status.STATUS_INVALID_PARAMETER);
});

test('NtProtectVirtualMemory gives the old protection; NtQueryVirtualMemory the region', () => {
  const { call, memory, putLong, long, get } = newTraditional();
  putLong(memory, memory + 0x3000);
  putLong(memory + 8, 0x1000);
  const values = [-1, memory, memory + 8, mem.PAGE_READONLY, memory + 16];
  assert.equal(call('NtProtectVirtualMemory', values), 0);
  assert.equal(get(memory + 16, 4).getUint32(0, true), RW);
  assert.equal(call('NtQueryVirtualMemory', [-1, memory + 0x3008, 0, memory + 0x100, 0x30, memory + 32]), 0);
  const view = get(memory + 0x100, 0x30);
  assert.equal(Number(view.getBigUint64(0, true)), memory + 0x3000);
  assert.equal(Number(view.getBigUint64(8, true)), memory);
  assert.equal(Number(view.getBigUint64(0x18, true)), 0x1000);
  assert.deepEqual(
    [0x20, 0x24, 0x28].map(at => view.getUint32(at, true)),
    [mem.MEM_COMMIT, mem.PAGE_READONLY, mem.MEM_PRIVATE],
  );
  assert.equal(long(memory + 32), 0x30);
  assert.equal(call('NtQueryVirtualMemory', [-1, memory, 99, memory, 0x30, 0]), status.STATUS_INVALID_INFO_CLASS);
  const shortBuffer = [-1, memory, 0, memory, 0x2f, 0];
  assert.equal(call('NtQueryVirtualMemory', shortBuffer), status.STATUS_INFO_LENGTH_MISMATCH);
});

test('reads of a process that end in a hole are STATUS_PARTIAL_COPY', () => {
  const { call, memory, long, put, get } = newTraditional();
  put(memory + 0xfff0, Uint8Array.of(1, 2, 3));
  assert.equal(call('NtReadVirtualMemory', [-1, memory + 0xfff0, memory, 0x10, memory + 0x80]), 0);
  assert.equal(get(memory, 4).getUint32(0, true), 0x03_0201);
  const over = [-1, memory + 0xfff0, memory, 0x20, memory + 0x80];
  assert.equal(call('NtReadVirtualMemory', over), status.STATUS_PARTIAL_COPY);
  assert.equal(long(memory + 0x80), 0x10);
});

test('a page-file section is seen through all of its views; NtUnmapViewOfSection takes one away', () => {
  const { call, memory, putLong, long, get } = newTraditional();
  putLong(memory, 0x2_0000);
  const create = [memory + 8, 0xf_001f, 0, memory, RW, mem.SEC_COMMIT, 0];
  assert.equal(call('NtCreateSection', create), 0);
  const section = long(memory + 8);
  const views = [0, 1].map(() => {
    putLong(memory + 16, 0);
    putLong(memory + 24, 0);
    assert.equal(call('NtMapViewOfSection', [section, -1, memory + 16, 0, 0, 0, memory + 24, 1, 0, RW]), 0);
    assert.equal(long(memory + 24), 0x2_0000);
    return long(memory + 16);
  });
  putLong(views[0] + 0x1_0008, 77);
  assert.equal(long(views[1] + 0x1_0008), 77);
  assert.equal(call('NtQuerySection', [section, 0, memory + 0x100, 0x18, 0]), 0);
  assert.equal(Number(get(memory + 0x110, 8).getBigUint64(0, true)), 0x2_0000);
  assert.equal(call('NtUnmapViewOfSection', [-1, views[0] + 5]), 0);
  assert.equal(call('NtUnmapViewOfSection', [-1, views[0]]), status.STATUS_NOT_MAPPED_VIEW);
  assert.equal(long(views[1] + 0x1_0008), 77);
});

test('an image section of a file is laid out by its headers, in the place that the kernel chose', () => {
  const { call, memory, attributes, long, putLong, get, process } = newTraditional();
  assert.equal(call('NtOpenFile', [memory, 0x10_0001, attributes('\\??\\c:\\NT\\HELLO.EXE'), memory + 8, 1, 0x20]), 0);
  const file = long(memory);
  const create = [memory + 24, 0xf_001f, 0, 0, mem.PAGE_READONLY, mem.SEC_IMAGE, file];
  assert.equal(call('NtCreateSection', create), 0);
  putLong(memory + 32, 0);
  putLong(memory + 40, 0);
  const values = [long(memory + 24), -1, memory + 32, 0, 0, 0, memory + 40, 1, 0, mem.PAGE_READONLY];
  assert.equal(call('NtMapViewOfSection', values), status.STATUS_IMAGE_NOT_AT_BASE, 'the program itself is there');
  assert.equal(get(long(memory + 32), 2).getUint16(0, true), 0x5a4d);
  assert.notEqual(long(memory + 32), long(process.peb + 0x10));
  const data = [memory + 24, 0xf_001f, 0, 0, mem.PAGE_READONLY, mem.SEC_COMMIT, 8];
  assert.equal(call('NtCreateSection', data), status.STATUS_ACCESS_DENIED, 'standard output cannot be read');
});

test('MEMORY_REGION_INFORMATION is of the whole allocation, MEMORY_WORKING_SET_EX_BLOCK of a page', () => {
  const { call, memory, process, get, long, putLong } = newTraditional();
  const buffer = memory + 0x100;
  const image = long(process.peb + 0x10);
  assert.equal(call('NtQueryVirtualMemory', [-1, image + 0x1234, 3, buffer, 0x28, 0]), 0);
  assert.deepEqual([long(buffer), long(buffer + 0x10)], [image, 0x5000]);
  assert.equal(get(buffer + 0x0c, 4).getUint32(0, true), 4, 'MappedImage');
  assert.equal(call('NtQueryVirtualMemory', [-1, 0x5555_0000, 3, buffer, 0x28, 0]), status.STATUS_INVALID_ADDRESS);
  assert.equal(call('NtQueryVirtualMemory', [-1, image, 2, buffer, 0x200, 0]), 0);
  const text = new Uint8Array(get(buffer + 16, get(buffer, 2).getUint16(0, true)).buffer);
  assert.equal(Buffer.from(text).toString('utf16le'), 'C:\\nt\\hello.exe');
  putLong(memory + 0x2000, 1);
  putLong(buffer, memory + 0x2000);
  putLong(buffer + 0x10, memory + 0x9000);
  assert.equal(call('NtQueryVirtualMemory', [-1, 0, 4, buffer, 0x20, 0]), 0);
  const bits = get(buffer + 8, 4).getUint32(0, true);
  assert.deepEqual([bits & 1, (bits >> 4) & 0x7ff, (bits >> 15) & 1], [1, RW, 0], 'Valid, Win32Protection, Shared');
  assert.equal(get(buffer + 0x18, 4).getUint32(0, true) & 1, 0, 'never touched');
  assert.equal(call('NtQueryVirtualMemory', [-1, 0, 4, buffer, 0x18, 0]), status.STATUS_INFO_LENGTH_MISMATCH);
});
