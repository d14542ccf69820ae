/** A WebAssembly module while it is put together: functions, imports, one memory, one table, exports. */

import { Bytes } from './bytes.ts';
import { TYPE_CODES } from './code.ts';
import type { Code } from './code.ts';
import type { Type } from './expression.ts';

interface FunctionImport {
  readonly name: string;
  readonly signature: number;
}

const IMPORT_MODULE = 'm';

export class ModuleBuilder {
  private readonly signatures: string[] = [];
  private readonly signatureBytes: Uint8Array[] = [];
  private readonly imports: FunctionImport[] = [];
  private readonly functions: { signature: number; body: Code | undefined }[] = [];
  private readonly exports: [string, number][] = [];
  private memory: { initial: number; maximum: number } | undefined;
  private elements: readonly number[] = [];
  /** Size and name of a table that is empty at first and grows, the second one. */
  private growing: { size: number; name: string } | undefined;
  private importedTable: string | undefined;
  private readonly customs: (readonly [name: string, content: Uint8Array])[] = [];

  signature(parameters: readonly Type[], results: readonly Type[]): number {
    const key = `${parameters.join()}>${results.join()}`;
    const known = this.signatures.indexOf(key);
    if (known >= 0) return known;
    const bytes = new Bytes();
    bytes.byte(0x60);
    for (const list of [parameters, results]) {
      bytes.unsigned(list.length);
      for (const type of list) bytes.byte(TYPE_CODES[type]);
    }
    this.signatureBytes.push(bytes.view());
    return this.signatures.push(key) - 1;
  }

  /** The module works on a shared memory given to it. Sizes are in pages of 64 KiB. */
  importMemory(initial: number, maximum: number): void {
    this.memory = { initial, maximum };
  }

  /** All imports come before the first function. */
  importFunction(name: string, parameters: readonly Type[], results: readonly Type[]): number {
    return this.imports.push({ name, signature: this.signature(parameters, results) }) - 1;
  }

  /** Reserves an index for a function whose body follows with {@link define}. */
  declare(parameters: readonly Type[], results: readonly Type[]): number {
    const entry = { signature: this.signature(parameters, results), body: undefined };
    return this.imports.length + this.functions.push(entry) - 1;
  }

  define(index: number, body: Code): void {
    this.functions[index - this.imports.length].body = body;
  }

  export(name: string, functionIndex: number): void {
    this.exports.push([name, functionIndex]);
  }

  /** The functions that `call_indirect` reaches, by their table index. */
  setTable(functions: readonly number[]): void {
    this.elements = functions;
  }

  /** A second table, exported and empty, for functions that come later. */
  addGrowingTable(name: string, size: number): void {
    this.growing = { name, size };
  }

  /** The only table is another module's. */
  importTable(name: string): void {
    this.importedTable = name;
  }

  /** A section that the engine keeps for us, with ASCII text. */
  addCustom(name: string, content: Uint8Array): void {
    this.customs.push([name, content]);
  }

  build(): Uint8Array {
    const out = new Bytes();
    out.append([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
    const section = (id: number, count: number, write: (body: Bytes) => void): void => {
      if (count === 0) return;
      const body = new Bytes();
      body.unsigned(count);
      write(body);
      out.byte(id);
      out.unsigned(body.length);
      out.append(body.view());
    };
    section(1, this.signatureBytes.length, body => this.signatureBytes.forEach(bytes => body.append(bytes)));
    const otherImports = (this.memory ? 1 : 0) + (this.importedTable ? 1 : 0);
    section(2, this.imports.length + otherImports, body => this.writeImports(body));
    section(3, this.functions.length, body => this.functions.forEach(entry => body.unsigned(entry.signature)));
    section(4, (this.elements.length ? 1 : 0) + (this.growing ? 1 : 0), body => {
      for (const size of [this.elements.length, this.growing?.size ?? 0]) {
        if (size === 0) continue;
        body.append([0x70, 0]);
        body.unsigned(size);
      }
    });
    section(7, this.exports.length + (this.growing ? 1 : 0), body => {
      if (this.growing) {
        body.name(this.growing.name);
        body.append([1, 1]); // the second table
      }
      for (const [name, index] of this.exports) {
        body.name(name);
        body.byte(0);
        body.unsigned(index);
      }
    });
    section(9, this.elements.length ? 1 : 0, body => {
      body.append([0, 0x41, 0, 0x0b]);
      body.unsigned(this.elements.length);
      for (const index of this.elements) body.unsigned(index);
    });
    this.writeHints(out);
    section(10, this.functions.length, body => {
      for (const { body: code } of this.functions) {
        if (!code) throw new Error('a declared function has no body');
        body.append(code.finish());
      }
    });
    for (const [name, content] of this.customs) {
      const body = new Bytes();
      body.name(name);
      body.append(content);
      out.byte(0);
      out.unsigned(body.length);
      out.append(body.view());
    }
    return out.view().slice();
  }

  /** Branches that are hardly ever taken (branch hinting proposal): engines that do not know the section ignore it. */
  private writeHints(out: Bytes): void {
    const hinted = this.functions.map(({ body }, i) => ({ index: this.imports.length + i, hints: body?.hints ?? [] }));
    const some = hinted.filter(({ hints }) => hints.length > 0);
    if (some.length === 0) return;
    const body = new Bytes();
    body.name('metadata.code.branch_hint');
    body.unsigned(some.length);
    for (const { index, hints } of some) {
      body.unsigned(index);
      body.unsigned(hints.length);
      for (const offset of hints) {
        body.unsigned(offset);
        body.append([1, 0]); // one byte: not taken
      }
    }
    out.byte(0);
    out.unsigned(body.length);
    out.append(body.view());
  }

  private writeImports(body: Bytes): void {
    if (this.memory) {
      body.name(IMPORT_MODULE);
      body.name('memory');
      body.append([2, 3]); // shared, with a maximum
      body.unsigned(this.memory.initial);
      body.unsigned(this.memory.maximum);
    }
    if (this.importedTable) {
      body.name(IMPORT_MODULE);
      body.name(this.importedTable);
      body.append([1, 0x70, 0, 0]); // any table of functions
    }
    for (const { name, signature } of this.imports) {
      body.name(IMPORT_MODULE);
      body.name(name);
      body.byte(0);
      body.unsigned(signature);
    }
  }
}
