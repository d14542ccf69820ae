/**
 * Hives: a process file's bytes in memory, in the format of the file itself (version 1.5): a base block of 4 KiB, then
 * bins of cells. The bytes lie in views of the Registry process, a minimal process: whoever looks at that process sees
 * `regf`, `hbin`, `nk` and `vk` there (M. Suhanov, "Windows process file format specification").
 */

import { copyFromUser, copyToUser } from '../mm/copy.ts';
import { MEM_DOS_LIM, PAGE_READWRITE } from '../mm/protection.ts';
import { closeSection, createSection } from '../mm/section.ts';
import { mapViewOfSection } from '../mm/view.ts';
import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import type { Process } from '../ps/process.ts';
import { succeeded } from '../status.ts';

/** A run of a hive's bytes, shown in the Registry process. */
export interface HiveView {
  /** First byte of the file that it shows, and how many. */
  offset: number;
  size: number;
  address: number;
}

export interface Hive {
  /** Where it is mounted: `\REGISTRY\MACHINE\SYSTEM`. */
  name: string;
  views: HiveView[];
  /** Offset of the root key's cell. */
  root: number;
  /** Bytes of all bins. */
  binsSize: number;
  /** Sizes of the free cells by their offsets. */
  free: Map<number, number>;
}

/** A hive and whose memory it lies in: what every routine on its bytes needs. */
export interface HiveAccess {
  readonly kernel: Kernel;
  /** The Registry process. */
  readonly process: Process;
  readonly hive: Hive;
}

export const BASE_BLOCK_SIZE = 0x1000;
const BIN_ALIGNMENT = 0x1000;
/** A view holds at least so much of the file; sections are mapped by 64 KiB. */
const VIEW_SIZE = 0x1_0000;
export const NO_CELL = 0xffff_ffff;

/** Offsets in the base block. */
const BASE = {
  signature: 0x00,
  primarySequence: 0x04,
  secondarySequence: 0x08,
  majorVersion: 0x14,
  minorVersion: 0x18,
  fileFormat: 0x20,
  rootCell: 0x24,
  binsSize: 0x28,
  clusteringFactor: 0x2c,
  fileName: 0x30,
  fileNameSize: 64,
  checksum: 0x1fc,
} as const;

/** Offsets in a bin's header; its first cell follows. */
const BIN = { signature: 0x00, offset: 0x04, size: 0x08, headerSize: 0x20 } as const;

/** A hive without a bin; {@link setRoot} makes it whole. */
export function createHive(kernel: Kernel, process: Process, name: string): HiveAccess {
  const hive: Hive = { name, views: [], root: NO_CELL, binsSize: 0, free: new Map() };
  const access = { kernel, process, hive };
  addView(access, VIEW_SIZE);
  const block = new DataView(new ArrayBuffer(BASE_BLOCK_SIZE));
  putText(block, BASE.signature, 'regf');
  block.setUint32(BASE.primarySequence, 1, true);
  block.setUint32(BASE.secondarySequence, 1, true);
  block.setUint32(BASE.majorVersion, 1, true);
  block.setUint32(BASE.minorVersion, 5, true);
  block.setUint32(BASE.fileFormat, 1, true);
  block.setUint32(BASE.clusteringFactor, 1, true);
  const file = name.slice(name.lastIndexOf('\\') + 1);
  for (let i = 0; i < Math.min(file.length, BASE.fileNameSize / 2); i++)
    block.setUint16(BASE.fileName + i * 2, file.charCodeAt(i), true);
  write(access, 0, new Uint8Array(block.buffer));
  return access;
}

/** Names the root key and sums the base block. */
export function setRoot(access: HiveAccess, cell: number): void {
  access.hive.root = cell;
  sealBaseBlock(access);
}

