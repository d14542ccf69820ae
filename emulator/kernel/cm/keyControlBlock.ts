/**
 * CM_KEY_CONTROL_BLOCK: keys that somebody holds open. All who hold one key share its block, so that they learn together
 * that it is deleted.
 */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { nextObject } from '../kernel.ts';
import type { Hive } from './hive.ts';

export interface RegistryState {
  /** The Registry process. */
  process: number;
  hives: Hive[];
  /** Key control blocks by id. */
  keys: Map<number, KeyControlBlock>;
}

export interface KeyControlBlock {
  id: number;
  /** Index of the hive. */
  hive: number;
  cell: number;
  /** Full name, as it was opened through links. */
  name: string;
  references: number;
  deleted: boolean;
}

/** A key and where it lies. */
export interface FoundKey {
  /** Index of the hive. */
  readonly hive: number;
  readonly cell: number;
  readonly name: string;
}

/** The id of the key's block, with one more reference. */
export function openKeyControlBlock(kernel: Kernel, { hive, cell, name }: FoundKey): number {
  const keys = openKeys(kernel);
  for (const block of keys.values())
    if (block.hive === hive && block.cell === cell && !block.deleted) {
      block.references++;
      return block.id;
    }
  const id = nextObject(kernel);
  keys.set(id, { id, hive, cell, name, references: 1, deleted: false });
  return id;
}

export function getKeyControlBlock(kernel: Kernel, key: number): KeyControlBlock {
  const block = openKeys(kernel).get(key);
  assert(block, `there is no open key ${key}`);
  return block;
}

/** Takes one reference back. */
export function closeKey(kernel: Kernel, key: number): void {
  const block = getKeyControlBlock(kernel, key);
  if (--block.references === 0) openKeys(kernel).delete(key);
}

function openKeys(kernel: Kernel): Map<number, KeyControlBlock> {
  const { registry } = kernel.state;
  assert(registry, 'a key is opened after the registry');
  return registry.keys;
}
