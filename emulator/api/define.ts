/** The functions that `pico-provider` publishes. */

import type {
  Argument,
  BuiltInProvider,
  DefinedProvider,
  Extension,
  ExtensionOptions,
  ProviderDefinition,
} from './published.ts';

/** Grows when types change so that files written for the one before need a look. */
export const API_VERSION = 1;

/** Answer of a handler whose thread waits, or that has set RAX (or all registers) by itself. */
export const UNANSWERED: number = -0x1000_0000;

/** A provider of your own: what it exports as its default is what a launch configuration's `provider` names. */
export function definePicoProvider<State, Rows extends Record<string, readonly Argument[]>>(
  definition: ProviderDefinition<State, Rows>,
): DefinedProvider {
  return {
    apiVersion: API_VERSION,
    definition: definition as unknown as DefinedProvider['definition'],
    extension: undefined,
  };
}

/** Another provider with some of its calls served, or looked at, by these handlers. */
export function extendProvider<Calls, State>(
  provider: BuiltInProvider<Calls>,
  calls: Extension<Calls, State>,
  options: ExtensionOptions<State> = {},
): DefinedProvider {
  const extension = { of: provider.builtIn, calls: calls as Readonly<Record<string, unknown>>, options };
  return { apiVersion: API_VERSION, definition: undefined, extension: extension as DefinedProvider['extension'] };
}

/** 32 bits, signed. */
export function int(name: string): Argument<number> {
  return { name, type: 'int', kind: 'int' };
}

/** 32 bits, unsigned. */
export function unsigned(name: string): Argument<number> {
  return { name, type: 'unsigned int', kind: 'unsigned' };
}

/** 64 bits, signed; exact up to 2^53. */
export function long(name: string): Argument<number> {
  return { name, type: 'long', kind: 'long' };
}

/** An address of user memory, not checked. */
export function pointer(name: string, type?: string): Argument<number> {
  return { name, type: type ?? 'void *', kind: 'pointer' };
}

/** Text up to a zero byte, fetched before the handler runs; undefined where it cannot be read. */
export function text(name: string): Argument<string | undefined> {
  return { name, type: 'const char *', kind: 'text' };
}
