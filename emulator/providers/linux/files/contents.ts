/** Contents of regular files: reading, writing and changing the size, in memory and through to writable host folders. */

import { HostError } from '../../../base/host.ts';
import { PAGE_SIZE } from '../../../base/pages.ts';
import type { FileSystemDriver } from '../../../kernel/io/driver.ts';
import { closeSection, createSection, readSection, resizeSection, writeSection } from '../../../kernel/mm/section.ts';
import { EFBIG, ENOSPC } from '../abi/errno.ts';
import { type Linux, sayOnce, stateOf } from '../instance.ts';
import { hostErrno } from './hostFolder.ts';
import { type Inode, isRegular, superblockOf, touchModified } from './inode.ts';
import { findInode, getInode } from './inodes.ts';

/** Name under which the kernel asks this provider for pages of files. */
export const DRIVER_NAME = 'linux';
/** Largest file: what a double counts exactly, far below Linux's own limit. */
const MAXIMUM_SIZE = 0x100_0000_0000;

/** The section that holds a file's contents. */
export function sectionOf(linux: Linux, inode: Inode): number {
  if (inode.section !== 0) return inode.section;
  const source = inode.hostPath === '' ? undefined : { driver: DRIVER_NAME, file: String(inode.id) };
  inode.section = createSection(linux.kernel, { kind: 'dataFile', size: inode.size, source });
  return inode.section;
}

/** Read at a time from files that the guest cannot change on the host: opening one takes longer than reading this much. */
const AHEAD = 16 * PAGE_SIZE;

/** How the kernel fetches a page that is not in memory: from the host, zeros where the host's file no longer counts. */
export function createFileDriver(linux: Linux): FileSystemDriver {
  const ahead = { file: '', start: 0, count: 0, bytes: new Uint8Array(AHEAD) };
  return {
    readPage(file, page, into) {
      const inode = getInode(linux, Number(file));
      const offset = page * PAGE_SIZE;
      const available = Math.max(0, Math.min(into.length, inode.hostSize - offset));
      if (superblockOf(linux, inode).mode === 'rw') {
        into.fill(0, readHost(linux, inode, offset, into.subarray(0, available)));
        return;
      }
      const start = offset - (offset % AHEAD);
      if (ahead.file !== file || ahead.start !== start) {
        ahead.file = ''; // nothing, should reading fail
        ahead.count = readHost(linux, inode, start, ahead.bytes);
        ahead.start = start;
        ahead.file = file;
      }
      const from = offset - start;
      const count = Math.max(0, Math.min(available, ahead.count - from));
      into.set(ahead.bytes.subarray(from, from + count));
      into.fill(0, count);
    },
  };
}

/** Fills `into` from the host's file; returns how many bytes there were. */
function readHost(linux: Linux, inode: Inode, offset: number, into: Uint8Array): number {
  let count = 0;
  while (count < into.length) {
    const read = linux.host.files.read(inode.hostPath, offset + count, into.subarray(count));
    if (read === 0) break;
    count += read;
  }
  return count;
}

/** Up to `into.length` bytes from `offset`; returns how many there were. */
export function readContents(linux: Linux, inode: Inode, offset: number, into: Uint8Array): number {
  const count = Math.min(into.length, inode.size - offset);
  if (count <= 0) return 0;
  return readSection(linux.kernel, sectionOf(linux, inode), offset, into.subarray(0, count));
}

/** All contents, for loaders and debuggers. */
export function readWhole(linux: Linux, inode: Inode): Uint8Array {
  const bytes = new Uint8Array(inode.size);
  readContents(linux, inode, 0, bytes);
  return bytes;
}

/** How many bytes were written, or a negative error. */
export function writeContents(linux: Linux, inode: Inode, offset: number, bytes: Uint8Array): number {
  if (bytes.length === 0) return 0;
  const end = offset + bytes.length;
  if (end > inode.size) {
    const refused = resize(linux, inode, end);
    if (refused < 0) return refused;
  }
  writeSection(linux.kernel, sectionOf(linux, inode), offset, bytes);
  touchModified(linux, inode);
  return writeThrough(linux, inode, path => linux.host.files.write(path, offset, bytes)) || bytes.length;
}

/** truncate(2): 0 or a negative error. */
export function truncateContents(linux: Linux, inode: Inode, size: number): number {
  const refused = resize(linux, inode, size);
  if (refused < 0) return refused;
  touchModified(linux, inode);
  return writeThrough(linux, inode, path => linux.host.files.truncate(path, size));
}

function resize(linux: Linux, inode: Inode, size: number): number {
  if (size > MAXIMUM_SIZE) return -EFBIG;
  const state = stateOf(linux);
  const growth = size - inode.size;
  if (growth > 0 && state.fileBytes + growth > linux.limits.fileMemory) {
    sayOnce(linux, `Files in memory may hold ${linux.limits.fileMemory} bytes together; a write was refused (ENOSPC).`);
    return -ENOSPC;
  }
  const section = sectionOf(linux, inode);
  state.fileBytes += growth;
  inode.size = size;
  inode.hostSize = Math.min(inode.hostSize, size);
  resizeSection(linux.kernel, section, size);
  return 0;
}

/** Does the same on the host where the mount says so: 0 or a negative error. */
export function writeThrough(linux: Linux, inode: Inode, act: (path: string) => void): number {
  if (inode.hostPath === '' || superblockOf(linux, inode).mode !== 'rw') return 0;
  try {
    act(inode.hostPath);
    inode.hostSize = inode.size;
    return 0;
  } catch (error) {
    if (error instanceof HostError) return -hostErrno(error);
    throw error;
  }
}

/** Ends an inode that has neither names nor open files. */
export function releaseInode(linux: Linux, id: number): void {
  const inode = findInode(linux, id);
  if (!inode || inode.links > 0 || inode.opens > 0) return;
  const state = stateOf(linux);
  // Pages of a host file may still be asked for by views of it.
  if (inode.hostPath !== '') return;
  if (inode.section !== 0) closeSection(linux.kernel, inode.section);
  if (isRegular(inode)) state.fileBytes -= inode.size;
  state.inodes.delete(id);
}
