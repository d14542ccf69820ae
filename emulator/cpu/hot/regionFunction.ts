/**
 * The function of a region. It takes the record of its entry, the depth of calls and the instructions that remain, and
 * returns the record to go on with, or RETURNED when RIP says where, and the instructions that remain.
 *
 * Whatever is out of the ordinary leaves: registers and flags go to memory, and the cold engine does the instruction. So
 * no hot code is under way when anything changes that it was made for.
 */

import { STATE_BASE } from '../../memory/layout.ts';
import { ENTRY_HANDLER } from '../cold/handlers.ts';
import { jumpCacheEntry } from '../cold/jumpCache.ts';
import { CONTROL_BITS, PRECISION } from '../operations/sse/exceptions.ts';
import { COUNTER, HANDLER, JUMP_CACHE, JUMPED_FROM, registerSlot, RETURNED } from '../record.ts';
import { MXCSR_OFFSET, RIP, RSP } from '../registers.ts';
import { Code } from '../wasm/code.ts';
import type { Label, Local } from '../wasm/code.ts';
import type { I32, I64 } from '../wasm/expression.ts';
import { i32, i64 } from '../wasm/scalar.ts';
import { BlockChecks } from './blockChecks.ts';
import { FlagLocals } from './flagLocals.ts';
import { analyse } from './flow.ts';
import type { Flow } from './flow.ts';
import type { DecodedInstruction } from './instruction.ts';
import type { Block, Region } from './region.ts';
import { RegionEmitter } from './regionEmitter.ts';
import type { InstructionEnds } from './regionEmitter.ts';
import { RegisterLocals } from './registerLocals.ts';
import type { RegisterKnowledge } from './registerLocals.ts';
import { structure } from './structure.ts';
import type { Structure } from './structure.ts';
import { switchesOf } from './switches.ts';
import type { Switch } from './switches.ts';

/** Calls deeper than this go by way of the dispatch loop, so that the host's stack suffices. */
const MAXIMUM_DEPTH = 200;

/** The window's tables that hot code uses, and what it calls. */
export interface HotModule {
  /** Window offset of an entry {record: u32, instructions to give back: u16} for a way out. */
  exit(record: number, giveBack: number): number;
  /**
   * Window offset of a table of u16: for each byte from the lowest to the highest of `addresses` its place in them. 0
   * where there is no room for it.
   */
  switchTable(addresses: readonly number[]): number;
  /** The record that code outside continues with at an address: its entry. */
  entryRecord(address: number): number;
  /** The record of an instruction itself. */
  record(address: number): number;
  /** How to call the region at an address. */
  callee(address: number): Callee;
  /** The same for code that is compiled or may soon be; undefined for what has hardly run. */
  neighbour(address: number): Callee | undefined;
  /** What MXCSR is that code may be made for: {@link CONTROL}; undefined where it is to be made for any. */
  control(root: number): number | undefined;
  readonly settle: number;
  readonly signature: number;
}

/** A function of the same module, or a place in the table of hot code. */
export type Callee = { readonly function: number } | { readonly slot: number };

/** The bits of MXCSR that matter to compiled code. */
export const CONTROL = CONTROL_BITS | PRECISION;

/** How often code is entered in vain before it is compiled for another MXCSR. */
const SECOND_THOUGHT = 64;

const EXIT_RECORD_FIELD = 0;
const EXIT_GIVE_BACK_FIELD = 4;
const TABLE = 0;

export function regionFunction(region: Region, module: HotModule): Code {
  return new RegionWriter(region, module).write();
}

function usesControl({ blocks }: Region): boolean {
  for (const { instructions } of blocks.values())
    if (instructions.some(({ effects }) => effects.usesControl)) return true;
  return false;
}

