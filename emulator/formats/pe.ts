/**
 * Reader for PE32+ images: headers, sections, exports, imports, base relocations. Bytes in, plain data out; whatever is
 * wrong with the bytes is a {@link FormatError} with a sentence for people. (Microsoft, "PE Format".)
 */

import { hex } from '../base/pages.ts';
import { longAt, viewOf } from './bytes.ts';
import { FormatError } from './formatError.ts';
import * as pe from './peConstants.ts';

export interface PeDirectory {
  /** Address relative to the image base. */
  readonly address: number;
  readonly size: number;
}

export interface PeSection {
  readonly name: string;
  /** Relative to the image base, a multiple of the section alignment. */
  readonly address: number;
  /** Bytes in memory; what the file does not have of them is zero. */
  readonly memorySize: number;
  readonly offset: number;
  readonly fileSize: number;
  /** IMAGE_SCN_* */
  readonly characteristics: number;
}

export interface PeFile {
  /** IMAGE_FILE_* */
  readonly characteristics: number;
  readonly timeStamp: number;
  /** Where in the file the COFF symbols are, if any, and how many. */
  readonly symbolsOffset: number;
  readonly symbolCount: number;
  /** Relative to the image base; 0 for none. */
  readonly entry: number;
  readonly imageBase: number;
  /** Bytes of address space, a multiple of the page size. */
  readonly imageSize: number;
  /** Bytes of headers, which are mapped at the image base. */
  readonly headersSize: number;
  readonly checksum: number;
  /** IMAGE_SUBSYSTEM_* */
  readonly subsystem: number;
  readonly subsystemVersion: { readonly major: number; readonly minor: number };
  /** IMAGE_DLLCHARACTERISTICS_* */
  readonly dllCharacteristics: number;
  readonly stackReserve: number;
  readonly stackCommit: number;
  readonly directories: readonly PeDirectory[];
  readonly sections: readonly PeSection[];
}

export interface PeExport {
  readonly name: string;
  readonly ordinal: number;
  /** Relative to the image base. */
  readonly address: number;
  /** `DLL.Name` where the export is another DLL's, else ''. */
  readonly forwarder: string;
}

export interface PeImport {
  readonly module: string;
  /** What is wanted of it: a name, or `#` and an ordinal; and where its address goes, relative to the image base. */
  readonly entries: readonly { readonly name: string; readonly slot: number }[];
}

const PAGE = 0x1000;
/** Images lie on multiples of this (SDK, /BASE). */
const BASE_ALIGNMENT = 0x1_0000;
const HIGHEST_ADDRESS = 0x8000_0000_0000;
/** More sections than the Windows loader takes. */
const MAXIMUM_SECTIONS = 96;
/** The largest image that is believed: 1 GiB. */
const MAXIMUM_IMAGE = 0x4000_0000;
/** More exports or imports than any image has; ordinals have 16 bits. */
const MAXIMUM_NAMES = 0x1_0000;

export function isPe(bytes: Uint8Array): boolean {
  return bytes[0] === 0x4d && bytes[1] === 0x5a;
}

/**
 * Everything but exports, imports and relocations, which are asked for on their own. `bytes` may be only the beginning
 * of a file of `size` bytes, as long as it holds the headers.
 */
