/** A traditional NT program in a session: breakpoints on services, symbols of images, TEB and PEB. */

import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { expectText } from '../support/dapText.ts';
import { goOn, openAdapter } from './support/sessions.ts';

const SAMPLES = fileURLToPath(new URL('../../samples/nt', import.meta.url));
const GUESTS = fileURLToPath(new URL('../guests/nt', import.meta.url));
const launching = (host: string, program: string): object => ({
  program: `/nt/${program}`,
  mounts: [{ host, guest: '/nt', mode: 'ro' }],
  seed: 1,
  bootTime: 0,
});

test('break on NtWriteFile; stack, modules, variables', async () => {
  const client = openAdapter();
  await client.start(launching(path.join(SAMPLES, 'hello'), 'hello.exe'), () =>
    client.request('setFunctionBreakpoints', {
      breakpoints: [{ name: 'hello!main' }, { name: 'NtWriteFile' }, { name: 'syscall:NtOpenFile' }],
    }),
  );
  const { threadId = 0 } = await client.stopped();
  const session = { client, threadId };
  await client.request('stackTrace', { threadId });
  await goOn(session);
  await client.request('stackTrace', { threadId });
  await goOn(session);
  const { stackFrames } = await client.request('stackTrace', { threadId });
  assert.deepEqual(
    stackFrames.slice(0, 4).map(({ name }) => name),
    ['ntdll!NtWriteFile', 'hello!write', 'hello!main', 'ntdll!RtlUserThreadStart'],
  );
  const { instructionPointerReference = '' } = stackFrames[0];
  await client.request('disassemble', { memoryReference: instructionPointerReference, instructionCount: 4 });
  await client.request('modules', {});
  const { scopes } = await client.request('scopes', { frameId: stackFrames[0].id });
  for (const name of ['TEB', 'PEB']) {
    const scope = scopes.find(each => each.name === name);
    await client.request('variables', { variablesReference: scope?.variablesReference ?? 0 });
  }
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'syscall:NtOpenFile' }] });
  const stop = await goOn(session);
  assert.equal(
    stop.text,
    'NtOpenFile(0x2010fee8, 0x100001, "\\\\??\\\\C:\\\\nt\\\\hello.exe", 0x2010fed8, FILE_SHARE_READ, FILE_SYNCHRONOUS_IO_NONALERT)',
  );
  await client.request('continue', { threadId });
  assert.deepEqual(await client.event('exited'), { exitCode: 42 });
  await client.close();
  const text = client.takeTranscript();
  expectText(import.meta.url, 'traditional.txt', text.slice(text.indexOf('→ launch')));
});

test('exceptions stop by the status that they have', async () => {
  const client = openAdapter();
  await client.start(launching(path.join(GUESTS, 'exceptions'), 'exceptions.exe'), () =>
    client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'exception:STATUS_INTEGER_DIVIDE_BY_ZERO' }] }),
  );
  const { threadId = 0 } = await client.stopped();
  const stop = await goOn({ client, threadId });
  assert.equal(stop.text, '#DE (STATUS_INTEGER_DIVIDE_BY_ZERO)');
  const { exceptionId } = await client.request('exceptionInfo', { threadId });
  assert.equal(exceptionId, '#DE (STATUS_INTEGER_DIVIDE_BY_ZERO)');
  await client.request('continue', { threadId });
  assert.deepEqual(await client.event('exited'), { exitCode: 0xc000_0005 });
  await client.close();
});
