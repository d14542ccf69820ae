/** Tables of an image that its data directories point to: exports, imports, base relocations ("PE Format"). */

import {
  EXPORT_DIRECTORY_SIZE,
  IMAGE_REL_BASED_DIR64,
  IMPORT_DESCRIPTOR_SIZE,
} from '../../emulator/formats/peConstants.ts';

/** `.edata` at relative address `at`; `symbols` sorted by name, as the loader's binary search wants them. */
export function buildExports(
  module: string,
  symbols: readonly (readonly [name: string, address: number])[],
  at: number,
): Uint8Array {
  const functions = EXPORT_DIRECTORY_SIZE;
  const names = functions + symbols.length * 4;
  const ordinals = names + symbols.length * 4;
  let end = ordinals + symbols.length * 2;
  const texts = [module, ...symbols.map(([name]) => name)].map(text => {
    const offset = end;
    end += text.length + 1;
    return { text, offset };
  });
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  const header = [0, 0, 0, at + texts[0].offset, 1, symbols.length, symbols.length];
  [...header, at + functions, at + names, at + ordinals].forEach((word, index) =>
    view.setUint32(index * 4, word, true),
  );
  symbols.forEach(([, address], index) => {
    view.setUint32(functions + index * 4, address, true);
    view.setUint32(names + index * 4, at + texts[index + 1].offset, true);
    view.setUint16(ordinals + index * 2, index, true);
  });
  for (const { text, offset } of texts) putText(bytes, offset, text);
  return bytes;
}

export interface ImportTables {
  readonly contents: Uint8Array;
  readonly directorySize: number;
  readonly addressTable: { readonly address: number; readonly size: number };
  /** Relative address of each name's slot. */
  readonly slots: ReadonlyMap<string, number>;
}

/** `.idata` at relative address `at`: descriptors, look-up tables, address tables, names. */
export function buildImports(imports: readonly { module: string; name: string }[], at: number): ImportTables {
  const modules = [...new Set(imports.map(({ module }) => module))];
  const directorySize = (modules.length + 1) * IMPORT_DESCRIPTOR_SIZE;
  const tableSize = (imports.length + modules.length) * 8;
  const lookups = Math.ceil(directorySize / 8) * 8;
  const addresses = lookups + tableSize;
  let end = addresses + tableSize;
  const place = (text: string, hint: number): number => {
    const offset = end;
    end = Math.ceil((end + hint + text.length + 1) / 2) * 2;
    return offset;
  };
  const moduleNames = modules.map(module => place(module, 0));
  const entryNames = imports.map(({ name }) => place(name, 2));
  const bytes = new Uint8Array(end);
  const view = new DataView(bytes.buffer);
  const slots = new Map<string, number>();
  let table = 0;
  modules.forEach((module, index) => {
    const descriptor = index * IMPORT_DESCRIPTOR_SIZE;
    view.setUint32(descriptor, at + lookups + table, true);
    view.setUint32(descriptor + 12, at + moduleNames[index], true);
    view.setUint32(descriptor + 16, at + addresses + table, true);
    putText(bytes, moduleNames[index], module);
    imports.forEach(({ module: owner, name }, entry) => {
      if (owner !== module) return;
      for (const start of [lookups, addresses]) view.setUint32(start + table, at + entryNames[entry], true);
      putText(bytes, entryNames[entry] + 2, name);
      slots.set(name, at + addresses + table);
      table += 8;
    });
    table += 8;
  });
  return { contents: bytes, directorySize, addressTable: { address: at + addresses, size: tableSize }, slots };
}

/** `.reloc`: a block for each page that holds addresses. */
export function buildRelocations(absolute: readonly number[]): Uint8Array {
  const pages = new Map<number, number[]>();
  for (const place of [...absolute].sort((left, right) => left - right)) {
    const page = Math.floor(place / 0x1000) * 0x1000;
    pages.set(page, [...(pages.get(page) ?? []), place - page]);
  }
  const blocks = [...pages].map(([page, offsets]) => {
    const entries = offsets.map(offset => (IMAGE_REL_BASED_DIR64 << 12) | offset);
    if (entries.length % 2) entries.push(0); // blocks are multiples of four bytes
    const block = new Uint8Array(8 + entries.length * 2);
    const view = new DataView(block.buffer);
    view.setUint32(0, page, true);
    view.setUint32(4, block.length, true);
    entries.forEach((entry, index) => view.setUint16(8 + index * 2, entry, true));
    return block;
  });
  return Uint8Array.from(blocks.flatMap(block => [...block]));
}

function putText(bytes: Uint8Array, offset: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[offset + i] = text.charCodeAt(i);
}
