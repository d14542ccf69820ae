/** User memory as it can be looked at from outside: nothing that the guest could notice happens. */

import { PAGE_SIZE, pageOf } from '../../base/pages.ts';
import { PAGED_OUT } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { readStored } from '../sm/load.ts';
import { addressSpace } from './addressSpaces.ts';
import { pageState } from './pageState.ts';
import { getSection, readSection } from './section.ts';
import { findVad } from './vad.ts';

/** Bytes of guest memory without touching it, as many in a row as there are. */
export function peekUser(kernel: Kernel, process: Process, address: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, peekInto(kernel, process, address, bytes));
}

/** The same into an array; answers with how many bytes there were. */
export function peekInto(kernel: Kernel, process: Process, address: number, into: Uint8Array): number {
  const space = addressSpace(kernel, process);
  let done = 0;
  while (done < into.length) {
    const rest = into.subarray(done);
    const more = space.peek(address + done, rest) || peekAbsent(kernel, process, address + done, rest);
    if (more === 0) break;
    done += more;
  }
  return done;
}

/**
 * The part of `into` that lies in the page of `address`, which has no frame: from the compression store, from its
 * section, or zeros.
 */
function peekAbsent(kernel: Kernel, process: Process, address: number, into: Uint8Array): number {
  const page = pageOf(address);
  const vad = findVad(process, page);
  if (!vad || !pageState(kernel, vad, page).committed) return 0;
  const space = addressSpace(kernel, process);
  const offset = address - page * PAGE_SIZE;
  const part = into.subarray(0, PAGE_SIZE - offset);
  part.fill(0);
  if (space.entry(page) & PAGED_OUT) {
    const contents = new Uint8Array(PAGE_SIZE);
    readStored(kernel, space.frame(page), contents);
    part.set(contents.subarray(offset, offset + part.length));
    return part.length;
  }
  if (vad.privateMemory) return part.length;
  // The last page of a section goes on with zeros; pages behind it raise errors when they are touched.
  const start = (vad.sectionPage + page - vad.start) * PAGE_SIZE;
  if (start >= getSection(kernel, vad.section).size) return 0;
  readSection(kernel, vad.section, start + offset, part);
  return part.length;
}