export function readPe(bytes: Uint8Array, size = bytes.length): PeFile {
  if (bytes.length === 0) throw new FormatError('The file is empty.');
  if (!isPe(bytes)) throw new FormatError('The file is not a PE image: it does not begin with "MZ".');
  const view = viewOf(bytes);
  requireRange(bytes.length, pe.E_LFANEW, 4, 'its DOS header');
  const start = view.getUint32(pe.E_LFANEW, true);
  requireRange(bytes.length, start, 4 + pe.FILE_HEADER_SIZE, 'its PE header');
  if (view.getUint32(start, true) !== pe.IMAGE_NT_SIGNATURE)
    throw new FormatError('The file is a DOS program or a damaged PE image: there is no "PE" where its header says.');
  const at = start + 4;
  checkMachine(view.getUint16(at, true));
  const optional = at + pe.FILE_HEADER_SIZE;
  const optionalSize = view.getUint16(at + 16, true);
  requireRange(bytes.length, optional, optionalSize, 'its optional header');
  const file = readFileHeader(view, at);
  if (!(file.characteristics & pe.IMAGE_FILE_EXECUTABLE_IMAGE))
    throw new FormatError('The image is marked as not executable: its linker reported errors. Link it again.');
  const header = readOptionalHeader(view, optional, optionalSize);
  const sections = readSections(bytes, optional + optionalSize, view.getUint16(at + 2, true), size, header);
  return { ...file, ...header, sections };
}

function checkMachine(machine: number): void {
  if (machine === pe.IMAGE_FILE_MACHINE_AMD64) return;
  const name = pe.MACHINE_NAMES[machine] ?? `machine number 0x${machine.toString(16)}`;
  throw new FormatError(`The program is for ${name}; this machine runs x86-64. Build it for x64.`);
}

type OptionalHeader = Omit<PeFile, keyof ReturnType<typeof readFileHeader> | 'sections'>;

function readFileHeader(view: DataView, at: number) {
  return {
    timeStamp: view.getUint32(at + 4, true),
    symbolsOffset: view.getUint32(at + 8, true),
    symbolCount: view.getUint32(at + 12, true),
    characteristics: view.getUint16(at + 18, true),
  };
}

function readOptionalHeader(view: DataView, at: number, size: number): OptionalHeader {
  const magic = size >= 2 ? view.getUint16(at, true) : 0;
  if (magic === pe.IMAGE_NT_OPTIONAL_HDR32_MAGIC)
    throw new FormatError('The program is a 32-bit image (PE32); this machine runs 64-bit programs. Build it for x64.');
  if (magic !== pe.IMAGE_NT_OPTIONAL_HDR64_MAGIC || size < pe.OPTIONAL_HEADER_SIZE)
    throw new FormatError(`The optional header (magic 0x${magic.toString(16)}, ${size} bytes) is no PE32+ header.`);
  const alignment = view.getUint32(at + 32, true);
  if (alignment !== PAGE)
    throw new FormatError(`The sections are aligned to ${alignment} bytes; this machine maps images by 4096.`);
  const count = Math.min(view.getUint32(at + 108, true), pe.IMAGE_NUMBEROF_DIRECTORY_ENTRIES);
  if (size < pe.OPTIONAL_HEADER_SIZE + count * pe.DIRECTORY_SIZE)
    throw new FormatError(`The optional header is too small for its ${count} data directories; the file is damaged.`);
  const header: OptionalHeader = {
    entry: view.getUint32(at + 16, true),
    imageBase: longAt(view, at + 24),
    subsystemVersion: { major: view.getUint16(at + 48, true), minor: view.getUint16(at + 50, true) },
    imageSize: Math.ceil(view.getUint32(at + 56, true) / PAGE) * PAGE,
    headersSize: view.getUint32(at + 60, true),
    checksum: view.getUint32(at + 64, true),
    subsystem: view.getUint16(at + 68, true),
    dllCharacteristics: view.getUint16(at + 70, true),
    stackReserve: longAt(view, at + 72),
    stackCommit: longAt(view, at + 80),
    directories: Array.from({ length: count }, (_, index) => ({
      address: view.getUint32(at + pe.OPTIONAL_HEADER_SIZE + index * pe.DIRECTORY_SIZE, true),
      size: view.getUint32(at + pe.OPTIONAL_HEADER_SIZE + index * pe.DIRECTORY_SIZE + 4, true),
    })),
  };
  checkPlacement(header);
  return header;
}

