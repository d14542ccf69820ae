/** LZ4 of single pages, as Windows' store uses it since 24H2. */

import { compress, decompress } from 'lz4-wasm-nodejs';
import { PAGE_SIZE } from '../../base/pages.ts';

/** The library puts the length of the contents before an LZ4 block; here it is always a page. */
const LENGTH_BYTES = 4;

/** An LZ4 block. It may be longer than the page. */
export function compressPage(page: Uint8Array): Uint8Array {
  return compress(page).subarray(LENGTH_BYTES);
}

export function decompressPage(block: Uint8Array): Uint8Array {
  const framed = new Uint8Array(LENGTH_BYTES + block.length);
  new DataView(framed.buffer).setUint32(0, PAGE_SIZE, true);
  framed.set(block, LENGTH_BYTES);
  return decompress(framed);
}
