/**
 * Every form that the processor has is compared with the host's in sequences, or one by one, or it is said why not; and
 * the table of undefined flags knows all that iced-x86 knows.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Code, Instruction, Mnemonic } from 'iced-x86';
import { AF, CF, OF, PF, SF, ZF } from '../../emulator/cpu/registers.ts';
import { coverage } from './support/sequences/coverage.ts';
import { ImplementedForms } from './support/sequences/implemented.ts';
import { makePool } from './support/sequences/pool.ts';
import { undefinedFlagsOf } from './support/sequences/undefinedFlags.ts';

const implemented = new ImplementedForms();
const all = coverage(makePool(1, implemented), implemented);

test('every form is compared, or it is said why not', t => {
  const silent = all.filter(({ comparison, reason }) => comparison !== 'in sequences' && reason === undefined);
  assert.deepEqual(
    silent.map(({ form }) => form),
    [],
  );
  const inSequences = all.filter(({ comparison }) => comparison === 'in sequences').length;
  t.diagnostic(`${inSequences} of ${all.length} forms in sequences`);
  assert.ok(inSequences > all.length * 0.85);
});

test('no undefined flag of an implemented form is missing from the table', () => {
  const bits: readonly (readonly [number, number])[] = [
    [1, OF],
    [2, SF],
    [4, ZF],
    [8, AF],
    [16, CF],
    [32, PF],
  ];
  const probe = new Instruction();
  const missing: string[] = [];
  for (const { form } of all) {
    probe.code = Code[form as keyof typeof Code];
    const known = undefinedFlagsOf(Mnemonic[probe.mnemonic].toLowerCase(), { count: undefined, width: 8 });
    for (const [bit, flag] of bits)
      if (probe.rflagsUndefined & bit && !(known & flag)) missing.push(`${form}: ${flag.toString(16)}`);
  }
  probe.free();
  assert.deepEqual(missing, []);
});
