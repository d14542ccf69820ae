/** The condition language: what it says, and what it says about mistakes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileCondition, isTrue } from '../../emulator/machine/condition/evaluate.ts';
import type { Situation, Vocabulary } from '../../emulator/machine/condition/evaluate.ts';
import { compileHitCondition } from '../../emulator/machine/condition/hits.ts';
import { compileLogMessage } from '../../emulator/machine/condition/logMessage.ts';

const vocabulary: Vocabulary = {
  variables: new Set(['name', 'ret', 'pid', 'path', 'fd', 'line']),
  words: new Set(['openat', 'read', 'SIGSEGV', '#PF']),
  registers: new Set(['rax', 'rdi']),
};
const memory = new Uint8Array([0x44, 0x33, 0x22, 0x11, 0, 0, 0, 0x80, 104, 105, 0]);
const situation: Situation = {
  variable: name => ({ name: 'openat', ret: -2n, pid: 8n, path: '/etc/hosts', fd: 3n, line: 'a\tb\n' })[name],
  register: name => (name === 'rax' ? 0xffff_ffff_ffff_fffen : 4n),
  memory: (address, length) =>
    address >= 0n && Number(address) + length <= memory.length
      ? memory.slice(Number(address), Number(address) + length)
      : undefined,
};

const truths: readonly (readonly [string, boolean])[] = [
  ['name in (openat, read) && ret < 0', true],
  ['name == read || pid == 8', true],
  ['!(pid == 8)', false],
  ['path ~ "/etc/*"', true],
  ['path ~ "/etc/?"', false],
  ['path !~ "*.conf"', true],
  ['ret == -2', true],
  ['$rax == 0xfffffffffffffffe', true],
  ['u32(0) == 0x11223344', true],
  ['u64(0) >> 63 == 1', true],
  ['str(8) == "hi"', true],
  ['u8(99) == 0', true],
  ['"a\\n\\"" == path', false],
  ['line == "a\\tb\\n"', true],
  ['fd & 1 && fd * 2 + 1 == 7', true],
  ['10 / 0 == 0', true],
  ['path < 3', false],
  ['1 + 2 * 3 == 7 && (1 + 2) * 3 == 9', true],
];

for (const [text, expected] of truths)
  test(text, () => assert.equal(isTrue(compileCondition(text, vocabulary)(situation)), expected));

const mistakes: readonly (readonly [string, RegExp])[] = [
  ['nam == openat', /“nam” is not known/],
  ['ret <', /a value is missing before the end/],
  ['name in (openat', /“\)” is missing before “the end”/],
  ['ret < 0 foo', /“foo” does not belong there/],
  ['$rzx == 1', /no register \$rzx/],
  ['ret @ 1', /cannot be read from “@ 1” on/],
  ['peek(3)', /no function peek/],
  ['', /a value is missing/],
];

for (const [text, message] of mistakes)
  test(`mistake: ${text || '(nothing)'}`, () => assert.throws(() => compileCondition(text, vocabulary), { message }));

test('hit conditions', () => {
  const hits = (text: string): number[] => [1, 2, 3, 4, 5, 6].filter(compileHitCondition(text));
  assert.deepEqual([hits('5'), hits('== 2'), hits('% 3'), hits('<3'), hits('> 5')], [[5, 6], [2], [3, 6], [1, 2], [6]]);
  assert.throws(() => compileHitCondition('often'), /not a hit count/);
  assert.throws(() => compileHitCondition('% 0'), /never comes/);
});

test('log messages evaluate what stands in braces', () => {
  const log = compileLogMessage('{name}({fd}) of \\{x\\} = {ret}, rax {$rax}', vocabulary);
  assert.equal(log(situation), 'openat(3) of {x} = -2, rax 0xfffffffffffffffe');
  assert.throws(() => compileLogMessage('{nam}', vocabulary), /not known/);
});
