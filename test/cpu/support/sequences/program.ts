/**
 * A sequence before it has addresses: lines of one or a few instructions, with references between them. Knows which
 * flags are undefined where, so that nothing that depends on them is compared.
 */

import { CODE_LIMIT } from './arena.ts';
import { ARITHMETIC } from './undefinedFlags.ts';

/** A displacement to fill in: relative to `end`, both counted from the line's start. */
export interface Reference {
  readonly at: number;
  readonly size: 1 | 4;
  readonly end: number;
  /** A line, or an address of data. */
  readonly target: Line | number;
  /** Added to the target's address: stores into code aim at immediates. */
  readonly addend?: number;
}

/** `falls` to the next line; `branches` there or to its target; `jumps` to its target; `calls` it and comes back. */
export type LineFlow = 'falls' | 'branches' | 'jumps' | 'calls' | 'returns' | 'ends';

export interface Line {
  bytes: Uint8Array;
  references: readonly Reference[];
  readonly flow: LineFlow;
  readonly target?: Line;
  reads: number;
  readonly sets: number;
  readonly leavesUndefined: number;
  /** The form it stands for, for counts. */
  readonly form: string;
}

export interface Program {
  readonly lines: readonly Line[];
  readonly entry: number;
}

export interface Assembled {
  readonly entry: number;
  readonly code: Uint8Array;
  /** Address of each line. */
  readonly addresses: readonly number[];
  /** By address: flags of RFLAGS that are undefined when the line there begins. */
  readonly undefinedAt: ReadonlyMap<number, number>;
  /** By address: the form of the line there. */
  readonly formAt: ReadonlyMap<number, string>;
}

/** The line that stands for `target` where some were dropped: itself or the first of those behind it that is left. */
function standingFor(target: Line, lines: readonly Line[], original: readonly Line[]): number {
  for (let i = original.indexOf(target); i < original.length; i++) {
    const found = lines.indexOf(original[i]);
    if (found >= 0) return found;
  }
  return lines.length - 1;
}

/** Undefined where a displacement does not reach, or results would depend on undefined flags. */
export function assemble({ lines, entry }: Program, original = lines): Assembled | undefined {
  const indexOf = new Map(lines.map((line, i) => [line, i]));
  const position = (target: Line): number => indexOf.get(target) ?? standingFor(target, lines, original);
  const addresses: number[] = [];
  let address = entry;
  for (const line of lines) {
    addresses.push(address);
    address += line.bytes.length;
  }
  const code = new Uint8Array(address - entry);
  if (code.length > CODE_LIMIT) return undefined;
  const view = new DataView(code.buffer);
  for (const [i, line] of lines.entries()) {
    const start = addresses[i] - entry;
    code.set(line.bytes, start);
    for (const { at, size, end, target, addend = 0 } of line.references) {
      const aim = (typeof target === 'number' ? target : addresses[position(target)]) + addend;
      const distance = aim - (addresses[i] + end);
      if (distance !== (size === 1 ? (distance << 24) >> 24 : distance | 0)) return undefined;
      if (size === 1) view.setInt8(start + at, distance);
      else view.setInt32(start + at, distance, true);
    }
  }
  const undefinedIn = undefinedFlags(lines, position);
  if (lines.some((line, i) => line.reads & undefinedIn[i])) return undefined;
  return {
    entry,
    code,
    addresses,
    undefinedAt: new Map(addresses.map((at, i) => [at, undefinedIn[i]])),
    formAt: new Map(addresses.map((at, i) => [at, lines[i].form])),
  };
}

/** For each line, the flags that may be undefined when it begins. */
export function undefinedFlags(lines: readonly Line[], position: (target: Line) => number): number[] {
  const before = lines.map(() => 0);
  const returns = lines.flatMap((line, i) => (line.flow === 'calls' ? [i + 1] : []));
  for (let changed = true; changed; ) {
    changed = false;
    lines.forEach((line, i) => {
      const after = (before[i] & ~line.sets) | line.leavesUndefined;
      for (const next of successors(line, i, returns, position)) {
        if (next >= lines.length || (before[next] | after) === before[next]) continue;
        before[next] |= after;
        changed = true;
      }
    });
  }
  return before;
}

function successors(line: Line, i: number, returns: readonly number[], position: (target: Line) => number): number[] {
  const { flow, target } = line;
  if (flow === 'ends') return [];
  if (flow === 'returns') return [...returns];
  if (flow === 'falls') return [i + 1];
  const aim = target ? [position(target)] : [];
  return flow === 'branches' ? [i + 1, ...aim] : aim;
}

/** Compares two registers: defines all flags of arithmetic. */
const DEFINER = Uint8Array.of(0x48, 0x39, 0xc8);

/** Puts a comparison before each instruction that would read an undefined flag. */
export function defineFlags(lines: readonly Line[]): void {
  const indexOf = new Map(lines.map((line, i) => [line, i]));
  for (;;) {
    const before = undefinedFlags(lines, target => indexOf.get(target) ?? 0);
    const victim = lines.find((line, i) => line.reads & before[i] & ARITHMETIC);
    if (!victim) return;
    const { length } = DEFINER;
    victim.bytes = Uint8Array.of(...DEFINER, ...victim.bytes);
    victim.references = victim.references.map(each => ({ ...each, at: each.at + length, end: each.end + length }));
    victim.reads = 0;
  }
}
