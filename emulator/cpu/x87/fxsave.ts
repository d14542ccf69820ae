/** The 512-byte image of x87 and SSE state that FXSAVE writes (SDM vol. 1, 10.5.1), from and to a register file. */

import {
  FCW_OFFSET,
  FDP_OFFSET,
  FIP_OFFSET,
  FOP_OFFSET,
  FSW_OFFSET,
  FTW_OFFSET,
  initialRegisters,
  MXCSR_OFFSET,
  type Registers,
  ST_OFFSET,
  ST_SIZE,
  VECTOR_OFFSET,
  VECTOR_SIZE,
} from '../registers.ts';
import { SSE, X87 } from './extendedSave.ts';

export const FXSAVE_SIZE = 512;
const IMAGE_MXCSR = 24;
const IMAGE_ST = 32;
const IMAGE_XMM = 160;
const MXCSR_MASK = 0xffff;
/** Everything from MXCSR to the end of the register file is floating-point state. */
const STATE_START = MXCSR_OFFSET;

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** x87 registers are physical in the register file and relative to TOP in the image. */
function physical(index: number, statusWord: number): number {
  return (index + ((statusWord >> 11) & 7)) & 7;
}

export function encodeFxsave(registers: Registers): Uint8Array {
  const image = new Uint8Array(FXSAVE_SIZE);
  const to = viewOf(image);
  const from = viewOf(registers.bytes);
  const statusWord = from.getUint16(FSW_OFFSET, true);
  to.setUint16(0, from.getUint16(FCW_OFFSET, true), true);
  to.setUint16(2, statusWord, true);
  image[4] = registers.bytes[FTW_OFFSET];
  to.setUint16(6, from.getUint16(FOP_OFFSET, true), true);
  image.set(registers.bytes.subarray(FIP_OFFSET, FIP_OFFSET + 8), 8);
  image.set(registers.bytes.subarray(FDP_OFFSET, FDP_OFFSET + 8), 16);
  to.setUint32(IMAGE_MXCSR, from.getUint32(MXCSR_OFFSET, true), true);
  to.setUint32(IMAGE_MXCSR + 4, MXCSR_MASK, true);
  for (let i = 0; i < 8; i++) {
    const at = ST_OFFSET + physical(i, statusWord) * ST_SIZE;
    image.set(registers.bytes.subarray(at, at + 10), IMAGE_ST + i * 16);
  }
  for (let i = 0; i < 16; i++) {
    const at = VECTOR_OFFSET + i * VECTOR_SIZE;
    image.set(registers.bytes.subarray(at, at + 16), IMAGE_XMM + i * 16);
  }
  return image;
}

/** Fills in MXCSR, and of x87 and SSE what is among `components`. */
export function decodeFxsave(image: Uint8Array, registers: Registers, components: number): void {
  const from = viewOf(image);
  const to = viewOf(registers.bytes);
  to.setUint32(MXCSR_OFFSET, from.getUint32(IMAGE_MXCSR, true) & MXCSR_MASK, true);
  if (components & X87) decodeX87(image, registers);
  if (components & SSE)
    for (let i = 0; i < 16; i++) {
      const at = VECTOR_OFFSET + i * VECTOR_SIZE;
      registers.bytes.set(image.subarray(IMAGE_XMM + i * 16, IMAGE_XMM + i * 16 + 16), at);
    }
}

function decodeX87(image: Uint8Array, registers: Registers): void {
  const from = viewOf(image);
  const to = viewOf(registers.bytes);
  const statusWord = from.getUint16(2, true);
  to.setUint16(FCW_OFFSET, from.getUint16(0, true), true);
  to.setUint16(FSW_OFFSET, statusWord, true);
  registers.bytes[FTW_OFFSET] = image[4];
  to.setUint16(FOP_OFFSET, from.getUint16(6, true), true);
  registers.bytes.set(image.subarray(8, 16), FIP_OFFSET);
  registers.bytes.set(image.subarray(16, 24), FDP_OFFSET);
  for (let i = 0; i < 8; i++) {
    const at = ST_OFFSET + physical(i, statusWord) * ST_SIZE;
    registers.bytes.set(image.subarray(IMAGE_ST + i * 16, IMAGE_ST + i * 16 + 10), at);
  }
}

/** Handlers start with a fresh floating-point unit, as the kernel gives them. */
export function resetFloatingPoint(registers: Registers): void {
  registers.bytes.set(initialRegisters().bytes.subarray(STATE_START), STATE_START);
}
