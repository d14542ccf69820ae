/** The least memory that the processor can run in: pages with permissions, in the window or, above it, on their own. */

import { PAGE_SIZE, pageOf } from '../../../emulator/base/pages.ts';
import { unsigned64 } from '../../../emulator/base/words.ts';
import { PF_FETCH, PF_PRESENT, PF_USER, PF_WRITE } from '../../../emulator/cpu/exits.ts';
import type { AddressSpaceFace } from '../../../emulator/memory/addressSpaceFace.ts';
import {
  ALLOWED,
  ALLOWED_WITHIN,
  BOUNCE_BASE,
  DENIED,
  isHidden,
  READ_TABLE,
  WINDOW_LIMIT,
  WRITE_TABLE,
} from '../../../emulator/memory/layout.ts';
import { Window } from '../../../emulator/memory/window.ts';

export const READ = 1;
export const WRITE = 2;
export const EXECUTE = 4;

export class PlainSpace implements AddressSpaceFace {
  readonly window: Window;
  faultAddress = 0;
  faultCode = 0;
  onCodeWrite: ((address: number, size: number) => void) | undefined;
  watchHit: AddressSpaceFace['watchHit'];
  /** Ranges that {@link load} and {@link store} report. */
  readonly watched: { address: number; size: number; access: 'read' | 'write' }[] = [];
  private readonly access = new Map<number, number>();
  private readonly outside = new Map<number, Uint8Array>();
  private readonly code = new Set<number>();
  private pending: { address: number; size: number; bounced: boolean } | undefined;

  constructor(window = new Window()) {
    this.window = window;
  }

  map(address: number, size: number, access: number): void {
    for (let page = pageOf(address); page * PAGE_SIZE < address + size; page++) {
      this.access.set(page, access);
      if (!this.inWindow(page)) this.outside.set(page, new Uint8Array(PAGE_SIZE));
      else this.window.grow((page + 1) * PAGE_SIZE);
    }
    this.refresh(pageOf(address), pageOf(address + size - 1));
  }

  unmap(address: number, size: number): void {
    for (let page = pageOf(address); page * PAGE_SIZE < address + size; page++) {
      this.access.delete(page);
      if (this.code.delete(page)) this.onCodeWrite?.(page * PAGE_SIZE, PAGE_SIZE);
    }
    this.refresh(pageOf(address), pageOf(address + size - 1));
  }

  /** Sends accesses to a page through the slow path, to which they are no different. */
  watch(address: number, size: number, access: 'read' | 'write'): void {
    this.watched.push({ address, size, access });
    this.refresh(pageOf(address), pageOf(address + size - 1));
  }

  /** Ends all watching. */
  unwatch(): void {
    const pages = this.watched.splice(0).flatMap(w => [pageOf(w.address), pageOf(w.address + w.size - 1)]);
    for (const page of pages) this.refresh(page, page);
    this.watchHit = undefined;
  }

  /** The page of `address` itself, in the window or outside. */
  pageBytes(address: number): Uint8Array {
    const page = pageOf(address);
    const outside = this.outside.get(page);
    if (!outside && !this.inWindow(page)) throw new Error(`nothing at ${address.toString(16)}`);
    return outside ?? this.window.bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
  }

  isMapped(address: number): boolean {
    return this.access.has(pageOf(address));
  }

  write(address: number, bytes: ArrayLike<number>): void {
    for (let i = 0; i < bytes.length; ) {
      const offset = (address + i) % PAGE_SIZE;
      const count = Math.min(bytes.length - i, PAGE_SIZE - offset);
      const page = this.pageBytes(address + i);
      if (bytes instanceof Uint8Array) page.set(bytes.subarray(i, i + count), offset);
      else for (let j = 0; j < count; j++) page[offset + j] = bytes[i + j];
      i += count;
    }
    for (let page = pageOf(address); page * PAGE_SIZE < address + bytes.length; page++) {
      if (this.code.has(page)) this.onCodeWrite?.(address, bytes.length);
    }
  }

  read(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    for (let i = 0; i < size; ) {
      const offset = (address + i) % PAGE_SIZE;
      const part = this.pageBytes(address + i).subarray(offset, offset + size - i);
      bytes.set(part, i);
      i += part.length;
    }
    return bytes;
  }

