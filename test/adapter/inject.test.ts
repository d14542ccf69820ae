/** Fault injection in sessions: by the launch, by requests, and for the call at which the guest stands. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectText } from '../support/dapText.ts';
import { guestPath, launching } from './support/programs.ts';
import { goOn, openAdapter, stopped } from './support/sessions.ts';

const NT = fileURLToPath(new URL('../../samples/nt/hello', import.meta.url));

/** The same on every computer. */
function guest(name: string): object {
  return { program: guestPath(name), mounts: launching(name).mounts, seed: 1, bootTime: 0 };
}

test('inject at launch; stops and traces say what was injected', async () => {
  const inject = ['write:error=ENOSPC:when=2', 'write:delay=10ms:when=1', 'write:retval=4:if=count == 9'];
  const client = openAdapter();
  await client.start({ ...guest('hello'), stopOnEntry: false, trace: true, inject }, () =>
    client.request('setExceptionBreakpoints', { filters: ['syscall-failed'] }),
  );
  const { threadId = 0, text } = await client.stopped();
  assert.equal(text, 'write(1, "bye\\n", 4) = -1 ENOSPC (No space left on device) (INJECTED)');
  await client.request('pico/injections', {});
  await client.request('continue', { threadId });
  assert.deepEqual(await client.event('exited'), { exitCode: 3 });
  await client.event('terminated');
  await client.close();
  const transcript = client.takeTranscript();
  expectText(import.meta.url, 'inject.txt', transcript.slice(transcript.indexOf('→ launch')));
});

test('return this error instead: at a dispatch stop, and at the instruction', async () => {
  const session = await stopped('hello', guest('hello'), client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  const { client, threadId } = session;
  const refused = /does not stand at a system call/;
  await assert.rejects(client.request('pico/injectResult', { threadId, error: 'EIO' }), refused);
  await goOn(session);
  await client.request('pico/systemCall', { threadId });
  const { errors } = await client.request('pico/errors', { threadId });
  assert.deepEqual(errors[1], { name: 'ENOENT', result: -2, meaning: 'No such file or directory' });
  client.takeTranscript();
  await assert.rejects(client.request('pico/injectResult', { threadId, error: 'EIOO' }), /did you mean 'EIO'/);
  await assert.rejects(client.request('pico/injectResult', { threadId, error: 'EIO', value: '1' }), /one result/);
  await assert.rejects(client.request('pico/injectResult', { threadId, value: 'x' }), /no error 'x'/);
  await assert.rejects(client.request('pico/injectResult', { threadId: 99, value: '1' }), /thread 99 has ended/);
  for (const answer of [{ value: '0x7' }, {}, { error: 'EIO' }]) {
    await client.request('pico/injectResult', { threadId, ...answer });
    await client.event('invalidated');
  }
  await client.request('pico/systemCall', { threadId });
  await client.request('setExceptionBreakpoints', { filters: ['syscall-exit'] });
  await goOn(session);
  await client.request('evaluate', { expression: '$rax', context: 'watch' });
  // The second call: by steps to its instruction, without a stop of dispatch.
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'print' }] });
  await client.request('setExceptionBreakpoints', { filters: [] });
  await goOn(session);
  for (let step = 0; step < 6; step++) {
    await client.request('stepIn', { threadId });
    await client.stopped();
  }
  await client.request('evaluate', { expression: 'return EPIPE', context: 'repl' });
  await client.event('invalidated');
  await client.request('next', { threadId });
  await client.stopped();
  await client.request('evaluate', { expression: '$rax', context: 'watch' });
  await client.request('continue', { threadId });
  assert.deepEqual(await client.event('exited'), { exitCode: 3 });
  await client.event('terminated');
  await client.close();
  const transcript = client.takeTranscript();
  assert.doesNotMatch(transcript, /"output": "hello|"output": "bye/, 'neither call was served');
  expectText(import.meta.url, 'injectResult.txt', transcript);
});

