/** A provider that the user brings, on its way from files to the machine's thread: plain data. */

import type { UserModule } from '../userModule.ts';

/** One file, ready to run. */
export interface ProviderModule extends UserModule {
  /** What its imports mean: by what they say, the path of another module; those that are missing come from elsewhere. */
  readonly imports: Readonly<Record<string, string>>;
}

/** Everything that runs of a provider. */
export interface ProviderCode {
  /** Path of the file that the launch configuration names. */
  readonly entry: string;
  readonly modules: readonly ProviderModule[];
  /** How often it has been replaced. */
  readonly version: number;
}

/** Something in a provider's file that its author should look at; lines and columns from 1 on. */
export interface Problem {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly severity: 'error' | 'warning';
  /** `TS2322`, `import`, `thrown`. */
  readonly code: string;
  readonly message: string;
}

/** What {@link ProviderCode} is made from. */
export interface ProviderSource {
  readonly entry: string;
  /** Modules that it may import beyond its own files: `node:fs`. */
  readonly grants: readonly string[];
}

/** `code` is undefined where an error keeps it from running. */
export interface Compiled {
  readonly code: Omit<ProviderCode, 'version'> | undefined;
  readonly problems: readonly Problem[];
}

/** The module that providers import from. */
export const PROVIDER_MODULE_NAME = 'pico-provider';
