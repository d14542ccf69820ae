/** PCMPISTRI, PCMPISTRM, PCMPESTRI, PCMPESTRM (SDM vol. 2, 4.1): strings of bytes or words in two vectors are compared. */

import type { Emitter } from '../../emitter.ts';
import { CF, OF, RAX, RCX, RDX, SF, ZF } from '../../registers.ts';
import { rows } from '../../rows.ts';
import type { Local } from '../../wasm/code.ts';
import { select } from '../../wasm/expression.ts';
import type { I32, I64, V128 } from '../../wasm/expression.ts';
import { i32, i64 } from '../../wasm/scalar.ts';
import { i16x8, i8x16, i64x2, vector, vectorConst } from '../../wasm/vector.ts';

/** What the mnemonic says: lengths in RAX and RDX, of 64 bits, rather than a zero; a mask in XMM0 rather than RCX. */
interface Kind {
  readonly explicit?: boolean;
  readonly wide?: boolean;
  readonly mask?: boolean;
}

/** Fields of the immediate (SDM vol. 2, 4.1.1 to 4.1.7). */
const WORDS = 1;
const SIGNED = 2;
/** Bits of the aggregation: equal any (0), ranges, equal each, equal ordered (both). */
const RANGES = 4;
const EQUAL_EACH = 8;
const NEGATIVE = 0x10;
const MASKED = 0x20;
const MOST_SIGNIFICANT = 0x40;

const BIT_OF_LANE = [1, 2, 4, 8, 16, 32, 64, 128];

/** The two strings as elements of one size. */
interface Strings {
  readonly lanes: typeof i8x16 | typeof i16x8;
  readonly a: V128;
  readonly b: V128;
  /** Elements of a vector. */
  readonly count: number;
  readonly lengthA: I32;
  readonly lengthB: I32;
  readonly validB: I32;
}

/** Writes `yes` or `no` as a bit of the immediate says: one of them where the immediate is known. */
function choose(e: Emitter, control: I32, bit: number, yes: () => void, no: () => void): void {
  const { constant } = control.known;
  if (constant === undefined) e.code.if(i32.and(control, bit), yes, no);
  else if (Number(constant) & bit) yes();
  else no();
}

function below(length: I32): I32 {
  return i32.sub(i32.shl(1, length), 1);
}

function explicitLength(e: Emitter, register: number, wide: boolean, count: number): I32 {
  const whole = e.register(register);
  const value = wide ? whole : e.code.keep(i64.extends(i32.wrap(whole)));
  const size: I64 = e.code.keep(select(i64.lts(value, 0), i64.sub(i64.const(0n), value), value));
  return e.code.keep(i32.wrap(select(i64.gtu(size, count), i64.const(BigInt(count)), size)));
}

function readStrings(e: Emitter, kind: Kind, a: V128, b: V128, words: boolean): Strings {
  const { code } = e;
  const lanes = words ? i16x8 : i8x16;
  const count = words ? 8 : 16;
  const implicitLength = (text: V128): I32 =>
    code.keep(i32.ctz(i32.or(lanes.bitmask(lanes.eq(text, vectorConst(new Uint8Array(16)))), 1 << count)));
  const length = (text: V128, register: number): I32 =>
    kind.explicit ? explicitLength(e, register, kind.wide === true, count) : implicitLength(text);
  const lengthA = length(a, RAX);
  const lengthB = length(b, RDX);
  return { lanes, a, b, count, lengthA, lengthB, validB: code.keep(below(lengthB)) };
}

/** Element `index` of `a` in all elements. */
function spread({ a, count }: Strings, index: I32): V128 {
  return i8x16.swizzle(a, count === 8 ? i16x8.splat(i32.add(i32.mul(index, 0x0202), 0x0100)) : i8x16.splat(index));
}

/** Calls `body` for each `step`th element of the first string, with `step - 1` more of it behind that. */
function forEachOfFirst(e: Emitter, { lengthA }: Strings, step: number, body: (index: Local<'i32'>) => void): void {
  const { code } = e;
  const index = code.variable('i32', 0);
  code.block(done => {
    code.loop(again => {
      code.branchIf(done, i32.gts(i32.add(index, step), lengthA));
      body(index);
      code.set(index, i32.add(index, step));
      code.branch(again);
    });
  });
}

/** A bit for each element of `b` that is some element of `a`. */
function equalAny(e: Emitter, strings: Strings): I32 {
  const { lanes, b, validB } = strings;
  const found = e.code.variable('v128', vectorConst(new Uint8Array(16)));
  forEachOfFirst(e, strings, 1, i => e.code.set(found, vector.or(found, lanes.eq(spread(strings, i), b))));
  return i32.and(lanes.bitmask(found), validB);
}

/** A bit for each element of `b` that lies between two of `a`. */
function inRanges(e: Emitter, strings: Strings, signed: boolean): I32 {
  const { lanes, b, validB } = strings;
  const above = signed ? lanes.gts : lanes.gtu;
  const found = e.code.variable('v128', vectorConst(new Uint8Array(16)));
  forEachOfFirst(e, strings, 2, i => {
    const outside = vector.or(above(spread(strings, i), b), above(b, spread(strings, i32.add(i, 1))));
    e.code.set(found, vector.or(found, vector.not(outside)));
  });
  return i32.and(lanes.bitmask(found), validB);
}

