/** Several processes, exceptions, input, and the requests beyond DAP. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectText } from '../support/dapText.ts';
import { goOn, stopped } from './support/sessions.ts';

test('a forked child is a thread of its own process', async () => {
  const session = await stopped('fork', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'child' }] }),
  );
  const { client } = session;
  const { threadId = 0 } = await goOn(session);
  assert.notEqual(threadId, session.threadId);
  await client.request('threads', {});
  await client.request('stackTrace', { threadId });
  await client.request('stackTrace', { threadId: session.threadId });
  await client.request('evaluate', { expression: 'processes', context: 'repl' });
  await client.request('continue', { threadId });
  await client.event('terminated');
  expectText(import.meta.url, 'fork.txt', client.takeTranscript());
  assert.deepEqual(await client.event('exited'), { exitCode: 5 });
  await client.close();
});

test('a child that is ended from outside', async () => {
  const session = await stopped('fork', {}, client =>
    client.request('setExceptionBreakpoints', { filters: ['process-create'] }),
  );
  const { client } = session;
  const { threadId = 0, text } = await goOn(session);
  assert.match(text ?? '', /created/);
  const { threads } = await client.request('threads', {});
  const child = threads.find(({ id }) => id !== session.threadId)?.id ?? threadId;
  await client.request('terminateThreads', { threadIds: [child] });
  await client.request('continue', { threadId: session.threadId });
  await client.event('terminated');
  await client.close();
});

test('the end of a process stops', async () => {
  const session = await stopped('fork', {}, client =>
    client.request('setExceptionBreakpoints', { filters: ['process-exit'] }),
  );
  assert.match((await goOn(session)).text ?? '', /exited with code 5/);
  await session.client.close();
});

test('an exception stops before it becomes a signal', async () => {
  const session = await stopped('crash', {}, client =>
    client.request('setExceptionBreakpoints', { filters: ['exception'] }),
  );
  const { client, threadId } = session;
  await goOn(session);
  await client.request('exceptionInfo', { threadId });
  await client.request('continue', { threadId });
  await client.event('terminated');
  expectText(import.meta.url, 'exception.txt', client.takeTranscript());
  assert.deepEqual(await client.event('exited'), { exitCode: 139 });
  await client.close();
});

test('input reaches the program', async () => {
  const { client, threadId } = await stopped('echo');
  await client.request('continue', { threadId });
  await client.event('pico/inputWanted');
  await client.request('pico/input', { text: 'one\n' });
  await client.event('pico/inputWanted');
  await client.request('evaluate', { expression: 'input two', context: 'repl' });
  await client.event('pico/inputWanted');
  await client.request('pause', { threadId });
  assert.equal((await client.stopped()).reason, 'pause');
  await client.request('continue', { threadId });
  await client.request('pico/input', {});
  assert.deepEqual(await client.event('exited'), { exitCode: 2 });
  const output = client.events.filter(({ event }) => event === 'output').map(({ body }) => body as { output: string });
  assert.equal(output.map(each => each.output).join(''), 'one\ntwo\nexited with code 2\n');
  await client.close();
});

test('the trace goes where it was asked for', async () => {
  const asked = await stopped('hello');
  await asked.client.request('pico/trace', { on: true });
  await asked.client.request('continue', { threadId: asked.threadId });
  const { lines } = await asked.client.event<{ lines: string[] }>('pico/trace');
  assert.match(lines[0], /write\(1, "hello\\n", 6\) = 6/);
  await asked.client.close();

  const configured = await stopped('hello', { trace: true });
  await configured.client.request('continue', { threadId: configured.threadId });
  await configured.client.event('output', ({ output }: { output: string }) =>
    /write\(1, "bye\\n", 4\) = 4/.test(output),
  );
  await configured.client.close();
});

test('requests beyond DAP', async () => {
  const { client } = await stopped('hello');
  const { processes } = await client.request('pico/processes', {});
  assert.deepEqual(
    processes.map(({ id, kind, facts }) => [id, kind, facts[0]]),
    [
      [4, 'system', 'no user address space'],
      [8, 'pico', 'no PEB'],
    ],
  );
  const [, { id: process, facts }] = processes;
  assert.deepEqual(facts, ['no PEB', 'no TEB', 'no ntdll', 'no shared user data']);
  const { addressSpace } = await client.request('pico/addressSpace', { process });
  assert.ok(addressSpace?.allocations.some(({ use }) => use === '[stack]'));
  assert.deepEqual(await client.request('pico/addressSpace', { process: 99 }), {});
  const { systemCalls } = await client.request('pico/systemCalls', {});
  assert.equal(systemCalls.find(({ number }) => number === 1)?.name, 'write');
  const { modules } = await client.request('pico/modules', { process });
  assert.deepEqual(
    modules.map(({ path }) => path),
    ['/guest/hello', '[vdso]'],
  );
  assert.equal((await client.request('modules', {})).totalModules, 2);
  const memory = await client.request('pico/openMemory', { process, address: 0x402004 });
  assert.equal(memory.memoryReference, `p${process}:0x402004`);
  assert.equal(memory.region?.memoryReference, `p${process}:0x402000`);
  assert.match(await client.refused('pico/openMemory', { process: 99, address: 0 }), /no process 99/);
  const { source, line } = await client.request('pico/openDisassembly', { process, address: 0x401002 });
  assert.deepEqual([source.path, line], [`pico:/p${process}/_start.disasm`, 4]);
  const { sources } = await client.request('loadedSources', {});
  assert.deepEqual(
    sources.filter(({ origin }) => origin !== 'pico provider'),
    [source],
  );
  assert.match(await client.refused('pico/openDisassembly', { process, address: 0x10 }), /no instruction/);
  await client.close();
});
