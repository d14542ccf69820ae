/**
 * Sections: memory that views show and files keep their contents in. Pages are frames (NT's prototype PTEs), made when
 * first asked for: zeroed, or read from the file behind the section.
 */

import { assert } from '../../base/assert.ts';
import { PAGE_SIZE } from '../../base/pages.ts';
import { getDriver } from '../io/driver.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';

export interface SectionSource {
  /** Name of a registered file system driver, and its own name for the file. */
  readonly driver: string;
  readonly file: string;
}

export interface Section {
  id: number;
  /** Bytes. */
  size: number;
  references: number;
  source: SectionSource | undefined;
  /** Frames by page number; the section holds one reference to each. */
  pages: Map<number, number>;
}

/** A section with one reference. Without a source its pages start as zeros. */
export function createSection(kernel: Kernel, options: { size: number; source?: SectionSource }): number {
  const id = nextObject(kernel);
  kernel.state.sections.set(id, { id, size: options.size, references: 1, source: options.source, pages: new Map() });
  return id;
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
  for (const frame of section.pages.values()) kernel.frames.release(frame);
  kernel.state.sections.delete(id);
}

/** The frame of a page, made if need be; undefined behind the section's end. */
export function sectionFrame(kernel: Kernel, section: Section, page: number): number | undefined {
  if (page * PAGE_SIZE >= section.size) return undefined;
  let frame = section.pages.get(page);
  if (frame === undefined) {
    frame = kernel.frames.allocateInPool();
    section.pages.set(page, frame);
    if (section.source)
      getDriver(kernel, section.source.driver).readPage(section.source.file, page, kernel.frames.bytes(frame));
  }
  return frame;
}

/** Copies from `offset` on; returns how many bytes there were before the end. */
export function readSection(kernel: Kernel, id: number, offset: number, into: Uint8Array): number {
  const section = getSection(kernel, id);
  const count = Math.max(0, Math.min(into.length, section.size - offset));
  for (let done = 0; done < count; ) {
    const within = (offset + done) % PAGE_SIZE;
    const length = Math.min(PAGE_SIZE - within, count - done);
    const page = Math.floor((offset + done) / PAGE_SIZE);
    if (section.source || section.pages.has(page)) {
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
    const frame = sectionFrame(kernel, section, Math.floor((offset + done) / PAGE_SIZE)) as number;
    kernel.frames.bytes(frame).set(bytes.subarray(done, done + length), within);
    done += length;
  }
}

/** Sets the size; what is cut off reads as zero if the section grows again. */
export function resizeSection(kernel: Kernel, id: number, size: number): void {
  const section = getSection(kernel, id);
  if (size < section.size) {
    const whole = Math.ceil(size / PAGE_SIZE);
    for (const [page, frame] of section.pages)
      if (page >= whole) {
        kernel.frames.release(frame);
        section.pages.delete(page);
      }
    if (size % PAGE_SIZE !== 0 && section.pages.has(whole - 1))
      kernel.frames.bytes(section.pages.get(whole - 1) as number).fill(0, size % PAGE_SIZE);
  }
  section.size = size;
}
