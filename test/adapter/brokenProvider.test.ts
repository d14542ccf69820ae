/** Providers with mistakes in them: each is a clear sentence at the right place, and the session lives. */

import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { fileOf, GREETER, HELLO, launched, outputOf, outputToEnd, writeHandler } from './support/ownProvider.ts';
import type { DapClient } from '../support/dap.ts';
import { openAdapter } from './support/sessions.ts';

interface Problems {
  readonly problems: readonly { path: string; line: number; column: number; code: string; message: string }[];
}

let introduced: Promise<DapClient> | undefined;

/** One session for all launches that fail: as many times as people try. */
function newcomer(): Promise<DapClient> {
  introduced ??= (async () => {
    const client = openAdapter();
    await client.initialize();
    return client;
  })();
  return introduced;
}

/** Launches a provider that cannot be used: what the person reads, and the problem that was published, if one was. */
async function refused(
  file: string,
  configuration: object = {},
  program = HELLO,
): Promise<[string, string | undefined]> {
  const client = await newcomer();
  client.events.length = 0;
  const text = await client.refused('launch', { program, provider: file, seed: 1, ...configuration });
  const found = client.events
    .filter(({ event }) => event === 'pico/providerProblems')
    .flatMap(({ body }) => (body as Problems).problems)
    .at(-1);
  return [text, found && `${path.basename(found.path)}:${found.line}:${found.column} ${found.code}`];
}

/** Runs up to a failure of the provider: its description, and the first line of its stack. */
async function failure(name: string, text: string, program = HELLO): Promise<{ description: string; place: string }> {
  const { client, threadId } = await launched(fileOf(name, text), program);
  await client.request('continue', { threadId });
  const stop = await client.stopped();
  assert.equal(stop.reason, 'exception');
  const {
    exceptionId,
    description = '',
    details,
  } = await client.request('exceptionInfo', { threadId: stop.threadId ?? 0 });
  assert.equal(exceptionId, 'provider');
  await client.close();
  const [place = ''] = /[^/]+:\d+:\d+/.exec(details?.stackTrace ?? '') ?? [];
  return { description: description.split('\n')[0], place };
}

test('a handler that throws stops at its system call; mended and saved, the call is served again', async () => {
  const broken = writeHandler('const text = undefined as unknown as string;\n    return text.length;');
  const file = fileOf('throws.ts', broken);
  const { client, threadId } = await launched(file);
  await client.request('continue', { threadId });
  const { reason, description } = await client.stopped();
  assert.deepEqual(
    [reason, description],
    ['exception', "write: TypeError: Cannot read properties of undefined (reading 'length')"],
  );
  const { problems } = await client.event<Problems>('pico/providerProblems', ({ problems: found }) => found.length > 0);
  assert.deepEqual(
    problems.map(({ path: where, line, column, code }) => [where, line, column, code]),
    [[file, 5, 17, 'thrown']],
  );
  const { description: told, details } = await client.request('exceptionInfo', { threadId });
  assert.match(told ?? '', /^The provider failed: write: TypeError: .*\nMend the file and save it, then continue: .*$/);
  assert.match(details?.stackTrace ?? '', /^at write \(.*throws\.ts:5:17\)$/);
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const memoryReference = stackFrames[0].instructionPointerReference ?? '';
  const { instructions } = await client.request('disassemble', { memoryReference, instructionCount: 1 });
  assert.equal(instructions[0].instruction, 'syscall', 'nothing of the call has happened');
  await client.request('continue', { threadId });
  assert.equal((await client.stopped()).reason, 'exception', 'it is served again, and fails again');
  writeFileSync(file, broken.replace('return text.length', 'return call.next()'));
  await client.event('pico/providerReloaded');
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
  assert.match(outputOf(client, 'stdout'), /^hello\n6 bytes/);
});

test('a handler that loops for ever can be paused, looked at, and mended', async () => {
  const file = fileOf('loops.ts', writeHandler('let turns = 0;\n    for (;;) turns++;\n    return turns;'));
  const { client, threadId } = await launched(file);
  await client.request('continue', { threadId });
  // It takes a moment to get there.
  await new Promise(resolve => setTimeout(resolve, 300));
  await client.request('pause', { threadId: 0 });
  const { reason } = await client.stopped();
  assert.equal(reason, 'pause');
  const { stackFrames } = await client.request('stackTrace', { threadId });
  assert.deepEqual([stackFrames[0].name, stackFrames[0].line], ['write', 5]);
  const { result } = await client.request('evaluate', {
    expression: 'turns > 1000',
    frameId: stackFrames[0].id,
    context: 'watch',
  });
  assert.equal(result, 'true');
  await client.close();
});

