/** The handlers of the cold engine: one for each form of each row and each way its memory operand may be addressed. */

import { instructionRows } from '../instructions.ts';
import type { Operation } from '../emitter.ts';
import { expandForm, formKey } from '../rows.ts';
import type { CpuLevel } from '../levels.ts';
import type { OperandPattern, Row } from '../rows.ts';
import { hotKeys } from './hot.ts';
import type { Shape, ShapedOperand } from './recordEmitter.ts';

export interface Handler {
  readonly key: string;
  readonly operands: readonly ShapedOperand[];
  readonly operation: Operation;
  /** The same without setting flags, for where they are overwritten before anyone can see them. */
  readonly withoutFlags?: true;
}

/**
 * What an instruction means for flags set before it: it replaces all six; or it neither looks at them nor can stop, so
 * whoever set them before it may be followed by one that replaces them; or somebody might see them here.
 */
export type FlagEffect = 'replaces' | 'passes' | 'shows';

/** Records that are no instruction; their handlers come first. */
export const DECODE_HANDLER = 0;
export const GOTO_HANDLER = 1;
export const BREAKPOINT_HANDLER = 2;
export const INVALID_HANDLER = 3;
/** Counts how often it is passed on the way to a place that may be worth compiling (`hot/entries.ts`). */
export const ENTRY_HANDLER = 4;
export const SPECIAL_HANDLERS = 5;
/** Handlers from here on are functions of hot code, by their place in its table. */
export const FIRST_HOT_FUNCTION = 0x4000;

/** What the engines ask about handlers while they run; see `storedHandlers.ts`. */
export interface HandlerTable {
  /** The number by {@link formKey}. */
  readonly numbers: ReadonlyMap<string, number>;
  /** A handler with its operation; undefined for numbers that stand for no instruction. */
  handlerAt(number: number): Handler | undefined;
  /** Its key alone, which takes no time. */
  keyAt(number: number): string | undefined;
  /** From a handler to its twin that sets no flags, and back. */
  readonly withoutFlags: ReadonlyMap<number, number>;
  readonly withFlags: ReadonlyMap<number, number>;
  /** By handler number; what is not in it shows the flags. */
  readonly flagEffects: ReadonlyMap<number, FlagEffect>;
}

/** All handlers by number: those inside the dispatch loop first, then those that are functions of their own. */
export interface HandlerList extends HandlerTable {
  readonly hot: readonly Handler[];
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
  const inLoop = hotKeys();
  const hot = new Map<string, Handler>();
  const rare = new Map<string, Handler>();
  for (const handler of instructionRows(cpu).flatMap(row => [...handlersOf(row)])) {
    const { key, operands } = handler;
    // Short addresses get handlers of their own only where it pays; the general one can do them all.
    if (inLoop.has(key)) hot.set(key, handler);
    else if (operands.every(({ shape }) => shape !== 'm' && shape !== 'x')) rare.set(key, handler);
  }
  const numbers = new Map<string, number>();
  for (const key of hot.keys()) numbers.set(key, SPECIAL_HANDLERS + numbers.size);
  const originals = [...hot.values()].filter(handler => TWINNED.test(handler.key));
  const twins = originals.map((handler): Handler => ({ ...handler, withoutFlags: true }));
  const firstTwin = SPECIAL_HANDLERS + hot.size;
  for (const key of rare.keys()) numbers.set(key, twins.length + SPECIAL_HANDLERS + numbers.size);
  const pairs = originals.map(({ key }, i): [number, number] => [numbers.get(key) as number, firstTwin + i]);
  const flagEffects = new Map<number, FlagEffect>();
  for (const [key, number] of numbers) {
    if (REPLACING.test(key)) flagEffects.set(number, 'replaces');
    else if (PASSING.test(key)) flagEffects.set(number, 'passes');
  }
  const hotAndTwins = [...hot.values(), ...twins];
  const rareOnes = [...rare.values()];
  const all = [...hotAndTwins, ...rareOnes];
  return {
    hot: hotAndTwins,
    rare: rareOnes,
    numbers,
    handlerAt: number => all[number - SPECIAL_HANDLERS],
    keyAt: number => all[number - SPECIAL_HANDLERS]?.key,
    withoutFlags: new Map(pairs),
    withFlags: new Map(pairs.map(([original, twin]) => [twin, original])),
    flagEffects,
  };
}
