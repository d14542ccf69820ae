/** Cloning an address space: the VADs are copied, the pages shared until one side writes. */

import { PAGE_SIZE, USER_LIMIT } from '../../base/pages.ts';
import { PAGED_OUT, TRANSITION, forEachEntry } from '../../memory/pageTable.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { referenceRecord } from '../sm/records.ts';
import { STATUS_ACCESS_DENIED, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace, hasAddressSpace } from './addressSpaces.ts';
import { chargeClone, checkCharge, returnCharge } from './charge.ts';
import { addModified } from './paging.ts';
import { VIEW_UNMAP } from './protection.ts';
import { referenceSection } from './section.ts';
import { chargedPages } from './vad.ts';

export interface CloneOptions {
  /** CLONE_REDUCED_COMMIT: the system does not promise room for the copies; it may run out when they are made. */
  readonly reducedCommit: boolean;
}

/** Whether the system can promise what a clone of `parent` may need. */
export function checkClone(kernel: Kernel, parent: Process, options: CloneOptions): NtStatus {
  if (!hasAddressSpace(kernel, parent)) return STATUS_ACCESS_DENIED;
  return options.reducedCommit ? STATUS_SUCCESS : checkCharge(kernel, parent.commit);
}

/** Gives `child`, which has an empty address space, a copy of `parent`'s, without views that are not inherited. */
export function cloneAddressSpace(
  kernel: Kernel,
  parent: Process,
  child: Process,
  options: CloneOptions = { reducedCommit: false },
): NtStatus {
  const status = chargeClone(kernel, child, parent.commit, options.reducedCommit);
  if (status !== STATUS_SUCCESS) return status;
  const space = addressSpace(kernel, child);
  const adopt = (page: number, place: number, entry: number): void => {
    if (entry & TRANSITION) addModified(kernel, place, { process: child.id, page });
    else referenceRecord(kernel, place);
  };
  const original = addressSpace(kernel, parent);
  const flags = space.adoptTable(original.cloneTable(), original.resident);
  const invalid = TRANSITION | PAGED_OUT;
  if (flags & invalid) forEachEntry(space.table, 0, USER_LIMIT / PAGE_SIZE, adopt, invalid);
  for (const vad of parent.vads) {
    if (!vad.privateMemory && vad.inherit === VIEW_UNMAP) {
      space.unmap(vad.start, vad.end);
      returnCharge(kernel, child, chargedPages(vad));
      continue;
    }
    if (vad.section) referenceSection(kernel, vad.section);
    child.vads.push({ ...vad, runs: vad.runs.map(run => ({ ...run })) });
  }
  return STATUS_SUCCESS;
}
