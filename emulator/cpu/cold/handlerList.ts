/** The handlers of the cold engine: one for each form of each row and each way its memory operand may be addressed. */

import { instructionRows } from '../instructions.ts';
import type { CpuLevel } from '../levels.ts';
import { expandForm, formKey } from '../rows.ts';
import type { OperandPattern, Row } from '../rows.ts';
import { loopKeys } from './inLoop.ts';
import { PASSES_FLAGS, REPLACES_FLAGS, SPECIAL_HANDLERS } from './handlers.ts';
import type { Handler, OperationTable } from './handlers.ts';
import type { Shape, ShapedOperand } from './recordEmitter.ts';

/** All handlers by number: those inside the dispatch loop first, then those that are functions of their own. */
export interface HandlerList extends OperationTable {
  readonly numbers: ReadonlyMap<string, number>;
  readonly inLoop: readonly Handler[];
  readonly rare: readonly Handler[];
}

const REPLACING = /^(add|sub|cmp|and|or|xor|test|neg) [^max]*$/;
const PASSING =
  /^(mov|movzx|movsx|movsxd|lea|cdqe|cwde|cdq|cqo|nop|endbr64|not|bswap|inc|dec|shl|shr|sar|imul|pxor|movaps|movapd|movdqa) [^max]*$|^lea /;
/** Those worth a twin: register operands only, so that they cannot stop in the middle or at a watched place. */
const TWINNED = /^(add|sub|and|or|xor|neg|inc|dec|shl|shr|sar|imul) [^max]*$/;

const MEMORY_SHAPES: readonly Shape[] = ['m', 'x', 'a'];

/** The handlers of one row, by key. */
export function* handlersOf({ mnemonic, forms, operation }: Row): Iterable<Handler> {
  for (const operands of forms.flatMap(expandForm)) {
    const shapes = operands.some(operand => operand.memory) ? MEMORY_SHAPES : (['r'] as const);
    for (const shape of shapes) {
      const list = shaped(operands, shape);
      yield { key: formKey(mnemonic, list), operands: list, operation };
    }
  }
}

function shaped(operands: readonly OperandPattern[], memoryShape: Shape): ShapedOperand[] {
  return operands.map(({ size, memory, shape }) => ({ size, memory, shape: shape === 'm' ? memoryShape : shape }));
}

/** Those of x86-64-v3, of which some cannot be reached without AVX, unless it is said that they are not wanted. */
export function listHandlers(cpu: CpuLevel = 'x86-64-v3'): HandlerList {
  const frequentKeys = loopKeys();
  const frequent = new Map<string, Handler>();
  const rare = new Map<string, Handler>();
  for (const handler of instructionRows(cpu).flatMap(row => [...handlersOf(row)])) {
    const { key, operands } = handler;
    // Short addresses get handlers of their own only where it pays; the general one can do them all.
    if (frequentKeys.has(key)) frequent.set(key, handler);
    else if (operands.every(({ shape }) => shape !== 'm' && shape !== 'x')) rare.set(key, handler);
  }
  const numbers = new Map<string, number>();
  for (const key of frequent.keys()) numbers.set(key, SPECIAL_HANDLERS + numbers.size);
  const originals = [...frequent.values()].filter(handler => TWINNED.test(handler.key));
  const twins = originals.map((handler): Handler => ({ ...handler, withoutFlags: true }));
  const firstTwin = SPECIAL_HANDLERS + frequent.size;
  for (const key of rare.keys()) numbers.set(key, twins.length + SPECIAL_HANDLERS + numbers.size);
  const rareOnes = [...rare.values()];
  const inLoop = [...frequent.values(), ...twins];
  const all = [...inLoop, ...rareOnes];
  const withoutFlags = new Uint16Array(SPECIAL_HANDLERS + all.length);
  const withFlags = new Uint16Array(SPECIAL_HANDLERS + all.length);
  for (const [i, { key }] of originals.entries()) {
    const original = numbers.get(key) as number;
    withoutFlags[original] = firstTwin + i;
    withFlags[firstTwin + i] = original;
  }
  const flagEffects = new Uint8Array(SPECIAL_HANDLERS + all.length);
  for (const [key, number] of numbers) {
    if (REPLACING.test(key)) flagEffects[number] = REPLACES_FLAGS;
    else if (PASSING.test(key)) flagEffects[number] = PASSES_FLAGS;
  }
  return {
    inLoop,
    rare: rareOnes,
    numbers,
    handlerAt: number => all[number - SPECIAL_HANDLERS],
    keyAt: number => all[number - SPECIAL_HANDLERS]?.key,
    withoutFlags,
    withFlags,
    flagEffects,
  };
}
