/** The x86-64 processor: runs threads in address spaces, and says why it stopped. */

import { highWord, lowWord, unsigned64 } from '../base/words.ts';
import type { AddressSpaceFace } from '../memory/addressSpaceFace.ts';
import { STATE_BASE } from '../memory/layout.ts';
import { BLOCK_LENGTH, CodeCache } from './cold/codeCache.ts';
import type { HandlerTable } from './cold/handlers.ts';
import { restoreHandlers } from './cold/storedHandlers.ts';
import { NEVER } from './cold/entries.ts';
import type { Thresholds } from './cold/entries.ts';
import { buildInterpreter, HotCode, InstructionSource, listHandlers, withOperations } from './compiler.ts';
import { HotEngine } from './hotEngine.ts';
import { InstructionReader } from './decode/instructionReader.ts';
import { DEFAULT_CPU } from './levels.ts';
import type { CpuLevel } from './levels.ts';
import { DB, GP, PAGE_FAULT, PF_FETCH, SS, UD } from './exits.ts';
import type { Exit, Fault } from './exits.ts';
import { assists } from './assists.ts';
import type { AssistContext } from './assists.ts';
import {
  ATTENTION,
  ENABLED_STATE,
  EXIT_CODE,
  EXIT_KIND,
  EXIT_RECORD,
  EXIT_VECTOR,
  LEAVE_ACCESS,
  LEAVE_AGAIN,
  LEAVE_BREAKPOINT,
  LEAVE_BUDGET,
  LEAVE_DECODE,
  LEAVE_FAULT,
  LEAVE_HOT,
  LEAVE_MISS,
  LEAVE_RESUME,
  LEAVE_SYSTEM_CALL,
  LEAVE_TRAP,
  PENDING,
  REMAINING,
  TIMESTAMP,
  SCRATCH_END,
  ZERO,
} from './record.ts';
import { AVX, SSE, X87 } from './x87/extendedSave.ts';
import { Registers, RFLAGS, TF } from './registers.ts';
import { COMPILED_HERE, type ModuleCompiler } from './moduleCompiler.ts';
import type { RegisterTest } from './registerTest.ts';

export interface ProcessorOptions {
  /** x86-64-v2 unless given: without AVX, AVX2, FMA and F16C. */
  readonly cpu?: CpuLevel;
  /** The cold engine for this level, made ahead of time by {@link interpreterBytes}; otherwise it is made now. */
  readonly interpreter?: Uint8Array | WebAssembly.Module;
  /** 32 random bits for RDRAND, which is absent without them. */
  readonly random?: () => number;
  /** How often code is passed before it is compiled: 8,000 times unless said otherwise, large code more often; Infinity for never. */
  readonly hotThreshold?: number;
  /** Makes modules of hot code; this thread unless given. */
  readonly compiler?: ModuleCompiler;
}

const HOT_THRESHOLD = 8000;
/** A place that is only returned to has been entered in another way before: code of its own pays later. */
const RETURN_FACTOR = 8;

/** The cold engine's module for processors of a level and those below, for a build step to store. */
export function interpreterBytes(cpu: CpuLevel = 'x86-64-v3'): Uint8Array {
  return buildInterpreter(listHandlers(cpu));
}

/** V8 replaces the baseline code of the dispatch loop by optimised code only when the loop is entered anew. */
const SLICE_LIMIT = 0x10_0000;
/** XCR0. */
const ENABLED: Readonly<Record<CpuLevel, number>> = { 'x86-64-v2': X87 | SSE, 'x86-64-v3': X87 | SSE | AVX };
const BUDGET_EXIT: Exit = { kind: 'budget' };
const SYSTEM_CALL_EXIT: Exit = { kind: 'systemCall' };
const BREAKPOINT_EXIT: Exit = { kind: 'breakpoint' };
/** Furthest an instruction reaches. */
const INSTRUCTION_BYTES = 15;

/** One address space with the engine instance and the decoded code that belong to it. */
interface Attachment {
  readonly space: AddressSpaceFace;
  readonly cache: CodeCache;
  readonly registers: Registers;
  readonly hot: HotEngine;
  readonly enter: (record: number, budget: number) => void;
}

/** The cold engine of a window. */
interface Engine {
  /** Whose window it is now. */
  space: AddressSpaceFace;
  readonly exports: WebAssembly.Instance['exports'];
}

