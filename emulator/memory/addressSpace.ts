/**
 * One process's memory as processor, kernel and debugger reach it: the page table decides, the window is a cache of it
 * that the processor may use without asking (`layout.ts`). Nothing here knows processes, files or why a page is
 * missing: that is the kernel's memory manager, which is asked through a page fault.
 */

import { copyBytes } from '../base/bytes.ts';
import { PAGE_SIZE, USER_LIMIT, pageOf } from '../base/pages.ts';
import { unsigned64 } from '../base/words.ts';
import type { AddressSpaceFace, Watch } from './addressSpaceFace.ts';
import type { FrameHome, Frames } from './frames.ts';
import { isLeased, lendPart, settlePart } from './lease.ts';
import type { Lease } from './lease.ts';
import { BOUNCE_BASE, READ_TABLE, WRITE_TABLE, isHidden } from './layout.ts';
import {
  ACCESSED,
  AGE_MASK,
  CACHED,
  CODE,
  EXECUTE,
  EXECUTED,
  LOCKED,
  NO_FRAME,
  PAGED_OUT,
  PRESENT,
  READ,
  SHARED,
  TRANSITION,
  USED,
  WATCHED,
  WINDOW_FLAGS,
  WRITE,
} from './pageTable.ts';
import {
  TABLE_PAGES,
  clearPart,
  countPresent,
  flagsAt,
  forEachEntry,
  frameAt,
  partAt,
  partsWithin,
  retainTable,
  setEntry,
} from './pageTable.ts';
import type { PageTable, PageTablePart } from './pageTable.ts';
import { WINDOW_PAGES, allow, denyAll, denyPrivateWrites } from './permissions.ts';
import type { Window } from './window.ts';

/** Page fault error code bits (SDM vol. 3, 4.7). */
const FAULT_PRESENT = 1;
const FAULT_WRITE = 2;
const FAULT_USER = 4;
const FAULT_FETCH = 16;

export class AddressSpace implements FrameHome, AddressSpaceFace {
  readonly frames: Frames;
  table: PageTable = new Map();
  /** Valid pages. */
  resident = 0;
  /** Hears of entries that go away while they are not valid: their frame, or where their contents are kept. */
  onPagedOutGone: ((page: number, place: number, flags: number) => void) | undefined;
  faultAddress = 0;
  faultCode = 0;
  onCodeWrite: ((address: number, size: number) => void) | undefined;
  watchHit: { address: number; size: number; access: 'read' | 'write' } | undefined;
  private madeWindow: Window | undefined;
  private readonly makeWindow: () => Window;
  private watches: readonly Watch[] = [];
  private pendingAddress = 0;
  private pendingSize = 0;
  private pendingBounce = false;

  /** `window` is asked for when a page is first shown below 4 GiB, or a thread runs. */
  constructor(window: () => Window, frames: Frames) {
    this.makeWindow = window;
    this.frames = frames;
  }

  get window(): Window {
    return (this.madeWindow ??= this.makeWindow());
  }

  /** The window, if there is one, for another address space; this one must be empty. */
  takeWindow(): Window | undefined {
    const window = this.madeWindow;
    this.madeWindow = undefined;
    return window;
  }

  // --- what the processor uses -------------------------------------------------------------------------------------

  load(low: number, high: number, size: number): number {
    const address = unsigned64(low, high);
    if (!this.mayAccess(address, size, READ, 0)) return 0;
    if (this.watches.length) this.watch(address, size, 'read');
    if (this.bring(pageOf(address)) && this.bring(pageOf(address + size - 1))) return address;
    this.copy(address, this.window.bytes.subarray(BOUNCE_BASE, BOUNCE_BASE + size), false);
    return BOUNCE_BASE;
  }

  store(low: number, high: number, size: number): number {
    const address = unsigned64(low, high);
    this.pendingSize = 0;
    if (!this.mayAccess(address, size, WRITE, FAULT_WRITE)) return 0;
    const first = pageOf(address);
    const last = pageOf(address + size - 1);
    if (this.frames.areTight && (this.needsCopy(first) || this.needsCopy(last)))
      return Number(this.fault(address, FAULT_WRITE | FAULT_PRESENT));
    const inPlace = this.makeWritable(first) && (first === last || this.makeWritable(last));
    this.pendingAddress = address;
    this.pendingSize = size;
    this.pendingBounce = !inPlace;
    if (inPlace) return address;
    this.copy(address, this.window.bytes.subarray(BOUNCE_BASE, BOUNCE_BASE + size), false);
    return BOUNCE_BASE;
  }

