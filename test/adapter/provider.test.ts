/** Stepping into the provider: from a guest's system call into the TypeScript that serves it, and back. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DapClient } from '../support/dap.ts';
import { stopped } from './support/sessions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READ_WRITE = path.join(ROOT, 'emulator/providers/linux/syscalls/readWrite.ts');

async function stack(client: DapClient, threadId: number): Promise<string[]> {
  const { stackFrames } = await client.request('stackTrace', { threadId });
  return stackFrames.map(({ name, source, line }) => `${name}${source ? ` ${source.name}:${line}` : ''}`);
}

/** Line of the first text in a file, from 1 on. */
function lineOf(file: string, text: string): number {
  return (
    readFileSync(file, 'utf8')
      .split('\n')
      .findIndex(line => line.includes(text)) + 1
  );
}

/** At the `syscall` instruction of the first write. */
async function atWrite() {
  const session = await stopped('hello', {}, async client => {
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] });
  });
  await session.client.request('continue', { threadId: session.threadId });
  await session.client.stopped();
  return session;
}

test('step in at a system call stands in its handler; the stack shows provider, kernel, guest', async () => {
  const { client, threadId } = await atWrite();
  await client.request('stepIn', { threadId });
  const stop = await client.stopped();
  assert.equal(stop.reason, 'step');
  const frames = await stack(client, threadId);
  console.log(frames);
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
  for (const scope of scopes) {
    const { variables } = await client.request('variables', { variablesReference: scope.variablesReference });
    console.log(
      scope.name,
      variables.slice(0, 12).map(({ name, value }) => `${name} = ${value}`),
    );
  }
  for (let i = 0; i < 3; i++) {
    await client.request('next', { threadId });
    await client.stopped();
    console.log((await stack(client, threadId))[0]);
  }
  await client.request('stepOut', { threadId });
  await client.stopped();
  console.log(await stack(client, threadId));
  await client.close();
});

test('breakpoints in provider code: condition, hit count, log message', async () => {
  const line = lineOf(READ_WRITE, 'transferOut(');
  console.log(line);
  const { client, threadId } = await stopped('hello', {}, async subject => {
    const { breakpoints } = await subject.request('setBreakpoints', {
      source: { path: READ_WRITE },
      breakpoints: [{ line: 91 }, { line: 90, logMessage: 'write to {descriptor} of {count}' }],
    });
    console.log(breakpoints);
  });
  await client.request('continue', { threadId });
  console.log(await client.stopped(), await stack(client, threadId));
  await client.request('continue', { threadId });
  console.log(await client.stopped());
  await client.request('setBreakpoints', { source: { path: READ_WRITE }, breakpoints: [] });
  await client.request('continue', { threadId });
  await client.event('terminated');
  console.log(client.takeTranscript());
  await client.close();
});
