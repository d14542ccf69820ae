/** Several programs in one machine, and processes that nobody can look into, as a client meets them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guestPath } from './support/programs.ts';
import { stopped } from './support/sessions.ts';

test('programs alongside run in the same machine; the session ends with the last', async () => {
  const { client, threadId } = await stopped('hello', { alongside: [{ program: guestPath('exec') }] });
  const { processes } = await client.request('pico/processes', {});
  assert.deepEqual(
    processes.map(({ name, kind }) => `${name} ${kind}`),
    ['System system', 'hello pico', 'exec pico'],
  );
  await client.request('continue', { threadId });
  await client.event('terminated');
  await client.close();
});

test('a program alongside that cannot be found ends the launch with its name', async () => {
  await assert.rejects(stopped('hello', { alongside: [{ program: '/guest/absent' }] }), /absent/);
  await assert.rejects(stopped('hello', { alongside: [{ progam: '/guest/hello' }] }), /alongside\.0\.progam.*program/);
});

test('Secure System is there, and every way into its memory is refused with the reason', async () => {
  const { client } = await stopped('hello', { vbs: true });
  const { processes } = await client.request('pico/processes', {});
  const secure = processes.find(({ kind }) => kind === 'secure');
  assert.deepEqual([secure?.name, secure?.parent, secure?.threads], ['Secure System', 4, []]);
  const process = secure?.id ?? 0;
  const { addressSpace } = await client.request('pico/addressSpace', { process });
  assert.deepEqual(addressSpace?.allocations, []);
  const reason = /belongs to the secure kernel \(VTL 1\)/;
  assert.match(addressSpace?.refusal ?? '', reason);
  const memoryReference = `p${process}:0x10000`;
  await assert.rejects(client.request('readMemory', { memoryReference, count: 4 }), reason);
  await assert.rejects(client.request('writeMemory', { memoryReference, data: 'AAAA' }), reason);
  await assert.rejects(client.request('disassemble', { memoryReference, instructionCount: 1 }), reason);
  await assert.rejects(client.request('pico/openMemory', { process, address: 0x10000 }), reason);
  await assert.rejects(client.request('pico/openDisassembly', { process, address: 0x10000 }), reason);
  const system = /no user address space/;
  await assert.rejects(client.request('readMemory', { memoryReference: 'p4:0x10000', count: 4 }), system);
  await client.close();
});
