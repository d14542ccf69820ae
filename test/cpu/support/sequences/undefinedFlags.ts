/**
 * The flags of RFLAGS that the SDM leaves undefined, by mnemonic: results do not depend on them, so neither they nor
 * what later instructions make of them is compared. A test holds that iced-x86 knows of none that is missing here.
 */

import { AF, CF, OF, PF, SF, ZF } from '../../../../emulator/cpu/registers.ts';

export const ARITHMETIC = CF | PF | AF | ZF | SF | OF;

/** When a row holds: always; or depending on the count of a shift or rotate, masked to 5 or 6 bits. */
export type When = 'always' | 'count is not 0' | 'count is not 1' | 'count reaches width' | 'count exceeds width';

export interface UndefinedFlags {
  readonly mnemonics: string;
  readonly flags: number;
  readonly when: When;
  /** Where the SDM, volume 2, says so. */
  readonly source: string;
}

export const UNDEFINED_FLAGS: readonly UndefinedFlags[] = [
  { mnemonics: 'and or xor test', flags: AF, when: 'always', source: 'AND, OR, XOR, TEST: flags affected' },
  { mnemonics: 'andn', flags: AF | PF, when: 'always', source: 'ANDN: flags affected' },
  { mnemonics: 'bextr', flags: AF | SF | PF, when: 'always', source: 'BEXTR: flags affected' },
  { mnemonics: 'blsi blsmsk blsr', flags: AF | PF, when: 'always', source: 'BLSI, BLSMSK, BLSR: flags affected' },
  { mnemonics: 'bzhi', flags: AF | PF, when: 'always', source: 'BZHI: flags affected' },
  { mnemonics: 'bsf bsr', flags: CF | OF | SF | AF | PF, when: 'always', source: 'BSF, BSR: flags affected' },
  {
    mnemonics: 'bt btc btr bts',
    flags: OF | SF | AF | PF,
    when: 'always',
    source: 'BT, BTC, BTR, BTS: flags affected',
  },
  { mnemonics: 'div idiv', flags: ARITHMETIC, when: 'always', source: 'DIV, IDIV: flags affected' },
  { mnemonics: 'mul imul', flags: SF | ZF | AF | PF, when: 'always', source: 'MUL, IMUL: flags affected' },
  { mnemonics: 'lzcnt tzcnt', flags: OF | SF | PF | AF, when: 'always', source: 'LZCNT, TZCNT: flags affected' },
  { mnemonics: 'shl sal shr sar', flags: AF, when: 'count is not 0', source: 'SAL/SAR/SHL/SHR: flags affected' },
  { mnemonics: 'shl sal shr sar', flags: OF, when: 'count is not 1', source: 'SAL/SAR/SHL/SHR: flags affected' },
  { mnemonics: 'shl sal shr', flags: CF, when: 'count reaches width', source: 'SAL/SAR/SHL/SHR: flags affected' },
  { mnemonics: 'rol ror rcl rcr', flags: OF, when: 'count is not 1', source: 'RCL/RCR/ROL/ROR: flags affected' },
  { mnemonics: 'shld shrd', flags: AF, when: 'count is not 0', source: 'SHLD, SHRD: flags affected' },
  { mnemonics: 'shld shrd', flags: OF, when: 'count is not 1', source: 'SHLD, SHRD: flags affected' },
  { mnemonics: 'shld shrd', flags: ARITHMETIC, when: 'count exceeds width', source: 'SHLD, SHRD: flags affected' },
];

const BY_MNEMONIC = new Map<string, UndefinedFlags[]>();
for (const row of UNDEFINED_FLAGS)
  for (const mnemonic of row.mnemonics.split(' '))
    BY_MNEMONIC.set(mnemonic, [...(BY_MNEMONIC.get(mnemonic) ?? []), row]);

export interface Shift {
  /** Undefined when it is in CL. */
  readonly count: number | undefined;
  /** Bits of the operand. */
  readonly width: number;
}

/** What the instruction may leave undefined; nothing at all if it is a shift by 0, which changes no flags. */
export function undefinedFlagsOf(mnemonic: string, shift: Shift): number {
  const { width } = shift;
  const count = shift.count === undefined ? undefined : shift.count & (width === 64 ? 63 : 31);
  let flags = 0;
  for (const row of BY_MNEMONIC.get(mnemonic) ?? [])
    if (row.when === 'always' || holds(row.when, count, width)) flags |= row.flags;
  return flags;
}

function holds(when: When, count: number | undefined, width: number): boolean {
  if (count === undefined) return when === 'count is not 0' || when === 'count is not 1' || width < 32;
  if (count === 0) return false;
  if (when === 'count is not 1') return count !== 1;
  if (when === 'count reaches width') return count >= width;
  if (when === 'count exceeds width') return count > width;
  return true;
}

/** Whether the instruction shifts or rotates by a count, so that it may leave flags as they were. */
export function countsBits(mnemonic: string): boolean {
  return BY_MNEMONIC.get(mnemonic)?.some(({ when }) => when !== 'always') ?? false;
}
