/** The names of forms, by which handlers are found: those of `rows.ts`, and of what has no row. */

import { formKey } from '../rows.ts';
import { CONTROL, BRANCH, MMX, MEMORY, RM, SEGMENT_FILE } from './notation.ts';
import type { Encoding } from './notation.ts';

/** How memory is addressed: base and displacement; an index too; a segment or 32-bit addresses as well. */
export const SHAPE_LETTERS = 'mxa';

/** Without I/O rights and below ring 0 these raise #GP(0). */
export const PRIVILEGED_MNEMONICS: ReadonlySet<string> = new Set(
  (
    'hlt cli sti in out insb insw insd outsb outsw outsd invd wbinvd clts rdmsr wrmsr sysret sysretq sysexit sysexitq swapgs ' +
    'invlpg lgdt lidt lldt ltr lmsw rdpmc xsetbv sysenter wbnoinvd ' +
    // Not privileged by themselves, but so with CR4.UMIP, which is on (SDM vol. 3, 2.5).
    'sgdt sidt sldt smsw str'
  ).split(' '),
);

/** Repeat prefixes, as {@link Encoding.prefix} counts. */
const REPE = 2;
const REPNE = 3;
const COMPARING = /^(scas|cmps)/;
const WITHOUT_SOURCE = /^(stos|scas)/;
/** Those that count with RCX have other names where the address size makes it ECX. */
const COUNTING = 'loop';

export interface Form {
  readonly encoding: Encoding;
  /** Index of operand size and vector length: see `FORMS` in `notation.ts`. */
  readonly form: number;
  /** Of memory; ignored where there is none. */
  readonly shape: string;
  readonly inMemory: boolean;
  readonly repeat: number;
  readonly narrow: boolean;
}

export function formName({ encoding, form, shape, inMemory, repeat, narrow }: Form): string {
  const { mnemonic, operands } = encoding;
  if (PRIVILEGED_MNEMONICS.has(mnemonic) || operands.some(({ file }) => file === CONTROL))
    return formKey('privileged', []);
  if (encoding.list.isString) return stringName(encoding, form, repeat, narrow);
  const isShort = form % 3 === 0;
  let name = mnemonic;
  const shaped = [];
  for (const [i, { place, file, registerSizes, memorySizes }] of operands.entries()) {
    if (place === BRANCH) continue;
    const isMemory = memorySizes !== undefined && (place === MEMORY || (place === RM && inMemory));
    const size = (isMemory ? memorySizes : registerSizes)?.[form] ?? 0;
    shaped.push({ size, shape: isMemory ? shape : file === MMX ? 'p' : 'r' });
    if (!isMemory && file === SEGMENT_FILE) name = selectorName(mnemonic, i, isShort);
  }
  if (narrow && mnemonic.startsWith(COUNTING)) name = `${mnemonic}32`;
  if (mnemonic === 'jrcxz' && narrow) name = 'jecxz';
  // With an operand size of 16 bits they move BP.
  if ((mnemonic === 'leave' || mnemonic === 'enter') && isShort) name = `${mnemonic}w`;
  if (mnemonic === 'retf') name = `retf${16 << (form % 3)}`;
  if (mnemonic === 'xlatb' && narrow) name = 'xlatb32';
  return formKey(name, shaped);
}

/** PUSH and POP have one operand, whose size is not that of what is moved. */
function selectorName(mnemonic: string, index: number, isShort: boolean): string {
  if (mnemonic === 'push' || mnemonic === 'pop') return `${mnemonic}${isShort ? 'w' : ''}-selector`;
  return `${mnemonic}-${index === 1 ? 'from' : 'to'}-selector`;
}

function stringName({ mnemonic, operands }: Encoding, form: number, repeat: number, narrow: boolean): string {
  const repeated = repeat === REPE || repeat === REPNE;
  const prefix = !repeated ? '' : repeat === REPNE && COMPARING.test(mnemonic) ? 'repne ' : 'rep ';
  const size = operands.find(({ text }) => text[0] === 'X')?.memorySizes?.[form] ?? 0;
  const name = `${prefix}${mnemonic}${narrow ? '32' : ''}`;
  return formKey(name, WITHOUT_SOURCE.test(mnemonic) ? [] : [{ size, shape: 'a' }]);
}
