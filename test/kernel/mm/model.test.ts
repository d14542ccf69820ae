/**
 * The memory manager against a plain model: random sequences of reserve, commit, decommit, protect, release, map, clone,
 * trim, move and reset in several processes, with reads and writes through the kernel and through the window. The model
 * is a Map from page to what it should be.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pageOf } from '../../../emulator/base/pages.ts';
import { nextRandom, seedRandom } from '../../../emulator/base/random.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { addressSpace, deleteAddressSpace } from '../../../emulator/kernel/mm/addressSpaces.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { accessFault } from '../../../emulator/kernel/mm/fault.ts';
import { cloneAddressSpace } from '../../../emulator/kernel/mm/fork.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { makeProtectionMask } from '../../../emulator/kernel/mm/protectionMask.ts';
import { queryVirtualMemory } from '../../../emulator/kernel/mm/query.ts';
import { closeSection, createPagingSection, writeSection } from '../../../emulator/kernel/mm/section.ts';
import { mapViewOfSection } from '../../../emulator/kernel/mm/view.ts';
import * as vm from '../../../emulator/kernel/mm/virtualMemory.ts';
import { trimWorkingSet, trimWorkingSets } from '../../../emulator/kernel/mm/workingSet.ts';
import type { Process } from '../../../emulator/kernel/ps/process.ts';
import { STATUS_SUCCESS } from '../../../emulator/kernel/status.ts';
import { tidyStore } from '../../../emulator/kernel/sm/region.ts';
import { DENIED, READ_TABLE, WRITE_TABLE } from '../../../emulator/memory/layout.ts';
import { newKernel, newProcess } from '../../support/kernel.ts';

const PAGE = 4096;
const LOW = 0x3000_0000;
const SPAN = 14;
/** Where pages are moved to: in another part of the page table. */
const FAR = 700;
const SECTION_PAGES = 4;
const PICO = mm.MEM_DOS_LIM;
const PROTECTIONS = [
  mm.PAGE_READWRITE,
  mm.PAGE_READONLY,
  mm.PAGE_NOACCESS,
  mm.PAGE_READWRITE,
  mm.PAGE_READWRITE | mm.PAGE_GUARD,
];

/** Contents that somebody can write: several pages may share a cell. */
interface Cell {
  byte: number;
}

interface ModelPage {
  committed: boolean;
  /** PAGE_*. */
  protection: number;
  /** Of private pages, and of copies of view pages. */
  own: Cell | undefined;
  /** Of view pages. */
  section: Cell | undefined;
  /** Views of which stores make copies. */
  copies: boolean;
}

type Model = Map<number, ModelPage>;

const isReadable = (protection: number): boolean => protection !== mm.PAGE_NOACCESS && !(protection & mm.PAGE_GUARD);
const isWritable = (protection: number): boolean =>
  protection === mm.PAGE_READWRITE || protection === mm.PAGE_WRITECOPY;

class Run {
  readonly kernel: Kernel;
  private readonly random: Uint32Array;
  private readonly section: number;
  private readonly cells: Cell[] = Array.from({ length: SECTION_PAGES }, () => ({ byte: 0 }));
  private readonly processes: { process: Process; model: Model }[] = [];

  /** `resident`: frames that may be in use before pages are compressed. */
  constructor(seed: number, resident?: number) {
    this.kernel = newKernel({ processes: 16, frames: 100_000, resident }).kernel;
    this.random = seedRandom(seed);
    const mask = makeProtectionMask(mm.PAGE_EXECUTE_READWRITE) as number;
    const created = createPagingSection(this.kernel, {
      size: SECTION_PAGES * PAGE,
      protection: mask,
      isReserve: false,
    });
    this.section = created.section;
    for (let i = 0; i < 3; i++) this.processes.push({ process: newProcess(this.kernel), model: new Map() });
  }

  private pick(limit: number): number {
    return nextRandom(this.random) % limit;
  }

  step(): void {
    const subject = this.processes[this.pick(this.processes.length)];
    const page = this.pick(SPAN) + (this.pick(4) === 0 ? FAR : 0);
    const pages = Array.from({ length: 1 + this.pick(3) }, (_, index) => page + index);
    const actions = [
      this.allocate,
      this.allocate,
      this.allocate,
      this.commit,
      this.decommit,
      this.release,
      this.protect,
      this.map,
      this.write,
      this.write,
      this.write,
      this.write,
      this.write,
      this.processorWrites,
      this.read,
      this.read,
      this.read,
      this.processorWrites,
      this.processorReads,
      this.trim,
      this.move,
      this.reset,
      this.rare,
    ];
    actions[this.pick(actions.length)].call(this, subject.process, subject.model, pages, subject);
  }

