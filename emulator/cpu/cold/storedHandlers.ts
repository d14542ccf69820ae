/**
 * The table of handlers as a custom section of the interpreter's module, so that starting a machine reads it instead of
 * expanding all rows.
 */

import { SPECIAL_HANDLERS } from './handlers.ts';
import type { FlagEffect, HandlerTable } from './handlers.ts';

export const HANDLERS_SECTION = 'handlers';

interface StoredHandlers {
  /** By number, from SPECIAL_HANDLERS on; twins have none of their own. */
  readonly keys: string;
  readonly twins: readonly (readonly [original: number, twin: number])[];
  readonly replaces: readonly number[];
  readonly passes: readonly number[];
}

export function storeHandlers({ numbers, withoutFlags, flagEffects }: HandlerTable): string {
  const keys: string[] = Array.from({ length: numbers.size + withoutFlags.size }, () => '');
  for (const [key, number] of numbers) keys[number - SPECIAL_HANDLERS] = key;
  const having = (effect: FlagEffect): number[] =>
    [...flagEffects].flatMap(([number, its]) => (its === effect ? [number] : []));
  return JSON.stringify({
    keys: keys.join('\n'),
    twins: [...withoutFlags],
    replaces: having('replaces'),
    passes: having('passes'),
  } satisfies StoredHandlers);
}

export function restoreHandlers(module: WebAssembly.Module): HandlerTable {
  const [section] = WebAssembly.Module.customSections(module, HANDLERS_SECTION);
  if (!section) throw new Error('the interpreter has no table of handlers');
  return parseHandlers(new TextDecoder().decode(new Uint8Array(section)));
}

export function parseHandlers(text: string): HandlerTable {
  const { keys, twins, replaces, passes } = JSON.parse(text) as StoredHandlers;
  const keyList = keys.split('\n');
  const numbers = new Map<string, number>();
  for (let i = 0; i < keyList.length; i++) if (keyList[i] !== '') numbers.set(keyList[i], i + SPECIAL_HANDLERS);
  const flagEffects = new Map<number, FlagEffect>();
  for (const number of replaces) flagEffects.set(number, 'replaces');
  for (const number of passes) flagEffects.set(number, 'passes');
  const withFlags = new Map(twins.map(([original, twin]) => [twin, original]));
  const keyAt = (number: number): string | undefined => keyList[(withFlags.get(number) ?? number) - SPECIAL_HANDLERS];
  return { numbers, keyAt, withoutFlags: new Map(twins), withFlags, flagEffects };
}
