/**
 * Where the processor keeps its own data in a window: the record of a decoded instruction, the scratch words behind the
 * register file, the jump cache.
 */

import { PROCESSOR_LOW_END, STATE_BASE } from '../memory/layout.ts';
import { VECTOR_OFFSET, VECTOR_SIZE } from './registers.ts';

/** Bytes of one record, and the offsets of its fields. */
export const RECORD_SIZE = 48;
export const HANDLER = 0; // u16: which handler runs it
export const LENGTH = 2; // u8: bytes of the instruction
export const SCALE = 3; // u8: how far the index is shifted
/** Slots of u32 for three operands: where in the window the operand's bytes lie; an immediate lies in this very record. */
export const SLOT = 4;
export const BASE = 16; // u16: window offset of the base register, or of ZERO
export const INDEX = 18; // u16: likewise
export const SEGMENT = 20; // u16: likewise, FS_BASE or GS_BASE or ZERO
export const NARROW = 22; // u8: 32 when the address size is 32 bits, otherwise 0
export const DISPLACEMENT = 24; // i64
export const LINK = 24; // u32: record of the target of a direct branch (which has no displacement)
export const IMMEDIATE = 32; // i64; the return address of a direct call
export const COUNTER = 32; // i32: of an entry (`hot/entries.ts`), how many more passes make its code hot
export const ADDRESS = 40; // i64: where the instruction is

/** Where in a record the slot of an operand is. A fourth one has an immediate of one byte, or is named by one. */
export function slotOffset(operand: number): number {
  return operand < 3 ? SLOT + operand * 4 : IMMEDIATE + 4;
}

/** Scratch words. */
const SCRATCH_BASE = STATE_BASE + 0x400;
export const ZERO = SCRATCH_BASE; // 8 bytes that stay zero: the register of an absent base, index or segment
/** The arithmetic flags while code runs; `cold/flags.ts` says how. */
export const FLAG_RESULT = SCRATCH_BASE + 0x10;
export const FLAG_CARRY = SCRATCH_BASE + 0x18;
export const FLAG_EXTRA = SCRATCH_BASE + 0x20;
export const EXIT_KIND = SCRATCH_BASE + 0x28;
export const EXIT_VECTOR = SCRATCH_BASE + 0x2c;
export const EXIT_CODE = SCRATCH_BASE + 0x30;
export const EXIT_RECORD = SCRATCH_BASE + 0x34;
export const REMAINING = SCRATCH_BASE + 0x38;
/** Not zero after a slow path that wants the engine to stop behind the instruction. */
export const ATTENTION = SCRATCH_BASE + 0x3c;
/** Not zero between a store through the slow path and its completion. */
export const PENDING = SCRATCH_BASE + 0x40;
/** 8 bytes: processor time at the start of the slice. */
export const TIMESTAMP = SCRATCH_BASE + 0x48;
/** The budget the slice began with. */
export const SLICE = SCRATCH_BASE + 0x50;
/** Budget that an early end of the slice has put aside. */
export const STOLEN = SCRATCH_BASE + 0x54;
/** Hot code's flags, until somebody settles them: their kind (0: the flag words hold), then up to three values. */
export const RAW_KIND = SCRATCH_BASE + 0x58;
export const RAW_VALUES = SCRATCH_BASE + 0x60;
/** Four vectors of working space for operations that index bytes of a vector. */
export const WORKSPACE = SCRATCH_BASE + 0x80;

/** XCR0, constant while the processor lives. */
export const ENABLED_STATE = SCRATCH_BASE + 0xc0;

/** u32: record of the indirect jump of hot code that has just found nothing in the jump cache. */
export const JUMPED_FROM = SCRATCH_BASE + 0xc8;

export const SCRATCH_END = SCRATCH_BASE + 0xd0;

/** 16-byte entries {address, record, slot of hot code}, direct-mapped: where indirect jumps find their targets. */
export const JUMP_CACHE_ENTRIES = 0x4000;
export const JUMP_CACHE = PROCESSOR_LOW_END - JUMP_CACHE_ENTRIES * 16;

export function registerSlot(index: number): number {
  return STATE_BASE + index * 8;
}

export function vectorSlot(index: number): number {
  return STATE_BASE + VECTOR_OFFSET + index * VECTOR_SIZE;
}

/** Why the engine left, in EXIT_KIND. Bits above 0xff say what has happened of the instruction at EXIT_RECORD. */
export const RETIRED = 0x100;
export const RIP_SET = 0x200;
export const LEAVE_BUDGET = 0;
export const LEAVE_DECODE = 1; // the record stands for an address that is not decoded
export const LEAVE_MISS = 2 | RETIRED | RIP_SET; // an indirect jump found nothing in the jump cache
export const LEAVE_ACCESS = 3; // a memory access failed; the processor knows how
export const LEAVE_FAULT = 4; // EXIT_VECTOR, EXIT_CODE
export const LEAVE_SYSTEM_CALL = 5;
export const LEAVE_BREAKPOINT = 6;
export const LEAVE_TRAP = 7 | RETIRED | RIP_SET; // EXIT_VECTOR
export const LEAVE_RESUME = 8 | RETIRED | RIP_SET; // nothing happened that the kernel must know, but enter anew
export const LEAVE_AGAIN = 9; // part of a repeated instruction is done
export const LEAVE_HOT = 10; // an entry has been passed so often that its code is worth compiling

/** What a hot function returns instead of a record when RIP says where to go: its caller compares, or looks it up. */
export const RETURNED = 1;
