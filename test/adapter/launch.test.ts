/** Sessions from beginning to end. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectText } from '../support/dapText.ts';
import { launching } from './support/programs.ts';
import { goOn, openAdapter, stopped } from './support/sessions.ts';

test('a whole session', async () => {
  const client = openAdapter();
  await client.start({ program: '/guest/hello', mounts: launching('hello').mounts, seed: 1 });
  const { threadId = 0 } = await client.stopped();
  await client.request('threads', {});
  await client.request('stackTrace', { threadId });
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
  const text = client.takeTranscript();
  expectText(import.meta.url, 'launch.txt', text.slice(text.indexOf('→ launch')));
});

test('without stopOnEntry, and without debugging, it runs', async () => {
  for (const attributes of [{ stopOnEntry: false }, { noDebug: true }]) {
    const client = openAdapter();
    await client.start({ ...launching('hello'), ...attributes }, () =>
      client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
    );
    if (!('noDebug' in attributes)) {
      const { threadId = 0 } = await client.stopped();
      await client.request('setFunctionBreakpoints', { breakpoints: [] });
      await client.request('continue', { threadId });
    }
    assert.deepEqual(await client.event('exited'), { exitCode: 3 });
    await client.close();
  }
});

test('restart begins again, with the breakpoints', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  const { client } = session;
  const first = await goOn(session);
  await client.request('restart', {});
  assert.equal((await client.stopped()).reason, 'entry');
  assert.deepEqual(await goOn(session), first);
  await client.close();
});

test('restart takes a changed configuration', async () => {
  const { client } = await stopped('hello');
  await client.request('restart', { arguments: { ...launching('hello'), stopOnEntry: false } as never });
  assert.deepEqual(await client.event('exited'), { exitCode: 3 });
  await client.close();
});

test('terminate ends all processes', async () => {
  const { client, threadId } = await stopped('spin');
  await client.request('continue', { threadId });
  await client.request('terminate', {});
  await client.event('exited');
  await client.event('terminated');
  await client.close();
});

test('a restart after the end begins again', async () => {
  const session = await stopped('hello');
  await session.client.request('continue', { threadId: session.threadId });
  await session.client.event('exited');
  await session.client.request('restart', {});
  await session.client.stopped();
  await session.client.close();
});

test('equal seeds, equal runs', async () => {
  const positions: string[] = [];
  for (let run = 0; run < 2; run++) {
    const session = await stopped('hello', {}, client =>
      client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
    );
    await goOn(session);
    positions.push((await session.client.request('evaluate', { expression: 'position', context: 'repl' })).result);
    await session.client.close();
  }
  assert.equal(positions[0], positions[1]);
});
