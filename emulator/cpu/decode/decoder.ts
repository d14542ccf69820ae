/** Takes instructions apart: prefixes, opcode, ModRM, SIB, displacement, immediate (SDM vol. 2, chapter 2). */

import {
  ALL_REGISTERS,
  NO_TAIL,
  SEGMENT_REGISTERS,
  TAIL_BY_SIZE,
  TAIL_BYTE,
  TAIL_DOUBLE_WORD,
  TAIL_OFFSET,
  TAIL_SIGNED_BYTE,
  TAIL_TWO,
  TAIL_WHOLE,
  TAIL_WORD,
} from './notation.ts';
import type { Encoding } from './notation.ts';
import { opcodeMaps } from './opcodeMap.ts';
import type { Opcode } from './opcodeMap.ts';

const MAXIMUM_LENGTH = 15;

/** Kinds of prefix bytes. */
const REX = 1;
const OPERAND_SIZE = 2;
const ADDRESS_SIZE = 3;
const REPEAT = 4;
const LOCK = 5;
const FS_GS = 6;
const IGNORED = 7; // ES, CS, SS, DS: 64-bit mode has no such prefixes
const PREFIXES = new Uint8Array(256);
for (let byte = 0x40; byte < 0x50; byte++) PREFIXES[byte] = REX;
for (const byte of [0x26, 0x2e, 0x36, 0x3e]) PREFIXES[byte] = IGNORED;
PREFIXES[0x64] = FS_GS;
PREFIXES[0x65] = FS_GS;
PREFIXES[0x66] = OPERAND_SIZE;
PREFIXES[0x67] = ADDRESS_SIZE;
PREFIXES[0xf0] = LOCK;
PREFIXES[0xf2] = REPEAT;
PREFIXES[0xf3] = REPEAT;

const NOP = 0x90;
const VEX_3 = 0xc4;
const VEX_2 = 0xc5;

/** Mandatory prefixes, as `Encoding.prefix` counts them. */
const PREFIX_66 = 1;
const PREFIX_F3 = 2;
const PREFIX_F2 = 3;

/** Indices of operand sizes. */
const SIZE_16 = 0;
const SIZE_32 = 1;
const SIZE_64 = 2;

/** No base or no index. */
export const NONE = -1;

export class Decoder {
  /** What was found; null after bytes that are no instruction, or too few. */
  encoding: Encoding | null = null;
  /** A byte was wanted that is not there. */
  short = false;
  start = 0;
  position = 0;

  hasRex = false;
  /** W, R, X and B of REX or VEX. */
  rex = 0;
  /** The last of F3 and F2, counted as mandatory prefixes are. */
  repeat = 0;
  /** 0x64 or 0x65. */
  segment = 0;
  narrow = false;
  vvvv = 0;
  opcode = 0;
  modrm = 0;
  /** Index of the operand size, and 3 more with VEX.L set. */
  form = 0;

  /** ModRM names memory: base, index, scale, displacement. */
  inMemory = false;
  base = NONE;
  index = NONE;
  scale = 0;
  /** Counted from the next instruction. */
  relative = false;
  displacementLow = 0;
  displacementHigh = 0;
  immediateLow = 0;
  immediateHigh = 0;
  /** The second immediate of ENTER. */
  second = NONE;

  private readonly maps = opcodeMaps();
  private bytes: Uint8Array = new Uint8Array(0);
  private limit = 0;
  private size16 = false;
  private lock = false;
  private isVex = false;
  private vectorLength = 0;
  private prefix = 0;

  open(bytes: Uint8Array): void {
    this.bytes = bytes;
    this.position = 0;
  }

  /** Takes the next instruction apart. Without one, {@link short} says whether more bytes could make one. */
  next(): boolean {
    this.start = this.position;
    this.limit = Math.min(this.bytes.length, this.start + MAXIMUM_LENGTH);
    this.short = false;
    this.inMemory = false;
    this.base = NONE;
    this.index = NONE;
    this.scale = 0;
    this.relative = false;
    this.displacementLow = 0;
    this.displacementHigh = 0;
    this.second = NONE;
    const found = this.readEncoding(this.readPrefixes());
    const whole = found !== null && this.readOperands(found) && !this.short;
    this.encoding = whole ? found : null;
    return whole;
  }

