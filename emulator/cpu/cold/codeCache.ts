/**
 * The decoded code of one address space: which record stands for which address, and what has to happen when code
 * changes. There is one live record for an address; a record that is no longer valid becomes one that asks to be
 * decoded, so whoever links to it or falls into it finds the new code.
 */

import { PAGE_SIZE, pageOf } from '../../base/pages.ts';
import { highWord, lowWord } from '../../base/words.ts';
import type { AddressSpaceFace } from '../../memory/addressSpaceFace.ts';
import { CODE_CACHE_BASE, HOT_DATA_BASE } from '../../memory/layout.ts';
import type { InstructionReader } from '../decode/instructionReader.ts';
import type { RegisterTest } from '../registerTest.ts';
import { ADDRESS, HANDLER, LENGTH, LINK, RECORD_SIZE } from '../record.ts';
import { Entries } from './entries.ts';
import type { Entry, EntryKind, Thresholds } from './entries.ts';
import { forgetJumps, remember } from './jumpCache.ts';
import type { HandlerTable } from './handlers.ts';
import {
  BREAKPOINT_HANDLER,
  DECODE_HANDLER,
  GOTO_HANDLER,
  INVALID_HANDLER,
  PASSES_FLAGS,
  REPLACES_FLAGS,
} from './handlers.ts';

const MAXIMUM_LENGTH = 15; // of an instruction (SDM vol. 2, 2.3.11)
/** Instructions decoded at a time. Flags that a block leaves out are right again this many instructions later at most. */
export const BLOCK_LENGTH = 32;
const BLOCK_BYTES = 160;
/** Kept free for one block and for the entries that compiling asks for. */
const RESERVE = 0x10_0000;

/** Pages of 16 KB that wait for the next process: making one takes longer than clearing it. */
const MOST_SPARES = 1024;

/** Why there is no record for an address. */
export type FetchFailure = 'page fault' | 'too long';

export class CodeCache {
  private readonly breakpoints = new Map<number, RegisterTest | undefined>();
  readonly entries: Entries;
  /** Tells who has compiled code: `[address, end)` has changed; everything is forgotten. */
  onInvalidate: ((address: number, end: number, cause: 'write' | 'breakpoint') => void) | undefined;
  /** Makes a handler that goes on with the record `go` unless the test holds, then with the record `stop`. */
  guard: ((test: RegisterTest, stop: number, go: number) => number) | undefined;
  onClear: (() => void) | undefined;
  /** Changes when all records were dropped: addresses of records from before mean nothing any more. */
  generation = 0;
  private readonly space: AddressSpaceFace;
  private readonly reader: InstructionReader;
  private readonly handlers: HandlerTable;
  /** By page number, then by offset in the page. */
  private readonly pages = new Map<number, Int32Array>();
  /** The page that was asked for last, and its records. */
  private page = -1;
  private records: Int32Array = new Int32Array(0);
  /** Handlers that breakpoints have displaced, by record. */
  private readonly displaced = new Map<number, number>();
  /** Records that stand for addresses not yet decoded, and the branches that link to them. */
  private readonly awaited = new Map<number, { record: number; links: number[] }>();
  /**
   * By address, where code has changed: the first record that it had. Later ones lead to it and it leads to the live
   * one, so that the way does not grow however often code changes.
   */
  private readonly anchors = new Map<number, number>();
  /** Blocks grow upward, stand-ins downward. */
  private blockEnd = CODE_CACHE_BASE;
  private standInStart = HOT_DATA_BASE;
  /** Why the last block has not even a first instruction. */
  private failure: FetchFailure | undefined;
  private readonly bytes = new Uint8Array(BLOCK_BYTES);

  /** Where arrays for the records of a page come from and go to. */
  private readonly spares: Int32Array[];

