/** Reading pages that the store has. */

import { assert } from '../../base/assert.ts';
import type { Kernel } from '../kernel.ts';
import { decompressPage } from './compression.ts';
import { RAW_SIZE, getRecord, getStore, releaseRecord } from './records.ts';

/** Fills `into`, a page, with the contents of `key`. Changes nothing. */
export function readStored(kernel: Kernel, key: number, into: Uint8Array): void {
  const store = getStore(kernel);
  const { size, region, offset } = getRecord(store, key);
  if (size === 0) {
    into.fill(0);
    return;
  }
  const space = kernel.spaces.get(store.process);
  const contents = size === RAW_SIZE ? into : new Uint8Array(size);
  assert(space?.peek(region + offset, contents) === size, `the contents of page ${key} are not in the store`);
  if (size !== RAW_SIZE) into.set(decompressPage(contents));
}

/** The same for a page that is brought back: the record has one user less. */
export function loadStored(kernel: Kernel, key: number, into: Uint8Array): void {
  readStored(kernel, key, into);
  getStore(kernel).loaded++;
  releaseRecord(kernel, key);
}
