/** The arithmetic flags as the cold engine keeps them: the three words in memory. */

import { FLAG_CARRY, FLAG_EXTRA, FLAG_RESULT } from '../record.ts';
import type { FlagWords } from '../flagWords.ts';
import type { Code } from '../wasm/code.ts';
import type { I64 } from '../wasm/expression.ts';
import { i64 } from '../wasm/scalar.ts';

export const storedFlags: FlagWords = {
  result: i64.load(0, FLAG_RESULT),
  carry: i64.load(0, FLAG_CARRY),
  extra: i64.load(0, FLAG_EXTRA),
};

export function storeFlags(code: Code, { result, carry, extra }: FlagWords): void {
  code.store('i64', 0, FLAG_RESULT, result);
  code.store('i64', 0, FLAG_CARRY, carry);
  code.store('i64', 0, FLAG_EXTRA, extra);
}

export function storeCarry(code: Code, word: I64): void {
  code.store('i64', 0, FLAG_CARRY, word);
}
