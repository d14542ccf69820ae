/** Writes a PE32+ file: headers, sections, and the COFF symbol table that names functions which are not exported. */

import * as pe from '../../emulator/formats/peConstants.ts';

export interface ImageSection {
  readonly name: string;
  /** Relative to the image base. */
  readonly address: number;
  /** Bytes in memory. */
  readonly size: number;
  /** Bytes in the file; the rest is zero. */
  readonly contents: Uint8Array;
  readonly characteristics: number;
}

export interface ImageSymbol {
  readonly name: string;
  readonly address: number;
  readonly global: boolean;
  readonly isFunction: boolean;
}

export interface Image {
  readonly dll: boolean;
  readonly base: number;
  readonly entry: number;
  readonly sections: readonly ImageSection[];
  readonly directories: ReadonlyMap<number, { readonly address: number; readonly size: number }>;
  readonly symbols: readonly ImageSymbol[];
}

const PAGE = 0x1000;
const FILE_ALIGNMENT = 0x200;
/** Right behind the 64 bytes of the DOS header: there is no DOS program in the file. */
const PE_HEADER = 0x40;
const STACK_RESERVE = 0x10_0000;
const STACK_COMMIT = 0x1000;
/** Windows 10. */
const VERSION = { major: 10, minor: 0 };
const DLL_CHARACTERISTICS =
  pe.IMAGE_DLLCHARACTERISTICS_HIGH_ENTROPY_VA |
  pe.IMAGE_DLLCHARACTERISTICS_DYNAMIC_BASE |
  pe.IMAGE_DLLCHARACTERISTICS_NX_COMPAT;

export function writePe(image: Image): Uint8Array {
  const optional = PE_HEADER + 4 + pe.FILE_HEADER_SIZE;
  const optionalSize = pe.OPTIONAL_HEADER_SIZE + pe.IMAGE_NUMBEROF_DIRECTORY_ENTRIES * pe.DIRECTORY_SIZE;
  const headers = align(optional + optionalSize + image.sections.length * pe.SECTION_HEADER_SIZE, FILE_ALIGNMENT);
  let end = headers;
  const offsets = image.sections.map(({ contents }) => {
    const offset = end;
    end += align(contents.length, FILE_ALIGNMENT);
    return offset;
  });
  const table = coffSymbols(image);
  const bytes = new Uint8Array(end + table.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, pe.IMAGE_DOS_SIGNATURE, true);
  view.setUint32(pe.E_LFANEW, PE_HEADER, true);
  view.setUint32(PE_HEADER, pe.IMAGE_NT_SIGNATURE, true);
  writeFileHeader(view, PE_HEADER + 4, image, end, optionalSize);
  writeOptionalHeader(view, optional, image, headers);
  image.sections.forEach((section, index) => {
    const at = optional + optionalSize + index * pe.SECTION_HEADER_SIZE;
    for (let i = 0; i < section.name.length; i++) bytes[at + i] = section.name.charCodeAt(i);
    view.setUint32(at + 8, section.size, true);
    view.setUint32(at + 12, section.address, true);
    view.setUint32(at + 16, align(section.contents.length, FILE_ALIGNMENT), true);
    view.setUint32(at + 20, section.contents.length > 0 ? offsets[index] : 0, true);
    view.setUint32(at + 36, section.characteristics, true);
    bytes.set(section.contents, offsets[index]);
  });
  bytes.set(table, end);
  return bytes;
}

function writeFileHeader(view: DataView, at: number, image: Image, symbols: number, optionalSize: number): void {
  view.setUint16(at, pe.IMAGE_FILE_MACHINE_AMD64, true);
  view.setUint16(at + 2, image.sections.length, true);
  view.setUint32(at + 8, image.symbols.length > 0 ? symbols : 0, true);
  view.setUint32(at + 12, image.symbols.length, true);
  view.setUint16(at + 16, optionalSize, true);
  const dll = image.dll ? pe.IMAGE_FILE_DLL : 0;
  view.setUint16(at + 18, pe.IMAGE_FILE_EXECUTABLE_IMAGE | pe.IMAGE_FILE_LARGE_ADDRESS_AWARE | dll, true);
}

function writeOptionalHeader(view: DataView, at: number, image: Image, headers: number): void {
  const last = image.sections[image.sections.length - 1];
  view.setUint16(at, pe.IMAGE_NT_OPTIONAL_HDR64_MAGIC, true);
  view.setUint32(at + 16, image.entry, true);
  view.setUint32(at + 20, image.sections[0].address, true);
  view.setBigUint64(at + 24, BigInt(image.base), true);
  view.setUint32(at + 32, PAGE, true);
  view.setUint32(at + 36, FILE_ALIGNMENT, true);
  view.setUint16(at + 40, VERSION.major, true);
  view.setUint16(at + 42, VERSION.minor, true);
  view.setUint16(at + 48, VERSION.major, true);
  view.setUint16(at + 50, VERSION.minor, true);
  view.setUint32(at + 56, align(last.address + last.size, PAGE), true);
  view.setUint32(at + 60, headers, true);
  view.setUint16(at + 68, pe.IMAGE_SUBSYSTEM_WINDOWS_CUI, true);
  view.setUint16(at + 70, DLL_CHARACTERISTICS, true);
  view.setBigUint64(at + 72, BigInt(STACK_RESERVE), true);
  view.setBigUint64(at + 80, BigInt(STACK_COMMIT), true);
  view.setBigUint64(at + 88, BigInt(STACK_RESERVE), true);
  view.setBigUint64(at + 96, BigInt(STACK_COMMIT), true);
  view.setUint32(at + 108, pe.IMAGE_NUMBEROF_DIRECTORY_ENTRIES, true);
  for (const [index, { address, size }] of image.directories) {
    view.setUint32(at + pe.OPTIONAL_HEADER_SIZE + index * pe.DIRECTORY_SIZE, address, true);
    view.setUint32(at + pe.OPTIONAL_HEADER_SIZE + index * pe.DIRECTORY_SIZE + 4, size, true);
  }
}

/** Records of 18 bytes, then a table of the names that do not fit into eight. */
function coffSymbols({ symbols, sections }: Image): Uint8Array {
  if (symbols.length === 0) return new Uint8Array(0);
  const names: number[] = [];
  const records = new Uint8Array(symbols.length * pe.COFF_SYMBOL_SIZE);
  const view = new DataView(records.buffer);
  symbols.forEach(({ name, address, global, isFunction }, index) => {
    const at = index * pe.COFF_SYMBOL_SIZE;
    const section = sections.findIndex(each => address >= each.address && address < each.address + each.size);
    if (name.length > 8) {
      view.setUint32(at + 4, 4 + names.length, true);
      names.push(...[...name].map(letter => letter.charCodeAt(0)), 0);
    } else for (let i = 0; i < name.length; i++) records[at + i] = name.charCodeAt(i);
    view.setUint32(at + 8, address - sections[section].address, true);
    view.setUint16(at + 12, section + 1, true);
    view.setUint16(at + 14, isFunction ? pe.IMAGE_SYM_DTYPE_FUNCTION : 0, true);
    records[at + 16] = global ? pe.IMAGE_SYM_CLASS_EXTERNAL : pe.IMAGE_SYM_CLASS_STATIC;
  });
  const size = new Uint8Array(4);
  new DataView(size.buffer).setUint32(0, 4 + names.length, true);
  return Uint8Array.from([...records, ...size, ...names]);
}

function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
