/** The images that are checked in are what their sources say, and the stubs of ntdll.dll are those of the services. */

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { PT_LOAD } from '../../emulator/formats/elfConstants.ts';
import { readElf } from '../../emulator/formats/elf.ts';
import { readExports, readPe } from '../../emulator/formats/pe.ts';
import { serviceTable } from '../../emulator/kernel/services/table.ts';
import { buildGuest, GUESTS } from '../../tools/images/guests.ts';
import { buildImages, NTDLL, ROOT } from '../../tools/images/images.ts';

const skip = spawnSync('as', ['--version']).error ? 'needs as (binutils)' : false;

test('sources give the images that are checked in, byte for byte', { skip }, () => {
  const images = buildImages();
  assert.ok(images.size >= 3);
  for (const [file, bytes] of images)
    assert.ok(Buffer.from(bytes).equals(fs.readFileSync(path.join(ROOT, file))), `${file}: run npm run images`);
});

for (const file of GUESTS)
  test(`${file}.s gives the program that is checked in`, { skip }, () => {
    const kept = new Uint8Array(fs.readFileSync(path.join(ROOT, file)));
    assert.deepEqual(loaded(buildGuest(file)), loaded(kept), 'run npm run images');
  });

/** Code and data as they are mapped; what linkers write around them differs from version to version. */
function loaded(bytes: Uint8Array): unknown {
  const { header, segments } = readElf(bytes);
  const mapped = segments.filter(({ type, offset }) => type === PT_LOAD && offset > 0);
  assert.ok(mapped.length > 0);
  return {
    entry: header.entry,
    parts: mapped.map(({ address, offset, fileSize }) => ({ address, bytes: bytes.slice(offset, offset + fileSize) })),
  };
}

test('every service has a stub: mov r10, rcx; mov eax, number; syscall; ret', () => {
  const bytes = new Uint8Array(fs.readFileSync(path.join(ROOT, NTDLL)));
  const file = readPe(bytes);
  const [text] = file.sections;
  const exports = new Map(readExports(bytes, file).map(({ name, address }) => [name, address]));
  for (const { name, number } of serviceTable()) {
    const at = (exports.get(name) ?? 0) - text.address + text.offset;
    const stub = [0x49, 0x89, 0xca, 0xb8, number & 0xff, number >> 8, 0, 0, 0x0f, 0x05, 0xc3];
    assert.deepEqual([...bytes.subarray(at, at + stub.length)], stub, name);
    assert.equal(exports.get(`Zw${name.slice(2)}`), exports.get(name));
  }
});

test('numbers and names of services are told once', () => {
  const rows = serviceTable();
  assert.equal(new Set(rows.map(({ number }) => number)).size, rows.length);
  assert.equal(new Set(rows.map(({ name }) => name)).size, rows.length);
  for (const { support, note, name } of rows) assert.equal(support === 'full', note === '', name);
});
