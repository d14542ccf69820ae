/**
 * The arithmetic flags as the cold engine keeps them: three words from which each flag follows with few operations, and
 * which an instruction fills without computing any flag.
 *
 *   FLAG_RESULT  sign-extended result: ZF when zero, SF its sign, PF the parity of its low byte
 *   FLAG_CARRY   bit 63 is CF, bit 62 is CF xor OF
 *   FLAG_EXTRA   bit 4 is AF; for flags that no result could give: bit 0 inverts SF, bits 8 to 15 alter PF's byte
 */

import { AF, CF, OF, PF, SF, ZF } from '../registers.ts';
import { FLAG_CARRY, FLAG_EXTRA, FLAG_RESULT } from '../record.ts';
import type { Code } from '../wasm/code.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';

const result = i64.load(0, FLAG_RESULT);
const carry = i64.load(0, FLAG_CARRY);
const extra = i64.load(0, FLAG_EXTRA);

function storeWord(code: Code, offset: number, value: I64): void {
  code.store('i64', 0, offset, value);
}

export function setFlagWords(code: Code, resultWord: I64, carryWord: I64, extraWord: I64): void {
  storeWord(code, FLAG_RESULT, resultWord);
  storeWord(code, FLAG_CARRY, carryWord);
  storeWord(code, FLAG_EXTRA, extraWord);
}

export function setCarryWord(code: Code, word: I64): void {
  storeWord(code, FLAG_CARRY, word);
}

/** FLAG_CARRY for CF and OF given at bit 0. */
export function carryWordOf(carryFlag: I64, overflowFlag: I64): I64 {
  return i64.or(i64.shl(carryFlag, 63), i64.shl(i64.and(i64.xor(carryFlag, overflowFlag), 1), 62));
}

export function carryBit(): I64 {
  return i64.shru(carry, 63);
}

/** OF at the sign bit of a word. */
function overflowWord(): I64 {
  return i64.xor(carry, i64.shl(carry, 1));
}

export function overflowBit(): I64 {
  return i64.shru(overflowWord(), 63);
}

/** SF at the sign bit of a word. */
function signWord(): I64 {
  return i64.xor(result, i64.shl(extra, 63));
}

function parity(): I32 {
  const byte = i32.wrap(i64.xor(result, i64.shru(extra, 8)));
  return i32.and(i32.xor(i32.popcnt(i32.and(byte, 0xff)), 1), 1);
}

/** ZF, PF, CF from 0 or 1; the others clear. */
export function setComparison(code: Code, zeroFlag: I32, parityFlag: I32, carryFlag: I32): void {
  const zero = code.keep(i64.extendu(zeroFlag));
  const carryWord = i64.mul(i64.extendu(carryFlag), 3n << 62n);
  setFlagWords(code, i64.xor(zero, 1), carryWord, i64.shl(i64.xor(zero, i64.extendu(parityFlag)), 8));
}

/** The conditions with even codes; an odd code is the negation of the one before (SDM vol. 1, appendix B). */
const CONDITIONS: readonly (() => I32)[] = [
  () => i64.lts(overflowWord(), 0),
  () => i64.lts(carry, 0),
  () => i64.eqz(result),
  () => i32.or(i64.lts(carry, 0), i64.eqz(result)),
  () => i64.lts(signWord(), 0),
  () => parity(),
  () => i64.lts(i64.xor(signWord(), overflowWord()), 0),
  () => i32.or(i64.lts(i64.xor(signWord(), overflowWord()), 0), i64.eqz(result)),
];

export function condition(conditionCode: number): I32 {
  if (conditionCode === 3) return i64.ges(carry, 0);
  if (conditionCode === 5) return i64.ne(result, 0);
  const positive = CONDITIONS[conditionCode >> 1]();
  return conditionCode & 1 ? i32.eqz(positive) : positive;
}

/** The six flags at their places in RFLAGS. */
export function flagImage(): I64 {
  const bits = [
    i32.mul(i32.wrap(carryBit()), CF),
    i32.mul(parity(), PF),
    i32.mul(i64.eqz(result), ZF),
    i32.mul(i64.lts(signWord(), 0), SF),
    i32.mul(i64.lts(overflowWord(), 0), OF),
    i32.and(i32.wrap(extra), AF),
  ];
  return i64.extendu(bits.reduce((all, bit) => i32.or(all, bit)));
}

/** Takes the six flags from an image of RFLAGS. */
export function setFlagImage(code: Code, image: I64): void {
  const bit = (flag: number): I64 => i64.and(i64.shru(image, Math.log2(flag)), 1);
  const zero = code.keep(bit(ZF));
  // The result is 0 or 1, so its sign is clear and its low byte's parity is ZF: the extra word turns both as needed.
  const extraWord = i64.or(i64.or(bit(SF), i64.and(image, AF)), i64.shl(i64.xor(bit(PF), zero), 8));
  setFlagWords(code, i64.xor(zero, 1), carryWordOf(bit(CF), bit(OF)), extraWord);
}