  commitStore(): void {
    const { pendingAddress: address, pendingSize: size } = this;
    if (size === 0) return;
    this.pendingSize = 0;
    if (this.pendingBounce) this.copy(address, this.window.bytes.subarray(BOUNCE_BASE, BOUNCE_BASE + size), true);
    this.written(address, size);
    if (this.watches.length) this.watch(address, size, 'write');
  }

  fetch(address: number, into: Uint8Array): number {
    let done = 0;
    while (done < into.length) {
      const at = address + done;
      const flags = at >= USER_LIMIT ? 0 : flagsAt(this.table, pageOf(at));
      if (!(flags & PRESENT) || !(flags & EXECUTE)) {
        if (done === 0) this.fault(at, (flags & PRESENT ? FAULT_PRESENT : 0) | FAULT_FETCH);
        return done;
      }
      const noted = flags | ACCESSED | EXECUTED;
      if (flags !== noted) {
        setEntry(this.table, pageOf(at), frameAt(this.table, pageOf(at)), noted);
        this.refresh(pageOf(at));
      }
      done += this.copyWithinPage(at, into, done, false);
    }
    return done;
  }

  markCode(page: number): void {
    const flags = flagsAt(this.table, page);
    if (flags & CODE || !(flags & PRESENT)) return;
    setEntry(this.table, page, frameAt(this.table, page), flags | CODE);
    this.refresh(page);
  }

  setWatches(watches: readonly Watch[]): void {
    for (const watch of this.watches) this.markWatched(watch, false);
    this.watches = watches;
    for (const watch of watches) this.markWatched(watch, true);
    this.watchHit = undefined;
  }

  // --- what kernel and debugger use --------------------------------------------------------------------------------

  /** Copies what user code may read, without faults; returns how many bytes in a row. */
  copyOut(address: number, into: Uint8Array): number {
    return this.transfer(address, into, READ, false);
  }

  /** Copies to where user code may write; returns how many bytes in a row. */
  copyIn(address: number, bytes: Uint8Array): number {
    return this.transfer(address, bytes, WRITE, true);
  }

  peek(address: number, into: Uint8Array): number {
    return this.transfer(address, into, PRESENT | TRANSITION, false);
  }

  /** Debugger's write: any present page, whatever its rights; private pages get their own copy. */
  poke(address: number, bytes: Uint8Array): number {
    return this.transfer(address, bytes, PRESENT, true);
  }

  /** Flags of a page, without those of the window. */
  entry(page: number): number {
    return flagsAt(this.table, page) & ~WINDOW_FLAGS;
  }

  frame(page: number): number {
    return frameAt(this.table, page);
  }

  /** Shows a new zeroed page. */
  mapZero(page: number, rights: number): void {
    if (this.isWindowPage(page)) {
      this.window.grow((page + 1) * PAGE_SIZE);
      // By words: V8 fills shared memory element by element.
      this.window.words.fill(0, (page * PAGE_SIZE) / 4, ((page + 1) * PAGE_SIZE) / 4);
      this.setFrame(page, this.frames.allocateAt(this, page), rights | PRESENT | CACHED);
    } else this.setFrame(page, this.frames.allocateInPool(), rights | PRESENT);
  }

  /** Shows `frame`, taking over one reference to it. */
  mapFrame(page: number, frame: number, rights: number): void {
    if (rights & SHARED) {
      if (this.frames.sharersOf(frame) > 0) this.frames.evacuate(frame);
      this.frames.addSharer(frame);
    }
    this.setFrame(page, frame, rights | PRESENT);
  }

  /** Takes pages `[first, end)` away. */
  unmap(first: number, end: number): void {
    const take = (page: number, frame: number, flags: number): void => {
      if (flags & CODE) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
      if (flags & PRESENT) this.resident--;
      else this.onPagedOutGone?.(page, frame, flags);
      if (!(flags & PAGED_OUT)) this.dropFrame(page, frame, flags);
    };
    for (const entry of partsWithin(this.table, first, end)) {
      const [key, part] = entry;
      const base = key * TABLE_PAGES;
      const from = Math.max(0, first - base);
      const to = Math.min(TABLE_PAGES, end - base);
      const goesWhole = to - from === TABLE_PAGES && part.isBorrowed && isLeased(part);
      if (goesWhole) this.leavePart(key, part);
      else settlePart(part, this.frames);
      const used = goesWhole ? to : clearPart(entry, from, to, take);
      if (used > from && this.madeWindow) denyAll(this.madeWindow.bytes, base + from, base + used);
    }
  }