export class Processor {
  /** Instructions retired by the last {@link run}. */
  retired = 0;
  /** Cycles that RDTSC reports at the start of the next {@link run}; every retired instruction adds one. */
  timestamp = 0;
  private readonly module: WebAssembly.Module;
  private readonly reader: InstructionReader;
  /** XCR0: the components of a thread's extended state (`x87/extendedSave.ts`). */
  readonly enabled: number;
  private readonly handlers: HandlerTable;
  /** Made when code first becomes hot. */
  private instructions: InstructionSource | undefined;
  private readonly thresholds: Thresholds;
  private readonly random: (() => number) | undefined;
  private readonly compiler: ModuleCompiler;
  /** Of the compiler when hot code was last compiled. */
  private epoch = 0;
  private readonly attachments = new Map<AddressSpaceFace, Attachment>();
  /** The one that was asked for last. */
  private latest: Attachment | undefined;
  /** Of code caches that are gone. */
  private readonly spares: Int32Array[] = [];
  /** By window, which outlives processes. */
  private readonly engines = new WeakMap<WebAssembly.Memory, Engine>();
  /** Of the access or assist that has just failed. */
  private failure: Fault | undefined;

  constructor(options: ProcessorOptions = {}) {
    const { cpu = DEFAULT_CPU, interpreter = interpreterBytes(cpu) } = options;
    this.module = interpreter instanceof Uint8Array ? new WebAssembly.Module(interpreter) : interpreter;
    this.handlers = restoreHandlers(this.module);
    this.random = options.random;
    this.compiler = options.compiler ?? COMPILED_HERE;
    const threshold = Math.min(options.hotThreshold ?? HOT_THRESHOLD, NEVER);
    this.thresholds = { target: threshold, return: Math.min(threshold * RETURN_FACTOR, NEVER) };
    this.enabled = ENABLED[cpu];
    this.reader = new InstructionReader(this.handlers.numbers, cpu === 'x86-64-v3');
  }

  /**
   * Runs the thread whose register file is at STATE_BASE of `space.window` for at most `budget` instructions, exactly.
   * `skipBreakpoint`: the first instruction runs even if it has a breakpoint.
   */
  run(space: AddressSpaceFace, budget: number, skipBreakpoint = false): Exit {
    const attachment = this.attach(space);
    const { registers, cache } = attachment;
    this.retired = 0;
    if (this.epoch !== this.compiler.epoch) this.dropHotCode();
    let skip = skipBreakpoint;
    while (this.retired < budget) {
      const record = cache.resolve(registers.rip);
      if (typeof record === 'string') return this.fetchFailure(attachment, record);
      const stepping = (registers.low(RFLAGS) & TF) !== 0;
      // Near the end every instruction sets all its flags, so that they are right where the run stops.
      const left = budget - this.retired;
      const before = this.retired;
      let exit: Exit | undefined;
      if (stepping || skip || left <= BLOCK_LENGTH) exit = this.runOne(attachment, record, skip);
      else {
        exit = this.runSlice(attachment, record, Math.min(SLICE_LIMIT, left - BLOCK_LENGTH));
        if (!exit) attachment.hot.compileWaiting();
      }
      if (this.retired > before) skip = false;
      if (exit) return exit;
      if (stepping && this.retired > before) return { kind: 'fault', vector: DB, errorCode: 0, address: 0 };
    }
    return BUDGET_EXIT;
  }

  /**
   * Replaces the breakpoints of `space`. Those with a test stop only where it holds. Tests are told apart by identity: the
   * same breakpoint should come with the same object.
   */
  setBreakpoints(
    space: AddressSpaceFace,
    addresses: Iterable<number>,
    tests: ReadonlyMap<number, RegisterTest> = new Map(),
  ): void {
    const wanted = new Map([...addresses].map(address => [address, tests.get(address)]));
    this.attach(space).cache.setBreakpoints(wanted);
  }

  /** Forgets everything decoded for `space`, and its breakpoints: the process ended, or its memory was replaced. */
  detach(space: AddressSpaceFace): void {
    const attachment = this.attachments.get(space);
    if (!attachment) return;
    this.attachments.delete(space);
    this.latest = undefined;
    attachment.hot.dropAll();
    attachment.cache.release();
    space.onCodeWrite = undefined;
  }

  private dropHotCode(): void {
    this.epoch = this.compiler.epoch;
    for (const { hot } of this.attachments.values()) hot.dropAll();
  }

  /** Runs the one instruction at `record` so that all its flags are set; `skip`: even if it has a breakpoint. */
  private runOne(attachment: Attachment, record: number, skip: boolean): Exit | undefined {
    const { cache } = attachment;
    let exit: Exit | undefined;
    const step = (): void => {
      cache.exactly(record, () => (exit = this.runSlice(attachment, record, 1)));
    };
    if (skip) cache.withoutBreakpoint(record, step);
    else step();
    return exit;
  }

