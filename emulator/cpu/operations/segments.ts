/**
 * Segment registers, and what user mode may do with them: in a 64-bit process all segments are flat, so a selector is
 * checked and kept, and loading FS or GS clears its base (SDM vol. 3, 3.4.4 and 5.10).
 */

import { GP } from '../exits.ts';
import { CODE_SELECTOR, RSP, SELECTORS_OFFSET, STACK_SELECTOR, FS_BASE, GS_BASE, ZF } from '../registers.ts';
import type { Emitter } from '../emitter.ts';
import { rows } from '../rows.ts';
import { select } from '../wasm/expression.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { checkTarget } from './flow.ts';
import { CHANGEABLE_FLAGS, popSystemFlags, push, top } from './stack.ts';

/** Segment registers in the order of their encodings. */
const SS = 2;
const FS = 4;
const GS = 5;

/**
 * The descriptors that user mode can name, as Linux and Windows lay them out, with what LAR says of them: code of 32-bit
 * programs, data and stack, code of 64-bit programs.
 */
const CODE_32 = { index: 0x20, rights: 0xcf_fb00 };
const DATA = { index: 0x28, rights: 0xcf_f300 };
const CODE_64 = { index: 0x30, rights: 0xaf_fb00 };
const DESCRIPTORS = [CODE_32, DATA, CODE_64] as const;

/** Without its two bits of privilege. */
function indexOf(selector: I64): I32 {
  return i32.and(i32.wrap(selector), 0xfffc);
}

function names(index: I32, descriptors: readonly { readonly index: number }[]): I32 {
  return descriptors.map(({ index: known }) => i32.eq(index, known)).reduce((any, next) => i32.or(any, next));
}

/** Faults unless `register` may have the selector: any readable segment or none; for SS the stack segment alone. */
function checkSelector(e: Emitter, register: I32, selector: I64): void {
  const index = e.code.keep(indexOf(selector));
  const readable = i32.or(i32.eqz(index), names(index, DESCRIPTORS));
  const isStack = i32.eq(i32.and(i32.wrap(selector), 0xffff), STACK_SELECTOR);
  e.code.if(i32.eqz(select(i32.eq(register, SS), isStack, readable)), () => e.fault(GP, index));
}

function setSelector(e: Emitter, register: I32, selector: I64): void {
  e.code.store('i64as16', i32.add(e.state(SELECTORS_OFFSET), i32.shl(register, 1)), 0, selector);
  e.code.if(i32.eq(register, FS), () => e.setRegister(FS_BASE, i64.const(0)));
  e.code.if(i32.eq(register, GS), () => e.setRegister(GS_BASE, i64.const(0)));
}

function selectorOf(e: Emitter, register: I32): I64 {
  return e.code.keep(i64.load16u(i32.add(e.state(SELECTORS_OFFSET), i32.shl(register, 1))));
}

/** A segment register as operand is its number. */
function numberOf(e: Emitter, index: number): I32 {
  return e.code.keep(i32.wrap(e.source(index, 8)));
}

function readSelector(e: Emitter): void {
  const value = selectorOf(e, numberOf(e, 1));
  e.target(0, e.operands[0].memory ? 2 : e.size).write(value);
}

function loadSelector(e: Emitter): void {
  const value = e.source(1, 2);
  const register = numberOf(e, 0);
  checkSelector(e, register, value);
  setSelector(e, register, value);
}

function pushSelector(size: number): (e: Emitter) => void {
  return e => push(e, selectorOf(e, numberOf(e, 0)), size);
}

function popSelector(size: number): (e: Emitter) => void {
  return e => {
    const value = top(e, size);
    const register = numberOf(e, 0);
    checkSelector(e, register, value);
    setSelector(e, register, value);
    e.setRegister(RSP, i64.add(e.register(RSP), size));
  };
}

/** Offset and selector behind it. */
function farPointer(e: Emitter, index: number): { offset: I64; selector: I64 } {
  const size = e.operands[index].size - 2;
  const address = e.linear(index);
  return {
    offset: e.readable(address, size).read(),
    selector: e.readable(i64.add(address, size), 2).read(),
  };
}

/** LSS, LFS, LGS. */
function loadFar(register: number): (e: Emitter) => void {
  return e => {
    const { offset, selector } = farPointer(e, 1);
    checkSelector(e, i32.const(register), selector);
    e.target(0).write(offset);
    setSelector(e, i32.const(register), selector);
  };
}

/** Code of 32-bit programs is refused, too: there is no compatibility mode here. */
function checkCode(e: Emitter, selector: I64, byReturn = false): void {
  const index = e.code.keep(indexOf(selector));
  const allowed = byReturn ? i32.eq(i32.and(i32.wrap(selector), 0xffff), CODE_SELECTOR) : i32.eq(index, CODE_64.index);
  e.code.if(i32.eqz(allowed), () => e.fault(GP, index));
}

