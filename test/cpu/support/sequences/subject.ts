/** The machine that runs sequences: one processor in one address space with the arena's layout. */

import { PAGE_SIZE, pageOf, USER_LIMIT } from '../../../../emulator/base/pages.ts';
import { Processor } from '../../../../emulator/cpu/processor.ts';
import type { ProcessorOptions } from '../../../../emulator/cpu/processor.ts';
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
} from '../../../../emulator/cpu/registers.ts';
import { STATE_BASE } from '../../../../emulator/memory/layout.ts';
import { EXECUTE, PlainSpace, READ } from '../plainSpace.ts';
import {
  ADDRESS_AT,
  AFTER_AT,
  AREAS,
  BACKGROUND,
  CODE_AREAS,
  CODE_REGIONS,
  CODE_SIZE,
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
  STATE_SIZE,
  SYSTEM_CALL,
  UPPER_AT,
  VECTOR_AT,
  WINDOWS,
  ENDLESS,
} from './arena.ts';
import type { Assembled } from './program.ts';
import type { Drive } from './engines.ts';

/**
 * Where engines are made to begin: a jump back to the program, since places that are jumped back to become hot. Far from
 * what addresses of the arena combine to, for nothing is there natively.
 */
const SPRINGBOARDS = CODE_REGIONS.map(address => address + 0x11c5_7000);
const JMP = 0xe9;

/** A part of a window that lies in one page. */
interface Part {
  readonly page: number;
  readonly offset: number;
  readonly size: number;
  /** In the state. */
  readonly at: number;
}

const PARTS: readonly Part[] = WINDOWS.flatMap(({ address, size }, i) => {
  const at = MEMORY_AT + WINDOWS.slice(0, i).reduce((sum, window) => sum + window.size, 0);
  const first = Math.min(size, PAGE_SIZE - (address % PAGE_SIZE));
  const part = (from: number, length: number): Part => ({
    page: pageOf(address + from),
    offset: (address + from) % PAGE_SIZE,
    size: length,
    at: at + from,
  });
  return first < size ? [part(0, first), part(first, size - first)] : [part(0, size)];
});

export class Subject {
  readonly space = new PlainSpace();
  readonly processor: Processor;
  private start = 0;
  private readonly registers: Registers;
  private readonly file: DataView;
  private readonly pages = new Map<number, Uint8Array>();
  private readonly codeImages = CODE_AREAS.map(() => new Uint8Array(CODE_SIZE).fill(0xcc));

  constructor(options: ProcessorOptions = {}) {
    const { space } = this;
    this.processor = new Processor({ cpu: 'x86-64-v3', ...options });
    for (const { address, size, access } of [...AREAS, ...CODE_AREAS]) {
      space.map(address, size, access);
      for (let at = address; at < address + size; at += PAGE_SIZE) this.pages.set(pageOf(at), space.pageBytes(at));
    }
    for (const address of SPRINGBOARDS) space.map(address, PAGE_SIZE, READ | EXECUTE);
    for (const [page, bytes] of this.pages) {
      const isCode = CODE_AREAS.some(area => pageOf(area.address) <= page && page < pageOf(area.address + CODE_SIZE));
      if (isCode) bytes.fill(0xcc);
      else bytes.set(BACKGROUND);
    }
    const { buffer } = space.window.memory;
    this.registers = new Registers(buffer, STATE_BASE);
    this.registers.copyFrom(initialRegisters());
    this.file = new DataView(buffer, STATE_BASE);
  }

  /** Makes `program` the code of the runs that follow. */
  place({ entry, code }: Assembled): void {
    for (const [i, { address, size }] of CODE_AREAS.entries()) {
      const image = this.codeImages[i].fill(0xcc);
      if (entry >= address && entry < address + size) image.set(code, entry - address);
    }
    this.restoreCode();
    const from = SPRINGBOARDS[entry < CODE_AREAS[1].address ? 0 : 1];
    const jump = Buffer.alloc(5, JMP);
    jump.writeInt32LE(entry - (from + jump.length), 1);
    this.start = from;
    this.space.write(from, jump);
  }

  /** Forgets all decoded and compiled code, and how often it was in vain to compile it. */
  forget(): void {
    this.processor.detach(this.space);
  }

  /** Runs the program placed last from the state at `at` of `states`; writes a result to `into` at `to`. */
  run(states: Uint8Array, at: number, drive: Drive, into: Buffer, to: number): void {
    const { space, registers } = this;
    const state = states.subarray(at, at + STATE_SIZE);
    this.load(state);
    registers.rip = this.start;
    space.watchHit = undefined;
    const exit = drive(this.processor, space);
    into.fill(0, to, to + RESULT_SIZE);
    const after = into.subarray(to + AFTER_AT, to + RESULT_SIZE);
    this.save(after);
    if (exit.kind === 'fault') {
      into.writeUInt32LE(exit.vector, to + VECTOR_AT);
      into.writeUInt32LE(exit.errorCode, to + ERROR_CODE_AT);
      // Addresses of the upper half are doubles that may have been rounded up to 2^64: normalise() takes them away.
      const address = exit.vector === 14 ? exit.address : 0;
      into.writeBigUInt64LE(
        BigInt.asUintN(64, BigInt(address) - (address > USER_LIMIT ? 0x800n : 0n)),
        to + ADDRESS_AT,
      );
    } else into.writeUInt32LE(exit.kind === 'systemCall' ? SYSTEM_CALL : ENDLESS, to + VECTOR_AT);
    into.writeBigUInt64LE(registers.big(RIP), to + RIP_AT);
    into.writeUInt32LE(this.restore(), to + OUTSIDE_AT);
  }

