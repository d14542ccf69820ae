/** Floating-point arithmetic, comparison and rounding, scalar and packed (SSE to SSE4.1). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, V128 } from '../../wasm/expression.ts';
import { f32, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, i32x4, i64x2, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import {
  isDefaultArithmetic,
  keepFloat,
  PACKED,
  PACKED_DOUBLE,
  PACKED_SINGLE,
  readFloat,
  readNormal,
  readNormalVector,
  roundingMode,
  SCALARS,
  selectFloat,
  settleNan,
  settlePackedNan,
} from './formats.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';

/** With any other MXCSR an assist does the same operation with its rounding, flushing and exceptions. */
export function withAssist(e: Emitter, name: string, fast: () => void): void {
  e.code.if(isDefaultArithmetic(e), fast, () => e.assist(name, e.operandPlace(0), e.operandPlace(1)));
}

type Arithmetic = 'add' | 'sub' | 'mul' | 'div';

function scalarArithmetic(format: ScalarFormat, name: Arithmetic): (e: Emitter) => void {
  return e => {
    const b = readFloat(e, format, 1);
    const a = readFloat(e, format, 0);
    withAssist(e, `${name}${format.suffix}`, () => {
      const result = keepFloat(e, format.ops[name](a, b));
      e.setLow(0, settleNan(e, format, result, a, b), format.size);
    });
  };
}

function packedArithmetic(format: PackedFormat, name: Arithmetic): (e: Emitter) => void {
  return e => {
    const b = e.vector(1);
    const a = e.vector(0);
    withAssist(e, `${name}${format.suffix}`, () => {
      e.setVector(0, settlePackedNan(e, format, format.ops[name](a, b), a, b));
    });
  };
}

function scalarRoot(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const a = readFloat(e, format, 1);
    withAssist(e, `sqrt${format.suffix}`, () => {
      const result = keepFloat(e, format.ops.sqrt(a));
      e.setLow(0, settleNan(e, format, result, a, a), format.size);
    });
  };
}

function packedRoot(format: PackedFormat): (e: Emitter) => void {
  return e => {
    const a = e.vector(1);
    withAssist(e, `sqrt${format.suffix}`, () => {
      e.setVector(0, settlePackedNan(e, format, format.ops.sqrt(a), a, a));
    });
  };
}

/** MIN and MAX give the second operand unless the first is truly less (greater): so for NaNs and for zeros of both signs. */
function scalarExtreme(format: ScalarFormat, name: 'min' | 'max'): (e: Emitter) => void {
  return e => {
    const a = readNormal(e, format, 0);
    const b = readNormal(e, format, 1);
    const first = name === 'min' ? format.ops.lt(a, b) : format.ops.gt(a, b);
    e.setLow(0, e.code.keep(select(first, format.bits(a), format.bits(b))), format.size);
  };
}

function packedExtreme(format: PackedFormat, name: 'min' | 'max'): (e: Emitter) => void {
  return e => {
    const a = readNormalVector(e, format, 0);
    const b = readNormalVector(e, format, 1);
    e.setVector(0, vector.bitselect(a, b, name === 'min' ? format.ops.lt(a, b) : format.ops.gt(a, b)));
  };
}

/** COMIS and UCOMIS: ZF, PF, CF as of an unsigned comparison, all set when unordered; the others clear. */
function compareToFlags(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const a = readNormal(e, format, 0);
    const b = readNormal(e, format, 1);
    e.setFlags(format.size === 4 ? 'singles' : 'doubles', 8, format.bits(a), format.bits(b));
  };
}

interface Relations<T> {
  readonly lt: T;
  readonly le: T;
  readonly eq: T;
  readonly unordered: T;
}

/** CMPPS and the like: predicates 0 to 3 are equal, less, less or equal, unordered; 4 to 7 their negations. */
function scalarCompare(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const a = readNormal(e, format, 0);
    const b = readNormal(e, format, 1);
    const predicate = e.code.keep(i32.wrap(e.source(2, 1)));
    const is: Relations<I32> = {
      eq: format.ops.eq(a, b),
      lt: format.ops.lt(a, b),
      le: format.ops.le(a, b),
      unordered: i32.or(format.ops.ne(a, a), format.ops.ne(b, b)),
    };
    const low = select(i32.and(predicate, 1), is.lt, is.eq);
    const high = select(i32.and(predicate, 1), is.unordered, is.le);
    const holds = select(i32.and(predicate, 2), high, low);
    const negated = i32.xor(holds, i32.and(i32.shru(predicate, 2), 1));
    e.setLow(0, e.code.keep(i64.sub(0, i64.extendu(negated))), format.size);
  };
}