test('answers that are no integers', async () => {
  for (const [name, answer, shown] of [
    ['nothing', 'undefined', 'undefined'],
    ['notANumber', '0 / 0', 'NaN'],
    ['half', '0.5', '0.5'],
    ['text', '"six"', 'six'],
    ['object', '{}', 'an object'],
    ['promise', 'Promise.resolve(6)', 'an object'],
  ]) {
    const { description } = await failure(`${name}.ts`, writeHandler(`return ${answer} as never;`));
    assert.equal(
      description,
      `The provider failed: write: TypeError: the handler answered ${shown}; it must answer an integer for RAX, or UNANSWERED (-268435456)`,
    );
  }
});

test('functions and host objects in the state are named by their path', async () => {
  const body = (value: string): string => writeHandler(`call.state.last = ${value}; return call.next();`);
  const inState = await failure('function.ts', body('{ list: [1, { call: () => 1 }] }'));
  assert.match(inState.description, /state\.last\.list\[1\]\.call holds a function; machine state must be plain data/);
  const host = await failure('host.ts', body('new Map([[3, new Date(0)]])'));
  assert.match(host.description, /state\.last\.get\(3\) holds a Date/);
  const inProcess = await failure(
    'process.ts',
    `import { definePicoProvider, text } from 'pico-provider';
export default definePicoProvider({ name: 'own', systemCalls: { say: { number: 1, arguments: [text('line')],
  handler(call) { call.process.state = { close() {} }; for (;;) return call.wait([call.kernel.inputEvent]); } } } });`,
    GREETER,
  );
  assert.match(inProcess.description, /process\.state\.close holds a function/);
});

test('mistakes of syntax, with their place', async () => {
  const [text, problem] = await refused(fileOf('syntax.ts', 'export default {\n  a: = 1,\n};\n'));
  assert.equal(text, 'The provider cannot be used: syntax.ts:2:6: Expression expected.');
  assert.equal(problem, 'syntax.ts:2:6 TS1109');
});

test('imports that reach beyond the machine are refused unless they are granted', async () => {
  const text = `import { readFileSync } from 'node:fs';\n${writeHandler('call.kernel.write(1, readFileSync("/etc/hostname")); return count;')}`;
  const file = fileOf('reaches.ts', text);
  const [why, problem] = await refused(file);
  assert.match(why, /reaches\.ts:1:\d+: 'node:fs' is not granted to this provider: .* add it to "providerImports"/);
  assert.match(problem ?? '', /^reaches\.ts:1:\d+ import$/);
  const session = await launched(file, undefined, { providerImports: ['node:fs'] });
  assert.match(await outputToEnd(session), /^\S+\n6 bytes/);
  const [missing] = await refused(fileOf('lonely.ts', "import './nobody.ts';\nexport default 1;\n"));
  assert.match(missing, /lonely\.ts:1:\d+: There is no file '\.\/nobody\.ts' beside lonely\.ts\./);
  const required = fileOf('required.js', "const fs = require('node:fs');\nmodule.exports = fs;\n");
  assert.match((await refused(required))[0], /'node:fs' is not granted/);
  const dynamic = fileOf('dynamic.ts', "const fs = await import('node:fs');\nexport default fs;\n");
  assert.match((await refused(dynamic))[0], /'node:fs' is not granted/);
});

