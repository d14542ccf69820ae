/** Registers as debuggers show and set them. */

import * as file from '../cpu/registers.ts';
import type { Registers } from '../cpu/registers.ts';
import { AVX } from '../cpu/x87/extendedSave.ts';
import type { RegisterValues } from './face.ts';

const VECTORS = 16;
const X87_REGISTERS = 8;
const X87_BYTES = 10;
/** TOP of the x87 status word (SDM vol. 1, 8.1.3). */
const TOP_SHIFT = 11;

/** `components`: those that the processor has, as bits of XCR0. */
export function describeRegisters(registers: Registers, components: number): RegisterValues {
  const view = new DataView(registers.bytes.buffer, registers.bytes.byteOffset);
  const general: Record<string, bigint> = {};
  file.WORD_NAMES.forEach((name, index) => {
    general[name] = registers.big(index);
  });
  const vectors = Array.from({ length: VECTORS }, (_, index) =>
    registers.bytes.slice(vectorOffset(index), vectorOffset(index) + vectorSize(components)),
  );
  const status = view.getUint16(file.FSW_OFFSET, true);
  const stack = Array.from({ length: X87_REGISTERS }, (_, index) => {
    const offset = stackOffset(status, index);
    return registers.bytes.slice(offset, offset + X87_BYTES);
  });
  return {
    general,
    mxcsr: view.getUint32(file.MXCSR_OFFSET, true),
    vectors,
    x87: { control: view.getUint16(file.FCW_OFFSET, true), status, tag: view.getUint8(file.FTW_OFFSET), stack },
  };
}

/** A sentence if it cannot be done. */
export function setRegister(
  registers: Registers,
  components: number,
  name: string,
  value: bigint | Uint8Array,
): string | undefined {
  const view = new DataView(registers.bytes.buffer, registers.bytes.byteOffset);
  const index = file.WORD_NAMES.indexOf(name as (typeof file.WORD_NAMES)[number]);
  if (index >= 0) {
    if (typeof value !== 'bigint') return `${name} takes a 64-bit integer`;
    if (value < -(1n << 63n) || value >= 1n << 64n) return `${name} has 64 bits; ${value} does not fit`;
    registers.setBig(index, index === file.RFLAGS ? userFlags(registers.big(index), value) : value);
    return undefined;
  }
  if (name === 'mxcsr') {
    if (typeof value !== 'bigint' || value < 0n || value > 0xffffn) return 'mxcsr takes 16 bits';
    view.setUint32(file.MXCSR_OFFSET, Number(value), true);
    return undefined;
  }
  const match = (components & AVX ? /^([xy]mm|st)(\d+)$/ : /^(xmm|st)(\d+)$/).exec(name);
  if (!match || typeof value === 'bigint') return `there is no register called ${name}`;
  const number = Number(match[2]);
  const isStack = match[1] === 'st';
  const [count, size] = isStack ? [X87_REGISTERS, X87_BYTES] : [VECTORS, match[1] === 'xmm' ? 16 : file.VECTOR_SIZE];
  if (number >= count || value.length !== size) return `${name} takes ${size} bytes`;
  const offset = isStack ? stackOffset(view.getUint16(file.FSW_OFFSET, true), number) : vectorOffset(number);
  registers.bytes.set(value, offset);
  return undefined;
}

/** Only the bits that user code may change (SDM vol. 2, POPF at CPL 3) follow a debugger's edit. */
function userFlags(old: bigint, value: bigint): bigint {
  const mask = BigInt(
    file.CF | file.PF | file.AF | file.ZF | file.SF | file.TF | file.DF | file.OF | file.AC | file.ID,
  );
  return (old & ~mask) | (value & mask);
}

function vectorSize(components: number): number {
  return components & AVX ? file.VECTOR_SIZE : 16;
}

function vectorOffset(index: number): number {
  return file.VECTOR_OFFSET + index * file.VECTOR_SIZE;
}

/** Where ST(`index`) lies: registers are kept by physical number. */
function stackOffset(status: number, index: number): number {
  const top = (status >> TOP_SHIFT) & 7;
  return file.ST_OFFSET + ((top + index) & 7) * file.ST_SIZE;
}