class RegionWriter {
  private readonly code = new Code(['i32', 'i32', 'i32']);
  private readonly depth: Local<'i32'>;
  private readonly budget: Local<'i32'>;
  private readonly next: Local<'i32'>;
  /** Window offset of the entry of the way out that is taken. */
  private readonly exit: Local<'i32'>;
  private readonly region: Region;
  private readonly module: HotModule;
  private readonly shape: Structure;
  private readonly flow: Flow;
  private readonly registers: RegisterLocals;
  private readonly flags: FlagLocals;
  private readonly emitter: RegionEmitter;
  private readonly checks: BlockChecks;
  /** What is known of registers at the entry: nothing, but every value has its name. */
  private readonly entry: RegisterKnowledge;
  /** What the function makes sure of in MXCSR, if anything in it looks there. */
  private readonly control: number | undefined;
  private readonly labels = new Map<Block, Label>();
  private out!: Label;
  private block!: Block;
  private switchList: readonly Switch[] | undefined;
  /** Place of the current instruction in its block. */
  private place = 0;
  private dirty = 0;

  constructor(region: Region, module: HotModule) {
    const { code } = this;
    this.region = region;
    this.module = module;
    this.shape = structure(region);
    this.flow = analyse(this.shape);
    this.depth = code.parameter(1, 'i32');
    this.budget = code.parameter(2, 'i32');
    this.next = code.local('i32');
    this.exit = code.local('i32');
    this.registers = new RegisterLocals(code, this.flow.used);
    this.flags = new FlagLocals(code, module.settle);
    this.checks = new BlockChecks(this.shape, this.flow);
    this.entry = this.registers.knowledge;
    this.control = usesControl(region) ? module.control(region.root.start) : undefined;
    const ends: InstructionEnds = {
      leave: instruction => this.leave(instruction),
      branch: (instruction, condition) => this.branch(instruction, condition),
      jump: (instruction, address) => this.jump(instruction, address),
    };
    this.emitter = new RegionEmitter(code, this.registers, this.flags, ends, this.checks, this.control);
  }

  write(): Code {
    const { code, region, registers, flow, budget } = this;
    const own = this.module.record(region.root.start);
    const short = i32.or(i32.lts(budget, region.size), i32.gtu(this.depth, MAXIMUM_DEPTH));
    code.unlikely(short, () => code.return(i32.const(own), budget));
    if (this.control !== undefined) code.unlikely(this.controlDiffers(this.control, CONTROL), () => this.distrust());
    registers.load(flow.used);
    code.block(label => {
      this.out = label;
      this.tree(region.root);
    });
    registers.store(flow.written);
    this.flags.storeDynamic();
    const giveBack = i32.load16u(this.exit, EXIT_GIVE_BACK_FIELD);
    code.return(i32.load(this.exit, EXIT_RECORD_FIELD), i32.add(budget, giveBack));
    code.unreachable();
    return code;
  }

  /** A block and all that it dominates. */
  private tree(block: Block): void {
    const { code, shape } = this;
    const merges = (shape.children.get(block) ?? []).filter(child => shape.merges.has(child));
    if (!shape.loopHeaders.has(block)) return this.within(block, merges, 0);
    const outer = this.labels.get(block);
    code.loop(label => {
      this.labels.set(block, label);
      this.within(block, merges, 0);
    });
    if (outer) this.labels.set(block, outer);
    code.unreachable();
  }

  /** Opens a label for each merge, the last in order outermost, then writes the block itself. */
  private within(block: Block, merges: readonly Block[], index: number): void {
    if (index === merges.length) return this.body(block);
    const merge = merges[index];
    this.code.block(label => {
      this.labels.set(merge, label);
      this.within(block, merges, index + 1);
    });
    this.tree(merge);
  }

  private body(block: Block): void {
    const { code, flow, budget } = this;
    const { instructions } = block;
    this.enter(block);
    if (this.shape.loopHeaders.has(block)) {
      code.unlikely(i32.lts(budget, this.region.size), () => this.leaveTo(instructions[0].record, 0));
    }
    code.set(budget, i32.sub(budget, instructions.length));
    for (let i = 0; i < instructions.length; i++) {
      const instruction = instructions[i];
      this.block = block;
      this.place = i;
      if (instruction.ending === 'leave') return this.leave(instruction);
      this.emitter.emit(instruction, flow.flagsLiveAfter(instruction));
      this.dirty |= instruction.writes;
    }
    const last = instructions[instructions.length - 1];
    if (last.ending === 'next') {
      this.end(block);
      this.go(block, last.following);
    }
  }

