/** VEX forms that mean what their SSE form means in each lane (SDM vol. 1, 14.2 and 14.7): which they are, and how. */

import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { aesRows } from '../sse/aes.ts';
import { carrylessRows } from '../sse/carryless.ts';
import { compareRows, packedCompare, scalarCompare } from '../sse/compare.ts';
import { controlRows } from '../sse/control.ts';
import { convertRows } from '../sse/convert.ts';
import { floatRows } from '../sse/float.ts';
import { PACKED, SCALARS } from '../sse/formats.ts';
import { integerCombinations, integerTransforms, integerVectorRows, SHIFTS } from '../sse/integer.ts';
import { vectorMoveRows } from '../sse/moves.ts';
import { roundRows } from '../sse/round.ts';
import { shuffleCombinations, shuffleRows } from '../sse/shuffles.ts';
import { searchRows } from '../sse/searches.ts';
import { stringCompareRows } from '../sse/stringCompare.ts';
import { vexOperation } from './lanes.ts';
import type { VexForm } from './lanes.ts';

const SOURCES: readonly Row[] = [
  ...aesRows,
  ...carrylessRows,
  ...compareRows,
  ...controlRows,
  ...convertRows,
  ...floatRows,
  ...integerVectorRows,
  ...vectorMoveRows,
  ...roundRows,
  ...shuffleRows,
  ...searchRows,
  ...stringCompareRows,
];

/** Which of an instruction's forms exist: of 16 bytes or less, of 32, or both. */
type Width = 'narrow' | 'wide' | 'both';

function wide(form: string): string {
  return form.replaceAll('x', 'X').replaceAll('mo', 'm32');
}

/** Rows for the forms of `mnemonics` that `admits` says. */
function derive(mnemonics: string, width: Width, form: VexForm, admits: (form: string) => boolean = () => true): Row[] {
  return mnemonics.split(/\s+/).flatMap(mnemonic =>
    SOURCES.filter(row => row.mnemonic === mnemonic).flatMap(({ forms, operation }) => {
      const own = forms.filter(admits).map(text => (form.separate ? text.replace(/^x/, 'x x') : text));
      const all = [...(width === 'wide' ? [] : own), ...(width === 'narrow' ? [] : own.map(wide))];
      return all.length ? [{ mnemonic: `v${mnemonic}`, forms: all, operation: vexOperation(operation, form) }] : [];
    }),
  );
}

const SEPARATE: VexForm = { separate: true };
const PLAIN: VexForm = { separate: false };
const names = (table: Readonly<Record<string, unknown>>): string => Object.keys(table).join(' ');

const PACKED_ARITHMETIC =
  'addps addpd subps subpd mulps mulpd divps divpd minps minpd maxps maxpd haddps haddpd hsubps hsubpd addsubps addsubpd';
const SCALAR_ARITHMETIC =
  'addss addsd subss subsd mulss mulsd divss divsd minss minsd maxss maxsd sqrtss sqrtsd roundss roundsd rcpss rsqrtss ' +
  'cvtsd2ss cvtss2sd cvtsi2ss cvtsi2sd';
const NARROW_SEPARATE =
  'aesenc aesenclast aesdec aesdeclast pclmulqdq insertps pinsrb pinsrw pinsrd pinsrq movhlps movlhps dppd';
const NARROW_PLAIN =
  'aesimc aeskeygenassist comiss comisd ucomiss ucomisd ldmxcsr stmxcsr movd movq movmskps movmskpd pmovmskb ptest ' +
  'cvtss2si cvtsd2si cvttss2si cvttsd2si pextrb pextrw pextrd pextrq extractps phminposuw maskmovdqu ' +
  'pcmpistri pcmpestri pcmpestri64';
const BOTH_PLAIN =
  'sqrtps sqrtpd roundps roundpd rcpps rsqrtps pshufd pshufhw pshuflw movups movupd movdqu lddqu movshdup movsldup ' +
  'cvtdq2ps cvtps2dq cvttps2dq';
const ALIGNED = 'movaps movapd movdqa movntps movntpd movntdq movntdqa';

const toRegister = (form: string): boolean => form.startsWith('x');
const toMemory = (form: string): boolean => form.startsWith('m');
const betweenRegisters = (form: string): boolean => form === 'x x';

/** Rows of the widening moves: bytes of the source for each lane. */
const WIDENING: Readonly<Record<string, number>> = { bw: 8, bd: 4, bq: 2, wd: 8, wq: 4, dq: 8 };
const SIZE_LETTERS: Readonly<Record<number, string>> = { 2: 'd', 4: 'q', 8: 'o' };

