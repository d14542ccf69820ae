/** The table of handlers that a built interpreter brings along is the one that the rows make. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listHandlers, SPECIAL_HANDLERS } from '../../emulator/cpu/cold/handlers.ts';
import type { Handler } from '../../emulator/cpu/cold/handlers.ts';
import { CPU_LEVELS } from '../../emulator/cpu/levels.ts';
import type { CpuLevel } from '../../emulator/cpu/levels.ts';
import { parseHandlers, storeHandlers } from '../../emulator/cpu/cold/storedHandlers.ts';

for (const cpu of CPU_LEVELS) test(`a stored table of handlers is the listed one: ${cpu}`, () => compareTables(cpu));

/** Operations of AVX are made when they are asked for, each time anew. */
function comparable(handler: Handler | undefined): Partial<Handler> | undefined {
  return handler?.key.startsWith('v') ? { ...handler, operation: undefined } : handler;
}

function compareTables(cpu: CpuLevel): void {
  const listed = listHandlers(cpu);
  const restored = parseHandlers(storeHandlers(listed), cpu);
  assert.deepEqual(restored.numbers, listed.numbers);
  assert.deepEqual(restored.withFlags, listed.withFlags);
  assert.deepEqual(restored.withoutFlags, listed.withoutFlags);
  assert.deepEqual(new Map([...restored.flagEffects].sort()), new Map([...listed.flagEffects].sort()));
  assert.equal(restored.handlerAt(0), undefined);
  for (let number = SPECIAL_HANDLERS; number < SPECIAL_HANDLERS + listed.hot.length + listed.rare.length; number++) {
    assert.deepEqual(comparable(restored.handlerAt(number)), comparable(listed.handlerAt(number)), String(number));
    assert.equal(restored.keyAt(number), listed.handlerAt(number)?.key);
  }
}
