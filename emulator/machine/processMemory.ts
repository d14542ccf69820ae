/**
 * Memory of a process as a debugger sees it. Committed pages that nobody has touched yet have contents too: zeros, or
 * what their section says. Looking changes nothing that the guest could see.
 */

import { PAGE_SIZE, pageOf } from '../base/pages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressSpace } from '../kernel/mm/addressSpaces.ts';
import { accessFault } from '../kernel/mm/fault.ts';
import { isExecutable } from '../kernel/mm/protectionMask.ts';
import { pageState } from '../kernel/mm/pageState.ts';
import { getSection, readSection } from '../kernel/mm/section.ts';
import { findVad } from '../kernel/mm/vad.ts';
import type { Process } from '../kernel/ps/process.ts';
import { readStored } from '../kernel/sm/load.ts';
import { STATUS_SUCCESS } from '../kernel/status.ts';
import { PAGED_OUT } from '../memory/pageTable.ts';

export interface ProcessMemory {
  /** Answers with how many bytes in a row there were. */
  peek(address: number, into: Uint8Array): number;
  /** Writes whatever the protections say; answers with how many bytes in a row there were. */
  poke(address: number, bytes: Uint8Array): number;
  isCommitted(address: number): boolean;
  isExecutable(address: number): boolean;
}

export function processMemory(kernel: Kernel, process: Process): ProcessMemory {
  const space = addressSpace(kernel, process);

  /** The protection of a committed page. */
  function protectionAt(address: number): number | undefined {
    const vad = findVad(process, pageOf(address));
    const state = vad && pageState(kernel, vad, pageOf(address));
    return state?.committed ? state.protection : undefined;
  }

  /** The part of `into` that lies in the page of `address`, which has no frame. */
  function peekUntouched(address: number, into: Uint8Array): number {
    const page = pageOf(address);
    const vad = findVad(process, page);
    if (!vad || !pageState(kernel, vad, page).committed) return 0;
    const offset = address - page * PAGE_SIZE;
    const part = into.subarray(0, PAGE_SIZE - offset);
    part.fill(0);
    if (space.entry(page) & PAGED_OUT) {
      const contents = new Uint8Array(PAGE_SIZE);
      readStored(kernel, space.frame(page), contents);
      part.set(contents.subarray(offset, offset + part.length));
      return part.length;
    }
    if (vad.section === 0) return part.length;
    const start = (vad.sectionPage + page - vad.start) * PAGE_SIZE;
    // The last page of a section goes on with zeros; pages behind it raise errors when they are touched.
    if (start >= getSection(kernel, vad.section).size) return 0;
    readSection(kernel, vad.section, start + offset, part);
    return part.length;
  }

  /** As many steps of `present` as there are, with `absent` where it comes to a page without a frame. */
  function transfer(
    address: number,
    bytes: Uint8Array,
    present: (at: number, rest: Uint8Array) => number,
    absent: (at: number, rest: Uint8Array) => number,
  ): number {
    let done = 0;
    while (done < bytes.length) {
      const at = address + done;
      const more = present(at, bytes.subarray(done)) || absent(at, bytes.subarray(done));
      if (more === 0) break;
      done += more;
    }
    return done;
  }

  return {
    peek: (address, into) => transfer(address, into, (at, rest) => space.peek(at, rest), peekUntouched),
    poke: (address, bytes) =>
      transfer(
        address,
        bytes,
        (at, rest) => space.poke(at, rest),
        (at, rest) => {
          const shown = protectionAt(at) !== undefined && accessFault(kernel, process, at, 0) === STATUS_SUCCESS;
          return shown ? space.poke(at, rest) : 0;
        },
      ),
    isCommitted: address => protectionAt(address) !== undefined,
    isExecutable(address) {
      const protection = protectionAt(address);
      return protection !== undefined && isExecutable(protection);
    },
  };
}
