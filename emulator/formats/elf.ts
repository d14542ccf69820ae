/**
 * Reader for 64-bit ELF files: header, segments, sections, symbols, notes. Bytes in, plain data out; whatever is wrong
 * with the bytes is a {@link FormatError} with a sentence for people.
 */

import { hex } from '../base/pages.ts';
import { longAt, viewOf } from './bytes.ts';
import {
  ELFCLASS32,
  ELFCLASS64,
  ELFDATA2LSB,
  EM_X86_64,
  ET_CORE,
  ET_DYN,
  ET_EXEC,
  ET_REL,
  MACHINE_NAMES,
  NT_GNU_BUILD_ID,
  PF_X,
  PT_INTERP,
  PT_LOAD,
  PT_NOTE,
  SHT_DYNSYM,
  SHT_NOBITS,
  SHT_NOTE,
  SHT_SYMTAB,
} from './elfConstants.ts';
import { FormatError } from './formatError.ts';

export interface ElfSegment {
  /** PT_* */
  readonly type: number;
  /** PF_* */
  readonly flags: number;
  readonly offset: number;
  readonly address: number;
  readonly fileSize: number;
  readonly memorySize: number;
  readonly alignment: number;
}

export interface ElfSection {
  readonly name: string;
  /** SHT_* */
  readonly type: number;
  readonly flags: number;
  readonly address: number;
  readonly offset: number;
  readonly size: number;
  /** For symbol tables: index of their string table. */
  readonly link: number;
  readonly entrySize: number;
}

export interface ElfSymbol {
  readonly name: string;
  readonly value: number;
  readonly size: number;
  /** STT_* */
  readonly type: number;
  /** 0 local, 1 global, 2 weak. */
  readonly binding: number;
  /** Section index; 0 undefined. */
  readonly section: number;
}

export interface ElfNote {
  readonly name: string;
  readonly type: number;
  readonly contents: Uint8Array;
}

export interface ElfHeader {
  /** ET_* */
  readonly type: number;
  readonly machine: number;
  readonly entry: number;
  readonly segmentsOffset: number;
  readonly segmentCount: number;
  readonly sectionsOffset: number;
  readonly sectionCount: number;
  readonly sectionNamesIndex: number;
}

export interface ElfFile {
  readonly header: ElfHeader;
  readonly segments: readonly ElfSegment[];
  readonly sections: readonly ElfSection[];
}

export const ELF_HEADER_SIZE = 64;
export const SEGMENT_SIZE = 56;
const SECTION_SIZE = 64;
const SYMBOL_SIZE = 24;
/** More program headers than any linker writes, fewer than would take long. */
const MAXIMUM_SEGMENTS = 1024;
/** First address above user space. */
const HIGHEST_ADDRESS = 0x8000_0000_0000;

