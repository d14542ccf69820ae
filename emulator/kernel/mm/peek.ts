/** User memory as it can be looked at from outside: nothing that the guest could notice happens. */

import { PAGE_SIZE, pageOf } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { addressSpace } from './addressSpaces.ts';
import { readSection } from './section.ts';
import { findVad } from './vad.ts';

/** Bytes of guest memory without touching it: pages that are not there yet are read where they would come from. */
export function peekUser(kernel: Kernel, process: Process, address: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const space = addressSpace(kernel, process);
  let done = 0;
  while (done < size) {
    const part = bytes.subarray(done, Math.min(size, done + PAGE_SIZE - ((address + done) % PAGE_SIZE)));
    if (space.peek(address + done, part) < part.length && !peekAbsent(kernel, process, address + done, part)) break;
    done += part.length;
  }
  return bytes.subarray(0, done);
}

/** A page that nobody has touched: zero in private memory, from the section in views. */
function peekAbsent(kernel: Kernel, process: Process, address: number, into: Uint8Array): boolean {
  const page = pageOf(address);
  const vad = findVad(process, page);
  const run = vad?.runs.find(({ first, count }) => page - vad.start < first + count);
  if (!vad || !run?.committed) return false;
  if (vad.section === 0) {
    into.fill(0);
    return true;
  }
  const offset = (vad.sectionPage + page - vad.start) * PAGE_SIZE + (address % PAGE_SIZE);
  return readSection(kernel, vad.section, offset, into) > 0;
}