function packedCompare(format: PackedFormat): (e: Emitter) => void {
  return e => {
    const a = readNormalVector(e, format, 0);
    const b = readNormalVector(e, format, 1);
    const predicate = e.code.keep(i32.wrap(e.source(2, 1)));
    const { ops } = format;
    const is: Relations<V128> = {
      eq: ops.eq(a, b),
      lt: ops.lt(a, b),
      le: ops.le(a, b),
      unordered: vector.or(ops.ne(a, a), ops.ne(b, b)),
    };
    const low = select(i32.and(predicate, 1), is.lt, is.eq);
    const high = select(i32.and(predicate, 1), is.unordered, is.le);
    const holds = select(i32.and(predicate, 2), high, low);
    const inverted = i32x4.splat(i32.sub(0, i32.and(i32.shru(predicate, 2), 1)));
    e.setVector(0, vector.xor(holds, inverted));
  };
}

/** The rounding that an immediate asks for: bits 1 and 0, or MXCSR when bit 2 is set. */
function immediateRounding(e: Emitter, index: number): I32 {
  const immediate = e.code.keep(i32.wrap(e.source(index, 1)));
  return e.code.keep(select(i32.and(immediate, 4), roundingMode(e), i32.and(immediate, 3)));
}

export function roundBy(e: Emitter, format: ScalarFormat, value: Float, mode: I32): Float {
  const { nearest, floor, ceil, trunc } = format.ops;
  const downOrNearest = selectFloat(i32.and(mode, 1), floor(value), nearest(value));
  const upOrZero = selectFloat(i32.and(mode, 1), trunc(value), ceil(value));
  return keepFloat(e, selectFloat(i32.and(mode, 2), upOrZero, downOrNearest));
}

function scalarRound(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const a = readNormal(e, format, 1);
    const result = roundBy(e, format, a, immediateRounding(e, 2));
    e.setLow(0, settleNan(e, format, result, a, a), format.size);
  };
}

export function roundPacked(e: Emitter, { ops }: PackedFormat, value: V128, mode: I32): V128 {
  const downOrNearest = select(i32.and(mode, 1), ops.floor(value), ops.nearest(value));
  const upOrZero = select(i32.and(mode, 1), ops.trunc(value), ops.ceil(value));
  return e.code.keep(select(i32.and(mode, 2), upOrZero, downOrNearest));
}

function packedRound(format: PackedFormat): (e: Emitter) => void {
  return e => {
    const a = readNormalVector(e, format, 1);
    e.setVector(0, settlePackedNan(e, format, roundPacked(e, format, a, immediateRounding(e, 2)), a, a));
  };
}

const SINGLE_EVEN = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const DOUBLE_EVEN = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** HADD, HSUB: neighbours combined. */
function horizontal(format: PackedFormat, even: readonly number[], name: 'add' | 'sub'): (e: Emitter) => void {
  const odd = even.map(lane => lane + (format === PACKED_SINGLE ? 4 : 8));
  return e => {
    const second = e.vector(1);
    const first = e.vector(0);
    withAssist(e, `h${name}${format.suffix}`, () => {
      const a = e.code.keep(shuffle(first, second, even));
      const b = e.code.keep(shuffle(first, second, odd));
      e.setVector(0, settlePackedNan(e, format, format.ops[name](a, b), a, b));
    });
  };
}

/** ADDSUB: even elements subtracted, odd ones added. */
function addSubtract(format: PackedFormat): (e: Emitter) => void {
  const odd = format === PACKED_SINGLE ? 4 : 8;
  const mask = vectorConst(Array.from({ length: 16 }, (_, i) => (i & odd ? 255 : 0)));
  return e => {
    const b = e.vector(1);
    const a = e.vector(0);
    withAssist(e, `addsub${format.suffix}`, () => {
      const result = vector.bitselect(format.ops.add(a, b), format.ops.sub(a, b), mask);
      e.setVector(0, settlePackedNan(e, format, result, a, b));
    });
  };
}

/**
 * RCP and RSQRT promise twelve bits, and processors differ in which approximation they give. These are the exact
 * quotients rounded to single precision, the same everywhere.
 */
function approximate(of: (a: V128) => V128): { packed: (e: Emitter) => void; scalar: (e: Emitter) => void } {
  const settled = (e: Emitter, a: V128): V128 => settlePackedNan(e, PACKED_SINGLE, of(a), a, a);
  return {
    packed: e => e.setVector(0, settled(e, e.vector(1))),
    scalar: e => {
      const a = e.code.keep(f32x4.splat(e.float(1, 'f32')));
      e.setLow(0, e.code.keep(i64x2.extract(settled(e, a), 0)), 4);
    },
  };
}

