/** A decoded instruction as the compiler sees it: a record with its fields read, and what its handler does. */

import { unsigned64 } from '../../base/words.ts';
import { STATE_BASE } from '../../memory/layout.ts';
import { endingByKey } from '../cold/endings.ts';
import type { Ending } from '../cold/endings.ts';
import { BREAKPOINT_HANDLER, INVALID_HANDLER } from '../cold/handlers.ts';
import type { Handler, OperationTable } from '../cold/handlers.ts';
import {
  ADDRESS,
  BASE,
  DISPLACEMENT,
  HANDLER,
  INDEX,
  LENGTH,
  LINK,
  NARROW,
  SCALE,
  SEGMENT,
  slotOffset,
  ZERO,
} from '../record.ts';
import { REGISTER_FILE_SIZE, VECTOR_OFFSET, VECTOR_SIZE } from '../registers.ts';
import { observe } from './effects.ts';
import type { Effects } from './effects.ts';

/** Where the bytes of a register operand are. */
export type OperandPlace =
  | { readonly kind: 'general'; readonly number: number; readonly byte: 0 | 1 }
  | { readonly kind: 'vector'; readonly number: number }
  | { readonly kind: 'constant'; readonly value: bigint }
  /** x87 stack registers by number, MMX registers by their place in the window. */
  | { readonly kind: 'other'; readonly slot: number }
  | { readonly kind: 'memory' };

/** The memory operand: base + (index << scale) + displacement, perhaps cut to 32 bits, + segment base. */
export interface MemoryOperand {
  readonly base: number | undefined;
  readonly index: number | undefined;
  readonly scale: number;
  readonly displacement: bigint;
  readonly narrow: boolean;
  /** Window offset of the segment's base, or undefined. */
  readonly segment: number | undefined;
}

export interface DecodedInstruction {
  readonly address: number;
  readonly following: number;
  readonly record: number;
  readonly handler: Handler;
  readonly places: readonly OperandPlace[];
  readonly memory: MemoryOperand;
  readonly effects: Effects;
  readonly ending: Ending;
  readonly target: number;
  /** General registers (bits 0 to 15) and vector registers (bits 16 to 31) read and written. */
  readonly reads: number;
  readonly writes: number;
}

const GENERAL_END = STATE_BASE + 16 * 8;
const VECTORS = STATE_BASE + VECTOR_OFFSET;
const VECTORS_END = VECTORS + 16 * VECTOR_SIZE;
const FILE_END = STATE_BASE + REGISTER_FILE_SIZE;

function readPlace(view: DataView, record: number, index: number, memory: boolean, size: number): OperandPlace {
  if (memory) return { kind: 'memory' };
  const slot = view.getUint32(record + slotOffset(index), true);
  if (slot >= STATE_BASE && slot < GENERAL_END)
    return { kind: 'general', number: (slot - STATE_BASE) >> 3, byte: slot & 1 ? 1 : 0 };
  if (slot >= VECTORS && slot < VECTORS_END) return { kind: 'vector', number: (slot - VECTORS) / VECTOR_SIZE };
  if (slot < FILE_END) return { kind: 'other', slot };
  return { kind: 'constant', value: readConstant(view, slot, size) };
}

/** The low `size` bytes, as all operands are zero-extended. */
function readConstant(view: DataView, slot: number, size: number): bigint {
  return BigInt.asUintN(size * 8, view.getBigUint64(slot, true));
}

function registerAt(view: DataView, field: number): number | undefined {
  const slot = view.getUint16(field, true);
  return slot === ZERO ? undefined : (slot - STATE_BASE) >> 3;
}

function readMemory(view: DataView, record: number): MemoryOperand {
  const segment = view.getUint16(record + SEGMENT, true);
  return {
    base: registerAt(view, record + BASE),
    index: registerAt(view, record + INDEX),
    scale: view.getUint8(record + SCALE),
    displacement: view.getBigInt64(record + DISPLACEMENT, true),
    narrow: view.getUint8(record + NARROW) !== 0,
    segment: segment === ZERO ? undefined : segment,
  };
}

function endingOf(key: string, effects: Effects): Ending {
  return effects.alwaysLeaves ? 'leave' : endingByKey(key);
}

