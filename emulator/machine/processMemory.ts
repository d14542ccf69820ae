/**
 * Memory of a process as a debugger sees it. Committed pages that nobody has touched yet have contents too: zeros, or
 * what their section says. Looking changes nothing that the guest could see.
 */

import { pageOf } from '../base/pages.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { addressSpace } from '../kernel/mm/addressSpaces.ts';
import { accessFault } from '../kernel/mm/fault.ts';
import { isExecutable } from '../kernel/mm/protectionMask.ts';
import { pageState } from '../kernel/mm/pageState.ts';
import { peekInto } from '../kernel/mm/peek.ts';
import { findVad } from '../kernel/mm/vad.ts';
import type { Process } from '../kernel/ps/process.ts';
import { STATUS_SUCCESS } from '../kernel/status.ts';

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

  /** Shows a page that has no frame at present. */
  function bring(address: number): boolean {
    return protectionAt(address) !== undefined && accessFault(kernel, process, address, 0) === STATUS_SUCCESS;
  }

  return {
    peek: (address, into) => peekInto(kernel, process, address, into),
    poke(address, bytes) {
      let done = 0;
      while (done < bytes.length) {
        const at = address + done;
        const rest = bytes.subarray(done);
        const more = space.poke(at, rest) || (bring(at) ? space.poke(at, rest) : 0);
        if (more === 0) break;
        done += more;
      }
      if (done > 0) noteWritten(kernel, process, address, done);
      return done;
    },
    isCommitted: address => protectionAt(address) !== undefined,
    isExecutable(address) {
      const protection = protectionAt(address);
      return protection !== undefined && isExecutable(protection);
    },
  };
}

/** Pages of files that were written here must not be dropped and read again. */
function noteWritten(kernel: Kernel, process: Process, address: number, size: number): void {
  for (let page = pageOf(address); page <= pageOf(address + size - 1); page++) {
    const vad = findVad(process, page);
    const section = vad && kernel.state.sections.get(vad.section);
    if (!vad || !section) continue;
    const sectionPage = vad.sectionPage + page - vad.start;
    if (section.pages.get(sectionPage) === addressSpace(kernel, process).frame(page)) section.dirty.add(sectionPage);
  }
}
