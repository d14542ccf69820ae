/**
 * All that knows operations: what makes code of them, for either engine. Starting a machine needs none of it, so in what
 * is built this is a file of its own that is loaded when code becomes hot for the first time (`tools/build.mjs`).
 */

export { listHandlers } from './cold/handlerList.ts';
export { withOperations } from './cold/handlerOperations.ts';
export { CPU_LEVELS } from './levels.ts';
export { buildInterpreter } from './cold/interpreter.ts';
export { HotCode } from './hot/hotCode.ts';
export { InstructionSource } from './hot/instruction.ts';
