/** The adapter on a socket: several clients, each with a session of its own. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { after, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Framing, frame } from '../../adapter/connection.ts';
import { DapClient } from '../support/dap.ts';
import { launching } from './support/programs.ts';

const ADAPTER = fileURLToPath(new URL('../../dist/adapter.cjs', import.meta.url));
const server = spawn(process.execPath, [ADAPTER, '--server=0'], { stdio: ['ignore', 'pipe', 'inherit'] });
after(() => server.kill());

const port = new Promise<number>(resolve => {
  server.stdout.once('data', (chunk: Buffer) => resolve(Number(/:(\d+)/.exec(chunk.toString())?.[1])));
});

async function open(): Promise<DapClient> {
  const socket = connect(await port, '127.0.0.1');
  return new DapClient(receive => {
    const framing = new Framing();
    socket.on('data', chunk => {
      for (const part of framing.push(chunk)) if ('message' in part) receive(part.message);
    });
    return { send: message => socket.write(frame(message)), close: () => socket.destroy() };
  });
}

test('two sessions side by side', async () => {
  const clients = await Promise.all([open(), open()]);
  for (const client of clients) await client.start(launching('hello'));
  for (const client of clients) {
    const { threadId = 0 } = await client.stopped();
    await client.request('continue', { threadId });
  }
  for (const client of clients) assert.deepEqual(await client.event('exited'), { exitCode: 3 });
  for (const client of clients) await client.close();
});

test('a client that vanishes leaves the others alone', async () => {
  const [lost, kept] = await Promise.all([open(), open()]);
  await lost.start({ ...launching('spin'), stopOnEntry: false });
  lost.drop();
  await kept.start(launching('hello'));
  await kept.stopped();
  await kept.close();
});

test('a program that is left alone goes on, and its debugger may go', async () => {
  const client = await open();
  await client.start(launching('hello'));
  await client.stopped();
  await client.request('disconnect', { terminateDebuggee: false });
  client.drop();
});
