/**
 * Forms whose handlers are part of the dispatch loop. Everything else is a function that V8 compiles when it is first
 * called. The choice follows counts of executed forms in compiled programs; a longer list makes the loop's optimising
 * compilation slower without making common code faster.
 */

import { CONDITION_NAMES } from '../operations/conditions.ts';
import { expandForm, formKey } from '../rows.ts';

const IN_LOOP: readonly (readonly [mnemonics: string, forms: string])[] = [
  ['mov', 'rmy ry | ry my | rmb rb | rb mb | mw rw'],
  ['add sub and or xor cmp', 'ry ry | ry my'],
  ['add sub cmp', 'my ry'],
  ['cmp', 'rb rb | mb rb | rb mb'],
  ['test', 'ry ry | rb rb | mb rb'],
  ['and or xor', 'rb rb'],
  ['adc sbb', 'ry ry'],
  ['inc dec neg not', 'ry'],
  ['shl shr sar', 'ry rb'],
  ['rol ror', 'rd rb'],
  ['imul', 'ry rmy | ry ry ry'],
  ['movzx movsx', 'rd rmb | rd rmw'],
  ['movsxd', 'rq rmd'],
  ['lea', 'ry mn'],
  ['push', 'rq'],
  ['pop', 'rq'],
  ['jmp', ' | rmq'],
  ['call', ' | rmq'],
  ['ret leave cdqe cdq cqo', ''],
  ['nop', ' | rv | mv'],
  ['endbr64', ''],
  [CONDITION_NAMES.map(name => `j${name}`).join(' '), ''],
  ['cmove cmovne cmovb cmovae cmovl cmovge cmovle cmovg cmova cmovbe', 'ry ry'],
  ['sete setne setb seta setl setg', 'rb'],
  ['movaps movups movdqa movdqu', 'xo xmo | mo xo'],
  ['movsd movss movq movd', 'x mq | mq x | x md | md x | xo mq | mq xo'],
  ['pxor', 'x x'],
  ['addsd subsd mulsd divsd comisd ucomisd', 'x x | x mq'],
  ['cvtsi2sd', 'x rd | x rq'],
  ['movapd', 'x x'],
];

/** The keys of these forms. */
export function loopKeys(): Set<string> {
  const keys = new Set<string>();
  for (const [mnemonics, forms] of IN_LOOP) {
    for (const operands of forms.split(/ *\| */).flatMap(expandForm)) {
      for (const mnemonic of mnemonics.split(' ')) {
        const shapes = operands.some(operand => operand.memory) ? ['m', 'x'] : ['r'];
        for (const shape of shapes) {
          keys.add(
            formKey(
              mnemonic,
              operands.map(({ size, memory, shape: own }) => ({ size, shape: memory ? shape : own })),
            ),
          );
        }
      }
    }
  }
  return keys;
}
