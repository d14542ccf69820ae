/** PCMPISTRI, PCMPISTRM, PCMPESTRI, PCMPESTRM (SDM vol. 2, 4.1). */

import { CF, OF, RAX, RCX, RDX, SF, ZF } from '../registers.ts';
import type { Assist, AssistContext } from '../assists.ts';
import { vectorSlot, WORKSPACE } from '../record.ts';

/** Above the instruction's own immediate. */
export const STRING_EXPLICIT = 0x100;
export const STRING_MASK = 0x200;
export const STRING_WIDE = 0x400;

const WORDS = 1;
const SIGNED = 2;
const NEGATIVE = 0x10;
const MASKED = 0x20;
const MOST_SIGNIFICANT = 0x40;

interface Text {
  readonly elements: readonly number[];
  /** Elements before the end. */
  readonly length: number;
}

function readElements(view: DataView, at: number, control: number): number[] {
  const words = (control & WORDS) !== 0;
  const signed = (control & SIGNED) !== 0;
  return Array.from({ length: words ? 8 : 16 }, (_, i) => {
    if (words) return signed ? view.getInt16(at + i * 2, true) : view.getUint16(at + i * 2, true);
    return signed ? view.getInt8(at + i) : view.getUint8(at + i);
  });
}

function explicitLength({ registers }: AssistContext, register: number, control: number, limit: number): number {
  const value = control & STRING_WIDE ? registers.signed(register) : registers.low(register);
  return Math.min(Math.abs(value), limit);
}

function readText(context: AssistContext, at: number, register: number, control: number): Text {
  const elements = readElements(context.view, at, control);
  if (control & STRING_EXPLICIT)
    return { elements, length: explicitLength(context, register, control, elements.length) };
  const end = elements.indexOf(0);
  return { elements, length: end < 0 ? elements.length : end };
}

type Aggregate = (a: Text, b: Text, index: number) => boolean;

const equalAny: Aggregate = (a, b, j) => j < b.length && a.elements.slice(0, a.length).includes(b.elements[j]);

const ranges: Aggregate = (a, b, j) => {
  if (j >= b.length) return false;
  for (let i = 0; i + 1 < a.length; i += 2) {
    if (a.elements[i] <= b.elements[j] && b.elements[j] <= a.elements[i + 1]) return true;
  }
  return false;
};

const equalEach: Aggregate = (a, b, j) => {
  if (j >= a.length || j >= b.length) return j >= a.length && j >= b.length;
  return a.elements[j] === b.elements[j];
};

/** Whether `a` begins at element `j` of `b`; what lies beyond the vector counts as equal. */
const equalOrdered: Aggregate = (a, b, j) => {
  for (let i = 0; i < a.length && i + j < b.elements.length; i++) {
    if (i + j >= b.length || a.elements[i] !== b.elements[i + j]) return false;
  }
  return true;
};

const AGGREGATES: readonly Aggregate[] = [equalAny, ranges, equalEach, equalOrdered];

export const compareStrings: Assist = (context, first, second, control) => {
  const { view, registers } = context;
  const a = readText(context, first, RAX, control);
  const b = readText(context, second, RDX, control);
  const aggregate = AGGREGATES[(control >> 2) & 3];
  const count = a.elements.length;
  let bits = 0;
  for (let j = 0; j < count; j++) {
    const inverted = (control & NEGATIVE) !== 0 && ((control & MASKED) === 0 || j < b.length);
    if (aggregate(a, b, j) !== inverted) bits |= 1 << j;
  }
  if (control & STRING_MASK) writeMask(view, bits, control, count);
  else {
    const index =
      bits === 0 ? count : control & MOST_SIGNIFICANT ? 31 - Math.clz32(bits) : 31 - Math.clz32(bits & -bits);
    registers.setNumber(RCX, index);
  }
  const flags = (bits ? CF : 0) | (b.length < count ? ZF : 0) | (a.length < count ? SF : 0) | (bits & 1 ? OF : 0);
  view.setUint32(WORKSPACE, flags, true);
  return 0;
};

/** Into XMM0: the bits themselves, or each widened to its element. */
function writeMask(view: DataView, bits: number, control: number, count: number): void {
  const at = vectorSlot(0);
  view.setBigUint64(at, 0n, true);
  view.setBigUint64(at + 8, 0n, true);
  if (!(control & MOST_SIGNIFICANT)) return view.setUint16(at, bits, true);
  const size = 16 / count;
  for (let i = 0; i < 16; i++) view.setUint8(at + i, bits & (1 << Math.floor(i / size)) ? 255 : 0);
}
