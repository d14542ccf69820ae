/** Mapping the segments of an ELF file: views of the file, never images, and zeroed memory behind them. */

import { roundDown, roundUp } from '../../../base/pages.ts';
import { PF_R, PF_W, PF_X, PT_LOAD, PT_PHDR } from '../../../formats/elfConstants.ts';
import { checkExecutable, type ElfFile, type ElfSegment } from '../../../formats/elf.ts';
import { copyToUser } from '../../../kernel/mm/copy.ts';
import { MEM_COMMIT, MEM_DOS_LIM, MEM_RESERVE } from '../../../kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../kernel/mm/virtualMemory.ts';
import { mapViewOfSection } from '../../../kernel/mm/view.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { succeeded } from '../../../kernel/status.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { sectionOf } from '../../../kernel/io/volume/contents.ts';
import type { Inode } from '../files/inode.ts';
import type { Linux } from '../instance.ts';
import { pageProtection } from '../memory/protection.ts';
import { LoadError } from './loadError.ts';

/** Where an ELF file ended up. */
export interface LoadedElf {
  readonly path: string;
  /** Run-time address minus link-time address. */
  readonly bias: number;
  readonly base: number;
  readonly end: number;
  readonly entry: number;
  /** Run-time address of the program headers, 0 if they are not in memory. */
  readonly headers: number;
  readonly headerCount: number;
}

function loadsOf(file: ElfFile): ElfSegment[] {
  return file.segments.filter(segment => segment.type === PT_LOAD);
}

/** Lowest page and end of what a file maps, as linked. */
export function imageRange(file: ElfFile): { low: number; high: number } {
  const loads = loadsOf(file);
  const high = Math.max(...loads.map(({ address, memorySize }) => address + memorySize));
  return { low: roundDown(loads[0].address), high: roundUp(high) };
}

export function mapElf(
  linux: Linux,
  process: Process,
  file: ElfFile,
  inode: Inode,
  path: string,
  bias: number,
): LoadedElf {
  checkExecutable(file);
  for (const segment of loadsOf(file)) mapSegment(linux, process, segment, inode, path, bias);
  const { low, high } = imageRange(file);
  return {
    path,
    bias,
    base: low + bias,
    end: high + bias,
    entry: file.header.entry + bias,
    headers: headersAddress(file, bias),
    headerCount: file.header.segmentCount,
  };
}

function mapSegment(
  linux: Linux,
  process: Process,
  segment: ElfSegment,
  inode: Inode,
  path: string,
  bias: number,
): void {
  const protection = segmentProtection(segment);
  const start = roundDown(segment.address + bias);
  const fileEnd = segment.address + bias + segment.fileSize;
  const end = roundUp(segment.address + bias + segment.memorySize);
  if (segment.fileSize > 0) {
    const { status } = mapViewOfSection(linux.kernel, process, {
      section: sectionOf(linux.kernel, inode),
      base: start,
      size: fileEnd - start,
      offset: roundDown(segment.offset),
      protection: pageProtection(protection, true),
      writeCopy: true,
      use: path,
      type: MEM_DOS_LIM,
    });
    if (!succeeded(status))
      throw new LoadError(`${path}: there is no room at 0x${start.toString(16)} for one of its segments.`);
  }
  const zeroStart = segment.fileSize > 0 ? roundUp(fileEnd) : start;
  if (protection & PROT_WRITE && segment.memorySize > segment.fileSize && zeroStart > fileEnd && segment.fileSize > 0)
    copyToUser(linux.kernel, process, fileEnd, new Uint8Array(zeroStart - fileEnd));
  if (end <= zeroStart) return;
  const { status } = allocateVirtualMemory(linux.kernel, process, {
    base: zeroStart,
    size: end - zeroStart,
    type: MEM_RESERVE | MEM_COMMIT | MEM_DOS_LIM,
    protection: pageProtection(protection, false),
    use: path,
  });
  if (!succeeded(status))
    throw new LoadError(`${path}: there is no room at 0x${zeroStart.toString(16)} for its zeroed data.`);
}

function segmentProtection({ flags }: ElfSegment): number {
  return (flags & PF_R ? PROT_READ : 0) | (flags & PF_W ? PROT_WRITE : 0) | (flags & PF_X ? PROT_EXEC : 0);
}

function headersAddress(file: ElfFile, bias: number): number {
  const named = file.segments.find(({ type }) => type === PT_PHDR);
  if (named) return named.address + bias;
  const { segmentsOffset } = file.header;
  const holder = loadsOf(file).find(
    ({ offset, fileSize }) => segmentsOffset >= offset && segmentsOffset < offset + fileSize,
  );
  return holder ? holder.address + (segmentsOffset - holder.offset) + bias : 0;
}

/** Where position-independent programs go: above the processor's own tables, low enough for heap and stack above. */
export const PIE_BASE = 0x1000_0000;
