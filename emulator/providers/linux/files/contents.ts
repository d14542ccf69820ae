/** Contents of regular files, which the kernel's volumes keep: reading, writing and changing the size. */

import { clearFile, readFile, reserveFile, resizeFile, writeFile } from '../../../kernel/io/volume/contents.ts';
import { fileMemory } from '../../../kernel/mm/fileCharge.ts';
import { STATUS_DISK_FULL, STATUS_SUCCESS } from '../../../kernel/status.ts';
import type { NtStatus } from '../../../kernel/status.ts';
import { type Linux, sayOnce } from '../instance.ts';
import type { Inode } from './inode.ts';
import { IN_MODIFY } from '../abi/inotify.ts';
import { tell } from './watches.ts';
import { errnoOf } from './volumeStatus.ts';

/** Up to `into.length` bytes from `offset`; returns how many there were. */
export function readContents(linux: Linux, inode: Inode, offset: number, into: Uint8Array): number {
  return readFile(linux.kernel, inode, offset, into);
}

/** All contents, for loaders and debuggers. */
export function readWhole(linux: Linux, inode: Inode): Uint8Array {
  const bytes = new Uint8Array(inode.size);
  readContents(linux, inode, 0, bytes);
  return bytes;
}

/** How many bytes were written, or a negative error. */
export function writeContents(linux: Linux, inode: Inode, offset: number, bytes: Uint8Array): number {
  return answer(linux, writeFile(linux.kernel, inode, offset, bytes)) || bytes.length;
}

/** truncate(2): 0 or a negative error. */
export function truncateContents(linux: Linux, inode: Inode, size: number): number {
  const answered = answer(linux, resizeFile(linux.kernel, inode, size));
  if (answered === 0) tell(linux, inode, IN_MODIFY);
  return answered;
}

/** Zeros in place of what the file has from `start` on: 0 or a negative error. */
export function clearContents(linux: Linux, inode: Inode, start: number, length: number): number {
  return answer(linux, clearFile(linux.kernel, inode, start, length));
}

/** Room for what will be written there: 0 or a negative error. */
export function reserveContents(linux: Linux, inode: Inode, start: number, length: number): number {
  return answer(linux, reserveFile(linux.kernel, inode, start, length));
}

function answer(linux: Linux, status: NtStatus): number {
  if (status === STATUS_SUCCESS) return 0;
  if (status === STATUS_DISK_FULL)
    sayOnce(
      linux,
      `Files in memory may hold ${fileMemory(linux.kernel)} bytes together; a write was refused (ENOSPC).`,
    );
  return errnoOf(status);
}
