/** The table of handlers that a built interpreter brings along is the one that the rows make. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listHandlers } from '../../emulator/cpu/cold/handlerList.ts';
import { withOperations } from '../../emulator/cpu/cold/handlerOperations.ts';
import type { Handler } from '../../emulator/cpu/cold/handlers.ts';
import { CPU_LEVELS } from '../../emulator/cpu/levels.ts';
import type { CpuLevel } from '../../emulator/cpu/levels.ts';
import { SPECIAL_HANDLERS } from '../../emulator/cpu/cold/handlers.ts';
import { parseHandlers, storeHandlers } from '../../emulator/cpu/cold/storedHandlers.ts';

for (const cpu of CPU_LEVELS) test(`a stored table of handlers is the listed one: ${cpu}`, () => compareTables(cpu));

/** Operations of AVX are made when they are asked for, each time anew. */
function comparable(handler: Handler | undefined): Partial<Handler> | undefined {
  return handler?.key.startsWith('v') ? { ...handler, operation: undefined } : handler;
}

function compareTables(cpu: CpuLevel): void {
  const listed = listHandlers(cpu);
  const restored = withOperations(parseHandlers(storeHandlers(listed)));
  for (const [key, number] of listed.numbers) assert.equal(restored.numbers.get(key), number, key);
  for (const key of ['a', 'add 4r,4', 'zzz']) assert.equal(restored.numbers.get(key), undefined, key);
  assert.deepEqual(restored.withFlags, listed.withFlags);
  assert.deepEqual(restored.withoutFlags, listed.withoutFlags);
  assert.deepEqual(restored.flagEffects, listed.flagEffects);
  assert.equal(restored.handlerAt(0), undefined);
  for (let number = SPECIAL_HANDLERS; number < SPECIAL_HANDLERS + listed.inLoop.length + listed.rare.length; number++) {
    assert.deepEqual(comparable(restored.handlerAt(number)), comparable(listed.handlerAt(number)), String(number));
    assert.equal(restored.keyAt(number), listed.handlerAt(number)?.key);
  }
}
