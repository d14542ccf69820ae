/** Breakpoints on signals stop where a handler of that very signal begins. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { HAS_ORACLE, build, launch, newMachine } from '../support/machine.ts';

const SOURCE = path.join(path.dirname(new URL(import.meta.url).pathname), 'linux/fork/fork.c');
const program = HAS_ORACLE ? build(SOURCE, 'musl-gcc', ['-O1', '-w']) : undefined;
const skip = program ? false : 'needs x86-64 Linux and musl-gcc';

/** Texts of the stops at signals called `name`, with a condition. */
function stops(name: string, condition?: string): string[] {
  const subject = { program: program as string };
  const machine = newMachine(subject);
  launch(machine, subject);
  machine.input(undefined);
  assert.deepEqual(machine.setBreakpoints([{ id: 1, target: { kind: 'signal', name }, condition }]), []);
  const texts: string[] = [];
  for (let runs = 0; runs < 200; runs++) {
    const result = machine.run(1_000_000);
    if (result.kind === 'stopped') texts.push(`${result.stop.reason}: ${result.stop.text}`);
    if (result.kind === 'ended') return texts;
  }
  throw new Error('the program does not end');
}

test('by name, by any name, and by condition', { skip }, () => {
  const named = stops('SIGCHLD');
  assert.ok(named.length > 0);
  assert.deepEqual(new Set(named), new Set(['signal: SIGCHLD delivered']));
  assert.deepEqual(stops('*'), named);
  assert.deepEqual(stops('*', 'signal != "SIGCHLD"'), []);
  assert.deepEqual(stops('SIGUSR2'), []);
});
