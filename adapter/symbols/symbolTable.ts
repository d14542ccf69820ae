/** The functions and data of one file, by name and by address. Addresses are link-time ones, or relative to a base. */

export interface TableSymbol {
  readonly name: string;
  readonly address: number;
  readonly size: number;
  readonly kind: 'function' | 'object' | 'label';
  readonly global: boolean;
}

export class SymbolTable {
  /** By address; of several at one address the best name comes last. */
  readonly #sorted: readonly TableSymbol[];
  readonly #byName = new Map<string, TableSymbol[]>();

  /** What stands before names where they are shown, and may stand there where they are looked for. */
  readonly prefix: string;

  constructor(symbols: readonly TableSymbol[], prefix = '') {
    this.prefix = prefix;
    this.#sorted = [...symbols].sort((left, right) => left.address - right.address || rank(left) - rank(right));
    for (const symbol of this.#sorted) {
      const same = this.#byName.get(symbol.name);
      if (same) same.push(symbol);
      else this.#byName.set(symbol.name, [symbol]);
    }
  }

  named(name: string): readonly TableSymbol[] {
    const bare = name.startsWith(this.prefix) ? name.slice(this.prefix.length) : name;
    return this.#byName.get(bare) ?? [];
  }

  names(): Iterable<string> {
    return this.#byName.keys();
  }

  /** The symbol that holds `address`: hand-written assembly has symbols without a size, which reach to the next one. */
  at(address: number): TableSymbol | undefined {
    for (let index = this.#lastUpTo(address); index >= 0; index--) {
      const symbol = this.#sorted[index];
      if (symbol.size === 0 || address < symbol.address + symbol.size) return symbol;
      // Sizes do not nest in code: behind the end of the nearest function lies padding.
      if (symbol.kind === 'function') return undefined;
    }
    return undefined;
  }

  /** First address after `symbol` that belongs to something else, or undefined if nothing follows. */
  endOf(symbol: TableSymbol): number | undefined {
    if (symbol.size > 0) return symbol.address + symbol.size;
    return this.#sorted.slice(this.#lastUpTo(symbol.address) + 1).find(({ address }) => address > symbol.address)
      ?.address;
  }

  /** Addresses in a range where something starts: places from which decoding is sure. */
  startsIn(from: number, to: number): number[] {
    const starts: number[] = [];
    for (let index = this.#lastUpTo(from - 1) + 1; index < this.#sorted.length; index++) {
      const { address } = this.#sorted[index];
      if (address >= to) break;
      if (address !== starts.at(-1)) starts.push(address);
    }
    return starts;
  }

  #lastUpTo(address: number): number {
    let low = 0;
    let high = this.#sorted.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#sorted[middle].address <= address) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}

function rank(symbol: TableSymbol): number {
  return (symbol.kind === 'label' ? 0 : 2) + (symbol.size > 0 ? 4 : 0) + (symbol.global ? 1 : 0);
}
