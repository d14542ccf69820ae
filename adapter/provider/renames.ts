/**
 * Names of a source that its script has otherwise. A bundler gives variables that would hide one of another file a number,
 * and says so in the source map. Whatever makes CommonJS of a module makes members of what it imports and exports, and most
 * do not say so: those names are where the map puts them in both texts.
 */

import type { Section } from './section.ts';

export interface Renamed {
  readonly generated: string;
  readonly original: string;
  /** Of the source. */
  readonly line: number;
}

const NAME = /^[A-Za-z_$][\w$]*/;
/** `(0, errno_1.codes)`: such a call has no `this`. */
const MEMBER = /^(?:\(0, )?([A-Za-z_$][\w$]*)(?:\.([A-Za-z_$][\w$]*))?/;
const IMPORTED = /\b(?:const|let|var) ([A-Za-z_$][\w$]*) = [^;\n]*\brequire\(/g;
/** Of a mapping's text so much is looked at. */
const LONGEST = 200;

/** Of one source. `lines`: of the script. `text`: of the source, where the map does not say what names have become. */
export function readRenames(sections: readonly Section[], lines: readonly string[], text?: string): Renamed[] {
  const originalLines = text?.split('\n');
  const imported = text === undefined ? new Set<string>() : importedNames(lines);
  const renamed: Renamed[] = [];
  for (const section of sections) {
    for (const { position, original: from } of section.mappings()) {
      if (from.name === null && !originalLines) continue;
      const there = originalLines?.[from.line - 1]?.slice(from.column, from.column + LONGEST) ?? '';
      const original = from.name ?? NAME.exec(there)?.[0];
      const line = lines[position.lineNumber] ?? '';
      const at = position.columnNumber;
      const [, first, member] = MEMBER.exec(line.slice(at, at + LONGEST)) ?? [];
      if (original === undefined || first === undefined || line[at - 1] === '.') continue;
      const isImported = imported.has(first);
      if (from.name === null && !isImported) continue;
      // Of a namespace both have the member.
      const isMember = isImported && member !== undefined && !there.startsWith(`${original}.${member}`);
      const generated = isMember ? `${first}.${member}` : first;
      if (generated !== original) renamed.push({ generated, original, line: from.line });
    }
  }
  return renamed;
}

function importedNames(lines: readonly string[]): Set<string> {
  const found = lines.flatMap(line => [...line.matchAll(IMPORTED)].map(([, name]) => name));
  return new Set(['exports', ...found]);
}
