/** Registers as people read and write them: names, parts of registers, flag bits, texts to values and back. */

import type { RegisterValues } from '../emulator/index.ts';

// biome-ignore format: as the manuals list them
export const GENERAL_NAMES = [
  'rax', 'rbx', 'rcx', 'rdx', 'rsi', 'rdi', 'rbp', 'rsp',
  'r8', 'r9', 'r10', 'r11', 'r12', 'r13', 'r14', 'r15',
  'rip', 'rflags',
] as const;

export const SEGMENT_NAMES = ['fs_base', 'gs_base'] as const;

/** Bits of RFLAGS that user mode can see change (SDM vol. 1, 3.4.3). */
export const FLAG_BITS: Readonly<Record<string, { readonly bit: number; readonly meaning: string }>> = {
  CF: { bit: 0, meaning: 'carry' },
  PF: { bit: 2, meaning: 'parity' },
  AF: { bit: 4, meaning: 'auxiliary carry' },
  ZF: { bit: 6, meaning: 'zero' },
  SF: { bit: 7, meaning: 'sign' },
  TF: { bit: 8, meaning: 'trap' },
  IF: { bit: 9, meaning: 'interrupt enable' },
  DF: { bit: 10, meaning: 'direction' },
  OF: { bit: 11, meaning: 'overflow' },
  AC: { bit: 18, meaning: 'alignment check' },
  ID: { bit: 21, meaning: 'identification' },
};

/** A run of bits in a 64-bit register. */
export interface RegisterPart {
  readonly register: string;
  readonly shift: number;
  readonly bits: number;
}

const PARTS: ReadonlyMap<string, RegisterPart> = new Map(registerParts());

function* registerParts(): Generator<[string, RegisterPart]> {
  for (const register of [...GENERAL_NAMES, ...SEGMENT_NAMES]) yield [register, { register, shift: 0, bits: 64 }];
  for (const letter of ['a', 'b', 'c', 'd']) {
    const register = `r${letter}x`;
    yield [`e${letter}x`, { register, shift: 0, bits: 32 }];
    yield [`${letter}x`, { register, shift: 0, bits: 16 }];
    yield [`${letter}l`, { register, shift: 0, bits: 8 }];
    yield [`${letter}h`, { register, shift: 8, bits: 8 }];
  }
  for (const name of ['si', 'di', 'bp', 'sp']) {
    yield [`e${name}`, { register: `r${name}`, shift: 0, bits: 32 }];
    yield [name, { register: `r${name}`, shift: 0, bits: 16 }];
    yield [`${name}l`, { register: `r${name}`, shift: 0, bits: 8 }];
  }
  for (let number = 8; number < 16; number++) {
    yield [`r${number}d`, { register: `r${number}`, shift: 0, bits: 32 }];
    yield [`r${number}w`, { register: `r${number}`, shift: 0, bits: 16 }];
    yield [`r${number}b`, { register: `r${number}`, shift: 0, bits: 8 }];
  }
  yield ['pc', { register: 'rip', shift: 0, bits: 64 }];
  yield ['sp', { register: 'rsp', shift: 0, bits: 64 }];
  yield ['eflags', { register: 'rflags', shift: 0, bits: 32 }];
  for (const [name, { bit }] of Object.entries(FLAG_BITS)) {
    yield [name.toLowerCase(), { register: 'rflags', shift: bit, bits: 1 }];
  }
}

export function registerNames(): Iterable<string> {
  return PARTS.keys();
}

/** `rax`, `$eax`, `%zf`: a register, a part of one, or a flag. */
export function registerPart(name: string): RegisterPart | undefined {
  return PARTS.get(name.replace(/^[$%]/, '').toLowerCase());
}

export function readPart(values: RegisterValues, part: RegisterPart): bigint {
  return BigInt.asUintN(part.bits, values.general[part.register] >> BigInt(part.shift));
}

/** The whole register after `value` has gone into `part`. As on the processor, a 32-bit write clears the upper half. */
export function writePart(values: RegisterValues, part: RegisterPart, value: bigint): bigint {
  if (part.bits === 32 && part.register !== 'rflags') return value;
  const mask = ((1n << BigInt(part.bits)) - 1n) << BigInt(part.shift);
  return (values.general[part.register] & ~mask) | (value << BigInt(part.shift));
}

export function formatBits(value: bigint, bits: number): string {
  return bits === 1 ? value.toString() : `0x${value.toString(16).padStart(Math.ceil(bits / 4), '0')}`;
}