function checkPlacement({ imageBase, imageSize, entry, headersSize }: OptionalHeader): void {
  if (imageBase % BASE_ALIGNMENT !== 0)
    throw new FormatError(`The image base ${hex(imageBase)} is not a multiple of 64 KiB; the file is damaged.`);
  if (imageSize === 0 || imageSize > MAXIMUM_IMAGE)
    throw new FormatError(`The image claims ${imageSize} bytes of address space; at most 1 GiB is believed.`);
  if (imageBase + imageSize > HIGHEST_ADDRESS)
    throw new FormatError(`The image at ${hex(imageBase)} reaches beyond user space (47 bits); the file is damaged.`);
  if (headersSize > imageSize) throw new FormatError('The headers are larger than the image; the file is damaged.');
  if (entry >= imageSize)
    throw new FormatError(`The entry point ${hex(entry)} lies behind the end of the image; the file is damaged.`);
}

function readSections(
  bytes: Uint8Array,
  at: number,
  count: number,
  size: number,
  { imageSize, headersSize }: OptionalHeader,
): PeSection[] {
  if (count === 0) throw new FormatError('The image has no sections.');
  if (count > MAXIMUM_SECTIONS)
    throw new FormatError(`The image claims ${count} sections; at most ${MAXIMUM_SECTIONS} are possible.`);
  requireRange(bytes.length, at, count * pe.SECTION_HEADER_SIZE, 'its section headers');
  requireRange(size, 0, headersSize, 'the end of its headers');
  const view = viewOf(bytes);
  let end = Math.ceil(headersSize / PAGE) * PAGE;
  return Array.from({ length: count }, (_, index) => {
    const section = readSection(bytes, view, at + index * pe.SECTION_HEADER_SIZE);
    const { name, address, memorySize, offset, fileSize } = section;
    if (address % PAGE !== 0 || address < end)
      throw new FormatError(
        `The section ${name} at ${hex(address)} overlaps the one before it or is not aligned; the file is damaged.`,
      );
    end = address + Math.ceil(memorySize / PAGE) * PAGE;
    if (end > imageSize)
      throw new FormatError(`The section ${name} ends at ${hex(end)}, behind the image; the file is damaged.`);
    requireRange(size, offset, fileSize, `the section ${name}`);
    return section;
  });
}

function readSection(bytes: Uint8Array, view: DataView, at: number): PeSection {
  const rawSize = view.getUint32(at + 16, true);
  // Old linkers leave VirtualSize zero: then the size in the file counts.
  const memorySize = view.getUint32(at + 8, true) || rawSize;
  const fileSize = Math.min(rawSize, Math.ceil(memorySize / PAGE) * PAGE);
  return {
    name: textAt(bytes, at, at + 8),
    address: view.getUint32(at + 12, true),
    memorySize,
    offset: fileSize === 0 ? 0 : view.getUint32(at + 20, true),
    fileSize,
    characteristics: view.getUint32(at + 36, true),
  };
}

/** Refuses images that are no program: DLLs, drivers, and those without an entry point. */
export function checkProgram({ characteristics, subsystem, entry, sections }: PeFile): void {
  if (characteristics & pe.IMAGE_FILE_DLL) throw new FormatError('The image is a DLL, not a program.');
  if (![pe.IMAGE_SUBSYSTEM_NATIVE, pe.IMAGE_SUBSYSTEM_WINDOWS_GUI, pe.IMAGE_SUBSYSTEM_WINDOWS_CUI].includes(subsystem))
    throw new FormatError(`The image is for subsystem ${subsystem}, which is not that of Windows programs.`);
  const code = sections.find(({ address, memorySize }) => entry >= address && entry < address + memorySize);
  if (entry === 0 || !code || !(code.characteristics & pe.IMAGE_SCN_MEM_EXECUTE))
    throw new FormatError(`The entry point ${hex(entry)} is not in an executable section; the file is damaged.`);
}