/** What is the same for all instructions of a handler. */
interface HandlerFacts {
  readonly handler: Handler;
  /** For operands without constants. */
  readonly effects: Effects;
  readonly ending: Ending;
}

/** Reads records for the compiler. */
export class InstructionSource {
  private readonly handlers: OperationTable;
  private readonly facts = new Map<number, HandlerFacts>();

  constructor(handlers: OperationTable) {
    this.handlers = handlers;
  }

  /** The instruction at `record`; undefined where there is none that may be compiled: a breakpoint, an invalid one. */
  read(view: DataView, record: number): DecodedInstruction | undefined {
    const stored = view.getUint16(record + HANDLER, true);
    if (stored === BREAKPOINT_HANDLER || stored === INVALID_HANDLER) return undefined;
    const facts = this.factsOf(this.handlers.withFlags[stored] || stored);
    if (!facts) return undefined;
    const { handler, ending } = facts;
    const { operands } = handler;
    const places = operands.map(({ memory, size }, i) => readPlace(view, record, i, memory, size));
    const effects = withConstants(facts, places);
    const memory = readMemory(view, record);
    const direct = ending === 'jump' || ending === 'call' || ending === 'conditional';
    const address = unsigned64(view.getInt32(record + ADDRESS, true), view.getInt32(record + ADDRESS + 4, true));
    return {
      address,
      following: address + view.getUint8(record + LENGTH),
      record,
      handler,
      places,
      memory,
      effects,
      ending,
      target: direct ? this.linkedAddress(view, record) : 0,
      ...masks(handler, places, effects, memory),
    };
  }

  /** How the jump at `record` ends, and where it is: all that matters of one whose target is looked up. */
  jumpAt(view: DataView, record: number): { address: number; ending: Ending } | undefined {
    const key = this.handlers.keyAt(view.getUint16(record + HANDLER, true));
    if (key === undefined) return undefined;
    const address = unsigned64(view.getInt32(record + ADDRESS, true), view.getInt32(record + ADDRESS + 4, true));
    return { address, ending: endingByKey(key) };
  }

  /** The address that a direct branch leads to: every record it may link to has it. */
  private linkedAddress(view: DataView, record: number): number {
    const link = view.getUint32(record + LINK, true);
    return unsigned64(view.getInt32(link + ADDRESS, true), view.getInt32(link + ADDRESS + 4, true));
  }

  private factsOf(number: number): HandlerFacts | undefined {
    const known = this.facts.get(number);
    if (known) return known;
    const handler = this.handlers.handlerAt(number);
    if (!handler) return undefined;
    const effects = observe(handler.operation, handler.operands, new Map());
    const facts = { handler, effects, ending: endingOf(handler.key, effects) };
    this.facts.set(number, facts);
    return facts;
  }
}

/** Only where flags hang on a value (the count of a shift) does a constant tell more. */
function withConstants({ handler, effects }: HandlerFacts, places: readonly OperandPlace[]): Effects {
  if (effects.flags !== 'some') return effects;
  const constants = new Map<number, bigint>();
  places.forEach((place, i) => {
    if (place.kind === 'constant') constants.set(i, place.value);
  });
  return constants.size ? observe(handler.operation, handler.operands, constants) : effects;
}

function masks(
  { operands }: Handler,
  places: readonly OperandPlace[],
  effects: Effects,
  memory: MemoryOperand,
): { reads: number; writes: number } {
  let reads = effects.readMask;
  let writes = effects.writeMask;
  const bitOf = (place: OperandPlace): number => {
    if (place.kind === 'general') return 1 << place.number;
    return place.kind === 'vector' ? 1 << (16 + place.number) : 0;
  };
  places.forEach((place, i) => {
    if (effects.reads.has(i)) reads |= bitOf(place);
    if (effects.writes.has(i)) {
      writes |= bitOf(place);
      if (place.kind === 'general' && operands[i].size < 4) reads |= bitOf(place);
    }
  });
  if (places.some(({ kind }) => kind === 'memory')) {
    if (memory.base !== undefined) reads |= 1 << memory.base;
    if (memory.index !== undefined) reads |= 1 << memory.index;
  }
  return { reads, writes };
}
