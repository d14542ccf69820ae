/**
 * The compiled code of one address space: compiles what the cold engine finds hot, and makes void what no longer holds.
 */

import { assert } from '../../base/assert.ts';
import { pageOf } from '../../base/pages.ts';
import type { AddressSpaceFace } from '../../memory/addressSpaceFace.ts';
import { CODE_CACHE_END, HOT_DATA_BASE, STATE_BASE } from '../../memory/layout.ts';
import type { CodeCache } from '../cold/codeCache.ts';
import type { Entry } from '../cold/entries.ts';
import { remember, remembers } from '../cold/jumpCache.ts';
import { HANDLER, JUMPED_FROM } from '../record.ts';
import { ENTRY_HANDLER, FIRST_HOT_FUNCTION } from '../cold/handlers.ts';
import { DEFAULT_CONTROL, FLUSHING, PRECISION } from '../operations/sse/exceptions.ts';
import { CONTROL } from './regionFunction.ts';
import { MXCSR_OFFSET } from '../registers.ts';
import type { ModuleCompiler } from '../moduleCompiler.ts';
import type { RegisterTest } from '../registerTest.ts';
import { withCallees } from './callees.ts';
import { describe, overlaps } from './compiled.ts';
import type { Compiled } from './compiled.ts';
import type { CalleeView } from './callees.ts';
import { buildGuard, buildHotModule } from './hotModule.ts';
import type { HotContext } from './hotModule.ts';
import type { DecodedInstruction, InstructionSource } from './instruction.ts';
import { discover } from './region.ts';
import type { CodeView, Region } from './region.ts';

/** What the interpreter's instance shares with hot modules. */
export interface HotImports {
  readonly hot: WebAssembly.Table;
  readonly settle: unknown;
  readonly absent: unknown;
}

const EXIT_SIZE = 8;
/** The handler numbers that are left for hot functions, and how many of them one module may ask for. */
const MOST_SLOTS = 0x1_0000 - FIRST_HOT_FUNCTION;
const SPARE_SLOTS = 0x1000;
/** Compiled instructions in all: V8 needs about 200 bytes for each. */
const TOTAL_LIMIT = 250_000;
/** Kept free of HOT_DATA_BASE's range when something is compiled: for its tables, and for its ways out alone. */
const DATA_RESERVE = 0x40_0000;
const DATA_FOR_EXITS = 0x20_0000;
/** Code of more instructions than this has to be hotter. */
const TYPICAL_SIZE = 100;
/** So much hotter has to be what is compiled already as a part of something else. */
const SECOND_HAND = 16;
/** Entries that wait to be compiled together; each module has its price. */
const LONGEST_QUEUE = 8;
/** How often code is compiled for what MXCSR is, before it is compiled for any. */
const MOST_DISTRUSTS = 3;
/** How often code is compiled anew because of new targets of its indirect jumps. */
const MAXIMUM_GROWTHS = 4;

export class HotCode {
  private readonly space: AddressSpaceFace;
  private readonly cache: CodeCache;
  private readonly source: InstructionSource;
  private readonly imports: HotImports;
  private readonly threshold: number;
  private readonly compiler: ModuleCompiler;
  private readonly byPage = new Map<number, Set<Compiled>>();
  private readonly compiled = new Map<Entry, Compiled>();
  /** Instructions that were read, by record, with the handlers that the records had. */
  private readonly instructions = new Map<number, { handler: number; instruction: DecodedInstruction | undefined }>();
  private readonly exits = new Map<number, number>();
  private readonly jumps = new Map<number, Set<number>>();
  /** Hot, and to be compiled together. */
  private readonly waiting = new Set<Entry>();
  private readonly growths = new Map<Entry, number>();
  private readonly distrusts = new Map<Entry, number>();
  private dataEnd = HOT_DATA_BASE;
  private slots = 1;
  private total = 0;