  private readonly base = (page: number): number => LOW + page * PAGE;

  private allocate(process: Process, model: Model, pages: number[]): void {
    const committed = this.pick(5) > 0;
    const { status } = vm.allocateVirtualMemory(this.kernel, process, {
      base: this.base(pages[0]),
      size: pages.length * PAGE,
      type: PICO | mm.MEM_RESERVE | (committed ? mm.MEM_COMMIT : 0),
      protection: mm.PAGE_READWRITE,
    });
    const isFree = pages.every(page => !model.has(page));
    assert.equal(status === STATUS_SUCCESS, isFree, 'reserve');
    if (isFree) for (const page of pages) model.set(page, newPage(committed));
  }

  private commit(process: Process, model: Model, pages: number[]): void {
    const protection = PROTECTIONS[this.pick(3)];
    const request = { base: this.base(pages[0]), size: pages.length * PAGE, type: mm.MEM_COMMIT, protection };
    const { status } = vm.allocateVirtualMemory(this.kernel, process, request);
    if (status !== STATUS_SUCCESS) return;
    for (const page of pages) {
      const entry = model.get(page);
      assert.ok(entry && !entry.section, 'only what is reserved can be committed');
      entry.own ??= { byte: 0 };
      Object.assign(entry, { committed: true, protection });
    }
  }

  private decommit(process: Process, model: Model, pages: number[]): void {
    const status = vm.freeVirtualMemory(
      this.kernel,
      process,
      this.base(pages[0]),
      pages.length * PAGE,
      mm.MEM_DECOMMIT,
    );
    if (status !== STATUS_SUCCESS) return;
    for (const page of pages) {
      const entry = model.get(page);
      assert.ok(entry && !entry.section);
      Object.assign(entry, { committed: false, protection: 0, own: undefined });
    }
  }

  private release(process: Process, model: Model, pages: number[]): void {
    const type = mm.MEM_RELEASE | PICO;
    vm.freeVirtualMemory(this.kernel, process, this.base(pages[0]), pages.length * PAGE, type);
    for (const page of pages) model.delete(page);
  }

  private protect(process: Process, model: Model, pages: number[]): void {
    const protection = PROTECTIONS[this.pick(PROTECTIONS.length)];
    const { status, oldProtection } = vm.protectVirtualMemory(
      this.kernel,
      process,
      this.base(pages[0]),
      pages.length * PAGE,
      protection,
    );
    const before = model.get(pages[0]);
    const isWhole = pages.every(page => model.get(page)?.committed);
    assert.equal(status === STATUS_SUCCESS, isWhole, 'protect');
    if (!isWhole) return;
    assert.equal(oldProtection, before && shown(before), 'old protection');
    for (const page of pages) {
      const entry = model.get(page) as ModelPage;
      const copies = entry.copies && protection === mm.PAGE_READWRITE;
      const guarded = entry.copies && protection === (mm.PAGE_READWRITE | mm.PAGE_GUARD);
      entry.protection = copies ? mm.PAGE_WRITECOPY : guarded ? mm.PAGE_WRITECOPY | mm.PAGE_GUARD : protection;
    }
  }

  private map(process: Process, model: Model, pages: number[]): void {
    const copies = this.pick(2) === 0;
    const first = this.pick(SECTION_PAGES - pages.length);
    const { status } = mapViewOfSection(this.kernel, process, {
      section: this.section,
      base: this.base(pages[0]),
      size: pages.length * PAGE,
      offset: first * PAGE,
      protection: copies ? mm.PAGE_WRITECOPY : mm.PAGE_READWRITE,
      type: PICO,
    });
    const isFree = pages.every(page => !model.has(page));
    assert.equal(status === STATUS_SUCCESS, isFree, 'map');
    if (!isFree) return;
    for (const [index, page] of pages.entries())
      model.set(page, {
        committed: true,
        protection: copies ? mm.PAGE_WRITECOPY : mm.PAGE_READWRITE,
        own: undefined,
        section: this.cells[first + index],
        copies,
      });
  }

