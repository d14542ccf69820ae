/** Sections and views: images, section protections, SEC_RESERVE, write-copy, inheritance. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { cloneAddressSpace } from '../../../emulator/kernel/mm/fork.ts';
import { createImageSection } from '../../../emulator/kernel/mm/imageSection.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { MM_READONLY, MM_READWRITE } from '../../../emulator/kernel/mm/protectionMask.ts';
import { queryVirtualMemory } from '../../../emulator/kernel/mm/query.ts';
import { closeSection, createPagingSection } from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection, unmapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import { allocateVirtualMemory, protectVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;
const BASE = 0x5000_0000;

/** Headers, code, written data, and zeros behind the data, as a linker with 512-byte file alignment leaves them. */
function imageBytes(): Uint8Array {
  const bytes = new Uint8Array(0x600);
  bytes.fill(1, 0, 0x200);
  bytes.fill(2, 0x200, 0x400);
  bytes.fill(3, 0x400, 0x600);
  return bytes;
}

function newImage(kernel: Kernel): number {
  const { section } = createImageSection(kernel, {
    file: imageBytes(),
    base: BASE,
    size: 4 * PAGE,
    subsections: [
      { rva: 0, size: 0x200, fileOffset: 0, fileSize: 0x200, protection: mm.PAGE_READONLY },
      { rva: PAGE, size: 0x180, fileOffset: 0x200, fileSize: 0x200, protection: mm.PAGE_EXECUTE_READ },
      { rva: 2 * PAGE, size: 0x1800, fileOffset: 0x400, fileSize: 0x200, protection: mm.PAGE_WRITECOPY },
    ],
  });
  assert.ok(section);
  return section;
}

function byteAt(kernel: Kernel, process: Process, address: number): number {
  const byte = new Uint8Array(1);
  assert.equal(copyFromUser(kernel, process, address, byte), 1);
  return byte[0];
}

const VIEW = { size: 0, offset: 0, protection: mm.PAGE_READONLY, type: 0 };

test('an image goes to its base and shows each subsection with its protection; a second one is elsewhere', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const section = newImage(kernel);
  assert.deepEqual(mapViewOfSection(kernel, process, { ...VIEW, section }), { status: 0, base: BASE });
  const regions = [0, 1, 2].map(page => queryVirtualMemory(kernel, process, BASE + page * PAGE));
  assert.deepEqual(
    regions.map(({ regionSize, protect, type, allocationProtect }) => [regionSize, protect, type, allocationProtect]),
    [
      [PAGE, mm.PAGE_READONLY, mm.MEM_IMAGE, mm.PAGE_EXECUTE_WRITECOPY],
      [PAGE, mm.PAGE_EXECUTE_READ, mm.MEM_IMAGE, mm.PAGE_EXECUTE_WRITECOPY],
      [2 * PAGE, mm.PAGE_WRITECOPY, mm.MEM_IMAGE, mm.PAGE_EXECUTE_WRITECOPY],
    ],
  );
  const read = (rva: number): number => byteAt(kernel, process, BASE + rva);
  assert.deepEqual(
    [0, 0x200, PAGE, PAGE + 0x180, 2 * PAGE, 2 * PAGE + 0x200, 3 * PAGE].map(read),
    [1, 0, 2, 0, 3, 0, 0],
  );
  const again = mapViewOfSection(kernel, process, { ...VIEW, section });
  assert.equal(again.status, status.STATUS_IMAGE_NOT_AT_BASE);
  assert.equal(byteAt(kernel, process, again.base + PAGE), 2);
  for (const base of [BASE, again.base + PAGE]) unmapViewOfSection(kernel, process, base);
  closeSection(kernel, section);
  assert.deepEqual([kernel.frames.count, kernel.state.sections.size, kernel.state.commit.total], [0, 0, 0]);
});

test('a written page of an image is private and writable, stays MEM_IMAGE, and no other process sees it', () => {
  const { kernel } = newKernel();
  const [process, other] = [newProcess(kernel), newProcess(kernel)];
  const section = newImage(kernel);
  for (const each of [process, other]) mapViewOfSection(kernel, each, { ...VIEW, section });
  const data = BASE + 2 * PAGE;
  assert.equal(copyToUser(kernel, process, data, new Uint8Array([9])), 1);
  const { protect, type, regionSize } = queryVirtualMemory(kernel, process, data);
  assert.deepEqual([protect, type, regionSize], [mm.PAGE_READWRITE, mm.MEM_IMAGE, PAGE]);
  assert.equal(queryVirtualMemory(kernel, other, data).protect, mm.PAGE_WRITECOPY);
  assert.deepEqual([byteAt(kernel, process, data), byteAt(kernel, other, data)], [9, 3]);
  assert.equal(process.commit, 2, 'write-copy pages are charged when the view is made');
  const changed = protectVirtualMemory(kernel, process, BASE, PAGE, mm.PAGE_READWRITE);
  assert.deepEqual(changed, { status: 0, oldProtection: mm.PAGE_READONLY });
  assert.equal(queryVirtualMemory(kernel, process, BASE).protect, mm.PAGE_WRITECOPY, 'write access to an image copies');
  assert.equal(process.commit, 3);
});

