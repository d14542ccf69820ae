/** Memory as bytes and as instructions. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expectText } from '../support/dapText.ts';
import { stopped } from './support/sessions.ts';

test('reading, with holes', async () => {
  const { client } = await stopped('hello');
  const read = async (memoryReference: string, offset: number, count: number) => {
    const {
      address,
      data = '',
      unreadableBytes = 0,
    } = await client.request('readMemory', {
      memoryReference,
      offset,
      count,
    });
    return `${address} ${Buffer.from(data, 'base64').toString('latin1')} ${unreadableBytes}`;
  };
  assert.equal(await read('p8:0x402000', 0, 6), '0x402000 hello\n 0');
  assert.equal(await read('0x402004', -4, 5), '0x402000 hello 0');
  assert.equal(await read('4202496', 0, 5), '0x402000 hello 0');
  assert.equal(await read('p8:0x10', 0, 16), '0x10  16');
  assert.equal(await read('p8:0x3ffffe', 0, 6), '0x3ffffe  2');
  assert.equal(await read('p8:0x10', -32, 8), '0x0  8');
  assert.equal(await read('0xffffffffffffffff', 0, 8), '0x10000000000000000  8');
  assert.equal(await read('p8:0x402000', 0, 0), '0x402000  0');
  assert.equal(await read('p99:0x402000', 0, 4), '0x402000  4');
  await client.close();
});

test('writing, with the event for what is open', async () => {
  const { client } = await stopped('hello');
  const memoryReference = 'p8:0x402000';
  await client.request('readMemory', { memoryReference, count: 16 });
  await client.request('writeMemory', { memoryReference, offset: 1, data: Buffer.from('ELLO').toString('base64') });
  assert.deepEqual(await client.event('memory', ({ count }: { count: number }) => count === 4), {
    memoryReference,
    offset: 1,
    count: 4,
  });
  const { result } = await client.request('evaluate', { expression: 'str(greeting)', context: 'watch' });
  assert.equal(result, '"hELLO\\n"');
  await client.close();
});

test('disassembly is the same from wherever it is asked', async () => {
  const { client, threadId } = await stopped('hello');
  const { stackFrames } = await client.request('stackTrace', { threadId });
  const memoryReference = stackFrames[0].instructionPointerReference ?? '';
  client.takeTranscript();
  const rows = async (instructionOffset: number, instructionCount: number, offset = 0) => {
    const { instructions } = await client.request('disassemble', {
      memoryReference,
      offset,
      instructionOffset,
      instructionCount,
    });
    assert.equal(instructions.length, instructionCount);
    return instructions.map(({ address }) => address);
  };
  const all = await rows(0, 40);
  expectText(import.meta.url, 'disassemble.txt', client.takeTranscript());
  for (const start of [1, 7, 20, 39]) {
    const offset = Number(all[start]) - Number(all[0]);
    assert.deepEqual(await rows(-start, start + 1, offset), all.slice(0, start + 1));
  }
  const before = await rows(-200, 200);
  assert.deepEqual(await rows(-50, 50), before.slice(150));
  await client.close();
});

test('the ends of the address space', async () => {
  const { client } = await stopped('hello');
  const rows = async (memoryReference: string, instructionOffset: number, instructionCount: number) => {
    const body = await client.request('disassemble', { memoryReference, instructionOffset, instructionCount });
    return body.instructions.map(({ address, presentationHint }) => `${address} ${presentationHint}`);
  };
  const bottom = await rows('p8:0x0', -3, 5);
  assert.deepEqual(bottom.slice(0, 4), ['-1 invalid', '-1 invalid', '-1 invalid', '0x0 invalid']);
  const top = await rows('p8:0x7ffffffffff0', 0, 20);
  assert.equal(top.length, 20);
  assert.equal(top.at(-1), '-1 invalid');
  const addresses = top.filter(row => !row.startsWith('-1')).map(row => BigInt(row.split(' ')[0]));
  assert.equal(new Set(addresses).size, addresses.length);
  assert.equal((await rows('p8:0xffffffffffffffff', -2, 5)).length, 5);
  await client.close();
});

test('an edit of code shows in its document', async () => {
  const { client, threadId } = await stopped('hello');
  const before = (await client.request('stackTrace', { threadId })).stackFrames[0].source?.sourceReference ?? 0;
  await client.request('writeMemory', { memoryReference: 'p8:0x401002', data: Buffer.from([0x90]).toString('base64') });
  const after = (await client.request('stackTrace', { threadId })).stackFrames[0].source?.sourceReference ?? 0;
  assert.notEqual(after, before);
  assert.match((await client.request('source', { sourceReference: after })).content, /nop/);
  await client.close();
});
