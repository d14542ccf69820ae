/**
 * Conditions on general registers alone, in a form that the processor tests by itself: comparisons with numbers and with
 * each other, joined by `&&`, `||` and `!`. Others it leaves to `evaluate.ts`.
 */

import type { Comparison, RegisterTerm, RegisterTest } from '../../cpu/registerTest.ts';
import { WORD_NAMES } from '../../cpu/registers.ts';
import { parseCondition } from './parse.ts';
import type { Node } from './parse.ts';

const COMPARISONS: ReadonlySet<string> = new Set(['==', '!=', '<', '<=', '>', '>=']);
const GENERAL_REGISTERS = 16;
const ALL = 0xffff_ffff_ffff_ffffn;

/** The condition, which has been compiled without errors, as a test; undefined if it asks for more. */
export function registerTest(condition: string): RegisterTest | undefined {
  return testOf(parseCondition(condition));
}

function testOf(node: Node): RegisterTest | undefined {
  if (node.kind === 'unary' && node.operator === '!') {
    const test = testOf(node.operand);
    return test && { operator: 'not', test };
  }
  if (node.kind !== 'binary') return undefined;
  if (node.operator === '&&' || node.operator === '||') {
    const [left, right] = [testOf(node.left), testOf(node.right)];
    return left && right && { operator: node.operator === '&&' ? 'and' : 'or', tests: [left, right] };
  }
  if (!COMPARISONS.has(node.operator)) return undefined;
  const [left, right] = [termOf(node.left), termOf(node.right)];
  return left && right && { operator: node.operator as Comparison, left, right };
}

function termOf(node: Node): RegisterTerm | undefined {
  if (node.kind === 'number') return node.value <= ALL ? { value: node.value } : undefined;
  if (node.kind === 'register') {
    const register = (WORD_NAMES as readonly string[]).indexOf(node.name);
    return register >= 0 && register < GENERAL_REGISTERS ? { register, mask: ALL } : undefined;
  }
  if (node.kind !== 'binary' || node.operator !== '&') return undefined;
  const [left, right] = [termOf(node.left), termOf(node.right)];
  if (!left || !right || !('register' in left) || !('value' in right)) return undefined;
  return { register: left.register, mask: left.mask & right.value };
}
