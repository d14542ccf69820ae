/**
 * One script that V8 runs and the sources it is made of: its source map both ways. Lines are DAP's, from 1 on; positions in
 * the script are V8's, from 0 on.
 */

import {
  allGeneratedPositionsFor,
  eachMapping,
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  TraceMap,
} from '@jridgewell/trace-mapping';
import type { Position } from './inspector.ts';
import { type Renamed, readRenames } from './renames.ts';

export interface Place {
  /** Path of a file that is there. */
  readonly path: string;
  readonly line: number;
  /** From 1 on. */
  readonly column: number;
}

/**
 * What a source is to the user: `code` that serves guests; `plumbing` between the kernel's door and that code, which steps
 * pass over; `internal` code of the emulator that the user has asked for.
 */
export type Kind = 'code' | 'plumbing' | 'internal';

export interface SourceFile {
  readonly path: string;
  readonly kind: Kind;
}

export interface ScriptOptions {
  /** V8's name of the script. */
  readonly url: string;
  /** JSON of its source map. */
  readonly map: string;
  /** Its text. */
  readonly code: () => string;
  /** The file of a source of the map; undefined for one that nobody is to see. */
  readonly file: (source: string) => SourceFile | undefined;
  /** Text of the source, for a script of one whose map does not know what names have become. */
  readonly text?: () => string;
  /** Whether there is also code of nobody's in it, which steps pass over. */
  readonly isMixed: boolean;
}

export class ProviderScript {
  readonly url: string;
  readonly isMixed: boolean;
  readonly #options: ScriptOptions;
  readonly #map: TraceMap;
  /** By the map's own name of a source. */
  readonly #files = new Map<string, SourceFile>();
  /** By path: the map's own name. */
  readonly #names = new Map<string, string>();
  /** By path: lines that have code, in order. */
  #lines: ReadonlyMap<string, readonly number[]> | undefined;
  /** Of the source's own code. */
  #start: Position | undefined;
  #renamed: ReadonlyMap<string, readonly Renamed[]> | undefined;

  constructor(options: ScriptOptions) {
    this.url = options.url;
    this.isMixed = options.isMixed;
    this.#options = options;
    this.#map = new TraceMap(options.map);
    for (const source of this.#map.sources) {
      const file = source === null ? undefined : options.file(source);
      if (source === null || file === undefined) continue;
      this.#files.set(source, file);
      this.#names.set(file.path, source);
    }
  }

  get files(): readonly string[] {
    return [...this.#names.keys()];
  }

  kind(file: string): Kind | undefined {
    return this.#files.get(this.#names.get(file) ?? '')?.kind;
  }

  linesWithCode(file: string): readonly number[] {
    this.#lines ??= this.#readLines();
    return this.#lines.get(file) ?? [];
  }

  #readLines(): Map<string, readonly number[]> {
    const lines = new Map<string, Set<number>>();
    eachMapping(this.#map, ({ source, originalLine }) => {
      const file = source === null ? undefined : this.#files.get(source)?.path;
      if (file === undefined || originalLine === null) return;
      const known = lines.get(file) ?? new Set();
      lines.set(file, known.add(originalLine));
    });
    return new Map([...lines].map(([file, known]) => [file, [...known].sort((one, other) => one - other)]));
  }

  /** Where the code at `position` comes from; undefined for code of no file. */
  original({ lineNumber, columnNumber }: Position): Place | undefined {
    this.#start ??= this.isMixed ? NOWHERE : this.#findStart();
    const isAhead = this.#start.lineNumber - lineNumber || this.#start.columnNumber - columnNumber;
    if (isAhead > 0) return undefined;
    for (const bias of [GREATEST_LOWER_BOUND, LEAST_UPPER_BOUND] as const) {
      const found = originalPositionFor(this.#map, { line: lineNumber + 1, column: columnNumber, bias });
      const file = found.source === null ? undefined : this.#files.get(found.source);
      if (file && found.line !== null) return { path: file.path, line: found.line, column: found.column + 1 };
      if (found.source !== null) return undefined;
    }
    return undefined;
  }

  /**
   * What makes CommonJS of a module puts code of its own ahead: getters of what is exported, for one. Some map all of that
   * to the source's first character, where the source's own code begins.
   */
  #findStart(): Position {
    let start = NOWHERE;
    eachMapping(this.#map, ({ originalLine, originalColumn, generatedLine, generatedColumn }) => {
      if (originalLine === 1 && originalColumn === 0)
        start = { lineNumber: generatedLine - 1, columnNumber: generatedColumn };
    });
    return start;
  }

  /** Where a line's code begins in the script. */
  generated(file: string, line: number): Position | undefined {
    const source = this.#names.get(file);
    if (source === undefined) return undefined;
    const [first] = allGeneratedPositionsFor(this.#map, { source, line, column: 0, bias: LEAST_UPPER_BOUND });
    return first?.line == null ? undefined : { lineNumber: first.line - 1, columnNumber: first.column };
  }

  /** An expression with the names of the source, in those of the script. Members keep theirs. */
  translate(expression: string, { path, line }: Pick<Place, 'path' | 'line'>): string {
    return expression.replaceAll(/(?<![\w$.'"`])[A-Za-z_$][\w$]*(?!\s*:)/g, name =>
      this.generatedName(path, line, name),
    );
  }

  /** What a name of the source is called in the script near `line`; the name itself where it has not changed. */
  generatedName(file: string, line: number, name: string): string {
    const found = this.#renames(file).filter(({ original }) => original === name);
    const nearest = found.reduce<Renamed | undefined>(
      (best, each) => (best && distance(best, line) <= distance(each, line) ? best : each),
      undefined,
    );
    return nearest?.generated ?? name;
  }

  /** What a name of the script is called in the source. */
  originalName(file: string, name: string): string {
    return this.#renames(file).find(({ generated }) => generated === name)?.original ?? name;
  }

  #renames(file: string): readonly Renamed[] {
    this.#renamed ??= readRenames(
      this.#map,
      source => this.#files.get(source)?.path,
      this.#options.code(),
      this.#options.text?.(),
    );
    return this.#renamed.get(file) ?? [];
  }

  /** Where code that steps pass over begins and ends, in turn, from the script's start on. */
  foreignRanges(): Position[] {
    const changes: Position[] = [{ lineNumber: 0, columnNumber: 0 }];
    let inside = false;
    eachMapping(this.#map, ({ generatedLine, generatedColumn, source }) => {
      const kind = source === null ? undefined : this.#files.get(source)?.kind;
      const isOurs = kind !== undefined && kind !== 'plumbing';
      if (isOurs === inside) return;
      inside = isOurs;
      changes.push({ lineNumber: generatedLine - 1, columnNumber: generatedColumn });
    });
    return changes;
  }
}

const NOWHERE: Position = { lineNumber: 0, columnNumber: 0 };

/** A use above is likelier to be of the same variable than one below. */
function distance({ line }: Renamed, from: number): number {
  return line <= from ? from - line : 2 * (line - from);
}