/** `0x246 [PF ZF IF]` */
export function formatFlags(value: bigint): string {
  const set = Object.entries(FLAG_BITS).filter(([, { bit }]) => (value >> BigInt(bit)) & 1n);
  return `0x${value.toString(16)} [${set.map(([name]) => name).join(' ')}]`;
}

/** A decimal, hexadecimal, octal or binary integer that fits `bits`, negative ones as two's complement. */
export function parseInteger(text: string, bits: number): bigint | undefined {
  const match = /^(-?)(0x[0-9a-f]+|0b[01]+|0o[0-7]+|\d+)$/i.exec(text.trim().replaceAll('_', ''));
  if (!match) return undefined;
  const value = match[1] ? -BigInt(match[2]) : BigInt(match[2]);
  const least = -(1n << BigInt(bits - 1));
  if (value >= 1n << BigInt(bits) || (value < 0n && value < least)) return undefined;
  return BigInt.asUintN(bits, value);
}

/** `xmm3`, or `ymm3` where vector registers have 32 bytes. */
export function vectorName(bytes: Uint8Array, index: number): string {
  return `${bytes.length === 16 ? 'x' : 'y'}mm${index}`;
}

/** Ways to see a vector register. */
export const LANES = {
  u8: { size: 1, text: (view: DataView, at: number) => `${view.getUint8(at)}` },
  u16: { size: 2, text: (view: DataView, at: number) => `${view.getUint16(at, true)}` },
  u32: { size: 4, text: (view: DataView, at: number) => `${view.getUint32(at, true)}` },
  u64: { size: 8, text: (view: DataView, at: number) => `${view.getBigUint64(at, true)}` },
  f32: { size: 4, text: (view: DataView, at: number) => floatText(view.getFloat32(at, true)) },
  f64: { size: 8, text: (view: DataView, at: number) => floatText(view.getFloat64(at, true)) },
} as const;

export type Lane = keyof typeof LANES;

export function laneTexts(bytes: Uint8Array, lane: Lane): string[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const { size, text } = LANES[lane];
  return Array.from({ length: bytes.length / size }, (_, index) => text(view, index * size));
}

/** Most significant byte first, as a register is written. */
export function bytesAsNumber(bytes: Uint8Array): string {
  return bytes.reduceRight((text, byte) => text + byte.toString(16).padStart(2, '0'), '0x');
}

/** The opposite of {@link bytesAsNumber}, for any integer that fits. */
export function numberAsBytes(text: string, length: number): Uint8Array | undefined {
  let value = parseInteger(text, length * 8);
  if (value === undefined) return undefined;
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++, value >>= 8n) bytes[index] = Number(value & 0xffn);
  return bytes;
}

const X87_BIAS = 16383;

/** The 80-bit value of an x87 register as the nearest double. */
export function extendedToDouble(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const mantissa = view.getBigUint64(0, true);
  const signAndExponent = view.getUint16(8, true);
  const sign = signAndExponent & 0x8000 ? -1 : 1;
  const exponent = signAndExponent & 0x7fff;
  if (exponent === 0x7fff) return BigInt.asUintN(63, mantissa) === 0n ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // In two factors: the smallest exponents alone are below every double.
  const scale = exponent - X87_BIAS - 63;
  return sign * Number(mantissa) * 2 ** Math.trunc(scale / 2) * 2 ** (scale - Math.trunc(scale / 2));
}

/** x87 registers take numbers as doubles; the machine keeps 80 bits. */
export function doubleToExtended(value: number): Uint8Array {
  const bytes = new Uint8Array(10);
  const view = new DataView(bytes.buffer);
  const double = new DataView(new ArrayBuffer(8));
  double.setFloat64(0, value);
  const bits = double.getBigUint64(0);
  const sign = Number(bits >> 63n) << 15;
  const exponent = Number((bits >> 52n) & 0x7ffn);
  const fraction = BigInt.asUintN(52, bits);
  if (exponent === 0x7ff) {
    view.setBigUint64(0, (1n << 63n) | (fraction << 11n), true);
    view.setUint16(8, sign | 0x7fff, true);
    return bytes;
  }
  if (exponent === 0 && fraction === 0n) {
    view.setUint16(8, sign, true);
    return bytes;
  }
  let mantissa = exponent === 0 ? fraction << 11n : (1n << 63n) | (fraction << 11n);
  let power = (exponent === 0 ? -1022 : exponent - 1023) + X87_BIAS;
  // Denormal doubles are normal here: the exponent has room.
  for (; mantissa >> 63n === 0n; power--) mantissa <<= 1n;
  view.setBigUint64(0, mantissa, true);
  view.setUint16(8, sign | power, true);
  return bytes;
}

export function floatText(value: number): string {
  return Object.is(value, -0) ? '-0' : String(value);
}
