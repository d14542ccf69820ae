/**
 * MMX: the vector operations on 8 bytes, in registers that are the significands of the x87 registers (SDM vol. 1,
 * 9.2 and 9.5). What two vectors make together is what the SSE form makes of the low halves.
 */

import { FSW_OFFSET, FTW_OFFSET } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import type { Row } from '../rows.ts';
import type { I64, V128 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { f64x2, i64x2, i8x16, shuffle, vector } from '../wasm/vector.ts';
import { integerCombinations, integerTransforms, shifted, SHIFTS } from './sse/integer.ts';
import type { Combine } from './sse/integer.ts';
import { doublesToIntegers, integersToSingles, singlesToIntegers } from './sse/convert.ts';
import { PACKED_DOUBLE, PACKED_SINGLE, withoutDenormals } from './sse/formats.ts';
import { lowVector, storeMasked } from './sse/moves.ts';
import { immediateOf, IOTA, laneMask, laneOf, shuffleCombinations, splatOf, wordIndices } from './sse/shuffles.ts';
import { checkPending } from './x87.ts';

/** From x87 to MMX: TOP is 0 and every register in use (SDM vol. 1, 9.5.1). Nothing may fail after it. */
function enter(e: Emitter): void {
  const status = e.state(FSW_OFFSET);
  e.code.store('i32as16', status, 0, i32.and(i32.load16u(status), ~0x3800));
  e.code.store('i32as8', e.state(FTW_OFFSET), 0, i32.const(0xff));
}

/** Sign and exponent of a register that is written become ones. */
function write(e: Emitter, value: I64): void {
  const kept = e.code.keep(value);
  enter(e);
  e.target(0, 8).write(kept);
  e.code.store('i32as16', e.operandPlace(0), 8, i32.const(0xffff));
}

function writeVector(e: Emitter, value: V128): void {
  write(e, i64x2.extract(value, 0));
}

/** Eight bytes, or as many as there are in memory, in both halves of a vector. */
function read(e: Emitter, index: number): V128 {
  return e.code.keep(i64x2.splat(e.source(index)));
}

function combineRows(mnemonic: string, forms: string, combine: Combine): Row[] {
  return rows(mnemonic, forms, e => {
    checkPending(e);
    const b = read(e, 1);
    const a = read(e, 0);
    writeVector(e, combine(a, b, e));
  });
}

/** Instructions whose lanes do not meet, and those that take the low halves of both operands. */
const LANE_BY_LANE =
  'paddb paddw paddd paddq paddsb paddsw paddusb paddusw psubb psubw psubd psubq psubsb psubsw psubusb psubusw ' +
  'pand pandn por pxor pcmpeqb pcmpeqw pcmpeqd pcmpgtb pcmpgtw pcmpgtd pmullw pmulhw pmulhuw pmulhrsw pmaddwd pmaddubsw ' +
  'pmuludq pavgb pavgw pminub pmaxub pminsw pmaxsw psadbw psignb psignw psignd';
/** Those that make one half of the result of each operand: with both operands in one vector they do so here, too. */
const HALF_BY_HALF = 'phaddw phaddd phaddsw phsubw phsubd phsubsw';
const PACKS = 'packsswb packssdw packuswb';

const LOW_HALVES = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

function joined(combine: Combine): Combine {
  return (a, b, e) => {
    const both = e.code.keep(shuffle(a, b, LOW_HALVES));
    return combine(both, both, e);
  };
}

/** The upper half of what unpacking the low halves gives is what unpacking the high ones gives of eight bytes. */
function upperHalf(combine: Combine): Combine {
  return (a, b, e) => i64x2.splat(i64x2.extract(combine(a, b, e), 1));
}

/** PSHUFB with three bits of index. */
function shuffleBytes(a: V128, b: V128): V128 {
  return i8x16.swizzle(a, vector.and(b, i8x16.splat(0x87)));
}

function shiftRows(): Row[] {
  return Object.entries(SHIFTS).flatMap(([mnemonic, shift]) => {
    const operation = (e: Emitter): void => {
      checkPending(e);
      const count = e.source(1);
      writeVector(e, shifted(shift, read(e, 0), count));
    };
    return rows(mnemonic, 'p rb | p pmq', operation);
  });
}

function move(e: Emitter): void {
  checkPending(e);
  write(e, e.source(1));
}

/** To memory or a general register. */
function moveOut(e: Emitter): void {
  checkPending(e);
  const value = e.source(1, e.size);
  e.target(0).write(value);
  enter(e);
}

function alignRight(e: Emitter): void {
  checkPending(e);
  const b = read(e, 1);
  const both = e.code.keep(shuffle(b, read(e, 0), LOW_HALVES));
  // Bytes from beyond the sixteen are zero, which saturated indices select.
  writeVector(e, i8x16.swizzle(both, i8x16.addSatu(IOTA, i8x16.splat(immediateOf(e, 2)))));
}

function insertWord(e: Emitter): void {
  checkPending(e);
  const value = splatOf(2, e.source(1, 2));
  const lane = i32.and(immediateOf(e, 2), 3);
  writeVector(e, vector.bitselect(value, read(e, 0), laneMask(2, lane)));
}

function extractWord(e: Emitter): void {
  checkPending(e);
  const value = laneOf(e, 2, read(e, 1), i32.and(immediateOf(e, 2), 3));
  e.target(0).write(value);
  enter(e);
}

function signMask(e: Emitter): void {
  checkPending(e);
  const mask = e.code.keep(i64.extendu(i32.and(i8x16.bitmask(read(e, 1)), 0xff)));
  e.target(0).write(mask);
  enter(e);
}

function shuffleWords(e: Emitter): void {
  checkPending(e);
  writeVector(e, i8x16.swizzle(read(e, 1), wordIndices(immediateOf(e, 2), 'low')));
}

function maskedStore(e: Emitter): void {
  checkPending(e);
  const value = read(e, 1);
  storeMasked(e, value, i32.and(i8x16.bitmask(read(e, 2)), 0xff));
  enter(e);
}

const UPPER_KEPT = [0, 1, 2, 3, 4, 5, 6, 7, 24, 25, 26, 27, 28, 29, 30, 31];

/** From memory these leave the x87 state as it is (SDM vol. 2, CVTPI2PD; of CVTPI2PS processors show it). */
function fromIntegers(convert: (e: Emitter, value: V128) => void): (e: Emitter) => void {
  return e => {
    const { memory } = e.operands[1];
    if (!memory) checkPending(e);
    convert(e, read(e, 1));
    if (!memory) enter(e);
  };
}

const twoToSingles = fromIntegers((e, value) => {
  const kept = e.vector(0);
  e.setVector(0, shuffle(integersToSingles(e, value, 'cvtpi2ps'), kept, UPPER_KEPT));
});

const twoToDoubles = fromIntegers((e, value) => e.setVector(0, f64x2.convertLowI32(value)));

function fromSingles(truncating: boolean): (e: Emitter) => void {
  return e => {
    checkPending(e);
    writeVector(e, singlesToIntegers(e, withoutDenormals(e, PACKED_SINGLE, lowVector(e, 1, 8)), truncating));
  };
}

function fromDoubles(truncating: boolean): (e: Emitter) => void {
  return e => {
    checkPending(e);
    writeVector(e, doublesToIntegers(e, withoutDenormals(e, PACKED_DOUBLE, e.vector(1)), truncating));
  };
}

const all = (mnemonics: string, make: (mnemonic: string) => Row[]): Row[] => mnemonics.split(' ').flatMap(make);

export const mmxRows = [
  ...all(LANE_BY_LANE, name => combineRows(name, 'p pmq', integerCombinations[name])),
  ...all(HALF_BY_HALF, name => combineRows(name, 'p pmq', joined(integerCombinations[name]))),
  ...all(PACKS, name => combineRows(name, 'p pmq', joined(shuffleCombinations[name]))),
  ...all('bw wd dq', unit => combineRows(`punpckl${unit}`, 'p pmd', shuffleCombinations[`punpckl${unit}`])),
  ...all('bw wd dq', unit => combineRows(`punpckh${unit}`, 'p pmq', upperHalf(shuffleCombinations[`punpckl${unit}`]))),
  ...combineRows('pshufb', 'p pmq', shuffleBytes),
  ...Object.entries(integerTransforms).flatMap(([name, map]) => combineRows(name, 'p pmq', (_, b) => map(b))),
  ...shiftRows(),
  ...rows('movd', 'p rmd', move),
  ...rows('movd', 'rmd p', moveOut),
  ...rows('movq', 'p rmq | p p', move),
  ...rows('movq', 'rmq p', moveOut),
  ...rows('movntq', 'mq p', moveOut),
  ...rows('movdq2q', 'p x', e => {
    checkPending(e);
    write(e, e.source(1, 8));
  }),
  ...rows('movq2dq', 'x p', e => {
    checkPending(e);
    e.setVector(0, i64x2.replace(i64x2.splat(i64.const(0)), 0, e.source(1)));
    enter(e);
  }),
  ...rows('maskmovq', 'mq p p', maskedStore),
  ...rows('pmovmskb', 'ry p', signMask),
  ...rows('pshufw', 'p pmq rb', shuffleWords),
  ...rows('palignr', 'p pmq rb', alignRight),
  ...rows('pinsrw', 'p rd rb | p rq rb | p mw rb', insertWord),
  ...rows('pextrw', 'ry p rb', extractWord),
  ...rows('cvtpi2ps', 'x pmq', twoToSingles),
  ...rows('cvtpi2pd', 'x pmq', twoToDoubles),
  ...rows('cvtps2pi', 'p xmq', fromSingles(false)),
  ...rows('cvttps2pi', 'p xmq', fromSingles(true)),
  ...rows('cvtpd2pi', 'p xmo', fromDoubles(false)),
  ...rows('cvttpd2pi', 'p xmo', fromDoubles(true)),
  ...rows('emms', '', e => {
    checkPending(e);
    enter(e);
    e.code.store('i32as8', e.state(FTW_OFFSET), 0, i32.const(0));
  }),
];