function jumpFar(e: Emitter): void {
  const { offset, selector } = farPointer(e, 0);
  checkCode(e, selector);
  e.jump(checkTarget(e, offset));
}

function callFar(e: Emitter): void {
  const { offset, selector } = farPointer(e, 0);
  checkCode(e, selector);
  const target = checkTarget(e, offset);
  const size = e.size - 2;
  const stack = e.register(RSP);
  const link = e.writable(i64.sub(stack, size * 2), size);
  link.write(e.following());
  e.writable(i64.sub(stack, size), size).write(i64.const(CODE_SELECTOR));
  e.setRegister(RSP, i64.sub(stack, size * 2));
  e.jump(target);
}

function returnFar(size: number, releases: boolean): (e: Emitter) => void {
  return e => {
    const stack = e.register(RSP);
    const offset = e.readable(stack, size).read();
    const selector = e.readable(i64.add(stack, size), size).read();
    checkCode(e, selector, true);
    const target = checkTarget(e, offset);
    const released = releases ? e.source(0) : i64.const(0);
    e.setRegister(RSP, i64.add(i64.add(stack, size * 2), released));
    e.jump(target);
  };
}

/** IRET in 64-bit mode always takes RSP and SS, too; of the flags it changes what POPF may. */
function returnFromInterrupt(size: number): (e: Emitter) => void {
  return e => {
    const stack = e.register(RSP);
    const [offset, code, flags, pointer, segment] = [0, 1, 2, 3, 4].map(i =>
      e.readable(i64.add(stack, i * size), size).read(),
    );
    checkCode(e, code, true);
    checkSelector(e, i32.const(SS), segment);
    const target = checkTarget(e, offset);
    popSystemFlags(e, flags, size === 2 ? CHANGEABLE_FLAGS & 0xffff : CHANGEABLE_FLAGS);
    e.setFlagImage(flags);
    e.setRegister(RSP, pointer);
    e.jump(target);
  };
}

/** LAR, LSL, VERR, VERW: ZF says whether the selector names a segment that the instruction applies to. */
function setZero(e: Emitter, on: I32): void {
  e.setFlagImage(i64.or(i64.and(e.flags(), ~ZF), i64.shl(i64.extendu(on), Math.log2(ZF))));
}

function describeSegment(value: (index: I32) => I64): (e: Emitter) => void {
  return e => {
    const index = e.code.keep(indexOf(e.source(1, 2)));
    const known = e.code.keep(names(index, DESCRIPTORS));
    e.code.if(known, () => e.target(0).write(value(index)));
    setZero(e, known);
  };
}

function rightsOf(index: I32): I64 {
  const rights = ({ rights: bits }: (typeof DESCRIPTORS)[number]): I64 => i64.const(bits);
  const flat = select(i32.eq(index, DATA.index), rights(DATA), rights(CODE_32));
  return select(i32.eq(index, CODE_64.index), rights(CODE_64), flat);
}

function verify(...descriptors: readonly { readonly index: number }[]): (e: Emitter) => void {
  return e => setZero(e, names(e.code.keep(indexOf(e.source(0, 2))), descriptors));
}

const SELECTOR_SOURCES = 'rw rmw | rd rd | rd mw | rq rq | rq mw';

export const segmentRows = [
  ...rows('mov-from-selector', 'rmv rw', readSelector),
  ...rows('mov-to-selector', 'rw rmw | rw rd | rw rq', loadSelector),
  ...rows('push-selector', 'rw', pushSelector(8)),
  ...rows('pushw-selector', 'rw', pushSelector(2)),
  ...rows('pop-selector', 'rw', popSelector(8)),
  ...rows('popw-selector', 'rw', popSelector(2)),
  ...rows('lss', 'rw md | rd m6 | rq mt', loadFar(SS)),
  ...rows('lfs', 'rw md | rd m6 | rq mt', loadFar(FS)),
  ...rows('lgs', 'rw md | rd m6 | rq mt', loadFar(GS)),
  ...rows('jmp', 'md | m6 | mt', jumpFar),
  ...rows('call', 'md | m6 | mt', callFar),
  ...[2, 4, 8].flatMap(size => [
    ...rows(`retf${size * 8}`, '', returnFar(size, false)),
    ...rows(`retf${size * 8}`, 'rw', returnFar(size, true)),
  ]),
  ...rows('iret', '', returnFromInterrupt(2)),
  ...rows('iretd', '', returnFromInterrupt(4)),
  ...rows('iretq', '', returnFromInterrupt(8)),
  ...rows('lar', SELECTOR_SOURCES, describeSegment(rightsOf)),
  ...rows(
    'lsl',
    SELECTOR_SOURCES,
    describeSegment(() => i64.const(0xffff_ffff)),
  ),
  ...rows('verr', 'rmw | rd | rq', verify(...DESCRIPTORS)),
  ...rows('verw', 'rmw | rd | rq', verify(DATA)),
];
