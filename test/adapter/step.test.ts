/** Stepping, pausing, and setting RIP. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Stopped, stopped } from './support/sessions.ts';

async function place({ client, threadId }: Stopped): Promise<string> {
  const { stackFrames } = await client.request('stackTrace', { threadId, levels: 1 });
  return `${stackFrames[0].name}:${stackFrames[0].line}`;
}

async function step(session: Stopped, command: 'next' | 'stepIn' | 'stepOut', granularity?: 'instruction') {
  await session.client.request(command, { threadId: session.threadId, granularity });
  assert.equal((await session.client.stopped()).reason, 'step');
  return place(session);
}

test('over, into and out of calls', async () => {
  const session = await stopped('hello');
  assert.equal(await step(session, 'next', 'instruction'), '_start:4');
  assert.equal(await step(session, 'stepIn'), 'main:3');
  for (const line of [4, 5, 6, 7]) assert.equal(await step(session, 'next'), `main:${line}`);
  assert.equal(await step(session, 'next'), 'main:8');
  for (let line = 9; line <= 10; line++) assert.equal(await step(session, 'stepIn'), `main:${line}`);
  assert.equal(await step(session, 'stepIn'), 'print:3');
  assert.equal(await step(session, 'stepOut'), 'main:11');
  assert.equal(await step(session, 'stepOut'), '_start:5');
  await session.client.close();
});

test('a breakpoint on the way ends a step', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'print' }] }),
  );
  await step(session, 'next');
  await session.client.request('next', { threadId: session.threadId });
  assert.equal((await session.client.stopped()).reason, 'function breakpoint');
  await session.client.close();
});

test('a step over a system call goes behind it', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  await session.client.request('continue', { threadId: session.threadId });
  await session.client.stopped();
  assert.equal(await place(session), 'print:9');
  assert.equal(await step(session, 'next'), 'print:10');
  const { result } = await session.client.request('evaluate', { expression: '$rax', context: 'watch' });
  assert.equal(result, '0x0000000000000006');
  await session.client.close();
});

test('RIP is set in the document', async () => {
  const session = await stopped('hello');
  const { client, threadId } = session;
  const source = { path: 'pico:/p8/main.disasm' };
  const { targets } = await client.request('gotoTargets', { source, line: 5 });
  await client.request('goto', { threadId, targetId: targets[0].id });
  assert.equal((await client.stopped()).reason, 'goto');
  assert.equal(await place(session), 'main:5');
  assert.match(await client.refused('gotoTargets', { source, line: 1 }), /no instruction/);
  await client.close();
});

test('a hot loop is paused at once, again and again', async () => {
  const session = await stopped('spin');
  for (let round = 0; round < 3; round++) {
    await session.client.request('continue', { threadId: session.threadId });
    await session.client.request('threads', {});
    await session.client.request('pause', { threadId: session.threadId });
    assert.equal((await session.client.stopped()).reason, 'pause');
    assert.match(await place(session), /^_start:[34]$/);
  }
  await session.client.request('continue', { threadId: session.threadId });
  await session.client.close();
});

test('a pause while stopped changes nothing', async () => {
  const session = await stopped('hello');
  await session.client.request('pause', { threadId: session.threadId });
  assert.equal(await step(session, 'next'), '_start:4');
  await session.client.close();
});