test('files that are no providers', async () => {
  const lines: string[] = [];
  for (const [name, text] of [
    ['throwsAtOnce.ts', 'const list: number[] = [];\nlist[0].toFixed();\nexport default 1;\n'],
    ['nothing.ts', 'export const a = 1;\n'],
    ['number.ts', 'export default 7;\n'],
    ['newer.js', 'export default { apiVersion: 99, definition: {}, extension: undefined };\n'],
    [
      'unknownCall.js',
      "import { extendProvider, linux } from 'pico-provider';\nexport default extendProvider(linux, { opennat() { return 0; } });\n",
    ],
    [
      'noHandler.js',
      "import { extendProvider, linux } from 'pico-provider';\nexport default extendProvider(linux, { openat: 1 });\n",
    ],
    [
      'unknownBase.js',
      "import { extendProvider } from 'pico-provider';\nexport default extendProvider({ builtIn: 'dos' }, {});\n",
    ],
    [
      'twice.js',
      "import { definePicoProvider } from 'pico-provider';\nconst handler = () => 0;\nexport default definePicoProvider({ name: 'x', systemCalls: { a: { number: 1, arguments: [], handler }, b: { number: 1, arguments: [], handler } } });\n",
    ],
    [
      'nameless.js',
      "import { definePicoProvider } from 'pico-provider';\nexport default definePicoProvider({ systemCalls: {} });\n",
    ],
    [
      'badState.ts',
      "import { definePicoProvider } from 'pico-provider';\nexport default definePicoProvider({ name: 'x', state: () => { throw new Error('no state today'); }, systemCalls: {} });\n",
    ],
    [
      'badLoad.ts',
      "import { definePicoProvider } from 'pico-provider';\nexport default definePicoProvider({ name: 'x', systemCalls: {},\n  load() { throw new Error('cannot load'); } });\n",
    ],
    [
      'refuses.ts',
      "import { definePicoProvider } from 'pico-provider';\nexport default definePicoProvider({ name: 'x', systemCalls: {}, load: (process, { path }) => `${path} is too dull` });\n",
    ],
  ])
    lines.push(`${name}: ${(await refused(fileOf(name, text)))[0].replaceAll(HELLO, '/hello')}`);
  assert.deepEqual(lines, [
    "throwsAtOnce.ts: The provider cannot be used: throwsAtOnce.ts:2:9: The provider's file could not be run: TypeError: Cannot read properties of undefined (reading 'toFixed')",
    "nothing.ts: The provider cannot be used: The provider's file has no default export made by definePicoProvider or extendProvider.",
    "number.ts: The provider cannot be used: The provider's file has no default export made by definePicoProvider or extendProvider.",
    'newer.js: The provider cannot be used: The provider is written for version 99 of pico-provider; this debugger has version 1.',
    "unknownCall.js: The program could not be started: The provider's extension cannot be used: Linux has no system call opennat.",
    "noHandler.js: The program could not be started: The provider's extension cannot be used: openat is no function.",
    'unknownBase.js: The provider cannot be used: There is no provider dos to extend; there are: linux.',
    'twice.js: The provider cannot be used: The system calls a and b of x have the same number, 1.',
    'nameless.js: The provider cannot be used: The provider has no name.',
    'badState.ts: The provider cannot be used: badState.ts:2:69: state: Error: no state today',
    'badLoad.ts: The provider cannot be used: badLoad.ts:3:18: load: Error: cannot load',
    'refuses.ts: The program could not be started: /hello is too dull',
  ]);
  assert.match((await refused('/nowhere/at/all.ts'))[0], /The file '\/nowhere\/at\/all\.ts' does not exist/);
  assert.match((await refused('linus'))[0], /There is no provider 'linus'; did you mean 'linux'\?/);
  assert.match((await refused('dos'))[0], /a provider of your own is the path of its \.ts file/);
});

test('what belongs to the host is not there, and says what to use instead', async () => {
  for (const [code, advice] of [
    ['setTimeout(() => 1, 5)', /setTimeout is not there for providers: wait with call\.wait/],
    ['Date.now()', /Date\.now is not there for providers: use kernel\.wallClock/],
    ['new Date()', /Date\.now is not there for providers/],
    ['Math.random()', /Math\.random is not there for providers: use kernel\.random/],
    ['process.exit(1)', /process is not there for providers/],
  ] as const) {
    const { description, place } = await failure(
      `host${code.length}.js`,
      writeHandler(`${code}; return call.next();`).replace(' as unknown', ''),
    );
    assert.match(description, advice);
    assert.match(place, new RegExp(`^host${code.length}\\.js:4`));
  }
});

test('a save with a mistake leaves the code that runs', async () => {
  const good = writeHandler('return call.next();');
  const file = fileOf('half.ts', good);
  const session = await launched(file);
  const { client } = session;
  writeFileSync(file, good.replace('return', 'retrun'));
  const { problem } = await client.event<{ problem?: string }>('pico/providerReloaded');
  assert.match(problem ?? '', /half\.ts:4:\d+: /);
  assert.match(await outputToEnd(session), /^hello/);
  assert.match(outputOf(client, 'console'), /half\.ts was not reloaded: half\.ts:4:\d+: /);
});