  /** Runs up to `budget` instructions from `record` on; undefined when they have run, or RIP has to be looked up anew. */
  private runSlice(attachment: Attachment, start: number, budget: number): Exit | undefined {
    const { space } = attachment;
    let record = start;
    let left = budget;
    for (;;) {
      const before = space.window.view;
      before.setUint32(TIMESTAMP, lowWord(this.timestamp), true);
      before.setInt32(TIMESTAMP + 4, highWord(this.timestamp), true);
      attachment.enter(record, left);
      const { view } = space.window;
      const remaining = view.getInt32(REMAINING, true);
      const done = left - remaining;
      this.retired += done;
      this.timestamp += done;
      left = remaining;
      const kind = view.getUint32(EXIT_KIND, true);
      if (kind === LEAVE_DECODE || kind === LEAVE_MISS) {
        if (view.getInt32(ATTENTION, true)) return this.watchHit(space);
        if (left === 0) return undefined; // the budget ends before the fetch
        const next = this.goOn(attachment, kind, view.getUint32(EXIT_RECORD, true));
        if (typeof next !== 'number') return next;
        record = next;
      } else if (kind === LEAVE_HOT) {
        const { generation } = attachment.cache;
        record = view.getUint32(EXIT_RECORD, true);
        attachment.hot.heat(record);
        if (attachment.cache.generation !== generation) return undefined;
      } else if (kind === LEAVE_AGAIN) {
        record = view.getUint32(EXIT_RECORD, true);
        if (view.getInt32(ATTENTION, true)) return this.watchHit(space);
      } else return this.exitOf(attachment, kind);
      if (left === 0 && kind !== LEAVE_AGAIN) return undefined;
    }
  }

  /** Finds where an unlinked branch goes. */
  private goOn(attachment: Attachment, kind: number, standIn: number): number | Exit {
    const { cache, registers, hot } = attachment;
    const address = registers.rip;
    const { generation } = cache;
    const record = cache.resolve(address);
    if (typeof record === 'string') return this.fetchFailure(attachment, record);
    if (kind === LEAVE_MISS) cache.remember(address, hot.noteJump(standIn, address) ? 'target' : 'return');
    else if (cache.generation === generation) cache.forward(standIn, record);
    return record;
  }

  private exitOf(attachment: Attachment, kind: number): Exit | undefined {
    const { space } = attachment;
    const { view } = space.window;
    if (kind === LEAVE_ACCESS || kind === LEAVE_FAULT) {
      // What the instruction has asked for before it failed is void.
      view.setInt32(PENDING, 0, true);
      view.setInt32(ATTENTION, 0, true);
      space.watchHit = undefined;
      if (kind === LEAVE_ACCESS) return this.accessFailure(attachment);
    }
    if (kind === LEAVE_BUDGET || kind === LEAVE_RESUME) {
      return view.getInt32(ATTENTION, true) ? this.watchHit(space) : undefined;
    }
    if (kind === LEAVE_SYSTEM_CALL) return SYSTEM_CALL_EXIT;
    if (kind === LEAVE_BREAKPOINT) return BREAKPOINT_EXIT;
    const vector = view.getInt32(EXIT_VECTOR, true);
    const fault: Fault = { kind: 'fault', vector, errorCode: view.getInt32(EXIT_CODE, true), address: 0 };
    if (kind === LEAVE_TRAP) return fault;
    if (kind === LEAVE_FAULT && vector === UD) return { ...fault, detail: this.describe(attachment) };
    return fault;
  }

  private watchHit(space: AddressSpaceFace): Exit | undefined {
    space.window.view.setInt32(ATTENTION, 0, true);
    const hit = space.watchHit;
    space.watchHit = undefined;
    return hit && { kind: 'watchpoint', address: hit.address, size: hit.size, access: hit.access };
  }

  private fetchFailure({ space, registers }: Attachment, why: 'page fault' | 'too long'): Fault {
    if (why === 'too long') return { kind: 'fault', vector: GP, errorCode: 0, address: 0 };
    if (isNonCanonical(registers.high(16))) return { kind: 'fault', vector: GP, errorCode: 0, address: 0 };
    const { faultCode, faultAddress } = space;
    return { kind: 'fault', vector: PAGE_FAULT, errorCode: faultCode | PF_FETCH, address: faultAddress };
  }

  /** The failure of a memory access; a non-canonical address counts as #SS where the instruction uses the stack segment. */
  private accessFailure(attachment: Attachment): Fault {
    const failure = this.failure ?? { kind: 'fault', vector: GP, errorCode: 0, address: 0 };
    this.failure = undefined;
    if (failure.vector !== GP || failure.address === 0) return failure;
    const stack = this.readCurrent(attachment) && this.reader.addressesStack;
    return { ...failure, vector: stack ? SS : GP, address: 0 };
  }

