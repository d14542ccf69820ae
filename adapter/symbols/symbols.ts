/** Names for addresses and addresses for names, per process. Files are read when first asked about. */

import type { GuestModule } from '../../emulator/index.ts';
import { readSymbolTable } from './fileSymbols.ts';
import type { SymbolTable, TableSymbol } from './symbolTable.ts';

/** What symbols need of the machine. */
export interface ModuleSource {
  modules(process: number): Promise<GuestModule[]>;
  readFile(path: string): Promise<Uint8Array | undefined>;
}

export interface Located {
  readonly name: string;
  /** Of the symbol, in the process. */
  readonly start: number;
  /** First address after it, if that is known. */
  readonly end: number | undefined;
  readonly offset: number;
  readonly module: GuestModule;
  readonly kind: TableSymbol['kind'];
}

interface LoadedModule {
  readonly module: GuestModule;
  readonly table: SymbolTable;
}

export class Symbols {
  readonly #source: ModuleSource;
  readonly #processes = new Map<number, Promise<readonly LoadedModule[]>>();
  readonly #tables = new Map<string, Promise<SymbolTable>>();

  constructor(source: ModuleSource) {
    this.#source = source;
  }

  /** Which files are mapped where may have changed; what the files say has not. */
  forgetModules(): void {
    this.#processes.clear();
  }

  async at(process: number, address: number): Promise<Located | undefined> {
    const loaded = (await this.#modules(process)).find(({ module }) => holds(module, address));
    const symbol = loaded?.table.at(address - loaded.module.bias);
    return loaded && symbol ? locate(loaded, symbol, address) : undefined;
  }

  /** `main+0x10`, or '' where no symbol is. */
  async describe(process: number, address: number): Promise<string> {
    const found = await this.at(process, address);
    return found ? withOffset(found) : '';
  }

  async moduleAt(process: number, address: number): Promise<GuestModule | undefined> {
    return (await this.#modules(process)).find(({ module }) => holds(module, address))?.module;
  }

  /** Everything called `name`, exact and in the order of modules. */
  async named(process: number, name: string): Promise<Located[]> {
    const modules = await this.#modules(process);
    return modules.flatMap(loaded =>
      loaded.table.named(name).map(symbol => locate(loaded, symbol, symbol.address + loaded.module.bias)),
    );
  }

  async names(process: number): Promise<string[]> {
    return (await this.#modules(process)).flatMap(({ table }) => [...table.names()]);
  }

  /** Places from `from` to before `to` where decoding is sure to be right, in order. */
  async anchors(process: number, from: number, to: number): Promise<number[]> {
    const modules = await this.#modules(process);
    return modules
      .flatMap(({ module, table }) =>
        table.startsIn(from - module.bias, to - module.bias).map(address => address + module.bias),
      )
      .sort((left, right) => left - right);
  }

  #modules(process: number): Promise<readonly LoadedModule[]> {
    let loading = this.#processes.get(process);
    if (!loading) {
      loading = this.#load(process);
      this.#processes.set(process, loading);
    }
    return loading;
  }

  async #load(process: number): Promise<readonly LoadedModule[]> {
    const modules = await this.#source.modules(process);
    return Promise.all(modules.map(async module => ({ module, table: await this.#table(module.path) })));
  }

  #table(path: string): Promise<SymbolTable> {
    let reading = this.#tables.get(path);
    if (!reading) {
      reading = this.#source.readFile(path).then(bytes => readSymbolTable(bytes, path));
      this.#tables.set(path, reading);
    }
    return reading;
  }
}

export function withOffset({ name, offset }: Located): string {
  return offset === 0 ? name : `${name}+0x${offset.toString(16)}`;
}

function holds(module: GuestModule, address: number): boolean {
  return address >= module.base && address < module.base + module.size;
}

function locate({ module, table }: LoadedModule, symbol: TableSymbol, address: number): Located {
  const start = symbol.address + module.bias;
  const end = table.endOf(symbol);
  return {
    name: table.prefix + symbol.name,
    start,
    end: end === undefined ? undefined : end + module.bias,
    offset: address - start,
    module,
    kind: symbol.kind,
  };
}