  constructor(
    space: AddressSpaceFace,
    cache: CodeCache,
    source: InstructionSource,
    imports: HotImports,
    threshold: number,
    compiler: ModuleCompiler,
  ) {
    this.space = space;
    this.cache = cache;
    this.source = source;
    this.imports = imports;
    this.threshold = threshold;
    this.compiler = compiler;
    imports.hot.set(0, imports.absent);
    cache.onInvalidate = (address, end, cause) => this.invalidate(address, end, cause === 'write');
    cache.guard = (test, stop, go) => this.guard(test, stop, go);
    cache.onClear = () => this.clear();
  }

  /**
   * The instruction at the record `from`, or hot code entered there, has gone to `target`. Notes it if it was an indirect
   * jump, whose targets may become part of its region; false for a return.
   */
  noteJump(from: number, target: number): boolean {
    const { view } = this.space.window;
    const inside = view.getUint32(JUMPED_FROM, true);
    view.setUint32(JUMPED_FROM, 0, true);
    if (!inside && this.cache.entries.ofRecord(from)) return false;
    const jump = this.source.jumpAt(view, inside || from);
    if (jump?.ending === 'jumpIndirect' || jump?.ending === 'callIndirect') this.addJump(jump.address, target);
    return jump?.ending !== 'return';
  }

  private addJump(from: number, target: number): void {
    const known = this.jumps.get(from);
    if (known) known.add(target);
    else this.jumps.set(from, new Set([target]));
  }

  /**
   * The entry at `record` has been passed as often as it was to count. If that is often enough for its code, it is
   * compiled, together with what else becomes hot soon.
   */
  heat(record: number): void {
    const { entries } = this.cache;
    const entry = entries.ofRecord(record);
    if (!entry) return;
    const compiled = this.compiled.get(entry);
    if (compiled) return this.distrust(entry, compiled);
    const { view } = this.space.window;
    const region = discover(this.codeView, entry.address);
    if (!region) return entries.giveUp(view, entry);
    const due = this.due(region, entry);
    const passes = entries.passes(view, entry);
    if (passes < due) return entries.countTo(view, entry, due);
    if (!this.waiting.has(entry) && this.waiting.size < LONGEST_QUEUE) {
      this.waiting.add(entry);
      return entries.countTo(view, entry, passes + this.threshold / 2);
    }
    this.waiting.add(entry);
    this.compileWaiting();
  }

  /** The code of an entry found MXCSR otherwise than it was made for. */
  private distrust(entry: Entry, compiled: Compiled): void {
    this.distrusts.set(entry, (this.distrusts.get(entry) ?? 0) + 1);
    this.drop(compiled, false);
    this.waiting.add(entry);
    this.compileWaiting();
  }

  /** Compiles what has been found hot. */
  compileWaiting(): void {
    if (this.waiting.size === 0) return;
    if (this.slots > MOST_SLOTS - SPARE_SLOTS) return this.cache.clear(); // which begins again from nothing
    if (this.total > TOTAL_LIMIT || this.dataEnd > CODE_CACHE_END - DATA_RESERVE) this.dropAll();
    const roots = new Set<number>();
    for (const entry of this.waiting) {
      if (this.compiled.has(entry)) continue;
      const jumping = this.jumpingTo(entry.address);
      roots.add(jumping ? this.regrow(jumping, entry) : entry.address);
    }
    this.waiting.clear();
    const regions: Region[] = [];
    for (const root of roots) {
      const region = discover(this.codeView, root);
      if (region) regions.push(region);
    }
    if (regions.length) this.compile(withCallees(regions, this.calleeView));
  }

  /**
   * An indirect jump in compiled code has a new target: that code is compiled anew, with the target in it. Returns where
   * it begins. What was compiled together with it, and calls it, goes on with the code as it was.
   */
  private regrow(root: Entry, target: Entry): number {
    this.growths.set(root, (this.growths.get(root) ?? 0) + 1);
    const { entries } = this.cache;
    const { view } = this.space.window;
    entries.countTo(view, target, entries.passes(view, target) * SECOND_HAND);
    return root.address;
  }

  /** How often a region has to be entered before compiling it pays. */
  private due({ size }: Region, entry: Entry): number {
    const once = Math.max(this.threshold, (this.threshold * size) / TYPICAL_SIZE) * 4 ** Math.min(entry.losses, 8);
    return this.isPart(entry.address) ? once * SECOND_HAND : once;
  }

