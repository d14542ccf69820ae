/** The same machine run twice does the same, and so does one that went back to a snapshot on its way. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import { test } from 'node:test';
import { HAS_ORACLE, finish, launch, newMachine, runInMachine } from '../support/machine.ts';

const BUSYBOX = '/usr/bin/busybox';
const skip = HAS_ORACLE && fs.existsSync(BUSYBOX) ? false : 'needs busybox-static';
const program = {
  program: BUSYBOX,
  arguments: [
    'sh',
    '-c',
    'for i in 1 2 3 4 5 6; do echo $i $((i * i)) $$; done | sort -rn | tee /tmp/x | wc; cat /tmp/x; date; echo $RANDOM',
  ],
  trace: true,
};

test('two runs give the same trace, bit for bit', { skip }, () => {
  const [first, second] = [runInMachine(program), runInMachine(program)];
  assert.ok(first.trace.length > 50);
  assert.equal(first.trace.join('\n'), second.trace.join('\n'));
  assert.deepEqual([first.instructions, first.output], [second.instructions, second.output]);
});

test('snapshot, run, restore, run: the same trace from the snapshot on, wherever it is taken', { skip }, () => {
  const whole = runInMachine(program);
  for (const part of [0.1, 0.35, 0.6, 0.9]) {
    const machine = newMachine(program);
    launch(machine, program);
    machine.input(undefined);
    machine.trace(true);
    machine.run(Math.floor(whole.instructions * part));
    const before = machine.takeNotices();
    const snapshot = machine.snapshot();
    const first = finish(machine);
    assert.equal(machine.restore(snapshot), undefined);
    const second = finish(machine);
    assert.equal(second.trace.join('\n'), first.trace.join('\n'), `after ${part} of the run`);
    assert.deepEqual([second.instructions, second.output], [first.instructions, first.output]);
    const lines = before.flatMap(notice => (notice.kind === 'trace' ? [notice.text] : []));
    assert.equal([...lines, ...first.trace].join('\n'), whole.trace.join('\n'));
    assert.equal(first.instructions, whole.instructions);
  }
});
