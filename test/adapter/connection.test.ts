/** Framing: messages in any pieces, and garbage between them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Framing, type FramingPart, frame } from '../../adapter/connection.ts';

const first = { seq: 1, type: 'request', command: 'threads' };
const second = { seq: 2, type: 'event', event: 'output', body: { output: 'ħéllö \u{1f600}' } };

function inPieces(bytes: Buffer, cuts: readonly number[]): FramingPart[] {
  const framing = new Framing();
  const places = [...new Set(cuts.map(cut => cut % bytes.length))].sort((left, right) => left - right);
  return [...places, bytes.length].flatMap((end, index) => framing.push(bytes.subarray(places[index - 1] ?? 0, end)));
}

test('messages survive any cuts', () => {
  const bytes = Buffer.from(frame(first) + frame(second));
  fc.assert(
    fc.property(fc.array(fc.nat()), cuts => {
      assert.deepEqual(inPieces(bytes, cuts), [{ message: first }, { message: second }]);
    }),
  );
});

test('after garbage the next message is read', () => {
  const garbage = [
    'Content-Type: text\r\n\r\n',
    'Content-Length: 3\r\n\r\n{a}',
    'Content-Length: 2\r\n\r\n[]',
    'Content-Length: 99999999999999\r\n\r\n',
  ];
  for (const each of garbage) {
    const parts = new Framing().push(Buffer.from(each + frame(first)));
    assert.equal(parts.length, 2, each);
    assert.ok('problem' in parts[0], each);
    assert.deepEqual(parts[1], { message: first });
  }
});

test('other headers and their order do not matter', () => {
  const text = JSON.stringify(first);
  const bytes = Buffer.from(`X-Other: 1\r\ncontent-length: ${text.length}\r\n\r\n${text}`);
  assert.deepEqual(new Framing().push(bytes), [{ message: first }]);
});
