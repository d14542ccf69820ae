/** Programs that use AVX, AVX2, FMA and F16C print the same natively and in a machine with x86-64-v3. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { build, HAS_ORACLE, newMachine, runInMachine, runNatively } from '../support/machine.ts';

const FOLDER = path.join(path.dirname(new URL(import.meta.url).pathname), 'avx');
const WITH_AVX = /\bavx2\b.*\bfma\b|\bfma\b.*\bavx2\b/;
const hasAvx = HAS_ORACLE && WITH_AVX.test(fs.readFileSync('/proc/cpuinfo', 'utf8'));
const skip = hasAvx ? false : 'needs x86-64 Linux with AVX2 and FMA';
const FLAGS = ['-O3', '-mavx2', '-mfma', '-mf16c', '-w', '-lm'];
const LIBRARIES = ['/lib', '/lib64', '/usr/lib', '/etc'];

for (const name of ['frames', 'values'])
  for (const hotThreshold of [undefined, Infinity, 50])
    test(`${name}, compiled after ${hotThreshold ?? 'as many passes as usual'}`, { skip }, context => {
      const file = build(path.join(FOLDER, `${name}.c`), 'gcc', FLAGS);
      if (!file) return context.skip('needs gcc');
      const program = { program: file, folders: LIBRARIES };
      const native = runNatively(program);
      assert.match(native.output, /\nok\n$/, native.errors);
      const ours = runInMachine(program, newMachine(program, [], { cpu: 'x86-64-v3', hotThreshold }));
      assert.equal(ours.output, native.output);
      assert.equal(ours.code, 0);
    });

test('the default has no AVX: its instructions are undefined and CPUID does not name them', { skip }, context => {
  const file = build(path.join(FOLDER, 'frames.c'), 'gcc', FLAGS);
  if (!file) return context.skip('needs gcc');
  const ours = runInMachine({ program: file, folders: LIBRARIES });
  assert.equal(ours.code, 128 + 4);
});
