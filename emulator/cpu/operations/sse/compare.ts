/** Comparison of floating-point numbers: MIN, MAX, COMIS, UCOMIS, CMP (SSE, SSE2), and the exceptions of their operands. */

import type { Emitter } from '../../emitter.ts';
import { rows } from '../../rows.ts';
import type { Row } from '../../rows.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i32x4, vector } from '../../wasm/vector.ts';
import { denormalLanes, isDenormal, isSignaling, signalingLanes } from './classes.ts';
import { DENORMAL, raise } from './exceptions.ts';
import { flushDenormal, flushDenormals, PACKED, readFloat, SCALARS, variableOf, variableVector } from './formats.ts';
import { anyOf, isSuspect } from './usual.ts';
import type { Float, PackedFormat, ScalarFormat } from './formats.ts';

interface Pair<V> {
  readonly a: V;
  readonly b: V;
}

/**
 * Both operands, denormals made zero if MXCSR asks for it. Signaling NaNs are invalid, quiet ones where `loud` is 1; a
 * denormal counts only beside a number (SDM vol. 1, 4.9.2).
 */
function comparedFloats(e: Emitter, format: ScalarFormat, loud: I32): Pair<Float> {
  const second = readFloat(e, format, 1);
  const first = readFloat(e, format, 0);
  if (e.control) return plainlyCompared(e, format, { a: first, b: second });
  const { ne } = format.ops;
  const [a, b] = [variableOf(e, first), variableOf(e, second)];
  const nan = (): I32 => i32.or(ne(a, a), ne(b, b));
  const denormal = (): I32 => i32.or(isDenormal(format, a), isDenormal(format, b));
  e.code.unlikely(i32.or(denormal(), nan()), () => {
    for (const value of [a, b]) flushDenormal(e, format, value);
    const signaling = i32.or(isSignaling(format, a), isSignaling(format, b));
    raise(e, select(nan(), i32.or(signaling, loud), i32.shl(denormal(), Math.log2(DENORMAL))));
  });
  return { a, b };
}

/** Denormals and NaNs are left to the assist. */
function plainlyCompared(e: Emitter, format: ScalarFormat, { a, b }: Pair<Float>): Pair<Float> {
  const unknown = [a, b].filter(({ known }) => known.usual !== format.type);
  const strange = unknown.map(value => i32.or(isDenormal(format, value), format.ops.ne(value, value)));
  const suspect = anyOf(unknown.map(value => isSuspect(format, value)));
  e.code.unlikely(suspect, () => e.code.unlikely(anyOf(strange), () => raise(e, i32.const(DENORMAL))));
  return { a, b };
}

function comparedVectors(e: Emitter, format: PackedFormat, loud: I32): Pair<V128> {
  const { ne } = format.ops;
  const b = variableVector(e, e.vector(1));
  const a = variableVector(e, e.vector(0));
  const nan = (): V128 => vector.or(ne(a, a), ne(b, b));
  const denormal = (): V128 => vector.or(denormalLanes(format, a), denormalLanes(format, b));
  e.code.if(vector.anyTrue(vector.or(denormal(), nan())), () => {
    for (const value of [a, b]) flushDenormals(e, format, value);
    const signaling = vector.anyTrue(vector.or(signalingLanes(format, a), signalingLanes(format, b)));
    const invalid = i32.or(signaling, i32.and(loud, vector.anyTrue(nan())));
    const counted = vector.anyTrue(vector.andnot(denormal(), nan()));
    raise(e, i32.or(invalid, i32.shl(counted, Math.log2(DENORMAL))));
  });
  return { a, b };
}

/** Of less, less or equal and their like quiet NaNs are invalid, too; from 16 on it is the other way round. */
function isLoud(predicate: I32): I32 {
  return i32.and(i32.xor(i32.shru(i32.add(predicate, 1), 1), i32.shru(predicate, 4)), 1);
}

/** MIN and MAX give the second operand unless the first is truly less (greater): so for NaNs and for zeros of both signs. */
function scalarExtreme(format: ScalarFormat, name: 'min' | 'max'): (e: Emitter) => void {
  return e => {
    const { a, b } = comparedFloats(e, format, i32.const(1));
    const first = name === 'min' ? format.ops.lt(a, b) : format.ops.gt(a, b);
    e.setLow(0, e.code.keep(select(first, format.bits(a), format.bits(b))), format.size);
  };
}

