/**
 * Names of a source that its script has otherwise. A bundler gives variables that would hide one of another file a number,
 * and says so in the source map. Whatever makes CommonJS of a module makes members of what it imports and exports, and most
 * do not say so: those names are where the map puts them in both texts.
 */

import { eachMapping, type TraceMap } from '@jridgewell/trace-mapping';

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

/** By file. `text`: of the one source, where the map itself does not say what names have become. */
export function readRenames(
  map: TraceMap,
  fileOf: (source: string) => string | undefined,
  code: string,
  text?: string,
): Map<string, Renamed[]> {
  const generatedLines = code.split('\n');
  const originalLines = text?.split('\n');
  const imported = new Set(text === undefined ? [] : [...code.matchAll(IMPORTED)].map(([, name]) => name));
  if (text !== undefined) imported.add('exports');
  const renamed = new Map<string, Renamed[]>();
  eachMapping(map, ({ source, name, originalLine, originalColumn, generatedLine, generatedColumn }) => {
    const file = source === null ? undefined : fileOf(source);
    if (file === undefined || originalLine === null) return;
    const there = originalLines?.[originalLine - 1]?.slice(originalColumn, originalColumn + LONGEST) ?? '';
    const original = name ?? NAME.exec(there)?.[0];
    const line = generatedLines[generatedLine - 1] ?? '';
    const [, first, member] = MEMBER.exec(line.slice(generatedColumn, generatedColumn + LONGEST)) ?? [];
    if (original === undefined || first === undefined || line[generatedColumn - 1] === '.') return;
    const isImported = imported.has(first);
    if (name === null && !isImported) return;
    // Of a namespace both have the member.
    const isMember = isImported && member !== undefined && !there.startsWith(`${original}.${member}`);
    const generated = isMember ? `${first}.${member}` : first;
    if (generated === original) return;
    const known = renamed.get(file) ?? [];
    known.push({ generated, original, line: originalLine });
    renamed.set(file, known);
  });
  return renamed;
}