  private describe(attachment: Attachment): string {
    if (!this.readCurrent(attachment)) return 'no instruction';
    return this.reader.formName() === 'ud2 '
      ? 'ud2'
      : `${this.reader.text} (${this.reader.formName().trim()}) is not implemented`;
  }

  /** Lets the reader look at the instruction at RIP. */
  private readCurrent({ space, registers }: Attachment): boolean {
    const bytes = new Uint8Array(INSTRUCTION_BYTES);
    this.reader.open(bytes.subarray(0, space.peek(registers.rip, bytes)), registers.rip);
    return this.reader.read() === 'instruction';
  }

  private attach(space: AddressSpaceFace): Attachment {
    if (this.latest?.space === space) return this.latest;
    const known = this.attachments.get(space) ?? this.attachAnew(space);
    this.latest = known;
    return known;
  }

  private attachAnew(space: AddressSpaceFace): Attachment {
    space.window.bytes.fill(0, ZERO, SCRATCH_END); // a window may have had another process in it before
    space.window.view.setUint32(ENABLED_STATE, this.enabled, true);
    const cache = new CodeCache(space, this.reader, this.handlers, this.thresholds, this.spares);
    const registers = new Registers(space.window.memory.buffer, STATE_BASE);
    space.onCodeWrite = (address, size) => cache.invalidate(address, size);
    const { hot: table, settle, absent, run } = this.engineOf(space).exports;
    const imports = { hot: table as WebAssembly.Table, settle, absent };
    const hot = new HotEngine(space, cache, this.handlers, () => {
      this.instructions ??= new InstructionSource(withOperations(this.handlers));
      return new HotCode(space, cache, this.instructions, imports, this.thresholds.target, this.compiler);
    });
    const attachment = { space, cache, registers, hot, enter: run as Attachment['enter'] };
    this.attachments.set(space, attachment);
    return attachment;
  }

  /** The cold engine in the window of `space`. What a process has left in one serves the next. */
  private engineOf(space: AddressSpaceFace): Engine {
    const { memory } = space.window;
    const known = this.engines.get(memory);
    if (known) {
      known.space = space;
      return known;
    }
    const registers = new Registers(memory.buffer, STATE_BASE);
    const fault = (vector: number): 1 => {
      this.failure = { kind: 'fault', vector, errorCode: 0, address: 0 };
      return 1;
    };
    const context: AssistContext = {
      registers,
      enabled: this.enabled,
      random: this.random,
      get view() {
        return engine.space.window.view;
      },
      fault,
    };
    const instance = new WebAssembly.Instance(this.module, {
      m: {
        memory,
        load: (low: number, high: number, size: number) => this.load(engine.space, low, high, size),
        store: (low: number, high: number, size: number) => this.store(engine.space, low, high, size),
        commit: () => this.commit(engine.space),
        assist: (number: number, a: number, b: number, c: number) => assists[number](context, a, b, c),
      },
    });
    const engine: Engine = { space, exports: instance.exports };
    this.engines.set(memory, engine);
    return engine;
  }

  private load(space: AddressSpaceFace, low: number, high: number, size: number): number {
    if (isNonCanonical(high)) return this.refuseAddress(low, high);
    const at = space.load(low, high, size);
    if (at === 0) return this.refuseAccess(space);
    if (space.watchHit) space.window.view.setInt32(ATTENTION, 1, true);
    return at;
  }

  private store(space: AddressSpaceFace, low: number, high: number, size: number): number {
    if (isNonCanonical(high)) return this.refuseAddress(low, high);
    const at = space.store(low, high, size);
    if (at === 0) return this.refuseAccess(space);
    space.window.view.setInt32(PENDING, 1, true);
    return at;
  }

  private commit(space: AddressSpaceFace): void {
    const { view } = space.window;
    view.setInt32(PENDING, 0, true);
    space.commitStore();
    if (space.watchHit) view.setInt32(ATTENTION, 1, true);
  }

  private refuseAddress(low: number, high: number): 0 {
    // The address marks the failure as one of addressing, which may turn out to be #SS.
    this.failure = { kind: 'fault', vector: GP, errorCode: 0, address: unsigned64(low, high) };
    return 0;
  }

  private refuseAccess(space: AddressSpaceFace): 0 {
    this.failure = { kind: 'fault', vector: PAGE_FAULT, errorCode: space.faultCode, address: space.faultAddress };
    return 0;
  }
}

/** Bits 63 to 47 must be equal (SDM vol. 1, 3.3.7.1). */
function isNonCanonical(high: number): boolean {
  const top = high >> 15;
  return top !== 0 && top !== -1;
}
