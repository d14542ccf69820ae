/** The symbols of an ELF file; a file that is none, or cannot be read, has no symbols. */

import { type ElfSymbol, readElf, readSymbols } from '../../emulator/formats/elf.ts';
import type { TableSymbol } from './symbolTable.ts';

/** `STT_NOTYPE`, `STT_OBJECT`, `STT_FUNC` and `STT_GNU_IFUNC` (System V ABI, symbol table). */
const KINDS: Readonly<Record<number, TableSymbol['kind']>> = { 0: 'label', 1: 'object', 2: 'function', 10: 'function' };
const SHF_ALLOC = 2;

export function elfSymbols(bytes: Uint8Array): TableSymbol[] {
  try {
    const file = readElf(bytes);
    // Absolute and undefined symbols have addresses of nothing.
    return readSymbols(bytes, file)
      .filter(symbol => symbol.name !== '' && ((file.sections[symbol.section]?.flags ?? 0) & SHF_ALLOC) !== 0)
      .flatMap(tableSymbol);
  } catch {
    return [];
  }
}

function tableSymbol({ name, value, size, type, binding }: ElfSymbol): TableSymbol[] {
  const kind = KINDS[type];
  return kind ? [{ name, address: value, size, kind, global: binding !== 0 }] : [];
}
