/** Contents of files on volumes: one section each, so that reads, writes and views of all processes see the same bytes. */

import { PAGE_SIZE, pageOf, roundUp } from '../../../base/pages.ts';
import type { Kernel } from '../../kernel.ts';
import { heldPages, isRoomFor, isSparse, missingBytes, nextData, nextHole } from '../../mm/fileCharge.ts';
import {
  clearSection,
  createSection,
  getSection,
  readSection,
  resizeSection,
  sectionFrame,
  writeSection,
} from '../../mm/section.ts';
import { STATUS_DISK_FULL, STATUS_FILE_TOO_LARGE, STATUS_SUCCESS, succeeded } from '../../status.ts';
import type { NtStatus } from '../../status.ts';
import { getVolumeFile, touchWritten, volumeOf } from './file.ts';
import type { VolumeFile } from './file.ts';
import { hostFiles, writeThrough } from './hostFolder.ts';

/** Name under which the memory manager asks for pages of files. */
export const VOLUME_DRIVER = 'volume';
/** Largest file: what a double counts exactly. */
export const MAXIMUM_SIZE = 0x100_0000_0000;

/** The section that holds a file's contents. */
export function sectionOf(kernel: Kernel, file: VolumeFile): number {
  if (file.section !== 0) return file.section;
  const source = file.hostPath === '' ? undefined : { driver: VOLUME_DRIVER, file: String(file.id) };
  file.section = createSection(kernel, { kind: 'dataFile', size: file.size, source });
  return file.section;
}

/** Read at a time from files that cannot change on the host: opening one takes longer than reading this much. */
const AHEAD = 16 * PAGE_SIZE;

/** How a page comes in that is not in memory: from the host, zeros where the host's file no longer counts. */
export function createPageReader(kernel: Kernel): (file: string, page: number, into: Uint8Array) => void {
  const ahead = { file: '', start: 0, count: 0, bytes: new Uint8Array(AHEAD) };
  return (name, page, into) => {
    const file = getVolumeFile(kernel, Number(name));
    const offset = page * PAGE_SIZE;
    const available = Math.max(0, Math.min(into.length, file.hostSize - offset));
    if (volumeOf(kernel, file).access === 'rw') {
      into.fill(0, readHost(kernel, file, offset, into.subarray(0, available)));
      return;
    }
    const start = offset - (offset % AHEAD);
    if (ahead.file !== name || ahead.start !== start) {
      ahead.file = ''; // nothing, should reading fail
      ahead.count = readHost(kernel, file, start, ahead.bytes);
      ahead.start = start;
      ahead.file = name;
    }
    const from = offset - start;
    const count = Math.max(0, Math.min(available, ahead.count - from));
    into.set(ahead.bytes.subarray(from, from + count));
    into.fill(0, count);
  };
}

/** Fills `into` from the host's file; returns how many bytes there were. */
function readHost(kernel: Kernel, file: VolumeFile, offset: number, into: Uint8Array): number {
  let count = 0;
  while (count < into.length) {
    const read = hostFiles(kernel).read(file.hostPath, offset + count, into.subarray(count));
    if (read === 0) break;
    count += read;
  }
  return count;
}

/** Up to `into.length` bytes from `offset`; returns how many there were. */
export function readFile(kernel: Kernel, file: VolumeFile, offset: number, into: Uint8Array): number {
  const count = Math.min(into.length, file.size - offset);
  if (count <= 0) return 0;
  return readSection(kernel, sectionOf(kernel, file), offset, into.subarray(0, count));
}

/** Writes at `offset`, making the file longer if need be. */
export function writeFile(kernel: Kernel, file: VolumeFile, offset: number, bytes: Uint8Array): NtStatus {
  if (bytes.length === 0) return STATUS_SUCCESS;
  const end = offset + bytes.length;
  const section = getSection(kernel, sectionOf(kernel, file));
  if (isSparse(section) && !isRoomFor(kernel, missingBytes(section, offset, bytes.length))) return STATUS_DISK_FULL;
  const resized = end > file.size ? resize(kernel, file, end) : STATUS_SUCCESS;
  if (!succeeded(resized)) return resized;
  writeSection(kernel, section.id, offset, bytes);
  touchWritten(kernel, file);
  return writeThrough(kernel, file, (host, path) => host.write(path, offset, bytes));
}

/** Sets the size; what is new reads as zero. */
export function resizeFile(kernel: Kernel, file: VolumeFile, size: number): NtStatus {
  const resized = resize(kernel, file, size);
  if (!succeeded(resized)) return resized;
  touchWritten(kernel, file);
  return writeThrough(kernel, file, (host, path) => host.truncate(path, size));
}

/** Makes sure that `[offset, offset + length)`, which is within the file, can be written. */
export function reserveFile(kernel: Kernel, file: VolumeFile, offset: number, length: number): NtStatus {
  const section = getSection(kernel, sectionOf(kernel, file));
  if (!isSparse(section)) return STATUS_SUCCESS;
  if (!isRoomFor(kernel, missingBytes(section, offset, length))) return STATUS_DISK_FULL;
  const end = pageOf(roundUp(offset + length));
  for (let page = pageOf(offset); page < end; page++) sectionFrame(kernel, section, page);
  return STATUS_SUCCESS;
}

/** Zeros in place of what the file has there; files that only the machine has keep less then. */
export function clearFile(kernel: Kernel, file: VolumeFile, offset: number, length: number): NtStatus {
  const bytes = Math.min(length, file.size - offset);
  if (bytes <= 0) return STATUS_SUCCESS;
  clearSection(kernel, sectionOf(kernel, file), offset, bytes);
  touchWritten(kernel, file);
  return writeThrough(kernel, file, (host, path) => {
    const zeros = new Uint8Array(Math.min(bytes, AHEAD));
    for (let done = 0; done < bytes; done += zeros.length)
      host.write(path, offset + done, zeros.subarray(0, bytes - done));
  });
}

/** Where data or a hole of the file begins, from `offset` on, which is within it; undefined if no data follows. */
export function seekFile(kernel: Kernel, file: VolumeFile, offset: number, what: 'data' | 'hole'): number | undefined {
  const section = getSection(kernel, sectionOf(kernel, file));
  if (!isSparse(section)) return what === 'data' ? offset : file.size;
  return what === 'data' ? nextData(section, offset) : nextHole(section, offset);
}

/** Bytes that the file takes: whole pages. */
export function allocationSize(kernel: Kernel, file: VolumeFile): number {
  const section = file.section === 0 ? undefined : getSection(kernel, file.section);
  return section && isSparse(section) ? heldPages(section) * PAGE_SIZE : roundUp(file.size);
}

/** What a file of the host is charged for. */
function chargedFor({ size, hostSize }: VolumeFile): number {
  return Math.max(0, size - hostSize);
}

function resize(kernel: Kernel, file: VolumeFile, size: number): NtStatus {
  if (size > MAXIMUM_SIZE) return STATUS_FILE_TOO_LARGE;
  const section = getSection(kernel, sectionOf(kernel, file));
  const growth = isSparse(section) ? 0 : Math.max(0, size - file.hostSize) - chargedFor(file);
  if (growth > 0 && !isRoomFor(kernel, growth)) return STATUS_DISK_FULL;
  kernel.state.fileBytes += growth;
  file.size = size;
  file.hostSize = Math.min(file.hostSize, size);
  resizeSection(kernel, section.id, size);
  return STATUS_SUCCESS;
}
