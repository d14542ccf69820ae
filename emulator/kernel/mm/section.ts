/**
 * Sections: memory that views show and files keep their contents in. Pages are frames (NT's prototype PTEs), made when
 * first asked for: zeroed, read from the file behind the section, or put together from the parts of an image.
 */

import { assert } from '../../base/assert.ts';
import { PAGE_SIZE, roundUp } from '../../base/pages.ts';
import { getDriver } from '../io/driver.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import { loadStored } from '../sm/load.ts';
import { releaseRecord } from '../sm/records.ts';
import { STATUS_INVALID_PARAMETER, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { dropCopies } from './coherence.ts';
import { chargeSystem, returnToSystem } from './charge.ts';
import { hasPage, heldPages, isRoomFor, isSparse } from './fileCharge.ts';
import { MM_EXECUTE_READWRITE, MM_ZERO_ACCESS } from './protectionMask.ts';
import type { ProtectionMask } from './protectionMask.ts';
import { countPages } from './runs.ts';
import type { PageRuns } from './runs.ts';

export interface SectionSource {
  /** Name of a registered file system driver, and its own name for the file. */
  readonly driver: string;
  readonly file: string;
}

/**
 * - `pageFile`: memory that processes share, zeros at first.
 * - `dataFile`: the contents of a file.
 * - `image`: a file laid out as its headers say (`imageSection.ts`).
 */
export type SectionKind = 'pageFile' | 'dataFile' | 'image';

/** A part of an image with a protection of its own. Bytes; `rva` and `size` are multiples of the page size. */
export interface Subsection {
  readonly rva: number;
  readonly size: number;
  readonly fileOffset: number;
  readonly fileSize: number;
  readonly protection: ProtectionMask;
}

/** What has to change of an image that does not lie where it was linked to. */
export interface Relocations {
  /** Bytes between where it lies and where it was linked to. */
  delta: number;
  /** Where in the image, from its base, 64-bit words hold addresses; sorted. */
  places: Uint32Array;
}

export interface ImageContents {
  /** Preferred base address. */
  base: number;
  subsections: Subsection[];
  /** Where the bytes are: a section of kind `dataFile`, referenced; or they stand here. */
  file: number | Uint8Array;
  /** Applied to pages when they are read (MiRelocateImagePfn), so that all processes share them. */
  relocations: Relocations | undefined;
}

export interface Section {
  id: number;
  kind: SectionKind;
  /** Bytes. */
  size: number;
  references: number;
  source: SectionSource | undefined;
  /** What views may have at most. */
  protection: ProtectionMask;
  /** SEC_RESERVE: which pages have been committed, for all views at once. Undefined: all of them. */
  reserve: PageRuns | undefined;
  image: ImageContents | undefined;
  /** Section that views of this one show in its place: that of the file behind it; 0 for its own pages. */
  contents: number;
  /** Pages that the system has promised for it. */
  charge: number;
  /** Frames by page number; the section holds one reference to each. */
  pages: Map<number, number>;
  /** Pages that may differ from what the source has. */
  dirty: Set<number>;
  /** Keys of pages that the compression store has, by page number. */
  stored: Map<number, number>;
}

export interface SectionRequest {
  /** Bytes. */
  readonly size: number;
  /** `dataFile` with a source, else `pageFile`, unless it says otherwise. */
  readonly kind?: SectionKind;
  readonly source?: SectionSource | undefined;
  /** PAGE_EXECUTE_READWRITE's mask unless given. */
  readonly protection?: ProtectionMask;
  /** Section with the contents, whose reference it takes over. */
  readonly contents?: number;
}

/** A section with one reference, not charged for. Without a source its pages start as zeros. */
export function createSection(kernel: Kernel, request: SectionRequest): number {
  const id = nextObject(kernel);
  kernel.state.sections.set(id, {
    id,
    kind: request.kind ?? (request.source ? 'dataFile' : 'pageFile'),
    size: request.size,
    references: 1,
    source: request.source,
    protection: request.protection ?? MM_EXECUTE_READWRITE,
    reserve: undefined,
    image: undefined,
    contents: request.contents ?? 0,
    charge: 0,
    pages: new Map(),
    dirty: new Set(),
    stored: new Map(),
  });
  return id;
}

/**
 * A section backed by paging files, as NtCreateSection makes without a file. SEC_COMMIT promises all its pages now,
 * SEC_RESERVE each when a view commits it.
 */
export function createPagingSection(
  kernel: Kernel,
  request: { size: number; protection: ProtectionMask; isReserve: boolean },
): { status: NtStatus; section: number } {
  const pages = roundUp(request.size) / PAGE_SIZE;
  if (pages === 0) return { status: STATUS_INVALID_PARAMETER, section: 0 };
  const status = request.isReserve ? STATUS_SUCCESS : chargeSystem(kernel, pages);
  if (status !== STATUS_SUCCESS) return { status, section: 0 };
  const id = createSection(kernel, { size: pages * PAGE_SIZE, protection: request.protection });
  const section = getSection(kernel, id);
  if (request.isReserve) {
    const run = { first: 0, count: pages, committed: false, protection: MM_ZERO_ACCESS, charged: false };
    section.reserve = { start: 0, runs: [run] };
  } else section.charge = pages;
  return { status, section: id };
}

export function getSection(kernel: Kernel, id: number): Section {
  const section = kernel.state.sections.get(id);
  assert(section, `there is no section ${id}`);
  return section;
}

export function referenceSection(kernel: Kernel, id: number): void {
  getSection(kernel, id).references++;
}

/** Drops a reference; the last one frees the section's frames. */
export function closeSection(kernel: Kernel, id: number): void {
  const section = getSection(kernel, id);
  if (--section.references > 0) return;
  if (isSparse(section)) kernel.state.fileBytes -= heldPages(section) * PAGE_SIZE;
  for (const frame of section.pages.values()) kernel.frames.release(frame);
  for (const key of section.stored.values()) releaseRecord(kernel, key);
  const pages = Math.ceil(section.size / PAGE_SIZE);
  const reserved = section.reserve ? countPages(section.reserve, 0, pages, run => run.charged) : 0;
  returnToSystem(kernel, section.charge + reserved);
  kernel.state.sections.delete(id);
  if (typeof section.image?.file === 'number') closeSection(kernel, section.image.file);
  if (section.contents !== 0) closeSection(kernel, section.contents);
}

/** Whether a touch of the page would make files hold more than they may. */
export function isTooMuch(kernel: Kernel, section: Section, page: number): boolean {
  return isSparse(section) && !hasPage(section, page) && !isRoomFor(kernel, PAGE_SIZE);
}

/** The frame of a page, made if need be; undefined behind the section's end. */
export function sectionFrame(kernel: Kernel, section: Section, page: number): number | undefined {
  if (page * PAGE_SIZE >= section.size) return undefined;
  let frame = section.pages.get(page);
  if (frame === undefined) {
    frame = kernel.frames.allocateInPool();
    section.pages.set(page, frame);
    const key = section.stored.get(page);
    if (key === undefined) {
      if (isSparse(section)) kernel.state.fileBytes += PAGE_SIZE;
      fillPage(kernel, section, page, kernel.frames.bytes(frame));
    } else {
      loadStored(kernel, key, kernel.frames.bytes(frame));
      section.stored.delete(page);
      section.dirty.add(page);
    }
  }
  return frame;
}

function fillPage(kernel: Kernel, { source, image }: Section, page: number, into: Uint8Array): void {
  if (source) {
    kernel.state.paging.fileReads++;
    getDriver(kernel, source.driver).readPage(source.file, page, into);
  } else if (image) readImagePage(kernel, image, page * PAGE_SIZE, into);
}

/** What the file has of the image there, relocated. `into` is zero. */
function readImagePage(kernel: Kernel, image: ImageContents, rva: number, into: Uint8Array): void {
  readImageBytes(kernel, image, rva, into);
  const { places, delta } = image.relocations ?? NO_RELOCATIONS;
  const word = new Uint8Array(8);
  const view = new DataView(word.buffer);
  // A word may begin on the page before and end on the page behind.
  for (let index = firstAbove(places, rva - word.length); places[index] < rva + into.length; index++) {
    const at = places[index] - rva;
    word.fill(0);
    readImageBytes(kernel, image, places[index], word);
    view.setBigUint64(0, view.getBigUint64(0, true) + BigInt(delta), true);
    for (let i = 0; i < word.length; i++) if (at + i >= 0 && at + i < into.length) into[at + i] = word[i];
  }
}

const NO_RELOCATIONS: Relocations = { delta: 0, places: new Uint32Array(0) };

/** Index of the first place above `bound`. */
function firstAbove(places: Uint32Array, bound: number): number {
  let low = 0;
  let high = places.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (places[middle] <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the file has of the subsections there; zeros behind that and between subsections. */
function readImageBytes(kernel: Kernel, { file, subsections }: ImageContents, rva: number, into: Uint8Array): void {
  for (const part of subsections) {
    const low = Math.max(rva, part.rva);
    const high = Math.min(rva + into.length, part.rva + part.fileSize);
    if (low >= high) continue;
    const bytes = into.subarray(low - rva, high - rva);
    const offset = part.fileOffset + low - part.rva;
    if (typeof file === 'number') readSection(kernel, file, offset, bytes);
    else bytes.set(file.subarray(offset, offset + bytes.length));
  }
}

/** Copies from `offset` on; returns how many bytes there were before the end. */
export function readSection(kernel: Kernel, id: number, offset: number, into: Uint8Array): number {
  const section = getSection(kernel, id);
  const count = Math.max(0, Math.min(into.length, section.size - offset));
  for (let done = 0; done < count; ) {
    const within = (offset + done) % PAGE_SIZE;
    const length = Math.min(PAGE_SIZE - within, count - done);
    const page = Math.floor((offset + done) / PAGE_SIZE);
    if (section.source || section.image || section.pages.has(page) || section.stored.has(page)) {
      const frame = sectionFrame(kernel, section, page) as number;
      into.set(kernel.frames.bytes(frame).subarray(within, within + length), done);
    } else into.fill(0, done, done + length);
    done += length;
  }
  return count;
}

/** Writes at `offset`, making the section longer if need be. */
export function writeSection(kernel: Kernel, id: number, offset: number, bytes: Uint8Array): void {
  const section = getSection(kernel, id);
  if (offset + bytes.length > section.size) section.size = offset + bytes.length;
  for (let done = 0; done < bytes.length; ) {
    const within = (offset + done) % PAGE_SIZE;
    const length = Math.min(PAGE_SIZE - within, bytes.length - done);
    const page = Math.floor((offset + done) / PAGE_SIZE);
    const frame = sectionFrame(kernel, section, page) as number;
    section.dirty.add(page);
    dropCopies(kernel, section, page);
    kernel.frames.bytes(frame).set(bytes.subarray(done, done + length), within);
    done += length;
  }
}

/** Zeros in place of `[offset, offset + bytes)`. What nobody else shows is not kept. */
export function clearSection(kernel: Kernel, id: number, offset: number, bytes: number): void {
  const section = getSection(kernel, id);
  const end = Math.min(offset + bytes, section.size);
  if (isSparse(section)) dropPages(kernel, section, Math.ceil(offset / PAGE_SIZE), Math.floor(end / PAGE_SIZE));
  const pages = section.source ? everyPage(offset, end) : [...section.pages.keys(), ...section.stored.keys()];
  for (const page of pages) {
    const low = Math.max(offset - page * PAGE_SIZE, 0);
    const high = Math.min(end - page * PAGE_SIZE, PAGE_SIZE);
    if (low >= high) continue;
    dropCopies(kernel, section, page);
    kernel.frames.bytes(sectionFrame(kernel, section, page) as number).fill(0, low, high);
    section.dirty.add(page);
  }
}

function everyPage(offset: number, end: number): number[] {
  const first = Math.floor(offset / PAGE_SIZE);
  return Array.from({ length: Math.max(0, Math.ceil(end / PAGE_SIZE) - first) }, (_, index) => first + index);
}

/** Makes pages of a sparse file that have no frames into holes, and those whose frames no view shows. */
function dropPages(kernel: Kernel, section: Section, first: number, end: number): void {
  const before = heldPages(section);
  for (const [page, frame] of section.pages)
    if (page >= first && page < end && kernel.frames.liveReferencesOf(frame) === 1) {
      kernel.frames.release(frame);
      section.pages.delete(page);
      section.dirty.delete(page);
    }
  for (const [page, key] of section.stored)
    if (page >= first && page < end) {
      releaseRecord(kernel, key);
      section.stored.delete(page);
      section.dirty.delete(page);
    }
  kernel.state.fileBytes -= (before - heldPages(section)) * PAGE_SIZE;
}

/** Sets the size; what is cut off reads as zero if the section grows again. */
export function resizeSection(kernel: Kernel, id: number, size: number): void {
  const section = getSection(kernel, id);
  if (size < section.size) {
    const whole = Math.ceil(size / PAGE_SIZE);
    const before = heldPages(section);
    for (const [page, frame] of section.pages)
      if (page >= whole) {
        kernel.frames.release(frame);
        section.pages.delete(page);
      }
    for (const [page, key] of section.stored)
      if (page >= whole) {
        releaseRecord(kernel, key);
        section.stored.delete(page);
      }
    for (const page of section.dirty) if (page >= whole) section.dirty.delete(page);
    if (isSparse(section)) kernel.state.fileBytes -= (before - heldPages(section)) * PAGE_SIZE;
    if (size % PAGE_SIZE !== 0 && (section.pages.has(whole - 1) || section.stored.has(whole - 1))) {
      dropCopies(kernel, section, whole - 1);
      kernel.frames.bytes(sectionFrame(kernel, section, whole - 1) as number).fill(0, size % PAGE_SIZE);
      section.dirty.add(whole - 1);
    }
  }
  section.size = size;
}
