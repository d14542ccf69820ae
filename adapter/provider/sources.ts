/** The scripts with providers' code that V8 runs: the machine's bundle, and the files of a user's provider. */

import { existsSync, readFileSync } from 'node:fs';
import * as path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Position } from './inspector.ts';
import { type Kind, ProviderScript, type SourceFile } from './script.ts';
import { moduleUrl, type UserModule } from './userModule.ts';

/** Where a built package keeps the emulator's sources, below the bundle's folder. */
const SHIPPED = 'sources';
/** Code that serves guests: of pico providers, and the kernel's own services for traditional processes. */
const PROVIDERS = /(?:^|\/)emulator\/(?:providers|kernel\/services)\//;
const EMULATOR = /(?:^|\/)emulator\//;
/**
 * Between the kernel's door and the handlers: code that finds a row and fetches arguments, the same for every call; and
 * code that describes calls to debuggers.
 */
const PLUMBING =
  /\/providers\/custom\/|\/providers\/[^/]+\/(?:provider|syscalls\/(?:arguments|describe|extend|row|table))\.ts$|\/kernel\/services\/(?:arguments|describe|dispatch|service|table)\.ts$/;

/** What the machine's thread runs. */
export interface Shipped {
  /** Path of its script. */
  readonly bundle: string;
  /** Of the script's source map, which may have sections. */
  readonly map: string;
  /** Whether only what serves guests is shown, and nothing else of the emulator. */
  readonly justMyCode: boolean;
}

export class ProviderSources {
  /** By {@link key}; what users' files were before they were loaded anew stays, for frames that still run it. */
  readonly #scripts = new Map<string, ProviderScript>();
  /** By file: what runs when it is called next. */
  readonly #current = new Map<string, ProviderScript>();
  #modules: readonly ProviderScript[] = [];

  constructor({ bundle, map, justMyCode }: Shipped) {
    const folder = path.dirname(bundle);
    const script = new ProviderScript({
      url: pathToFileURL(bundle).href,
      map: readFileSync(map, 'utf8'),
      code: () => readFileSync(bundle, 'latin1'),
      file: source => shippedFile(folder, source, justMyCode),
      isMixed: true,
    });
    this.#add(script);
  }

  /** The files of a user's provider from now on, as of `version` ({@link moduleUrl}); answers with their scripts. */
  useModules(modules: readonly UserModule[], version: number): readonly ProviderScript[] {
    for (const old of this.#modules) for (const file of old.files) this.#current.delete(file);
    const withCode = modules.filter(({ map }) => map !== '');
    this.#modules = withCode.map(module => moduleScript(module, version));
    for (const script of this.#modules) this.#add(script);
    return this.#modules;
  }

  /** All files of providers. */
  get files(): string[] {
    return [...this.#current.keys()].sort();
  }

  has(file: string): boolean {
    return this.#current.has(path.resolve(file));
  }

  /** Whether a file is the emulator's own. */
  isInternal(file: string): boolean {
    const full = path.resolve(file);
    return this.#current.get(full)?.kind(full) === 'internal';
  }

  /** The first line from `line` on that has code. */
  lineWithCode(file: string, line: number): number | undefined {
    return this.linesWithCode(file).find(each => each >= line);
  }

  linesWithCode(file: string): readonly number[] {
    const full = path.resolve(file);
    return this.#current.get(full)?.linesWithCode(full) ?? [];
  }

  /** The script that V8 calls `url`. */
  script(url: string): ProviderScript | undefined {
    return this.#scripts.get(key(url));
  }

  /** All scripts with code of a file: the current one, and those that old frames may still run. */
  scriptsOf(file: string): ProviderScript[] {
    const full = path.resolve(file);
    return [...this.#scripts.values()].filter(script => script.kind(full) !== undefined);
  }

  /** What steps pass over, of the scripts that have code of nobody's. */
  foreignRanges(): ReadonlyMap<ProviderScript | undefined, readonly Position[]> {
    const mixed = [...this.#scripts.values()].filter(({ isMixed }) => isMixed);
    return new Map(mixed.map(script => [script, script.foreignRanges()]));
  }

  #add(script: ProviderScript): void {
    this.#scripts.set(key(script.url), script);
    for (const file of script.files) this.#current.set(file, script);
  }
}

/** Node escapes less in the addresses it makes of paths than `pathToFileURL` does. */
function key(url: string): string {
  if (!url.startsWith('file:')) return url;
  return fileURLToPath(url) + new URL(url).search;
}

function moduleScript({ path: file, code, map }: UserModule, version: number): ProviderScript {
  const full = path.resolve(file);
  const { sourcesContent } = JSON.parse(map) as { sourcesContent?: readonly (string | null)[] };
  return new ProviderScript({
    url: moduleUrl(file, version),
    map,
    code: () => code,
    // What was compiled by itself has one source.
    file: () => ({ path: full, kind: 'code' }),
    text: () => sourcesContent?.[0] ?? readFileSync(full, 'utf8'),
    isMixed: false,
  });
}

function shippedFile(folder: string, source: string, justMyCode: boolean): SourceFile | undefined {
  const kind = kindOf(source, justMyCode);
  if (kind === undefined) return undefined;
  const here = path.resolve(folder, source);
  const shipped = path.join(folder, SHIPPED, source.replace(/^(\.\.\/)+/, ''));
  const file = [here, shipped].find(existsSync);
  return file === undefined ? undefined : { path: file, kind };
}

function kindOf(source: string, justMyCode: boolean): Kind | undefined {
  const isProviders = PROVIDERS.test(source);
  if (isProviders && !PLUMBING.test(source)) return 'code';
  if (justMyCode) return isProviders ? 'plumbing' : undefined;
  return EMULATOR.test(source) ? 'internal' : undefined;
}