/** A further bin with one free cell of all its room; returns the offset of that cell. */
export function addBin(access: HiveAccess, room: number): number {
  const { hive } = access;
  const size = Math.ceil((room + BIN.headerSize) / BIN_ALIGNMENT) * BIN_ALIGNMENT;
  const offset = hive.binsSize;
  const end = BASE_BLOCK_SIZE + offset + size;
  const last = hive.views[hive.views.length - 1];
  if (end > last.offset + last.size) addView(access, end - last.offset - last.size);
  const header = new DataView(new ArrayBuffer(BIN.headerSize + 4));
  putText(header, BIN.signature, 'hbin');
  header.setUint32(BIN.offset, offset, true);
  header.setUint32(BIN.size, size, true);
  header.setInt32(BIN.headerSize, size - BIN.headerSize, true);
  write(access, BASE_BLOCK_SIZE + offset, new Uint8Array(header.buffer));
  hive.binsSize += size;
  hive.free.set(offset + BIN.headerSize, size - BIN.headerSize);
  sealBaseBlock(access);
  return offset + BIN.headerSize;
}

/** `length` bytes at `offset` from the first bin: what cell offsets count from. */
export function readBins({ kernel, process, hive }: HiveAccess, offset: number, length: number): DataView {
  const bytes = new Uint8Array(length);
  forEachPiece(hive, BASE_BLOCK_SIZE + offset, length, (address, from, to) => {
    const done = copyFromUser(kernel, process, address, bytes.subarray(from, to));
    assert(done === to - from, 'a hive view is present');
  });
  return new DataView(bytes.buffer);
}

export function writeBins(access: HiveAccess, offset: number, bytes: Uint8Array): void {
  write(access, BASE_BLOCK_SIZE + offset, bytes);
}

function write({ kernel, process, hive }: HiveAccess, offset: number, bytes: Uint8Array): void {
  forEachPiece(hive, offset, bytes.length, (address, from, to) => {
    const done = copyToUser(kernel, process, address, bytes.subarray(from, to));
    assert(done === to - from, 'a hive view is writable');
  });
}

/** The base block says how long the bins are, and its checksum is the XOR of the 127 words before it. */
function sealBaseBlock({ kernel, process, hive }: HiveAccess): void {
  const bytes = new Uint8Array(BASE.checksum + 4);
  copyFromUser(kernel, process, hive.views[0].address, bytes);
  const block = new DataView(bytes.buffer);
  block.setUint32(BASE.rootCell, hive.root, true);
  block.setUint32(BASE.binsSize, hive.binsSize, true);
  let sum = 0;
  for (let at = 0; at < BASE.checksum; at += 4) sum ^= block.getUint32(at, true);
  // 0 and -1 stand for no checksum.
  block.setInt32(BASE.checksum, sum === -1 ? -2 : sum === 0 ? 1 : sum, true);
  copyToUser(kernel, process, hive.views[0].address, bytes);
}

function addView({ kernel, process, hive }: HiveAccess, room: number): void {
  const size = Math.ceil(room / VIEW_SIZE) * VIEW_SIZE;
  const section = createSection(kernel, { size });
  const view = mapViewOfSection(kernel, process, {
    section,
    size,
    offset: 0,
    protection: PAGE_READWRITE,
    writeCopy: false,
    use: `${hive.name} (hive)`,
    type: MEM_DOS_LIM,
  });
  assert(succeeded(view.status), `there is room for a view of ${hive.name}`);
  // The view keeps the section.
  closeSection(kernel, section);
  const before = hive.views[hive.views.length - 1];
  hive.views.push({ offset: before ? before.offset + before.size : 0, size, address: view.base });
}

function forEachPiece(
  hive: Hive,
  offset: number,
  length: number,
  visit: (address: number, from: number, to: number) => void,
): void {
  for (const view of hive.views) {
    const low = Math.max(offset, view.offset);
    const high = Math.min(offset + length, view.offset + view.size);
    if (low < high) visit(view.address + low - view.offset, low - offset, high - offset);
  }
}

export function putText(view: DataView, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) view.setUint8(offset + i, text.charCodeAt(i));
}