test('faults can be changed while the program runs', async () => {
  const session = await stopped('hello', guest('hello'), client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  const { client } = session;
  const problems = async (...inject: string[]): Promise<unknown> =>
    (await client.request('pico/checkInjections', { inject })).problems;
  assert.deepEqual(await problems('write:delay=1ms', 'wriet:error=EIO', 'write:error=EIO:if=fd ='), [
    { index: 1, message: "there is no system call 'wriet'; did you mean 'write'?" },
  ]);
  assert.deepEqual(await problems('write:error=EIO:if=fd ='), [
    { index: 0, message: '“fd =” cannot be read from “=” on' },
  ]);
  await assert.rejects(
    client.request('pico/setInjections', { inject: ['write:error=EIO', 'exit:error=EIO'] }),
    /inject\.1: exit does not return/,
  );
  assert.deepEqual(await client.request('pico/injections', {}), { inject: [] });
  await client.request('pico/setInjections', { inject: ['write:error=EIO:when=2'] });
  const evaluate = async (expression: string): Promise<string> =>
    (await client.request('evaluate', { expression, context: 'repl' })).result;
  assert.equal(await evaluate('inject'), 'write:error=EIO:when=2');
  await assert.rejects(evaluate('inject write:eror=EIO'), /did you mean 'error'/);
  assert.equal(await evaluate('inject write:delay=1s'), 'write:error=EIO:when=2\nwrite:delay=1s');
  await goOn(session);
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  await client.request('setExceptionBreakpoints', { filters: ['syscall-exit'] });
  assert.equal((await goOn(session)).text, 'write(1, "hello\\n", 6) = 6 (DELAYED)');
  assert.equal((await goOn(session)).text, 'write(1, "bye\\n", 4) = -1 EIO (Input/output error) (INJECTED) (DELAYED)');
  assert.equal(await evaluate('inject none'), 'Nothing is injected.');
  await client.close();
});

test('a restart injects the same again, counted from the start', async () => {
  const session = await stopped('hello', { ...guest('hello'), inject: ['write:error=EIO:when=2'] });
  const { client } = session;
  await client.request('setExceptionBreakpoints', { filters: ['syscall-failed'] });
  assert.match((await goOn(session)).text ?? '', /INJECTED/);
  await client.request('restart', {});
  const again = await client.stopped();
  assert.match((await goOn({ client, threadId: again.threadId ?? 0 })).text ?? '', /"bye\\n", 4\) = -1 EIO/);
  await client.close();
});

test('in provider code it is too late for another result; a step in at an answered call stays in the guest', async () => {
  const session = await stopped('hello', guest('hello'), client =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:write' }] }),
  );
  const { client, threadId } = session;
  await goOn(session);
  await client.request('stepIn', { threadId });
  await client.stopped();
  assert.deepEqual(await client.request('pico/systemCall', { threadId }), {});
  await assert.rejects(client.request('pico/injectResult', { threadId, error: 'EIO' }), /serving the call already/);
  await goOn(session);
  await client.request('pico/injectResult', { threadId, error: 'EIO' });
  await client.request('stepIn', { threadId });
  await client.stopped();
  const { stackFrames } = await client.request('stackTrace', { threadId });
  assert.equal(stackFrames[0].name, 'print');
  assert.equal((await client.request('evaluate', { expression: '$rax' })).result, '0xfffffffffffffffb');
  await client.close();
});

test('launches that cannot be: the element is named', async () => {
  const cases: [object, RegExp][] = [
    [{ inject: ['opnat:error=ENOENT'] }, /'inject\.0': there is no system call 'opnat'; did you mean 'openat'\?$/m],
    [{ inject: ['read:delay=1ms', 'read:error=ENOTHING'] }, /'inject\.1': there is no error 'ENOTHING'/],
    [{ inject: ['exit_group:retval=0'] }, /'inject\.0': exit_group does not return to its caller/],
    [{ inject: ['read:delay=1ms:if=nothing == 1'] }, /'inject\.0': “nothing” is not known here/],
    [{ inject: 'read:delay=1ms' }, /'inject': expected a list/],
    [{ inject: [7] }, /'inject\.0': expected a text/],
    [{ injects: [] }, /Did you mean 'inject'\?/],
  ];
  for (const [configuration, message] of cases) {
    const client = openAdapter();
    await client.request('initialize', { adapterID: 'pico' });
    await assert.rejects(client.request('launch', { ...guest('hello'), ...configuration }), message);
    await client.close();
  }
});

test('traditional processes: statuses', async () => {
  const client = openAdapter();
  const mounts = [{ host: NT, guest: '/nt', mode: 'ro' }];
  const inject = ['NtWriteFile:error=STATUS_ACCESS_DENIED:when=1'];
  await client.start({ program: `/nt/${path.basename('hello.exe')}`, mounts, stopOnEntry: false, inject }, () =>
    client.request('setExceptionBreakpoints', { filters: ['syscall-failed'] }),
  );
  const { threadId = 0, text } = await client.stopped();
  assert.match(text ?? '', /^NtWriteFile\(.* = STATUS_ACCESS_DENIED \(0xc0000022\) \(INJECTED\)$/);
  const { errors } = await client.request('pico/errors', { threadId });
  assert.ok(errors.some(({ name, meaning }) => name === 'STATUS_ACCESS_DENIED' && meaning === '0xc0000022'));
  assert.ok(!errors.some(({ name }) => name === 'STATUS_PENDING' || name.startsWith('E')));
  await client.close();
});
