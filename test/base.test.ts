/** Plain data copies, words and chance: what all else stands on. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clone } from '../emulator/base/clone.ts';
import { fillRandom, seedRandom } from '../emulator/base/random.ts';
import { highWord, lowWord, signed64, unsigned64 } from '../emulator/base/words.ts';

test('a copy shares nothing and keeps shape, cycles included', () => {
  const shared = { list: [1, 2n, 'three'], bytes: new Uint8Array([1, 2]) };
  const state: Record<string, unknown> = { a: shared, b: shared, map: new Map([[1, shared]]), set: new Set([1]) };
  state.self = state;
  const copy = clone(state) as typeof state & { a: typeof shared; map: Map<number, unknown> };
  assert.deepEqual(copy, state);
  assert.notEqual(copy.a, shared);
  assert.equal(copy.a, copy.b);
  assert.equal(copy.map.get(1), copy.a);
  assert.equal(copy.self, copy);
  copy.a.bytes[0] = 9;
  assert.equal(shared.bytes[0], 1);
});

test('what is not plain data is named by its path', () => {
  assert.throws(
    () => clone({ files: new Map([[3, { close: () => 0 }]]) }),
    /state\.files\.get\(3\)\.close holds a function/,
  );
  assert.throws(() => clone({ at: new Date() }), /state\.at holds a Date/);
});

test('64-bit words from halves and back', () => {
  for (const value of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 32, 2 ** 47 - 1, -(2 ** 52), 2 ** 53 - 1])
    assert.equal(signed64(lowWord(value), highWord(value)), value);
  assert.equal(unsigned64(-1, 0), 2 ** 32 - 1);
  assert.equal(unsigned64(0, 0x7fff), 0x7fff_0000_0000);
});

test('the same seed gives the same bytes', () => {
  const [a, b, c] = [1, 1, 2].map(seed => {
    const bytes = new Uint8Array(33);
    fillRandom(seedRandom(seed), bytes);
    return bytes;
  });
  assert.deepEqual(a, b);
  assert.notDeepEqual(a, c);
});
