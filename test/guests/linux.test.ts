/** Guest programs print the same natively and in the machine, linked with musl and with glibc, and end with `ok`. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { build, HAS_ORACLE, runInMachine, runNatively } from '../support/machine.ts';

const FOLDER = path.join(path.dirname(new URL(import.meta.url).pathname), 'linux');
const COMPILERS = ['musl-gcc', 'gcc'] as const;

for (const name of fs.readdirSync(FOLDER))
  for (const compiler of COMPILERS)
    test(`${name} (${compiler})`, { skip: HAS_ORACLE ? false : 'needs x86-64 Linux' }, context => {
      const program = build(path.join(FOLDER, name, `${name}.c`), compiler, ['-O1', '-pthread', '-w']);
      if (!program) return context.skip(`needs ${compiler}`);
      const native = runNatively({ program });
      assert.match(native.output, /(^|\n)ok\n$/, `natively: ${native.output}${native.errors}`);
      const ours = runInMachine({ program });
      assert.equal(ours.output, native.output);
      assert.equal(ours.errors, native.errors);
      assert.equal(ours.code, native.code);
    });
