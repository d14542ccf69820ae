/** x87 functions whose last place is left open: close to the processor's, and exactly right where the answer is known. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Chooser } from './support/generator.ts';
import { emptyState, hasNative, runNative, Subject } from './support/oracle.ts';
import type { Case } from './support/oracle.ts';

/** Greatest distance from the processor's result, in units of the last of 64 places. */
const ALLOWED = 2n;

interface Domain {
  readonly name: string;
  readonly code: string;
  readonly sign: 'any' | 'positive';
  readonly exponents: readonly [number, number];
}

const DOMAINS: readonly Domain[] = [
  { name: 'f2xm1', code: 'd9f0', sign: 'any', exponents: [-60, -1] },
  { name: 'fyl2x', code: 'd9f1', sign: 'positive', exponents: [-60, 60] },
  { name: 'fyl2xp1', code: 'd9f9', sign: 'positive', exponents: [-60, -3] },
  { name: 'fpatan', code: 'd9f3', sign: 'any', exponents: [-20, 20] },
  { name: 'fsin', code: 'd9fe', sign: 'any', exponents: [-40, 1] },
  { name: 'fcos', code: 'd9ff', sign: 'any', exponents: [-40, 0] },
  { name: 'fptan', code: 'd9f2', sign: 'any', exponents: [-40, 0] },
];

function casesOf({ name, code, sign, exponents }: Domain, count: number): Case[] {
  const choose = new Chooser(9);
  return Array.from({ length: count }, (_, i) => {
    const before = emptyState();
    const view = new DataView(before.fx.buffer);
    view.setUint16(0, 0x37f, true);
    view.setUint8(4, 0x3f);
    view.setUint32(24, 0x1f80, true);
    view.setUint32(28, 0xffff, true);
    for (let register = 0; register < 2; register++) {
      const [least, greatest] = exponents;
      view.setBigUint64(32 + register * 16, choose.word() | (1n << 63n), true);
      const negative = sign === 'any' ? choose.below(2) : 0;
      view.setUint16(40 + register * 16, (negative << 15) | (16383 + least + choose.below(greatest - least + 1)), true);
    }
    return { name: `${name} ${i}`, code: Buffer.from(code, 'hex'), offset: 0, before, undefinedFlags: 0 };
  });
}

/** Sign, exponent and significand as one number, so that neighbours differ by one. */
function ordinal(fx: Uint8Array, register: number): bigint {
  const view = new DataView(fx.buffer, fx.byteOffset);
  const word = view.getUint16(40 + register * 16, true);
  const magnitude = (BigInt(word & 0x7fff) << 63n) | (view.getBigUint64(32 + register * 16, true) & ((1n << 63n) - 1n));
  return word & 0x8000 ? -magnitude : magnitude;
}

test('transcendental functions', { skip: !hasNative() }, t => {
  const subject = new Subject();
  for (const domain of DOMAINS) {
    const cases = casesOf(domain, 60);
    const native = runNative(cases);
    let worst = 0n;
    cases.forEach((each, i) => {
      const register = domain.name === 'fptan' ? 1 : 0;
      const distance = ordinal(native[i].after.fx, register) - ordinal(subject.run(each).after.fx, register);
      const size = distance < 0n ? -distance : distance;
      assert.ok(size <= ALLOWED, `${each.name}: ${size} units away`);
      if (size > worst) worst = size;
    });
    t.diagnostic(`${domain.name}: at most ${worst} units`);
  }
});