const ONE = f32x4.splat(f32.reinterpret(i32.const(0x3f80_0000)));
const reciprocal = approximate(a => f32x4.div(ONE, a));
const reciprocalRoot = approximate(a => f32x4.div(ONE, f32x4.sqrt(a)));

/** Exchanges neighbours of `distance` bytes. */
function swapped(value: V128, distance: number): V128 {
  return shuffle(
    value,
    value,
    Array.from({ length: 16 }, (_, i) => i ^ distance),
  );
}

/** DPPS, DPPD: products where bits 7:4 say, their sum where bits 3:0 say. */
function dotProduct(format: PackedFormat): (e: Emitter) => void {
  const double = format === PACKED_DOUBLE;
  const lanes = (immediate: I32): V128 => {
    const bits = new Uint8Array((double ? BigUint64Array.of(1n, 2n) : Uint32Array.of(1, 2, 4, 8)).buffer);
    const wide = double ? i64x2.splat(i64.extendu(immediate)) : i32x4.splat(immediate);
    const present = vector.and(wide, vectorConst(bits));
    const none = vectorConst(new Uint8Array(16));
    return double ? i64x2.ne(present, none) : i32x4.ne(present, none);
  };
  return e => {
    const { code } = e;
    const b = e.vector(1);
    const a = e.vector(0);
    const immediate = code.keep(i32.wrap(e.source(2, 1)));
    const sum = (x: V128, y: V128): V128 => code.keep(settlePackedNan(e, format, format.ops.add(x, y), x, y));
    const product = settlePackedNan(e, format, format.ops.mul(a, b), a, b);
    let total: V128 = code.keep(vector.and(product, lanes(i32.shru(immediate, 4))));
    total = sum(total, code.keep(swapped(total, double ? 8 : 4)));
    if (!double) total = sum(total, code.keep(swapped(total, 8)));
    e.setVector(0, vector.and(total, lanes(immediate)));
  };
}

const ARITHMETIC: readonly Arithmetic[] = ['add', 'sub', 'mul', 'div'];

function scalarRows(format: ScalarFormat): Row[] {
  const { suffix, memory } = format;
  const forms = `x x | x ${memory}`;
  return [
    ...ARITHMETIC.flatMap(name => rows(`${name}${suffix}`, forms, scalarArithmetic(format, name))),
    ...rows(`sqrt${suffix}`, forms, scalarRoot(format)),
    ...rows(`min${suffix}`, forms, scalarExtreme(format, 'min')),
    ...rows(`max${suffix}`, forms, scalarExtreme(format, 'max')),
    ...rows(`comi${suffix} ucomi${suffix}`, forms, compareToFlags(format)),
    ...rows(`cmp${suffix}`, `x x rb | x ${memory} rb`, scalarCompare(format)),
    ...rows(`round${suffix}`, `x x rb | x ${memory} rb`, scalarRound(format)),
  ];
}

function packedRows(format: PackedFormat): Row[] {
  const { suffix } = format;
  const even = format === PACKED_SINGLE ? SINGLE_EVEN : DOUBLE_EVEN;
  return [
    ...ARITHMETIC.flatMap(name => rows(`${name}${suffix}`, 'x xmo', packedArithmetic(format, name))),
    ...rows(`sqrt${suffix}`, 'x xmo', packedRoot(format)),
    ...rows(`min${suffix}`, 'x xmo', packedExtreme(format, 'min')),
    ...rows(`max${suffix}`, 'x xmo', packedExtreme(format, 'max')),
    ...rows(`cmp${suffix}`, 'x xmo rb', packedCompare(format)),
    ...rows(`round${suffix}`, 'x xmo rb', packedRound(format)),
    ...rows(`hadd${suffix}`, 'x xmo', horizontal(format, even, 'add')),
    ...rows(`hsub${suffix}`, 'x xmo', horizontal(format, even, 'sub')),
    ...rows(`addsub${suffix}`, 'x xmo', addSubtract(format)),
    ...rows(`dp${suffix}`, 'x xmo rb', dotProduct(format)),
  ];
}

export const floatRows = [
  ...SCALARS.flatMap(scalarRows),
  ...PACKED.flatMap(packedRows),
  ...rows('rcpps', 'x xmo', reciprocal.packed),
  ...rows('rcpss', 'x xmd', reciprocal.scalar),
  ...rows('rsqrtps', 'x xmo', reciprocalRoot.packed),
  ...rows('rsqrtss', 'x xmd', reciprocalRoot.scalar),
];
