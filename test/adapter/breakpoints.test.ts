/** All kinds of breakpoints, their conditions, and what is said of those that cannot work. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { expectText } from '../support/dapText.ts';
import { goOn, type Stopped, stopped } from './support/sessions.ts';

/** Goes on until the program ends; each stop as a line. */
async function stops(session: Stopped): Promise<string[]> {
  const { client, threadId } = session;
  const seen: string[] = [];
  for (;;) {
    await client.request('continue', { threadId });
    const { event, body } = await client.anyEvent(['stopped', 'terminated']);
    if (event === 'terminated') return seen;
    const next = body as Dap.StoppedEvent['body'];
    const { stackFrames } = await client.request('stackTrace', { threadId: next.threadId ?? 0, levels: 1 });
    seen.push(`${next.reason} at ${stackFrames[0].name}:${stackFrames[0].line} ${next.text ?? ''}`.trim());
  }
}

test('function breakpoints', async () => {
  const session = await stopped('hello');
  const names = [
    'syscall:write',
    'syscall:wirte',
    'syscall:*:failed',
    'exception:pf',
    'signal:segv',
    'main',
    'print + 0x1',
    'nowhere',
    'calls',
    '*0x401000',
    '*0x10',
    '*main',
    'syscall:',
    '',
    'signal:',
  ];
  await session.client.request('setFunctionBreakpoints', { breakpoints: names.map(name => ({ name })) });
  expectText(import.meta.url, 'functionBreakpoints.txt', session.client.takeTranscript());
  assert.deepEqual(await stops(session), [
    'function breakpoint at main:3',
    'function breakpoint at print:4',
    'function breakpoint at print:9 write(1, "hello\\n", 6)',
    'function breakpoint at print:4',
    'function breakpoint at print:9 write(1, "bye\\n", 4)',
  ]);
  await session.client.close();
});

test('conditions and hit counts', async () => {
  const rows: [Omit<Dap.FunctionBreakpoint, 'name'>, number][] = [
    [{ condition: 'str($rsi) ~ "bye*"' }, 1],
    [{ condition: '$rdx == 6' }, 1],
    [{ condition: '$rdx > 100' }, 0],
    [{ hitCondition: '2' }, 1],
    [{ hitCondition: '>= 1' }, 2],
    [{ hitCondition: '% 2' }, 1],
    [{ condition: ' ' }, 2],
  ];
  for (const [how, count] of rows) {
    const session = await stopped('hello', {}, client =>
      client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write', ...how }] }),
    );
    assert.equal((await stops(session)).length, count, JSON.stringify(how));
    await session.client.close();
  }
});

test('a condition that is none is said at its breakpoint', async () => {
  const { client } = await stopped('hello');
  const { breakpoints } = await client.request('setFunctionBreakpoints', {
    breakpoints: [{ name: 'main', condition: 'rax ==' }, { name: 'print', hitCondition: 'often' }, { name: 'main' }],
  });
  assert.deepEqual(
    breakpoints.map(({ verified }) => verified),
    [false, false, true],
  );
  for (const { message } of breakpoints.slice(0, 2)) assert.ok(message);
  await client.close();
});

test('lines of assembly documents, with log messages', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setBreakpoints', {
      source: { path: 'pico:/p8/print.disasm' },
      breakpoints: [{ line: 1 }, { line: 9, logMessage: 'writing {str($rsi)}' }, { line: 400 }],
    }),
  );
  const { client } = session;
  await client.request('setBreakpoints', { source: { path: '/src/hello.c' }, breakpoints: [{ line: 1 }] });
  await client.request('setBreakpoints', {
    source: { path: 'pico:/p8/gone.disasm' },
    breakpoints: [{ line: 1, condition: '$rax == 0' }],
  });
  assert.deepEqual(await stops(session), ['breakpoint at print:3', 'breakpoint at print:3']);
  const outputs = client.events
    .filter(({ event }) => event === 'output')
    .map(({ body }) => (body as Dap.OutputEvent['body']).output);
  assert.match(outputs.join(''), /^writing hello$.*^writing bye$/ms);
  expectText(import.meta.url, 'lineBreakpoints.txt', client.takeTranscript());
  await client.close();
});

test('where lines can have breakpoints', async () => {
  const { client } = await stopped('hello');
  const source = { path: 'pico:/p8/main.disasm' };
  const { breakpoints } = await client.request('breakpointLocations', { source, line: 1, endLine: 5 });
  assert.deepEqual(breakpoints, [{ line: 3 }, { line: 4 }, { line: 5 }]);
  await client.close();
});

test('instruction breakpoints', async () => {
  const session = await stopped('hello');
  const { client, threadId } = session;
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const instructionReference = stackFrames[0].instructionPointerReference ?? '';
  const { breakpoints } = await client.request('setInstructionBreakpoints', {
    breakpoints: [
      { instructionReference, offset: 7 },
      { instructionReference: '0x10' },
      { instructionReference: 'main' },
    ],
  });
  assert.deepEqual(
    breakpoints.map(({ verified }) => verified),
    [true, false, false],
  );
  const stop = await goOn(session);
  assert.equal(stop.reason, 'instruction breakpoint');
  assert.deepEqual(stop.hitBreakpointIds, [breakpoints[0].id]);
  await client.close();
});

test('filters', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setExceptionBreakpoints', {
      filters: [],
      filterOptions: [{ filterId: 'syscall-exit', condition: 'name == write && ret == 4' }, { filterId: 'nonsense' }],
    }),
  );
  assert.deepEqual(await stops(session), ['system call at print:10 write(1, "bye\\n", 4) = 4']);
  await session.client.close();
});

test('edits while the program runs take hold', async () => {
  const { client, threadId } = await stopped('spin');
  await client.request('continue', { threadId });
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: '_start' }] });
  assert.equal((await client.stopped()).reason, 'function breakpoint');
  await client.close();
});

test('the same breakpoint keeps its id', async () => {
  const { client } = await stopped('hello');
  const set = async (names: string[]) => {
    const { breakpoints } = await client.request('setFunctionBreakpoints', {
      breakpoints: names.map(name => ({ name })),
    });
    return breakpoints.map(({ id }) => id);
  };
  const [main, print] = await set(['main', 'print']);
  assert.deepEqual(await set(['print', 'main']), [print, main]);
  await client.close();
});
