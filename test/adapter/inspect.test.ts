/** Looking at a stopped program: stack, scopes, variables, expressions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectText } from '../support/dapText.ts';
import { goOn, type Stopped, stopped } from './support/sessions.ts';

/** At the first `write`, two calls deep. */
async function inPrint(): Promise<Stopped & { frameId: number }> {
  const session = await stopped('hello', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  await goOn(session);
  const { stackFrames } = await session.client.request('stackTrace', { threadId: session.threadId, levels: 1 });
  session.client.takeTranscript();
  return { ...session, frameId: stackFrames[0].id };
}

test('the stack, whole and in pages', async () => {
  const { client, threadId } = await inPrint();
  const whole = await client.request('stackTrace', { threadId });
  expectText(import.meta.url, 'stack.txt', client.takeTranscript());
  const pages = [];
  for (let startFrame = 0; startFrame < 6; startFrame += 2) {
    pages.push(...(await client.request('stackTrace', { threadId, startFrame, levels: 2 })).stackFrames);
  }
  assert.deepEqual(pages, whole.stackFrames);
  await client.close();
});

test('scopes and variables', async () => {
  const { client, threadId } = await inPrint();
  const { stackFrames } = await client.request('stackTrace', { threadId });
  client.takeTranscript();
  for (const { id } of stackFrames) {
    const { scopes } = await client.request('scopes', { frameId: id });
    for (const { variablesReference } of scopes) await client.request('variables', { variablesReference });
  }
  expectText(import.meta.url, 'variables.txt', client.takeTranscript());
  await client.close();
});

test('vector registers unfold into lanes, in pages', async () => {
  const { client, frameId } = await inPrint();
  const { scopes } = await client.request('scopes', { frameId });
  const sse = scopes.find(({ name }) => name === 'SSE')?.variablesReference ?? 0;
  await client.request('setVariable', { variablesReference: sse, name: 'xmm1', value: '0x0706050403020100' });
  const { variables } = await client.request('variables', { variablesReference: sse });
  const views = await client.request('variables', { variablesReference: variables[1].variablesReference });
  const bytes = views.variables.find(({ name }) => name === 'u8')?.variablesReference ?? 0;
  const page = await client.request('variables', { variablesReference: bytes, filter: 'indexed', start: 2, count: 3 });
  assert.deepEqual(
    page.variables.map(({ name, value }) => `${name}=${value}`),
    ['[2]=2', '[3]=3', '[4]=4'],
  );
  await client.request('setVariable', { variablesReference: bytes, name: '[0]', value: '0xff' });
  const after = await client.request('variables', { variablesReference: sse });
  assert.equal(after.variables[1].value, '0x000000000000000007060504030201ff');
  await client.close();
});

test('registers and flags are set', async () => {
  const { client, threadId, frameId } = await inPrint();
  const { scopes } = await client.request('scopes', { frameId });
  const [general, flags, segments, sse, x87] = scopes.map(({ variablesReference }) => variablesReference);
  const set = (variablesReference: number, name: string, value: string) =>
    client.send('setVariable', { variablesReference, name, value });
  client.takeTranscript();
  await set(general, 'rax', '39');
  await set(general, 'rbx', 'greeting + 2');
  await set(general, 'rcx', '-1');
  await set(general, 'rdx', '0x10000000000000000');
  await set(general, 'rdx', 'soon');
  await set(general, 'rzx', '1');
  await set(flags, 'CF', '1');
  await set(flags, 'CF', '2');
  await set(segments, 'fs_base', '0x402000');
  await set(sse, 'mxcsr', '0x1f80');
  await set(x87, 'st0', '1.5');
  await set(x87, 'tag', '0');
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const outer = await client.request('scopes', { frameId: stackFrames[1].id });
  await set(outer.scopes[0].variablesReference, 'rip', '0');
  // These events come between the requests, sooner or later.
  const invalidated = /^  invalidated .*\n/gm;
  const transcript = client.takeTranscript();
  assert.equal(transcript.match(invalidated)?.length, 7);
  expectText(import.meta.url, 'setVariable.txt', transcript.replaceAll(invalidated, ''));
  await client.close();
});

test('expressions', async () => {
  const { client, frameId } = await inPrint();
  const said: string[] = [];
  const texts = [
    '$rax',
    '%rsi',
    'rip',
    '$eax',
    '$zf',
    '$rflags',
    'main',
    '&main',
    'print+0x10',
    'calls',
    '0x401000',
    '12',
    'u8($rsi)',
    'u32(calls)',
    'i32($rsp - 8)',
    'u64($rsp)',
    'str($rsi)',
    'str(greeting + 2)',
    'f64($rsi)',
    'name',
    'name == write',
    'name == read',
    'fd',
    'count',
    'pid',
    'process',
    '$rdx * 2',
    'str(0x10)',
    'u8(0x10)',
    'nowhere',
    '$nowhere',
    '1 +',
    '',
    ')',
  ];
  for (const expression of texts) {
    const response = await client.send('evaluate', { expression, frameId, context: 'watch' });
    const { result, error } = response.body as { result?: string; error?: { format: string } };
    said.push(`${expression.padEnd(20)} ${result ?? `✗ ${error?.format}`}`);
  }
  expectText(import.meta.url, 'expressions.txt', `${said.join('\n')}\n`);
  await client.close();
});

test('assignments', async () => {
  const { client, frameId } = await inPrint();
  const set = async (expression: string, value: string) => {
    const { success, body } = await client.send('setExpression', { expression, value, frameId });
    return success ? (body as { value: string }).value : (body as { error: { format: string } }).error.format;
  };
  assert.equal(await set('$rax', '0x10'), '0x0000000000000010');
  assert.equal(await set('$al', '0xff'), '0xff');
  assert.equal(await set('$zf', '1'), '1');
  assert.equal(await set('u32(calls)', '7'), '7 (0x00000007)');
  assert.equal(await set('f32(calls)', '0.5'), '0.5');
  assert.match(await set('u8(calls)', '256'), /8-bit/);
  assert.match(await set('u32(0x10)', '7'), /no memory there/);
  assert.match(await set('main', '7'), /cannot be assigned/);
  const { result } = await client.request('evaluate', { expression: '$rbx = $rax + 1', frameId, context: 'repl' });
  assert.equal(result, '0x0000000000000100');
  await client.close();
});

test('commands of the console', async () => {
  const { client, frameId } = await inPrint();
  for (const expression of ['help', 'regions', 'processes', 'modules', 'position', 'memory greeting 40', 'memory']) {
    await client.send('evaluate', { expression, frameId, context: 'repl' });
  }
  const memory = await client.request('evaluate', { expression: 'memory greeting 40', frameId, context: 'repl' });
  await client.request('variables', { variablesReference: memory.variablesReference, filter: 'indexed', start: 1 });
  expectText(import.meta.url, 'console.txt', client.takeTranscript());
  await client.close();
});

test('completions', async () => {
  const { client, frameId } = await inPrint();
  const complete = async (text: string, column = text.length + 1) => {
    const { targets } = await client.request('completions', { text, column, frameId });
    return targets.map(({ label, start, length }) => `${label}@${start}+${length}`);
  };
  assert.deepEqual(await complete('$rfl'), ['$rflags@0+4']);
  assert.deepEqual(await complete('str(gree'), ['greeting@4+4']);
  assert.deepEqual(await complete('reg'), ['regions@0+3']);
  assert.deepEqual(await complete('syscall:getui'), ['syscall:getuid@0+13']);
  assert.deepEqual(await complete('$rip + gree', 5), ['$rip@0+0'].slice(1));
  await client.close();
});

test('with x86-64-v3 vector registers have 32 bytes', async () => {
  const { client, threadId } = await stopped('hello', { cpu: 'x86-64-v3' });
  const { stackFrames } = await client.request('stackTrace', { threadId, levels: 1 });
  const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
  const sse = scopes.find(({ name }) => name === 'SSE')?.variablesReference ?? 0;
  const value = `0x${'0123456789abcdef'.repeat(4)}`;
  await client.request('setVariable', { variablesReference: sse, name: 'ymm3', value });
  const { variables } = await client.request('variables', { variablesReference: sse });
  assert.deepEqual(
    [variables[3].name, variables[3].type, variables[3].value, variables.length],
    ['ymm3', 'u256', value, 17],
  );
  const views = await client.request('variables', { variablesReference: variables[3].variablesReference });
  assert.equal(views.variables.find(({ name }) => name === 'u64')?.indexedVariables, 4);
  await client.close();
});