function wideningRows(): Row[] {
  return Object.entries(WIDENING).flatMap(([units, bytes]) =>
    ['pmovsx', 'pmovzx'].flatMap(kind => {
      const form: VexForm = { separate: false, widens: bytes };
      const name = `${kind}${units}`;
      const { operation } = SOURCES.find(row => row.mnemonic === name && row.forms.includes('x x')) as Row;
      return [
        ...derive(name, 'narrow', PLAIN),
        ...rows(`v${name}`, `X xm${SIZE_LETTERS[bytes]}`, vexOperation(operation, form)),
      ];
    }),
  );
}

/** Conversions between formats of different widths. */
function conversionRows(): Row[] {
  const operationOf = (name: string): Row['operation'] => (SOURCES.find(row => row.mnemonic === name) as Row).operation;
  return [
    ...derive('cvtdq2pd cvtps2pd cvtpd2ps cvtpd2dq cvttpd2dq', 'narrow', PLAIN),
    ...['cvtdq2pd', 'cvtps2pd'].flatMap(name =>
      rows(`v${name}`, 'X xmo', vexOperation(operationOf(name), { separate: false, widens: 8 })),
    ),
    ...['cvtpd2ps', 'cvtpd2dq', 'cvttpd2dq'].flatMap(name =>
      rows(`v${name}`, 'x Xm32', vexOperation(operationOf(name), { separate: false, narrows: true })),
    ),
  ];
}

function shiftRows(): Row[] {
  return Object.keys(SHIFTS).flatMap(name => {
    const byCount = SOURCES.find(row => row.mnemonic === name && row.forms.includes('x xmo')) as Row;
    return [
      ...derive(name, 'both', SEPARATE, form => form === 'x rb'),
      ...rows(`v${name}`, 'x x xmo | X X xmo', vexOperation(byCount.operation, { separate: true, sharesSecond: true })),
    ];
  });
}

const blends = (name: string): Row[] =>
  derive(name, 'both', SEPARATE).map(row => ({
    ...row,
    forms: row.forms.map(form => `${form} ${form[0]}`),
  }));

export const derivedRows: readonly Row[] = [
  ...derive(names(integerCombinations), 'both', SEPARATE),
  ...derive(names(shuffleCombinations), 'both', SEPARATE),
  ...derive(names(integerTransforms), 'both', PLAIN),
  ...shiftRows(),
  ...derive(PACKED_ARITHMETIC, 'both', SEPARATE),
  ...derive(SCALAR_ARITHMETIC, 'narrow', SEPARATE),
  ...derive(NARROW_SEPARATE, 'narrow', SEPARATE),
  ...derive(NARROW_PLAIN, 'narrow', PLAIN),
  ...derive('pcmpistrm pcmpestrm pcmpestrm64', 'narrow', { separate: false, writesFirst: true }),
  ...derive(BOTH_PLAIN, 'both', PLAIN),
  ...derive(ALIGNED, 'both', { separate: false, aligned: true }),
  ...derive('shufps palignr pblendw dpps pslldq psrldq', 'both', SEPARATE),
  ...derive('shufpd blendpd', 'both', { separate: true, immediateBits: 2 }),
  ...derive('blendps', 'both', { separate: true, immediateBits: 4 }),
  ...derive('mpsadbw', 'both', { separate: true, immediateBits: 3 }),
  ...blends('pblendvb'),
  ...blends('blendvps'),
  ...blends('blendvpd'),
  ...derive('movss movsd', 'narrow', SEPARATE, betweenRegisters),
  ...derive('movss movsd', 'narrow', PLAIN, form => !betweenRegisters(form)),
  ...derive('movlps movlpd movhps movhpd', 'narrow', SEPARATE, toRegister),
  ...derive('movlps movlpd movhps movhpd', 'narrow', PLAIN, toMemory),
  ...derive('movddup', 'narrow', PLAIN),
  ...wideningRows(),
  ...conversionRows(),
  ...SCALARS.flatMap(format =>
    rows(
      `vcmp${format.suffix}`,
      `x x x rb | x x ${format.memory} rb`,
      vexOperation(scalarCompare(format, 31), SEPARATE),
    ),
  ),
  ...PACKED.flatMap(format =>
    rows(`vcmp${format.suffix}`, 'x x xmo rb | X X Xm32 rb', vexOperation(packedCompare(format, 31), SEPARATE)),
  ),
];
