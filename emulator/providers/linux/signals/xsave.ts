/**
 * The extended state of a signal frame: an XSAVE area in the standard format (SDM vol. 1, 13.4) that says in the bytes
 * that FXSAVE leaves to software how large it is (`struct _fpx_sw_bytes`, asm/sigcontext.h).
 */

import { type Registers, VECTOR_OFFSET, VECTOR_SIZE } from '../../../cpu/registers.ts';
import { areaSize, AVX, BASIC_SIZE, SSE, X87 } from '../../../cpu/x87/extendedSave.ts';
import type { Task } from '../task.ts';
import { readBytes } from '../userMemory.ts';
import { decodeFxsave, encodeFxsave, FXSAVE_SIZE, resetFloatingPoint } from '../../../cpu/x87/fxsave.ts';

const MAGIC1 = 0x4650_5853;
const MAGIC2 = 0x4650_5845;
const MAGIC2_SIZE = 4;
/** Offsets in the area: of the software's bytes, and of what is in them; of the header. */
const SOFTWARE = 464;
const EXTENDED_SIZE = SOFTWARE + 4;
const FEATURES = SOFTWARE + 8;
const STATE_SIZE = SOFTWARE + 16;
const PRESENT = FXSAVE_SIZE;
/** Bytes of the header that XRSTOR wants to be zero in the standard format, from the upper half of `PRESENT` on. */
const RESERVED = PRESENT + 4;
const RESERVED_END = PRESENT + 24;

/** Bytes that the image takes, the magic number behind it included. */
export function imageSize(components: number): number {
  return areaSize(components) + MAGIC2_SIZE;
}

function upperHalf(registers: Registers, index: number): Uint8Array {
  const at = VECTOR_OFFSET + index * VECTOR_SIZE + VECTOR_SIZE / 2;
  return registers.bytes.subarray(at, at + VECTOR_SIZE / 2);
}

/** The area of XSAVE with those components; the bytes that are left to software are zero. */
export function encodeArea(registers: Registers, components: number): Uint8Array {
  const area = new Uint8Array(areaSize(components));
  area.set(encodeFxsave(registers));
  // Linux marks x87 and SSE as present even in their initial state.
  let present = X87 | SSE;
  if (components & AVX)
    for (let i = 0; i < 16; i++) {
      const half = upperHalf(registers, i);
      area.set(half, BASIC_SIZE + i * half.length);
      if (half.some(byte => byte !== 0)) present |= AVX;
    }
  new DataView(area.buffer).setUint32(PRESENT, present, true);
  return area;
}

/** The area as a signal handler finds it. */
export function encodeState(registers: Registers, components: number): Uint8Array {
  const size = areaSize(components);
  const image = new Uint8Array(imageSize(components));
  const view = new DataView(image.buffer);
  image.set(encodeArea(registers, components));
  view.setUint32(SOFTWARE, MAGIC1, true);
  view.setUint32(EXTENDED_SIZE, image.length, true);
  view.setUint32(FEATURES, components, true);
  view.setUint32(STATE_SIZE, size, true);
  view.setUint32(size, MAGIC2, true);
  return image;
}

/** The area as ptrace(2) gives it: with all components, as XCR0 has them, where signal handlers find a magic number. */
export function encodeTraced(registers: Registers, components: number): Uint8Array {
  const area = encodeArea(registers, components);
  new DataView(area.buffer).setUint32(SOFTWARE, components, true);
  return area;
}

/** Sets what an area says; what is not present in it becomes as it is at first. False if XRSTOR would refuse it. */
export function decodeArea(area: Uint8Array, registers: Registers, components: number, wanted = components): boolean {
  const present = new DataView(area.buffer, area.byteOffset).getUint32(PRESENT, true);
  if (present & ~components || area.subarray(RESERVED, RESERVED_END).some(byte => byte !== 0)) return false;
  resetFloatingPoint(registers);
  decodeFxsave(area, registers, wanted & present);
  if (wanted & present & AVX)
    for (let i = 0; i < 16; i++)
      upperHalf(registers, i).set(area.subarray(BASIC_SIZE + i * 16, BASIC_SIZE + i * 16 + 16));
  return true;
}

/** How the image at `address` begins, and whether it is one of XSAVE: otherwise it counts as one of FXSAVE. */
function readImage(task: Task, address: number, components: number): Uint8Array | undefined {
  const legacy = readBytes(task, address, FXSAVE_SIZE);
  if (!legacy) return undefined;
  const view = new DataView(legacy.buffer, legacy.byteOffset);
  const size = view.getUint32(STATE_SIZE, true);
  if (view.getUint32(SOFTWARE, true) !== MAGIC1) return legacy;
  if (size < BASIC_SIZE || size > areaSize(components) || size > view.getUint32(EXTENDED_SIZE, true)) return legacy;
  const all = readBytes(task, address, size + MAGIC2_SIZE);
  if (!all) return legacy;
  const magic = new DataView(all.buffer, all.byteOffset).getUint32(size, true);
  return magic === MAGIC2 ? all : legacy;
}

/**
 * Brings back what the image at `address` says; what it does not contain becomes as it is at first. False if it cannot
 * be read or XRSTOR would refuse it.
 */
export function restoreState(task: Task, address: number, registers: Registers, components: number): boolean {
  const image = readImage(task, address, components);
  if (!image) return false;
  if (image.length > FXSAVE_SIZE) {
    const wanted = new DataView(image.buffer, image.byteOffset).getUint32(FEATURES, true);
    return decodeArea(image, registers, components, wanted & components);
  }
  resetFloatingPoint(registers);
  decodeFxsave(image, registers, X87 | SSE);
  return true;
}
