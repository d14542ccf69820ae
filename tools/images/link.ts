/**
 * A small linker: object files of the assembler become one PE32+ image. What an object names and nobody defines is
 * imported; what a DLL defines globally is exported. Equal objects give equal images: there are no times in them.
 */

import * as pe from '../../emulator/formats/peConstants.ts';
import { buildExports, buildImports, buildRelocations } from './directories.ts';
import type { ObjectFile } from './objectFile.ts';
import { type ImageSection, type ImageSymbol, writePe } from './peWriter.ts';

export interface LinkOptions {
  /** File name of the image, as export and import tables have it. */
  readonly name: string;
  readonly dll: boolean;
  readonly base: number;
  /** Symbol of the entry point; none for a DLL without one. */
  readonly entry?: string;
  /** Names that each module exports. */
  readonly modules: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Sections of the image, in order, and which sections of objects they take. */
const PLACES = [
  {
    name: '.text',
    takes: /^\.text/,
    characteristics: pe.IMAGE_SCN_CNT_CODE | pe.IMAGE_SCN_MEM_EXECUTE | pe.IMAGE_SCN_MEM_READ,
  },
  {
    name: '.rdata',
    takes: /^\.rodata/,
    characteristics: pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ,
  },
  {
    name: '.data',
    takes: /^\.(data|bss)/,
    characteristics: pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ | pe.IMAGE_SCN_MEM_WRITE,
  },
] as const;

const R_X86_64_64 = 1;
const R_X86_64_PC32 = 2;
const R_X86_64_PLT32 = 4;
const PAGE = 0x1000;
/** `jmp [rip + slot]` */
const THUNK_SIZE = 6;

interface Piece {
  readonly object: ObjectFile;
  readonly section: number;
  readonly place: number;
  readonly offset: number;
}

export function link(objects: readonly ObjectFile[], options: LinkOptions): Uint8Array {
  const { pieces, sizes } = layOut(objects);
  const imported = importedNames(objects, options);
  const thunks = align(sizes[0], 16);
  sizes[0] = thunks + imported.length * THUNK_SIZE;
  const addresses: number[] = [];
  let end = PAGE;
  for (const size of sizes) {
    addresses.push(end);
    end += align(size, PAGE);
  }

  const placed = (object: ObjectFile, section: number, value: number): number | undefined => {
    const piece = pieces.find(each => each.object === object && each.section === section);
    return piece && addresses[piece.place] + piece.offset + value;
  };
  const globals = new Map<string, number>();
  const symbols: ImageSymbol[] = [];
  for (const object of objects)
    for (const { name, section, value, binding } of object.symbols) {
      const address = section === 0 ? undefined : placed(object, section, value);
      if (address === undefined || name === '' || name.startsWith('.L')) continue;
      if (binding !== 0 && globals.has(name)) throw new Error(`${options.name}: ${name} is defined twice`);
      if (binding !== 0) globals.set(name, address);
      // A label behind the last byte of a section is no place that a debugger could show.
      const last = addresses.filter(start => address >= start).length - 1;
      if (address < addresses[last] + sizes[last])
        symbols.push({ name, address, global: binding !== 0, isFunction: last === 0 });
    }
  imported.forEach(({ name }, index) => globals.set(name, addresses[0] + thunks + index * THUNK_SIZE));

  const exported = options.dll ? [...globals].sort(([left], [right]) => (left < right ? -1 : 1)) : [];
  const exports = exported.length > 0 ? buildExports(options.name, exported, end) : undefined;
  if (exports) end += align(exports.length, PAGE);
  const imports = imported.length > 0 ? buildImports(imported, end) : undefined;
  const importAddress = end;
  if (imports) end += align(imports.contents.length, PAGE);

  const contents = sizes.map(size => new Uint8Array(size));
  for (const { object, section, place, offset } of pieces)
    contents[place].set(object.sections[section]?.contents ?? [], offset);
  const code = new DataView(contents[0].buffer);
  imported.forEach(({ name }, index) => {
    const at = thunks + index * THUNK_SIZE;
    code.setUint16(at, 0x25ff, true);
    code.setInt32(at + 2, (imports?.slots.get(name) ?? 0) - (addresses[0] + at + THUNK_SIZE), true);
  });
  const absolute: number[] = [];
  for (const object of objects)
    for (const { section, offset, type, symbol, addend } of object.relocations) {
      const target = symbol.section === 0 ? globals.get(symbol.name) : placed(object, symbol.section, symbol.value);
      const at = placed(object, section, offset);
      if (target === undefined || at === undefined) throw new Error(`${options.name}: nobody defines ${symbol.name}`);
      const piece = pieces.find(each => each.object === object && each.section === section) as Piece;
      const view = new DataView(contents[piece.place].buffer);
      if (type === R_X86_64_64) {
        view.setBigUint64(piece.offset + offset, BigInt(options.base + target + addend), true);
        absolute.push(at);
      } else if (type === R_X86_64_PC32 || type === R_X86_64_PLT32)
        view.setInt32(piece.offset + offset, target + addend - at, true);
      else throw new Error(`${options.name}: ${symbol.name} is used in a way (${type}) that an image has no words for`);
    }

  const sections: ImageSection[] = PLACES.flatMap(({ name, characteristics }, place) =>
    sizes[place] === 0
      ? []
      : [
          {
            name,
            address: addresses[place],
            size: sizes[place],
            contents: withoutTrailingZeros(contents[place]),
            characteristics,
          },
        ],
  );
  const readOnly = pe.IMAGE_SCN_CNT_INITIALIZED_DATA | pe.IMAGE_SCN_MEM_READ;
  const directories = new Map<number, { address: number; size: number }>();
  const add = (name: string, address: number, bytes: Uint8Array, characteristics: number): void => {
    sections.push({ name, address, size: bytes.length, contents: bytes, characteristics });
  };
  if (exports) {
    const address = imports ? importAddress - align(exports.length, PAGE) : end - align(exports.length, PAGE);
    add('.edata', address, exports, readOnly);
    directories.set(pe.IMAGE_DIRECTORY_ENTRY_EXPORT, { address, size: exports.length });
  }
  if (imports) {
    add('.idata', importAddress, imports.contents, readOnly | pe.IMAGE_SCN_MEM_WRITE);
    directories.set(pe.IMAGE_DIRECTORY_ENTRY_IMPORT, { address: importAddress, size: imports.directorySize });
    directories.set(pe.IMAGE_DIRECTORY_ENTRY_IAT, imports.addressTable);
  }
  if (absolute.length > 0) {
    const block = buildRelocations(absolute);
    add('.reloc', end, block, readOnly | pe.IMAGE_SCN_MEM_DISCARDABLE);
    directories.set(pe.IMAGE_DIRECTORY_ENTRY_BASERELOC, { address: end, size: block.length });
  }
  const entry = options.entry === undefined ? 0 : globals.get(options.entry);
  if (entry === undefined) throw new Error(`${options.name}: nobody defines the entry point ${options.entry}`);
  return writePe({ dll: options.dll, base: options.base, entry, sections, directories, symbols });
}

/** Where each section of each object goes, and the size of each section of the image. */
function layOut(objects: readonly ObjectFile[]): { pieces: Piece[]; sizes: number[] } {
  const sizes: number[] = PLACES.map(() => 0);
  const pieces: Piece[] = [];
  // Zeroed memory goes last, so that the file need not hold it.
  for (const zeroed of [false, true])
    for (const object of objects)
      object.sections.forEach((section, index) => {
        if (!section || section.size === 0 || (section.contents.length === 0) !== zeroed) return;
        const place = PLACES.findIndex(({ takes }) => takes.test(section.name));
        if (place < 0) return;
        const offset = align(sizes[place], Math.max(section.alignment, 1));
        pieces.push({ object, section: index, place, offset });
        sizes[place] = offset + section.size;
      });
  return { pieces, sizes };
}

/** What the objects use and do not define, and whose it is; in the order of modules and names. */
function importedNames(objects: readonly ObjectFile[], options: LinkOptions): { module: string; name: string }[] {
  const defined = new Set(
    objects.flatMap(({ symbols }) => symbols.flatMap(({ name, section }) => (section ? [name] : []))),
  );
  const wanted = new Set(
    objects.flatMap(({ symbols }) => symbols.flatMap(({ name, section }) => (section ? [] : [name]))),
  );
  return [...wanted]
    .filter(name => name !== '' && !defined.has(name))
    .sort()
    .map(name => {
      const module = [...options.modules].find(([, names]) => names.has(name))?.[0];
      if (module === undefined) throw new Error(`${options.name}: nobody defines or exports ${name}`);
      return { module, name };
    });
}

function withoutTrailingZeros(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.subarray(0, end);
}

function align(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}
