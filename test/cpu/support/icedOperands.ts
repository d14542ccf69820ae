/** iced-x86's registers, memory sizes and mnemonics as tables of our own numbers. */

import { MemorySize, MemorySizeExt, Mnemonic, OpKind, Register, RegisterExt } from 'iced-x86';
import { STATE_BASE } from '../../../emulator/memory/layout.ts';
import { registerSlot, vectorSlot, ZERO } from '../../../emulator/cpu/record.ts';
import { FS_BASE, GS_BASE, ST_OFFSET, ST_SIZE } from '../../../emulator/cpu/registers.ts';

const REGISTER_COUNT = 256;

/** Window offset of each register's bytes; for x87 stack registers their number, since what they name moves. */
export const REGISTER_SLOTS = new Int32Array(REGISTER_COUNT);
/** Bytes of each register; 10 for those of the x87 stack. */
export const REGISTER_SIZES = new Uint8Array(REGISTER_COUNT);

function fill(first: Register, count: number, size: number, slot: (index: number) => number): void {
  for (let i = 0; i < count; i++) {
    REGISTER_SLOTS[first + i] = slot(i);
    REGISTER_SIZES[first + i] = size;
  }
}

const HIGH_BYTES = 4; // AL CL DL BL, then AH CH DH BH, then SPL and on
fill(Register.AL, 4, 1, registerSlot);
fill(Register.AH, HIGH_BYTES, 1, i => registerSlot(i) + 1);
fill(Register.SPL, 12, 1, i => registerSlot(i + 4));
fill(Register.AX, 16, 2, registerSlot);
fill(Register.EAX, 16, 4, registerSlot);
fill(Register.RAX, 16, 8, registerSlot);
fill(Register.XMM0, 16, 16, vectorSlot);
fill(Register.YMM0, 16, 32, vectorSlot);
fill(Register.MM0, 8, 8, i => STATE_BASE + ST_OFFSET + i * ST_SIZE);
fill(Register.ST0, 8, 10, i => i);
fill(Register.ES, 6, 2, i => i);
fill(Register.None, 1, 0, () => ZERO);
fill(Register.RIP, 1, 8, () => ZERO); // iced-x86 gives RIP-relative displacements as addresses
fill(Register.EIP, 1, 4, () => ZERO);

export function isSegment(register: Register): boolean {
  return register >= Register.ES && register <= Register.GS;
}

export function isMmx(register: Register): boolean {
  return register >= Register.MM0 && register <= Register.MM7;
}

export function isControl(register: Register): boolean {
  return register >= Register.CR0 && RegisterExt.size(register) > 0 && REGISTER_SIZES[register] === 0;
}

export function segmentSlot(register: Register): number {
  if (register === Register.FS) return registerSlot(FS_BASE);
  return register === Register.GS ? registerSlot(GS_BASE) : ZERO;
}

const MEMORY_SIZE_COUNT = Object.values(MemorySize).filter(value => typeof value === 'number').length;
export const MEMORY_SIZES = Uint16Array.from({ length: MEMORY_SIZE_COUNT }, (_, size) => MemorySizeExt.size(size));

/** Bytes of an immediate by its operand kind, after the extension that the kind asks for. */
const IMMEDIATES: readonly (readonly [OpKind, number])[] = [
  [OpKind.Immediate8, 1],
  [OpKind.Immediate8_2nd, 1],
  [OpKind.Immediate16, 2],
  [OpKind.Immediate32, 4],
  [OpKind.Immediate64, 8],
  [OpKind.Immediate8to16, 2],
  [OpKind.Immediate8to32, 4],
  [OpKind.Immediate8to64, 8],
  [OpKind.Immediate32to64, 8],
];
export const IMMEDIATE_SIZES = new Uint8Array(64);
for (const [kind, size] of IMMEDIATES) IMMEDIATE_SIZES[kind] = size;

export const MNEMONICS: readonly string[] = Object.keys(Mnemonic).reduce<string[]>((names, name) => {
  const value = Mnemonic[name as keyof typeof Mnemonic];
  if (typeof value === 'number') names[value] = name.toLowerCase();
  return names;
}, []);