  /** Drops a part that still has its references together with others. */
  private leavePart(key: number, part: PageTablePart): void {
    for (let i = 0; i < TABLE_PAGES; i++) {
      this.resident -= part.flags[i] & PRESENT;
      if (part.window[i] & CODE) this.onCodeWrite?.((key * TABLE_PAGES + i) * PAGE_SIZE, PAGE_SIZE);
    }
    (part.lease as Lease).holders--;
    this.table.delete(key);
  }

  /** Takes a page that is not shared out of the working set; its frame stays for a while. Returns the frame. */
  trim(page: number): number {
    this.settle(page, page + 1);
    const frame = frameAt(this.table, page);
    if (flagsAt(this.table, page) & CODE) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
    setEntry(this.table, page, frame, TRANSITION);
    this.resident--;
    this.refresh(page);
    return frame;
  }

  /** Makes a page in transition valid again. */
  rescue(page: number, rights: number): void {
    const frame = frameAt(this.table, page);
    const cached = this.frames.isAt(frame, this, page) ? CACHED : 0;
    const watched = this.isWatchedPage(page) ? WATCHED : 0;
    setEntry(this.table, page, frame, rights | PRESENT | ACCESSED | cached | watched);
    this.resident++;
    this.refresh(page);
  }

  /** Lets the frame of a page in transition go: its contents are kept at `place`, a number above 0. */
  pageOut(page: number, place: number): void {
    this.dropFrame(page, frameAt(this.table, page), 0);
    setEntry(this.table, page, place, PAGED_OUT);
  }

  /** The frame of a page is about to change elsewhere: a copy of it in the window is used no more. */
  contentsChange(page: number): void {
    const flags = flagsAt(this.table, page);
    const frame = frameAt(this.table, page);
    if (flags & CODE) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
    if (flags & SHARED || !(flags & CACHED) || this.frames.isAt(frame, this, page)) return;
    setEntry(this.table, page, frame, flagsAt(this.table, page) & ~CACHED);
    this.refresh(page);
  }

  /** Gives a valid page the age that the clock says; the next access, which takes the slow path, makes it young again. */
  setAge(page: number, age: number): void {
    setEntry(this.table, page, frameAt(this.table, page), (flagsAt(this.table, page) & ~(ACCESSED | AGE_MASK)) | age);
    this.refresh(page);
  }

  /** Keeps the valid pages of `[first, end)` in the working set, or no longer. */
  setLocked(first: number, end: number, on: boolean): void {
    forEachEntry(this.table, first, end, (page, frame, flags) => {
      setEntry(this.table, page, frame, on ? flags | LOCKED : flags & ~LOCKED);
    });
  }

  /** Changes READ, WRITE and EXECUTE of the present pages in `[first, end)`. */
  protect(first: number, end: number, rights: number): void {
    forEachEntry(this.table, first, end, (page, frame, flags) => {
      if (flags & CODE && !(rights & EXECUTE)) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
      setEntry(this.table, page, frame, (flags & ~(READ | WRITE | EXECUTE)) | rights);
      this.refresh(page);
    });
  }

  /** Moves the pages of `[first, end)` to `target`, frames and rights unchanged; none may be in transition. */
  move(first: number, end: number, target: number): void {
    this.settle(first, end);
    this.settle(target, target + end - first);
    const moved: { page: number; frame: number; flags: number }[] = [];
    const take = (page: number, frame: number, flags: number): void => {
      if (flags & CODE) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
      if (!(flags & PAGED_OUT) && this.frames.isAt(frame, this, page)) this.frames.evacuate(frame);
      moved.push({ page, frame, flags: flags & ~WINDOW_FLAGS });
      setEntry(this.table, page, NO_FRAME, 0);
      this.refresh(page);
    };
    forEachEntry(this.table, first, end, take, USED);
    for (const { page, frame, flags } of moved) {
      setEntry(this.table, page - first + target, frame, flags);
      this.refresh(page - first + target);
    }
  }

  /** A copy of the page table for a fork: both sides copy on their next write. Cost: the table, not the memory. */
  cloneTable(): PageTable {
    const copy: PageTable = new Map();
    for (const [key, part] of this.table) copy.set(key, lendPart(part, this.frames));
    if (this.madeWindow) denyPrivateWrites(this.table, this.madeWindow.bytes);
    return copy;
  }

  /** The same for a snapshot, whose references are pins. Frames that are keys of `copies` are replaced by their values. */
  pinTable(copies: ReadonlyMap<number, number>): PageTable {
    const copy = retainTable(this.table, { copies, hold: this.frames.pinPart });
    if (this.madeWindow) denyPrivateWrites(this.table, this.madeWindow.bytes);
    return copy;
  }

