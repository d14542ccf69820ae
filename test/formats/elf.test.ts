/** The ELF reader: a program of this repository, and bytes that somebody has damaged. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  buildId,
  checkExecutable,
  interpreterPath,
  readElf,
  readSymbols,
  sectionContents,
} from '../../emulator/formats/elf.ts';
import { PF_X, PT_LOAD, STT_FUNC } from '../../emulator/formats/elfConstants.ts';
import { FormatError } from '../../emulator/formats/formatError.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../..');
const hello = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

/** The sentence with which a changed copy of hello is refused, or undefined. */
function refusal(change: (view: DataView) => void, length = hello.length): string | undefined {
  const bytes = hello.slice(0, length);
  change(new DataView(bytes.buffer));
  try {
    checkExecutable(readElf(bytes));
    return undefined;
  } catch (error) {
    assert.ok(error instanceof FormatError, String(error));
    return error.message;
  }
}

const firstSegment = Number(new DataView(hello.buffer).getBigUint64(32, true));
const loads = readElf(hello).segments.flatMap((segment, index) =>
  segment.type === PT_LOAD ? [firstSegment + index * 56] : [],
);

test('a program of our own', () => {
  const file = readElf(hello);
  checkExecutable(file);
  const code = file.segments.find(({ type, flags }) => type === PT_LOAD && flags & PF_X);
  assert.ok(code && file.header.entry >= code.address && file.header.entry < code.address + code.memorySize);
  const main = readSymbols(hello, file).find(({ name }) => name === 'main');
  assert.equal(main?.type, STT_FUNC);
  assert.ok(main.value >= code.address);
  const text = file.sections.find(({ name }) => name === '.text');
  assert.ok(text && sectionContents(hello, text).length === text.size);
  const bss = file.sections.find(({ name }) => name === '.bss');
  assert.ok(bss && sectionContents(hello, bss).length === 0);
  assert.equal(interpreterPath(hello, file), undefined);
  assert.match(buildId(hello, file) ?? 'none', /^([0-9a-f]{40}|none)$/);
});

test('damage is named', () => {
  assert.match(refusal(() => {}, 0) ?? '', /empty/);
  assert.match(refusal(view => view.setUint8(0, 0x23)) ?? '', /not an ELF file/);
  assert.match(refusal(() => {}, 40) ?? '', /ends inside its ELF header/);
  assert.match(refusal(view => view.setUint8(4, 1)) ?? '', /32-bit .* -m64/);
  assert.match(refusal(view => view.setUint8(4, 9)) ?? '', /class 9/);
  assert.match(refusal(view => view.setUint8(5, 2)) ?? '', /big-endian/);
  assert.match(refusal(view => view.setUint16(18, 183, true)) ?? '', /64-bit ARM .* x86-64/);
  assert.match(refusal(view => view.setUint16(16, 1, true)) ?? '', /object file .* Link/);
  assert.match(refusal(view => view.setUint16(16, 4, true)) ?? '', /core dump/);
  assert.match(refusal(() => {}, 100) ?? '', /ends before its program headers/);
  assert.match(refusal(() => {}, 5000) ?? '', /truncated. Build or copy it again/);
  assert.match(refusal(view => view.setUint16(56, 60_000, true)) ?? '', /60000 program headers/);
  assert.match(refusal(view => view.setBigUint64(24, 1n, true)) ?? '', /entry point 0x1 is not in/);
  assert.match(refusal(view => view.setBigUint64(loads[1] + 16, 0x40_0000n, true)) ?? '', /overlaps|cannot be mapped/);
  assert.match(refusal(view => view.setBigUint64(loads[0] + 40, 1n << 50n, true)) ?? '', /beyond user space/);
  assert.match(refusal(view => view.setBigUint64(loads[0] + 40, 1n, true)) ?? '', /smaller in memory/);
  assert.match(refusal(view => view.setBigUint64(loads[0] + 32, 1n << 60n, true)) ?? '', /truncated/);
  assert.match(refusal(view => view.setBigUint64(loads[0] + 16, 0x40_0123n, true)) ?? '', /cannot be mapped/);
});

test('no damage of the headers does anything but refuse', () => {
  fc.assert(
    fc.property(fc.nat(firstSegment + 7 * 56), fc.integer({ min: 0, max: 255 }), (at, value) => {
      const bytes = hello.slice();
      bytes[at] = value;
      try {
        const file = readElf(bytes);
        checkExecutable(file);
        readSymbols(bytes, file);
        buildId(bytes, file);
        interpreterPath(bytes, file);
      } catch (error) {
        assert.ok(error instanceof FormatError, String(error));
      }
    }),
    { numRuns: 300 },
  );
});
