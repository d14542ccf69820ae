/**
 * Snapshots: a copy of the kernel's records, and references to the frames of memory, which both sides copy when they
 * write. Frames of sections (files, shared memory) are written in place by all who share them, so a snapshot takes
 * copies of those at once.
 */

import { clone } from '../base/clone.ts';
import { saveContext } from '../kernel/ke/context.ts';
import { watchRanges } from '../kernel/ke/debugRegisters.ts';
import type { Kernel, KernelState } from '../kernel/kernel.ts';
import { createAddressSpace, deleteAddressSpace } from '../kernel/mm/addressSpaces.ts';
import type { PageTable } from '../memory/pageTable.ts';
import { retainTable } from '../memory/pageTable.ts';

export interface Snapshot {
  readonly state: KernelState;
  /** By process id. */
  readonly tables: ReadonlyMap<number, PageTable>;
}

export function takeSnapshot(kernel: Kernel): Snapshot {
  saveContext(kernel);
  const state = clone(kernel.state);
  const copies = duplicateSections(kernel, state);
  for (const copy of copies.values()) kernel.frames.handToSnapshot(copy);
  const tables = new Map<number, PageTable>();
  for (const [process, space] of kernel.spaces) tables.set(process, space.pinTable(copies));
  return { state, tables };
}

/** Makes the machine what it was. The snapshot stays usable. */
export function restoreSnapshot(kernel: Kernel, snapshot: Snapshot): void {
  kernel.loaded = undefined;
  kernel.nextDue = undefined;
  for (const process of kernel.state.processes.values())
    if (kernel.spaces.has(process.id)) deleteAddressSpace(kernel, process);
  for (const section of kernel.state.sections.values())
    for (const frame of section.pages.values()) kernel.frames.release(frame);
  kernel.state = clone(snapshot.state);
  const copies = duplicateSections(kernel, kernel.state);
  const sharing = { copies, hold: kernel.frames.retainPart };
  for (const [id, table] of snapshot.tables) {
    const process = kernel.state.processes.get(id);
    if (!process) continue;
    createAddressSpace(kernel, process).adoptTable(retainTable(table, sharing));
    watchRanges(kernel, process);
  }
}

/** Gives the sections of `state` frames of their own; returns which became which. */
function duplicateSections(kernel: Kernel, state: KernelState): Map<number, number> {
  const copies = new Map<number, number>();
  for (const section of state.sections.values())
    for (const [page, frame] of section.pages) {
      const copy = kernel.frames.duplicate(frame);
      copies.set(frame, copy);
      section.pages.set(page, copy);
    }
  return copies;
}
