/** Evaluates what the user types, and says what may be assigned to. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { assignMemory, assignRegister } from './assign.ts';
import type { Debuggee, Program } from './debuggee.ts';
import { badValue, cannotEvaluate, noThreadInView, notAssignable } from './errors.ts';
import {
  addressOf,
  bitsOf,
  bytesFor,
  type Expression,
  isFloat,
  memoryText,
  parseExpression,
  registersIn,
  type Scope,
  valueOf,
} from './expressions.ts';
import { memoryReference } from './memoryReferences.ts';
import { formatBits, formatFlags, parseInteger, readPart } from './registers.ts';
import { pointerText } from './variables.ts';

export interface Evaluated {
  readonly result: string;
  readonly type?: string;
  readonly variablesReference: number;
  readonly indexedVariables?: number;
  readonly memoryReference?: string;
  readonly presentationHint?: Dap.VariablePresentationHint;
}

export async function evaluateExpression(program: Program, scope: Scope, text: string): Promise<Evaluated> {
  const expression = parseExpression(text);
  if (!expression || (expression.kind === 'symbol' && !(await isSymbol(program, scope, expression.name)))) {
    return byMachine(program, scope, text);
  }
  if (expression.kind === 'memory') {
    const address = await addressOf(program, scope, expression);
    return {
      result: await memoryText(program, scope, expression.type, address),
      type: expression.type,
      variablesReference: 0,
      memoryReference: memoryReference(scope.process, address),
    };
  }
  if (expression.kind === 'register' && (expression.part.bits !== 64 || expression.part.register === 'rflags')) {
    const { part } = expression;
    const value = readPart(await registersIn(program, scope), part);
    const isFlags = part.register === 'rflags' && part.bits > 1;
    return {
      result: isFlags ? formatFlags(value) : formatBits(value, part.bits),
      type: `u${part.bits}`,
      variablesReference: 0,
    };
  }
  const { value, ...rest } = await pointerText(program, scope.process, await valueOf(program, scope, expression));
  return { result: value, type: 'u64', variablesReference: 0, ...rest };
}

/** A number, or a sum of registers, symbols and memory that gives one, for a place of `bits`. */
export async function evaluateInteger(program: Program, scope: Scope, text: string, bits: number): Promise<bigint> {
  const plain = parseInteger(text, bits);
  if (plain !== undefined) return plain;
  const expression = parseExpression(text);
  if (!expression) throw badValue(text, `a ${bits}-bit number`);
  const value = await valueOf(program, scope, expression);
  if (value >> BigInt(bits)) throw badValue(text, `a ${bits}-bit number`);
  return value;
}

/** Assigns and answers with the new value, as `setExpression` and the console want it. */
export async function assign(
  debuggee: Debuggee,
  program: Program,
  scope: Scope,
  target: string,
  text: string,
): Promise<Evaluated> {
  const expression = parseExpression(target);
  if (expression?.kind === 'register') {
    if (scope.thread === undefined) throw noThreadInView();
    const value = await evaluateInteger(program, scope, text, expression.part.bits);
    await assignRegister(debuggee, program, scope.thread, expression.name, value);
  } else if (expression?.kind === 'memory' && expression.type !== 'str') {
    await assignMemoryTo(debuggee, program, scope, expression, text);
  } else {
    throw notAssignable(target);
  }
  return evaluateExpression(program, scope, target);
}

async function assignMemoryTo(
  debuggee: Debuggee,
  program: Program,
  scope: Scope,
  expression: Extract<Expression, { kind: 'memory' }>,
  text: string,
): Promise<void> {
  const address = await addressOf(program, scope, expression);
  const { type } = expression;
  if (isFloat(type) && (text.trim() === '' || Number.isNaN(Number(text)))) throw badValue(text, 'a number');
  const value = isFloat(type) ? Number(text) : await evaluateInteger(program, scope, text, bitsOf(type));
  await assignMemory(debuggee, program, scope.process, address, bytesFor(type, value));
}

async function isSymbol(program: Program, scope: Scope, name: string): Promise<boolean> {
  return (await program.symbols.named(scope.process, name)).length > 0;
}

/** Conditions know the values of the call or exception the thread stands at. */
async function byMachine(program: Program, scope: Scope, text: string): Promise<Evaluated> {
  if (scope.thread === undefined) throw noThreadInView();
  const answer = await program.machine.evaluate(scope.thread, text);
  if ('error' in answer) throw cannotEvaluate(answer.error);
  return { result: answer.value, variablesReference: 0 };
}
