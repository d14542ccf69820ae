/** Traditional programs print what their expectations say, in the cold engine and in the hot one. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { finish, launch, newMachine, runInMachine } from '../support/machine.ts';

const FOLDER = path.join(path.dirname(new URL(import.meta.url).pathname), 'nt');
const HELLO = path.resolve(FOLDER, '../../../samples/nt/hello/hello.exe');
const ENGINES = { cold: Number.POSITIVE_INFINITY, hot: 0.01 };

const dosPath = (file: string): string => `C:${file.replaceAll('/', '\\')}`;

for (const [engine, hotThreshold] of Object.entries(ENGINES))
  test(`hello.exe (${engine})`, () => {
    const program = { program: HELLO, arguments: ['one', 'two words'] };
    const run = runInMachine(program, newMachine(program, [], { hotThreshold }));
    assert.equal(
      run.output,
      `Hello from a traditional NT process.
Image:        ${dosPath(HELLO)}
Command line: ${dosPath(HELLO)} one "two words"
Process 8, thread 12, build 19045
Allocated 65536 bytes.
Its file begins with MZ.
The second thread runs with argument 7.
The event is set.
The second thread has ended.
Good bye.
`,
    );
    assert.deepEqual([run.code, run.text, run.log], [42, 'exited with code 42', []]);
  });

/** Programs of tests: what they print, and the status that they end with. */
for (const name of fs.readdirSync(FOLDER))
  for (const [engine, hotThreshold] of Object.entries(ENGINES))
    test(`${name}.exe (${engine})`, () => {
      const program = { program: path.join(FOLDER, name, `${name}.exe`) };
      const run = runInMachine(program, newMachine(program, [], { hotThreshold }));
      const expected = path.join(FOLDER, name, 'expected.txt');
      const text = `${run.output}${run.text}\n`;
      if (process.env.UPDATE) fs.writeFileSync(expected, text);
      assert.equal(text, fs.readFileSync(expected, 'utf8'));
      assert.match(run.output, /ok\n$/);
    });

test('a snapshot in the middle of a traditional process gives the same run again', () => {
  const program = { program: HELLO, trace: true };
  const whole = runInMachine(program);
  assert.deepEqual(runInMachine(program), whole);
  for (const part of [0, 0.2, 0.5, 0.8]) {
    const machine = newMachine(program);
    launch(machine, program);
    machine.trace(true);
    machine.run(Math.max(1, Math.floor(whole.instructions * part)));
    machine.takeNotices();
    const snapshot = machine.snapshot();
    const first = finish(machine);
    assert.equal(machine.restore(snapshot), undefined);
    assert.deepEqual(finish(machine), first, `after ${part} of the run`);
    assert.equal(first.instructions, whole.instructions);
  }
});

/** hello.exe in a folder of its own, with one text in it replaced by another of the same length. */
function changed(from: string, to: string): string {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'nt-'));
  const bytes = fs.readFileSync(HELLO);
  const at = bytes.indexOf(`${from}\0`, 0, 'latin1');
  assert.ok(at > 0 && from.length === to.length);
  bytes.write(to, at, 'latin1');
  const program = path.join(folder, 'hello.exe');
  fs.writeFileSync(program, bytes);
  return program;
}

test('imports that nobody exports end the program, with a sentence', () => {
  const cases = [
    {
      program: changed('NtSetEvent', 'NtSetThing'),
      log: 'hello.exe: the procedure entry point NtSetThing could not be found in ntdll.dll: STATUS_ENTRYPOINT_NOT_FOUND (0xc0000139).',
      code: 0xc000_0139,
    },
    {
      program: changed('ntdll.dll', 'other.dll'),
      log: 'hello.exe: the library other.dll was not found; this machine has ntdll.dll only: STATUS_DLL_NOT_FOUND (0xc0000135).',
      code: 0xc000_0135,
    },
  ];
  for (const { program, log, code } of cases) {
    const run = runInMachine({ program });
    fs.rmSync(path.dirname(program), { recursive: true });
    assert.deepEqual([run.log, run.code, run.output], [[log], code, '']);
  }
});

test('standard input can be read, a line at a time or to its end', () => {
  const program = { program: path.join(FOLDER, 'echo', 'echo.exe') };
  const machine = newMachine(program);
  launch(machine, program);
  assert.equal(machine.run(1_000_000).kind, 'idle');
  machine.input(new TextEncoder().encode('typed\n'));
  assert.equal(machine.run(1_000_000).kind, 'idle');
  machine.input(undefined);
  assert.equal(finish(machine).output, 'typed\nok\n');
});
