/** What of two results must be equal, and how a difference is told. */

import {
  ADDRESS_AT,
  AFTER_AT,
  ENDLESS,
  ERROR_CODE_AT,
  FLAGS_AT,
  FX_AT,
  FX_FCW,
  FX_FSW,
  FX_FTW,
  FX_MXCSR,
  FX_ST,
  FX_XMM,
  MEMORY_AT,
  OUTSIDE_AT,
  RESULT_SIZE,
  RIP_AT,
  SYSTEM_CALL,
  UPPER_AT,
  VECTOR_AT,
  WINDOWS,
} from './arena.ts';
import type { Assembled } from './program.ts';
import { ARITHMETIC } from './undefinedFlags.ts';

const RF = 0x1_0000; // set by the delivery of the signal itself
const BREAKPOINT = 3;
const PAGE_FAULT = 14;
/** Stores of 10 bytes, which processors do in two parts: the first stays when the second fails. We keep all as it was. */
const STORES_IN_PARTS = /^(Fstp_m80fp|Fbstp_m80bcd)$/;
const FX = AFTER_AT + FX_AT;
/** Stores and conversions that processors have gone from x87 to MMX for when they fail. We keep all as it was. */
const LATE_MMX = /^(Movd_rm32_mm|Movq_rm64_mm|Movq_mmm64_mm|Movntq_m64_mm|Cvtt?p[sd]2pi_\w+)$/;

/** Masked stores over a page's end: which byte of the second page is reported depends on the processor. */
const VAGUE_ADDRESS = /^VEX_Vp?maskmov(p[sd]|[dq])_m/;

/** Makes everything equal in all results that need not be equal. */
export function normalise(result: Buffer, { undefinedAt, formAt }: Assembled): void {
  const vector = result.readUInt32LE(VECTOR_AT);
  if (vector === SYSTEM_CALL || vector === ENDLESS) {
    result.fill(0, VECTOR_AT + 4);
    return;
  }
  const rip = Number(result.readBigUInt64LE(RIP_AT));
  const line = vector === BREAKPOINT ? rip - 1 : rip;
  const ignored = (undefinedAt.get(line) ?? ARITHMETIC) | RF;
  result.writeUInt32LE(result.readUInt32LE(AFTER_AT + FLAGS_AT) & ~ignored, AFTER_AT + FLAGS_AT);
  // Addresses of the kernel half are beyond what a number holds; what is there, and in the last page below, which no
  // process may have, is the host's affair.
  const kernelHalf = result.readBigUInt64LE(ADDRESS_AT) >= 0x7fff_ffff_f000n;
  if (kernelHalf) result.fill(0, ADDRESS_AT, ADDRESS_AT + 8);
  if (vector === BREAKPOINT || kernelHalf) result.writeUInt32LE(0, ERROR_CODE_AT);
  if (vector !== BREAKPOINT && LATE_MMX.test(formAt.get(rip) ?? '')) result.fill(0, FX + FX_FSW, FX + FX_FSW + 3);
  if (vector !== BREAKPOINT && LATE_MMX.test(formAt.get(rip) ?? '')) result.fill(0, FX + FX_ST, FX + FX_XMM);
  if (vector === PAGE_FAULT && STORES_IN_PARTS.test(formAt.get(rip) ?? '')) clearBefore(result);
  if (vector === PAGE_FAULT && VAGUE_ADDRESS.test(formAt.get(rip) ?? ''))
    result.writeUInt16LE(result.readUInt16LE(ADDRESS_AT) & 0xf000, ADDRESS_AT);
  result[FX + 5] = 0;
  result.fill(0, FX + 6, FX + FX_MXCSR); // FOP, FIP, FDP
  result.fill(0, FX + FX_MXCSR + 4, FX + FX_ST);
  for (let i = 0; i < 8; i++) result.fill(0, FX + FX_ST + i * 16 + 10, FX + FX_ST + i * 16 + 16);
  result.fill(0, FX + FX_XMM + 256, AFTER_AT + UPPER_AT);
}