  private byte(): number {
    if (this.position < this.limit) return this.bytes[this.position++];
    this.short = true;
    return 0;
  }

  private word(): number {
    return this.byte() | (this.byte() << 8);
  }

  private doubleWord(): number {
    return this.word() | (this.word() << 16);
  }

  /** Answers with the first byte that is no prefix. A REX prefix counts only right before the opcode. */
  private readPrefixes(): number {
    this.rex = 0;
    this.hasRex = false;
    this.prefix = 0;
    this.repeat = 0;
    this.segment = 0;
    this.narrow = false;
    this.size16 = false;
    this.lock = false;
    this.isVex = false;
    this.vvvv = 0;
    this.vectorLength = 0;
    for (;;) {
      const byte = this.byte();
      const kind = PREFIXES[byte];
      if (kind === 0 || this.short) return byte;
      this.hasRex = kind === REX;
      this.rex = kind === REX ? byte & 15 : 0;
      if (kind === OPERAND_SIZE) this.size16 = true;
      else if (kind === ADDRESS_SIZE) this.narrow = true;
      else if (kind === REPEAT) this.repeat = byte === 0xf3 ? PREFIX_F3 : PREFIX_F2;
      else if (kind === LOCK) this.lock = true;
      else if (kind === FS_GS) this.segment = byte;
    }
  }

  private readEncoding(first: number): Encoding | null {
    // F3 and F2 win over 66, the last one of them over those before (SDM vol. 2, 2.1.2).
    this.prefix = this.repeat || (this.size16 ? PREFIX_66 : 0);
    const code = first === VEX_2 || first === VEX_3 ? this.readVex(first) : this.readOpcode(first);
    if (!code || this.short) return null;
    const size = this.rex & 8 ? SIZE_64 : this.size16 ? SIZE_16 : SIZE_32;
    this.modrm = code.hasModrm ? this.byte() : 0;
    if (this.short) return null;
    const encoding = code.choose(this.prefix, this.modrm, size, this.vectorLength);
    if (!encoding) return null;
    const effective = encoding.force64 || (encoding.default64 && size === SIZE_32) ? SIZE_64 : size;
    this.form = effective + 3 * this.vectorLength;
    // A VEX.vvvv that names nothing must be 1111 (SDM vol. 2, 2.3.5.6).
    if (this.isVex && this.vvvv !== 0 && !encoding.list.usesVvvv) return null;
    if (encoding.list.registers !== ALL_REGISTERS && !this.hasRegister(encoding)) return null;
    if (this.lock && !(encoding.allowsLock && this.modrm < 0xc0)) return null;
    return encoding;
  }

  /** REX.R does not count for segment registers. */
  private hasRegister({ list: { registers } }: Encoding): boolean {
    const field = (this.modrm >> 3) & 7;
    const number = registers > SEGMENT_REGISTERS ? field | ((this.rex & 4) << 1) : field;
    return ((registers >> number) & 1) === 1;
  }

  private readOpcode(first: number): Opcode | null {
    const { oneByte, twoByte, threeByte38, threeByte3a } = this.maps;
    this.opcode = first;
    if (first !== 0x0f) return oneByte.at(first === NOP && this.exchangesR8() ? NOP + 1 : first);
    this.opcode = this.byte();
    if (this.opcode === 0x38) return threeByte38.at((this.opcode = this.byte()));
    if (this.opcode === 0x3a) return threeByte3a.at((this.opcode = this.byte()));
    return twoByte.at(this.opcode);
  }

  /** With REX.B 90 is no NOP, but exchanges RAX and R8 as 91 does RAX and RCX; F3 makes it PAUSE all the same. */
  private exchangesR8(): boolean {
    return (this.rex & 1) !== 0 && this.prefix !== PREFIX_F3;
  }