  /** Notes what is known at the end of a block, for those that it dominates. */
  private end(block: Block): void {
    this.checks.end(block, this.registers.knowledge);
  }

  private enter(block: Block): void {
    this.block = block;
    this.dirty = this.flow.dirtyAt(block);
    this.flags.begin(this.flow.flagsAt(block));
    this.registers.knowledge = this.checks.begin(block, this.entry, () => this.registers.unknown());
  }

  private leave({ record }: DecodedInstruction): void {
    this.leaveTo(record, this.block.instructions.length - this.place);
  }

  private leaveTo(record: number, giveBack: number): void {
    this.code.set(this.exit, i32.const(this.module.exit(record, giveBack)));
    this.code.branch(this.out);
  }

  /** Goes from the end of `block` to an address, in the region or outside. */
  private go(block: Block, address: number): void {
    const next = block.successors.find(({ start }) => start === address);
    if (!next) return this.goOutside(address);
    const { number, merges } = this.shape;
    const backward = (number.get(next) as number) <= (number.get(block) as number);
    if (backward || merges.has(next)) return this.code.branch(this.labels.get(next) as Label);
    this.tree(next);
  }

  /** Goes to code outside: to its function, which may come later, or by way of the dispatch loop. */
  private goOutside(address: number): void {
    const { code, module, depth, budget } = this;
    const neighbour = module.neighbour(address);
    if (!neighbour) return this.leaveTo(module.entryRecord(address), 0);
    this.store();
    const operands = [i32.const(module.entryRecord(address)), depth, budget];
    if ('function' in neighbour) return code.tailCall(neighbour.function, ...operands);
    const element = i32.const(neighbour.slot);
    code.tailCallIndirect(this.through(element), ...operands);
  }

  private branch(instruction: DecodedInstruction, condition: I32 | undefined): void {
    const { block } = this;
    if (instruction.ending === 'call') return this.callDirect(instruction);
    this.dirty |= instruction.writes; // LOOP counts
    this.end(block);
    // Both ways of a branch to the next instruction are one: written twice, a row of them would double with each.
    if (!condition || instruction.target === instruction.following) return this.go(block, instruction.target);
    const { dirty, flags } = this;
    const { state } = flags;
    this.code.if(
      condition,
      () => this.go(block, instruction.target),
      () => {
        this.dirty = dirty;
        flags.begin(state);
        this.go(block, instruction.following);
      },
    );
    this.code.unreachable();
  }

  private jump(instruction: DecodedInstruction, address: I64): void {
    this.dirty |= instruction.writes;
    if (instruction.ending === 'callIndirect') return this.callIndirect(instruction, address);
    const target = this.code.keep(address);
    if (instruction.ending === 'jumpIndirect') return this.jumpIndirect(instruction, target);
    this.store();
    this.code.store('i64', 0, registerSlot(RIP), target);
    this.code.return(i32.const(RETURNED), this.budget);
  }

  private callDirect(instruction: DecodedInstruction): void {
    const { code, module, next, budget } = this;
    this.dirty |= instruction.writes;
    this.store();
    const callee = module.callee(instruction.target);
    const operands = [i32.const(module.entryRecord(instruction.target)), i32.add(this.depth, 1), budget];
    if ('function' in callee) code.callFor([next, budget], callee.function, ...operands);
    else {
      code.callIndirectFor([next, budget], this.through(i32.const(callee.slot)), ...operands);
    }
    this.comeBack(instruction);
  }

  private callIndirect(instruction: DecodedInstruction, address: I64): void {
    const { code, next, budget } = this;
    const target = code.keep(address);
    this.store();
    const entry = this.lookUp(instruction, target);
    const through = this.through(i32.load(entry, JUMP_CACHE + 12));
    const record = i32.load(entry, JUMP_CACHE + 8);
    code.callIndirectFor([next, budget], through, record, i32.add(this.depth, 1), budget);
    this.comeBack(instruction);
  }

