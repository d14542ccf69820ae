/** Cloning an address space: the VADs are copied, the pages shared until one side writes. */

import { clone } from '../../base/clone.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { addressSpace } from './addressSpaces.ts';
import { referenceSection } from './section.ts';

/** Gives `child`, which has an empty address space, a copy of `parent`'s. */
export function cloneAddressSpace(kernel: Kernel, parent: Process, child: Process): void {
  child.vads = clone(parent.vads);
  for (const vad of child.vads) if (vad.section) referenceSection(kernel, vad.section);
  child.commit = parent.commit;
  child.peakCommit = parent.commit;
  addressSpace(kernel, child).adoptTable(addressSpace(kernel, parent).shareTable());
}
