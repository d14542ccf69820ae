/** Debugging of providers' code: from a guest's instruction into the TypeScript that serves it, and back. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { DapClient } from '../support/dap.ts';
import { stopped, type Stopped } from './support/sessions.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const READ_WRITE = path.join(ROOT, 'emulator/providers/linux/syscalls/readWrite.ts');
const EXCEPTION = path.join(ROOT, 'emulator/providers/linux/provider.ts');
const HELLO_EXE = path.join(ROOT, 'samples/nt/hello/hello.exe');

/** `write readWrite.ts:89`; labels and assembly without a line of their own. */
async function stack({ client, threadId }: Stopped): Promise<string[]> {
  const { stackFrames } = await client.request('stackTrace', { threadId });
  return stackFrames.map(({ name, source, line }) =>
    source?.path?.endsWith('.ts') ? `${name} ${source.name}:${line}` : name,
  );
}

/** Line of the first text behind another in a file, from 1 on. */
function lineOf(file: string, behind: string, text: string): number {
  const lines = readFileSync(file, 'utf8').split('\n');
  const start = lines.findIndex(line => line.includes(behind));
  assert.ok(start >= 0, `${behind} in ${file}`);
  return lines.findIndex((line, index) => index > start && line.includes(text)) + 1;
}

const WRITE_FILE = lineOf(READ_WRITE, 'function write(', 'const file');
const WRITE_RETURN = WRITE_FILE + 1;