  constructor(
    space: AddressSpaceFace,
    reader: InstructionReader,
    handlers: HandlerTable,
    thresholds: Thresholds,
    spares: Int32Array[] = [],
  ) {
    this.spares = spares;
    this.entries = new Entries(thresholds);
    this.handlers = handlers;
    this.space = space;
    this.reader = reader;
    this.clear();
  }

  clear(): void {
    this.generation++;
    this.release();
    this.awaited.clear();
    this.anchors.clear();
    this.displaced.clear();
    this.blockEnd = CODE_CACHE_BASE;
    this.standInStart = HOT_DATA_BASE;
    this.entries.clear();
    forgetJumps(this.space.window.words);
    this.onClear?.();
  }

  /** Gives back what the records of pages were kept in; nothing is decoded any more. */
  release(): void {
    for (const records of this.pages.values()) if (this.spares.length < MOST_SPARES) this.spares.push(records);
    this.pages.clear();
    this.page = -1;
  }

  /** The record of `address`, decoded if need be. */
  resolve(address: number): number | FetchFailure {
    return this.find(address) || this.decodeBlock(address);
  }

  find(address: number): number {
    const page = pageOf(address);
    if (page !== this.page) {
      const records = this.pages.get(page);
      if (!records) return 0;
      this.page = page;
      this.records = records;
    }
    return this.records[address - page * PAGE_SIZE];
  }

  /** Replaces a record that asked to be decoded by a way to `record`. */
  forward(standIn: number, record: number): void {
    const { view } = this.space.window;
    view.setUint16(standIn + HANDLER, GOTO_HANDLER, true);
    view.setUint32(standIn + LINK, record, true);
  }

  /** Lets indirect jumps find `address` by way of its entry. */
  remember(address: number, kind: EntryKind): void {
    const entry = this.entry(address, kind);
    remember(this.space.window.view, address, entry.record, entry.slot);
  }

  /** The entry of `address`, made if need be. */
  entry(address: number, kind: EntryKind = 'target'): Entry {
    const known = this.entries.at(address);
    if (known) return known;
    this.standInStart -= RECORD_SIZE;
    const record = this.standInStart;
    this.link(record, address);
    return this.entries.create(this.space.window.view, address, record, kind);
  }

  /** Code at `[address, address + size)` has changed or is gone. */
  invalidate(address: number, size: number): void {
    this.forget(address, size, 'write');
  }

  private forget(address: number, size: number, cause: 'write' | 'breakpoint'): void {
    const { view } = this.space.window;
    const end = address + size;
    this.onInvalidate?.(address, end, cause);
    for (let page = pageOf(address - MAXIMUM_LENGTH + 1); page * PAGE_SIZE < end; page++) {
      const records = this.pages.get(page);
      if (!records) continue;
      const base = page * PAGE_SIZE;
      const last = Math.min(PAGE_SIZE, end - base);
      for (let offset = Math.max(0, address - MAXIMUM_LENGTH + 1 - base); offset < last; offset++) {
        const record = records[offset];
        if (record === 0 || base + offset + view.getUint8(record + LENGTH) <= address) continue;
        records[offset] = 0;
        this.displaced.delete(record);
        this.retire(base + offset, record);
      }
    }
  }

  private retire(address: number, record: number): void {
    const anchor = this.anchors.get(address) ?? record;
    this.anchors.set(address, anchor);
    if (anchor !== record) this.forward(record, anchor);
    this.space.window.view.setUint16(anchor + HANDLER, DECODE_HANDLER, true);
  }

  /** Replaces the breakpoints: addresses, with the test of registers that has to hold for a stop, if there is one. */
  setBreakpoints(wanted: ReadonlyMap<number, RegisterTest | undefined>): void {
    const { view } = this.space.window;
    for (const [address, test] of this.breakpoints) {
      if (wanted.has(address) && wanted.get(address) === test) continue;
      this.breakpoints.delete(address);
      const record = this.find(address);
      const handler = this.displaced.get(record);
      if (handler === undefined) continue;
      view.setUint16(record + HANDLER, handler, true);
      this.displaced.delete(record);
    }
    for (const [address, test] of wanted) {
      if (this.breakpoints.has(address)) continue;
      this.breakpoints.set(address, test);
      // Flags must be right where it stops: blocks that run into the address are decoded anew.
      if (this.find(address)) this.forget(address - BLOCK_BYTES, BLOCK_BYTES + 1, 'breakpoint');
    }
  }

