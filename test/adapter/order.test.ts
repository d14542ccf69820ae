/** Requests in the wrong order, unknown ones, malformed ones: each gets an answer and the session lives on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { onMachine } from '../support/dap.ts';
import { expectText } from '../support/dapText.ts';
import { fakeMachine, THREAD } from './support/fakeMachine.ts';

/** Any file does for a fake. */
const program = fileURLToPath(import.meta.url);

test('each mistake has its sentence', async () => {
  const client = onMachine(fakeMachine());
  const said: string[] = [];
  async function refused(command: string, args?: object): Promise<void> {
    said.push(`${command} ${JSON.stringify(args ?? null)}\n    ${await client.refused(command, args)}`);
  }
  await refused('launch', { program });
  await refused('fly');
  await client.initialize();
  await refused('initialize', { adapterID: 'pico' });
  await refused('stackTrace', { threadId: THREAD });
  await refused('configurationDone');
  await refused('attach', {});
  await refused('launch', {});
  await refused('launch', { program, stopAtEntry: true });
  await refused('launch', { program: 7 });
  await refused('launch', { program, args: ['a', 1] });
  await refused('launch', { program, mounts: [{ host: '/', guets: '/' }] });
  await refused('launch', { program, mounts: [{ host: '/nowhere', guest: '/' }] });
  await refused('launch', { program, limits: { processes: 0 } });
  await refused('launch', { program: '/nowhere/hello' });
  await refused('launch', { program: '/' });
  await client.request('launch', { program });
  await refused('launch', { program });
  await refused('continue', { threadId: THREAD });
  await client.request('configurationDone', {});
  await client.stopped();
  await refused('configurationDone');
  await refused('stackTrace');
  await refused('stackTrace', { threadId: '12' });
  await refused('stackTrace', { threadId: 99 });
  await refused('scopes', { frameId: 99 });
  await refused('variables', { variablesReference: 99 });
  await refused('setFunctionBreakpoints', { breakpoints: 'write' });
  await refused('setFunctionBreakpoints', { breakpoints: [{ nme: 'write' }] });
  await refused('source', { sourceReference: 99 });
  await refused('readMemory', { memoryReference: 'here', count: 1 });
  await refused('readMemory', { memoryReference: '0x1000', count: -1 });
  await refused('writeMemory', { memoryReference: '0x1000', data: 'AAAA' });
  await refused('writeMemory', { memoryReference: '0x401000', data: '?' });
  await refused('disassemble', { memoryReference: '0x1000', instructionCount: 1_000_000 });
  await refused('evaluate', { expression: 'no such thing' });
  await refused('exceptionInfo', { threadId: THREAD });
  await refused('goto', { threadId: THREAD, targetId: 99 });
  await refused('terminateThreads', { threadIds: [THREAD] });
  await client.request('continue', { threadId: THREAD });
  await refused('next', { threadId: THREAD });
  expectText(import.meta.url, 'order.txt', `${said.join('\n').replaceAll(program, 'PROGRAM')}\n`);
  await client.close();
});

test('what is no request does no harm', async () => {
  const client = onMachine(fakeMachine());
  client.sendRaw({});
  client.sendRaw({ type: 'request' });
  client.sendRaw({ type: 'request', seq: 'one', command: 'threads' });
  client.sendRaw({ type: 'response', request_seq: 1 });
  const { output } = await client.event<{ output: string }>('output');
  assert.match(output, /^The debug adapter received a message that is no request\.$/m);
  await client.initialize();
  await client.close();
});