/** At the `syscall` instruction of the first write. */
async function atWrite(): Promise<Stopped> {
  const session = await stopped('hello', {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  await session.client.request('continue', { threadId: session.threadId });
  await session.client.stopped();
  return session;
}

/** In the handler of the first write. */
async function inWrite(): Promise<Stopped> {
  const session = await atWrite();
  await session.client.request('setFunctionBreakpoints', { breakpoints: [] });
  await session.client.request('stepIn', { threadId: session.threadId });
  const { reason } = await session.client.stopped();
  assert.equal(reason, 'step');
  return session;
}

async function topFrame({ client, threadId }: Stopped): Promise<number> {
  return (await client.request('stackTrace', { threadId })).stackFrames[0].id;
}

async function locals(client: DapClient, frameId: number): Promise<{ reference: number; values: Map<string, string> }> {
  const { scopes } = await client.request('scopes', { frameId });
  const [{ name, variablesReference: reference }] = scopes;
  assert.equal(name, 'Locals');
  const { variables } = await client.request('variables', { variablesReference: reference });
  return { reference, values: new Map(variables.map(each => [each.name, each.value])) };
}

test('one stack: the handler, the door, the guest; steps by line, and back to the guest', async () => {
  const session = await inWrite();
  const { client, threadId } = session;
  assert.deepEqual(await stack(session), [
    `write readWrite.ts:${WRITE_FILE}`,
    'kernel · provider dispatch',
    'print',
    'main',
    '_start',
    'pico process 8 · user mode',
  ]);
  await client.request('next', { threadId });
  await client.stopped();
  assert.equal((await stack(session))[0], `write readWrite.ts:${WRITE_RETURN}`);
  await client.request('stepIn', { threadId });
  await client.stopped();
  assert.match((await stack(session))[0], /^\w+ \w+\.ts:\d+$/);
  assert.equal((await stack(session))[1], `write readWrite.ts:${WRITE_RETURN}`, 'a function that the handler calls');
  await client.request('stepOut', { threadId });
  await client.stopped();
  await client.request('stepOut', { threadId });
  const { reason } = await client.stopped();
  assert.equal(reason, 'step');
  assert.deepEqual((await stack(session))[0], 'print', "the guest's next instruction");
  const { result } = await client.request('evaluate', { expression: '$rax', frameId: await topFrame(session) });
  assert.match(result, /6$/, 'the answer of write');
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test('next from the last line of a handler stands on the guest', async () => {
  const session = await inWrite();
  const { client, threadId } = session;
  for (let steps = 0; (await stack(session))[0].includes('.ts:'); steps++) {
    assert.ok(steps < 10, 'the handler ends');
    await client.request('next', { threadId });
    await client.stopped();
  }
  assert.equal((await stack(session))[0], 'print');
  await client.close();
});

test('arguments are locals; evaluate, hover, watch and set value in the frame', async () => {
  const session = await inWrite();
  const { client } = session;
  const frameId = await topFrame(session);
  const { reference, values } = await locals(client, frameId);
  assert.deepEqual(
    ['descriptor', 'count', 'file'].map(name => values.get(name)),
    ['1', '6', 'undefined'],
  );
  const evaluate = async (expression: string, context = 'watch'): Promise<string> =>
    (await client.request('evaluate', { expression, frameId, context })).result;
  assert.equal(await evaluate('count * 2 + descriptor'), '13');
  assert.equal(await evaluate('task.process.name'), '"hello"');
  assert.equal(await evaluate('task.thread.state', 'hover'), '"running"');
  assert.match(await client.refused('evaluate', { expression: 'count = 1', frameId, context: 'hover' }), /side.effect/);
  assert.match(
    await client.refused('evaluate', { expression: 'noSuchName.here', frameId }),
    /ReferenceError: noSuchName/,
  );
  assert.match(await client.refused('evaluate', { expression: 'for (;;);', frameId, context: 'watch' }), /terminated/);
  const { value } = await client.request('setVariable', { variablesReference: reference, name: 'count', value: '2' });
  assert.equal(value, '2');
  await client.request('stepOut', { threadId: session.threadId });
  await client.stopped();
  const output = await client.event<{ output: string }>('output');
  assert.equal(output.output, 'he', 'the handler wrote as many bytes as it was told to');
  await client.close();
});

test('what a file of the emulator names is a scope, without all the rest of the machine', async () => {
  const session = await inWrite();
  const { client } = session;
  const frameId = await topFrame(session);
  const { scopes } = await client.request('scopes', { frameId });
  const module = scopes.find(({ name }) => name === 'Module');
  assert.ok(module?.expensive, `one of ${scopes.map(({ name }) => name)}`);
  const { variables } = await client.request('variables', { variablesReference: module.variablesReference });
  const names = variables.map(({ name }) => name);
  assert.ok(names.includes('writeFile'), `what its functions use, of ${names}`);
  assert.ok(!names.includes('dispatchThreads'), 'and nothing else');
  await client.close();
});

test('objects unfold; views of the guest work while the thread is in the handler', async () => {
  const session = await inWrite();
  const { client } = session;
  const frameId = await topFrame(session);
  const { variables } = await client.request('variables', {
    variablesReference: (await locals(client, frameId)).reference,
  });
  const task = variables.find(({ name }) => name === 'task');
  assert.ok(task?.variablesReference);
  const members = await client.request('variables', { variablesReference: task.variablesReference });
  assert.ok(members.variables.some(({ name, value }) => name === 'thread' && value.includes('id: 12')));
  const { addressSpace } = await client.request('pico/addressSpace', { process: 8 });
  assert.ok(addressSpace?.allocations.length);
  const { data } = await client.request('readMemory', { memoryReference: 'p8:0x402000', count: 5 });
  assert.equal(Buffer.from(data ?? '', 'base64').toString(), 'hello');
  const { instructions } = await client.request('disassemble', { memoryReference: 'p8:0x401000', instructionCount: 2 });
  assert.equal(instructions.length, 2);
  const { stackFrames } = await client.request('stackTrace', { threadId: session.threadId });
  const guest = stackFrames.find(({ name }) => name === 'print');
  const { scopes } = await client.request('scopes', { frameId: guest?.id ?? 0 });
  assert.equal(scopes[0].name, 'Registers', 'scopes follow the frame');
  await client.close();
});

test('breakpoints in provider code: conditions, hit counts and log messages', async () => {
  const session = await stopped('hello', {}, async client => {
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path: READ_WRITE },
      breakpoints: [
        { line: WRITE_RETURN, condition: 'count === 4' },
        { line: WRITE_FILE, logMessage: 'write of {count} bytes to `{descriptor}`' },
        { line: 1 },
      ],
    });
    assert.deepEqual(
      breakpoints.map(({ verified, line = 0 }) => [verified, line >= 1]),
      [
        [true, true],
        [true, true],
        [true, true],
      ],
    );
    assert.ok((breakpoints[2].line ?? 0) > 1, 'a line without code moves to the next with some');
  });
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  const first = await client.stopped();
  assert.equal(first.reason, 'breakpoint');
  assert.equal(first.hitBreakpointIds?.length, 1);
  assert.equal((await stack(session))[0], `write readWrite.ts:${WRITE_RETURN}`);
  const { result } = await client.request('evaluate', { expression: 'count', frameId: await topFrame(session) });
  assert.equal(result, '4', 'the write of 6 bytes was passed over');
  const said = client.events.flatMap(({ event, body }) => (event === 'output' ? [String(body.output)] : [])).join('');
  assert.match(said, /write of 6 bytes to `1`\n/);
  await client.request('setBreakpoints', { source: { path: READ_WRITE }, breakpoints: [] });
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test('a hit count', async () => {
  const session = await stopped('hello', {}, client =>
    client.request('setBreakpoints', {
      source: { path: READ_WRITE },
      breakpoints: [{ line: WRITE_FILE, hitCondition: '== 2' }],
    }),
  );
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  await client.stopped();
  const { result } = await client.request('evaluate', { expression: 'count', frameId: await topFrame(session) });
  assert.equal(result, '4');
  await client.close();
});

test('step in targets say where a step can go; the guest is one of them', async () => {
  const session = await atWrite();
  const { client, threadId } = session;
  const { targets } = await client.request('stepInTargets', { frameId: await topFrame(session) });
  assert.deepEqual(
    targets.map(({ label }) => label),
    ['guest · next instruction', 'provider · system call handler'],
  );
  await client.request('stepIn', { threadId, targetId: targets[0].id });
  await client.stopped();
  assert.equal((await stack(session))[0], 'print', 'the call has been served');
  await client.close();
});

test('an exception steps into the provider in the same way', async () => {
  const session = await stopped('crash', {}, client =>
    client.request('setExceptionBreakpoints', { filters: ['exception'] }),
  );
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  assert.equal((await client.stopped()).reason, 'exception');
  const { targets } = await client.request('stepInTargets', { frameId: await topFrame(session) });
  assert.equal(targets[1].label, 'provider · exception path');
  await client.request('stepIn', { threadId });
  await client.stopped();
  const [top, ...below] = await stack(session);
  assert.match(top, /^dispatchException provider\.ts:\d+$/);
  assert.ok(below.includes('kernel · provider dispatch'), EXCEPTION);
  await client.close();
});

test('a function is restarted; a frame of the guest cannot be', async () => {
  const session = await inWrite();
  const { client, threadId } = session;
  await client.request('next', { threadId });
  await client.stopped();
  await client.request('restartFrame', { frameId: await topFrame(session) });
  assert.equal((await client.stopped()).reason, 'restart');
  assert.match((await stack(session))[0], /^write readWrite\.ts:/);
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const guest = stackFrames.find(({ name }) => name === 'main');
  assert.match(await client.refused('restartFrame', { frameId: guest?.id }), /Only functions of provider code/);
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test('a session ends, restarts and disconnects from inside a handler', async () => {
  const ending = await inWrite();
  await ending.client.request('terminate', {});
  await ending.client.event('terminated');
  await ending.client.close();
  const restarting = await inWrite();
  await restarting.client.request('restart', {});
  assert.equal((await restarting.client.stopped()).reason, 'entry');
  await restarting.client.close();
  const leaving = await inWrite();
  await leaving.client.close();
});

test('sources of providers are loaded sources with lines that can have breakpoints', async () => {
  const { client } = await stopped('hello');
  const { sources } = await client.request('loadedSources', {});
  assert.ok(sources.some(each => each.path === READ_WRITE && each.origin === 'pico provider'));
  const { breakpoints } = await client.request('breakpointLocations', {
    source: { path: READ_WRITE },
    line: WRITE_FILE,
    endLine: WRITE_RETURN,
  });
  assert.deepEqual(
    breakpoints.map(({ line }) => line),
    [WRITE_FILE, WRITE_RETURN],
  );
  await client.close();
});

test('services of a traditional process are stepped into as well', async () => {
  const session = await stopped('hello', { program: HELLO_EXE, mounts: [] }, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:NtCreateEvent' }] }),
  );
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  await client.stopped();
  await client.request('stepIn', { threadId });
  await client.stopped();
  const frames = await stack(session);
  assert.match(frames[0], /synchronization\.ts:\d+$/);
  assert.ok(frames.includes('NtCreateEvent') || frames.some(name => name.includes('NtCreateEvent')));
  await client.close();
});

test('where no thread of a guest runs, the kernel is the thread', async () => {
  const exit = path.join(ROOT, 'emulator/providers/linux/process/exit.ts');
  const session = await stopped('hello', {}, client =>
    client.request('setBreakpoints', {
      source: { path: exit },
      breakpoints: [{ line: lineOf(exit, 'export function exitProcess(', '(') }],
    }),
  );
  const { client } = session;
  await client.request('continue', { threadId: session.threadId });
  const { threadId = 0 } = await client.stopped();
  const { threads } = await client.request('threads', {});
  assert.deepEqual(threads, [{ id: threadId, name: 'kernel' }]);
  assert.match((await stack({ client, threadId }))[0], /^exitProcess exit\.ts:/);
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test("justMyCode off: the kernel's own code has breakpoints, frames and steps", async () => {
  const trap = path.join(ROOT, 'emulator/kernel/ke/trap.ts');
  const call = lineOf(trap, 'export function dispatchSystemCall(', 'provider.routines.dispatchSystemCall(');
  const session = await stopped('hello', { justMyCode: false }, async client => {
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path: trap },
      breakpoints: [{ line: call }],
    });
    assert.deepEqual(
      breakpoints.map(({ verified, line, source }) => [verified, line, source?.origin]),
      [[true, call, 'pico emulator']],
    );
  });
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  assert.equal((await client.stopped()).reason, 'breakpoint');
  const [top, ...below] = await stack(session);
  assert.equal(top, `dispatchSystemCall trap.ts:${call}`);
  assert.ok(below.some(name => /^dispatchThreads dispatcher\.ts:\d+$/.test(name)));
  assert.ok(below.indexOf('kernel · provider dispatch') < below.indexOf('print'), 'one stack');
  const { stackFrames } = await client.request('stackTrace', { threadId });
  assert.deepEqual(
    [stackFrames[0].presentationHint, stackFrames[0].source?.presentationHint],
    ['subtle', 'deemphasize'],
    'behind what serves guests',
  );
  await client.request('setBreakpoints', { source: { path: trap }, breakpoints: [] });
  await client.request('stepIn', { threadId });
  await client.stopped();
  assert.match((await stack(session))[0], /provider\.ts:\d+$/, 'what leads to a handler is stepped through');
  await client.request('stepOut', { threadId });
  await client.stopped();
  assert.match((await stack(session))[0], /^dispatchSystemCall trap\.ts:\d+$/);
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test("justMyCode on: the kernel's own code is nobody's", async () => {
  const { client } = await stopped('hello');
  const source = { path: path.join(ROOT, 'emulator/kernel/ke/trap.ts') };
  const { breakpoints } = await client.request('setBreakpoints', { source, breakpoints: [{ line: 44 }] });
  assert.equal(breakpoints[0].verified, false);
  const { sources } = await client.request('loadedSources', {});
  assert.ok(!sources.some(each => each.path === source.path));
  await client.close();
});
