/** Virtual assembly documents: a function, or the code around an address, as text whose lines are instructions. */

import type { DebugProtocol as Dap } from '@vscode/debugprotocol';
import { type AssemblyText, renderAssembly } from './assemblyText.ts';
import type { MachineCalls } from './machine/client.ts';
import { fileName } from './fileName.ts';
import { hex } from './memoryReferences.ts';
import type { Located, Symbols } from './symbols/symbols.ts';

export interface AssemblyDocument extends AssemblyText {
  readonly reference: number;
  readonly process: number;
  /** `hello · main.asm` */
  readonly name: string;
  /** `pico:/p8/main.disasm` */
  readonly path: string;
  readonly start: number;
  /** The bytes it was made from: other bytes, other document. */
  readonly bytes: Uint8Array;
}

export interface DocumentPlace {
  readonly document: AssemblyDocument;
  readonly line: number;
}

export type DocumentListener = (reason: 'new' | 'removed', document: AssemblyDocument) => void;

/** Code to show: from `start` to before `end`. */
interface Extent {
  readonly start: number;
  readonly end: number;
  /** `main`, `init@401200` where several functions are called so, or `0x401000` without a symbol. */
  readonly label: string;
  readonly module: string;
}

/** A longer function is shown up to here; what lies behind is shown in windows. */
const MOST_BYTES = 64 * 1024;
/** Rows of a window, for code without symbols: before, and from the address that was asked for. */
const ROWS_BEFORE = 32;
const ROWS_AFTER = 96;
const PATH = /^pico:\/p(\d+)\/(.+)\.disasm$/;

export class Documents {
  readonly #machine: Pick<MachineCalls, 'disassemble' | 'readMemory'>;
  readonly #symbols: Symbols;
  readonly #listener: DocumentListener;
  readonly #byReference = new Map<number, AssemblyDocument>();
  /** By process and start address; of one that was made anew the latest only. */
  readonly #current = new Map<string, AssemblyDocument>();

  constructor(machine: Pick<MachineCalls, 'disassemble' | 'readMemory'>, symbols: Symbols, listener: DocumentListener) {
    this.#machine = machine;
    this.#symbols = symbols;
    this.#listener = listener;
  }

  get(reference: number): AssemblyDocument | undefined {
    return this.#byReference.get(reference);
  }

  all(): AssemblyDocument[] {
    return [...this.#current.values()];
  }

  /** The document that shows `address` at the start of a line, made when none does yet. */
  async at(process: number, address: number): Promise<DocumentPlace | undefined> {
    const symbol = await this.#symbols.at(process, address);
    const byName = symbol && (await this.#functionExtent(process, symbol));
    if (byName) {
      const place = placeIn(await this.#show(process, byName), address);
      if (place) return place;
    }
    // No symbol, or an address between the instructions as decoded from the symbol on.
    const window = this.#windowWith(process, address);
    const fresh = window && (await this.#isFresh(window));
    return placeIn(fresh ? window : await this.#show(process, await this.#windowExtent(process, address)), address);
  }

  /** The document of a client's source: by its reference, else by its path, which outlives sessions. */
  async find(source: Dap.Source): Promise<AssemblyDocument | undefined> {
    const known = this.#byReference.get(source.sourceReference ?? 0);
    if (known && (source.path === undefined || known.path === source.path)) return known;
    const match = PATH.exec(source.path ?? '');
    if (!match) return undefined;
    const process = Number(match[1]);
    const address = await this.#addressOf(process, match[2]);
    return address === undefined ? undefined : (await this.at(process, address))?.document;
  }

  /** Forgets what was shown of a process that is gone or runs another program. */
  forget(process: number): void {
    for (const [key, document] of this.#current) if (document.process === process) this.#remove(key, document);
  }

  async #functionExtent(process: number, symbol: Located): Promise<Extent> {
    const moduleEnd = symbol.module.base + symbol.module.size;
    const same = await this.#symbols.named(process, symbol.name);
    return {
      start: symbol.start,
      end: Math.min(symbol.end ?? moduleEnd, moduleEnd, symbol.start + MOST_BYTES),
      label: same.length > 1 ? `${symbol.name}@${symbol.start.toString(16)}` : symbol.name,
      module: fileName(symbol.module.path),
    };
  }

  async #windowExtent(process: number, address: number): Promise<Extent> {
    const before = await this.#machine.disassemble(process, address, -ROWS_BEFORE, ROWS_BEFORE);
    const start = before[before.map(row => row.valid).lastIndexOf(false) + 1]?.address ?? address;
    const after = await this.#machine.disassemble(process, address, 0, ROWS_AFTER);
    const hole = after.findIndex(row => !row.valid);
    const last = after[(hole < 0 ? after.length : hole) - 1];
    const module = await this.#symbols.moduleAt(process, address);
    return {
      start,
      end: last ? last.address + last.bytes.length : address + 1,
      label: hex(start),
      module: module ? fileName(module.path) : `process ${process}`,
    };
  }

  #windowWith(process: number, address: number): AssemblyDocument | undefined {
    return this.all().find(each => each.process === process && each.lines.has(address));
  }

  async #addressOf(process: number, label: string): Promise<number | undefined> {
    if (/^0x[0-9a-f]+$/.test(label)) return Number(label);
    const [name, at] = label.split(/@(?=[0-9a-f]+$)/);
    const found = await this.#symbols.named(process, name);
    return (at === undefined ? found[0] : found.find(({ start }) => start === Number.parseInt(at, 16)))?.start;
  }

  async #show(process: number, extent: Extent): Promise<AssemblyDocument | undefined> {
    const key = `${process}/${extent.start}/${extent.label}`;
    const known = this.#current.get(key);
    if (known && (await this.#isFresh(known))) return known;
    // Another request may have found the same, and made it anew.
    if (known && this.#current.get(key) === known) this.#remove(key, known);
    const bytes = await this.#machine.readMemory(process, extent.start, extent.end - extent.start);
    if (bytes.length === 0) return undefined;
    const text = await renderAssembly(this.#machine, this.#symbols, process, extent);
    const made = this.#current.get(key);
    if (made) return made;
    const document: AssemblyDocument = {
      ...text,
      reference: this.#byReference.size + 1,
      process,
      name: `${extent.module} · ${extent.label}.asm`,
      path: `pico:/p${process}/${extent.label.replaceAll('/', '_')}.disasm`,
      start: extent.start,
      bytes,
    };
    this.#byReference.set(document.reference, document);
    this.#current.set(key, document);
    this.#listener('new', document);
    return document;
  }

  #remove(key: string, document: AssemblyDocument): void {
    this.#current.delete(key);
    this.#listener('removed', document);
  }

  async #isFresh(document: AssemblyDocument): Promise<boolean> {
    const bytes = await this.#machine.readMemory(document.process, document.start, document.bytes.length);
    return Buffer.compare(bytes, document.bytes) === 0;
  }
}

export function isAssemblyPath(path: string | undefined): boolean {
  return PATH.test(path ?? '');
}

export function sourceOf(document: AssemblyDocument): Dap.Source {
  return { name: document.name, path: document.path, sourceReference: document.reference };
}

function placeIn(document: AssemblyDocument | undefined, address: number): DocumentPlace | undefined {
  const line = document?.lines.get(address);
  return document && line !== undefined ? { document, line } : undefined;
}
