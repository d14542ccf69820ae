/** Providers of the user's own: a whole system, an extension of Linux, and what a debugger shows of them. */

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import {
  CAPITALS,
  fileOf,
  GREETER,
  launched,
  lineOf,
  outputOf,
  outputToEnd,
  TINY,
  writeHandler,
} from './support/ownProvider.ts';
import type { Stopped } from './support/sessions.ts';

async function frames({ client, threadId }: Stopped): Promise<string[]> {
  const { stackFrames } = await client.request('stackTrace', { threadId });
  return stackFrames.map(({ name, source, line }) =>
    source?.path?.endsWith('.ts') ? `${name} ${path.basename(source.path)}:${line}` : name,
  );
}

test('a system of its own runs a program that knows no other', async () => {
  const session = await launched(TINY, GREETER, { trace: true });
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  await client.event('pico/inputWanted');
  const { processes } = await client.request('pico/processes', {});
  const [thread] = processes.find(({ name }) => name === 'greeter')?.threads ?? [];
  assert.equal(thread?.waitReason, 'waits for a line');
  await client.request('pico/input', { text: 'World\n' });
  const { exitCode } = await client.event<{ exitCode: number }>('exited');
  assert.equal(exitCode, 2, 'how many lines were said');
  await client.close();
  assert.equal(outputOf(client, 'stdout'), 'Who is there?\nHello, World\n');
  const trace = outputOf(client, 'console');
  for (const line of ['say("Who is there?") = 1', 'room(4096) = ', ') = 5', 'say("Hello, World") = 2', 'end(2) = ?'])
    assert.ok(trace.includes(line), `${line} in ${trace}`);
});

test('step into a handler of the user’s, with its arguments, and back to the guest', async () => {
  const text = readFileSync(TINY, 'utf8');
  const session = await launched(TINY, GREETER, {}, client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:say' }] }),
  );
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  const { description } = await client.stopped();
  assert.equal(description, 'say("Who is there?")');
  await client.request('stepIn', { threadId });
  await client.stopped();
  const first = lineOf(text, 'if (line === undefined)');
  const [top, label, guest] = await frames(session);
  assert.deepEqual([top, label], [`handler tiny.ts:${first}`, 'kernel · provider dispatch']);
  assert.match(guest, /say/);
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
  const { variables } = await client.request('variables', { variablesReference: scopes[0].variablesReference });
  assert.deepEqual(variables.find(({ name }) => name === 'line')?.value, '"Who is there?"');
  const frameId = stackFrames[0].id;
  await client.request('evaluate', { expression: 'line = "It is me"', frameId, context: 'repl' });
  const { result } = await client.request('evaluate', { expression: 'call.state.said', frameId, context: 'watch' });
  assert.equal(result, '0');
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await client.request('stepOut', { threadId });
  await client.stopped();
  assert.match((await frames(session))[0], /^say/);
  await client.request('terminate', {});
  await client.event('terminated');
  await client.close();
  assert.equal(outputOf(client, 'stdout'), 'It is me\n', 'the value that was set');
});

test('breakpoints with conditions in the user’s file', async () => {
  const text = readFileSync(TINY, 'utf8');
  const line = lineOf(text, 'return call.state.said');
  const session = await launched(TINY, GREETER, {}, async client => {
    const { breakpoints } = await client.request('setBreakpoints', {
      source: { path: TINY },
      breakpoints: [
        { line, condition: 'call.state.said === 2' },
        { line: lineOf(text, 'call.state.said++'), logMessage: 'said {line}' },
      ],
    });
    assert.deepEqual(
      breakpoints.map(({ verified }) => verified),
      [true, true],
    );
  });
  const { client, threadId } = session;
  await client.request('pico/input', { text: 'you\n' });
  await client.request('continue', { threadId });
  const { reason } = await client.stopped();
  assert.equal(reason, 'breakpoint');
  assert.equal((await frames(session))[0], `handler tiny.ts:${line}`);
  const { sources } = await client.request('loadedSources', {});
  assert.ok(sources.some(source => source.path === TINY));
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
  assert.match(outputOf(client, 'console'), /said Who is there\?\n[^]*said Hello, you\n/);
});