export function isElf(bytes: Uint8Array): boolean {
  return bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Everything but symbols and notes, which cost more and are asked for on their own. `bytes` may be only the beginning of
 * a file of `size` bytes, as long as it holds the program headers.
 */
export function readElf(bytes: Uint8Array, size = bytes.length): ElfFile {
  const header = readElfHeader(bytes);
  return { header, segments: readSegments(bytes, header, size), sections: readSections(bytes, header) };
}

export function readElfHeader(bytes: Uint8Array): ElfHeader {
  checkIdentification(bytes);
  const view = viewOf(bytes);
  const machine = view.getUint16(18, true);
  if (machine !== EM_X86_64)
    throw new FormatError(
      `The program is for ${MACHINE_NAMES[machine] ?? `machine number ${machine}`}; this machine runs x86-64. Build it for x86-64.`,
    );
  const header: ElfHeader = {
    type: view.getUint16(16, true),
    machine,
    entry: longAt(view, 24),
    segmentsOffset: longAt(view, 32),
    segmentCount: view.getUint16(56, true),
    sectionsOffset: longAt(view, 40),
    sectionCount: view.getUint16(60, true),
    sectionNamesIndex: view.getUint16(62, true),
  };
  if (header.segmentCount > 0 && view.getUint16(54, true) !== SEGMENT_SIZE)
    throw new FormatError(
      `The program headers have ${view.getUint16(54, true)} bytes each instead of 56; the file is damaged.`,
    );
  return header;
}

function checkIdentification(bytes: Uint8Array): void {
  if (bytes.length === 0) throw new FormatError('The file is empty.');
  if (!isElf(bytes))
    throw new FormatError('The file is not an ELF file: it does not begin with 7F "ELF". Choose a Linux program.');
  if (bytes.length < ELF_HEADER_SIZE)
    throw new FormatError(
      `The file ends inside its ELF header (${bytes.length} of 64 bytes); it is truncated. Build or copy it again.`,
    );
  if (bytes[4] === ELFCLASS32)
    throw new FormatError('The program is a 32-bit ELF file; this machine runs 64-bit programs. Build it with -m64.');
  if (bytes[4] !== ELFCLASS64) throw new FormatError(`The ELF class ${bytes[4]} does not exist; the file is damaged.`);
  if (bytes[5] !== ELFDATA2LSB)
    throw new FormatError('The program is big-endian; x86-64 is little-endian. Build it for x86-64.');
}

/** Refuses files that are ELF, but no program: object files, core dumps. */
export function checkExecutable(file: ElfFile): void {
  const { header, segments } = file;
  if (header.type === ET_REL)
    throw new FormatError('The file is an object file that was never linked. Link it into a program first.');
  if (header.type === ET_CORE) throw new FormatError('The file is a core dump, not a program.');
  if (header.type !== ET_EXEC && header.type !== ET_DYN)
    throw new FormatError(`The ELF file has type ${header.type}, which is no program.`);
  const loads = segments.filter(segment => segment.type === PT_LOAD);
  if (loads.length === 0) throw new FormatError('The program has no segment to load (no PT_LOAD program header).');
  let end = -1;
  for (const segment of loads) {
    const start = Math.floor(segment.address / 4096) * 4096;
    if (start < end)
      throw new FormatError(`The segment at ${hex(segment.address)} overlaps the one before it; the file is damaged.`);
    end = segment.address + segment.memorySize;
  }
  const inside = loads.some(
    ({ address, memorySize, flags }) =>
      header.entry >= address && header.entry < address + memorySize && (flags & PF_X) !== 0,
  );
  if (!inside)
    throw new FormatError(
      `The entry point ${hex(header.entry)} is not in an executable segment of the program; the file is damaged.`,
    );
}

function readSegments(bytes: Uint8Array, header: ElfHeader, size: number): ElfSegment[] {
  const { segmentsOffset, segmentCount } = header;
  if (segmentCount > MAXIMUM_SEGMENTS)
    throw new FormatError(`The file claims ${segmentCount} program headers; at most ${MAXIMUM_SEGMENTS} are believed.`);
  requireRange(bytes.length, segmentsOffset, segmentCount * SEGMENT_SIZE, 'its program headers');
  const view = viewOf(bytes);
  const segments: ElfSegment[] = [];
  for (let i = 0; i < segmentCount; i++) segments.push(readSegment(view, segmentsOffset + i * SEGMENT_SIZE, size));
  return segments;
}

function readSegment(view: DataView, at: number, size: number): ElfSegment {
  const segment: ElfSegment = {
    type: view.getUint32(at, true),
    flags: view.getUint32(at + 4, true),
    offset: longAt(view, at + 8),
    address: longAt(view, at + 16),
    fileSize: longAt(view, at + 32),
    memorySize: longAt(view, at + 40),
    alignment: longAt(view, at + 48),
  };
  if (segment.type !== PT_LOAD) return segment;
  const { address, offset, fileSize, memorySize } = segment;
  requireRange(size, offset, fileSize, `the segment at ${hex(address)}`);
  if (memorySize < fileSize)
    throw new FormatError(`The segment at ${hex(address)} is smaller in memory than in the file; the file is damaged.`);
  if (address + memorySize > HIGHEST_ADDRESS)
    throw new FormatError(`The segment at ${hex(address)} reaches beyond user space (47 bits); the file is damaged.`);
  if (address % 4096 !== offset % 4096)
    throw new FormatError(
      `The segment at ${hex(address)} cannot be mapped: its address and file offset differ within a page.`,
    );
  return segment;
}

function readSections(bytes: Uint8Array, header: ElfHeader): ElfSection[] {
  const { sectionsOffset, sectionCount, sectionNamesIndex } = header;
  // Stripped programs may have none, and a cut-off table does not keep a program from running.
  if (sectionsOffset === 0 || sectionsOffset + sectionCount * SECTION_SIZE > bytes.length) return [];
  const view = viewOf(bytes);
  const raw = Array.from({ length: sectionCount }, (_, index) => {
    const at = sectionsOffset + index * SECTION_SIZE;
    return {
      nameOffset: view.getUint32(at, true),
      type: view.getUint32(at + 4, true),
      flags: longAt(view, at + 8),
      address: longAt(view, at + 16),
      offset: longAt(view, at + 24),
      size: longAt(view, at + 32),
      link: view.getUint32(at + 40, true),
      entrySize: longAt(view, at + 56),
    };
  });
  const names = raw[sectionNamesIndex];
  return raw.map(({ nameOffset, ...section }) => ({
    ...section,
    name: names ? textAt(bytes, names.offset, names.size, nameOffset) : '',
  }));
}

/** The bytes of a section; empty for those that have none in the file (.bss) or lie outside it. */
export function sectionContents(bytes: Uint8Array, section: ElfSection): Uint8Array {
  if (section.type === SHT_NOBITS || section.offset + section.size > bytes.length) return new Uint8Array(0);
  return bytes.subarray(section.offset, section.offset + section.size);
}

/** Symbols of `.symtab`, or of `.dynsym` if the file was stripped. */
export function readSymbols(bytes: Uint8Array, file: ElfFile): ElfSymbol[] {
  const table =
    file.sections.find(section => section.type === SHT_SYMTAB) ??
    file.sections.find(section => section.type === SHT_DYNSYM);
  const strings = table && file.sections[table.link];
  if (!table || !strings) return [];
  const contents = sectionContents(bytes, table);
  const view = viewOf(contents);
  const symbols: ElfSymbol[] = [];
  for (let at = SYMBOL_SIZE; at + SYMBOL_SIZE <= contents.length; at += SYMBOL_SIZE)
    symbols.push({
      name: textAt(bytes, strings.offset, strings.size, view.getUint32(at, true)),
      type: contents[at + 4] & 15,
      binding: contents[at + 4] >> 4,
      section: view.getUint16(at + 6, true),
      value: longAt(view, at + 8),
      size: longAt(view, at + 16),
    });
  return symbols;
}

/** Notes from the program headers, or from sections where there are no program headers. */
export function readNotes(bytes: Uint8Array, file: ElfFile): ElfNote[] {
  const segments = file.segments
    .filter(({ type }) => type === PT_NOTE)
    .map(({ offset, fileSize, alignment }) => ({ offset, size: fileSize, alignment }));
  const sections = file.sections
    .filter(({ type }) => type === SHT_NOTE)
    .map(({ offset, size }) => ({ offset, size, alignment: 4 }));
  const notes: ElfNote[] = [];
  for (const { offset, size, alignment } of segments.length > 0 ? segments : sections)
    if (offset + size <= bytes.length)
      readNoteRange(bytes.subarray(offset, offset + size), alignment === 8 ? 8 : 4, notes);
  return notes;
}

function readNoteRange(bytes: Uint8Array, alignment: number, notes: ElfNote[]): void {
  const view = viewOf(bytes);
  const align = (value: number): number => Math.ceil(value / alignment) * alignment;
  for (let at = 0; at + 12 <= bytes.length; ) {
    const nameSize = view.getUint32(at, true);
    const contentsSize = view.getUint32(at + 4, true);
    const contentsAt = align(at + 12 + nameSize);
    if (contentsAt + contentsSize > bytes.length) return;
    notes.push({
      name: textAt(bytes, at + 12, nameSize, 0),
      type: view.getUint32(at + 8, true),
      contents: bytes.subarray(contentsAt, contentsAt + contentsSize),
    });
    at = align(contentsAt + contentsSize);
  }
}

/** The build id in hexadecimal, or undefined. */
export function buildId(bytes: Uint8Array, file: ElfFile): string | undefined {
  const note = readNotes(bytes, file).find(({ name, type }) => name === 'GNU' && type === NT_GNU_BUILD_ID);
  return note && Array.from(note.contents, byte => byte.toString(16).padStart(2, '0')).join('');
}

/** Path of the dynamic linker that the program asks for, or undefined. */
export function interpreterPath(bytes: Uint8Array, file: ElfFile): string | undefined {
  const segment = file.segments.find(({ type }) => type === PT_INTERP);
  if (!segment) return undefined;
  requireRange(bytes.length, segment.offset, segment.fileSize, 'the name of its dynamic linker');
  const path = textAt(bytes, segment.offset, segment.fileSize, 0);
  if (path === '' || segment.fileSize > 4096) throw new FormatError('The name of the dynamic linker is damaged.');
  return path;
}

function requireRange(available: number, offset: number, size: number, what: string): void {
  if (offset + size > available)
    throw new FormatError(
      `The file ends before ${what} (${offset + size} bytes needed, ${available} there); it is truncated. Build or copy it again.`,
    );
}

function textAt(bytes: Uint8Array, tableOffset: number, tableSize: number, offset: number): string {
  const start = tableOffset + offset;
  const limit = Math.min(tableOffset + tableSize, bytes.length);
  if (offset >= tableSize || start >= limit) return '';
  let end = start;
  while (end < limit && bytes[end] !== 0) end++;
  return decoder.decode(bytes.subarray(start, end));
}

const decoder = new TextDecoder();
