/** Floating-point arithmetic, scalar and packed (SSE to SSE4.1). */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import type { I32, V128 } from '../../wasm/expression.ts';
import { f32, i32, i64 } from '../../wasm/scalar.ts';
import { f32x4, i32x4, i64x2, shuffle, vector, vectorConst } from '../../wasm/vector.ts';
import { guarded, joinTests, packedTests, scalarTests } from './exceptions.ts';
import type { Calculation, Name } from './exceptions.ts';
import { PACKED, PACKED_DOUBLE, PACKED_SINGLE, readFloat, SCALARS, settlePackedNan, variableOf } from './formats.ts';
import type { PackedFormat, ScalarFormat } from './formats.ts';

type Arithmetic = Exclude<Name, 'sqrt'>;

function scalarArithmetic(format: ScalarFormat, name: Arithmetic): (e: Emitter) => void {
  return e => {
    const b = readFloat(e, format, 1);
    const a = readFloat(e, format, 0);
    const result = variableOf(e, format.ops[name](a, b));
    const tests = scalarTests(format, { name, result, a, b });
    e.setLow(0, guarded(e, result, tests, { name: `${name}${format.suffix}`, first: 0, second: 1 }), format.size);
  };
}

function packed(
  e: Emitter,
  format: PackedFormat,
  calculation: Omit<Calculation<V128>, 'result'>,
  assist: string,
): V128 {
  const { name, a, b } = calculation;
  const result = e.code.variable('v128', name === 'sqrt' ? format.ops.sqrt(b) : format.ops[name](a, b));
  return guarded(e, result, packedTests(format, { ...calculation, result }), { name: assist, first: 0, second: 1 });
}

function packedArithmetic(format: PackedFormat, name: Arithmetic): (e: Emitter) => void {
  return e => {
    const b = e.vector(1);
    const a = e.vector(0);
    e.setVector(0, packed(e, format, { name, a, b }, `${name}${format.suffix}`));
  };
}

function scalarRoot(format: ScalarFormat): (e: Emitter) => void {
  return e => {
    const b = readFloat(e, format, 1);
    const result = variableOf(e, format.ops.sqrt(b));
    const tests = scalarTests(format, { name: 'sqrt', result, a: b, b });
    e.setLow(0, guarded(e, result, tests, { name: `sqrt${format.suffix}`, first: 0, second: 1 }), format.size);
  };
}

function packedRoot(format: PackedFormat): (e: Emitter) => void {
  return e => {
    const b = e.vector(1);
    e.setVector(0, packed(e, format, { name: 'sqrt', a: b, b }, `sqrt${format.suffix}`));
  };
}

const SINGLE_EVEN = [0, 1, 2, 3, 8, 9, 10, 11, 16, 17, 18, 19, 24, 25, 26, 27];
const DOUBLE_EVEN = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];

/** HADD, HSUB: neighbours combined. */
function horizontal(format: PackedFormat, even: readonly number[], name: 'add' | 'sub'): (e: Emitter) => void {
  const odd = even.map(lane => lane + format.scalar.size);
  return e => {
    const second = e.vector(1);
    const first = e.vector(0);
    const a = e.code.keep(shuffle(first, second, even));
    const b = e.code.keep(shuffle(first, second, odd));
    e.setVector(0, packed(e, format, { name, a, b }, `h${name}${format.suffix}`));
  };
}

/** ADDSUB: even elements subtracted, which is adding their negative, odd ones added. */
function addSubtract(format: PackedFormat): (e: Emitter) => void {
  const { size } = format.scalar;
  const negating = vectorConst(Array.from({ length: 16 }, (_, i) => (i % (size * 2) === size - 1 ? 0x80 : 0)));
  return e => {
    const b = e.code.keep(vector.xor(e.vector(1), negating));
    const a = e.vector(0);
    e.setVector(0, packed(e, format, { name: 'add', a, b }, `addsub${format.suffix}`));
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
    const immediate = code.keep(i32.wrap(e.source(2, 1)));
    const chosen = code.keep(lanes(i32.shru(immediate, 4)));
    const steps: Calculation<V128>[] = [];
    const step = (name: Arithmetic, x: V128, y: V128): V128 => {
      const result = code.keep(format.ops[name](x, y));
      steps.push({ name, result, a: x, b: y });
      return result;
    };
    let total = step('mul', code.keep(vector.and(e.vector(0), chosen)), code.keep(vector.and(b, chosen)));
    total = step('add', total, code.keep(swapped(total, double ? 8 : 4)));
    if (!double) total = step('add', total, code.keep(swapped(total, 8)));
    const result = code.variable('v128', vector.and(total, lanes(immediate)));
    const tests = joinTests(steps.map(each => packedTests(format, each)));
    guarded(e, result, tests, { name: `dp${format.suffix}`, first: 0, second: 1, third: 2 });
    e.setVector(0, result);
  };
}

const ARITHMETIC: readonly Arithmetic[] = ['add', 'sub', 'mul', 'div'];

function scalarRows(format: ScalarFormat): Row[] {
  const { suffix, memory } = format;
  const forms = `x x | x ${memory}`;
  return [
    ...ARITHMETIC.flatMap(name => rows(`${name}${suffix}`, forms, scalarArithmetic(format, name))),
    ...rows(`sqrt${suffix}`, forms, scalarRoot(format)),
  ];
}

function packedRows(format: PackedFormat): Row[] {
  const { suffix } = format;
  const even = format === PACKED_SINGLE ? SINGLE_EVEN : DOUBLE_EVEN;
  return [
    ...ARITHMETIC.flatMap(name => rows(`${name}${suffix}`, 'x xmo', packedArithmetic(format, name))),
    ...rows(`sqrt${suffix}`, 'x xmo', packedRoot(format)),
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
