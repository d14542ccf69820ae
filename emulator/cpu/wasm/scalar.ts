/** The scalar operators of WebAssembly (core specification, 5.4.6 and 5.4.7) by type. */

import { apply, binary, literal, loads, unary } from './expression.ts';
import type { F32, F64, I32, I64, Operand } from './expression.ts';
import { folding, foldingWide, lowerHalf, narrowLoad, signExtended, zeroExtended, zeroTest } from './folding.ts';

const i32Loads = loads('i32', { load: 0x28, load8s: 0x2c, load8u: 0x2d, load16s: 0x2e, load16u: 0x2f });

const i32Binary = folding(
  binary('i32', 'i32', {
    eq: 0x46,
    ne: 0x47,
    lts: 0x48,
    ltu: 0x49,
    gts: 0x4a,
    gtu: 0x4b,
    les: 0x4c,
    leu: 0x4d,
    ges: 0x4e,
    geu: 0x4f,
    add: 0x6a,
    sub: 0x6b,
    mul: 0x6c,
    divs: 0x6d,
    divu: 0x6e,
    rems: 0x6f,
    remu: 0x70,
    and: 0x71,
    or: 0x72,
    xor: 0x73,
    shl: 0x74,
    shrs: 0x75,
    shru: 0x76,
    rotl: 0x77,
    rotr: 0x78,
  }),
);

export const i32 = {
  const: (value: number): I32 => literal('i32', value),
  ...i32Loads,
  ...unary('i32', 'i32', { eqz: 0x45, clz: 0x67, ctz: 0x68, popcnt: 0x69, extend8: 0xc0, extend16: 0xc1 }),
  wrap: lowerHalf,
  ...unary('f32', 'i32', { reinterpret: 0xbc }),
  ...unary('f32', 'i32', { truncateF32: 0xfc0000 }),
  ...unary('f64', 'i32', { truncateF64: 0xfc0002 }),
  ...i32Binary,
};

const i64Loads = loads('i64', {
  load: 0x29,
  load8s: 0x30,
  load8u: 0x31,
  load16s: 0x32,
  load16u: 0x33,
  load32s: 0x34,
  load32u: 0x35,
});

export const i64 = {
  const: (value: number | bigint): I64 => literal('i64', value),
  ...i64Loads,
  load8u: narrowLoad(i64Loads.load8u, i32Loads.load8u),
  load16u: narrowLoad(i64Loads.load16u, i32Loads.load16u),
  load32u: narrowLoad(i64Loads.load32u, i32Loads.load),
  ...unary('i64', 'i64', { clz: 0x79, ctz: 0x7a, popcnt: 0x7b, extend8: 0xc2, extend16: 0xc3, extend32: 0xc4 }),
  eqz: zeroTest(unary('i64', 'i32', { eqz: 0x50 }).eqz),
  extends: signExtended,
  extendu: zeroExtended,
  ...unary('f64', 'i64', { reinterpret: 0xbd }),
  ...unary('f32', 'i64', { truncateF32: 0xfc0004 }),
  ...unary('f64', 'i64', { truncateF64: 0xfc0006 }),
  ...foldingWide(
    binary('i64', 'i64', {
      add: 0x7c,
      sub: 0x7d,
      mul: 0x7e,
      divs: 0x7f,
      divu: 0x80,
      rems: 0x81,
      remu: 0x82,
      and: 0x83,
      or: 0x84,
      xor: 0x85,
      shl: 0x86,
      shrs: 0x87,
      shru: 0x88,
      rotl: 0x89,
      rotr: 0x8a,
    }),
    i32Binary,
  ),
  ...foldingWide(
    binary('i64', 'i32', {
      eq: 0x51,
      ne: 0x52,
      lts: 0x53,
      ltu: 0x54,
      gts: 0x55,
      gtu: 0x56,
      les: 0x57,
      leu: 0x58,
      ges: 0x59,
      geu: 0x5a,
    }),
  ),
  not: (a: Operand<'i64'>): I64 => apply('i64', 0x85, literal('i64', a), literal('i64', -1)),
};

export const f32 = {
  ...loads('f32', { load: 0x2a }),
  ...unary('f32', 'f32', { ceil: 0x8d, floor: 0x8e, trunc: 0x8f, nearest: 0x90, sqrt: 0x91 }),
  ...unary('i32', 'f32', { convertI32: 0xb2, reinterpret: 0xbe }),
  ...unary('i64', 'f32', { convertI64: 0xb4 }),
  ...unary('f64', 'f32', { demote: 0xb6 }),
  ...binary('f32', 'f32', { add: 0x92, sub: 0x93, mul: 0x94, div: 0x95 }),
  ...binary('f32', 'i32', { eq: 0x5b, ne: 0x5c, lt: 0x5d, gt: 0x5e, le: 0x5f, ge: 0x60 }),
};

export const f64 = {
  ...loads('f64', { load: 0x2b }),
  ...unary('f64', 'f64', { ceil: 0x9b, floor: 0x9c, trunc: 0x9d, nearest: 0x9e, sqrt: 0x9f }),
  ...unary('i32', 'f64', { convertI32: 0xb7 }),
  ...unary('i64', 'f64', { convertI64: 0xb9, reinterpret: 0xbf }),
  ...unary('f32', 'f64', { promote: 0xbb }),
  ...binary('f64', 'f64', { add: 0xa0, sub: 0xa1, mul: 0xa2, div: 0xa3 }),
  ...binary('f64', 'i32', { eq: 0x61, ne: 0x62, lt: 0x63, gt: 0x64, le: 0x65, ge: 0x66 }),
};

export type { F32, F64, I32, I64 };