  private page(number: number): Uint8Array {
    const bytes = this.pages.get(number);
    if (!bytes) throw new Error(`no page ${number}`);
    return bytes;
  }

  private load(state: Uint8Array): void {
    const { registers, file } = this;
    const view = new DataView(state.buffer, state.byteOffset, state.length);
    registers.bytes.set(state.subarray(0, FLAGS_AT));
    registers.bytes.set(state.subarray(FLAGS_AT, FX_AT), RFLAGS * 8);
    file.setUint16(FCW_OFFSET, view.getUint16(FX_AT + FX_FCW, true), true);
    const status = view.getUint16(FX_AT + FX_FSW, true);
    file.setUint16(FSW_OFFSET, status, true);
    file.setUint8(FTW_OFFSET, view.getUint8(FX_AT + FX_FTW));
    file.setUint32(MXCSR_OFFSET, view.getUint32(FX_AT + FX_MXCSR, true), true);
    for (let i = 0; i < 8; i++) {
      const from = FX_AT + FX_ST + i * 16;
      registers.bytes.set(state.subarray(from, from + 10), ST_OFFSET + (((status >> 11) + i) & 7) * 16);
    }
    for (let i = 0; i < 16; i++) {
      const vector = VECTOR_OFFSET + i * 32;
      registers.bytes.set(state.subarray(FX_AT + FX_XMM + i * 16, FX_AT + FX_XMM + i * 16 + 16), vector);
      registers.bytes.set(state.subarray(UPPER_AT + i * 16, UPPER_AT + i * 16 + 16), vector + 16);
    }
    for (const { page, offset, size, at } of PARTS) this.page(page).set(state.subarray(at, at + size), offset);
  }

  private save(state: Buffer): void {
    const { registers, file } = this;
    const { bytes } = registers;
    state.set(bytes.subarray(0, FLAGS_AT));
    state.set(bytes.subarray(RFLAGS * 8, RFLAGS * 8 + 8), FLAGS_AT);
    const status = file.getUint16(FSW_OFFSET, true);
    state.writeUInt16LE(file.getUint16(FCW_OFFSET, true), FX_AT + FX_FCW);
    state.writeUInt16LE(status, FX_AT + FX_FSW);
    state[FX_AT + FX_FTW] = file.getUint8(FTW_OFFSET);
    state.writeUInt32LE(file.getUint32(MXCSR_OFFSET, true), FX_AT + FX_MXCSR);
    for (let i = 0; i < 8; i++) {
      const from = ST_OFFSET + (((status >> 11) + i) & 7) * 16;
      state.set(bytes.subarray(from, from + 10), FX_AT + FX_ST + i * 16);
    }
    for (let i = 0; i < 16; i++) {
      const vector = VECTOR_OFFSET + i * 32;
      state.set(bytes.subarray(vector, vector + 16), FX_AT + FX_XMM + i * 16);
      state.set(bytes.subarray(vector + 16, vector + 32), UPPER_AT + i * 16);
    }
    for (const { page, offset, size, at } of PARTS) {
      const window = this.page(page).subarray(offset, offset + size);
      state.set(window, at);
      window.set(BACKGROUND.subarray(offset, offset + size));
    }
  }

  /** Puts background and code back; 0 when nothing outside the windows had changed, otherwise a hash of what had. */
  private restore(): number {
    let hash = 0x811c9dc5;
    let changed = false;
    for (const { address, size, access } of AREAS) {
      if (access === READ) continue;
      for (let at = address; at < address + size; at += PAGE_SIZE) {
        const bytes = this.page(pageOf(at));
        if (Buffer.compare(bytes, BACKGROUND) === 0) continue;
        changed = true;
        hash = mix(hash ^ pageOf(at), bytes);
        bytes.set(BACKGROUND);
      }
    }
    for (const [i, { address }] of CODE_AREAS.entries()) {
      const pages = [0, 1, 2].map(page => this.page(pageOf(address) + page));
      if (pages.every((bytes, page) => Buffer.compare(bytes, this.codePage(i, page)) === 0)) continue;
      changed = true;
      hash ^= pageOf(address);
      for (const bytes of pages) hash = mix(hash, bytes);
    }
    if (!changed) return 0;
    this.restoreCode();
    return hash >>> 0;
  }

  private codePage(region: number, page: number): Uint8Array {
    return this.codeImages[region].subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
  }

  private restoreCode(): void {
    for (const [i, { address }] of CODE_AREAS.entries())
      for (let page = 0; page < 3; page++) {
        const wanted = this.codePage(i, page);
        const bytes = this.page(pageOf(address) + page);
        if (Buffer.compare(bytes, wanted)) this.space.write(address + page * PAGE_SIZE, wanted);
      }
  }
}

/** FNV-1a. */
function mix(seed: number, bytes: Uint8Array): number {
  let hash = seed;
  for (let i = 0; i < bytes.length; i++) hash = Math.imul(hash ^ bytes[i], 0x01000193);
  return hash;
}