/** Where in the file the bytes at a relative address are, and how many of them in a row; undefined where there are none. */
export function fileRange(file: PeFile, address: number): { offset: number; size: number } | undefined {
  if (address < file.headersSize) return { offset: address, size: file.headersSize - address };
  for (const section of file.sections) {
    const within = address - section.address;
    if (within >= 0 && within < section.fileSize)
      return { offset: section.offset + within, size: section.fileSize - within };
  }
  return undefined;
}

/** Exports in the order of their ordinals. */
export function readExports(bytes: Uint8Array, file: PeFile): PeExport[] {
  const directory = file.directories[pe.IMAGE_DIRECTORY_ENTRY_EXPORT];
  if (!directory?.address) return [];
  const image = new ImageView(bytes, file);
  const { address: at } = directory;
  const firstOrdinal = image.word(at + 16);
  const functions = image.count(at + 20, 'exports');
  const names = image.count(at + 24, 'exported names');
  const functionTable = image.word(at + 28);
  const nameTable = image.word(at + 32);
  const ordinalTable = image.word(at + 36);
  const nameOf = new Map<number, string>();
  for (let index = 0; index < names; index++)
    nameOf.set(image.half(ordinalTable + index * 2), image.text(image.word(nameTable + index * 4)));
  const exports: PeExport[] = [];
  for (let index = 0; index < functions; index++) {
    const address = image.word(functionTable + index * 4);
    if (address === 0) continue;
    const isForwarded = address >= at && address < at + directory.size;
    exports.push({
      name: nameOf.get(index) ?? '',
      ordinal: firstOrdinal + index,
      address,
      forwarder: isForwarded ? image.text(address) : '',
    });
  }
  return exports;
}

export function readImports(bytes: Uint8Array, file: PeFile): PeImport[] {
  const directory = file.directories[pe.IMAGE_DIRECTORY_ENTRY_IMPORT];
  if (!directory?.address) return [];
  const image = new ImageView(bytes, file);
  const imports: PeImport[] = [];
  for (let at = directory.address; ; at += pe.IMPORT_DESCRIPTOR_SIZE) {
    const nameAddress = image.word(at + 12);
    if (nameAddress === 0) return imports;
    if (imports.length === MAXIMUM_NAMES) throw new FormatError('The list of imported modules has no end.');
    const slots = image.word(at + 16);
    // Some linkers write only the table that is also the address table.
    const lookup = image.word(at) || slots;
    imports.push({ module: image.text(nameAddress), entries: readThunks(image, lookup, slots) });
  }
}

function readThunks(image: ImageView, lookup: number, slots: number): { name: string; slot: number }[] {
  const entries: { name: string; slot: number }[] = [];
  for (let index = 0; ; index++) {
    const low = image.word(lookup + index * 8);
    const high = image.word(lookup + index * 8 + 4);
    if (low === 0 && high === 0) return entries;
    if (index === MAXIMUM_NAMES) throw new FormatError('A list of imported names has no end.');
    const isOrdinal = high >>> 31 === 1;
    entries.push({ name: isOrdinal ? `#${low & 0xffff}` : image.text(low + 2), slot: slots + index * 8 });
  }
}

/** Relative addresses of the 64-bit words that hold addresses, in the file's order. */
export function readRelocations(bytes: Uint8Array, file: PeFile): Uint32Array {
  const directory = file.directories[pe.IMAGE_DIRECTORY_ENTRY_BASERELOC];
  if (!directory?.address || directory.size === 0) return new Uint32Array(0);
  const image = new ImageView(bytes, file);
  const found: number[] = [];
  const end = directory.address + directory.size;
  for (let at = directory.address; at + 8 <= end; ) {
    const page = image.word(at);
    const size = image.word(at + 4);
    if (size < 8 || at + size > end)
      throw new FormatError(`The block of relocations at ${hex(at)} has ${size} bytes; the file is damaged.`);
    for (let entry = at + 8; entry + 2 <= at + size; entry += 2) {
      const value = image.half(entry);
      if (value >> 12 === pe.IMAGE_REL_BASED_ABSOLUTE) continue;
      const place = page + (value & 0xfff);
      if (value >> 12 !== pe.IMAGE_REL_BASED_DIR64 || place + 8 > file.imageSize)
        throw new FormatError(`The relocation at ${hex(entry)} has type ${value >> 12} or lies outside the image.`);
      found.push(place);
    }
    at += size;
  }
  return Uint32Array.from(found);
}

