/** Single-instruction cases: their binary form, how the host's processor runs them, and how ours does. */

import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Processor } from '../../../emulator/cpu/processor.ts';
import {
  FCW_OFFSET,
  FSW_OFFSET,
  FTW_OFFSET,
  initialRegisters,
  MXCSR_OFFSET,
  Registers,
  RFLAGS,
  RIP,
  ST_OFFSET,
  VECTOR_OFFSET,
} from '../../../emulator/cpu/registers.ts';
import { STATE_BASE } from '../../../emulator/memory/layout.ts';
import { EXECUTE, PlainSpace, READ, WRITE } from './plainSpace.ts';

export const CODE = 0x1000_0000;
export const DATA = 0x1200_0000;
export const IMAGE = DATA + 0xf80;
export const IMAGE_SIZE = 256;
const REGION = 0x2000;

/** Registers, flags, FXSAVE image and memory, before or after. */
export interface State {
  readonly general: BigUint64Array;
  flags: bigint;
  readonly fx: Uint8Array;
  readonly image: Uint8Array;
}

export interface Case {
  readonly name: string;
  readonly code: Uint8Array;
  /** Where the code begins in its region. */
  readonly offset: number;
  readonly before: State;
  /** Bits of RFLAGS that the SDM leaves undefined for this instruction. */
  readonly undefinedFlags: number;
}

export interface Result {
  /** 3 when the instruction ran. */
  readonly vector: number;
  readonly errorCode: number;
  readonly address: bigint;
  readonly rip: bigint;
  readonly after: State;
}

const GENERAL_SIZE = 16 * 8;
const STATE_SIZE = GENERAL_SIZE + 8 + 512 + IMAGE_SIZE;
const CASE_SIZE = 24 + STATE_SIZE;
const RESULT_SIZE = 24 + STATE_SIZE;

export function emptyState(): State {
  return { general: new BigUint64Array(16), flags: 0x202n, fx: new Uint8Array(512), image: new Uint8Array(IMAGE_SIZE) };
}

function writeState(to: Buffer, at: number, { general, flags, fx, image }: State): void {
  general.forEach((value, i) => to.writeBigUInt64LE(value, at + i * 8));
  to.writeBigUInt64LE(flags, at + GENERAL_SIZE);
  to.set(fx, at + GENERAL_SIZE + 8);
  to.set(image, at + GENERAL_SIZE + 8 + 512);
}

function readState(from: Buffer, at: number): State {
  const fx = at + GENERAL_SIZE + 8;
  return {
    general: BigUint64Array.from({ length: 16 }, (_, i) => from.readBigUInt64LE(at + i * 8)),
    flags: from.readBigUInt64LE(at + GENERAL_SIZE),
    fx: Uint8Array.from(from.subarray(fx, fx + 512)),
    image: Uint8Array.from(from.subarray(fx + 512, fx + 512 + IMAGE_SIZE)),
  };
}

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const BINARY = `${ROOT}.cache/cpu-oracle`;

/** Builds the native runner; false where that is impossible. */
export function hasNative(): boolean {
  if (process.arch !== 'x64' || process.platform !== 'linux') return false;
  try {
    mkdirSync(`${ROOT}.cache`, { recursive: true });
    execFileSync('gcc', ['-O1', '-o', BINARY, `${ROOT}test/cpu/native/oracle.c`], { stdio: 'pipe' });
  } catch {
    return existsSync(BINARY);
  }
  return true;
}

