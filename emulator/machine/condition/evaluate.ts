/** The condition language at work: trees become functions of what is known at the stop. */

import { ConditionError, parseCondition } from './parse.ts';
import type { Node } from './parse.ts';

export type Value = bigint | string;

/** What a condition can look at. `undefined` means there is no such thing here. */
export interface Situation {
  /** `name`, `ret`, `pid`, an argument of the call… */
  variable(name: string): Value | undefined;
  register(name: string): bigint | undefined;
  /** Little-endian bytes of the process's memory. */
  memory(address: bigint, length: number): Uint8Array | undefined;
}

export type Program = (situation: Situation) => Value;

/** Names that conditions may use, for checking and for completion. */
export interface Vocabulary {
  /** Variables with a meaning of their own. */
  readonly variables: ReadonlySet<string>;
  /** Words that stand for themselves: names of calls, signals, exceptions. */
  readonly words: ReadonlySet<string>;
  readonly registers: ReadonlySet<string>;
}

/** Throws {@link ConditionError} for what is not a condition, unknown names included. */
export function compileCondition(text: string, vocabulary: Vocabulary): Program {
  return compile(parseCondition(text), vocabulary);
}

export function isTrue(value: Value): boolean {
  return typeof value === 'string' ? value !== '' : value !== 0n;
}

const FALSE = 0n;
const TRUE = 1n;
const SIZES: Readonly<Record<string, number>> = { u8: 1, u16: 2, u32: 4, u64: 8 };

function compile(node: Node, vocabulary: Vocabulary): Program {
  switch (node.kind) {
    case 'number':
    case 'string':
      return () => node.value;
    case 'register': {
      if (!vocabulary.registers.has(node.name)) throw new ConditionError(`there is no register $${node.name}`);
      return situation => situation.register(node.name) ?? FALSE;
    }
    case 'name': {
      if (vocabulary.variables.has(node.name)) return situation => situation.variable(node.name) ?? '';
      if (vocabulary.words.has(node.name)) return () => node.name;
      throw new ConditionError(`“${node.name}” is not known here; texts go into quotes, registers begin with $`);
    }
    case 'call':
      return compileCall(node, vocabulary);
    case 'unary': {
      const operand = compile(node.operand, vocabulary);
      if (node.operator === '!') return situation => (isTrue(operand(situation)) ? FALSE : TRUE);
      if (node.operator === '-') return situation => -number(operand(situation));
      return situation => ~number(operand(situation));
    }
    case 'in': {
      const operand = compile(node.operand, vocabulary);
      const list = node.list.map(item => compile(item, vocabulary));
      return situation => {
        const value = operand(situation);
        return list.some(item => equal(value, item(situation))) ? TRUE : FALSE;
      };
    }
    case 'binary':
      return compileBinary(node.operator, compile(node.left, vocabulary), compile(node.right, vocabulary));
  }
}

function compileCall(node: Node & { kind: 'call' }, vocabulary: Vocabulary): Program {
  const argument = node.arguments.map(item => compile(item, vocabulary));
  const size = SIZES[node.name];
  if (argument.length !== 1 || (size === undefined && node.name !== 'str'))
    throw new ConditionError(
      `there is no function ${node.name} of ${argument.length}; there are u8, u16, u32, u64 and str of an address`,
    );
  if (node.name === 'str')
    return situation => {
      let text = '';
      for (let at = number(argument[0](situation)); text.length < 4096; at++) {
        const byte = situation.memory(at, 1);
        if (!byte || byte[0] === 0) break;
        text += String.fromCharCode(byte[0]);
      }
      return text;
    };
  return situation => {
    const bytes = situation.memory(number(argument[0](situation)), size);
    return bytes ? bytes.reduceRight((sum, byte) => (sum << 8n) | BigInt(byte), 0n) : FALSE;
  };
}

function number(value: Value): bigint {
  return typeof value === 'string' ? FALSE : value;
}

function equal(left: Value, right: Value): boolean {
  return left === right;
}

/** `*` any characters, `?` one. */
function matches(text: Value, pattern: Value): boolean {
  const source = String(pattern)
    .replace(/[.+^${}()|[\]\\]/g, '\\$&')
    .replace(/\*/g, '.*')
    .replace(/\?/g, '.');
  return new RegExp(`^${source}$`, 's').test(String(text));
}

const TESTS: Readonly<Record<string, (left: Value, right: Value) => boolean>> = {
  '==': equal,
  '!=': (left, right) => !equal(left, right),
  '<': (left, right) => typeof left === typeof right && left < right,
  '<=': (left, right) => typeof left === typeof right && left <= right,
  '>': (left, right) => typeof left === typeof right && left > right,
  '>=': (left, right) => typeof left === typeof right && left >= right,
  '~': matches,
  '!~': (left, right) => !matches(left, right),
};

const ARITHMETIC: Readonly<Record<string, (left: bigint, right: bigint) => bigint>> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0n ? 0n : left / right),
  '%': (left, right) => (right === 0n ? 0n : left % right),
  '&': (left, right) => left & right,
  '|': (left, right) => left | right,
  '^': (left, right) => left ^ right,
  '<<': (left, right) => left << BigInt.asUintN(6, right),
  '>>': (left, right) => left >> BigInt.asUintN(6, right),
};

function compileBinary(operator: string, left: Program, right: Program): Program {
  if (operator === '&&') return situation => (isTrue(left(situation)) && isTrue(right(situation)) ? TRUE : FALSE);
  if (operator === '||') return situation => (isTrue(left(situation)) || isTrue(right(situation)) ? TRUE : FALSE);
  const test = TESTS[operator];
  if (test) return situation => (test(left(situation), right(situation)) ? TRUE : FALSE);
  const compute = ARITHMETIC[operator];
  return situation => compute(number(left(situation)), number(right(situation)));
}
