// A source map as an indexed one (ECMA-426, "Index source map"): a section for each stretch of one source. A debugger that
// asks for one file decodes that file's sections and not all of a bundle's.

import { decode, encode } from '@jridgewell/sourcemap-codec';

/** Both are JSON. */
export function inSections(text) {
  const { names, sources, mappings } = JSON.parse(text);
  const sections = [];
  let current;
  decode(mappings).forEach((segments, line) => {
    for (const [column, source, ...rest] of segments) {
      if (!current || current.source !== source) {
        current = { source, offset: { line, column }, names: new Map(), lines: [] };
        sections.push(current);
      }
      const { offset, lines } = current;
      while (lines.length <= line - offset.line) lines.push([]);
      const at = line === offset.line ? column - offset.column : column;
      const [fromLine, fromColumn, name] = rest;
      if (source === undefined) lines.at(-1).push([at]);
      else if (name === undefined) lines.at(-1).push([at, 0, fromLine, fromColumn]);
      else {
        const known = current.names.get(name) ?? current.names.size;
        current.names.set(name, known);
        lines.at(-1).push([at, 0, fromLine, fromColumn, known]);
      }
    }
  });
  const map = ({ source, names: used, lines }) => ({
    version: 3,
    names: [...used.keys()].map(name => names[name]),
    sources: source === undefined ? [] : [sources[source]],
    mappings: encode(lines),
  });
  return JSON.stringify({ version: 3, sections: sections.map(each => ({ offset: each.offset, map: map(each) })) });
}
