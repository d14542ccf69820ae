/**
 * Image sections (SEC_IMAGE): an executable file laid out as its headers say. Each subsection has its own protection;
 * writable data is write-copy, and a page of it that was written stays MEM_IMAGE. Reading the headers is the loader's
 * business: this takes what they say.
 */

import { PAGE_SIZE, pageOf, roundUp } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { STATUS_INVALID_IMAGE_FORMAT, STATUS_INVALID_PAGE_PROTECTION, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { MM_EXECUTE_WRITECOPY, MM_NOACCESS, makeProtectionMask } from './protectionMask.ts';
import type { Run } from './runs.ts';
import { createSection, getSection, referenceSection } from './section.ts';
import type { Relocations, Section, Subsection } from './section.ts';

export interface SubsectionRequest {
  /** From the image's base, a multiple of the page size. Bytes, as all sizes here. */
  readonly rva: number;
  /** In memory; rounded up to pages. */
  readonly size: number;
  /** Need not be aligned. */
  readonly fileOffset: number;
  /** What the file has; the rest is zeros. */
  readonly fileSize: number;
  /** PAGE_*: PAGE_WRITECOPY or PAGE_EXECUTE_WRITECOPY for writable data, PAGE_READWRITE for data that processes share. */
  readonly protection: number;
}

export interface ImageRequest {
  /** Where the bytes are: the id of a section with the file's contents (it gets a reference), or the bytes. */
  readonly file: number | Uint8Array;
  /** Bytes from the first to the last page in memory, SizeOfImage. */
  readonly size: number;
  /** Preferred base address. */
  readonly base: number;
  /** In order of `rva`; the headers are one of them (PAGE_READONLY). */
  readonly subsections: readonly SubsectionRequest[];
  /** What must change of the bytes because `base` is not where the image was linked to. */
  readonly relocations?: Relocations;
}

/**
 * An image section with one reference. Show it with `mapViewOfSection({ section, size: 0, offset: 0, … })`, which puts
 * it at its preferred base or says STATUS_IMAGE_NOT_AT_BASE, and release it with `closeSection`.
 */
export function createImageSection(kernel: Kernel, request: ImageRequest): { status: NtStatus; section: number } {
  const subsections: Subsection[] = [];
  let end = 0;
  for (const { rva, size, fileOffset, fileSize, protection } of request.subsections) {
    const mask = makeProtectionMask(protection);
    if (mask === undefined) return { status: STATUS_INVALID_PAGE_PROTECTION, section: 0 };
    if (rva % PAGE_SIZE !== 0 || rva < end || size <= 0) return { status: STATUS_INVALID_IMAGE_FORMAT, section: 0 };
    end = rva + roundUp(size);
    subsections.push({ rva, size: roundUp(size), fileOffset, fileSize: Math.min(fileSize, size), protection: mask });
  }
  if (end === 0 || end > roundUp(request.size)) return { status: STATUS_INVALID_IMAGE_FORMAT, section: 0 };
  const id = createSection(kernel, { size: roundUp(request.size), kind: 'image', protection: MM_EXECUTE_WRITECOPY });
  if (typeof request.file === 'number') referenceSection(kernel, request.file);
  getSection(kernel, id).image = {
    base: request.base,
    subsections,
    file: request.file,
    relocations: request.relocations,
  };
  return { status: STATUS_SUCCESS, section: id };
}

/** Runs of a view of the whole image; what no subsection covers allows no access. */
export function imageRuns(section: Section): Run[] {
  const runs: Run[] = [];
  const push = (from: number, to: number, protection: number): void => {
    if (from < to) runs.push({ first: from, count: to - from, committed: true, protection, charged: false });
  };
  let at = 0;
  for (const { rva, size, protection } of section.image?.subsections ?? []) {
    push(at, pageOf(rva), MM_NOACCESS);
    push(pageOf(rva), pageOf(rva + size), protection);
    at = pageOf(rva + size);
  }
  push(at, pageOf(section.size), MM_NOACCESS);
  return runs;
}
