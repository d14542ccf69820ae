/** Reads what an assembler made: the sections, symbols and relocations of an ELF object file. */

import { readElf, readSymbols, sectionContents, type ElfSymbol } from '../../emulator/formats/elf.ts';
import { SHT_NOBITS } from '../../emulator/formats/elfConstants.ts';

export interface ObjectSection {
  readonly name: string;
  readonly size: number;
  readonly alignment: number;
  /** Empty for zeroed sections. */
  readonly contents: Uint8Array;
}

export interface ObjectRelocation {
  /** Index of the section that is changed, and the place in it. */
  readonly section: number;
  readonly offset: number;
  /** R_X86_64_* */
  readonly type: number;
  readonly symbol: ElfSymbol;
  readonly addend: number;
}

export interface ObjectFile {
  /** By ELF section index; undefined for those that are no part of a program. */
  readonly sections: readonly (ObjectSection | undefined)[];
  readonly symbols: readonly ElfSymbol[];
  readonly relocations: readonly ObjectRelocation[];
}

const SHF_ALLOC = 2;
const SHT_RELA = 4;
const RELA_SIZE = 24;
const SECTION_HEADER_SIZE = 64;

export function readObject(bytes: Uint8Array): ObjectFile {
  const file = readElf(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const sections = file.sections.map((section, index) => {
    if ((section.flags & SHF_ALLOC) === 0) return undefined;
    const header = file.header.sectionsOffset + index * SECTION_HEADER_SIZE;
    const contents = section.type === SHT_NOBITS ? new Uint8Array(0) : sectionContents(bytes, section);
    return { name: section.name, size: section.size, alignment: view.getUint32(header + 48, true), contents };
  });
  // Relocations count the null symbol, which the reader leaves out.
  const symbols = readSymbols(bytes, file);
  const relocations: ObjectRelocation[] = [];
  file.sections.forEach((section, index) => {
    if (section.type !== SHT_RELA) return;
    const target = view.getUint32(file.header.sectionsOffset + index * SECTION_HEADER_SIZE + 44, true);
    if (!sections[target]) return;
    for (let at = section.offset; at < section.offset + section.size; at += RELA_SIZE)
      relocations.push({
        section: target,
        offset: Number(view.getBigUint64(at, true)),
        type: view.getUint32(at + 8, true),
        symbol: symbols[view.getUint32(at + 12, true) - 1],
        addend: Number(view.getBigInt64(at + 16, true)),
      });
  });
  return { sections, symbols, relocations };
}