/** A bit for each element that is the same in both, or beyond the end of both. */
function equalEach(e: Emitter, { lanes, a, b, count, lengthA, validB }: Strings): I32 {
  const validA = e.code.keep(below(lengthA));
  const both = i32.and(i32.and(lanes.bitmask(lanes.eq(a, b)), validA), validB);
  return i32.or(both, i32.xor(i32.or(validA, validB), (1 << count) - 1));
}

/** A bit for each element of `b` where `a` begins; what lies beyond the vector counts as equal. */
function equalOrdered(e: Emitter, strings: Strings): I32 {
  const { lanes, b, count, validB } = strings;
  const found = e.code.variable('i32', (1 << count) - 1);
  forEachOfFirst(e, strings, 1, i => {
    const equal = i32.and(lanes.bitmask(lanes.eq(spread(strings, i), b)), validB);
    const beyond = i32.shl(-1, i32.sub(count, i));
    e.code.set(found, i32.and(found, i32.or(i32.shru(equal, i), beyond)));
  });
  return found;
}

/** The aggregation that the immediate names (IntRes1). */
function aggregate(e: Emitter, control: I32, strings: Strings, bits: Local<'i32'>): void {
  const set = (value: I32): void => e.code.set(bits, value);
  const or = (bit: number, yes: () => void, no: () => void) => (): void => choose(e, control, bit, yes, no);
  const ranges = or(
    SIGNED,
    () => set(inRanges(e, strings, true)),
    () => set(inRanges(e, strings, false)),
  );
  const ordered = or(
    RANGES,
    () => set(equalOrdered(e, strings)),
    () => set(equalEach(e, strings)),
  );
  or(
    EQUAL_EACH,
    ordered,
    or(RANGES, ranges, () => set(equalAny(e, strings))),
  )();
}

/** The bits of the result (IntRes2), before it is an index or a mask, and the flags, into locals. */
function compare(
  e: Emitter,
  control: I32,
  strings: Strings,
  { bits, flags }: { bits: Local<'i32'>; flags: Local<'i32'> },
): void {
  const { code } = e;
  const { count, lengthA, lengthB, validB } = strings;
  aggregate(e, control, strings, bits);
  const invert = (mask: I32 | number): void => code.set(bits, i32.xor(bits, mask));
  const inverted = (): void =>
    choose(
      e,
      control,
      MASKED,
      () => invert(validB),
      () => invert((1 << count) - 1),
    );
  choose(e, control, NEGATIVE, inverted, () => undefined);
  const flag = (mask: number, condition: I32): I32 => i32.mul(condition, mask);
  const ends = i32.or(flag(ZF, i32.lts(lengthB, count)), flag(SF, i32.lts(lengthA, count)));
  code.set(flags, i32.or(ends, i32.or(flag(CF, i32.ne(bits, 0)), flag(OF, i32.and(bits, 1)))));
}

/** The place of the lowest or the highest bit, or the number of elements. */
function indexOf(e: Emitter, control: I32, bits: I32): I32 {
  const count = i32.shru(16, i32.and(control, WORDS));
  const lowest = i32.ctz(i32.or(bits, i32.shl(1, count)));
  const highest = select(bits, i32.sub(31, i32.clz(bits)), count);
  return e.code.keep(select(i32.and(control, MOST_SIGNIFICANT), highest, lowest));
}

/** The bits themselves, or each widened to its element. */
function maskOf(e: Emitter, control: I32, bits: I32): V128 {
  const narrow = i64x2.replace(vectorConst(new Uint8Array(16)), 0, i64.extendu(bits));
  const words = vectorConst(BIT_OF_LANE.flatMap(bit => [bit, 0]));
  const bytes = vectorConst([...BIT_OF_LANE, ...BIT_OF_LANE]);
  const halves = vectorConst([0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1]);
  const ofWords = i16x8.eq(vector.and(i16x8.splat(bits), words), words);
  const ofBytes = i8x16.eq(vector.and(i8x16.swizzle(narrow, halves), bytes), bytes);
  const wide = select(i32.and(control, WORDS), ofWords, ofBytes);
  return e.code.keep(select(i32.and(control, MOST_SIGNIFICANT), wide, narrow));
}

function compareStrings(kind: Kind): (e: Emitter) => void {
  return e => {
    const { code } = e;
    const a = e.vector(0);
    const b = e.vector(1, 1);
    const control = code.keep(i32.wrap(e.source(2, 1)));
    const result = { bits: code.local('i32'), flags: code.local('i32') };
    const each = (words: boolean) => (): void => compare(e, control, readStrings(e, kind, a, b, words), result);
    choose(e, control, WORDS, each(true), each(false));
    if (kind.mask) e.setVectorRegister(0, maskOf(e, control, result.bits));
    else e.setRegister(RCX, i64.extendu(indexOf(e, control, result.bits)));
    e.setFlagImage(code.keep(i64.extendu(result.flags)));
  };
}

export const stringCompareRows = [
  ...rows('pcmpistri', 'x xmo rb', compareStrings({})),
  ...rows('pcmpistrm', 'x xmo rb', compareStrings({ mask: true })),
  ...rows('pcmpestri', 'x xmo rb', compareStrings({ explicit: true })),
  ...rows('pcmpestrm', 'x xmo rb', compareStrings({ explicit: true, mask: true })),
  ...rows('pcmpestri64', 'x xmo rb', compareStrings({ explicit: true, wide: true })),
  ...rows('pcmpestrm64', 'x xmo rb', compareStrings({ explicit: true, wide: true, mask: true })),
];
