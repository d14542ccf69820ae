/** Copies between the kernel and user memory, with the page faults that such accesses may take. */

import { PF_USER, PF_WRITE } from '../../cpu/exits.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_SUCCESS } from '../status.ts';
import { addressSpace, hasAddressSpace } from './addressSpaces.ts';
import { accessFault } from './fault.ts';

/** The page may be shown by one fault and, when memory is short, its copy made after another. */
const MOST_FAULTS = 3;

/** Reads user memory as user code could; returns how many bytes went before the first that could not be read. */
export function copyFromUser(kernel: Kernel, process: Process, address: number, into: Uint8Array): number {
  if (!hasAddressSpace(kernel, process)) return 0;
  const space = addressSpace(kernel, process);
  return copy(kernel, process, address, into, PF_USER, (at, rest) => space.copyOut(at, rest));
}

/** Writes user memory as user code could; returns how many bytes went before the first that could not be written. */
export function copyToUser(kernel: Kernel, process: Process, address: number, bytes: Uint8Array): number {
  if (!hasAddressSpace(kernel, process)) return 0;
  const space = addressSpace(kernel, process);
  return copy(kernel, process, address, bytes, PF_USER | PF_WRITE, (at, rest) => space.copyIn(at, rest));
}

function copy(
  kernel: Kernel,
  process: Process,
  address: number,
  bytes: Uint8Array,
  access: number,
  transfer: (at: number, rest: Uint8Array) => number,
): number {
  let done = transfer(address, bytes);
  for (let faults = 1; done < bytes.length && faults <= MOST_FAULTS; faults++) {
    if (accessFault(kernel, process, address + done, access) !== STATUS_SUCCESS) return done;
    const more = transfer(address + done, bytes.subarray(done));
    done += more;
    if (more > 0) faults = 0;
  }
  return done;
}
