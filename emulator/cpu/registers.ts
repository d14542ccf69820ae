/**
 * The register file of one thread: its layout in bytes, and typed access to it. The processor keeps the running
 * thread's registers in this form in the window of its address space (`memory/layout.ts`); a thread that does not run
 * has a copy of the same bytes.
 */

import { highWord, lowWord, signed64, unsigned64 } from '../base/words.ts';

/** Indices of the 64-bit words of the register file; general registers in the order of their encodings (SDM vol. 2, 3.1). */
export const RAX = 0;
export const RCX = 1;
export const RDX = 2;
export const RBX = 3;
export const RSP = 4;
export const RBP = 5;
export const RSI = 6;
export const RDI = 7;
export const R8 = 8;
export const R9 = 9;
export const R10 = 10;
export const R11 = 11;
export const R12 = 12;
export const R13 = 13;
export const R14 = 14;
export const R15 = 15;
export const RIP = 16;
export const RFLAGS = 17;
export const FS_BASE = 18;
export const GS_BASE = 19;

export const WORD_NAMES = [
  'rax',
  'rcx',
  'rdx',
  'rbx',
  'rsp',
  'rbp',
  'rsi',
  'rdi',
  'r8',
  'r9',
  'r10',
  'r11',
  'r12',
  'r13',
  'r14',
  'r15',
  'rip',
  'rflags',
  'fs_base',
  'gs_base',
] as const;

/** Byte offsets in the register file. */
export const MXCSR_OFFSET = 0xa0; // 4 bytes
export const FCW_OFFSET = 0xa4; // 2 bytes, x87 control word
export const FSW_OFFSET = 0xa6; // 2 bytes, x87 status word with TOP
export const FTW_OFFSET = 0xa8; // 1 byte, abridged tag word as FXSAVE has it: bit set = register in use
export const FOP_OFFSET = 0xaa; // 2 bytes
export const FIP_OFFSET = 0xb0; // 8 bytes
export const FDP_OFFSET = 0xb8; // 8 bytes
/** Six selectors of 2 bytes: ES, CS, SS, DS, FS, GS. */
export const SELECTORS_OFFSET = 0xc0;
export const SELECTORS_END = SELECTORS_OFFSET + 12;
/** Sixteen vector registers, 32 bytes each: XMM in the lower half, the upper half of YMM above it. */
export const VECTOR_OFFSET = 0x100;
export const VECTOR_SIZE = 32;
/** Eight x87 registers by physical number (not relative to TOP), 16 bytes each of which 10 are used. */
export const ST_OFFSET = 0x300;
export const ST_SIZE = 16;
export const REGISTER_FILE_SIZE = 0x380;

/** Bits of RFLAGS (SDM vol. 1, 3.4.3). */
export const CF = 1 << 0;
export const PF = 1 << 2;
export const AF = 1 << 4;
export const ZF = 1 << 6;
export const SF = 1 << 7;
export const TF = 1 << 8;
export const IF = 1 << 9;
export const DF = 1 << 10;
export const OF = 1 << 11;
export const RF = 1 << 16;
export const AC = 1 << 18;
export const ID = 1 << 21;
/** RFLAGS of a fresh user thread: interrupts on, bit 1 always set. */
export const INITIAL_RFLAGS = IF | 2;
/** CS and SS of a 64-bit user process, in Linux and Windows alike. */
export const CODE_SELECTOR = 0x33;
export const STACK_SELECTOR = 0x2b;
export const INITIAL_MXCSR = 0x1f80;
export const INITIAL_FCW = 0x37f;

/** Typed access to a register file that lies at `offset` of `buffer`. */
export class Registers {
  readonly bytes: Uint8Array;
  private readonly words: Int32Array;
  private readonly quads: BigUint64Array;

  constructor(buffer: ArrayBufferLike, offset = 0) {
    this.bytes = new Uint8Array(buffer, offset, REGISTER_FILE_SIZE);
    this.words = new Int32Array(buffer, offset, REGISTER_FILE_SIZE / 4);
    this.quads = new BigUint64Array(buffer, offset, REGISTER_FILE_SIZE / 8);
  }

  /** Lower 32 bits, signed. */
  low(index: number): number {
    return this.words[index * 2];
  }

  high(index: number): number {
    return this.words[index * 2 + 1];
  }

  /** The 64-bit word as an unsigned number; exact below 2^53, which all canonical user addresses are. */
  number(index: number): number {
    return unsigned64(this.words[index * 2], this.words[index * 2 + 1]);
  }

  /** The 64-bit word as a signed number; exact within ±2^53. */
  signed(index: number): number {
    return signed64(this.words[index * 2], this.words[index * 2 + 1]);
  }

  /** Stores `value` (within ±2^53, or an unsigned number below 2^64 that a double holds) as a 64-bit word. */
  setNumber(index: number, value: number): void {
    this.words[index * 2] = lowWord(value);
    this.words[index * 2 + 1] = highWord(value);
  }

  big(index: number): bigint {
    return this.quads[index];
  }

  setBig(index: number, value: bigint): void {
    this.quads[index] = BigInt.asUintN(64, value);
  }

  /** Copies the 64-bit word at `from` to `to`. */
  copy(from: number, to: number): void {
    this.words[to * 2] = this.words[from * 2];
    this.words[to * 2 + 1] = this.words[from * 2 + 1];
  }

  get rip(): number {
    return this.number(RIP);
  }

  set rip(value: number) {
    this.setNumber(RIP, value);
  }

  copyFrom(other: Registers): void {
    this.bytes.set(other.bytes);
  }
}

/** A register file as a thread has it before its first instruction: all zero but the control words and selectors. */
export function initialRegisters(): Registers {
  const registers = new Registers(new ArrayBuffer(REGISTER_FILE_SIZE));
  const view = new DataView(registers.bytes.buffer);
  registers.setNumber(RFLAGS, INITIAL_RFLAGS);
  view.setUint32(MXCSR_OFFSET, INITIAL_MXCSR, true);
  view.setUint16(FCW_OFFSET, INITIAL_FCW, true);
  view.setUint16(SELECTORS_OFFSET + 2, CODE_SELECTOR, true);
  view.setUint16(SELECTORS_OFFSET + 4, STACK_SELECTOR, true);
  return registers;
}
