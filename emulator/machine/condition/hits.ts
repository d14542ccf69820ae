/** Hit conditions: `5` (from the fifth hit on), `== 5`, `>= 5`, `> 5`, `<= 5`, `< 5`, `% 5` (every fifth). */

import { ConditionError } from './parse.ts';

const FORM = /^\s*(==|>=|<=|>|<|%)?\s*(\d+)\s*$/;

/** Whether hit number `count` (from 1 on) counts. Throws {@link ConditionError}. */
export function compileHitCondition(text: string): (count: number) => boolean {
  const match = FORM.exec(text);
  if (!match) throw new ConditionError(`“${text}” is not a hit count; write 5, == 5, >= 5, < 5 or % 5`);
  const limit = Number(match[2]);
  switch (match[1]) {
    case '==':
      return count => count === limit;
    case '>':
      return count => count > limit;
    case '<':
      return count => count < limit;
    case '<=':
      return count => count <= limit;
    case '%':
      if (limit === 0) throw new ConditionError('every 0th hit never comes; write % 1 or more');
      return count => count % limit === 0;
    default:
      return count => count >= limit;
  }
}
