/** A process that runs another program: names are looked up before any of its code runs. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { program } from './support/programs.ts';
import { goOn, stopped } from './support/sessions.ts';

program('hello');

test('a breakpoint on a symbol that only the new program has', async () => {
  const session = await stopped('exec', {}, async client => {
    const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    assert.equal(breakpoints[0].verified, false);
  });
  const { client } = session;
  const stop = await goOn(session);
  assert.equal(stop.reason, 'function breakpoint');
  const changed = await client.event<Dap.BreakpointEvent['body']>('breakpoint');
  assert.equal(changed.breakpoint.verified, true);
  assert.deepEqual(stop.hitBreakpointIds, [changed.breakpoint.id]);
  const { stackFrames } = await client.request('stackTrace', { threadId: session.threadId });
  assert.deepEqual(
    stackFrames.map(({ name, source }) => `${name} ${source?.name ?? ''}`),
    ['main hello · main.asm', '_start hello · _start.asm', 'pico process 8 · user mode '],
  );
  await client.close();
});

test('a symbol that both have is watched in both', async () => {
  const session = await stopped('exec', { stopOnEntry: false }, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: '_start' }] }),
  );
  const { stackFrames } = await session.client.request('stackTrace', { threadId: session.threadId });
  assert.equal(stackFrames[0].source?.name, 'exec · _start.asm');
  await goOn(session);
  const after = await session.client.request('stackTrace', { threadId: session.threadId });
  assert.equal(after.stackFrames[0].source?.name, 'hello · _start.asm');
  await session.client.close();
});

test('the exec filter stops at the new program', async () => {
  const session = await stopped('exec', {}, client => client.request('setExceptionBreakpoints', { filters: ['exec'] }));
  const { text } = await goOn(session);
  assert.match(text ?? '', /\/guest\/hello/);
  await session.client.close();
});

test('a step over exec does not get lost', async () => {
  const session = await stopped('exec', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:execve' }, { name: 'main' }] }),
  );
  await goOn(session);
  await session.client.request('next', { threadId: session.threadId });
  const { reason } = await session.client.stopped();
  assert.ok(['step', 'function breakpoint'].includes(reason), reason);
  await session.client.close();
});

test('a program that writes without end stays readable, and ends', async () => {
  const { client, threadId } = await stopped('flood');
  await client.request('continue', { threadId });
  assert.deepEqual(await client.event('exited'), { exitCode: 0 });
  const outputs = client.events.filter(({ event }) => event === 'output').map(({ body }) => body as { output: string });
  assert.ok(outputs.length < 200, `${outputs.length} events`);
  await client.close();
});
