/** Translations that were made before, by what they were made from: most starts of a session find the files as they were. */

import { createHash } from 'node:crypto';
import * as fs from 'node:fs';
import * as path from 'node:path';
import type { Problem } from './providerCode.ts';

/** One file's translation; nothing in it depends on where the file lies. */
export interface Transpiled {
  readonly code: string;
  readonly map: string;
  /** What it imports when it runs, and where it says so. */
  readonly imported: readonly { readonly words: string; readonly position: number }[];
  readonly mistakes: readonly Problem[];
}

/** Looks up what was made from `source`, or makes it. */
export type Kept = (source: string, make: () => Transpiled) => Transpiled;

/** So many translations of old are left alone; beyond that the oldest go. */
const MOST_FILES = 50;

/** Keeps in the first of the `folders` that can be written. `maker` names what translates, for whose next version all is new. */
export function keepIn(folders: Iterable<string>, maker: string): Kept {
  const places = [...folders].map(folder => path.join(folder, 'providers'));
  return (source, make) => {
    const name = `${createHash('sha256').update(`${maker}\0${source}`).digest('hex').slice(0, 32)}.json`;
    for (const place of places) {
      try {
        return JSON.parse(fs.readFileSync(path.join(place, name), 'utf8')) as Transpiled;
      } catch {
        // Not here: perhaps in the next place.
      }
    }
    const made = make();
    for (const place of places) if (keep(place, name, JSON.stringify(made))) break;
    return made;
  };
}

/** Others may do the same at the same time, so the file appears whole. */
function keep(folder: string, name: string, text: string): boolean {
  const draft = path.join(folder, `${name}.${process.pid}`);
  try {
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(draft, text);
    fs.renameSync(draft, path.join(folder, name));
    const age = (file: string): number => fs.statSync(path.join(folder, file)).mtimeMs;
    const others = fs.readdirSync(folder).sort((one, other) => age(other) - age(one));
    for (const old of others.slice(MOST_FILES)) fs.rmSync(path.join(folder, old), { force: true });
    return true;
  } catch {
    return false;
  }
}
