/**
 * Physical memory: frames of one page each, counted references, and where their bytes are. A frame that one address
 * space owns alone lives in that space's window, at its own page; every other frame lives in the pool. A frame with
 * several references is never written, unless all of them are shared views.
 */

import { assert } from '../base/assert.ts';
import { PAGE_SIZE } from '../base/pages.ts';
import { PRESENT, TRANSITION } from './pageTable.ts';
import type { PageTablePart } from './pageTable.ts';
import type { Window } from './window.ts';

const SLAB_FRAMES = 256;

/** Who is told when a frame's bytes leave its window. */
export interface FrameHome {
  readonly window: Window;
  /** The frame at `page` now lives in the pool: writes in place must stop. */
  frameLeft(page: number): void;
}

export class Frames {
  private references = new Int32Array(1024);
  /** References that snapshots hold: they keep a frame's bytes, but it is not the machine's that runs. */
  private pins = new Int32Array(1024);
  /** How many page table entries write to the frame through shared views. */
  private sharers = new Uint16Array(1024);
  /** Window that holds the frame, or undefined: then `places` is its slot in the pool. */
  private homes: (FrameHome | undefined)[] = [undefined];
  private places = new Int32Array(1024);
  private readonly freeFrames: number[] = [];
  private next = 1;
  private readonly slabs: Uint8Array[] = [];
  private readonly freeSlots: number[] = [];
  /** Frames in use. */
  count = 0;
  /** Of these, frames that not only snapshots use: what counts as resident. */
  live = 0;
  /** How many frames may be live before some have to be made free. */
  limit = Number.POSITIVE_INFINITY;

  /** The next frame is one too many: the kernel has to make room first. */
  get areTight(): boolean {
    return this.live >= this.limit;
  }

  /** A new frame with one reference. Its bytes are at `page` of `home`'s window, as they stand there. */
  allocateAt(home: FrameHome, page: number): number {
    const frame = this.allocateNumber();
    this.homes[frame] = home;
    this.places[frame] = page;
    return frame;
  }

  /** A new frame with one reference in the pool, zeroed unless the caller fills it. */
  allocateInPool(zero = true): number {
    const frame = this.allocateNumber();
    const slot = this.allocateSlot();
    this.homes[frame] = undefined;
    this.places[frame] = slot;
    if (zero)
      this.slabs[Math.floor(slot / SLAB_FRAMES)].fill(0, this.slotOffset(slot), this.slotOffset(slot) + PAGE_SIZE);
    return frame;
  }

  referencesOf(frame: number): number {
    return this.references[frame];
  }

  addReference(frame: number): void {
    assert(this.references[frame] > 0, `frame ${frame} is free`);
    if (this.references[frame]++ === this.pins[frame]) this.live++;
  }

  /** References that are no snapshot's. */
  liveReferencesOf(frame: number): number {
    return this.references[frame] - this.pins[frame];
  }

  /** Adds a snapshot's reference. */
  pin(frame: number): void {
    this.references[frame]++;
    this.pins[frame]++;
  }

  /** Makes the only reference to a frame a snapshot's. */
  handToSnapshot(frame: number): void {
    this.pins[frame]++;
    this.live--;
  }

  /** Takes a reference to each frame of a part of a page table. */
  readonly retainPart = ({ frames, flags }: PageTablePart): void => {
    const { references, pins } = this;
    for (let i = 0; i < frames.length; i++)
      if (flags[i] & (PRESENT | TRANSITION) && references[frames[i]]++ === pins[frames[i]]) this.live++;
  };

  /** The same for a snapshot. */
  readonly pinPart = ({ frames, flags }: PageTablePart): void => {
    for (let i = 0; i < frames.length; i++) if (flags[i] & (PRESENT | TRANSITION)) this.pin(frames[i]);
  };

  releasePart({ frames, flags }: PageTablePart): void {
    for (let i = 0; i < frames.length; i++) if (flags[i] & (PRESENT | TRANSITION)) this.release(frames[i]);
  }

