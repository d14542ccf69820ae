/**
 * How instruction forms are listed. One row says everything the engines need to know about a group of forms: the
 * mnemonic, the operands it takes, and the operation that is its meaning.
 *
 * Operands are written in a small language, `'rmz rz'`: what may stand there, then its size.
 *   r  a general register, or an immediate      x  a vector register (16 bytes)
 *   m  memory                                   s  an x87 register (10 bytes)
 *   p  an MMX register (8 bytes)                 X  a YMM register (32 bytes)
 *   sizes: b 1, w 2, d 4, q 8, o 16, t 10 bytes, n unsized (address only), # any other number of bytes follows in digits
 *   z, v, y stand for b w d q, for w d q and for d q: the same size in every operand of the pattern that has the letter
 */

import type { Operation } from './emitter.ts';

export interface Row {
  readonly mnemonic: string;
  readonly forms: readonly string[];
  readonly operation: Operation;
}

/** Rows of one operation and one or several mnemonics. Most starts need few of them: forms are read when asked for. */
export function rows(mnemonics: string, forms: string, operation: Operation): Row[] {
  return mnemonics.split(' ').map(mnemonic => ({
    mnemonic,
    operation,
    get forms() {
      return forms.split(/ *\| */);
    },
  }));
}

export interface OperandPattern {
  readonly size: number;
  readonly memory: boolean;
  /** In the form's name: MMX registers have one of their own, being as wide as general ones. */
  readonly shape: 'r' | 'm' | 'p';
}

const SIZES: Readonly<Record<string, number>> = { b: 1, w: 2, d: 4, q: 8, o: 16, t: 10, n: 0 };
const GROUPS: Readonly<Record<string, string>> = { z: 'bwdq', v: 'wdq', y: 'dq' };
const REGISTER_SIZES: Readonly<Record<string, number>> = { x: 16, X: 32, s: 10, p: 8 };

function shapeOf(kind: string): OperandPattern['shape'] {
  return kind === 'm' || kind === 'p' ? kind : 'r';
}

/** What one operand of a pattern admits: `xmq` is a vector register or 8 bytes of memory. */
function alternatives(operand: string): OperandPattern[] {
  const [, kinds, letter] = /^([rmxspX]+?)([bwdqotn]|\d+)?$/.exec(operand) ?? [];
  if (kinds === undefined) throw new Error(`operand pattern ${operand}`);
  const size = letter === undefined ? 0 : (SIZES[letter] ?? Number(letter));
  return [...kinds].map(kind => ({ size: REGISTER_SIZES[kind] ?? size, memory: kind === 'm', shape: shapeOf(kind) }));
}

/** All lists of operands that a pattern stands for. */
export function expandForm(pattern: string): OperandPattern[][] {
  for (const group in GROUPS) {
    if (pattern.includes(group))
      return [...GROUPS[group]].flatMap(letter => expandForm(pattern.replaceAll(group, letter)));
  }
  if (pattern === '') return [[]];
  let lists: OperandPattern[][] = [[]];
  for (const operand of pattern.split(' ')) {
    lists = lists.flatMap(list => alternatives(operand).map(alternative => [...list, alternative]));
  }
  return lists;
}

/** How forms are named: the mnemonic and each operand's size and shape, as in `add 4r,4m`. */
export function formKey(mnemonic: string, operands: readonly { size: number; shape: string }[]): string {
  return `${mnemonic} ${operands.map(({ size, shape }) => `${size}${shape}`).join()}`;
}
