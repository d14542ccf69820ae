/** Ports of the guest at 127.0.0.1 of this computer, by a session of the adapter and real connections. */

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { HAS_ORACLE } from '../support/machine.ts';
import type { DapClient } from '../support/dap.ts';
import { launching } from './support/programs.ts';
import { openAdapter, stopped } from './support/sessions.ts';

const BUSYBOX = '/usr/bin/busybox';
const skip = !HAS_ORACLE ? 'needs x86-64 Linux' : fs.existsSync(BUSYBOX) ? false : 'needs busybox-static';
const folder = fs.mkdtempSync(path.join(tmpdir(), 'pico-forward-'));
after(() => fs.rmSync(folder, { recursive: true }));

/** Runs busybox in the machine, with a free port of this computer for its port 8080. */
async function serving(args: readonly string[]): Promise<{ client: DapClient; port: number }> {
  const client = openAdapter();
  const words = /127\.0\.0\.1:(\d+) of this computer is port 8080/;
  const said = client.event<{ output: string }>('output', ({ output }) => words.test(output));
  await client.start({
    ...launching('hello'),
    program: BUSYBOX,
    args,
    cwd: folder,
    mounts: [
      { host: '/usr/bin', guest: '/usr/bin' },
      { host: folder, guest: folder, mode: 'ro' },
    ],
    network: 'loopback-host',
    forward: ['0:8080'],
    stopOnEntry: false,
  });
  return { client, port: Number(words.exec((await said).output)?.[1]) };
}

/** Everything that comes until the guest ends its side. */
function exchange(port: number, send: (socket: Socket) => void): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () => send(socket));
    const parts: Buffer[] = [];
    socket.on('data', part => parts.push(part));
    socket.on('end', () => resolve(Buffer.concat(parts)));
    socket.on('error', reject);
  });
}

/** Until the guest listens connections are reset. */
async function untilServed<Value>(ask: () => Promise<Value>): Promise<Value> {
  for (let tries = 0; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries > 200) throw error;
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test('a web server in the machine answers a browser outside', { skip }, async () => {
  const large = Buffer.from(Array.from({ length: 3_000_000 }, (_, i) => (i * 7919) % 251));
  fs.writeFileSync(path.join(folder, 'large.bin'), large);
  fs.writeFileSync(path.join(folder, 'index.html'), '<h1>hello</h1>');
  const { client, port } = await serving(['httpd', '-f', '-p', '8080', '-h', folder]);
  const page = await untilServed(async () => fetch(`http://127.0.0.1:${port}/`));
  assert.equal(await page.text(), '<h1>hello</h1>');
  const answers = await Promise.all(
    Array.from({ length: 4 }, () =>
      fetch(`http://127.0.0.1:${port}/large.bin`).catch(e => {
        console.error(e.cause);
        throw e;
      }),
    ),
  );
  for (const answer of answers) assert.equal(digest(new Uint8Array(await answer.arrayBuffer())), digest(large));
  assert.equal((await fetch(`http://127.0.0.1:${port}/none`)).status, 404);
  await client.close();
});

test('bytes go both ways, in order, with ends of their own', { skip }, async () => {
  const { client, port } = await serving(['nc', '-ll', '-p', '8080', '-e', '/usr/bin/busybox', 'cat']);
  const large = Buffer.from(Array.from({ length: 2_000_000 }, (_, i) => (i * 31 + (i >> 8)) & 0xff));
  const back = await untilServed(() => exchange(port, socket => socket.end(large)));
  assert.equal(back.length, large.length);
  assert.equal(digest(back), digest(large));
  // Who goes away in the middle leaves the next one in peace.
  await new Promise<void>(resolve => {
    const socket = connect(port, '127.0.0.1', () => socket.write('half', () => socket.destroy()));
    socket.on('close', () => resolve());
  });
  assert.equal(`${await exchange(port, socket => socket.end('again'))}`, 'again');
  await client.close();
});

test('nobody listens in the guest, and what cannot be granted', { skip }, async () => {
  const { client, port } = await serving(['sleep', '1000']);
  await assert.rejects(
    exchange(port, socket => socket.end('x')),
    /ECONNRESET/,
  );
  await client.close();
  await assert.rejects(stopped('hello', { forward: [8080] }), /'forward'.*loopback-host/);
  const network = 'loopback-host';
  await assert.rejects(stopped('hello', { network, forward: ['80:x'] }), /'forward\.0'.*8080:80/);
  await assert.rejects(stopped('hello', { network, forward: [70_000] }), /forward/);
  const taken = createServer();
  await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve));
  const { port: used } = taken.address() as { port: number };
  await assert.rejects(stopped('hello', { network, forward: [used] }), /'forward\.0'.*EADDRINUSE/);
  taken.close();
});
