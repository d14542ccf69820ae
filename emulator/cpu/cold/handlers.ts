/** The handlers of the cold engine: one for each form of each row and each way its memory operand may be addressed. */

import { instructionRows } from '../instructions.ts';
import type { Operation } from '../emitter.ts';
import { expandForm, formKey } from '../rows.ts';
import { HOT } from './hot.ts';
import type { Shape, ShapedOperand } from './recordEmitter.ts';

export interface Handler {
  readonly key: string;
  readonly operands: readonly ShapedOperand[];
  readonly operation: Operation;
}

/** Records that are no instruction; their handlers come first. */
export const DECODE_HANDLER = 0;
export const GOTO_HANDLER = 1;
export const BREAKPOINT_HANDLER = 2;
export const INVALID_HANDLER = 3;
export const SPECIAL_HANDLERS = 4;

/** All handlers by number: those inside the dispatch loop first, then those that are functions of their own. */
export interface HandlerTable {
  readonly hot: readonly Handler[];
  readonly rare: readonly Handler[];
  /** The number by {@link formKey}. */
  readonly numbers: ReadonlyMap<string, number>;
}

const MEMORY_SHAPES: readonly Shape[] = ['m', 'x', 'a'];

function shaped(operands: readonly { size: number; memory: boolean }[], memoryShape: Shape): ShapedOperand[] {
  return operands.map(({ size, memory }) => ({ size, memory, shape: memory ? memoryShape : 'r' }));
}

export function listHandlers(): HandlerTable {
  const hot = new Map<string, Handler>();
  const rare = new Map<string, Handler>();
  for (const { mnemonic, forms, operation } of instructionRows) {
    for (const operands of forms.flatMap(expandForm)) {
      const shapes = operands.some(operand => operand.memory) ? MEMORY_SHAPES : (['r'] as const);
      for (const shape of shapes) {
        const list = shaped(operands, shape);
        const key = formKey(mnemonic, list);
        const isHot = HOT.has(key);
        // Short addresses get handlers of their own only where it pays; the general one can do them all.
        if (isHot) hot.set(key, { key, operands: list, operation });
        else if (shape === 'a' || shape === 'r') rare.set(key, { key, operands: list, operation });
      }
    }
  }
  const numbers = new Map<string, number>();
  for (const key of [...hot.keys(), ...rare.keys()]) numbers.set(key, SPECIAL_HANDLERS + numbers.size);
  return { hot: [...hot.values()], rare: [...rare.values()], numbers };
}
