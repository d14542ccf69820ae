/** MiCheckForUserStackOverflow: a touched guard page of a stack moves down, and the thread does not notice. */

import { PAGE_SIZE } from '../../base/pages.ts';
import { signed64, highWord, lowWord } from '../../base/words.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { teb } from '../rtl/environmentBlocks.ts';
import { offsetOf } from '../rtl/structure.ts';
import { STATUS_GUARD_PAGE_VIOLATION } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { addressSpace } from './addressSpaces.ts';
import { peekUser } from './peek.ts';
import { growUserStack } from './stack.ts';

/**
 * What touching the guard page `page`, which is an ordinary page from now on, means: STATUS_SUCCESS if it belongs to the
 * current thread's stack, which has a new guard page below. `bring` serves the fault of writing to a page of the TEB
 * that is not there.
 */
export function touchedGuardPage(
  kernel: Kernel,
  process: Process,
  page: number,
  bring: (address: number) => NtStatus,
): NtStatus {
  const thread = kernel.state.threads.get(kernel.state.current);
  if (thread?.process !== process.id || thread.teb === 0) return STATUS_GUARD_PAGE_VIOLATION;
  const place = (name: string): number => thread.teb + offsetOf(teb(), name);
  const field = (name: string): number => wordAt(peekUser(kernel, process, place(name), 8));
  const stack = {
    base: field('StackBase'),
    deallocation: field('DeallocationStack'),
    guaranteedBytes: field('GuaranteedStackBytes') % 2 ** 32,
  };
  const { status, stackLimit } = growUserStack(kernel, process, stack, page * PAGE_SIZE);
  if (stackLimit !== undefined) writeWord(kernel, process, place('StackLimit'), stackLimit, bring);
  return status;
}

function wordAt(bytes: Uint8Array): number {
  if (bytes.length < 8) return 0;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  return signed64(view.getInt32(0, true), view.getInt32(4, true));
}

function writeWord(
  kernel: Kernel,
  process: Process,
  address: number,
  value: number,
  bring: (address: number) => NtStatus,
): void {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, lowWord(value), true);
  view.setInt32(4, highWord(value), true);
  const space = addressSpace(kernel, process);
  if (space.copyIn(address, bytes) === 0) {
    bring(address);
    space.copyIn(address, bytes);
  }
}
