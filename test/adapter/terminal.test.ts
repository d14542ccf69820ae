/** `console: "integratedTerminal"`: the client runs `pico terminal`, and its terminal is the guest's. */

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import { createConnection } from 'node:net';
import { after, describe, test } from 'node:test';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { encodeFrame, encodeSize, FrameReader } from '../../adapter/terminal/frames.ts';
import type { DapClient } from '../support/dap.ts';
import { HAS_ORACLE } from '../support/machine.ts';
import { launching } from './support/programs.ts';
import { openAdapter } from './support/sessions.ts';

const BASH = '/usr/bin/bash';
const why = HAS_ORACLE && fs.existsSync(BASH) ? false : 'needs x86-64 Linux with bash';
const whyVi = why || (fs.existsSync('/usr/bin/busybox') ? false : 'needs busybox-static');
const FOLDERS = ['/usr', '/etc', '/lib', '/lib64'];

const SHELL = {
  type: 'pico',
  request: 'launch',
  name: 'shell',
  program: BASH,
  args: ['--norc', '--noprofile', '-i'],
  env: { PS1: '$ ', HISTFILE: '', TERM: 'xterm' },
  cwd: '/tmp',
  mounts: FOLDERS.map(folder => ({ host: folder, guest: folder, mode: 'ro' })),
  console: 'integratedTerminal',
  stopOnEntry: false,
};

const children: ChildProcess[] = [];
after(() => {
  for (const child of children) child.kill();
});

/** What the client shows, and the program in it. */
class Pane {
  readonly asked: Dap.RunInTerminalRequestArguments[] = [];
  readonly client: DapClient;
  child: ChildProcess | undefined;
  #text = '';

  constructor(client = openAdapter()) {
    this.client = client;
    client.terminal = args => this.#run(args);
  }

  type(keys: string): void {
    this.child?.stdin?.write(keys);
  }

  /** Waits until the screen has shown this since the last time. */
  async shows(pattern: RegExp): Promise<string> {
    const deadline = Date.now() + 20_000;
    for (let match = pattern.exec(this.#text); ; match = pattern.exec(this.#text)) {
      if (match) {
        const shown = this.#text.slice(0, match.index + match[0].length);
        this.#text = this.#text.slice(shown.length);
        return shown;
      }
      assert.ok(Date.now() < deadline, `${pattern} is not in ${JSON.stringify(this.#text)}`);
      await new Promise(resolve => void setTimeout(resolve, 20));
    }
  }

  #run(args: Dap.RunInTerminalRequestArguments): void {
    this.asked.push(args);
    const [program, ...rest] = args.args;
    const child = spawn(program, rest, { env: { ...process.env, ...args.env } as NodeJS.ProcessEnv });
    child.stdout.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString();
    });
    this.child = child;
    children.push(child);
  }
}

