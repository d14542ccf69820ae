/** The command line `pico`, as built. */

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectText } from '../support/dapText.ts';
import { GREETER, TINY } from './support/ownProvider.ts';
import { guestPath, program } from './support/programs.ts';

const PICO = fileURLToPath(new URL('../../dist/pico.cjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pico-cli-'));
after(() => rmSync(folder, { recursive: true }));

function pico(args: readonly string[], input = ''): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [PICO, ...args], { input, encoding: 'utf8' });
  return [stdout && `out ${stdout}`, stderr && `err ${stderr}`, `status ${status}`].filter(Boolean).join('');
}

const guests = ['--mount', `${dirname(program('hello'))}:/guest:ro`];

test('runs: output and exit status are the guest’s', () => {
  assert.equal(pico(['run', program('hello')]), 'out hello\nbye\nstatus 3');
  assert.equal(pico(['run', ...guests, guestPath('hello')]), 'out hello\nbye\nstatus 3');
  assert.equal(pico(['run', ...guests, guestPath('crash')]), 'status 139');
});

test('standard input is passed on, and what the guest does not read is left', () => {
  assert.equal(pico(['run', program('echo')], 'one\n'), 'out one\nstatus 1');
  assert.equal(pico(['run', program('echo')]), 'status 0');
});

test('traces to standard error or a file', () => {
  const expected = ['write(1, "hello\\n", 6) = 6', 'write(1, "bye\\n", 4) = 4', 'exit(3) = ?'];
  const shown = pico(['trace', program('hello')]);
  for (const line of expected) assert.ok(shown.includes(line), shown);
  const file = join(folder, 'trace');
  assert.equal(pico(['trace', '-o', file, program('hello')]), 'out hello\nbye\nstatus 3');
  for (const line of expected) assert.ok(readFileSync(file, 'utf8').includes(line));
});

test('injects faults', () => {
  const shown = pico(['trace', '--inject', 'write:error=EPIPE:when=1', '--inject=write:delay=1ms', program('hello')]);
  assert.equal(
    shown,
    `out bye
err [8] write(1, "hello\\n", 6) = -1 EPIPE (Broken pipe) (INJECTED) (DELAYED)
[8] write(1, "bye\\n", 4) = 4 (DELAYED)
[8] exit(3) = ?
+++ hello (8) exited with code 3 +++
status 3`,
  );
  assert.equal(
    pico(['run', '--inject', 'read:delay=1ms', '--inject', 'wriet:error=EPERM', program('hello')]),
    "err pico: --inject wriet:error=EPERM: there is no system call 'wriet'; did you mean 'write'?\n'pico --help' says what there is.\nstatus 2",
  );
});

test('limits the run', () => {
  assert.equal(
    pico(['run', ...guests, '--max-instructions=1_000_000', guestPath('spin')]),
    'err pico: stopped after 1000000 instructions\nstatus 124',
  );
});

test('shows processes, address spaces, handles and objects', () => {
  expectText(
    import.meta.url,
    'cliTables.txt',
    [['ps'], ['vm', '--after', '3'], ['handles'], ['objects']]
      .map(([command, ...after]) => `${pico([command, ...guests, ...after, guestPath('hello')])}\n`)
      .join(''),
  );
});

test('wrong usage has status 2 and a sentence; help has status 0', () => {
  const said = [
    [],
    ['fly'],
    ['run'],
    ['run', '--fast', 'x'],
    ['run', '--seed'],
    ['run', '--seed', 'x', 'y'],
    ['run', '--mount', 'here', 'y'],
    ['run', '--env', 'x', 'y'],
    ['run', '/nowhere'],
    ['ps', '--max-instructions', '1', 'y'],
    ['--help'],
    ['trace', '--help'],
  ].map(args => `$ pico ${args.join(' ')}\n${pico(args)}\n`);
  expectText(import.meta.url, 'cliUsage.txt', said.join('\n'));
});

test('a program that cannot be run has status 126', () => {
  assert.match(pico(['run', fileURLToPath(import.meta.url)]), /^err pico: .*\nstatus 126$/);
});

test('a reader that goes away ends it', async () => {
  const child = spawn(process.execPath, [PICO, 'run', program('flood')], { stdio: ['ignore', 'pipe', 'pipe'] });
  child.stdout.once('data', () => child.stdout.destroy());
  let errors = '';
  child.stderr.on('data', chunk => {
    errors += chunk;
  });
  const status = await new Promise(resolve => child.on('exit', resolve));
  assert.equal(errors, '');
  assert.equal(status, 141);
});

test('runs a program on a provider of the user’s, and checks one', () => {
  const broken = join(folder, 'broken.ts');
  writeFileSync(broken, readFileSync(TINY, 'utf8').replace('call.state.said++;', 'nothing.said++;'));
  assert.equal(pico(['run', '--provider', TINY, GREETER], 'you\n'), 'out Who is there?\nHello, you\nstatus 2');
  assert.equal(pico(['check', TINY]), 'status 0');
  const place = `${relative('.', broken)}:21:9`;
  assert.equal(pico(['check', broken]), `out ${place} - error TS2304: Cannot find name 'nothing'.\nstatus 1`);
  const failed = pico(['run', '--provider', broken, GREETER]);
  assert.match(
    failed,
    /err pico: the provider failed: say: ReferenceError: nothing is not defined\n {2}at .*broken\.ts:21:9\)\nstatus 125$/,
  );
  writeFileSync(broken, 'import "node:fs";\nexport default 1;\n');
  assert.match(
    pico(['run', '--provider', broken, GREETER]),
    /^err pico: \S+broken\.ts:1:\d+ - error import: 'node:fs' is not granted/,
  );
  assert.match(
    pico(['run', '--provider', broken, '--provider-import', 'node:fs', GREETER]),
    /no default export made by definePicoProvider/,
  );
});
