/** The symbols of a PE image as a table: its exports, and the COFF symbols that linkers of the GNU kind leave in it. */

import { type PeFile, readCoffSymbols, readExports, readPe } from '../../emulator/formats/pe.ts';
import { IMAGE_SCN_MEM_EXECUTE } from '../../emulator/formats/peConstants.ts';
import type { TableSymbol } from './symbolTable.ts';

/** Addresses are relative to the image's base; an image that cannot be read has no symbols. */
export function peSymbols(bytes: Uint8Array): TableSymbol[] {
  try {
    const file = readPe(bytes);
    const exported = readExports(bytes, file)
      .filter(({ name, forwarder }) => name !== '' && forwarder === '')
      .map(({ name, address }) => ({ name, address, global: true }));
    const known = new Set(exported.map(({ name, address }) => `${name} ${address}`));
    const others = readCoffSymbols(bytes, file).filter(({ name, address }) => !known.has(`${name} ${address}`));
    // The last of several names of one place is shown: NtClose rather than ZwClose.
    const all = [...exported, ...others].sort((left, right) => (left.name < right.name ? 1 : -1));
    return all.map(({ name, address, global }) => ({
      name,
      address,
      size: 0,
      kind: isCode(file, address) ? 'function' : 'object',
      global,
    }));
  } catch {
    return [];
  }
}

function isCode({ sections }: PeFile, at: number): boolean {
  const section = sections.find(({ address, memorySize }) => at >= address && at < address + memorySize);
  return section !== undefined && (section.characteristics & IMAGE_SCN_MEM_EXECUTE) !== 0;
}
