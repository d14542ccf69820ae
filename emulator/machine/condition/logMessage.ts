/** Log messages: text with `{expression}` parts in the condition language; `\{` is a brace. */

import { compileCondition } from './evaluate.ts';
import type { Situation, Value, Vocabulary } from './evaluate.ts';

/** Throws ConditionError for a part that is not an expression. */
export function compileLogMessage(message: string, vocabulary: Vocabulary): (situation: Situation) => string {
  const parts: ((situation: Situation) => string)[] = [];
  const pattern = /\\([{}])|\{([^}]*)\}|([^{\\]+|[{\\])/g;
  for (const [, escaped, expression, text] of message.matchAll(pattern)) {
    if (expression !== undefined) {
      const program = compileCondition(expression, vocabulary);
      parts.push(situation => showValue(program(situation)));
    } else {
      const literal = escaped ?? text;
      parts.push(() => literal);
    }
  }
  return situation => parts.map(part => part(situation)).join('');
}

/** Small numbers in decimal, addresses and the like in hexadecimal, texts as they are. */
export function showValue(value: Value): string {
  if (typeof value === 'string') return value;
  return value > 0xffffn ? `0x${value.toString(16)}` : value.toString();
}
