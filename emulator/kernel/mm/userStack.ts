/** MiCheckForUserStackOverflow: a touched guard page of a stack moves down, and the thread does not notice. */

import { PAGE_SIZE } from '../../base/pages.ts';
import { signed64, highWord, lowWord } from '../../base/words.ts';
import type { AddressSpace } from '../../memory/addressSpace.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { teb } from '../rtl/environmentBlocks.ts';
import { offsetOf } from '../rtl/structure.ts';
import { STATUS_GUARD_PAGE_VIOLATION, STATUS_STACK_OVERFLOW, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { MEM_COMMIT, PAGE_GUARD, PAGE_READWRITE } from './protection.ts';
import { allocateVirtualMemory } from './virtualMemory.ts';

/**
 * What touching the guard page `page`, which is an ordinary page from now on, means: STATUS_SUCCESS if it belongs to the
 * current thread's stack, which has a new guard page below. The lowest page of a stack stays out of reach, so that
 * overflows do not run into what lies below.
 */
export function touchedGuardPage(kernel: Kernel, process: Process, page: number): NtStatus {
  const thread = kernel.state.threads.get(kernel.state.current);
  if (thread?.process !== process.id || thread.teb === 0) return STATUS_GUARD_PAGE_VIOLATION;
  const space = addressSpace(kernel, process);
  const layout = teb();
  const field = (name: string): number => readWord(space, thread.teb + offsetOf(layout, name));
  const address = page * PAGE_SIZE;
  const bottom = field('DeallocationStack');
  if (address < bottom || address >= field('StackBase')) return STATUS_GUARD_PAGE_VIOLATION;
  writeWord(space, thread.teb + offsetOf(layout, 'StackLimit'), address);
  const guard = address - PAGE_SIZE;
  if (guard <= bottom) return STATUS_STACK_OVERFLOW;
  const { status } = allocateVirtualMemory(kernel, process, {
    base: guard,
    size: PAGE_SIZE,
    type: MEM_COMMIT,
    protection: PAGE_READWRITE | PAGE_GUARD,
  });
  return succeeded(status) ? STATUS_SUCCESS : STATUS_STACK_OVERFLOW;
}

function readWord(space: AddressSpace, address: number): number {
  const bytes = new Uint8Array(8);
  if (space.copyOut(address, bytes) < bytes.length) return 0;
  const view = new DataView(bytes.buffer);
  return signed64(view.getInt32(0, true), view.getInt32(4, true));
}

function writeWord(space: AddressSpace, address: number, value: number): void {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, lowWord(value), true);
  view.setInt32(4, highWord(value), true);
  space.copyIn(address, bytes);
}