  /** Lets `body` run the one instruction at `record` so that all its flags are set and no breakpoint is in the way. */
  exactly(record: number, body: () => void): void {
    const { view } = this.space.window;
    const twin = view.getUint16(record + HANDLER, true);
    const original = this.handlers.withFlags[twin];
    if (!original) return body();
    view.setUint16(record + HANDLER, original, true);
    body();
    view.setUint16(record + HANDLER, twin, true);
  }

  /** Runs `body` while the breakpoint at `record`, if there is one, is out of the way. */
  withoutBreakpoint(record: number, body: () => void): void {
    const { view } = this.space.window;
    const handler = this.displaced.get(record);
    if (handler === undefined) return body();
    const stopping = view.getUint16(record + HANDLER, true);
    view.setUint16(record + HANDLER, handler, true);
    body();
    if (this.displaced.has(record)) view.setUint16(record + HANDLER, stopping, true);
  }

  private displace(record: number, address: number, test: RegisterTest | undefined): void {
    const { view } = this.space.window;
    const handler = view.getUint16(record + HANDLER, true);
    this.displaced.set(record, handler);
    const guard = test && this.guard?.(test, this.standIn(BREAKPOINT_HANDLER, address, 0), this.copy(record, address));
    view.setUint16(record + HANDLER, guard || BREAKPOINT_HANDLER, true);
  }

  /** A copy of an instruction's record that goes on behind the instruction. */
  private copy(record: number, address: number): number {
    const { bytes, view } = this.space.window;
    this.standInStart -= RECORD_SIZE * 2;
    const copy = this.standInStart;
    bytes.copyWithin(copy, record, record + RECORD_SIZE);
    this.writeSpecial(copy + RECORD_SIZE, GOTO_HANDLER, address + view.getUint8(record + LENGTH));
    view.setUint32(copy + RECORD_SIZE + LINK, record + RECORD_SIZE, true);
    return copy;
  }

  private standIn(handler: number, address: number, link: number): number {
    this.standInStart -= RECORD_SIZE;
    this.writeSpecial(this.standInStart, handler, address);
    this.space.window.view.setUint32(this.standInStart + LINK, link, true);
    return this.standInStart;
  }

  private decodeBlock(start: number): number | FetchFailure {
    const { space, reader, bytes } = this;
    const available = space.fetch(start, bytes);
    if (available === 0) return 'page fault';
    if (this.standInStart - this.blockEnd < RESERVE) this.clear();
    reader.open(bytes.subarray(0, available), start);
    const first = this.blockEnd;
    this.appendBlock(start, available);
    this.dropHiddenFlags(first);
    return this.failure ?? first;
  }

  /** Goes back over the block and spares flags that are replaced before anybody can see them. */
  private dropHiddenFlags(first: number): void {
    const { words } = this.space.window;
    const { withoutFlags, flagEffects } = this.handlers;
    let hidden = false;
    for (let record = this.blockEnd - RECORD_SIZE; record >= first; record -= RECORD_SIZE) {
      const handler = words[record >> 2] & 0xffff;
      const twin = withoutFlags[handler];
      if (hidden && twin) words[record >> 2] += twin - handler;
      const effect = flagEffects[handler];
      if (effect === REPLACES_FLAGS) hidden = true;
      else if (effect !== PASSES_FLAGS) hidden = false;
    }
  }

