/**
 * The six arithmetic flags as three words, from which each flag follows with few operations, and which an instruction
 * fills without computing any flag.
 *
 *   result  sign-extended result: ZF when zero, SF its sign, PF the parity of its low byte
 *   carry   bit 63 is CF, bit 62 is CF xor OF
 *   extra   bit 4 is AF; for flags that no result could give: bit 0 inverts SF, bits 8 to 15 alter PF's byte
 */

import { AF, CF, OF, PF, SF, ZF } from './registers.ts';
import type { Code } from './wasm/code.ts';
import type { I32, I64 } from './wasm/expression.ts';
import { i32, i64 } from './wasm/scalar.ts';

export interface FlagWords {
  readonly result: I64;
  readonly carry: I64;
  readonly extra: I64;
}

/** The carry word for CF and OF given at bit 0. */
export function carryWordOf(carryFlag: I64, overflowFlag: I64): I64 {
  return i64.or(i64.shl(carryFlag, 63), i64.shl(i64.and(i64.xor(carryFlag, overflowFlag), 1), 62));
}

export function carryBit({ carry }: FlagWords): I64 {
  return i64.shru(carry, 63);
}

/** OF at the sign bit of a word. */
function overflowWord({ carry }: FlagWords): I64 {
  return i64.xor(carry, i64.shl(carry, 1));
}

export function overflowBit(words: FlagWords): I64 {
  return i64.shru(overflowWord(words), 63);
}

/** SF at the sign bit of a word. */
function signWord({ result, extra }: FlagWords): I64 {
  return i64.xor(result, i64.shl(extra, 63));
}

function parity({ result, extra }: FlagWords): I32 {
  const byte = i32.wrap(i64.xor(result, i64.shru(extra, 8)));
  return i32.and(i32.xor(i32.popcnt(i32.and(byte, 0xff)), 1), 1);
}

/** ZF, PF, CF from 0 or 1; the others clear. */
export function comparisonWords(code: Code, zeroFlag: I32, parityFlag: I32, carryFlag: I32): FlagWords {
  const zero = code.keep(i64.extendu(zeroFlag));
  return {
    result: i64.xor(zero, 1),
    carry: i64.mul(i64.extendu(carryFlag), 3n << 62n),
    extra: i64.shl(i64.xor(zero, i64.extendu(parityFlag)), 8),
  };
}

/** The conditions with even codes; an odd code is the negation of the one before (SDM vol. 1, appendix B). */
const CONDITIONS: readonly ((words: FlagWords) => I32)[] = [
  words => i64.lts(overflowWord(words), 0),
  ({ carry }) => i64.lts(carry, 0),
  ({ result }) => i64.eqz(result),
  ({ carry, result }) => i32.or(i64.lts(carry, 0), i64.eqz(result)),
  words => i64.lts(signWord(words), 0),
  words => parity(words),
  words => i64.lts(i64.xor(signWord(words), overflowWord(words)), 0),
  words => i32.or(i64.lts(i64.xor(signWord(words), overflowWord(words)), 0), i64.eqz(words.result)),
];

/** Condition code 0 to 15. */
export function conditionOf(words: FlagWords, conditionCode: number): I32 {
  if (conditionCode === 3) return i64.ges(words.carry, 0);
  if (conditionCode === 5) return i64.ne(words.result, 0);
  const positive = CONDITIONS[conditionCode >> 1](words);
  return conditionCode & 1 ? i32.eqz(positive) : positive;
}

/** The six flags at their places in RFLAGS. */
export function flagImage(words: FlagWords): I64 {
  const bits = [
    i32.mul(i32.wrap(carryBit(words)), CF),
    i32.mul(parity(words), PF),
    i32.mul(i64.eqz(words.result), ZF),
    i32.mul(i64.lts(signWord(words), 0), SF),
    i32.mul(i64.lts(overflowWord(words), 0), OF),
    i32.and(i32.wrap(words.extra), AF),
  ];
  return i64.extendu(bits.reduce((all, bit) => i32.or(all, bit)));
}

/** Takes the six flags from an image of RFLAGS, a kept value. */
export function wordsOfImage(code: Code, image: I64): FlagWords {
  const bit = (flag: number): I64 => i64.and(i64.shru(image, Math.log2(flag)), 1);
  const zero = code.keep(bit(ZF));
  // The result is 0 or 1, so its sign is clear and its low byte's parity is ZF: the extra word turns both as needed.
  return {
    result: i64.xor(zero, 1),
    carry: carryWordOf(bit(CF), bit(OF)),
    extra: i64.or(i64.or(bit(SF), i64.and(image, AF)), i64.shl(i64.xor(bit(PF), zero), 8)),
  };
}