  /** Drops a reference; with the last one the frame is free. */
  release(frame: number): void {
    assert(this.references[frame] > 0, `frame ${frame} is released more often than referenced`);
    if (--this.references[frame] === this.pins[frame]) this.live--;
    if (this.references[frame] > 0) return;
    if (this.homes[frame] === undefined) this.freeSlots.push(this.places[frame]);
    this.homes[frame] = undefined;
    this.sharers[frame] = 0;
    this.freeFrames.push(frame);
    this.count--;
  }

  sharersOf(frame: number): number {
    return this.sharers[frame];
  }

  addSharer(frame: number): void {
    this.sharers[frame]++;
  }

  removeSharer(frame: number): void {
    this.sharers[frame]--;
  }

  isAt(frame: number, home: FrameHome, page: number): boolean {
    return this.homes[frame] === home && this.places[frame] === page;
  }

  /** The 4096 bytes of `frame` where they are now. Do not keep it. */
  bytes(frame: number): Uint8Array {
    const offset = this.offsetOf(frame);
    return this.memoryOf(frame).subarray(offset, offset + PAGE_SIZE);
  }

  /** What the frame lies in now, */
  memoryOf(frame: number): Uint8Array {
    return this.homes[frame]?.window.bytes ?? this.slabs[Math.floor(this.places[frame] / SLAB_FRAMES)];
  }

  /** and where. */
  offsetOf(frame: number): number {
    const place = this.places[frame];
    return this.homes[frame] ? place * PAGE_SIZE : this.slotOffset(place);
  }

  /** Moves the frame's bytes to `page` of `home`'s window, where a copy of them already stands. */
  settle(frame: number, home: FrameHome, page: number): void {
    const old = this.homes[frame];
    if (old === home && this.places[frame] === page) return;
    if (old === undefined) this.freeSlots.push(this.places[frame]);
    else old.frameLeft(this.places[frame]);
    this.homes[frame] = home;
    this.places[frame] = page;
  }

  /** Moves the frame's bytes out of a window into the pool. */
  evacuate(frame: number): void {
    const home = this.homes[frame];
    if (home === undefined) return;
    const page = this.places[frame];
    const slot = this.allocateSlot();
    const slab = this.slabs[Math.floor(slot / SLAB_FRAMES)];
    slab.set(home.window.bytes.subarray(page * PAGE_SIZE, (page + 1) * PAGE_SIZE), this.slotOffset(slot));
    this.homes[frame] = undefined;
    this.places[frame] = slot;
    home.frameLeft(page);
  }

  /** A new pool frame with the same bytes. */
  duplicate(frame: number): number {
    const copy = this.allocateInPool(false);
    this.bytes(copy).set(this.bytes(frame));
    return copy;
  }

  private allocateNumber(): number {
    let frame = this.freeFrames.pop();
    if (frame === undefined) {
      frame = this.next++;
      if (frame >= this.references.length) this.growTables();
    }
    this.references[frame] = 1;
    this.pins[frame] = 0;
    this.sharers[frame] = 0;
    this.count++;
    this.live++;
    return frame;
  }

  private growTables(): void {
    const size = this.references.length * 2;
    const references = new Int32Array(size);
    references.set(this.references);
    this.references = references;
    const pins = new Int32Array(size);
    pins.set(this.pins);
    this.pins = pins;
    const sharers = new Uint16Array(size);
    sharers.set(this.sharers);
    this.sharers = sharers;
    const places = new Int32Array(size);
    places.set(this.places);
    this.places = places;
  }

  private allocateSlot(): number {
    const free = this.freeSlots.pop();
    if (free !== undefined) return free;
    const first = this.slabs.length * SLAB_FRAMES;
    this.slabs.push(new Uint8Array(SLAB_FRAMES * PAGE_SIZE));
    for (let slot = first + SLAB_FRAMES - 1; slot > first; slot--) this.freeSlots.push(slot);
    return first;
  }

  private slotOffset(slot: number): number {
    return (slot % SLAB_FRAMES) * PAGE_SIZE;
  }
}
