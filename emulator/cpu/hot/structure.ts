/**
 * The order in which a region's blocks are written as structured control flow: reverse postorder, dominators, loops.
 * After Ramsey, "Beyond Relooper" (ICFP 2022): a block is written inside its dominator; one that several forward edges
 * reach gets a label; one that a backward edge reaches is a loop.
 */

import type { Block, Region } from './region.ts';

export interface Structure {
  /** Reachable blocks in reverse postorder. */
  readonly order: readonly Block[];
  readonly number: ReadonlyMap<Block, number>;
  /** The immediate dominator of every block but the first. */
  readonly dominator: ReadonlyMap<Block, Block>;
  readonly predecessors: ReadonlyMap<Block, readonly Block[]>;
  /** Blocks that a block immediately dominates, last in order first. */
  readonly children: ReadonlyMap<Block, readonly Block[]>;
  readonly loopHeaders: ReadonlySet<Block>;
  /** Blocks that several forward edges reach. */
  readonly merges: ReadonlySet<Block>;
}

export function structure(region: Region): Structure {
  for (;;) {
    const order = reversePostorder(region.root);
    const number = new Map(order.map((block, i) => [block, i]));
    const predecessors = new Map<Block, Block[]>(order.map(block => [block, []]));
    for (const block of order) for (const next of block.successors) predecessors.get(next)?.push(block);
    const dominators = immediateDominators(order, number, predecessors);
    if (cutIrreducible(order, number, dominators)) continue;
    const children = new Map<Block, Block[]>(order.map(block => [block, []]));
    const dominator = new Map<Block, Block>();
    for (let i = order.length - 1; i > 0; i--) {
      children.get(order[dominators[i]])?.push(order[i]);
      dominator.set(order[i], order[dominators[i]]);
    }
    const loopHeaders = new Set<Block>();
    const merges = new Set<Block>();
    for (const block of order) {
      const at = number.get(block) as number;
      let forward = 0;
      for (const predecessor of predecessors.get(block) ?? []) {
        if ((number.get(predecessor) as number) >= at) loopHeaders.add(block);
        else forward++;
      }
      if (forward > 1 || (predecessors.get(block) ?? []).some(isSwitch)) merges.add(block);
    }
    merges.delete(region.root);
    return { order, number, dominator, predecessors, children, loopHeaders, merges };
  }
}

/** An indirect jump branches by table, so each of its targets needs a label. */
function isSwitch(block: Block): boolean {
  return block.instructions[block.instructions.length - 1].ending === 'jumpIndirect';
}

function reversePostorder(root: Block): Block[] {
  const order: Block[] = [];
  const seen = new Set([root]);
  const path: { block: Block; next: number }[] = [{ block: root, next: 0 }];
  while (path.length) {
    const top = path[path.length - 1];
    if (top.next === top.block.successors.length) {
      order.push(top.block);
      path.pop();
      continue;
    }
    const successor = top.block.successors[top.next++];
    if (seen.has(successor)) continue;
    seen.add(successor);
    path.push({ block: successor, next: 0 });
  }
  return order.reverse();
}

/** Index of each block's immediate dominator (Cooper, Harvey, Kennedy: "A Simple, Fast Dominance Algorithm"). */
function immediateDominators(
  order: readonly Block[],
  number: ReadonlyMap<Block, number>,
  predecessors: ReadonlyMap<Block, readonly Block[]>,
): Int32Array {
  const dominators = new Int32Array(order.length).fill(-1);
  dominators[0] = 0;
  const meet = (a: number, b: number): number => {
    let [x, y] = [a, b];
    while (x !== y) {
      while (x > y) x = dominators[x];
      while (y > x) y = dominators[y];
    }
    return x;
  };
  for (let changed = true; changed; ) {
    changed = false;
    for (let i = 1; i < order.length; i++) {
      let dominator = -1;
      for (const predecessor of predecessors.get(order[i]) ?? []) {
        const p = number.get(predecessor) as number;
        if (dominators[p] < 0) continue;
        dominator = dominator < 0 ? p : meet(dominator, p);
      }
      if (dominators[i] === dominator) continue;
      dominators[i] = dominator;
      changed = true;
    }
  }
  return dominators;
}

/** Removes backward edges into the middle of loops: there the code leaves the region. Whether there were any. */
function cutIrreducible(order: readonly Block[], number: ReadonlyMap<Block, number>, dominators: Int32Array): boolean {
  const dominates = (a: number, b: number): boolean => {
    let at = b;
    while (at > a) at = dominators[at];
    return at === a;
  };
  let cut = false;
  for (const block of order) {
    const from = number.get(block) as number;
    for (let i = block.successors.length - 1; i >= 0; i--) {
      const to = number.get(block.successors[i]) as number;
      if (to > from || dominates(to, from)) continue;
      block.successors.splice(i, 1);
      cut = true;
    }
  }
  return cut;
}