  /** VEX does not go with REX, LOCK, 66, F2 or F3 before it (SDM vol. 2, 2.3.2 to 2.3.4). */
  private readVex(first: number): Opcode | null {
    if (this.hasRex || this.lock || this.prefix !== 0) return null;
    let map = 1;
    let last = this.byte();
    this.rex = ((last >> 5) & 4) ^ 4;
    if (first === VEX_3) {
      map = last & 31;
      this.rex = (~last >> 5) & 7;
      last = this.byte();
      this.rex |= (last >> 4) & 8;
    }
    this.isVex = true;
    this.vvvv = (~last >> 3) & 15;
    this.vectorLength = (last >> 2) & 1;
    this.prefix = last & 3;
    this.opcode = this.byte();
    return this.maps.vex[map]?.at(this.opcode) ?? null;
  }

  private readOperands(encoding: Encoding): boolean {
    if (encoding.list.memory && this.modrm < 0xc0) {
      this.readAddress(encoding.list.vectorIndices);
      if (encoding.list.vectorIndices && !this.hasGatherRegisters()) return false;
    }
    if (encoding.list.tail !== NO_TAIL) this.readTail(encoding.list.tail);
    return true;
  }

  /** SDM vol. 2, tables 2-2 and 2-3; with a vector of indices index 4 is a register like the others (2.3.12). */
  private readAddress(vectorIndices: boolean): void {
    const mode = this.modrm >> 6;
    const rm = this.modrm & 7;
    let base = rm;
    this.inMemory = true;
    if (rm === 4) {
      const sib = this.byte();
      const index = ((sib >> 3) & 7) | ((this.rex & 2) << 2);
      if (index !== 4 || vectorIndices) {
        this.index = index;
      }
      this.scale = sib >> 6;
      base = sib & 7;
    }
    if (base === 5 && mode === 0) {
      this.relative = rm === 5;
      this.displace(this.doubleWord());
      return;
    }
    this.base = base | ((this.rex & 1) << 3);
    if (mode === 1) this.displace((this.byte() << 24) >> 24);
    else if (mode === 2) this.displace(this.doubleWord());
  }

  private displace(value: number): void {
    this.displacementLow = value;
    this.displacementHigh = value >> 31;
  }

  /** A gather needs a SIB byte, and its three registers must differ (SDM vol. 2, VGATHERDPS). */
  private hasGatherRegisters(): boolean {
    const target = ((this.modrm >> 3) & 7) | ((this.rex & 4) << 1);
    return this.index !== NONE && this.index !== this.vvvv && target !== this.index && target !== this.vvvv;
  }

  private readTail(tail: number): void {
    const size = this.form % 3;
    this.immediateHigh = 0;
    switch (tail) {
      case TAIL_BYTE:
        this.immediateLow = this.byte();
        break;
      case TAIL_SIGNED_BYTE:
        this.immediateLow = (this.byte() << 24) >> 24;
        this.immediateHigh = this.immediateLow >> 31;
        break;
      case TAIL_WORD:
        this.immediateLow = this.word();
        break;
      case TAIL_BY_SIZE:
        this.immediateLow = size === SIZE_16 ? this.word() : this.doubleWord();
        if (size === SIZE_64) this.immediateHigh = this.immediateLow >> 31;
        break;
      case TAIL_WHOLE:
        this.immediateLow = size === SIZE_16 ? this.word() : this.doubleWord();
        if (size === SIZE_64) this.immediateHigh = this.doubleWord();
        break;
      case TAIL_DOUBLE_WORD:
        this.immediateLow = this.doubleWord();
        break;
      case TAIL_OFFSET:
        this.displacementLow = this.doubleWord();
        this.displacementHigh = this.narrow ? 0 : this.doubleWord();
        break;
      case TAIL_TWO:
        this.immediateLow = this.word();
        this.second = this.byte();
        break;
    }
  }
}
