/** Registers as texts and back. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as registers from '../../adapter/registers.ts';
import type { RegisterValues } from '../../emulator/index.ts';

function values(general: Record<string, bigint>): RegisterValues {
  return { general, mxcsr: 0, vectors: [], x87: { control: 0, status: 0, tag: 0, stack: [] } };
}

test('parts of registers read and write as on the processor', () => {
  const whole = values({ rax: 0x1122334455667788n, r9: 0n, rflags: 0x246n });
  const rows: [string, bigint, bigint, bigint][] = [
    ['rax', 0x1122334455667788n, 5n, 5n],
    ['$eax', 0x55667788n, 5n, 5n],
    ['%ax', 0x7788n, 5n, 0x1122334455660005n],
    ['AL', 0x88n, 5n, 0x1122334455667705n],
    ['ah', 0x77n, 5n, 0x1122334455660588n],
    ['zf', 1n, 0n, 0x206n],
  ];
  for (const [name, read, written, after] of rows) {
    const part = registers.registerPart(name);
    assert.ok(part, name);
    assert.equal(registers.readPart(whole, part), read, name);
    assert.equal(registers.writePart(whole, part, written), after, name);
  }
  assert.equal(registers.registerPart('rxx'), undefined);
});

test('integers', () => {
  const rows: [string, number, bigint | undefined][] = [
    ['0x10', 8, 16n],
    ['255', 8, 255n],
    ['256', 8, undefined],
    ['-1', 8, 255n],
    ['-129', 8, undefined],
    ['0b101', 64, 5n],
    ['1_000', 64, 1000n],
    ['-0x8000000000000000', 64, 1n << 63n],
    ['', 64, undefined],
    ['rax', 64, undefined],
  ];
  for (const [text, bits, value] of rows) assert.equal(registers.parseInteger(text, bits), value, text);
});

test('flags are named', () => {
  assert.equal(registers.formatFlags(0x246n), '0x246 [PF ZF IF]');
  assert.equal(registers.formatFlags(0n), '0x0 []');
});

test('80-bit floats and doubles', () => {
  fc.assert(
    fc.property(fc.double(), value => {
      assert.ok(Object.is(registers.extendedToDouble(registers.doubleToExtended(value)), value));
    }),
  );
  const one = registers.doubleToExtended(1);
  assert.equal(registers.bytesAsNumber(one), '0x3fff8000000000000000');
});

test('lanes of vectors', () => {
  const bytes = registers.numberAsBytes('0x3f800000_00000000_00000002_00000001', 16);
  assert.ok(bytes);
  assert.deepEqual(registers.laneTexts(bytes, 'u32'), ['1', '2', '0', '1065353216']);
  assert.deepEqual(registers.laneTexts(bytes, 'f32').at(-1), '1');
  assert.equal(registers.numberAsBytes('0x100', 1), undefined);
});