  /**
   * Replaces the empty table by one that {@link cloneTable} or `retainTable` made; `resident` of its pages are valid.
   * Returns all flags that any of its entries may have.
   */
  adoptTable(table: PageTable, resident = countPresent(table)): number {
    this.table = table;
    this.resident = resident;
    const share = (_page: number, frame: number): void => {
      this.frames.evacuate(frame);
      this.frames.addSharer(frame);
    };
    forEachEntry(table, 0, USER_LIMIT / PAGE_SIZE, share, SHARED);
    let all = 0;
    for (const { kinds } of table.values()) all |= kinds;
    return all;
  }

  /** Makes the references of pages `[first, end)` their own, where they are held together with forks. */
  settle(first: number, end: number): void {
    for (const [, part] of partsWithin(this.table, first, end)) if (part.lease) settlePart(part, this.frames);
  }

  /** Releases all memory. */
  clear(): void {
    this.setWatches([]);
    this.unmap(0, USER_LIMIT / PAGE_SIZE);
    this.table = new Map();
  }

  frameLeft(page: number): void {
    const flags = flagsAt(this.table, page);
    const frame = frameAt(this.table, page);
    // A shared frame may change elsewhere from now on, so the copy that stays behind here must not be used.
    if (flags & SHARED) setEntry(this.table, page, frame, flags & ~CACHED);
    this.refresh(page);
  }

  // --- inside ------------------------------------------------------------------------------------------------------

  private isWindowPage(page: number): boolean {
    return page < WINDOW_PAGES && !isHidden(page);
  }

  /** A write to the page makes a copy of its frame. */
  private needsCopy(page: number): boolean {
    return !(flagsAt(this.table, page) & SHARED) && !this.isSole(page, frameAt(this.table, page));
  }

  /** Nobody else has the frame of the page. */
  private isSole(page: number, frame: number): boolean {
    const part = partAt(this.table, page);
    return this.frames.referencesOf(frame) === 1 && part !== undefined && !isLeased(part);
  }

  /** Notes that the page was used. Its flags, then. */
  private touch(page: number, flags: number): number {
    const touched = (flags & ~AGE_MASK) | ACCESSED;
    if (touched === flags) return flags;
    setEntry(this.table, page, frameAt(this.table, page), touched);
    this.refresh(page);
    return touched;
  }

  private fault(address: number, code: number): false {
    this.faultAddress = address;
    this.faultCode = code | FAULT_USER;
    return false;
  }

  private mayAccess(address: number, size: number, right: number, code: number): boolean {
    // Numbers of the upper half are so coarse that `address + size` may be `address`.
    if (address >= USER_LIMIT) return this.fault(address, code);
    const end = address + size;
    for (let at = address; at < end; at = (pageOf(at) + 1) * PAGE_SIZE) {
      const flags = at >= USER_LIMIT ? 0 : flagsAt(this.table, pageOf(at));
      if (!(flags & PRESENT)) return this.fault(at, code);
      if (!(flags & right) || !(flags & READ)) return this.fault(at, code | FAULT_PRESENT);
    }
    return true;
  }

  /** Puts the page's bytes in the window where that is possible; false where it is not. */
  private bring(page: number): boolean {
    const flags = this.touch(page, flagsAt(this.table, page));
    if (flags & CACHED) return true;
    const frame = frameAt(this.table, page);
    // What somebody else may write to is not copied.
    if (!this.isWindowPage(page) || this.frames.sharersOf(frame) > (flags & SHARED ? 1 : 0)) return false;
    this.window.grow((page + 1) * PAGE_SIZE);
    this.window.bytes.set(this.frames.bytes(frame), page * PAGE_SIZE);
    if (flags & SHARED || this.isSole(page, frame)) this.frames.settle(frame, this, page);
    setEntry(this.table, page, frame, flags | CACHED);
    this.refresh(page);
    return true;
  }

  /** Makes the page's frame writable through this entry; true if it can be written in place in the window. */
  private makeWritable(page: number): boolean {
    const flags = this.touch(page, flagsAt(this.table, page));
    if (flags & SHARED) return this.bring(page);
    this.settle(page, page + 1);
    const frame = frameAt(this.table, page);
    if (!this.bring(page)) {
      if (this.frames.referencesOf(frame) > 1) {
        setEntry(this.table, page, this.frames.duplicate(frame), flags);
        this.frames.release(frame);
      }
      return false;
    }
    if (this.frames.referencesOf(frame) > 1) {
      if (this.frames.isAt(frame, this, page)) this.frames.evacuate(frame);
      this.frames.release(frame);
      setEntry(this.table, page, this.frames.allocateAt(this, page), flagsAt(this.table, page));
    } else this.frames.settle(frame, this, page);
    this.refresh(page);
    return true;
  }

