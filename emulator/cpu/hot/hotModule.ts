/** A module of hot functions that call each other directly, and the import of what they share with all others. */

import { INITIAL_WINDOW, WINDOW_LIMIT } from '../../memory/layout.ts';
import { testExpression } from '../registerTest.ts';
import type { RegisterTest } from '../registerTest.ts';
import { Code } from '../wasm/code.ts';
import { select } from '../wasm/expression.ts';
import { ModuleBuilder } from '../wasm/module.ts';
import { i32 } from '../wasm/scalar.ts';
import type { Callee, HotModule } from './regionFunction.ts';
import { regionFunction } from './regionFunction.ts';
import type { Region } from './region.ts';

const WASM_PAGE = 0x1_0000;

/** What a module is made against: one address space. */
export type HotContext = Pick<HotModule, 'exit' | 'switchTable' | 'entryRecord' | 'record' | 'control'> & {
  /** The slot of the entry at an address. */
  slot(address: number): number;
  /** Whether the code at an address may be compiled, now or later. */
  isWorthCalling(address: number): boolean;
};

/** The module's bytes; it exports the function of each region under its number. */
export function buildHotModule(regions: readonly Region[], context: HotContext): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory(INITIAL_WINDOW / WASM_PAGE, WINDOW_LIMIT / WASM_PAGE);
  module.importTable('hot');
  const settle = module.importFunction('settle', [], []);
  const signature = module.signature(['i32', 'i32', 'i32'], ['i32', 'i32']);
  const functions = new Map<number, number>();
  for (const { root } of regions) functions.set(root.start, module.declare(['i32', 'i32', 'i32'], ['i32', 'i32']));
  const callee = (address: number): Callee => {
    const own = functions.get(address);
    return own === undefined ? { slot: context.slot(address) } : { function: own };
  };
  const hotModule: HotModule = {
    ...context,
    settle,
    signature,
    callee: address => callee(address),
    neighbour: address => (functions.has(address) || context.isWorthCalling(address) ? callee(address) : undefined),
  };
  regions.forEach((region, i) => {
    const index = functions.get(region.root.start) as number;
    module.define(index, regionFunction(region, hotModule));
    module.export(String(i), index);
  });
  return module.build();
}

/**
 * A module with one hot function: it goes on with the record `stop` where the test holds, otherwise with the record `go`,
 * and retires nothing.
 */
export function buildGuard(test: RegisterTest, stop: number, go: number): Uint8Array {
  const module = new ModuleBuilder();
  module.importMemory(INITIAL_WINDOW / WASM_PAGE, WINDOW_LIMIT / WASM_PAGE);
  const index = module.declare(['i32', 'i32', 'i32'], ['i32', 'i32']);
  const code = new Code(['i32', 'i32', 'i32']);
  code.return(select(testExpression(test), i32.const(stop), i32.const(go)), code.parameter(2, 'i32'));
  code.unreachable();
  module.define(index, code);
  module.export('0', index);
  return module.build();
}
