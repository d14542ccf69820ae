/**
 * The table of handlers as a custom section of the interpreter's module, so that starting a machine reads it instead of
 * expanding all rows. Operations are looked up in the rows when somebody asks for them.
 */

import { instructionRows } from '../instructions.ts';
import type { CpuLevel } from '../levels.ts';
import type { Row } from '../rows.ts';
import { handlersOf, SPECIAL_HANDLERS } from './handlers.ts';
import type { FlagEffect, Handler, HandlerTable } from './handlers.ts';

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

/** `cpu`: the level of which rows may be needed; the module may have more handlers. */
export function restoreHandlers(module: WebAssembly.Module, cpu: CpuLevel): HandlerTable {
  const [section] = WebAssembly.Module.customSections(module, HANDLERS_SECTION);
  if (!section) throw new Error('the interpreter has no table of handlers');
  return parseHandlers(new TextDecoder().decode(new Uint8Array(section)), cpu);
}

export function parseHandlers(text: string, cpu: CpuLevel = 'x86-64-v3'): HandlerTable {
  const { keys, twins, replaces, passes } = JSON.parse(text) as StoredHandlers;
  const keyList = keys.split('\n');
  const numbers = new Map<string, number>();
  for (let i = 0; i < keyList.length; i++) if (keyList[i] !== '') numbers.set(keyList[i], i + SPECIAL_HANDLERS);
  const flagEffects = new Map<number, FlagEffect>();
  for (const number of replaces) flagEffects.set(number, 'replaces');
  for (const number of passes) flagEffects.set(number, 'passes');
  const withFlags = new Map(twins.map(([original, twin]) => [twin, original]));
  const found = new Map<number, Handler>();
  let byMnemonic: ReadonlyMap<string, readonly Row[]> | undefined;
  const keyAt = (number: number): string | undefined => keyList[(withFlags.get(number) ?? number) - SPECIAL_HANDLERS];
  const handlerAt = (number: number): Handler | undefined => {
    const known = found.get(number);
    if (known) return known;
    const original = withFlags.get(number);
    const key = keyAt(number);
    if (key === undefined) return undefined;
    byMnemonic ??= rowsByMnemonic(cpu);
    const handler = find(key, byMnemonic.get(key.slice(0, key.lastIndexOf(' '))) ?? []);
    const result = handler && original !== undefined ? { ...handler, withoutFlags: true as const } : handler;
    if (result) found.set(number, result);
    return result;
  };
  return { numbers, handlerAt, keyAt, withoutFlags: new Map(twins), withFlags, flagEffects };
}

function rowsByMnemonic(cpu: CpuLevel): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of instructionRows(cpu)) {
    const others = found.get(row.mnemonic);
    if (others) others.push(row);
    else found.set(row.mnemonic, [row]);
  }
  return found;
}

/** Where several rows have a form the last one counts, as in `listHandlers`. */
function find(key: string, candidates: readonly Row[]): Handler | undefined {
  let found: Handler | undefined;
  for (const row of candidates) for (const handler of handlersOf(row)) if (handler.key === key) found = handler;
  return found;
}