  load(low: number, high: number, size: number): number {
    const address = unsigned64(low, high);
    if (!this.check(address, size, READ)) return 0;
    this.noteWatch(address, size, 'read');
    if (this.contiguous(address, size)) return address;
    for (let i = 0; i < size; i++) this.window.bytes[BOUNCE_BASE + i] = this.byteAt(address + i)[0]();
    return BOUNCE_BASE;
  }

  store(low: number, high: number, size: number): number {
    const address = unsigned64(low, high);
    if (!this.check(address, size, WRITE)) return 0;
    const bounced = !this.contiguous(address, size);
    this.pending = { address, size, bounced };
    if (!bounced) return address;
    for (let i = 0; i < size; i++) this.window.bytes[BOUNCE_BASE + i] = this.byteAt(address + i)[0]();
    return BOUNCE_BASE;
  }

  commitStore(): void {
    if (!this.pending) return;
    const { address, size, bounced } = this.pending;
    this.pending = undefined;
    if (bounced) for (let i = 0; i < size; i++) this.byteAt(address + i)[1](this.window.bytes[BOUNCE_BASE + i]);
    this.noteWatch(address, size, 'write');
    if (this.code.has(pageOf(address)) || this.code.has(pageOf(address + size - 1))) this.onCodeWrite?.(address, size);
  }

  fetch(address: number, into: Uint8Array): number {
    let count = 0;
    while (count < into.length) {
      const access = this.access.get(pageOf(address + count));
      if (access === undefined || !(access & EXECUTE)) break;
      const offset = (address + count) % PAGE_SIZE;
      const part = this.pageBytes(address + count).subarray(offset, offset + into.length - count);
      into.set(part, count);
      count += part.length;
    }
    if (count === 0) {
      this.faultAddress = address;
      this.faultCode = PF_USER | PF_FETCH | (this.access.has(pageOf(address)) ? PF_PRESENT : 0);
    }
    return count;
  }

  peek(address: number, into: Uint8Array): number {
    let count = 0;
    for (; count < into.length && this.access.has(pageOf(address + count)); count++) {
      into[count] = this.byteAt(address + count)[0]();
    }
    return count;
  }

  markCode(page: number): void {
    this.code.add(page);
    this.refresh(page, page);
  }

  private inWindow(page: number): boolean {
    return page < WINDOW_LIMIT / PAGE_SIZE && !isHidden(page);
  }

  private byteAt(address: number): [() => number, (value: number) => void] {
    const page = pageOf(address);
    const bytes = this.inWindow(page) ? this.window.bytes : this.outside.get(page);
    const offset = this.inWindow(page) ? address : address % PAGE_SIZE;
    if (!bytes) throw new Error(`nothing at ${address.toString(16)}`);
    return [() => bytes[offset], value => void (bytes[offset] = value)];
  }

  private contiguous(address: number, size: number): boolean {
    return this.inWindow(pageOf(address)) && this.inWindow(pageOf(address + size - 1));
  }

  private check(address: number, size: number, access: number): boolean {
    for (const at of [address, address + size - 1]) {
      const has = this.access.get(pageOf(at));
      if (has !== undefined && has & access) continue;
      this.faultAddress = at === address ? at : pageOf(at) * PAGE_SIZE;
      this.faultCode = PF_USER | (access === WRITE ? PF_WRITE : 0) | (has === undefined ? 0 : PF_PRESENT);
      return false;
    }
    return true;
  }

  private noteWatch(address: number, size: number, access: 'read' | 'write'): void {
    const hit = this.watched.find(
      w => w.access === access && w.address < address + size && address < w.address + w.size,
    );
    if (hit) this.watchHit ??= hit;
  }

  private refresh(first: number, last: number): void {
    for (let page = Math.max(0, first - 1); page <= last; page++) {
      if (!this.inWindow(page)) continue;
      this.window.bytes[READ_TABLE + page] = this.permission(page, READ);
      this.window.bytes[WRITE_TABLE + page] = this.permission(page, WRITE);
    }
  }

  private open(page: number, access: number): boolean {
    const watched = this.watched.some(w => pageOf(w.address) <= page && page <= pageOf(w.address + w.size - 1));
    return ((this.access.get(page) ?? 0) & access) !== 0 && !watched && !(access === WRITE && this.code.has(page));
  }

  private permission(page: number, access: number): number {
    if (!this.open(page, access)) return DENIED;
    return this.inWindow(page + 1) && this.open(page + 1, access) ? ALLOWED : ALLOWED_WITHIN;
  }
}
