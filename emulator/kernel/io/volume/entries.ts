/**
 * Entries of a directory by name. Names keep their case; whether case counts is for whoever asks to say. A directory may
 * hold names that differ in case alone: who ignores case finds the one written so, else the first.
 */

import { upcase } from '../../rtl/upcase.ts';

export interface DirectoryEntry {
  readonly name: string;
  readonly file: number;
}

export type Entries = Map<string, DirectoryEntry[]>;

export function findEntry(entries: Entries, name: string, caseInsensitive: boolean): DirectoryEntry | undefined {
  const alike = entries.get(upcase(name));
  return alike?.find(entry => entry.name === name) ?? (caseInsensitive ? alike?.[0] : undefined);
}

/** Adds an entry, in place of one with exactly that name. */
export function putEntry(entries: Entries, name: string, file: number): void {
  const key = upcase(name);
  const others = (entries.get(key) ?? []).filter(entry => entry.name !== name);
  entries.set(key, [...others, { name, file }]);
}

/** Removes the entry with exactly that name. */
export function dropEntry(entries: Entries, name: string): void {
  const key = upcase(name);
  const rest = (entries.get(key) ?? []).filter(entry => entry.name !== name);
  if (rest.length) entries.set(key, rest);
  else entries.delete(key);
}