  /** What becomes of a touch: whether it is allowed; guards go. */
  private touch(model: Model, page: number, write: boolean): ModelPage | undefined {
    const entry = model.get(page);
    if (!entry?.committed) return undefined;
    if (entry.protection & mm.PAGE_GUARD) {
      entry.protection &= ~mm.PAGE_GUARD;
      return undefined;
    }
    if (!isReadable(entry.protection) || (write && !isWritable(entry.protection))) return undefined;
    return entry;
  }

  private store(entry: ModelPage, byte: number): void {
    if (entry.section && !entry.own && entry.protection === mm.PAGE_READWRITE) entry.section.byte = byte;
    else (entry.own ??= { byte: 0 }).byte = byte;
  }

  private write(process: Process, model: Model, [page]: number[]): void {
    const byte = this.pick(256);
    const entry = this.touch(model, page, true);
    const done = copyToUser(this.kernel, process, this.base(page) + 7, new Uint8Array([byte]));
    assert.equal(done, entry ? 1 : 0, 'write');
    if (entry) this.store(entry, byte);
  }

  private read(process: Process, model: Model, [page]: number[]): void {
    const entry = this.touch(model, page, false);
    const byte = new Uint8Array(1);
    assert.equal(copyFromUser(this.kernel, process, this.base(page) + 7, byte), entry ? 1 : 0, 'read');
    if (entry) assert.equal(byte[0], contents(entry), 'contents');
  }

  /** As the processor does it: in the window where that is allowed, else through the slow path, with its faults. */
  private processorWrites(process: Process, model: Model, [page]: number[]): void {
    const space = addressSpace(this.kernel, process);
    const address = this.base(page) + 7;
    const byte = this.pick(256);
    const entry = this.touch(model, page, true);
    // One fault shows the page; when memory is short, another makes room for a copy of it.
    const inPlace = space.window.bytes[WRITE_TABLE + pageOf(address)] !== DENIED;
    let at = inPlace ? address : space.store(address, 0, 1);
    for (let fault = 0; fault < 2 && at === 0; fault++)
      if (accessFault(this.kernel, process, address, space.faultCode) === STATUS_SUCCESS)
        at = space.store(address, 0, 1);
      else break;
    assert.equal(at !== 0, entry !== undefined, 'store');
    if (at === 0 || !entry) return;
    space.window.bytes[at] = byte;
    if (!inPlace) space.commitStore();
    this.store(entry, byte);
  }

  private processorReads(process: Process, model: Model, [page]: number[]): void {
    const space = addressSpace(this.kernel, process);
    const address = this.base(page) + 7;
    const entry = this.touch(model, page, false);
    const inPlace = space.window.bytes[READ_TABLE + pageOf(address)] !== DENIED;
    let at = inPlace ? address : space.load(address, 0, 1);
    if (at === 0 && accessFault(this.kernel, process, address, space.faultCode) === STATUS_SUCCESS)
      at = space.load(address, 0, 1);
    assert.equal(at !== 0, entry !== undefined, 'load');
    if (entry) assert.equal(space.window.bytes[at], contents(entry), 'loaded');
  }

  private trim(process: Process): void {
    const space = addressSpace(this.kernel, process);
    if (this.pick(2)) trimWorkingSets(this.kernel, 1 + this.pick(8), (['old', 'unused', 'any'] as const)[this.pick(3)]);
    else {
      const target = this.pick(space.resident + 1);
      trimWorkingSet(this.kernel, process, target);
      assert.ok(space.resident <= target, 'trimmed');
    }
  }

  private move(process: Process, model: Model, pages: number[]): void {
    const target = FAR + this.pick(16);
    const from = this.base(pages[0]);
    const status = vm.moveVirtualMemory(this.kernel, process, from, pages.length * PAGE, this.base(target));
    if (status !== STATUS_SUCCESS) return;
    const moved = pages.map(page => model.get(page) as ModelPage);
    for (const page of pages) model.delete(page);
    for (const [index, entry] of moved.entries()) model.set(target + index, entry);
  }

  private reset(process: Process, model: Model, pages: number[]): void {
    const status = vm.discardVirtualMemory(this.kernel, process, this.base(pages[0]), pages.length * PAGE);
    const isWhole = pages.every(page => model.has(page));
    assert.equal(status === STATUS_SUCCESS, isWhole, 'reset');
    if (!isWhole) return;
    for (const page of pages) {
      const entry = model.get(page) as ModelPage;
      if (entry.committed) entry.own = entry.section ? undefined : { byte: 0 };
    }
  }

