/** The disassembler's rows. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { disassemble } from '../../emulator/cpu/decode/disassemble.ts';

const BYTES = Buffer.from('4889e5 e800000000 7402 c3 06 0f05 488d0510000000 cc'.replaceAll(' ', ''), 'hex');

function symbol(address: number): string | undefined {
  return address === 0x401008 ? 'next' : undefined;
}

test('rows in both styles', () => {
  const texts = (style: 'intel' | 'gas'): string[] => disassemble(BYTES, 0x401000, style, symbol).map(row => row.text);
  assert.deepEqual(texts('intel'), [
    'mov rbp, rsp',
    'call 0x401008 <next>',
    'je 0x40100c',
    'ret',
    '(bad)',
    'syscall',
    'lea rax, [rip+0x10]',
    'int3',
  ]);
  assert.equal(texts('gas')[0], 'mov %rsp, %rbp');
});

test('flow, targets and lengths', () => {
  const rows = disassemble(BYTES, 0x401000, 'intel');
  assert.deepEqual(
    rows.map(row => row.flow),
    ['next', 'call', 'conditional', 'return', 'invalid', 'systemCall', 'next', 'interrupt'],
  );
  assert.deepEqual(
    rows.map(row => row.target),
    [undefined, 0x401008, 0x40100c, undefined, undefined, undefined, 0x401025, undefined],
  );
  assert.equal(
    rows.reduce((sum, row) => sum + row.length, 0),
    BYTES.length,
  );
});

test('bytes that end inside an instruction are shown one by one', () => {
  assert.deepEqual(
    disassemble(Uint8Array.of(0x48, 0x8b), 0, 'gas').map(row => row.flow),
    ['invalid', 'invalid'],
  );
});
