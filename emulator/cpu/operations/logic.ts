/** Bitwise logic: AND, OR, XOR, TEST, NOT, and ANDN. */

import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';

type Combine = (a: I64, b: I64) => I64;

function logic(combine: Combine): (e: Emitter) => void {
  return e => {
    const target = e.target(0);
    const a = target.read();
    const result = e.code.keep(combine(a, e.source(1)));
    target.write(result);
    e.setFlags('logic', e.size, result);
  };
}

function test(e: Emitter): void {
  const a = e.source(0);
  e.setFlags('logic', e.size, e.code.keep(i64.and(a, e.source(1))));
}

function not(e: Emitter): void {
  const target = e.target(0);
  target.write(i64.not(target.read()));
}

function andNot(e: Emitter): void {
  const a = e.source(1);
  const result = e.code.keep(i64.and(i64.not(a), e.source(2)));
  e.target(0).write(result);
  e.setFlags('logic', e.size, result);
}

export const logicRows = [
  ...rows('and', 'rmz rz | rz mz', logic(i64.and)),
  ...rows('or', 'rmz rz | rz mz', logic(i64.or)),
  ...rows('xor', 'rmz rz | rz mz', logic(i64.xor)),
  ...rows('test', 'rmz rz | rz mz', test),
  ...rows('not', 'rmz', not),
  ...rows('andn', 'ry ry rmy', andNot),
];
