// Source maps as parts of an indexed one (ECMA-426, "Index source map"): a section for each stretch of one source. A debugger
// that asks for one file decodes that file's sections and not all of a bundle's.

import { decode, encode } from '@jridgewell/sourcemap-codec';

/**
 * Of a source map's JSON, in order. `move` says where a place of its text is in the whole; undefined where it is not in that.
 */
export function sectionsOf(text, move = place => place) {
  const { names, sources, mappings } = JSON.parse(text);
  const sections = [];
  let current;
  decode(mappings).forEach((segments, from) => {
    for (const [fromColumn, source, ...rest] of segments) {
      const moved = move({ line: from, column: fromColumn });
      if (!moved) continue;
      const { line, column } = moved;
      if (!current || current.source !== source) {
        current = { source, offset: { line, column }, names: new Map(), lines: [] };
        sections.push(current);
      }
      const { offset, lines } = current;
      while (lines.length <= line - offset.line) lines.push([]);
      const at = line === offset.line ? column - offset.column : column;
      const [originalLine, originalColumn, name] = rest;
      if (source === undefined) lines.at(-1).push([at]);
      else if (name === undefined) lines.at(-1).push([at, 0, originalLine, originalColumn]);
      else {
        const known = current.names.get(name) ?? current.names.size;
        current.names.set(name, known);
        lines.at(-1).push([at, 0, originalLine, originalColumn, known]);
      }
    }
  });
  return sections.map(({ source, offset, names: used, lines }) => ({
    offset,
    map: {
      version: 3,
      names: [...used.keys()].map(name => names[name]),
      sources: source === undefined ? [] : [sources[source]],
      mappings: encode(lines),
    },
  }));
}
