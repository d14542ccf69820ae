/**
 * Two address spaces with the same pages, code and registers, one for each of two processors that must never disagree:
 * code that is half instructions and half noise, pages with any rights and with holes between them, and whatever a
 * debugger or a kernel does to a running program. Nothing is known of what should happen but that it happens twice.
 */

import assert from 'node:assert/strict';
import { PAGE_SIZE } from '../../../../emulator/base/pages.ts';
import type { Exit } from '../../../../emulator/cpu/exits.ts';
import type { Processor } from '../../../../emulator/cpu/processor.ts';
import { initialRegisters, Registers, RIP, RSP } from '../../../../emulator/cpu/registers.ts';
import { AddressSpace } from '../../../../emulator/memory/addressSpace.ts';
import { Frames } from '../../../../emulator/memory/frames.ts';
import { STATE_BASE } from '../../../../emulator/memory/layout.ts';
import { releaseTable } from '../../../../emulator/memory/lease.ts';
import { EXECUTE, READ, WRITE } from '../../../../emulator/memory/pageTable.ts';
import type { PageTable } from '../../../../emulator/memory/pageTable.ts';
import type { Window } from '../../../../emulator/memory/window.ts';
import type { Chooser } from '../generator.ts';
import type { Pool } from '../sequences/pool.ts';
import { noise } from './noise.ts';

/** In the window, hidden in the window, above it, and at the end of what users may have. */
const REGIONS = [0x40_0000, 0x1000_0000, 0x0a00_0000, 0x7f12_3456_7000, 0x7fff_ffff_c000];
const PAGES_PER_REGION = 4;
const BEGINNINGS = 50;
const RIGHTS = [READ, READ | WRITE, READ | EXECUTE, READ | WRITE | EXECUTE, READ | WRITE | EXECUTE];
const ADDRESSES = REGIONS.flatMap(region => Array.from({ length: PAGES_PER_REGION }, (_, i) => region + i * PAGE_SIZE));

/** A processor and the window that its worlds live in, one after the other. */
export interface Place {
  readonly processor: Processor;
  readonly window: Window;
  /** What its RDRAND counts with. */
  readonly source: { next: number };
}

class Side {
  readonly space: AddressSpace;
  readonly registers: Registers;
  readonly processor: Processor;
  private readonly frames = new Frames();
  /** What forks or snapshots hold. */
  private readonly copies: PageTable[] = [];

  constructor({ processor, window, source }: Place) {
    this.processor = processor;
    this.space = new AddressSpace(() => window, this.frames);
    this.registers = new Registers(window.memory.buffer, STATE_BASE);
    this.registers.copyFrom(initialRegisters());
    processor.timestamp = 0;
    source.next = 1;
  }

  /** What a fork or a snapshot does to the table; the copy before the last one ends. */
  share(): void {
    this.copies.push(this.space.cloneTable());
    if (this.copies.length > 1) this.release(this.copies.shift());
  }

  close(): void {
    this.processor.detach(this.space);
    for (const copy of this.copies) this.release(copy);
    this.space.clear();
    assert.equal(this.frames.count, 0, 'frames are left over');
  }

  private release(copy: PageTable | undefined): void {
    if (copy) releaseTable(copy, this.frames);
  }
}

export class World {
  /** Instructions retired on each side. */
  retired = 0;
  private readonly choose: Chooser;
  private readonly pool: Pool;
  private readonly sides: readonly Side[];
  /** Pages that are mapped, and their rights. */
  private readonly mapped = new Map<number, number>();
  private skip = false;

  constructor(choose: Chooser, pool: Pool, places: readonly Place[]) {
    this.choose = choose;
    this.pool = pool;
    this.sides = places.map(place => new Side(place));
    for (const address of ADDRESSES) if (choose.below(4)) this.map(address);
    this.scatter();
  }

  /** Does something, mostly runs, and compares. Throws where the sides differ. */
  act(): void {
    const { choose } = this;
    const kind = choose.below(40);
    if (kind < 26) this.runs(choose.below(4) ? 1 + choose.below(100) : 1 + choose.below(5000));
    else if (kind < 28) this.each(this.breakpoints());
    else if (kind < 30) this.each(this.watches());
    else if (kind < 31) this.map(choose.of(ADDRESSES));
    else if (kind < 32) this.unmap(choose.of(ADDRESSES));
    else if (kind < 34) this.protect(choose.of(ADDRESSES));
    else if (kind < 37) this.poke();
    else if (kind < 38) this.each(side => side.share());
    else this.scatter();
  }

  /** Registers and memory of both sides are equal. */
  compare(): void {
    const [first, ...others] = this.sides;
    for (const other of others) {
      assert.deepEqual(Buffer.from(other.registers.bytes), Buffer.from(first.registers.bytes), 'registers');
      for (const address of this.mapped.keys()) {
        const [a, b] = [first, other].map(({ space }) => {
          const bytes = new Uint8Array(PAGE_SIZE);
          space.peek(address, bytes);
          return bytes;
        });
        assert.ok(Buffer.compare(a, b) === 0, `memory at ${address.toString(16)}`);
      }
    }
  }

