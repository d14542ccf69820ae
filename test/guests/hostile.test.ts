/** Badly behaved programs: each ends with a clear word, and the machine goes on. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { MachineFace, Notice, RunResult } from '../../emulator/index.ts';
import { HAS_ORACLE, build, launch, newMachine, runInMachine } from '../support/machine.ts';

const SOURCE = path.join(path.dirname(new URL(import.meta.url).pathname), 'hostile/hostile.c');
const program = HAS_ORACLE ? build(SOURCE, 'musl-gcc', ['-O0', '-w']) : undefined;
const skip = program ? false : 'needs x86-64 Linux and musl-gcc';

/** Runs `what` to its end, or to a stop if there are breakpoints. */
function run(
  what: string,
  prepare: (machine: MachineFace) => void = () => {},
  limits = {},
): { result: RunResult; notices: Notice[] } {
  const subject = { program: program as string, arguments: [what] };
  const machine = newMachine(subject, [], { limits });
  launch(machine, subject);
  machine.input(undefined);
  prepare(machine);
  const notices: Notice[] = [];
  for (let slices = 0; slices < 300; slices++) {
    const result = machine.run(1_000_000);
    notices.push(...machine.takeNotices());
    if (result.kind !== 'running') return { result, notices };
  }
  throw new Error(`${what} does not end`);
}

const ends: readonly (readonly [string, RegExp, RegExp])[] = [
  ['jump', /SIGSEGV/, /^#PF executing 0xdeadbeef000 \(SIGSEGV\)$/],
  ['read', /SIGSEGV/, /^#PF reading 0x10 \(SIGSEGV\)$/],
  ['constant', /SIGSEGV/, /^#PF writing 0x[0-9a-f]+ \(SIGSEGV\)$/],
  ['stack', /SIGSEGV/, /^#PF writing 0x1[0-9a-f]+ \(SIGSEGV\)$/],
  ['divide', /SIGFPE/, /^#DE \(SIGFPE\)$/],
  ['invalid', /SIGILL/, /^#UD \(SIGILL\)$/],
  ['privileged', /SIGSEGV/, /^#GP \(SIGSEGV\)$/],
];

for (const [what, end, stop] of ends)
  test(`${what}: the debugger can stop at it, and the program ends by its signal`, { skip }, () => {
    const { result } = run(what);
    assert.equal(result.kind, 'ended');
    assert.match(result.kind === 'ended' ? result.text : '', end);
    const watched = run(what, machine =>
      machine.setBreakpoints([{ id: 1, target: { kind: 'exception', name: '*' } }]),
    ).result;
    assert.equal(watched.kind, 'stopped');
    if (watched.kind !== 'stopped') return;
    assert.match(watched.stop.text, stop);
    assert.deepEqual([watched.stop.reason, watched.stop.breakpoints], ['exception', [1]]);
  });

test('endless forks meet the limit of processes, which is said once; terminating ends them all', { skip }, () => {
  const subject = { program: program as string, arguments: ['forks'] };
  const machine = newMachine(subject, [], { limits: { processes: 8 } });
  launch(machine, subject);
  for (let slices = 0; slices < 5; slices++) assert.equal(machine.run(200_000).kind, 'running');
  const live = machine.processes().filter(({ kind }) => kind === 'pico').length;
  assert.ok(live > 2 && live <= 8);
  const said = machine.takeNotices().flatMap(notice => (notice.kind === 'log' ? [notice.text] : []));
  assert.deepEqual(said, ['The limit of 8 processes was met; fork fails with EAGAIN from here on.']);
  machine.terminate();
  assert.equal(machine.run(1000).kind, 'ended');
});

test('endless allocation meets the limit of memory', { skip }, () => {
  const { result, notices } = run('memory', () => {}, { memory: 32 << 20 });
  assert.equal(result.kind, 'ended');
  assert.match(
    notices.map(notice => (notice.kind === 'log' ? notice.text : '')).join(''),
    /limit of 33554432 bytes|out of memory/,
  );
});

test('descriptors run out', { skip }, () => {
  const { notices } = run('descriptors');
  const output = notices.map(notice => (notice.kind === 'output' ? Buffer.from(notice.bytes).toString() : '')).join('');
  assert.equal(output, '1021\n');
});

test('an endless loop can be paused, looked at, and ended', { skip }, () => {
  const subject = { program: program as string, arguments: ['loop'] };
  const machine = newMachine(subject);
  const { process, thread } = launch(machine, subject);
  for (let slices = 0; slices < 20; slices++) assert.equal(machine.run(1_000_000).kind, 'running');
  machine.pause();
  const stopped = machine.run(1_000_000);
  assert.equal(stopped.kind === 'stopped' && stopped.stop.reason, 'pause');
  assert.ok(machine.registers(thread));
  machine.terminate(process);
  assert.equal(machine.run(1000).kind, 'ended');
});

test('writing without end to a file meets the limit of memory', { skip }, () => {
  const { result, notices } = run('huge', () => {}, { memory: 64 << 20 });
  assert.equal(result.kind, 'ended');
  const said = notices.map(notice => (notice.kind === 'output' ? Buffer.from(notice.bytes).toString() : '')).join('');
  assert.equal(said, 'write: No space left on device\n');
});

test('output without end comes slice by slice, and ends with the machine', { skip }, () => {
  const subject = { program: program as string, arguments: ['output'] };
  const machine = newMachine(subject);
  launch(machine, subject);
  for (let slices = 0; slices < 20; slices++) {
    assert.equal(machine.run(20_000).kind, 'running');
    const bytes = machine
      .takeNotices()
      .reduce((sum, each) => sum + (each.kind === 'output' ? each.bytes.length : 0), 0);
    assert.ok(bytes > 0 && bytes < 64 << 20, `${bytes} bytes in a slice`);
  }
  machine.terminate();
  assert.equal(machine.run(1000).kind, 'ended');
});

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'pico-hostile-'));
after(() => fs.rmSync(base, { recursive: true }));

for (const mode of ['ro', 'overlay', 'rw'] as const)
  for (const what of ['escape', 'race'])
    test(`${what}: nothing beside a folder mounted ${mode} is read or written`, { skip }, () => {
      const root = fs.mkdtempSync(path.join(base, mode));
      const inside = path.join(root, 'inside');
      const secret = path.join(root, 'secret');
      fs.mkdirSync(path.join(inside, 'sub'), { recursive: true });
      fs.writeFileSync(path.join(inside, 'file'), 'file');
      fs.mkdirSync(secret);
      fs.writeFileSync(path.join(secret, 'key'), 'secret');
      fs.symlinkSync('../secret', path.join(inside, 'out'));
      fs.symlinkSync('../secret/key', path.join(inside, 'key'));
      fs.symlinkSync(path.join(secret, 'key'), path.join(inside, 'absolute'));
      const before = fs.readdirSync(inside);
      const subject = { program: program as string, arguments: [what, secret] };
      const { output } = runInMachine(subject, newMachine(subject, [{ host: inside, guest: '/mnt', mode }]));
      assert.match(output, /^(?:done\n)+$/, 'no name led to the secret');
      assert.equal(fs.readFileSync(path.join(secret, 'key'), 'utf8'), 'secret');
      assert.deepEqual(fs.readdirSync(secret), ['key']);
      assert.deepEqual(fs.readdirSync(root), ['inside', 'secret']);
      if (mode !== 'rw') assert.deepEqual(fs.readdirSync(inside), before, 'and nothing in it was changed');
    });
