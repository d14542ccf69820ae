/** The registers of a thread as providers' authors see them. */

import type { Registers as RegisterFile } from '../cpu/registers.ts';
import { initialRegisters, WORD_NAMES } from '../cpu/registers.ts';
import type { RegisterName, Registers } from './published.ts';

const INDICES: ReadonlyMap<string, number> = new Map(
  WORD_NAMES.map((name, index) => [name.replace('_base', 'Base'), index]),
);

function indexOf(name: string): number {
  const index = INDICES.get(name);
  if (index === undefined)
    throw new RangeError(`there is no register ${name}; there are ${[...INDICES.keys()].join(', ')}`);
  return index;
}

/** A view of the live registers that `file` gives: they may move between two looks. */
export function viewRegisters(file: () => RegisterFile): Registers {
  return {
    get: name => file().big(indexOf(name)),
    number: name => file().number(indexOf(name)),
    set: (name, value) => file().setBig(indexOf(name), BigInt(value)),
  };
}

/** Registers of a new thread: those of `like`, or of a fresh user thread, with those that are named. */
export function makeRegisters(
  named: Partial<Record<RegisterName, number | bigint>>,
  like?: RegisterFile,
): RegisterFile {
  const registers = initialRegisters();
  if (like) registers.copyFrom(like);
  for (const [name, value] of Object.entries(named)) registers.setBig(indexOf(name), BigInt(value));
  return registers;
}
