/** The symbol table of a file, whatever its format. */

import { isPe } from '../../emulator/formats/pe.ts';
import { elfSymbols } from './elfSymbols.ts';
import { peSymbols } from './peSymbols.ts';
import { SymbolTable } from './symbolTable.ts';

/** `path` gives symbols of images the prefix that debuggers of Windows show: `ntdll!NtClose`. */
export function readSymbolTable(bytes: Uint8Array | undefined, path: string): SymbolTable {
  if (!bytes) return new SymbolTable([]);
  if (!isPe(bytes)) return new SymbolTable(elfSymbols(bytes));
  const name = path.slice(path.lastIndexOf('\\') + 1);
  const end = name.lastIndexOf('.');
  return new SymbolTable(peSymbols(bytes), `${end > 0 ? name.slice(0, end) : name}!`);
}
