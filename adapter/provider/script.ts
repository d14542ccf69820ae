/**
 * One script that V8 runs and the sources it is made of: its source map both ways. Lines are DAP's, from 1 on; positions in
 * the script are V8's, from 0 on.
 */

import type { Position } from './inspector.ts';
import { type Renamed, readRenames } from './renames.ts';
import { readSections, type Section } from './section.ts';

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

/** Where a line's code begins: its first column in the source, and there in the script. */
interface Start {
  readonly column: number;
  readonly position: Position;
}

/** What is made of a file, and what is known of that once somebody has asked. */
interface FileSections {
  readonly file: SourceFile;
  readonly sections: Section[];
  starts?: ReadonlyMap<number, Start>;
  renames?: readonly Renamed[];
  /** Of the source's own code. */
  start?: Position;
}

export class ProviderScript {
  readonly url: string;
  readonly isMixed: boolean;
  readonly #options: ScriptOptions;
  /** In order. */
  readonly #sections: readonly Section[];
  /** By path. */
  readonly #files = new Map<string, FileSections>();
  readonly #bySection = new Map<Section, FileSections>();
  #lines: readonly string[] | undefined;

  constructor(options: ScriptOptions) {
    this.url = options.url;
    this.isMixed = options.isMixed;
    this.#options = options;
    this.#sections = readSections(options.map);
    for (const section of this.#sections) {
      const file = section.source === undefined ? undefined : options.file(section.source);
      if (!file) continue;
      const known = this.#files.get(file.path) ?? { file, sections: [] };
      known.sections.push(section);
      this.#files.set(file.path, known);
      this.#bySection.set(section, known);
    }
  }

  get files(): readonly string[] {
    return [...this.#files.keys()];
  }

  kind(file: string): Kind | undefined {
    return this.#files.get(file)?.file.kind;
  }

  linesWithCode(file: string): readonly number[] {
    return [...this.#starts(file).keys()].sort((one, other) => one - other);
  }

  /** Where a line's code begins in the script. */
  generated(file: string, line: number): Position | undefined {
    return this.#starts(file).get(line)?.position;
  }

  /** By line. */
  #starts(file: string): ReadonlyMap<number, Start> {
    const known = this.#files.get(file);
    if (!known) return new Map();
    known.starts ??= startsOf(known.sections);
    return known.starts;
  }

  /** Where the code at `position` comes from; undefined for code of no file. */
  original(position: Position): Place | undefined {
    const section = this.#sections[firstBehind(this.#sections, position) - 1];
    const known = section && this.#bySection.get(section);
    if (!known) return undefined;
    if (!this.isMixed) {
      known.start ??= ownStart(section);
      if (compare(position, known.start) < 0) return undefined;
    }
    const found = section.original(position);
    return found && { path: known.file.path, line: found.line, column: found.column + 1 };
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
    const known = this.#files.get(file);
    if (!known) return [];
    this.#lines ??= this.#options.code().split('\n');
    known.renames ??= readRenames(known.sections, this.#lines, this.#options.text?.());
    return known.renames;
  }

  /** Where code that steps pass over begins and ends, in turn, from the script's start on. */
  foreignRanges(): Position[] {
    const changes: Position[] = [NOWHERE];
    let inside = false;
    for (const section of this.#sections) {
      const kind = this.#bySection.get(section)?.file.kind;
      const isOurs = kind !== undefined && kind !== 'plumbing';
      if (isOurs === inside) continue;
      inside = isOurs;
      changes.push(section.start);
    }
    return changes;
  }
}

const NOWHERE: Position = { lineNumber: 0, columnNumber: 0 };

/** A use above is likelier to be of the same variable than one below. */
function distance({ line }: Renamed, from: number): number {
  return line <= from ? from - line : 2 * (line - from);
}

function startsOf(sections: readonly Section[]): Map<number, Start> {
  const starts = new Map<number, Start>();
  for (const section of sections) {
    for (const { position, original } of section.mappings()) {
      const { line, column } = original;
      const known = starts.get(line);
      if (!known || column < known.column) starts.set(line, { column, position });
    }
  }
  return starts;
}

/**
 * What makes CommonJS of a module puts code of its own ahead: getters of what is exported, for one. Some map all of that to
 * the source's first character, where the source's own code begins.
 */
function ownStart(section: Section): Position {
  let start = NOWHERE;
  for (const { position, original } of section.mappings())
    if (original.line === 1 && original.column === 0) start = position;
  return start;
}

function compare(one: Position, other: Position): number {
  return one.lineNumber - other.lineNumber || one.columnNumber - other.columnNumber;
}

/** Number of the first section that begins behind a position. */
function firstBehind(sections: readonly Section[], position: Position): number {
  let low = 0;
  for (let high = sections.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (compare(sections[middle].start, position) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}
