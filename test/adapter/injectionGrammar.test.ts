/** The grammar of fault injection, strace(1)'s `--inject` as far as it goes here. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { InjectionSyntaxError, parseAnswer, parseInjection, parseInjections } from '../../adapter/injections.ts';

const named = (...names: string[]): { name: string }[] => names.map(name => ({ name }));
const NAMES = {
  calls: named('openat', 'open', 'read', 'write', 'mmap'),
  errors: named('ENOENT', 'ENOMEM', 'EACCES'),
};

const parse = (text: string): object => {
  const { text: _, ...rest } = parseInjection(text, NAMES);
  return rest;
};
const always = { first: 1, last: Infinity, step: 1 };

test('what strace understands', () => {
  const none = { delayEnter: 0, delayExit: 0, when: always };
  assert.deepEqual(parse('openat:error=ENOENT:when=3'), {
    ...none,
    calls: ['openat'],
    answer: { error: 'ENOENT' },
    when: { first: 3, last: 3, step: 1 },
  });
  assert.deepEqual(parse('read, write:retval=0x10'), { ...none, calls: ['read', 'write'], answer: { value: 16n } });
  assert.deepEqual(parse('all:retval=-1'), { ...none, calls: ['*'], answer: { value: -1n } });
  assert.deepEqual(parse('*:delay_enter=500:delay_exit=1.5ms'), {
    ...none,
    calls: ['*'],
    delayEnter: 500_000,
    delayExit: 1_500_000,
  });
  assert.deepEqual(parse('write:delay=2s:if=path ~ "a:b*" && fd == 1'), {
    ...none,
    calls: ['write'],
    delayEnter: 2_000_000_000,
    condition: 'path ~ "a:b*" && fd == 1',
  });
});

test('when: first, first+, first+step, first..last, first..last+step', () => {
  const when = (text: string): unknown => parseInjection(`mmap:error=ENOMEM:when=${text}`, NAMES).when;
  assert.deepEqual(['10', '10+', '10+3', '2..5', '2..5+', '1..9+2'].map(when), [
    { first: 10, last: 10, step: 1 },
    { first: 10, last: Infinity, step: 1 },
    { first: 10, last: Infinity, step: 3 },
    { first: 2, last: 5, step: 1 },
    { first: 2, last: 5, step: 1 },
    { first: 1, last: 9, step: 2 },
  ]);
});

test('mistakes are sentences that name what is wrong', () => {
  const texts = [
    '',
    ':error=ENOENT',
    'openat',
    'openat:when=3',
    'opnat:error=ENOENT',
    'openat,:error=ENOENT',
    'openat:error=enoent',
    'openat:error=2',
    'openat:error=',
    'openat:fault=ENOENT',
    'openat:signal=SIGTERM',
    'openat:error=ENOENT:error=EACCES',
    'openat:error=ENOENT:retval=3',
    'openat:retval=three',
    'openat:retval=0x10000000000000000',
    'openat:delay=10min',
    'openat:delay=-1',
    'openat:delay=99999999s',
    'openat:error=ENOENT:when=',
    'openat:error=ENOENT:when=0',
    'openat:error=ENOENT:when=5..2',
    'openat:error=ENOENT:when=1+0',
    'openat:error=ENOENT:constructor=1',
  ];
  const { injections, problems } = parseInjections(texts, NAMES);
  assert.deepEqual(injections, []);
  assert.deepEqual(
    problems.map(({ index, message }) => `${texts[index]} → ${message}`),
    [
      ' → name a system call, such as openat:error=ENOENT',
      ':error=ENOENT → name a system call, such as openat:error=ENOENT',
      'openat → nothing is injected; add :error=NAME, :retval=VALUE or :delay=TIME',
      'openat:when=3 → nothing is injected; add :error=NAME, :retval=VALUE or :delay=TIME',
      "opnat:error=ENOENT → there is no system call 'opnat'; did you mean 'openat'?",
      "openat,:error=ENOENT → there is no system call ''",
      "openat:error=enoent → there is no error 'enoent'; did you mean 'ENOENT'?",
      "openat:error=2 → there is no error '2'",
      "openat:error= → there is no error ''",
      "openat:fault=ENOENT → 'fault' is none of error, retval, delay, delay_enter, delay_exit, when, if",
      "openat:signal=SIGTERM → 'signal' is none of error, retval, delay, delay_enter, delay_exit, when, if",
      "openat:error=ENOENT:error=EACCES → 'error=' is there twice",
      "openat:error=ENOENT:retval=3 → a call has one result: 'error=' or 'retval='",
      "openat:retval=three → 'three' is not a whole number",
      "openat:retval=0x10000000000000000 → '0x10000000000000000' does not fit into 64 bits",
      "openat:delay=10min → '10min' is not a time; write 500us, 10ms or 2s",
      "openat:delay=-1 → '-1' is not a time; write 500us, 10ms or 2s",
      "openat:delay=99999999s → '99999999s' is more than a year",
      "openat:error=ENOENT:when= → '' does not say which calls; write 3, 3+, 3+2, 3..8 or 3..8+2",
      "openat:error=ENOENT:when=0 → '0' does not say which calls; write 3, 3+, 3+2, 3..8 or 3..8+2",
      "openat:error=ENOENT:when=5..2 → '5..2' does not say which calls; write 3, 3+, 3+2, 3..8 or 3..8+2",
      "openat:error=ENOENT:when=1+0 → '1+0' does not say which calls; write 3, 3+, 3+2, 3..8 or 3..8+2",
      "openat:error=ENOENT:constructor=1 → 'constructor' is none of error, retval, delay, delay_enter, delay_exit, when, if",
    ],
  );
});

test('no text makes the parser do anything but parse or explain', () => {
  const piece = fc.constantFrom('openat', ':', '=', 'error', 'ENOENT', 'when', '1', '..', '+', ',', 'delay', 'ms', ' ');
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(piece).map(pieces => pieces.join('')),
      ),
      text => {
        const { injections, problems } = parseInjections([text], NAMES);
        assert.equal(injections.length + problems.length, 1);
      },
    ),
  );
});

test('answers of single calls: an error by name, or a number', () => {
  assert.deepEqual(parseAnswer('ENOMEM', NAMES.errors), { error: 'ENOMEM' });
  assert.deepEqual(parseAnswer('-0x2', NAMES.errors), { value: -2n });
  assert.throws(() => parseAnswer('ENOMEN', NAMES.errors), InjectionSyntaxError);
});
