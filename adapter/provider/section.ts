/** A stretch of a script that is made of one source: its part of the source map, decoded when it is first asked for. */

import {
  decodedMappings,
  GREATEST_LOWER_BOUND,
  LEAST_UPPER_BOUND,
  originalPositionFor,
  type SourceMapInput,
  TraceMap,
} from '@jridgewell/trace-mapping';
import type { Position } from './inspector.ts';

/** A source map, or an indexed one of such (ECMA-426, "Index source map"). */
interface MapText {
  readonly sources?: readonly (string | null)[];
  readonly sections?: readonly { readonly offset: { line: number; column: number }; readonly map: MapText }[];
}

/** A place in a source: line from 1 on, column from 0 on. */
export interface Original {
  readonly line: number;
  readonly column: number;
  readonly name: string | null;
}

export class Section {
  /** Where it begins in the script. */
  readonly start: Position;
  /** The map's own name of the source; undefined for code of none. */
  readonly source: string | undefined;
  readonly #text: MapText;
  #decoded: TraceMap | undefined;

  constructor(start: Position, text: MapText) {
    this.start = start;
    this.source = text.sources?.[0] ?? undefined;
    this.#text = text;
  }

  get #map(): TraceMap {
    this.#decoded ??= new TraceMap(this.#text as SourceMapInput);
    return this.#decoded;
  }

  /** Where the code at a position comes from: what the map has before it on its line, else behind. */
  original({ lineNumber, columnNumber }: Position): Original | undefined {
    const line = lineNumber - this.start.lineNumber + 1;
    const column = line === 1 ? columnNumber - this.start.columnNumber : columnNumber;
    for (const bias of [GREATEST_LOWER_BOUND, LEAST_UPPER_BOUND] as const) {
      const found = originalPositionFor(this.#map, { line, column, bias });
      if (found.source !== null) return found;
    }
    return undefined;
  }

  /** All of the map, in order. */
  *mappings(): Iterable<{ readonly position: Position; readonly original: Original }> {
    const { lineNumber: first, columnNumber: start } = this.start;
    const { names } = this.#map;
    for (const [index, segments] of decodedMappings(this.#map).entries()) {
      for (const [at, source, line, column, name] of segments) {
        if (source === undefined || line === undefined || column === undefined) continue;
        const position = { lineNumber: first + index, columnNumber: index === 0 ? start + at : at };
        yield { position, original: { line: line + 1, column, name: name === undefined ? null : names[name] } };
      }
    }
  }
}

/** Of the JSON of a source map, in order. */
export function readSections(json: string): Section[] {
  const text = JSON.parse(json) as MapText;
  if (!text.sections) return [new Section({ lineNumber: 0, columnNumber: 0 }, text)];
  return text.sections.map(
    ({ offset, map }) => new Section({ lineNumber: offset.line, columnNumber: offset.column }, map),
  );
}