/** Clears what an instruction may have stored before it failed at the next page: 10 bytes at most. */
function clearBefore(result: Buffer): void {
  const address = Number(result.readBigUInt64LE(ADDRESS_AT));
  let at = AFTER_AT + MEMORY_AT;
  for (const window of WINDOWS) {
    const from = Math.max(window.address, address - 16);
    const to = Math.min(window.address + window.size, address);
    if (from < to) result.fill(0, at + from - window.address, at + to - window.address);
    at += window.size;
  }
}

/** FNV-1a over the words of a normalised result. */
export function digest(result: Buffer, seed = 0x811c9dc5): number {
  let hash = seed;
  for (let i = 0; i < RESULT_SIZE; i += 4) hash = Math.imul(hash ^ result.readInt32LE(i), 0x01000193);
  return hash >>> 0;
}

const REGISTERS = 'rax rcx rdx rbx rsp rbp rsi rdi r8 r9 r10 r11 r12 r13 r14 r15'.split(' ');

interface Field {
  readonly name: string;
  readonly at: number;
  readonly size: number;
}

const FIELDS: readonly Field[] = [
  { name: 'vector', at: VECTOR_AT, size: 4 },
  { name: 'error code', at: ERROR_CODE_AT, size: 4 },
  { name: 'fault address', at: ADDRESS_AT, size: 8 },
  { name: 'rip', at: RIP_AT, size: 8 },
  { name: 'memory outside the windows', at: OUTSIDE_AT, size: 8 },
  ...REGISTERS.map((name, i) => ({ name, at: AFTER_AT + i * 8, size: 8 })),
  { name: 'rflags', at: AFTER_AT + FLAGS_AT, size: 8 },
  { name: 'fcw', at: FX + FX_FCW, size: 2 },
  { name: 'fsw', at: FX + FX_FSW, size: 2 },
  { name: 'ftw', at: FX + FX_FTW, size: 1 },
  { name: 'mxcsr', at: FX + FX_MXCSR, size: 4 },
  ...Array.from({ length: 8 }, (_, i) => ({ name: `st${i}`, at: FX + FX_ST + i * 16, size: 10 })),
  ...Array.from({ length: 16 }, (_, i) => ({ name: `xmm${i}`, at: FX + FX_XMM + i * 16, size: 16 })),
  ...Array.from({ length: 16 }, (_, i) => ({
    name: `ymm${i}, upper half`,
    at: AFTER_AT + UPPER_AT + i * 16,
    size: 16,
  })),
  ...WINDOWS.flatMap(({ address, size }, i) => {
    const start = AFTER_AT + MEMORY_AT + WINDOWS.slice(0, i).reduce((sum, window) => sum + window.size, 0);
    const parts = Array.from({ length: size / 8 }, (_, part) => part * 8);
    return parts.map(part => ({ name: `[${(address + part).toString(16)}]`, at: start + part, size: 8 }));
  }),
];

/** The field's bytes as a number in hexadecimal. */
function show(result: Uint8Array, { at, size }: Field): string {
  return Buffer.from(Uint8Array.from(result.subarray(at, at + size)).reverse()).toString('hex');
}

/** What differs, in words. */
export function differences(expected: Uint8Array, actual: Uint8Array): string[] {
  return FIELDS.filter(field => show(expected, field) !== show(actual, field)).map(
    field => `${field.name}: ${show(expected, field)} expected, ${show(actual, field)} found`,
  );
}

/** The fields of a state that are not zero, for showing what a run began with. */
export function showState(state: Uint8Array): string[] {
  const result = Buffer.alloc(RESULT_SIZE);
  result.set(state, AFTER_AT);
  return FIELDS.filter(({ at }) => at >= AFTER_AT)
    .filter(field => !/^0*$/.test(show(result, field)))
    .map(field => `${field.name}=${show(result, field)}`);
}
