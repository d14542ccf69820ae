/** Copies between the kernel and user memory, with the page faults that such accesses may take. */

import { PF_USER, PF_WRITE } from '../../cpu/exits.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { STATUS_SUCCESS } from '../status.ts';
import { addressSpace, hasAddressSpace } from './addressSpaces.ts';
import { accessFault } from './fault.ts';

/** Reads user memory as user code could; returns how many bytes went before the first that could not be read. */
export function copyFromUser(kernel: Kernel, process: Process, address: number, into: Uint8Array): number {
  if (!hasAddressSpace(kernel, process)) return 0;
  const space = addressSpace(kernel, process);
  let done = space.copyOut(address, into);
  while (done < into.length) {
    if (accessFault(kernel, process, address + done, PF_USER) !== STATUS_SUCCESS) return done;
    const more = space.copyOut(address + done, into.subarray(done));
    if (more === 0) return done;
    done += more;
  }
  return done;
}

/** Writes user memory as user code could; returns how many bytes went before the first that could not be written. */
export function copyToUser(kernel: Kernel, process: Process, address: number, bytes: Uint8Array): number {
  if (!hasAddressSpace(kernel, process)) return 0;
  const space = addressSpace(kernel, process);
  let done = space.copyIn(address, bytes);
  while (done < bytes.length) {
    if (accessFault(kernel, process, address + done, PF_USER | PF_WRITE) !== STATUS_SUCCESS) return done;
    const more = space.copyIn(address + done, bytes.subarray(done));
    if (more === 0) return done;
    done += more;
  }
  return done;
}