  /** Behind a call: goes on if the callee has returned to here, otherwise hands on what it returned. */
  private comeBack({ following }: DecodedInstruction): void {
    const { code, next, budget, block } = this;
    const elsewhere = i64.ne(i64.load(0, registerSlot(RIP)), following);
    code.unlikely(i32.or(i32.ne(next, RETURNED), elsewhere), () => code.return(next, budget));
    this.registers.comeBack(this.flow.used);
    this.dirty = 0;
    this.flags.becomeStored();
    const short = i32.lts(budget, this.region.size);
    const moved = i32.or(short, this.registers.stackMoved());
    // A sticky flag that has been set since only makes the function leave more often than it must.
    const kept = CONTROL_BITS | (this.control ?? 0);
    const other = this.control === undefined ? moved : i32.or(moved, this.controlDiffers(this.control, kept));
    code.unlikely(other, () => {
      this.registers.load(1 << RSP);
      this.leaveTo(this.module.record(following), 0);
    });
    this.end(block);
    this.go(block, following);
  }

  private jumpIndirect(instruction: DecodedInstruction, target: I64): void {
    const { code, block, budget } = this;
    this.end(block);
    if (block.successors.length) this.switchTo(block, target);
    this.store();
    const entry = this.lookUp(instruction, target);
    const through = this.through(i32.load(entry, JUMP_CACHE + 12));
    code.tailCallIndirect(through, i32.load(entry, JUMP_CACHE + 8), this.depth, budget);
  }

  private get switches(): readonly Switch[] {
    this.switchList ??= switchesOf(this.region, addresses => this.module.switchTable(addresses));
    return this.switchList;
  }

  /** The targets in the region; falls through for any other. */
  private switchTo({ successors }: Block, target: I64): void {
    const { code, labels } = this;
    for (const { lowest, span, table, blocks } of this.switches) {
      if (!blocks.some(next => successors.includes(next))) continue;
      code.block(otherwise => {
        const distance = code.keep(i64.sub(target, lowest));
        code.branchIf(otherwise, i64.geu(distance, span));
        const index = i32.load16u(i32.shl(i32.wrap(distance), 1), table);
        const ways = blocks.map(next => (successors.includes(next) ? (labels.get(next) as Label) : otherwise));
        code.branchTable(index, ways, otherwise);
      });
    }
  }

  /** The hot function at a place in the table. */
  private through(element: I32): { table: number; signature: number; element: I32 } {
    return { table: TABLE, signature: this.module.signature, element };
  }

  /** The jump cache's entry for an address; where there is none, returns for somebody to look the address up. */
  private lookUp({ address }: DecodedInstruction, target: I64): I32 {
    const { code } = this;
    const entry = code.keep(jumpCacheEntry(target));
    code.unlikely(i64.ne(i64.load(entry, JUMP_CACHE), target), () => {
      code.store('i32', 0, JUMPED_FROM, i32.const(this.module.record(address)));
      code.store('i64', 0, registerSlot(RIP), target);
      code.return(i32.const(RETURNED), this.budget);
    });
    return entry;
  }

  /** Whether MXCSR is not what the function is made for, in the bits of `mask`. */
  private controlDiffers(control: number, mask: number): I32 {
    return i32.ne(i32.and(i32.load(0, STATE_BASE + MXCSR_OFFSET), mask), control & mask);
  }

  /** Lets the entry count anew, to be compiled for what MXCSR is now, and goes on there. */
  private distrust(): void {
    const { code } = this;
    const entry = this.module.entryRecord(this.region.root.start);
    code.if(i32.ne(i32.load16u(0, entry + HANDLER), ENTRY_HANDLER), () => {
      code.store('i32as16', 0, entry + HANDLER, i32.const(ENTRY_HANDLER));
      code.store('i32', 0, entry + COUNTER, i32.const(SECOND_THOUGHT));
    });
    code.return(i32.const(entry), this.budget);
  }

  /** Brings memory up to date for other code. */
  private store(): void {
    this.registers.store(this.dirty);
    this.flags.store();
  }
}
