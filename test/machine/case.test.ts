/** A program meets names that differ in case, with and without case sensitivity; then a traditional one, on the same files. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { HAS_ORACLE, newMachine, runInMachine } from '../support/machine.ts';

const BUSYBOX = '/usr/bin/busybox';
const skip = HAS_ORACLE && fs.existsSync(BUSYBOX) ? false : 'needs busybox-static';
const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'pico-case-'));
after(() => fs.rmSync(folder, { recursive: true }));
fs.writeFileSync(path.join(folder, 'ReadMe'), 'as written\n');

const SCRIPT = 'cat README; echo upper > README; cat readme; ls; mv ReadMe readME; ls';

function run(caseSensitive: boolean): { output: string; code: number } {
  const program = {
    program: BUSYBOX,
    arguments: ['sh', '-c', `cd ${folder}; for f in 1; do ${SCRIPT}; done 2>/dev/null`],
    folders: [folder],
  };
  return runInMachine(program, newMachine(program, [], { caseSensitive }));
}

test('with case sensitivity ReadMe and README are two files', { skip }, () => {
  assert.equal(run(true).output, 'README\nReadMe\nREADME\nreadME\n');
});

test('without it they are one, which keeps its name until it gets another', { skip }, () => {
  assert.equal(run(false).output, 'as written\nupper\nReadMe\nreadME\n');
});
