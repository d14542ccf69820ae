/** x87 instructions: what they take. Their meaning is in `x87/instructions.ts`, for every engine the same calls. */

import { MF } from '../exits.ts';
import { FSW_OFFSET, FCW_OFFSET, RAX } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { WORKSPACE } from '../record.ts';
import { rows } from '../rows.ts';
import type { Row } from '../rows.ts';
import type { I32 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { CONSTANT_NAMES } from '../x87/constantNames.ts';

/** Kinds of source operand; the numbers are those of `x87/instructions.ts`. */
const STACK = 0;
const FLOATS: readonly [string, number, number][] = [
  ['md', 1, 4],
  ['mq', 2, 8],
];
const EXTENDED: readonly [string, number, number] = ['mt', 3, 10];
const SMALL_INTEGERS: readonly [string, number, number][] = [
  ['mw', 4, 2],
  ['md', 5, 4],
];
const INTEGER_64: readonly [string, number, number] = ['mq', 6, 8];
const DECIMAL: readonly [string, number, number] = ['mt', 7, 10];

/** An unmasked exception of an earlier instruction is reported by the next one that is not a control instruction. */
export function checkPending(e: Emitter): void {
  e.code.if(i32.and(i32.load16u(e.state(FSW_OFFSET)), 0x80), () => e.fault(MF));
}

type Names = readonly (I32 | number)[];

function operation(name: string, operands: (e: Emitter) => Names = () => []): (e: Emitter) => void {
  return e => {
    checkPending(e);
    e.assist(`x87 ${name}`, ...operands(e));
  };
}

/** ST(a) op= ST(b), perhaps popping. `FSUBP ST(i), ST` and the like pop after all else succeeded. */
function stackArithmetic(name: string, pops: boolean): (e: Emitter) => void {
  return e => {
    checkPending(e);
    e.assist(`x87 ${name}${pops ? ' and pop' : ''}`, e.stackRegister(0), STACK, e.stackRegister(1));
  };
}

const BINARY = ['fadd', 'fmul', 'fsub', 'fsubr', 'fdiv', 'fdivr'];

function arithmeticRows(name: string): Row[] {
  const integer = `fi${name.slice(1)}`;
  const fromMemory = (kind: number, size: number) => operation(name, e => [0, kind, e.bytes(0, 'read', size)]);
  return [
    ...rows(name, 's s', stackArithmetic(name, false)),
    ...rows(`${name}p`, 's s', stackArithmetic(name, true)),
    ...FLOATS.flatMap(([form, kind, size]) => rows(name, form, fromMemory(kind, size))),
    ...SMALL_INTEGERS.flatMap(([form, kind, size]) => rows(integer, form, fromMemory(kind, size))),
  ];
}

function loadRows(mnemonic: string, kinds: readonly (readonly [string, number, number])[]): Row[] {
  return kinds.flatMap(([form, kind, size]) =>
    rows(
      mnemonic,
      form,
      operation('fld', e => [kind, e.bytes(0, 'read', size)]),
    ),
  );
}

function storeRows(mnemonic: string, assist: string, kinds: readonly (readonly [string, number, number])[]): Row[] {
  return kinds.flatMap(([form, kind, size]) =>
    rows(mnemonic, form, e => {
      operation(assist, () => [kind, e.bytes(0, 'write', size)])(e);
      e.commit();
    }),
  );
}

function compareRows(mnemonic: string, assist: string, pops: number): Row[] {
  const memory = assist === 'fcom' && pops < 2 ? FLOATS : [];
  return [
    ...rows(
      mnemonic,
      's s',
      operation(assist, e => [pops, STACK, e.stackRegister(1)]),
    ),
    ...rows(
      mnemonic,
      's',
      operation(assist, e => [pops, STACK, e.stackRegister(0)]),
    ),
    ...rows(
      mnemonic,
      '',
      operation(assist, () => [pops, STACK, 1]),
    ),
    ...memory.flatMap(([form, kind, size]) =>
      rows(
        mnemonic,
        form,
        operation(assist, e => [pops, kind, e.bytes(0, 'read', size)]),
      ),
    ),
  ];
}

function compareIntegerRows(mnemonic: string, pops: number): Row[] {
  return SMALL_INTEGERS.flatMap(([form, kind, size]) =>
    rows(
      mnemonic,
      form,
      operation('fcom', e => [pops, kind, e.bytes(0, 'read', size)]),
    ),
  );
}

/** The assist leaves ZF, PF and CF at their places in a word, or -1 when an unmasked exception keeps the flags. */
function compareFlags(assist: string, pops: number): (e: Emitter) => void {
  return e => {
    operation(assist, () => [pops, e.stackRegister(1), WORKSPACE])(e);
    const image = e.code.keep(i32.load(0, WORKSPACE));
    const bit = (position: number): I32 => i32.and(i32.shru(image, position), 1);
    e.code.if(i32.ges(image, 0), () => e.setComparison(bit(6), bit(2), bit(0)));
  };
}

function conditionalMove(condition: number): (e: Emitter) => void {
  return e => {
    checkPending(e);
    e.assist('x87 fcmov', e.stackRegister(1), e.condition(condition));
  };
}

function storeWord(offset: number): (e: Emitter) => void {
  return e => e.target(0, 2).write(e.code.keep(i64.load16u(e.state(offset))));
}

function environment(name: string, size: number, access: 'read' | 'write'): (e: Emitter) => void {
  return e => {
    if (access === 'read') checkPending(e);
    e.assist(`x87 ${name}`, e.bytes(0, access, size));
    if (access === 'write') e.commit();
  };
}

const PLAIN =
  'fxam fchs fabs ftst fsqrt frndint fscale fxtract fprem fprem1 f2xm1 fyl2x fyl2xp1 fpatan fsin fcos fsincos fptan ' +
  'fdecstp fincstp';

export const x87Rows = [
  ...BINARY.flatMap(arithmeticRows),
  ...loadRows('fld', [...FLOATS, EXTENDED]),
  ...loadRows('fild', [...SMALL_INTEGERS, INTEGER_64]),
  ...loadRows('fbld', [DECIMAL]),
  ...rows(
    'fld',
    's',
    operation('fld', e => [STACK, e.stackRegister(0)]),
  ),
  ...storeRows('fst', 'fst', FLOATS),
  ...storeRows('fstp', 'fstp', [...FLOATS, EXTENDED]),
  ...storeRows('fist', 'fist', SMALL_INTEGERS),
  ...storeRows('fistp', 'fistp', [...SMALL_INTEGERS, INTEGER_64]),
  ...storeRows('fisttp', 'fisttp', [...SMALL_INTEGERS, INTEGER_64]),
  ...storeRows('fbstp', 'fistp', [DECIMAL]),
  ...rows(
    'fst',
    's',
    operation('fst', e => [STACK, e.stackRegister(0)]),
  ),
  ...rows(
    'fstp',
    's',
    operation('fstp', e => [STACK, e.stackRegister(0)]),
  ),
  ...rows(
    'fstpnce',
    's',
    operation('fstpnce', e => [e.stackRegister(0)]),
  ),
  ...compareRows('fcom', 'fcom', 0),
  ...compareRows('fcomp', 'fcom', 1),
  ...compareRows('fcompp', 'fcom', 2),
  ...compareRows('fucom', 'fucom', 0),
  ...compareRows('fucomp', 'fucom', 1),
  ...compareRows('fucompp', 'fucom', 2),
  ...compareIntegerRows('ficom', 0),
  ...compareIntegerRows('ficomp', 1),
  ...rows('fcomi', 's s', compareFlags('fcomi', 0)),
  ...rows('fcomip', 's s', compareFlags('fcomi', 1)),
  ...rows('fucomi', 's s', compareFlags('fucomi', 0)),
  ...rows('fucomip', 's s', compareFlags('fucomi', 1)),
  ...rows(
    'fxch',
    's s',
    operation('fxch', e => [e.stackRegister(1)]),
  ),
  ...PLAIN.split(' ').flatMap(name => rows(name, '', operation(name))),
  ...CONSTANT_NAMES.flatMap((name, index) =>
    rows(
      name,
      '',
      operation('fldconstant', () => [index]),
    ),
  ),
  ...['b', 'e', 'be', 'u'].flatMap((name, i) => {
    const condition = [2, 4, 6, 10][i];
    return [
      ...rows(`fcmov${name}`, 's s', conditionalMove(condition)),
      ...rows(`fcmovn${name}`, 's s', conditionalMove(condition + 1)),
    ];
  }),
  ...rows(
    'ffree',
    's',
    operation('ffree', e => [e.stackRegister(0)]),
  ),
  ...rows(
    'ffreep',
    's',
    operation('ffree and pop', e => [e.stackRegister(0)]),
  ),
  ...rows('fnop fwait wait', '', checkPending),
  ...rows('fneni fndisi fnsetpm', '', () => {}), // of the 8087 and the 80287; later ones ignore them
  ...rows('fninit', '', e => e.assist('x87 fninit')),
  ...rows('fnclex', '', e => e.assist('x87 fnclex')),
  ...rows(
    'fldcw',
    'mw',
    operation('fldcw', e => [e.bytes(0, 'read', 2)]),
  ),
  ...rows('fnstcw', 'mw', storeWord(FCW_OFFSET)),
  ...rows('fnstsw', 'mw', storeWord(FSW_OFFSET)),
  ...rows('fnstsw', 'rw', e => e.setRegister(RAX, i64.load16u(e.state(FSW_OFFSET)), 2)),
  ...rows('fnstenv', 'm28', environment('fnstenv', 28, 'write')),
  ...rows('fldenv', 'm28', environment('fldenv', 28, 'read')),
  ...rows('fnsave', 'm108', environment('fnsave', 108, 'write')),
  ...rows('frstor', 'm108', environment('frstor', 108, 'read')),
  ...rows('fnstenv', 'm14', environment('fnstenvw', 14, 'write')),
  ...rows('fldenv', 'm14', environment('fldenvw', 14, 'read')),
  ...rows('fnsave', 'm94', environment('fnsavew', 94, 'write')),
  ...rows('frstor', 'm94', environment('frstorw', 94, 'read')),
];