  close(): void {
    for (const side of this.sides) side.close();
  }

  private each(action: (side: Side) => void): void {
    for (const side of this.sides) action(side);
  }

  /** A budget and, since code that is noise ends soon, many beginnings to spend it in. */
  private runs(budget: number): void {
    const end = this.retired + budget;
    for (let beginning = 0; beginning < BEGINNINGS && this.retired < end; beginning++) this.run(end - this.retired);
  }

  private run(budget: number): void {
    const { skip } = this;
    const exits = this.sides.map(({ processor, space }) => {
      const exit = processor.run(space, budget, skip);
      assert.ok(processor.retired <= budget, `${processor.retired} of ${budget} retired`);
      if (exit.kind === 'budget') assert.equal(processor.retired, budget, 'a budget that is not used up');
      return { exit, retired: processor.retired };
    });
    for (const other of exits) assert.deepEqual(comparable(other), comparable(exits[0]));
    this.retired += exits[0].retired;
    const [{ registers: first }, ...others] = this.sides;
    for (const { registers } of others)
      if (Buffer.compare(registers.bytes, first.bytes)) assert.deepEqual(show(registers), show(first));
    this.goOn(exits[0].exit);
  }

  /** Where an exit ends the flow of instructions, begins another. */
  private goOn({ kind }: Exit): void {
    const { choose } = this;
    this.skip = kind === 'breakpoint';
    if (kind === 'fault') this.scatter();
    if (kind !== 'systemCall') return;
    const behind = BigInt(choose.below(2) + 1);
    this.each(({ registers }) => registers.setBig(RIP, registers.big(RIP) + behind));
  }

  /** New values for RIP and some registers. */
  private scatter(): void {
    const { choose } = this;
    const rip = this.somewhere(choose.below(20) ? EXECUTE : 0);
    const rights = choose.below(4) ? WRITE : 0;
    const values = Array.from({ length: 16 }, () => (choose.below(3) ? this.somewhere(rights) : undefined));
    const words = values.map(value => (value === undefined && choose.below(2) ? choose.word() : undefined));
    this.skip = false;
    this.each(({ registers }) => {
      registers.rip = rip;
      values.forEach((value, i) => value !== undefined && registers.setNumber(i, value));
      words.forEach((word, i) => word !== undefined && registers.setBig(i, word));
      registers.setNumber(RSP, (values[0] ?? rip) & ~7 || rip);
    });
  }

  /** An address, in a page that has these rights if there is one. */
  private somewhere(rights = 0): number {
    const suitable = ADDRESSES.filter(address => ((this.mapped.get(address) ?? 0) & rights) === rights);
    return this.choose.of(suitable.length ? suitable : ADDRESSES) + this.choose.below(PAGE_SIZE);
  }

  private map(address: number): void {
    const rights = this.choose.of(RIGHTS);
    const bytes = noise(this.choose, this.pool, PAGE_SIZE);
    this.mapped.set(address, rights);
    this.each(({ space }) => {
      space.mapZero(address / PAGE_SIZE, rights);
      space.poke(address, bytes);
    });
  }

  private unmap(address: number): void {
    this.mapped.delete(address);
    const end = address / PAGE_SIZE + 1;
    this.each(({ space }) => space.unmap(address / PAGE_SIZE, end));
  }

  private protect(address: number): void {
    const rights = this.choose.of(RIGHTS);
    if (this.mapped.has(address)) this.mapped.set(address, rights);
    this.each(({ space }) => space.protect(address / PAGE_SIZE, address / PAGE_SIZE + 1, rights));
  }

  /** What a debugger or a read of a file does. */
  private poke(): void {
    const address = this.somewhere();
    const bytes = noise(this.choose, this.pool, 1 + this.choose.below(64));
    this.each(({ space }) => space.poke(address, bytes));
  }

  private breakpoints(): (side: Side) => void {
    const { choose } = this;
    const [{ registers }] = this.sides;
    const near = registers.rip + choose.below(64);
    const places = Array.from({ length: choose.below(6) }, () => (choose.below(2) ? this.somewhere() : near));
    return ({ processor, space }) => processor.setBreakpoints(space, places);
  }

  private watches(): (side: Side) => void {
    const { choose } = this;
    const kinds = ['read', 'write', 'both'] as const;
    const watches = Array.from({ length: choose.below(3) }, () => ({
      address: this.somewhere(),
      size: 1 + choose.below(64),
      access: choose.of(kinds),
    }));
    return ({ space }) => space.setWatches(watches);
  }
}

function comparable({ exit, retired }: { exit: Exit; retired: number }): object {
  if (exit.kind !== 'fault') return { ...exit, retired };
  const { kind, vector, errorCode, address } = exit;
  return { kind, vector, errorCode, address, retired };
}

function show(registers: Registers): string {
  const words = Array.from({ length: 20 }, (_, i) => registers.big(i).toString(16));
  return `${words.join(' ')} ${Buffer.from(registers.bytes.subarray(160)).toString('hex')}`;
}
