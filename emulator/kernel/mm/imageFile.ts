/** MiCreateImageFileMap: from the bytes of a PE file to an image section, and where images go. */

import { roundUp } from '../../base/pages.ts';
import * as pe from '../../formats/peConstants.ts';
import { readPe, readRelocations } from '../../formats/pe.ts';
import type { PeFile } from '../../formats/pe.ts';
import type { Kernel } from '../kernel.ts';
import { STATUS_CONFLICTING_ADDRESSES, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createImageSection } from './imageSection.ts';
import type { SubsectionRequest } from './imageSection.ts';
import { NT_GRANULARITY } from './place.ts';
import * as protection from './protection.ts';
import { getSection } from './section.ts';
import type { Section } from './section.ts';

/** Where images go that can be relocated, for all processes alike: above the processor's tables, below other memory. */
const IMAGES_LOW = 0x1000_0000;
const IMAGES_HIGH = 0x1fe0_0000;

export interface ImageSection {
  readonly status: NtStatus;
  readonly section: number;
}

/**
 * The image section of the PE file with these bytes; `source` is where its pages come from, as of
 * {@link createImageSection}. Throws a FormatError if it is no image.
 */
export function createImageFileSection(
  kernel: Kernel,
  bytes: Uint8Array,
  source: number | Uint8Array,
): ImageSection & { file: PeFile } {
  const file = readPe(bytes);
  const same = typeof source === 'number' ? findImage(kernel, source) : undefined;
  if (same) {
    same.references++;
    return { status: STATUS_SUCCESS, section: same.id, file };
  }
  const places = file.characteristics & pe.IMAGE_FILE_RELOCS_STRIPPED ? undefined : readRelocations(bytes, file);
  const base = selectImageBase(kernel, file, places !== undefined);
  if (base === undefined) return { status: STATUS_CONFLICTING_ADDRESSES, section: 0, file };
  const created = createImageSection(kernel, {
    file: source,
    size: file.imageSize,
    base,
    subsections: subsectionsOf(file),
    relocations:
      places && base !== file.imageBase ? { delta: base - file.imageBase, places: places.sort() } : undefined,
  });
  return { ...created, file };
}

/** All who run a file share one image section, as long as anybody runs it (the file's ImageSectionObject). */
function findImage(kernel: Kernel, contents: number): Section | undefined {
  const { source, size } = getSection(kernel, contents);
  for (const section of kernel.state.sections.values()) {
    const behind = typeof section.image?.file === 'number' ? getSection(kernel, section.image.file) : undefined;
    if (
      source &&
      behind?.size === size &&
      behind.source?.driver === source.driver &&
      behind.source.file === source.file
    )
      return section;
  }
  return undefined;
}

/**
 * MiSelectImageBase: images that can be relocated get a place that no other image has, the same in every process. There
 * is no chance in it, so that equal runs are equal. Others stay where they were linked to.
 */
function selectImageBase(kernel: Kernel, file: PeFile, isRelocatable: boolean): number | undefined {
  if (!isRelocatable) return file.imageBase;
  const taken = [...kernel.state.sections.values()]
    .flatMap(({ image, size }) => (image ? [{ start: image.base, end: image.base + size }] : []))
    .sort((left, right) => left.start - right.start);
  let at = IMAGES_LOW;
  for (const { start, end } of taken) {
    if (at + file.imageSize <= start) break;
    at = Math.max(at, roundUp(end, NT_GRANULARITY));
  }
  return at + file.imageSize <= IMAGES_HIGH ? at : file.imageBase;
}

/** The headers and the sections, each with its protection. */
function subsectionsOf({ headersSize, sections }: PeFile): SubsectionRequest[] {
  return [
    { rva: 0, size: headersSize, fileOffset: 0, fileSize: headersSize, protection: protection.PAGE_READONLY },
    ...sections.map(({ address, memorySize, offset, fileSize, characteristics }) => ({
      rva: address,
      size: memorySize,
      fileOffset: offset,
      fileSize: Math.min(fileSize, memorySize),
      protection: protectionOf(characteristics),
    })),
  ];
}

/** MiGetImageProtection: writable sections are written in copies, unless the image shares them. */
function protectionOf(characteristics: number): number {
  const isExecutable = (characteristics & pe.IMAGE_SCN_MEM_EXECUTE) !== 0;
  const isShared = (characteristics & pe.IMAGE_SCN_MEM_SHARED) !== 0;
  if (characteristics & pe.IMAGE_SCN_MEM_WRITE) {
    if (isShared) return isExecutable ? protection.PAGE_EXECUTE_READWRITE : protection.PAGE_READWRITE;
    return isExecutable ? protection.PAGE_EXECUTE_WRITECOPY : protection.PAGE_WRITECOPY;
  }
  if (isExecutable) return protection.PAGE_EXECUTE_READ;
  return characteristics & pe.IMAGE_SCN_MEM_READ ? protection.PAGE_READONLY : protection.PAGE_NOACCESS;
}
