/**
 * Which regions are compiled together: those that call each other often. Code that calls what is not compiled leaves for
 * the cold engine and comes back only at its next entry, so a region is worth little without its callees.
 */

import type { DecodedInstruction } from './instruction.ts';
import type { Region } from './region.ts';

export interface CalleeView {
  /** How often the entry at an address has been passed; 0 if it is compiled, or no entry. */
  passes(address: number): number;
  region(address: number): Region | undefined;
  /** Where an indirect branch has been seen to go. */
  jumpTargets(address: number): Iterable<number>;
  /** The 8 bytes at an address as an address, or 0. */
  pointer(address: number): number;
}

/** Instructions in one module: more than V8 optimises in a tenth of a second help nobody soon. */
const MODULE_LIMIT = 4000;
/** A callee belongs to its caller when it has been entered at least this part as often. */
const SHARE = 0.05;

/** The regions, and those of their callees that are entered often in comparison with them. */
export function withCallees(first: readonly Region[], view: CalleeView): Region[] {
  const regions = [...first];
  const seen = new Set(first.map(({ root }) => root.start));
  let size = first.reduce((sum, region) => sum + region.size, 0);
  const least = Math.min(...first.map(({ root }) => view.passes(root.start))) * SHARE;
  for (let i = 0; i < regions.length; i++) {
    for (const { instructions } of regions[i].blocks.values()) {
      for (const target of targets(instructions[instructions.length - 1], view)) {
        if (seen.has(target) || regions[i].blocks.has(target)) continue;
        seen.add(target);
        const passes = view.passes(target);
        const callee = passes > 0 && passes >= least ? view.region(target) : undefined;
        if (!callee || size + callee.size > MODULE_LIMIT) continue;
        regions.push(callee);
        size += callee.size;
      }
    }
  }
  return regions;
}

/** Code outside the region that an instruction may go to, as far as it is known. */
function targets(instruction: DecodedInstruction, view: CalleeView): Iterable<number> {
  const { ending, target, address } = instruction;
  if (ending === 'call') return [target];
  if (ending !== 'callIndirect' && ending !== 'jumpIndirect') return [];
  const { places, memory } = instruction;
  // Through a pointer at a fixed place, as calls between libraries go.
  const fixed = places[0]?.kind === 'memory' && memory.base === undefined && memory.index === undefined;
  return fixed && memory.segment === undefined
    ? [view.pointer(Number(memory.displacement))]
    : view.jumpTargets(address);
}
