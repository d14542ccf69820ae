/** Every request that the adapter serves, as it goes over the wire: the transcripts together have them all. */

import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { test } from 'node:test';
import { HANDLERS } from '../../adapter/session.ts';
import { expectText } from '../support/dapText.ts';
import { launching } from './support/programs.ts';
import { openAdapter, stopped } from './support/sessions.ts';

/** The same on every computer: no host path, and a fixed clock. */
function guest(name: string): object {
  return { program: `/guest/${name}`, mounts: launching(name).mounts, seed: 1, bootTime: 1_767_225_600_000 };
}

test('looking at a stopped program', async () => {
  const client = openAdapter();
  await client.start(guest('hello'), async () => {
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write', condition: 'fd == 1' }] });
    await client.request('setExceptionBreakpoints', {
      filters: ['exception'],
      filterOptions: [{ filterId: 'syscall-failed', condition: 'ret == -2' }],
    });
  });
  const { threadId = 0 } = await client.stopped();
  const { stackFrames } = await client.request('stackTrace', { threadId, startFrame: 0, levels: 1 });
  const [{ id: frameId, source, instructionPointerReference = '' }] = stackFrames;
  await client.request('threads', {});
  const { scopes } = await client.request('scopes', { frameId });
  const [{ variablesReference }] = scopes;
  await client.request('variables', { variablesReference });
  await client.request('setVariable', { variablesReference, name: 'rax', value: '0x1234' });
  // Events behind an answer come at a time of their own: the transcript waits for them.
  await client.event('invalidated');
  await client.request('setExpression', { expression: '$rbx', value: '7', frameId });
  await client.event('invalidated');
  await client.request('evaluate', { expression: '$rax + $rbx', frameId, context: 'watch' });
  await client.request('completions', { text: '$rs', column: 4, frameId });
  assert.ok(source);
  await client.request('source', { source, sourceReference: source.sourceReference ?? 0 });
  await client.request('loadedSources', {});
  await client.request('modules', {});
  await client.request('breakpointLocations', { source, line: 3 });
  await client.request('setBreakpoints', { source, breakpoints: [{ line: 4 }] });
  const memoryReference = instructionPointerReference;
  await client.request('setInstructionBreakpoints', {
    breakpoints: [{ instructionReference: memoryReference, offset: 2 }],
  });
  await client.request('disassemble', { memoryReference, instructionOffset: -1, instructionCount: 4 });
  await client.request('readMemory', { memoryReference, count: 4 });
  await client.request('writeMemory', { memoryReference, data: 'MQ==' });
  await client.event('memory');
  const { targets } = await client.request('gotoTargets', { source, line: 5 });
  await client.request('goto', { threadId, targetId: targets[0].id });
  await client.stopped();
  await client.event('memory');
  await client.request('cancel', { requestId: 1 });
  await client.close();
  expectText(import.meta.url, 'looking.txt', client.takeTranscript());
});

test('going on: continue, steps, pause, restart, terminate', async () => {
  const { client, threadId } = await stopped('hello', guest('hello'));
  await client.request('stepIn', { threadId, granularity: 'instruction' });
  await client.stopped();
  await client.request('stepIn', { threadId, granularity: 'instruction' });
  await client.stopped();
  await client.request('next', { threadId, granularity: 'instruction' });
  await client.stopped();
  await client.request('stepOut', { threadId });
  await client.stopped();
  await client.request('restart', {});
  const again = await client.stopped();
  await client.request('terminateThreads', { threadIds: [again.threadId ?? 0] });
  await client.event('terminated');
  await client.close();
  expectText(import.meta.url, 'going.txt', client.takeTranscript());
});

test('an exception, and the end by request', async () => {
  const { client, threadId } = await stopped('crash', guest('crash'), session =>
    session.request('setExceptionBreakpoints', { filters: ['exception'] }),
  );
  await client.request('continue', { threadId });
  await client.stopped();
  await client.request('exceptionInfo', { threadId });
  await client.request('terminate', {});
  await client.event('terminated');
  await client.close();
  expectText(import.meta.url, 'terminate.txt', client.takeTranscript());
});

test('into the provider and back', async () => {
  const { client, threadId } = await stopped('hello', guest('hello'), session =>
    session.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  await client.request('continue', { threadId });
  await client.stopped();
  const [guestFrame] = (await client.request('stackTrace', { threadId, levels: 1 })).stackFrames;
  await client.request('stepInTargets', { frameId: guestFrame.id });
  await client.request('stepIn', { threadId });
  await client.stopped();
  const [frame] = (await client.request('stackTrace', { threadId })).stackFrames;
  await client.request('scopes', { frameId: frame.id });
  await client.request('next', { threadId });
  await client.stopped();
  const [later] = (await client.request('stackTrace', { threadId, levels: 1 })).stackFrames;
  await client.request('restartFrame', { frameId: later.id });
  await client.stopped();
  await client.request('stepOut', { threadId });
  await client.stopped();
  await client.close();
  // Lines of the providers' sources move.
  expectText(import.meta.url, 'provider.txt', client.takeTranscript().replaceAll(/\bline: \d+/g, 'line: N'));
});

test('pause in a hot loop', async () => {
  const { client, threadId } = await stopped('spin', guest('spin'));
  await client.request('continue', { threadId });
  await client.request('pause', { threadId });
  await client.stopped();
  await client.close();
  expectText(import.meta.url, 'pause.txt', client.takeTranscript());
});

test('the transcripts have every request', () => {
  const folder = fileURLToPath(new URL('.', import.meta.url));
  const texts = readdirSync(folder)
    .filter(file => file.endsWith('.txt'))
    .map(file => readFileSync(`${folder}${file}`, 'utf8'))
    .join('\n');
  const own = [...Object.keys(HANDLERS), 'cancel'].filter(name => !name.startsWith('pico/'));
  assert.deepEqual(
    // order.txt writes requests that are refused without an arrow, each with its sentence; attach always is.
    own.filter(name => !new RegExp(`^→ ${name}\\b|^${name} `, 'm').test(texts)),
    [],
  );
});
