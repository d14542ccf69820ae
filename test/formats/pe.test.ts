/** The PE reader: images of this repository, and bytes that somebody has damaged ("PE Format", Microsoft). */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { FormatError } from '../../emulator/formats/formatError.ts';
import {
  checkProgram,
  readCoffSymbols,
  readExports,
  readImports,
  readPe,
  readRelocations,
} from '../../emulator/formats/pe.ts';
import { IMAGE_SCN_MEM_EXECUTE, IMAGE_SCN_MEM_WRITE } from '../../emulator/formats/peConstants.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const read = (file: string): Uint8Array => new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/nt', file)));
const hello = read('hello/hello.exe');
const ntdll = read('ntdll/ntdll.dll');
const header = new DataView(hello.buffer).getUint32(0x3c, true);
const optional = header + 24;
const sections = optional + 240;

/** The sentence with which a changed copy of hello.exe is refused, or undefined. */
function refusal(change: (view: DataView) => void, length = hello.length): string | undefined {
  const bytes = hello.slice(0, length);
  change(new DataView(bytes.buffer));
  try {
    const file = readPe(bytes);
    checkProgram(file);
    readImports(bytes, file);
    readRelocations(bytes, file);
    return undefined;
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return error.message;
  }
}

test('a program of our own', () => {
  const file = readPe(hello);
  checkProgram(file);
  assert.equal(file.imageBase, 0x1_4000_0000);
  assert.equal(file.timeStamp, 0);
  const names = file.sections.map(({ name }) => name);
  assert.deepEqual(names.slice(0, 3), ['.text', '.rdata', '.data']);
  assert.ok(file.sections[0].characteristics & IMAGE_SCN_MEM_EXECUTE);
  assert.ok(file.sections[2].characteristics & IMAGE_SCN_MEM_WRITE);
  assert.equal(file.sections[2].fileSize, 0, 'zeroed data is not in the file');
  const imports = readImports(hello, file);
  assert.deepEqual(
    imports.map(({ module }) => module),
    ['ntdll.dll'],
  );
  assert.ok(imports[0].entries.some(({ name }) => name === 'NtWriteFile'));
  const main = readCoffSymbols(hello, file).find(({ name }) => name === 'main');
  assert.deepEqual([main?.address, main?.isFunction], [file.entry, true]);
});

test('every import of the program is an export of the library', () => {
  const exports = readExports(ntdll, readPe(ntdll));
  const names = new Set(exports.map(({ name }) => name));
  for (const { entries } of readImports(hello, readPe(hello)))
    for (const { name } of entries) assert.ok(names.has(name), name);
  const sorted = exports.map(({ name }) => name);
  assert.deepEqual(sorted, [...sorted].sort(), 'loaders search the names by halves');
});

test('relocations are the places of 64-bit addresses', () => {
  const file = readPe(ntdll);
  const places = readRelocations(ntdll, file);
  assert.ok(places.length > 0);
  const view = new DataView(ntdll.buffer);
  for (const place of places) {
    const section = file.sections.find(({ address, memorySize }) => place >= address && place < address + memorySize);
    const value = Number(view.getBigUint64((section?.offset ?? 0) + place - (section?.address ?? 0), true));
    assert.ok(value >= file.imageBase && value < file.imageBase + file.imageSize, value.toString(16));
  }
});

test('damage is named', () => {
  assert.match(refusal(() => {}, 0) ?? '', /empty/);
  assert.match(refusal(view => view.setUint8(0, 0x23)) ?? '', /not a PE image/);
  assert.match(refusal(() => {}, 50) ?? '', /DOS header/);
  assert.match(refusal(view => view.setUint32(0x3c, 0x10_0000, true)) ?? '', /ends before its PE header/);
  assert.match(refusal(view => view.setUint32(header, 0, true)) ?? '', /DOS program/);
  assert.match(refusal(view => view.setUint16(header + 4, 0x14c, true)) ?? '', /32-bit x86; .* x64/);
  assert.match(refusal(view => view.setUint16(header + 4, 0xaa64, true)) ?? '', /64-bit ARM/);
  assert.match(refusal(view => view.setUint16(header + 22, 0, true)) ?? '', /not executable/);
  assert.match(refusal(view => view.setUint16(header + 22, 0x2022, true)) ?? '', /a DLL/);
  assert.match(refusal(view => view.setUint16(optional, 0x10b, true)) ?? '', /32-bit image \(PE32\)/);
  assert.match(refusal(view => view.setUint16(optional, 0x77, true)) ?? '', /no PE32\+ header/);
  assert.match(refusal(view => view.setUint32(optional + 32, 512, true)) ?? '', /aligned to 512/);
  assert.match(refusal(view => view.setUint32(optional + 16, 0xffff_0000, true)) ?? '', /entry point/);
  assert.match(refusal(view => view.setUint32(optional + 16, 0x2000, true)) ?? '', /executable section/);
  assert.match(refusal(view => view.setBigUint64(optional + 24, 0x1234n, true)) ?? '', /64 KiB/);
  assert.match(refusal(view => view.setBigUint64(optional + 24, 1n << 60n, true)) ?? '', /beyond user space/);
  assert.match(refusal(view => view.setUint32(optional + 56, 0xffff_ffff, true)) ?? '', /1 GiB/);
  assert.match(refusal(view => view.setUint16(optional + 68, 10, true)) ?? '', /subsystem 10/);
  assert.match(refusal(view => view.setUint16(header + 6, 0, true)) ?? '', /no sections/);
  assert.match(refusal(view => view.setUint16(header + 6, 60_000, true)) ?? '', /60000 sections/);
  assert.match(refusal(view => view.setUint32(sections + 12, 0x10, true)) ?? '', /overlaps|aligned/);
  assert.match(refusal(view => view.setUint32(sections + 8, 0x1000_0000, true)) ?? '', /behind the image/);
  assert.match(refusal(() => {}, 1200) ?? '', /truncated/);
  assert.match(refusal(view => view.setUint32(optional + 120, 0x7000_0000, true)) ?? '', /where the file has nothing/);
});

test('no damage does anything but refuse', () => {
  const change = fc.record({ at: fc.nat(hello.length - 1), value: fc.integer({ min: 0, max: 255 }) });
  for (const image of [hello, ntdll])
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), fc.nat(image.length), (changes, cut) => {
        const bytes = image.slice(0, cut % 3 === 0 ? cut : image.length);
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value;
        try {
          const file = readPe(bytes);
          readCoffSymbols(bytes, file);
          readExports(bytes, file);
          readImports(bytes, file);
          readRelocations(bytes, file);
          checkProgram(file);
        } catch (error) {
          assert.ok(error instanceof FormatError, String(error));
        }
      }),
      { numRuns: 500 },
    );
});
