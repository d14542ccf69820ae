/** What the engines know of handlers while they run: numbers, and what each means for flags. */

import type { Operation } from '../emitter.ts';
import type { ShapedOperand } from './recordEmitter.ts';

export interface Handler {
  readonly key: string;
  readonly operands: readonly ShapedOperand[];
  readonly operation: Operation;
  /** The same without setting flags, for where they are overwritten before anyone can see them. */
  readonly withoutFlags?: true;
}

/** What an instruction means for flags set before it. Somebody might see them here; */
export const SHOWS_FLAGS = 0;
/** it replaces all six; */
export const REPLACES_FLAGS = 1;
/** or it neither looks at them nor can stop, so whoever set them before it may be followed by one that replaces them. */
export const PASSES_FLAGS = 2;

/** Records that are no instruction; their handlers come first. */
export const DECODE_HANDLER = 0;
export const GOTO_HANDLER = 1;
export const BREAKPOINT_HANDLER = 2;
export const INVALID_HANDLER = 3;
/** Counts how often it is passed on the way to a place that may be worth compiling (`hot/entries.ts`). */
export const ENTRY_HANDLER = 4;
export const SPECIAL_HANDLERS = 5;
/** Handlers from here on are functions of hot code, by their place in its table. */
export const FIRST_HOT_FUNCTION = 0x4000;

/** Finds the number of a handler by {@link formKey}. */
export interface HandlerNumbers {
  get(key: string): number | undefined;
}

/** What the engines ask about handlers while they run; see `storedHandlers.ts`. */
export interface HandlerTable {
  readonly numbers: HandlerNumbers;
  /** The key by the number; undefined for numbers that stand for no instruction. */
  keyAt(number: number): string | undefined;
  /** From a handler to its twin that sets no flags, and back; 0 where there is none. */
  readonly withoutFlags: Uint16Array;
  readonly withFlags: Uint16Array;
  /** By handler number: what it means for flags set before it. */
  readonly flagEffects: Uint8Array;
}

/** The same with operations, which only who compiles needs; see `../compiler.ts`. */
export interface OperationTable extends HandlerTable {
  handlerAt(number: number): Handler | undefined;
}
