/** Adds operations to a table of handlers: looked up in the rows when somebody asks for them. */

import { instructionRows } from '../instructions.ts';
import type { Row } from '../rows.ts';
import { handlersOf } from './handlerList.ts';
import type { Handler, HandlerTable, OperationTable } from './handlers.ts';

export function withOperations(table: HandlerTable): OperationTable {
  const found = new Map<number, Handler>();
  const byMnemonic = rowsByMnemonic();
  const handlerAt = (number: number): Handler | undefined => {
    const known = found.get(number);
    if (known) return known;
    const key = table.keyAt(number);
    if (key === undefined) return undefined;
    const handler = find(key, byMnemonic.get(key.slice(0, key.lastIndexOf(' '))) ?? []);
    const result = handler && table.withFlags[number] ? { ...handler, withoutFlags: true as const } : handler;
    if (result) found.set(number, result);
    return result;
  };
  return { ...table, handlerAt };
}

function rowsByMnemonic(): ReadonlyMap<string, readonly Row[]> {
  const found = new Map<string, Row[]>();
  for (const row of instructionRows('x86-64-v3')) {
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