function packedExtreme(format: PackedFormat, name: 'min' | 'max'): (e: Emitter) => void {
  return e => {
    const { a, b } = comparedVectors(e, format, i32.const(1));
    e.setVector(0, vector.bitselect(a, b, name === 'min' ? format.ops.lt(a, b) : format.ops.gt(a, b)));
  };
}

/** COMIS and UCOMIS: ZF, PF, CF as of an unsigned comparison, all set when unordered; the others clear. */
function compareToFlags(format: ScalarFormat, loud: 0 | 1): (e: Emitter) => void {
  return e => {
    const { a, b } = comparedFloats(e, format, i32.const(loud));
    e.setFlags(format.size === 4 ? 'singles' : 'doubles', 8, format.bits(a), format.bits(b));
  };
}

/** For each of sixteen predicates in which cases it holds: less 1, equal 2, greater 4, unordered 8 (SDM vol. 2, CMPPD). */
const HOLDS = [2, 1, 3, 8, 13, 14, 12, 7, 10, 9, 11, 0, 5, 6, 4, 15];
const HOLDS_WORD = HOLDS.reduceRight((word, cases) => (word << 4n) | BigInt(cases), 0n);

function casesOf(predicate: I32): I32 {
  return i32.wrap(i64.shru(i64.const(HOLDS_WORD), i64.extendu(i32.shl(i32.and(predicate, 15), 2))));
}

/** The SSE forms have the first eight predicates, the VEX forms all of them twice. */
function predicateOf(e: Emitter, mask: 7 | 31): I32 {
  return e.code.keep(i32.and(i32.wrap(e.source(2, 1)), mask));
}

export function scalarCompare(format: ScalarFormat, mask: 7 | 31 = 7): (e: Emitter) => void {
  return e => {
    const predicate = predicateOf(e, mask);
    const { a, b } = comparedFloats(e, format, isLoud(predicate));
    const { lt, gt, eq } = format.ops;
    const [less, equal, greater] = [lt(a, b), eq(a, b), gt(a, b)].map(holds => e.code.keep(holds));
    const ordered = i32.or(i32.or(less, i32.shl(equal, 1)), i32.shl(greater, 2));
    const which = e.code.keep(ordered);
    const found = select(which, which, i32.const(8));
    const holds = i32.ne(i32.and(found, casesOf(predicate)), 0);
    e.setLow(0, e.code.keep(i64.sub(0, i64.extendu(holds))), format.size);
  };
}

export function packedCompare(format: PackedFormat, mask: 7 | 31 = 7): (e: Emitter) => void {
  return e => {
    const predicate = predicateOf(e, mask);
    const { a, b } = comparedVectors(e, format, isLoud(predicate));
    const { lt, gt, eq, ne } = format.ops;
    const cases = e.code.keep(casesOf(predicate));
    const wanted = (bit: number): V128 => i32x4.splat(i32.sub(0, i32.and(i32.shru(cases, bit), 1)));
    const relations = [lt(a, b), eq(a, b), gt(a, b), vector.or(ne(a, a), ne(b, b))];
    const held = relations.map((relation, bit) => vector.and(relation, wanted(bit)));
    e.setVector(
      0,
      held.reduce((any, next) => vector.or(any, next)),
    );
  };
}

function scalarRows(format: ScalarFormat): Row[] {
  const { suffix, memory } = format;
  const forms = `x x | x ${memory}`;
  return [
    ...rows(`min${suffix}`, forms, scalarExtreme(format, 'min')),
    ...rows(`max${suffix}`, forms, scalarExtreme(format, 'max')),
    ...rows(`comi${suffix}`, forms, compareToFlags(format, 1)),
    ...rows(`ucomi${suffix}`, forms, compareToFlags(format, 0)),
    ...rows(`cmp${suffix}`, `x x rb | x ${memory} rb`, scalarCompare(format)),
  ];
}

function packedRows(format: PackedFormat): Row[] {
  const { suffix } = format;
  return [
    ...rows(`min${suffix}`, 'x xmo', packedExtreme(format, 'min')),
    ...rows(`max${suffix}`, 'x xmo', packedExtreme(format, 'max')),
    ...rows(`cmp${suffix}`, 'x xmo rb', packedCompare(format)),
  ];
}

export const compareRows = [...SCALARS.flatMap(scalarRows), ...PACKED.flatMap(packedRows)];
