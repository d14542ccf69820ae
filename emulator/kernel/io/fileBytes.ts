/** Contents of files: whole ones for readers of formats, and the sections that views of them show. */

import { PAGE_SIZE } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { createSection, readSection, referenceSection } from '../mm/section.ts';
import type { SectionSource } from '../mm/section.ts';
import { getDriver } from './driver.ts';

/** The section with a file's contents, referenced for the caller; one of its own where the driver keeps none. */
export function openContents(kernel: Kernel, source: SectionSource, size: number): number {
  const kept = getDriver(kernel, source.driver).files?.section?.(source.file);
  if (kept === undefined) return createSection(kernel, { size, source });
  referenceSection(kernel, kept);
  return kept;
}

/** All of a file. */
export function readFileBytes(kernel: Kernel, source: SectionSource, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const kept = getDriver(kernel, source.driver).files?.section?.(source.file);
  if (kept !== undefined) {
    readSection(kernel, kept, 0, bytes);
    return bytes;
  }
  const page = new Uint8Array(PAGE_SIZE);
  for (let at = 0; at < size; at += PAGE_SIZE) {
    getDriver(kernel, source.driver).readPage(source.file, at / PAGE_SIZE, page);
    bytes.set(page.subarray(0, Math.min(PAGE_SIZE, size - at)), at);
  }
  return bytes;
}
