/**
 * Providers' sources and where they are in the bundle that runs: its source map both ways. Lines are DAP's, from 1 on;
 * positions in the bundle are V8's, from 0 on.
 */

import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import {
  allGeneratedPositionsFor,
  eachMapping,
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  TraceMap,
} from '@jridgewell/trace-mapping';
import type { Position } from './inspector.ts';

export interface Place {
  /** Path of a file that is there. */
  readonly path: string;
  readonly line: number;
  /** From 1 on. */
  readonly column: number;
}

/** Where a built package keeps the sources of its providers, below the bundle's folder. */
const SHIPPED = 'sources';
/** Code that serves guests: of pico providers, and the kernel's own services for traditional processes. */
const PROVIDERS = /(?:^|\/)emulator\/(?:providers|kernel\/services)\//;
/**
 * Between the kernel's door and the handlers: code that finds a row and fetches arguments, the same for every call; and
 * code that describes calls to debuggers.
 */
const PLUMBING =
  /\/providers\/[^/]+\/(?:provider|syscalls\/(?:arguments|describe|row|table))\.ts$|\/kernel\/services\/(?:arguments|describe|dispatch|service|table)\.ts$/;

export class ProviderSources {
  readonly #map: TraceMap;
  /** By the map's own name of a source: the file, for those of providers. */
  readonly #files = new Map<string, string>();
  /** By file: lines that have code, in order. */
  readonly #lines = new Map<string, number[]>();
  readonly #names = new Map<string, string>();
  readonly #bundle: string;
  #renamed: Map<string, Renamed[]> | undefined;

  /** `bundle`: path of the script that runs; its map lies beside it. */
  constructor(bundle: string) {
    this.#map = new TraceMap(readFileSync(`${bundle}.map`, 'utf8'));
    this.#bundle = bundle;
    const folder = path.dirname(bundle);
    for (const source of this.#map.sources) {
      if (source === null || !PROVIDERS.test(source)) continue;
      const file = fileOf(folder, source);
      if (file === undefined) continue;
      this.#files.set(source, file);
      this.#names.set(file, source);
    }
    const lines = new Map<string, Set<number>>();
    eachMapping(this.#map, ({ source, originalLine }) => {
      const file = source === null ? undefined : this.#files.get(source);
      if (file === undefined || originalLine === null) return;
      const known = lines.get(file) ?? new Set();
      lines.set(file, known.add(originalLine));
    });
    for (const [file, known] of lines)
      this.#lines.set(
        file,
        [...known].sort((one, other) => one - other),
      );
  }

  /** All files of providers. */
  get files(): string[] {
    return [...this.#names.keys()].sort();
  }

  has(file: string): boolean {
    return this.#names.has(path.resolve(file));
  }

  /** The first line from `line` on that has code. */
  lineWithCode(file: string, line: number): number | undefined {
    return this.#lines.get(path.resolve(file))?.find(each => each >= line);
  }

  linesWithCode(file: string): readonly number[] {
    return this.#lines.get(path.resolve(file)) ?? [];
  }

  /** Whether a file only leads to the handlers: steps pass over it. */
  isPlumbing(file: string): boolean {
    return PLUMBING.test(this.#names.get(file) ?? '');
  }

  /** Where a provider's code at `position` comes from; undefined for all other code. */
  original({ lineNumber, columnNumber }: Position): Place | undefined {
    for (const bias of [GREATEST_LOWER_BOUND, LEAST_UPPER_BOUND] as const) {
      const found = originalPositionFor(this.#map, { line: lineNumber + 1, column: columnNumber, bias });
      const file = found.source === null ? undefined : this.#files.get(found.source);
      if (file !== undefined && found.line !== null) return { path: file, line: found.line, column: found.column + 1 };
      if (found.source !== null) return undefined;
    }
    return undefined;
  }

  /** Where a line's code begins in the bundle. */
  generated(file: string, line: number): Position | undefined {
    const source = this.#names.get(path.resolve(file));
    if (source === undefined) return undefined;
    const [first] = allGeneratedPositionsFor(this.#map, { source, line, column: 0, bias: LEAST_UPPER_BOUND });
    return first?.line == null ? undefined : { lineNumber: first.line - 1, columnNumber: first.column };
  }

  /**
   * What a name of the source is called in the bundle near `line`: the bundler gives variables that would hide one of
   * another file a number. The name itself where nothing was renamed.
   */
  generatedName(file: string, line: number, name: string): string {
    const found = this.#renames(file).filter(({ original }) => original === name);
    const nearest = found.reduce<Renamed | undefined>(
      (best, each) => (best && distance(best, line) <= distance(each, line) ? best : each),
      undefined,
    );
    return nearest?.generated ?? name;
  }

  /** What a name of the bundle is called in the source. */
  originalName(file: string, name: string): string {
    return this.#renames(file).find(({ generated }) => generated === name)?.original ?? name;
  }

  #renames(file: string): readonly Renamed[] {
    this.#renamed ??= this.#readRenames();
    return this.#renamed.get(path.resolve(file)) ?? [];
  }

  /** The map has the source's name wherever the bundle has another. */
  #readRenames(): Map<string, Renamed[]> {
    const lines = readFileSync(this.#bundle, 'latin1').split('\n');
    const renamed = new Map<string, Renamed[]>();
    eachMapping(this.#map, ({ source, name, originalLine, generatedLine, generatedColumn }) => {
      const file = source === null ? undefined : this.#files.get(source);
      if (file === undefined || name === null || originalLine === null) return;
      const generated = /^[\w$]+/.exec(
        lines[generatedLine - 1]?.slice(generatedColumn, generatedColumn + 100) ?? '',
      )?.[0];
      if (generated === undefined || generated === name) return;
      const known = renamed.get(file) ?? [];
      known.push({ generated, original: name, line: originalLine });
      renamed.set(file, known);
    });
    return renamed;
  }

  /** Where code that steps pass over begins and ends, in turn, from the bundle's start on. */
  foreignRanges(): Position[] {
    const changes: Position[] = [{ lineNumber: 0, columnNumber: 0 }];
    let inside = false;
    eachMapping(this.#map, ({ generatedLine, generatedColumn, source }) => {
      const isOurs = source !== null && this.#files.has(source) && !PLUMBING.test(source);
      if (isOurs === inside) return;
      inside = isOurs;
      changes.push({ lineNumber: generatedLine - 1, columnNumber: generatedColumn });
    });
    return changes;
  }
}

interface Renamed {
  readonly generated: string;
  readonly original: string;
  /** Of the source. */
  readonly line: number;
}

/** A use above is likelier to be of the same variable than one below. */
function distance({ line }: Renamed, from: number): number {
  return line <= from ? from - line : 2 * (line - from);
}

function fileOf(folder: string, source: string): string | undefined {
  const here = path.resolve(folder, source);
  const shipped = path.join(folder, SHIPPED, source.replace(/^(\.\.\/)+/, ''));
  return [here, shipped].find(existsSync);
}