  private appendBlock(start: number, available: number): void {
    const { space, reader } = this;
    const { words } = space.window;
    this.failure = undefined;
    let address = start;
    for (let count = 0; count < BLOCK_LENGTH; count++) {
      const known = this.find(address);
      if (known) {
        return this.appendSpecial(GOTO_HANDLER, address, known);
      }
      const result = reader.read();
      if (result === 'partial') {
        if (address > start) break;
        const missing = available < MAXIMUM_LENGTH && space.fetch(start + available, this.bytes) === 0;
        this.failure = missing ? 'page fault' : 'too long';
        return;
      }
      if (result === 'invalid') {
        this.appendInstruction(address, Math.max(1, reader.length), INVALID_HANDLER);
        return;
      }
      const record = this.appendInstruction(address, reader.length);
      if (reader.flow === 'call' || (reader.flow !== 'next' && reader.flow !== 'end' && reader.target <= address))
        words[(record + LINK) >> 2] = this.entry(reader.target).record;
      else if (reader.flow === 'conditional' || reader.flow === 'jump') this.link(record, reader.target);
      address += reader.length;
      if (reader.flow !== 'next' && reader.flow !== 'conditional') return;
    }
    this.appendSpecial(DECODE_HANDLER, address, 0);
  }

  private appendInstruction(address: number, length: number, handler?: number): number {
    const { words, view } = this.space.window;
    const record = this.blockEnd;
    this.blockEnd += RECORD_SIZE;
    if (handler === undefined) this.reader.writeRecord(words, record);
    else {
      this.writeSpecial(record, handler, address);
      view.setUint8(record + LENGTH, length);
    }
    const page = pageOf(address);
    const offset = address - page * PAGE_SIZE;
    this.recordsOf(page)[offset] = record;
    if (offset + length > PAGE_SIZE) this.recordsOf(page + 1);
    if (this.breakpoints.size > 0 && this.breakpoints.has(address))
      this.displace(record, address, this.breakpoints.get(address));
    const anchor = this.anchors.size > 0 ? this.anchors.get(address) : undefined;
    if (anchor !== undefined) this.forward(anchor, record);
    const awaited = this.awaited.get(address);
    if (awaited) {
      // A branch that is no longer valid has become a way to its successor, which must not be turned aside.
      for (const link of awaited.links)
        if (words[(link + LINK) >> 2] === awaited.record) words[(link + LINK) >> 2] = record;
      this.forward(awaited.record, record);
      this.awaited.delete(address);
    }
    return record;
  }

  private appendSpecial(handler: number, address: number, link: number): void {
    const record = this.blockEnd;
    this.blockEnd += RECORD_SIZE;
    this.writeSpecial(record, handler, address);
    this.space.window.words[(record + LINK) >> 2] = link;
  }

  /** A record that is no instruction: without length. */
  private writeSpecial(record: number, handler: number, address: number): void {
    const { words } = this.space.window;
    words[record >> 2] = handler;
    words[(record + ADDRESS) >> 2] = lowWord(address);
    words[(record + ADDRESS + 4) >> 2] = highWord(address);
  }

  /** Links a branch to the record of its target, or to a stand-in until there is one. */
  private link(record: number, target: number): void {
    const link = (record + LINK) >> 2;
    const { words } = this.space.window;
    words[link] = this.find(target);
    if (words[link] !== 0) return;
    let awaited = this.awaited.get(target);
    if (!awaited) {
      this.standInStart -= RECORD_SIZE;
      awaited = { record: this.standInStart, links: [] };
      this.writeSpecial(awaited.record, DECODE_HANDLER, target);
      this.awaited.set(target, awaited);
    }
    awaited.links.push(record);
    words[link] = awaited.record;
  }

  /** The records of a page, from now on told of its changes. */
  private recordsOf(page: number): Int32Array {
    if (page === this.page) return this.records;
    let records = this.pages.get(page);
    if (!records) {
      records = this.spares.pop()?.fill(0) ?? new Int32Array(PAGE_SIZE);
      this.pages.set(page, records);
      this.space.markCode(page);
    }
    this.page = page;
    this.records = records;
    return records;
  }
}
