/** The vector operators of WebAssembly (core specification, 5.4.8). Opcodes carry the 0xfd prefix in the upper bytes. */

import { binary, Expression, literal, loads, unary } from './expression.ts';
import type { F32, F64, I32, I64, Operand, Type, V128 } from './expression.ts';

function prefixed<N extends string>(opcodes: Record<N, number>): Record<N, number> {
  const all = {} as Record<N, number>;
  for (const name in opcodes) all[name] = 0xfd0000 | opcodes[name];
  return all;
}

function v1<N extends string>(opcodes: Record<N, number>): Record<N, (a: Operand<'v128'>) => V128> {
  return unary('v128', 'v128', prefixed(opcodes));
}

function v2<N extends string>(opcodes: Record<N, number>): Record<N, (a: Operand<'v128'>, b: Operand<'v128'>) => V128> {
  return binary('v128', 'v128', prefixed(opcodes));
}

function shifts<N extends string>(
  opcodes: Record<N, number>,
): Record<N, (a: Operand<'v128'>, count: Operand<'i32'>) => V128> {
  return binary('v128', 'v128', prefixed(opcodes), 'i32' as const);
}

function tests<N extends string>(opcodes: Record<N, number>): Record<N, (a: Operand<'v128'>) => I32> {
  return unary('v128', 'i32', prefixed(opcodes));
}

function extract<R extends Type>(type: R, opcode: number): (a: V128, lane: number) => Expression<R> {
  return (a, lane) =>
    new Expression(type, out => {
      a.write(out);
      out.byte(0xfd);
      out.unsigned(opcode);
      out.byte(lane);
    });
}

function replace<S extends Type>(type: S, opcode: number): (a: V128, lane: number, value: Operand<S>) => V128 {
  return (a, lane, value) =>
    new Expression('v128', out => {
      a.write(out);
      literal(type, value).write(out);
      out.byte(0xfd);
      out.unsigned(opcode);
      out.byte(lane);
    });
}

function splat<S extends Type>(type: S, opcode: number): (value: Operand<S>) => V128 {
  return unary(type, 'v128', { splat: 0xfd0000 | opcode }).splat;
}

/** A constant from sixteen bytes. */
export function vectorConst(bytes: ArrayLike<number>): V128 {
  return new Expression('v128', out => {
    out.append([0xfd, 12]);
    out.append(bytes);
  });
}

/** Picks bytes of `a` (0 to 15) and `b` (16 to 31). */
export function shuffle(a: V128, b: V128, lanes: readonly number[]): V128 {
  return new Expression('v128', out => {
    a.write(out);
    b.write(out);
    out.append([0xfd, 13]);
    out.append(lanes);
  });
}

export const vector = {
  ...loads('v128', prefixed({ load: 0, load8x8s: 1, load32zero: 92, load64zero: 93 })),
  ...v1({ not: 77 }),
  ...v2({ and: 78, andnot: 79, or: 80, xor: 81 }),
  ...tests({ anyTrue: 83 }),
  /** Bits of `a` where `mask` is set, else of `b`. */
  bitselect: (a: V128, b: V128, mask: V128): V128 =>
    new Expression('v128', out => {
      a.write(out);
      b.write(out);
      mask.write(out);
      out.append([0xfd, 82]);
    }),
};

export const i8x16 = {
  splat: splat('i32', 15),
  extractu: extract('i32', 22),
  replace: replace('i32', 23),
  ...v1({ abs: 96, neg: 97, popcnt: 98 }),
  ...v2({
    swizzle: 14,
    eq: 35,
    ne: 36,
    gts: 39,
    gtu: 40,
    narrows: 101,
    narrowu: 102,
    add: 110,
    addSats: 111,
    addSatu: 112,
    sub: 113,
    subSats: 114,
    subSatu: 115,
    mins: 118,
    minu: 119,
    maxs: 120,
    maxu: 121,
    avgu: 123,
  }),
  ...shifts({ shl: 107, shrs: 108, shru: 109 }),
  ...tests({ allTrue: 99, bitmask: 100 }),
};

