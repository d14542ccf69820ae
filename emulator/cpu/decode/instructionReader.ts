/** Reads instructions one after the other and writes them as records. */

import { highWord, lowWord } from '../../base/words.ts';
import { INVALID_HANDLER } from '../cold/handlers.ts';
import {
  ADDRESS,
  BASE,
  DISPLACEMENT,
  HANDLER,
  IMMEDIATE,
  INDEX,
  LENGTH,
  NARROW,
  SCALE,
  SEGMENT,
  operandSlot,
  ZERO,
  registerSlot,
  vectorSlot,
} from '../record.ts';
import { FS_BASE, GS_BASE, RBP, RBX, RDI, RSI, RSP } from '../registers.ts';
import { Decoder, NONE } from './decoder.ts';
import { formName } from './formNames.ts';
import {
  BRANCH,
  FIXED,
  GENERAL,
  IMMEDIATE_HALF,
  IMMEDIATE_VALUE,
  MEMORY,
  OPCODE,
  REG,
  RM,
  SEGMENT_FILE,
  SHAPES,
  VVVV,
} from './notation.ts';
import type { Encoding, Flow, OperandCode } from './notation.ts';
import { OLD_BYTES, SLOTS } from './registerSlots.ts';

export type { Flow } from './notation.ts';

/** `partial`: the bytes end inside the instruction. */
export type ReadResult = 'instruction' | 'invalid' | 'partial';

const TWO_POW_64 = 2 ** 64;
const FS_PREFIX = 0x64;

/** Indices of shapes; those of string instructions count their prefixes and address sizes instead. */
const SHAPE_LETTERS = 'mxa';
const ANY_SHAPE = 2;
const REGISTER_VARIANT = 3;
const NARROW_VARIANTS = 3;

/** Names of vector instructions with VEX; VERR and VERW are none. */
const VEX_VECTOR = /^v(?!er[rw]$)/;
/** What uses the stack without naming it. */
const STACK_MNEMONICS: ReadonlySet<string> = new Set(
  'push pop pushf pushfq popf popfq ret retf enter leave iret iretd iretq call'.split(' '),
);

export class InstructionReader {
  flow: Flow = 'next';
  target = 0;
  length = 0;
  private readonly numbers: ReadonlyMap<string, number>;
  private readonly hasAvx: boolean;
  private readonly decoder = new Decoder();
  private origin = 0;

  /** Without `hasAvx` VEX encodings of vector instructions are undefined. */
  constructor(handlerNumbers: ReadonlyMap<string, number>, hasAvx = false) {
    this.numbers = handlerNumbers;
    this.hasAvx = hasAvx;
  }

  open(bytes: Uint8Array, address: number): void {
    this.decoder.open(bytes);
    this.origin = address;
  }

  /** Decodes the next instruction; {@link writeRecord} afterwards makes a record of it. */
  read(): ReadResult {
    const { decoder } = this;
    const found = decoder.next();
    this.length = decoder.position - decoder.start;
    this.target = 0;
    if (!found) {
      this.flow = 'end';
      return decoder.short ? 'partial' : 'invalid';
    }
    const { flow, operands } = decoder.encoding as Encoding;
    this.flow = flow;
    if (flow !== 'next' && operands.length > 0 && operands[0].place === BRANCH) {
      const target = this.origin + decoder.position + decoder.immediateLow;
      this.target = target < 0 ? target + TWO_POW_64 : target;
    }
    return 'instruction';
  }

  /** The form's name, whether or not there is a handler for it. */
  formName(): string {
    const { encoding } = this.decoder;
    return encoding ? this.describe(encoding, SHAPE_LETTERS[this.memoryShape()]) : '';
  }

  /** An assembler-like name for messages about instructions that are not implemented. */
  get text(): string {
    return this.decoder.encoding?.text ?? 'an unknown encoding';
  }

  /** Whether a failing address is reported as #SS instead of #GP (SDM vol. 3, 6.15). */
  get addressesStack(): boolean {
    const { encoding, inMemory, segment, base } = this.decoder;
    if (encoding && STACK_MNEMONICS.has(encoding.mnemonic)) return true;
    return inMemory && segment === 0 && (base === RSP || base === RBP);
  }

  writeRecord(view: DataView, record: number): void {
    const { decoder } = this;
    const encoding = decoder.encoding as Encoding;
    view.setUint16(record + HANDLER, this.handlerFor(encoding), true);
    view.setUint8(record + LENGTH, this.length);
    view.setUint8(record + SCALE, decoder.scale);
    view.setUint16(record + BASE, ZERO, true);
    view.setUint16(record + INDEX, ZERO, true);
    view.setUint16(record + SEGMENT, ZERO, true);
    view.setUint8(record + NARROW, 0);
    view.setInt32(record + DISPLACEMENT, decoder.displacementLow, true);
    view.setInt32(record + DISPLACEMENT + 4, decoder.displacementHigh, true);
    const address = this.origin + decoder.start;
    view.setInt32(record + ADDRESS, lowWord(address), true);
    view.setInt32(record + ADDRESS + 4, highWord(address), true);
    const { operands } = encoding;
    for (let i = 0; i < operands.length; i++) this.writeOperand(view, record, i, operands[i]);
  }

  private writeOperand(view: DataView, record: number, index: number, operand: OperandCode): void {
    const { decoder } = this;
    const { place, file } = operand;
    const slot = record + operandSlot(index);
    if (place === IMMEDIATE_VALUE) this.writeImmediate(view, record, index, operand);
    else if (place === MEMORY) this.writeImplicitAddress(view, record, operand);
    else if (place === RM && decoder.inMemory) this.writeAddress(view, record);
    else if (file === SEGMENT_FILE) {
      view.setInt32(record + IMMEDIATE, this.registerNumber(operand) & 7, true);
      view.setInt32(record + IMMEDIATE + 4, 0, true);
      view.setUint32(slot, record + IMMEDIATE, true);
    } else if (place !== BRANCH) view.setUint32(slot, this.registerAt(operand), true);
  }