  private setFrame(page: number, frame: number, flags: number): void {
    const part = partAt(this.table, page);
    if (part?.lease) settlePart(part, this.frames);
    const old = flagsAt(this.table, page);
    if (old & PRESENT) {
      if (old & CODE) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
      this.dropFrame(page, frameAt(this.table, page), old);
    } else this.resident++;
    const watched = this.watches.length > 0 && this.isWatchedPage(page) ? WATCHED : 0;
    setEntry(this.table, page, frame, flags | ACCESSED | watched);
    this.refresh(page);
  }

  private dropFrame(page: number, frame: number, flags: number): void {
    if (flags & SHARED) this.frames.removeSharer(frame);
    if (this.frames.referencesOf(frame) > 1 && this.frames.isAt(frame, this, page)) this.frames.evacuate(frame);
    this.frames.release(frame);
  }

  private written(address: number, size: number): void {
    const last = pageOf(address + size - 1);
    let code = 0;
    for (let page = pageOf(address); page <= last; page++) code |= flagsAt(this.table, page) & CODE;
    if (code) this.onCodeWrite?.(address, size);
  }

  private transfer(address: number, bytes: Uint8Array, right: number, write: boolean): number {
    let done = 0;
    while (done < bytes.length) {
      const at = address + done;
      const page = pageOf(at);
      const flags = at < 0 || at >= USER_LIMIT ? 0 : flagsAt(this.table, page);
      if (!(flags & right)) break;
      if (right === WRITE && this.frames.areTight && this.needsCopy(page)) break;
      if (right === READ) this.touch(page, flags);
      if (write) this.makeWritable(page);
      done += this.copyWithinPage(at, bytes, done, write);
    }
    if (write && done > 0) this.written(address, done);
    return done;
  }

  /** Copies what of `bytes`, from `from` on, lies in the page of `address`; rights were checked, frames made writable. */
  private copyWithinPage(address: number, bytes: Uint8Array, from: number, write: boolean): number {
    const frame = frameAt(this.table, pageOf(address));
    const offset = address % PAGE_SIZE;
    const count = Math.min(bytes.length - from, PAGE_SIZE - offset);
    const memory = this.frames.memoryOf(frame);
    const at = this.frames.offsetOf(frame) + offset;
    if (write) copyBytes(bytes, from, memory, at, count);
    else copyBytes(memory, at, bytes, from, count);
    return count;
  }

  private copy(address: number, bytes: Uint8Array, write: boolean): void {
    let done = 0;
    while (done < bytes.length) done += this.copyWithinPage(address + done, bytes, done, write);
  }

  /** Recomputes what the processor may do on `page` without asking. */
  private refresh(page: number): void {
    if (!this.madeWindow || !this.isWindowPage(page)) return;
    const flags = flagsAt(this.table, page);
    const inPlace = (flags & (CACHED | ACCESSED | WATCHED)) === (CACHED | ACCESSED);
    const readable = inPlace && (flags & READ) !== 0;
    let writable = readable && (flags & WRITE) !== 0 && (flags & CODE) === 0;
    if (writable) {
      const frame = frameAt(this.table, page);
      writable = this.frames.isAt(frame, this, page) && ((flags & SHARED) !== 0 || this.isSole(page, frame));
    }
    allow(this.madeWindow.bytes, READ_TABLE, page, readable);
    allow(this.madeWindow.bytes, WRITE_TABLE, page, writable);
  }

  private isWatchedPage(page: number): boolean {
    return this.watches.some(watch => pageOf(watch.address) <= page && page <= pageOf(watch.address + watch.size - 1));
  }

  private markWatched(watch: Watch, on: boolean): void {
    const last = pageOf(watch.address + watch.size - 1);
    for (let page = pageOf(watch.address); page <= last; page++) {
      const flags = flagsAt(this.table, page);
      if (!(flags & PRESENT)) continue;
      setEntry(this.table, page, frameAt(this.table, page), on ? flags | WATCHED : flags & ~WATCHED);
      this.refresh(page);
    }
  }

  private watch(address: number, size: number, access: 'read' | 'write'): void {
    if (this.watchHit) return;
    for (const watch of this.watches)
      if (address < watch.address + watch.size && watch.address < address + size)
        if (watch.access === 'both' || watch.access === access) this.watchHit = { address, size, access };
  }
}