test('an exception of the guest is a step into dispatchException', async () => {
  const text = `import { definePicoProvider } from 'pico-provider';
export default definePicoProvider({
  name: 'strict',
  systemCalls: {},
  unknownSystemCall(call) {
    call.registers.set('rip', 0x10);
    return 0;
  },
  dispatchException({ kernel, process, address }) {
    kernel.terminateProcess(process, address);
    return true;
  },
});
`;
  const session = await launched(fileOf('strict.ts', text), GREETER);
  const { client, threadId } = session;
  await client.request('setExceptionBreakpoints', { filters: ['syscall-entry', 'exception'] });
  await client.request('continue', { threadId });
  await client.stopped();
  await client.request('stepIn', { threadId });
  await client.stopped();
  assert.equal((await frames(session))[0], `unknownSystemCall strict.ts:${lineOf(text, "set('rip'")}`);
  await client.request('continue', { threadId });
  assert.equal((await client.stopped()).description, '#PF executing 0x10 (STATUS_ACCESS_VIOLATION)');
  await client.request('stepIn', { threadId });
  await client.stopped();
  assert.equal((await frames(session))[0], `dispatchException strict.ts:${lineOf(text, 'kernel.terminateProcess')}`);
  await client.request('continue', { threadId });
  const { exitCode } = await client.event<{ exitCode: number }>('exited');
  assert.equal(exitCode, 0x10);
  await client.close();
});

test('an extension replaces and wraps calls of Linux', async () => {
  assert.match(await outputToEnd(await launched(CAPITALS)), /^HELLO\n6 bytes/);
});

test('next runs the provider’s own body, with other arguments where they are given', async () => {
  const file = fileOf(
    'shorter.ts',
    writeHandler('call.state.seen++; return call.next(fd, buffer, count - 2) + call.state.seen;'),
  );
  const session = await launched(file, undefined, { trace: true });
  const output = await outputToEnd(session);
  assert.match(output, /^hell5 bytes written/);
  assert.match(outputOf(session.client, 'console'), /write\(1, "hello\\n", 6\) = 5/);
});

test('calls that Linux itself waits in start again from the handler’s first line', async () => {
  const file = fileOf(
    'pauses.ts',
    writeHandler(
      `call.state.seen++;
    if (call.outcome === undefined) return call.wait([], { until: call.kernel.time + 5_000_000, reason: 'thinks' });
    console.log('after', call.state.seen, call.outcome.kind, call.process.name, call.thread.id > 0, call.registers.number('rax'));
    return call.next();`,
    ),
  );
  const session = await launched(file);
  assert.match(await outputToEnd(session), /^hello\n6 bytes/);
  assert.match(outputOf(session.client, 'console'), /after 2 timeout hello true 1\n/);
});

test('saving the file replaces the handlers, and what the provider remembers stays', async () => {
  const before = writeHandler('call.state.seen += 40; return call.next();');
  const file = fileOf('saved.ts', before);
  const session = await launched(file, undefined, {}, client =>
    client.request('setFunctionBreakpoints', {
      breakpoints: [{ name: 'syscall:exit_group' }, { name: 'syscall:write' }],
    }),
  );
  const { client, threadId } = session;
  await client.request('continue', { threadId });
  await client.stopped();
  // The call has not been served yet: what is saved now serves it.
  writeFileSync(
    file,
    before.replace(
      'call.state.seen += 40; return call.next();',
      'call.state.seen += 2;\n    console.log(`new ${call.state.seen}`);\n    return call.next();',
    ),
  );
  const { problem } = await client.event<{ problem?: string }>('pico/providerReloaded');
  assert.equal(problem, undefined);
  await client.request('setBreakpoints', { source: { path: file }, breakpoints: [{ line: 5 }] });
  await client.request('continue', { threadId });
  const { reason } = await client.stopped();
  assert.equal(reason, 'breakpoint');
  assert.equal((await frames(session))[0], `write saved.ts:5`);
  await client.request('continue', { threadId });
  await client.stopped();
  await client.close();
  assert.match(outputOf(client, 'console'), /saved\.ts was reloaded; the next call runs the new code[^]*new 2\n/);
});

test('several files, JSON among them; types are checked in the background', async () => {
  fileOf(
    'words.ts',
    'import data from "./data.json";\nexport const word: string = data.word;\nexport const wrong: number = "text";\n',
  );
  fileOf('data.json', '{ "word": "from elsewhere\\n" }');
  const file = fileOf(
    'many.ts',
    writeHandler('call.kernel.write(1, word); return count;', "import { word } from './words.ts';"),
  );
  const session = await launched(file);
  const { problems } = await session.client.event<{
    problems: { path: string; line: number; code: string; severity: string }[];
  }>('pico/providerProblems', body => body.problems.length > 0);
  assert.deepEqual(
    problems.map(({ path: where, line, code, severity }) => [path.basename(where), line, code, severity]),
    [['words.ts', 3, 'TS2322', 'error']],
  );
  assert.match(await outputToEnd(session), /^from elsewhere\n6 bytes/);
  assert.match(
    outputOf(session.client, 'console'),
    /words\.ts:3:14 - error TS2322: Type 'string' is not assignable to type 'number'\./,
  );
});