export function runNative(cases: readonly Case[]): Result[] {
  const input = Buffer.alloc(cases.length * CASE_SIZE);
  cases.forEach(({ code, offset, before }, i) => {
    const at = i * CASE_SIZE;
    input.writeUInt32LE(code.length, at);
    input.writeUInt32LE(offset, at + 4);
    input.set(code, at + 8);
    writeState(input, at + 24, before);
  });
  const { stdout, status } = spawnSync(BINARY, [], { input, maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`the native runner ended with ${status}`);
  return cases.map((_, i) => {
    const at = i * RESULT_SIZE;
    return {
      vector: stdout.readUInt32LE(at),
      errorCode: stdout.readUInt32LE(at + 4),
      address: stdout.readBigUInt64LE(at + 8),
      rip: stdout.readBigUInt64LE(at + 16),
      after: readState(stdout, at + 24),
    };
  });
}

/** One machine that runs case after case. */
export class Subject {
  private readonly space = new PlainSpace();
  private readonly processor = new Processor();
  private readonly registers: Registers;

  constructor() {
    this.space.map(CODE, REGION, READ | WRITE | EXECUTE);
    this.space.map(DATA, REGION, READ | WRITE);
    this.space.write(CODE, new Uint8Array(REGION).fill(0xcc));
    this.registers = new Registers(this.space.window.memory.buffer, STATE_BASE);
    this.registers.copyFrom(initialRegisters());
  }

  run({ code, offset, before }: Case): Result & { detail?: string } {
    const { space, registers, processor } = this;
    space.write(CODE + offset, code);
    space.write(IMAGE, before.image);
    this.load(before);
    registers.rip = CODE + offset;
    const fault = processor.run(space, 2); // the second is the INT3 that follows everywhere
    if (fault.kind !== 'fault') throw new Error(`an exit of kind ${fault.kind}`);
    space.write(
      CODE + offset,
      code.map(() => 0xcc),
    );
    return {
      vector: fault.vector,
      errorCode: fault.errorCode,
      address: BigInt(fault.vector === 14 ? fault.address : 0),
      rip: registers.big(RIP),
      after: this.save(before),
      detail: fault.detail,
    };
  }

  private load({ general, flags, fx }: State): void {
    const { registers } = this;
    general.forEach((value, i) => registers.setBig(i, value));
    registers.setBig(RFLAGS, flags);
    const view = new DataView(fx.buffer, fx.byteOffset, 512);
    const file = new DataView(registers.bytes.buffer, registers.bytes.byteOffset);
    file.setUint16(FCW_OFFSET, view.getUint16(0, true), true);
    file.setUint16(FSW_OFFSET, view.getUint16(2, true), true);
    file.setUint8(FTW_OFFSET, view.getUint8(4));
    file.setUint32(MXCSR_OFFSET, view.getUint32(24, true), true);
    const top = (view.getUint16(2, true) >> 11) & 7;
    for (let i = 0; i < 8; i++)
      registers.bytes.set(fx.subarray(32 + i * 16, 42 + i * 16), ST_OFFSET + ((top + i) & 7) * 16);
    for (let i = 0; i < 16; i++) registers.bytes.set(fx.subarray(160 + i * 16, 176 + i * 16), VECTOR_OFFSET + i * 32);
  }

  private save(before: State): State {
    const { registers, space } = this;
    const fx = Uint8Array.from(before.fx);
    const view = new DataView(fx.buffer);
    const file = new DataView(registers.bytes.buffer, registers.bytes.byteOffset);
    view.setUint16(0, file.getUint16(FCW_OFFSET, true), true);
    view.setUint16(2, file.getUint16(FSW_OFFSET, true), true);
    view.setUint8(4, file.getUint8(FTW_OFFSET));
    view.setUint32(24, file.getUint32(MXCSR_OFFSET, true), true);
    const top = (view.getUint16(2, true) >> 11) & 7;
    for (let i = 0; i < 8; i++) {
      const at = ST_OFFSET + ((top + i) & 7) * 16;
      fx.set(registers.bytes.subarray(at, at + 10), 32 + i * 16);
    }
    for (let i = 0; i < 16; i++)
      fx.set(registers.bytes.subarray(VECTOR_OFFSET + i * 32, VECTOR_OFFSET + i * 32 + 16), 160 + i * 16);
    const general = BigUint64Array.from({ length: 16 }, (_, i) => registers.big(i));
    return { general, flags: registers.big(RFLAGS), fx, image: space.read(IMAGE, IMAGE_SIZE) };
  }
}

const NAMES = [
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
];
const IGNORED_FLAGS = 0x1_0000; // RF: set by the signal's own delivery

/** Everything about a result that must agree, by name. */
export function observations(test: Case, result: Result): Map<string, string> {
  const seen = new Map<string, string>();
  const { vector, after } = result;
  seen.set('vector', String(vector));
  seen.set('rip', result.rip.toString(16));
  // Addresses of the kernel half are beyond what a number holds, and what is there is the host's affair.
  const kernelHalf = result.address >> 63n !== 0n || result.address >> 64n !== 0n;
  if (vector !== 3 && !kernelHalf) seen.set('error code', String(result.errorCode));
  if (vector === 14 && !kernelHalf) seen.set('fault address', result.address.toString(16));
  NAMES.forEach((name, i) => seen.set(name, after.general[i].toString(16)));
  const undefinedFlags = vector === 3 ? test.undefinedFlags : 0;
  seen.set('flags', (after.flags & BigInt(~(undefinedFlags | IGNORED_FLAGS) >>> 0)).toString(16));
  const part = (from: number, size: number): string =>
    [...after.fx.subarray(from, from + size)]
      .map(byte => byte.toString(16).padStart(2, '0'))
      .reduceRight((text, byte) => text + byte);
  seen.set('fcw', part(0, 2));
  seen.set('fsw', part(2, 2));
  seen.set('ftw', part(4, 1));
  const mxcsr = new DataView(after.fx.buffer, after.fx.byteOffset).getUint32(24, true);
  seen.set('mxcsr', mxcsr.toString(16));
  for (let i = 0; i < 8; i++) seen.set(`st${i}`, part(32 + i * 16, 10));
  for (let i = 0; i < 16; i++) seen.set(`xmm${i}`, part(160 + i * 16, 16));
  seen.set('memory', Buffer.from(after.image).toString('hex'));
  return seen;
}

/** What differs, in words; empty when nothing does. */
export function differences(test: Case, expected: Result, actual: Result): string[] {
  const found = observations(test, actual);
  return [...observations(test, expected)]
    .filter(([what, wanted]) => found.get(what) !== wanted)
    .map(([what, wanted]) => `${what}: ${wanted} expected, ${found.get(what)} found`);
}

/** FNV-1a of all observations: what is recorded for hosts that cannot run the cases. */
export function digest(test: Case, result: Result): string {
  let hash = 0x811c9dc5;
  for (const letter of [...observations(test, result).values()].join())
    hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return (hash >>> 0).toString(36);
}