  /** Now and then: a clone takes the place of another process, a file is written, all is compared. */
  private rare(process: Process, model: Model, [page]: number[], subject: { process: Process; model: Model }): void {
    const kind = this.pick(10);
    if (kind === 0) {
      const other = this.processes.find(each => each !== subject) as { process: Process; model: Model };
      this.end(other.process);
      other.process = newProcess(this.kernel);
      cloneAddressSpace(this.kernel, process, other.process, { reducedCommit: this.pick(2) === 0 });
      other.model = new Map([...model].map(([at, entry]) => [at, { ...entry, own: entry.own && { ...entry.own } }]));
    } else if (kind < 5) {
      const target = page % SECTION_PAGES;
      const byte = this.pick(256);
      writeSection(this.kernel, this.section, target * PAGE + 7, new Uint8Array([byte]));
      this.cells[target].byte = byte;
    } else this.compare(process, model);
  }

  private end(process: Process): void {
    vm.deleteUserMemory(this.kernel, process);
    deleteAddressSpace(this.kernel, process);
    this.kernel.state.processes.delete(process.id);
  }

  /** What queries say of every page, and what the process is charged for. */
  private compare(process: Process, model: Model): void {
    const places = [0, FAR].flatMap(first => Array.from({ length: SPAN + 24 }, (_, index) => first + index));
    for (const page of places) {
      const { state, protect, type } = queryVirtualMemory(this.kernel, process, this.base(page));
      const entry = model.get(page);
      if (!entry) assert.equal(state, mm.MEM_FREE);
      else {
        assert.equal(state, entry.committed ? mm.MEM_COMMIT : mm.MEM_RESERVE);
        assert.equal(type, entry.section ? mm.MEM_MAPPED : mm.MEM_PRIVATE);
        if (entry.committed) assert.equal(protect, shown(entry), `protection of page ${page}`);
      }
    }
    const total = this.processes.reduce((sum, each) => sum + each.process.commit - each.process.reducedCommit, 0);
    const { store, processes } = this.kernel.state;
    const stores = processes.get(store?.process ?? 0)?.commit ?? 0;
    assert.equal(this.kernel.state.commit.total, total + stores + SECTION_PAGES, 'what all are charged for');
  }

  finish(): void {
    for (const { process } of this.processes) this.end(process);
    closeSection(this.kernel, this.section);
    tidyStore(this.kernel);
    const { frames, state } = this.kernel;
    assert.deepEqual([frames.count, frames.live, state.commit.total, state.paging.modified.size], [0, 0, 0, 0]);
  }
}

function newPage(committed: boolean): ModelPage {
  const own = committed ? { byte: 0 } : undefined;
  return { committed, protection: committed ? mm.PAGE_READWRITE : 0, own, section: undefined, copies: false };
}

function contents(entry: ModelPage): number {
  return (entry.own ?? entry.section ?? { byte: 0 }).byte;
}

/** What a query says: a written copy is writable. */
function shown(entry: ModelPage): number {
  const copied = entry.section !== undefined && entry.own !== undefined;
  if (!copied || !(entry.protection & mm.PAGE_WRITECOPY)) return entry.protection;
  return mm.PAGE_READWRITE | (entry.protection & mm.PAGE_GUARD);
}

function runSteps(seed: number, steps: number, resident?: number): Kernel {
  const run = new Run(seed, resident);
  for (let step = 0; step < steps; step++)
    try {
      run.step();
    } catch (error) {
      if (error instanceof Error) error.message = `seed ${seed}, step ${step}: ${error.message}`;
      throw error;
    }
  run.finish();
  return run.kernel;
}

test('100,000 random steps in three related processes agree with a model page by page', () => {
  for (const seed of [1, 2, 3, 4, 5]) runSteps(seed, 20_000);
});

test('the same with so little resident memory that pages are compressed all the time', () => {
  for (const seed of [6, 7]) {
    const { state } = runSteps(seed, 10_000, 24);
    assert.ok(state.paging.faults.compression > 100, 'pages came back from the store');
    assert.deepEqual([state.store?.records.size, state.store?.regions.size], [0, 0], 'nothing is left in the store');
  }
});
