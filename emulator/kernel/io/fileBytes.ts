/** Whole files, for readers of formats: past the section, so that no frames are spent on them. */

import { PAGE_SIZE } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { SectionSource } from '../mm/section.ts';
import { getDriver } from './driver.ts';

export function readFileBytes(kernel: Kernel, { driver, file }: SectionSource, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const page = new Uint8Array(PAGE_SIZE);
  for (let at = 0; at < size; at += PAGE_SIZE) {
    getDriver(kernel, driver).readPage(file, at / PAGE_SIZE, page);
    bytes.set(page.subarray(0, Math.min(PAGE_SIZE, size - at)), at);
  }
  return bytes;
}