  /** Whether the instruction at an address is part of compiled code already, which is only not entered there. */
  private isPart(address: number): boolean {
    for (const compiled of this.byPage.get(pageOf(address)) ?? []) {
      if (overlaps(compiled, address, address + 1)) return true;
    }
    return false;
  }

  /** The entry of compiled code with an indirect jump to `address`, which it does not contain. */
  private jumpingTo(address: number): Entry | undefined {
    if (this.isPart(address)) return undefined;
    for (const compiled of new Set(this.compiled.values())) {
      for (const [jump, root] of compiled.jumps) {
        const grows = (this.growths.get(root) ?? 0) < MAXIMUM_GROWTHS && this.compiled.get(root) === compiled;
        if (grows && this.jumps.get(jump)?.has(address)) return root;
      }
    }
    return undefined;
  }

  /** Code at `[address, end)` is not to be run as it was; `loss`: because it has changed, and so may change again. */
  private invalidate(address: number, end: number, loss: boolean): void {
    for (let page = pageOf(address); page <= pageOf(end - 1); page++) {
      for (const compiled of this.byPage.get(page) ?? [])
        if (overlaps(compiled, address, end)) this.drop(compiled, loss);
    }
  }

  private clear(): void {
    const { hot, absent } = this.imports;
    for (let slot = 1; slot < this.slots; slot++) hot.set(slot, absent);
    this.byPage.clear();
    this.compiled.clear();
    this.instructions.clear();
    this.exits.clear();
    this.jumps.clear();
    this.growths.clear();
    this.distrusts.clear();
    this.waiting.clear();
    this.dataEnd = HOT_DATA_BASE;
    this.slots = 1;
    this.total = 0;
  }

  /** Gives up what is compiled; nothing of it may be under way. */
  dropAll(): void {
    for (const compiled of new Set(this.compiled.values())) this.drop(compiled, false);
    this.exits.clear();
    this.dataEnd = HOT_DATA_BASE;
  }

  private drop(compiled: Compiled, loss: boolean): void {
    const { view } = this.space.window;
    for (const entry of compiled.entries) {
      if (this.compiled.get(entry) !== compiled) continue; // it has grown since
      this.imports.hot.set(entry.slot, this.imports.absent);
      this.compiled.delete(entry);
      if (!loss) entry.losses--;
      this.cache.entries.countAgain(view, entry);
    }
    this.forget(compiled);
  }

  private forget(compiled: Compiled): void {
    for (const page of compiled.pages) this.byPage.get(page)?.delete(compiled);
    this.total -= compiled.size;
  }

  private readonly calleeView: CalleeView = {
    passes: address => {
      const { entries } = this.cache;
      const { view } = this.space.window;
      const entry = entries.at(address);
      const counts = entry && view.getUint16(entry.record + HANDLER, true) === ENTRY_HANDLER;
      return counts ? entries.passes(view, entry) : 0;
    },
    region: address => discover(this.codeView, address),
    jumpTargets: address => this.jumps.get(address) ?? [],
    pointer: address => {
      const bytes = new Uint8Array(8);
      if (this.space.peek(address, bytes) < bytes.length) return 0;
      return Number(new DataView(bytes.buffer).getBigUint64(0, true));
    },
  };

  private readonly codeView: CodeView = {
    instructionAt: address => this.instructionAt(address),
    jumpTargets: address => this.jumps.get(address) ?? [],
  };

  private instructionAt(address: number): DecodedInstruction | undefined {
    const record = this.cache.find(address);
    if (record === 0) return undefined;
    // A record stays as it is, but for its handler, which breakpoints and changes of code replace.
    const { view } = this.space.window;
    const handler = view.getUint16(record + HANDLER, true);
    const known = this.instructions.get(record);
    if (known?.handler === handler) return known.instruction;
    const instruction = this.source.read(view, record);
    this.instructions.set(record, { handler, instruction });
    return instruction;
  }