/** A COFF symbol: what linkers of the GNU kind leave in images for debuggers. */
export interface PeSymbol {
  readonly name: string;
  /** Relative to the image base. */
  readonly address: number;
  readonly isFunction: boolean;
  readonly global: boolean;
}

/** None where the table is missing or cut off: an image runs without. */
export function readCoffSymbols(bytes: Uint8Array, file: PeFile): PeSymbol[] {
  const { symbolsOffset, symbolCount, sections } = file;
  const strings = symbolsOffset + symbolCount * pe.COFF_SYMBOL_SIZE;
  if (symbolsOffset === 0 || strings + 4 > bytes.length) return [];
  const view = viewOf(bytes);
  const symbols: PeSymbol[] = [];
  for (let index = 0; index < symbolCount; index++) {
    const at = symbolsOffset + index * pe.COFF_SYMBOL_SIZE;
    const section = sections[view.getUint16(at + 12, true) - 1];
    const storage = bytes[at + 16];
    if (section && (storage === pe.IMAGE_SYM_CLASS_EXTERNAL || storage === pe.IMAGE_SYM_CLASS_STATIC)) {
      const isShort = view.getUint32(at, true) !== 0;
      const start = isShort ? at : Math.min(strings + view.getUint32(at + 4, true), bytes.length);
      symbols.push({
        name: textAt(bytes, start, Math.min(start + (isShort ? 8 : MAXIMUM_TEXT), bytes.length)),
        address: section.address + view.getUint32(at + 8, true),
        isFunction: view.getUint16(at + 14, true) === pe.IMAGE_SYM_DTYPE_FUNCTION,
        global: storage === pe.IMAGE_SYM_CLASS_EXTERNAL,
      });
    }
    index += bytes[at + 17]; // auxiliary records belong to the symbol before them
  }
  return symbols;
}

/** The file's bytes by the relative addresses that they will have in memory. */
class ImageView {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly file: PeFile;

  constructor(bytes: Uint8Array, file: PeFile) {
    this.bytes = bytes;
    this.view = viewOf(bytes);
    this.file = file;
  }

  word(address: number): number {
    return this.view.getUint32(this.offset(address, 4), true);
  }

  half(address: number): number {
    return this.view.getUint16(this.offset(address, 2), true);
  }

  count(address: number, what: string): number {
    const count = this.word(address);
    if (count > MAXIMUM_NAMES) throw new FormatError(`The image claims ${count} ${what}; at most 65536 are possible.`);
    return count;
  }

  text(address: number): string {
    const offset = this.offset(address, 1);
    const { size } = fileRange(this.file, address) as { size: number };
    return textAt(this.bytes, offset, Math.min(offset + size, offset + MAXIMUM_TEXT, this.bytes.length));
  }

  private offset(address: number, size: number): number {
    const range = fileRange(this.file, address);
    if (!range || range.size < size || range.offset + size > this.bytes.length)
      throw new FormatError(`A table of the image points to ${hex(address)}, where the file has nothing.`);
    return range.offset;
  }
}

/** The longest name that is believed. */
const MAXIMUM_TEXT = 4096;

function requireRange(available: number, offset: number, size: number, what: string): void {
  if (offset + size > available)
    throw new FormatError(
      `The file ends before ${what} (${offset + size} bytes needed, ${available} there); it is truncated. Build or copy it again.`,
    );
}

/** Zero-terminated Latin text in `[start, end)`. */
function textAt(bytes: Uint8Array, start: number, end: number): string {
  let stop = start;
  while (stop < end && bytes[stop] !== 0) stop++;
  return String.fromCharCode(...bytes.subarray(start, stop));
}