  private registerNumber({ place, fixed }: OperandCode): number {
    const { modrm, rex, vvvv, opcode, immediateLow } = this.decoder;
    if (place === RM) return (modrm & 7) | ((rex & 1) << 3);
    if (place === REG) return ((modrm >> 3) & 7) | ((rex & 4) << 1);
    if (place === VVVV) return vvvv;
    if (place === OPCODE) return (opcode & 7) | ((rex & 1) << 3);
    return place === IMMEDIATE_HALF ? immediateLow >> 4 : fixed;
  }

  private registerAt(operand: OperandCode): number {
    const { decoder } = this;
    const { file, registerSizes, place } = operand;
    const number = this.registerNumber(operand);
    const isByte = file === GENERAL && registerSizes?.[decoder.form] === 1;
    const bank = isByte && !decoder.hasRex && place !== FIXED && number < 8 ? OLD_BYTES : file;
    return SLOTS[bank * 16 + number];
  }

  /** The second immediate of ENTER takes the place of the displacement, which it does not have. */
  private writeImmediate(view: DataView, record: number, index: number, { fixed }: OperandCode): void {
    const { decoder } = this;
    const isSecond = index === 1 && decoder.second >= 0;
    const at = record + (isSecond ? DISPLACEMENT : IMMEDIATE);
    const low = fixed >= 0 ? fixed : isSecond ? decoder.second : decoder.immediateLow;
    view.setInt32(at, low, true);
    view.setInt32(at + 4, fixed >= 0 || isSecond ? 0 : decoder.immediateHigh, true);
    view.setUint32(record + operandSlot(index), at, true);
  }

  private writeAddress(view: DataView, record: number): void {
    const { base, index, encoding, narrow, relative } = this.decoder;
    if (base !== NONE) view.setUint16(record + BASE, registerSlot(base), true);
    if (index !== NONE)
      view.setUint16(record + INDEX, encoding?.vectorIndices ? vectorSlot(index) : registerSlot(index), true);
    this.writeSegment(view, record);
    if (this.isNarrow()) view.setUint8(record + NARROW, 32);
    if (relative) this.writeRelative(view, record, narrow);
    else if (narrow) view.setInt32(record + DISPLACEMENT + 4, 0, true);
  }

  private writeRelative(view: DataView, record: number, narrow: boolean): void {
    const { position, displacementLow } = this.decoder;
    const address = this.origin + position + displacementLow;
    view.setInt32(record + DISPLACEMENT, lowWord(address), true);
    view.setInt32(record + DISPLACEMENT + 4, narrow ? 0 : highWord(address), true);
  }

  /** What no ModRM byte names: offsets in the code, and memory at RSI, RDI or RBX. */
  private writeImplicitAddress(view: DataView, record: number, { text }: OperandCode): void {
    const { narrow } = this.decoder;
    const base = IMPLICIT_BASES[text[0] === 'X' ? 'X' : text.slice(0, 2)];
    if (text[0] === 'Y') return;
    if (base !== undefined) view.setUint16(record + BASE, registerSlot(base), true);
    if (narrow && base !== undefined) view.setUint8(record + NARROW, 32);
    this.writeSegment(view, record);
  }

  private writeSegment(view: DataView, record: number): void {
    const { segment } = this.decoder;
    if (segment) view.setUint16(record + SEGMENT, registerSlot(segment === FS_PREFIX ? FS_BASE : GS_BASE), true);
  }

  /** Addresses with a 32-bit base or index end in 32 bits; without either they are no longer than that. */
  private isNarrow(): boolean {
    const { narrow, base, index, relative } = this.decoder;
    return narrow && (base !== NONE || index !== NONE || relative);
  }

  private memoryShape(): number {
    const { segment, index } = this.decoder;
    if (segment || this.isNarrow()) return ANY_SHAPE;
    return index === NONE ? 0 : 1;
  }

  private handlerFor(encoding: Encoding): number {
    const { form, repeat } = this.decoder;
    const at = form * SHAPES + this.variant(encoding, repeat);
    const known = encoding.handlers[at];
    if (known >= 0) return known;
    const shape = SHAPE_LETTERS[this.memoryShape()];
    if (!this.hasAvx && VEX_VECTOR.test(encoding.mnemonic)) return (encoding.handlers[at] = INVALID_HANDLER);
    const number =
      this.numbers.get(this.describe(encoding, shape)) ??
      this.numbers.get(this.describe(encoding, SHAPE_LETTERS[ANY_SHAPE])) ??
      INVALID_HANDLER;
    encoding.handlers[at] = number;
    return number;
  }

  /** Tells apart what the same encoding may have as operands and prefixes. */
  private variant(encoding: Encoding, repeat: number): number {
    const { inMemory, narrow, segment } = this.decoder;
    if (encoding.memory) return inMemory ? this.memoryShape() : REGISTER_VARIANT;
    const first = encoding.isString ? repeat && repeat - 1 : segment ? ANY_SHAPE : 0;
    return first + (narrow ? NARROW_VARIANTS : 0);
  }

  private describe(encoding: Encoding, shape: string): string {
    const { form, inMemory, repeat, narrow } = this.decoder;
    return formName({ encoding, form, shape, inMemory, repeat, narrow });
  }
}

const IMPLICIT_BASES: Readonly<Record<string, number>> = { X: RSI, DI: RDI, BX: RBX };
