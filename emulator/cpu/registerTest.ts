/** Tests of general registers that are made to WebAssembly, for breakpoints that are passed often and stop seldom. */

import { registerSlot } from './record.ts';
import type { I32, I64 } from './wasm/expression.ts';
import { i32, i64 } from './wasm/scalar.ts';

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

/** A general register by number, of which the bits in `mask` count, or a number below 2^64. */
export type RegisterTerm = { readonly register: number; readonly mask: bigint } | { readonly value: bigint };

/** Comparisons are unsigned. */
export type RegisterTest =
  | { readonly operator: Comparison; readonly left: RegisterTerm; readonly right: RegisterTerm }
  | { readonly operator: 'and' | 'or'; readonly tests: readonly RegisterTest[] }
  | { readonly operator: 'not'; readonly test: RegisterTest };

const COMPARISONS: Readonly<Record<Comparison, (left: I64, right: I64) => I32>> = {
  '==': i64.eq,
  '!=': i64.ne,
  '<': i64.ltu,
  '<=': i64.leu,
  '>': i64.gtu,
  '>=': i64.geu,
};

function term(of: RegisterTerm): I64 {
  if ('value' in of) return i64.const(BigInt.asIntN(64, of.value));
  return i64.and(i64.load(0, registerSlot(of.register)), BigInt.asIntN(64, of.mask));
}

/** Whether the test holds for the register file in memory, as 0 or 1. */
export function testExpression(test: RegisterTest): I32 {
  if (test.operator === 'not') return i32.eqz(testExpression(test.test));
  if ('tests' in test) {
    const join = test.operator === 'and' ? i32.and : i32.or;
    return test.tests.map(testExpression).reduce((all, one) => join(all, one));
  }
  return COMPARISONS[test.operator](term(test.left), term(test.right));
}
