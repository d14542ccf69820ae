/**
 * Running a provider's files in the machine's thread: each is a script of V8's of its own, under its own name, so that
 * debuggers find it. Nothing of Node's is in sight but what was granted. This keeps honest code from reaching beyond the
 * machine by mistake; code that one does not trust should not be run as a provider at all.
 */

import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { checkDefinedProvider, type DefinedProvider, PROVIDER_MODULE } from '../../../emulator/index.ts';
import { moduleUrl } from '../userModule.ts';
import { type ProviderCode, PROVIDER_MODULE_NAME } from './providerCode.ts';

/** Why a provider cannot be used. */
export class ProviderLoadError extends Error {
  override readonly name = 'ProviderLoadError';
  /** The stack of what its code threw, as V8 gives it. */
  readonly trace: string | undefined;

  constructor(message: string, trace?: string) {
    super(message);
    this.trace = trace;
  }
}

/** What is not there, and what to use instead. */
const ABSENT: Readonly<Record<string, string>> = {
  setTimeout: 'wait with call.wait(events, { until }): time is the machine’s',
  setInterval: 'wait with call.wait(events, { until }): time is the machine’s',
  setImmediate: 'a handler runs to its end',
  fetch: 'a machine has no network of the host’s',
  process: 'a provider sees nothing of the host’s process',
  Buffer: 'use Uint8Array',
};

/** Calls of a provider's `console` become sentences of the machine's. */
export type Say = (sentence: string) => void;

/** Runs all modules. Throws {@link ProviderLoadError}. */
export function evaluateProvider({ entry, modules, version }: ProviderCode, say: Say): DefinedProvider {
  const surroundings = surroundingsOf(say);
  const known = new Map(modules.map(module => [module.path, module]));
  const loaded = new Map<string, { exports: unknown }>();

  function load(file: string): unknown {
    const before = loaded.get(file);
    if (before) return before.exports;
    const module = { exports: {} as unknown };
    loaded.set(file, module);
    const found = known.get(file);
    if (!found) throw new Error(`there is no module ${file}`);
    const names = ['exports', 'require', 'module', ...Object.keys(surroundings)];
    const run = compileFunction(found.code, names, { filename: moduleUrl(file, version) }) as (
      ...values: unknown[]
    ) => void;
    run(module.exports, (words: string) => require(found.imports, file, words), module, ...Object.values(surroundings));
    return module.exports;
  }

  function require(imports: Readonly<Record<string, string>>, from: string, words: string): unknown {
    if (words === PROVIDER_MODULE_NAME) return PROVIDER_MODULE;
    const file = imports[words];
    // Whatever else is imported was granted, or the file would not have been compiled.
    return file === undefined ? createRequire(from)(words) : load(file);
  }

  let exported: unknown;
  try {
    exported = load(entry);
  } catch (error) {
    const text = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    throw new ProviderLoadError(
      `The provider's file could not be run: ${text}`,
      error instanceof Error ? error.stack : undefined,
    );
  }
  const defined = checkDefinedProvider((exported as { default?: unknown }).default ?? exported);
  if (typeof defined === 'string') throw new ProviderLoadError(defined);
  return defined;
}

function surroundingsOf(say: Say): Record<string, unknown> {
  const write = (...values: unknown[]): void => say(values.map(show).join(' '));
  const absent = Object.entries(ABSENT).map(([name, advice]) => [
    name,
    new Proxy(() => undefined, {
      apply: () => refuse(name, advice),
      construct: () => refuse(name, advice),
      get: () => refuse(name, advice),
    }),
  ]);
  return {
    ...Object.fromEntries(absent),
    console: { log: write, info: write, warn: write, error: write, debug: write },
    Date: withoutClock(),
    Math: Object.create(Math, {
      random: { value: () => refuse('Math.random', 'use kernel.random(), so that equal seeds give equal runs') },
    }),
  };
}

/** Dates that are given, but no present one. */
function withoutClock(): DateConstructor {
  const now = (): never => refuse('Date.now', 'use kernel.wallClock, so that equal runs stay equal');
  return new Proxy(Date, {
    construct: (_, values) => (values.length === 0 ? now() : new Date(...(values as [number]))),
    apply: now,
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

function refuse(name: string, advice: string): never {
  throw new Error(`${name} is not there for providers: ${advice}`);
}

function show(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null) return String(value);
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'bigint'
      ? `${part}n`
      : part instanceof Map
        ? Object.fromEntries(part)
        : part instanceof Set
          ? [...part]
          : part,
  );
}
