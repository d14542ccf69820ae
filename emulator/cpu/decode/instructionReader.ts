/** Reads instructions one after the other and writes them as records. */

import { highWord, lowWord } from '../../base/words.ts';
import { INVALID_HANDLER } from '../cold/handlers.ts';
import type { HandlerNumbers } from '../cold/handlers.ts';
import {
  ADDRESS,
  BASE,
  DISPLACEMENT,
  IMMEDIATE,
  SEGMENT,
  ZERO,
  registerSlot,
  slotOffset,
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

/** Fields of a record by words. */
const BASE_WORD = BASE >> 2; // and INDEX
const SEGMENT_WORD = SEGMENT >> 2; // and NARROW
const DISPLACEMENT_WORD = DISPLACEMENT >> 2;
const IMMEDIATE_WORD = IMMEDIATE >> 2;
const ADDRESS_WORD = ADDRESS >> 2;
const NARROW_BIT = 32 << 16;

const TWO_POW_64 = 2 ** 64;
const FS_PREFIX = 0x64;

/** Indices of shapes; those of string instructions count their prefixes and address sizes instead. */
const SHAPE_LETTERS = 'mxa';
const ANY_SHAPE = 2;
const REGISTER_VARIANT = 3;
const NARROW_VARIANTS = 3;

/** Begin as the names of vector instructions with VEX do. */
const NOT_VECTOR: ReadonlySet<string> = new Set(['verr', 'verw']);
/** What uses the stack without naming it. */
const STACK_MNEMONICS: ReadonlySet<string> = new Set(
  'push pop pushf pushfq popf popfq ret retf enter leave iret iretd iretq call'.split(' '),
);

export class InstructionReader {
  flow: Flow = 'next';
  target = 0;
  length = 0;
  private readonly numbers: HandlerNumbers;
  private readonly hasAvx: boolean;
  private readonly decoder = new Decoder();
  private origin = 0;

  /** Without `hasAvx` VEX encodings of vector instructions are undefined. */
  constructor(handlerNumbers: HandlerNumbers, hasAvx = false) {
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

  /** Writes all words of a record but those of operands that the instruction does not have. */
  writeRecord(words: Int32Array, record: number): void {
    const { decoder, length } = this;
    const at = record >> 2;
    const encoding = decoder.encoding as Encoding;
    words[at] = this.handlerFor(encoding) | (length << 16) | (decoder.scale << 24);
    words[at + BASE_WORD] = ZERO | (ZERO << 16);
    words[at + SEGMENT_WORD] = ZERO;
    words[at + DISPLACEMENT_WORD] = decoder.displacementLow;
    words[at + DISPLACEMENT_WORD + 1] = decoder.displacementHigh;
    const address = this.origin + decoder.start;
    words[at + ADDRESS_WORD] = lowWord(address);
    words[at + ADDRESS_WORD + 1] = highWord(address);
    const { operands } = encoding;
    for (let i = 0; i < operands.length; i++) this.writeOperand(words, at, i, operands[i]);
  }

  private writeOperand(words: Int32Array, at: number, index: number, operand: OperandCode): void {
    const { place, file } = operand;
    const slot = at + (slotOffset(index) >> 2);
    if (place === RM && this.decoder.inMemory) this.writeAddress(words, at);
    else if (place === IMMEDIATE_VALUE) words[slot] = this.writeImmediate(words, at, index, operand);
    else if (place === MEMORY) this.writeImplicitAddress(words, at, operand);
    else if (file === SEGMENT_FILE) {
      words[at + IMMEDIATE_WORD] = this.registerNumber(operand) & 7;
      words[at + IMMEDIATE_WORD + 1] = 0;
      words[slot] = at * 4 + IMMEDIATE;
    } else if (place !== BRANCH) words[slot] = this.registerAt(operand);
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

  /**
   * Answers with where the immediate is. The second one of ENTER takes the place of the displacement, which it does not
   * have.
   */
  private writeImmediate(words: Int32Array, at: number, index: number, { fixed }: OperandCode): number {
    const { second, immediateLow, immediateHigh } = this.decoder;
    if (index === 1 && second >= 0) {
      words[at + DISPLACEMENT_WORD] = second;
      words[at + DISPLACEMENT_WORD + 1] = 0;
      return at * 4 + DISPLACEMENT;
    }
    words[at + IMMEDIATE_WORD] = fixed >= 0 ? fixed : immediateLow;
    words[at + IMMEDIATE_WORD + 1] = fixed >= 0 ? 0 : immediateHigh;
    return at * 4 + IMMEDIATE;
  }

  private writeAddress(words: Int32Array, at: number): void {
    const { base, index, encoding, narrow, relative } = this.decoder;
    const baseSlot = base === NONE ? ZERO : registerSlot(base);
    const indexSlot = index === NONE ? ZERO : encoding?.list.vectorIndices ? vectorSlot(index) : registerSlot(index);
    words[at + BASE_WORD] = baseSlot | (indexSlot << 16);
    words[at + SEGMENT_WORD] = this.segmentSlot() | (this.isNarrow() ? NARROW_BIT : 0);
    if (relative) this.writeRelative(words, at, narrow);
    else if (narrow) words[at + DISPLACEMENT_WORD + 1] = 0;
  }

  private writeRelative(words: Int32Array, at: number, narrow: boolean): void {
    const { position, displacementLow } = this.decoder;
    const address = this.origin + position + displacementLow;
    words[at + DISPLACEMENT_WORD] = lowWord(address);
    words[at + DISPLACEMENT_WORD + 1] = narrow ? 0 : highWord(address);
  }

  /** What no ModRM byte names: offsets in the code, and memory at RSI, RDI or RBX. */
  private writeImplicitAddress(words: Int32Array, at: number, { text }: OperandCode): void {
    if (text[0] === 'Y') return;
    const base = IMPLICIT_BASES[text[0] === 'X' ? 'X' : text.slice(0, 2)];
    if (base !== undefined) words[at + BASE_WORD] = registerSlot(base) | (ZERO << 16);
    const isNarrow = this.decoder.narrow && base !== undefined;
    words[at + SEGMENT_WORD] = this.segmentSlot() | (isNarrow ? NARROW_BIT : 0);
  }

  private segmentSlot(): number {
    const { segment } = this.decoder;
    return segment === 0 ? ZERO : registerSlot(segment === FS_PREFIX ? FS_BASE : GS_BASE);
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
    if (known !== undefined) return known;
    const shape = SHAPE_LETTERS[this.memoryShape()];
    if (!this.hasAvx && isVexVector(encoding.mnemonic)) return (encoding.handlers[at] = INVALID_HANDLER);
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
    if (encoding.list.memory) return inMemory ? this.memoryShape() : REGISTER_VARIANT;
    const first = encoding.list.isString ? repeat && repeat - 1 : segment ? ANY_SHAPE : 0;
    return first + (narrow ? NARROW_VARIANTS : 0);
  }

  private describe(encoding: Encoding, shape: string): string {
    const { form, inMemory, repeat, narrow } = this.decoder;
    return formName({ encoding, form, shape, inMemory, repeat, narrow });
  }
}

function isVexVector(mnemonic: string): boolean {
  return mnemonic[0] === 'v' && !NOT_VECTOR.has(mnemonic);
}

const IMPLICIT_BASES: Readonly<Record<string, number>> = { X: RSI, DI: RDI, BX: RBX };