test('views have no more access than their section (MapViewOfFile)', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const { section } = createPagingSection(kernel, { size: PAGE, protection: MM_READONLY, isReserve: false });
  const map = (protection: number): number =>
    mapViewOfSection(kernel, process, { ...VIEW, section, protection }).status;
  assert.equal(map(mm.PAGE_READWRITE), status.STATUS_SECTION_PROTECTION);
  assert.equal(map(mm.PAGE_EXECUTE_READ), status.STATUS_SECTION_PROTECTION);
  assert.equal(map(mm.PAGE_WRITECOPY), status.STATUS_SUCCESS);
  const { base } = mapViewOfSection(kernel, process, { ...VIEW, section });
  const protect = (protection: number): number => protectVirtualMemory(kernel, process, base, PAGE, protection).status;
  assert.equal(protect(mm.PAGE_READWRITE), status.STATUS_SECTION_PROTECTION);
  assert.equal(protect(mm.PAGE_NOACCESS), status.STATUS_SUCCESS);
});

test('SEC_RESERVE pages are committed through one view for all, and charged to the system', () => {
  const { kernel } = newKernel();
  const [process, other] = [newProcess(kernel), newProcess(kernel)];
  const { section } = createPagingSection(kernel, { size: 8 * PAGE, protection: MM_READWRITE, isReserve: true });
  const view = { ...VIEW, section, protection: mm.PAGE_READWRITE };
  const bases = [process, other].map(each => mapViewOfSection(kernel, each, view).base);
  assert.equal(queryVirtualMemory(kernel, process, bases[0]).state, mm.MEM_RESERVE);
  const request = { base: bases[0] + PAGE, size: 2 * PAGE, type: mm.MEM_COMMIT, protection: mm.PAGE_READWRITE };
  assert.equal(allocateVirtualMemory(kernel, process, request).status, status.STATUS_SUCCESS);
  const { state, regionSize } = queryVirtualMemory(kernel, other, bases[1] + PAGE);
  assert.deepEqual([state, regionSize], [mm.MEM_COMMIT, 2 * PAGE]);
  assert.equal(copyToUser(kernel, process, bases[0] + PAGE, new Uint8Array([5])), 1);
  assert.equal(byteAt(kernel, other, bases[1] + PAGE), 5);
  assert.deepEqual([kernel.state.commit.total, process.commit], [2, 0]);
  for (const [index, each] of [process, other].entries()) unmapViewOfSection(kernel, each, bases[index]);
  closeSection(kernel, section);
  assert.deepEqual([kernel.state.commit.total, kernel.frames.count], [0, 0]);
});

test('NT views are aligned to 64 KiB and not longer than their section; a clone gets those of VIEW_SHARE', () => {
  const { kernel } = newKernel();
  const process = newProcess(kernel);
  const { section } = createPagingSection(kernel, { size: 0x2_0000, protection: MM_READWRITE, isReserve: false });
  const map = (request: object): number =>
    mapViewOfSection(kernel, process, { ...VIEW, section, protection: mm.PAGE_READWRITE, ...request }).status;
  assert.equal(map({ offset: PAGE }), status.STATUS_MAPPED_ALIGNMENT);
  assert.equal(map({ base: BASE + PAGE }), status.STATUS_MAPPED_ALIGNMENT);
  assert.equal(map({ size: 0x3_0000 }), status.STATUS_INVALID_VIEW_SIZE);
  assert.equal(map({ base: BASE, offset: 0x1_0000 }), status.STATUS_SUCCESS);
  assert.equal(map({ base: BASE }), status.STATUS_CONFLICTING_ADDRESSES);
  assert.equal(map({ base: BASE + 0x4_0000, inherit: mm.VIEW_UNMAP }), status.STATUS_SUCCESS);
  for (const base of [BASE, BASE + 0x4_0000]) copyToUser(kernel, process, base, new Uint8Array([1]));
  const child = newProcess(kernel);
  cloneAddressSpace(kernel, process, child);
  assert.deepEqual(
    child.vads.map(vad => vad.start * PAGE),
    [BASE],
  );
  copyToUser(kernel, child, BASE, new Uint8Array([7]));
  assert.equal(byteAt(kernel, process, BASE), 7, 'the child shares the view');
  assert.equal(unmapViewOfSection(kernel, process, 0x1234_0000), status.STATUS_NOT_MAPPED_VIEW);
});
