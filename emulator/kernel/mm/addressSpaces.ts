/** Address spaces of processes: making, finding and ending them. */

import { assert } from '../../base/assert.ts';
import { AddressSpace } from '../../memory/addressSpace.ts';
import { Window } from '../../memory/window.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { forgetPage } from './paging.ts';

export function createAddressSpace(kernel: Kernel, process: Process): AddressSpace {
  const space = new AddressSpace(() => kernel.freeWindows.pop() ?? new Window(), kernel.frames);
  space.onPagedOutGone = (page, place, flags) => forgetPage(kernel, process.id, page, place, flags);
  kernel.spaces.set(process.id, space);
  return space;
}

/**
 * Whether the process has user memory that this kernel can reach: System has none, and that of Secure System belongs to
 * the secure kernel. Whoever acts on memory of a process that somebody named asks first.
 */
export function hasAddressSpace(kernel: Kernel, process: Process): boolean {
  return kernel.spaces.has(process.id);
}

export function addressSpace(kernel: Kernel, process: Process): AddressSpace {
  const space = kernel.spaces.get(process.id);
  assert(space, `process ${process.id} has no address space`);
  return space;
}

/** Gives the window back. The address space must be empty. */
export function deleteAddressSpace(kernel: Kernel, process: Process): void {
  const space = addressSpace(kernel, process);
  kernel.processor.detach(space);
  space.clear();
  const window = space.takeWindow();
  if (window) kernel.freeWindows.push(window);
  kernel.spaces.delete(process.id);
}
