/** How an instruction passes control on, by the name of its form. */

/** What follows. Where the target is known, it is in the instruction. */
export type Ending = 'next' | 'conditional' | 'jump' | 'jumpIndirect' | 'call' | 'callIndirect' | 'return' | 'leave';

/** Jumps that change segments, too. */
const FAR = /^(retf|iret)|^(jmp|call) (4|6|10)/;
const CONDITIONAL = /^(j[^m]|loop)/;
/** Hot code is made for what MXCSR is. */
const SETS_CONTROL = /^v?ldmxcsr/;

export function endingByKey(key: string): Ending {
  if (FAR.test(key) || SETS_CONTROL.test(key)) return 'leave';
  const [mnemonic, operands] = key.split(' ');
  if (mnemonic === 'jmp') return operands === '' ? 'jump' : 'jumpIndirect';
  if (mnemonic === 'call') return operands === '' ? 'call' : 'callIndirect';
  if (mnemonic === 'ret') return 'return';
  return CONDITIONAL.test(mnemonic) ? 'conditional' : 'next';
}