  private compile(regions: readonly Region[]): void {
    const { generation } = this.cache;
    const bytes = buildHotModule(regions, this.context);
    if (this.cache.generation !== generation) return;
    const { memory, view } = this.space.window;
    const { hot, settle } = this.imports;
    const instance = new WebAssembly.Instance(this.compiler.compile(bytes), {
      m: { memory, hot, settle },
    });
    const entries = regions.map(({ root }) => this.cache.entry(root.start));
    const compiled = describe(regions, entries);
    entries.forEach((entry, i) => {
      this.slotOf(entry);
      hot.set(entry.slot, instance.exports[String(i)]);
      this.cache.entries.open(view, entry);
      const old = this.compiled.get(entry);
      this.compiled.set(entry, compiled);
      if (old && !old.entries.some(other => this.compiled.get(other) === old)) this.forget(old);
      if (remembers(view, entry.address)) remember(view, entry.address, entry.record, entry.slot);
    });
    for (const page of compiled.pages) {
      const known = this.byPage.get(page);
      if (known) known.add(compiled);
      else this.byPage.set(page, new Set([compiled]));
    }
    this.total += compiled.size;
  }

  private readonly context: HotContext = {
    exit: (record, giveBack) => this.exit(record, giveBack),
    switchTable: addresses => this.switchTable(addresses),
    entryRecord: address => this.cache.entry(address).record,
    record: address => this.cache.find(address) || this.cache.entry(address).record,
    slot: address => this.slotOf(this.cache.entry(address)),
    control: root => {
      const control = this.space.window.view.getUint32(STATE_BASE + MXCSR_OFFSET, true) & CONTROL;
      const entry = this.cache.entry(root);
      const usual = (control & ~(FLUSHING | PRECISION)) === DEFAULT_CONTROL;
      return usual && (this.distrusts.get(entry) ?? 0) <= MOST_DISTRUSTS ? control : undefined;
    },
    // What has been decoded but is not in the region was left out for its size or its distance: it may be hot.
    isWorthCalling: address => this.cache.find(address) !== 0,
  };

  private slotOf(entry: Entry): number {
    entry.slot ||= this.newSlot(this.imports.absent);
    return entry.slot;
  }

  /** 0, the place of what is absent, when all are taken. */
  private newSlot(content: unknown): number {
    const { hot } = this.imports;
    if (this.slots === MOST_SLOTS) return 0;
    if (this.slots === hot.length) hot.grow(hot.length);
    hot.set(this.slots, content);
    return this.slots++;
  }

  /** The handler of a breakpoint that stops only where the test holds. */
  private guard(test: RegisterTest, stop: number, go: number): number {
    const { memory } = this.space.window;
    const instance = new WebAssembly.Instance(new WebAssembly.Module(buildGuard(test, stop, go)), { m: { memory } });
    const slot = this.newSlot(instance.exports['0']);
    return slot && FIRST_HOT_FUNCTION + slot;
  }

  private exit(record: number, giveBack: number): number {
    const key = record * 0x1_0000 + giveBack;
    const known = this.exits.get(key);
    if (known) return known;
    const at = this.allocate(EXIT_SIZE);
    const { view } = this.space.window;
    view.setUint32(at, record, true);
    view.setUint16(at + 4, giveBack, true);
    this.exits.set(key, at);
    return at;
  }

  private switchTable(addresses: readonly number[]): number {
    const lowest = Math.min(...addresses);
    const span = Math.max(...addresses) - lowest + 1;
    if (this.dataEnd + span * 2 > CODE_CACHE_END - DATA_FOR_EXITS) return 0;
    const at = this.allocate(span * 2);
    const { bytes, view } = this.space.window;
    bytes.fill(0xff, at, at + span * 2);
    addresses.forEach((address, i) => view.setUint16(at + (address - lowest) * 2, i, true));
    return at;
  }

  private allocate(size: number): number {
    const at = this.dataEnd;
    assert(at + size <= CODE_CACHE_END, 'the tables of hot code are full');
    this.dataEnd += Math.ceil(size / 8) * 8;
    return at;
  }
}