describe('a terminal of the client', { skip: why }, () => {
  test('bash runs in it while a breakpoint stops it, and all ends with the session', async () => {
    const pane = new Pane();
    await pane.client.start(SHELL);
    await pane.shows(/\$ /);
    pane.type('echo $((6*7)); tty\r');
    await pane.shows(/42\r\n\/dev\/pts\/0\r\n/);
    const [{ kind, title, args, env }] = pane.asked;
    assert.equal(kind, 'integrated');
    assert.equal(title, 'Pico: bash');
    assert.deepEqual(args.slice(2, 4), ['terminal', '--connect']);
    const token = String(env?.PICO_TERMINAL_TOKEN);
    assert.match(token, /^[0-9a-f]{64}$/);
    assert.ok(!args.some(word => word.includes(token)), 'others can read command lines');
    await assert.rejects(once(createConnection(args[4]), 'connect'), 'the socket serves one connection');

    await pane.client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:chdir' }] });
    pane.type('cd /usr\r');
    const { threadId = 0, reason } = await pane.client.stopped();
    assert.equal(reason, 'function breakpoint');
    await pane.client.request('continue', { threadId });
    pane.type('pwd\r');
    await pane.shows(/\r\/usr\r\n/);
    assert.equal(
      pane.client.events.filter(
        ({ event, body }) => event === 'output' && (body as { category: string }).category === 'stdout',
      ).length,
      0,
      'nothing of it is in the debug console',
    );
    pane.type('exit 4\r');
    assert.deepEqual(await pane.client.event('exited'), { exitCode: 4 });
    await pane.client.event('terminated');
    if (pane.child?.exitCode === null) await once(pane.child, 'exit');
    assert.equal(pane.child?.exitCode, 0);
    await pane.client.close();
  });

  test('vi works in it', { skip: whyVi }, async () => {
    const pane = new Pane();
    await pane.client.start(SHELL);
    await pane.shows(/\$ /);
    pane.type('busybox vi note\r');
    await pane.shows(/~/);
    pane.type('ihello\x1b');
    await pane.shows(/\[Modified\]/);
    pane.type('yyp:s/hello/there/\r:wq\r');
    await pane.shows(/\$ /);
    pane.type('cat note\r');
    await pane.shows(/hello\r\nthere\r\n/);
    await pane.client.close();
  });

  test('a restart keeps the terminal; one that the person closes is SIGHUP for its session', async () => {
    const pane = new Pane();
    await pane.client.start(SHELL);
    await pane.shows(/\$ /);
    pane.type('old=1; echo first$old\r');
    await pane.shows(/first1\r\n/);
    await pane.client.request('restart', {});
    await pane.shows(/\$ /);
    pane.type('echo second$old.\r');
    await pane.shows(/second\.\r\n/);
    assert.equal(pane.asked.length, 1);
    pane.child?.kill();
    assert.deepEqual(await pane.client.event('exited'), { exitCode: 129 });
    await pane.client.close();
  });

  test('a disconnect ends what runs in the terminal', async () => {
    const pane = new Pane();
    await pane.client.start(SHELL);
    await pane.shows(/\$ /);
    assert.ok(pane.child);
    const ended = once(pane.child, 'exit');
    await pane.client.close();
    assert.deepEqual(await ended, [0, null]);
  });
});

test('a client that draws terminals gets events, and sends keys, size and end as requests', { skip: why }, async () => {
  const client = openAdapter();
  await client.start({ ...SHELL, __terminal: true });
  assert.deepEqual(await client.event('pico/terminal'), { title: 'Pico: bash' });
  const shows = (text: string) =>
    client.event('pico/terminalOutput', (body: { text: string }) => body.text.includes(text));
  await shows('$ ');
  await client.request('pico/terminalInput', { rows: 33, columns: 99 });
  await client.request('pico/terminalInput', { text: 'stty size\r' });
  await shows('33 99');
  await client.request('pico/terminalInput', { closed: true });
  assert.deepEqual(await client.event('exited'), { exitCode: 129 });
  await client.close();
});

test('a client without terminals is told, and the program runs in the debug console', async () => {
  const client = openAdapter();
  await client.start({ ...launching('hello'), console: 'integratedTerminal', stopOnEntry: false });
  await client.event('output', ({ output }: { output: string }) =>
    output.includes('cannot run programs in a terminal'),
  );
  await client.event('exited');
  await client.close();
});

test('a client that refuses makes a launch that says so', async () => {
  const client = openAdapter();
  client.terminal = () => undefined;
  await client.initialize();
  client.terminal = undefined;
  assert.equal(
    await client.refused('launch', { ...launching('hello'), console: 'integratedTerminal' }),
    'The terminal for the program could not be opened: no terminal for runInTerminal.',
  );
  await client.close();
});

test('frames come whole from any pieces, and garbage ends the stream', () => {
  const bytes = Buffer.concat([encodeFrame('keys', Buffer.from('abc')), encodeSize({ rows: 3, columns: 500 })]);
  const reader = new FrameReader();
  const kinds: string[] = [];
  for (const byte of bytes) for (const { kind } of reader.push(Buffer.from([byte])) ?? []) kinds.push(kind);
  assert.deepEqual(kinds, ['keys', 'size']);
  assert.equal(new FrameReader().push(Buffer.from('GET / HTTP/1.1\r\n')), undefined);
});
