/** Machines that break down, flood, or never stop: the session stays usable or ends with a sentence. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { onMachine } from '../support/dap.ts';
import { CODE, fakeMachine, PROCESS, THREAD } from './support/fakeMachine.ts';

/** Any file does for a fake. */
const configuration = { program: fileURLToPath(import.meta.url) };

test('a machine that breaks while it runs ends the session with its reason', async () => {
  const run = () => {
    throw new Error('the page table is inconsistent');
  };
  const client = onMachine(fakeMachine({ run }));
  await client.start(configuration);
  await client.stopped();
  await client.request('continue', { threadId: THREAD });
  const { output } = await client.event<{ output: string }>('output');
  assert.match(output, /^The machine broke down; .* the page table is inconsistent/s);
  await client.event('terminated');
  assert.match(await client.refused('evaluate', { expression: '$rax' }), /The machine broke down/);
  await client.close();
});

test('a machine that breaks in a request fails that request only', async () => {
  const addressSpace = () => {
    throw new Error('no such tree');
  };
  const client = onMachine(fakeMachine({ addressSpace }));
  await client.start(configuration);
  await client.stopped();
  assert.match(await client.refused('pico/addressSpace', { process: PROCESS }), /no such tree/);
  await client.request('stackTrace', { threadId: THREAD });
  await client.close();
});

test('a flood of output becomes few events', async () => {
  const machine = fakeMachine();
  const client = onMachine(machine);
  await client.start(configuration);
  await client.stopped();
  for (let line = 0; line < 100_000; line++) {
    machine.notices.push({ kind: 'output', stream: 1, bytes: new Uint8Array(Buffer.from(`line ${line}\n`)) });
  }
  await client.request('continue', { threadId: THREAD });
  await client.request('pause', { threadId: THREAD });
  await client.stopped();
  const outputs = client.events.filter(({ event }) => event === 'output');
  assert.ok(outputs.length <= 3, `${outputs.length} events`);
  assert.match((outputs[0].body as { output: string }).output, /^line 0\n.*characters left out …\n$/s);
  await client.close();
});

test('bytes of one character in two writes are joined', async () => {
  const machine = fakeMachine();
  const client = onMachine(machine);
  await client.start(configuration);
  await client.stopped();
  const [first, second] = [Uint8Array.of(0xe2, 0x82), Uint8Array.of(0xac, 0x0a)];
  for (const bytes of [first, second]) {
    machine.notices.push({ kind: 'output', stream: 1, bytes });
    await client.request('pico/trace', { on: false });
  }
  assert.equal((await client.event<{ output: string }>('output')).output, '€\n');
  await client.close();
});

test('pause stops a machine that would run for ever, and reads work while it runs', async () => {
  const client = onMachine(fakeMachine());
  await client.start({ ...configuration, stopOnEntry: false });
  const { threads } = await client.request('threads', {});
  assert.deepEqual(threads, [{ id: THREAD, name: `[${THREAD}] fake (${PROCESS})` }]);
  const { data } = await client.request('readMemory', { memoryReference: `p${PROCESS}:0x401000`, count: 2 });
  assert.equal(data, 'kJA=');
  await client.request('pause', { threadId: THREAD });
  assert.equal((await client.stopped()).reason, 'pause');
  await client.close();
});

test('a cancelled request is answered once, as cancelled', async () => {
  const client = onMachine(fakeMachine());
  await client.start(configuration);
  await client.stopped();
  const requestId = client.nextSequence;
  const slow = client.send('stackTrace', { threadId: THREAD });
  await client.request('cancel', { requestId });
  assert.equal((await slow).message, 'cancelled');
  await client.request('cancel', { requestId: 4711 });
  await client.close();
});

test('memory events carry the reference that was opened, whatever its form', async () => {
  const client = onMachine(fakeMachine());
  await client.start(configuration);
  await client.stopped();
  for (const memoryReference of ['0x401000', `p${PROCESS}:0x401004`]) {
    await client.request('readMemory', { memoryReference, count: 8 });
  }
  await client.request('writeMemory', { memoryReference: `p${PROCESS}:0x401006`, data: 'zMw=' });
  assert.deepEqual(await client.event('memory'), { memoryReference: '0x401000', offset: 6, count: 2 });
  assert.deepEqual(await client.event('memory'), { memoryReference: `p${PROCESS}:0x401004`, offset: 2, count: 2 });
  await client.close();
});

test('references stay the same over stops, and wrong ones are refused', async () => {
  const client = onMachine(fakeMachine());
  await client.start(configuration);
  const seen: unknown[] = [];
  for (let stop = 0; stop < 2; stop++) {
    await client.stopped();
    const { stackFrames } = await client.request('stackTrace', { threadId: THREAD });
    const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
    seen.push([stackFrames[0].id, scopes.map(({ variablesReference }) => variablesReference)]);
    await client.request('continue', { threadId: THREAD });
    await client.request('pause', { threadId: THREAD });
  }
  assert.deepEqual(seen[0], seen[1]);
  assert.match(await client.refused('variables', { variablesReference: 4711 }), /4711 is not known/);
  await client.close();
});

test('a symbol that means something else in another program is passed over', async () => {
  let stops = 0;
  const stop = { reason: 'breakpoint', process: PROCESS, thread: THREAD, breakpoints: [1024], text: '' } as const;
  const machine = fakeMachine({
    run: () => (stops++ === 0 ? { kind: 'stopped', stop } : { kind: 'ended', code: 0, text: 'exited with code 0' }),
  });
  const client = onMachine(machine);
  await client.start({ ...configuration, stopOnEntry: false }, async () => {
    const { breakpoints } = await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'main' }] });
    assert.equal(breakpoints[0].message, "No loaded program has a symbol 'main' so far.");
  });
  await client.event('terminated');
  assert.equal(stops, 2);
  assert.ok(!client.events.some(({ event }) => event === 'stopped'));
  await client.close();
});

test('lines and columns that start at 0 are honoured', async () => {
  const client = onMachine(fakeMachine());
  await client.request('initialize', { adapterID: 'pico', linesStartAt1: false, columnsStartAt1: false });
  await client.request('launch', configuration);
  await client.request('configurationDone', {});
  await client.stopped();
  const { stackFrames } = await client.request('stackTrace', { threadId: THREAD });
  const { content } = await client.request('source', { sourceReference: stackFrames[0].source?.sourceReference ?? 0 });
  assert.match(content.split('\n')[stackFrames[0].line], new RegExp(`0x${CODE.toString(16)} .*nop`));
  await client.close();
});