export const i16x8 = {
  splat: splat('i32', 16),
  extractu: extract('i32', 25),
  replace: replace('i32', 26),
  ...v1({
    abs: 128,
    neg: 129,
    pairwises: 124,
    pairwiseu: 125,
    extendLows: 135,
    extendHighs: 136,
    extendLowu: 137,
    extendHighu: 138,
  }),
  ...v2({
    eq: 45,
    ne: 46,
    gts: 49,
    gtu: 50,
    narrows: 133,
    narrowu: 134,
    add: 142,
    addSats: 143,
    addSatu: 144,
    sub: 145,
    subSats: 146,
    subSatu: 147,
    mul: 149,
    mins: 150,
    minu: 151,
    maxs: 152,
    maxu: 153,
    avgu: 155,
    mulLows: 156,
    mulHighs: 157,
    mulLowu: 158,
    mulHighu: 159,
  }),
  ...shifts({ shl: 139, shrs: 140, shru: 141 }),
  ...tests({ allTrue: 131, bitmask: 132 }),
};

export const i32x4 = {
  splat: splat('i32', 17),
  extract: extract('i32', 27),
  replace: replace('i32', 28),
  ...v1({
    abs: 160,
    neg: 161,
    pairwises: 126,
    extendLows: 167,
    extendHighs: 168,
    extendLowu: 169,
    extendHighu: 170,
    truncateF32: 248,
    truncateF64Zero: 252,
  }),
  ...v2({
    eq: 55,
    ne: 56,
    gts: 59,
    add: 174,
    sub: 177,
    mul: 181,
    mins: 182,
    minu: 183,
    maxs: 184,
    maxu: 185,
    dot: 186,
    mulLows: 188,
    mulHighs: 189,
    mulLowu: 190,
    mulHighu: 191,
  }),
  ...shifts({ shl: 171, shrs: 172, shru: 173 }),
  ...tests({ allTrue: 163, bitmask: 164 }),
};

export const i64x2 = {
  splat: splat('i64', 18),
  extract: extract('i64', 29),
  replace: replace('i64', 30),
  ...v1({ abs: 192, neg: 193, extendLows: 199, extendHighs: 200, extendLowu: 201, extendHighu: 202 }),
  ...v2({ add: 206, sub: 209, mul: 213, eq: 214, ne: 215, gts: 217, mulLows: 220, mulLowu: 222, mulHighu: 223 }),
  ...shifts({ shl: 203, shrs: 204, shru: 205 }),
  ...tests({ allTrue: 195, bitmask: 196 }),
};

export const f32x4 = {
  splat: splat('f32', 19),
  extract: extract('f32', 31),
  replace: replace('f32', 32),
  ...v1({ abs: 224, sqrt: 227, ceil: 103, floor: 104, trunc: 105, nearest: 106, convertI32: 250, demoteF64Zero: 94 }),
  ...v2({
    eq: 65,
    ne: 66,
    lt: 67,
    gt: 68,
    le: 69,
    ge: 70,
    add: 228,
    sub: 229,
    mul: 230,
    div: 231,
    pmin: 234,
    pmax: 235,
  }),
};

export const f64x2 = {
  splat: splat('f64', 20),
  extract: extract('f64', 33),
  replace: replace('f64', 34),
  ...v1({
    abs: 236,
    sqrt: 239,
    ceil: 116,
    floor: 117,
    trunc: 122,
    nearest: 148,
    convertLowI32: 254,
    promoteLowF32: 95,
  }),
  ...v2({
    eq: 71,
    ne: 72,
    lt: 73,
    gt: 74,
    le: 75,
    ge: 76,
    add: 240,
    sub: 241,
    mul: 242,
    div: 243,
    pmin: 246,
    pmax: 247,
  }),
};

export type { F32, F64, I64 };
