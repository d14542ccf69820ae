/** One running provider of a user's: its definition, which may be replaced while it runs, and what it remembers. */

import type { DefinedProvider, ProviderDefinition, SystemCallRow } from '../../api/published.ts';
import { PicoKernelView } from '../../api/picoKernelView.ts';
import type { StateWatch } from '../../api/stateWatch.ts';
import type { Surroundings } from '../../api/kernelView.ts';
import { concatenate } from '../../base/bytes.ts';
import { createEvent, pulseEvent } from '../../kernel/ke/event.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { GuestModule, PicoRoutines } from '../../kernel/ps/pico.ts';

export type Definition = ProviderDefinition<unknown> & NonNullable<DefinedProvider['definition']>;

/** A row with its name. */
export interface NamedRow {
  readonly name: string;
  readonly row: SystemCallRow<unknown>;
}

/** In `kernel.state.providers`, by the provider's name. */
export interface CustomState {
  /** What the definition's `state` gave, and handlers have made of it. */
  readonly state: unknown;
  /** Standard input that nobody has read. */
  input: Uint8Array;
  inputEnded: boolean;
  readonly inputEvent: number;
  /** What processes end with, by id, where a handler said so. */
  readonly exitCodes: Map<number, number>;
  readonly modules: Map<number, GuestModule[]>;
  /** Numbers of calls that no row has and the person has heard of. */
  readonly said: Set<number>;
}

export interface Custom {
  readonly kernel: Kernel;
  readonly surroundings: Surroundings;
  readonly name: string;
  definition: Definition;
  readonly watch: StateWatch;
  /** By number. */
  rows: ReadonlyMap<number, NamedRow>;
  routines: PicoRoutines;
  view: PicoKernelView;
}

export function freshState(kernel: Kernel, definition: Definition): CustomState {
  return {
    state: definition.state?.(),
    input: new Uint8Array(0),
    inputEnded: false,
    inputEvent: createEvent(kernel, 'notification'),
    exitCodes: new Map(),
    modules: new Map(),
    said: new Set(),
  };
}

/** The provider's state as it is now. */
export function stateOf({ kernel, name }: Pick<Custom, 'kernel' | 'name'>): CustomState {
  return kernel.state.providers.get(name) as CustomState;
}

export function rowsOf({ systemCalls }: Definition): Map<number, NamedRow> {
  const rows = Object.entries(systemCalls) as unknown as [string, SystemCallRow<unknown>][];
  return new Map(rows.map(([name, row]) => [row.number, { name, row }]));
}

/** More standard input, or with undefined its end. */
export function feedInput(custom: Custom, bytes: Uint8Array | undefined): void {
  const state = stateOf(custom);
  if (bytes) state.input = concatenate([state.input, bytes]);
  else state.inputEnded = true;
  pulseEvent(custom.kernel, state.inputEvent);
}

export function takeInput(custom: Custom, size: number): Uint8Array | undefined {
  const state = stateOf(custom);
  if (state.input.length === 0 && state.inputEnded) return undefined;
  const taken = state.input.slice(0, Math.max(0, size));
  state.input = state.input.slice(taken.length);
  return taken;
}
