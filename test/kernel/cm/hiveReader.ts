/**
 * Reads a registry file's bytes strictly by the published format, apart from the emulator's code: every byte of every
 * bin belongs to a cell, every cell in use is reached once, counts, order, hashes and checksum are right.
 */

import assert from 'node:assert/strict';

export interface HiveTree {
  /** Full path → values by name. */
  readonly keys: Map<string, Map<string, { type: number; data: number[] }>>;
}

const NONE = 0xffff_ffff;

export function readHive(bytes: Uint8Array): HiveTree {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const text = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  assert.equal(text(0, 4), 'regf');
  assert.equal(view.getUint32(4, true), view.getUint32(8, true), 'sequence numbers are equal in a clean file');
  let sum = 0;
  for (let at = 0; at < 508; at += 4) sum ^= view.getUint32(at, true);
  assert.equal(view.getUint32(508, true), sum >>> 0, 'checksum');
  const end = view.getUint32(0x28, true);
  assert.equal(0x1000 + end, bytes.length);

  const used = new Set<number>();
  for (let bin = 0; bin < end; ) {
    assert.equal(text(0x1000 + bin, 4), 'hbin');
    assert.equal(view.getUint32(0x1000 + bin + 4, true), bin);
    const size = view.getUint32(0x1000 + bin + 8, true);
    let wasFree = false;
    for (let cell = bin + 32; cell < bin + size; ) {
      const length = view.getInt32(0x1000 + cell, true);
      assert.ok(length !== 0 && length % 8 === 0, `cell at ${cell}`);
      assert.ok(!(wasFree && length > 0), `free cells at ${cell} are one`);
      wasFree = length > 0;
      if (length < 0) used.add(cell);
      cell += Math.abs(length);
      assert.ok(cell <= bin + size, 'cells end with their bin');
    }
    bin += size;
  }

  /** Where a cell's contents begin; each is reached once. */
  const reach = (cell: number, signature?: string): number => {
    assert.ok(used.delete(cell), `cell ${cell} is in use and belongs to one owner`);
    const at = 0x1000 + cell + 4;
    if (signature) assert.equal(text(at, signature.length), signature);
    return at;
  };
  const name = (at: number, length: number, compressed: boolean): string =>
    compressed
      ? text(at, length)
      : Array.from({ length: length / 2 }, (_, i) => String.fromCharCode(view.getUint16(at + i * 2, true))).join('');

  const keys: HiveTree['keys'] = new Map();
  const readValue = (cell: number): [string, { type: number; data: number[] }] => {
    const at = reach(cell, 'vk');
    const size = view.getUint32(at + 4, true);
    const data = size >= 0x8000_0000 ? at + 8 : reach(view.getUint32(at + 8, true));
    const title = name(at + 0x14, view.getUint16(at + 2, true), view.getUint16(at + 0x10, true) === 1);
    return [
      title,
      { type: view.getUint32(at + 0xc, true), data: [...bytes.subarray(data, data + (size & 0x7fff_ffff))] },
    ];
  };
  const readKey = (cell: number, parent: number, above: string): string => {
    const at = reach(cell, 'nk');
    assert.equal(view.getUint32(at + 0x10, true), parent);
    const title = name(at + 0x4c, view.getUint16(at + 0x48, true), (view.getUint16(at + 2, true) & 0x20) !== 0);
    const path = above ? `${above}\\${title}` : title;
    const values = new Map<string, { type: number; data: number[] }>();
    keys.set(path, values);
    const count = view.getUint32(at + 0x24, true);
    if (count) {
      const list = reach(view.getUint32(at + 0x28, true));
      for (let i = 0; i < count; i++) values.set(...readValue(view.getUint32(list + i * 4, true)));
    } else assert.equal(view.getUint32(at + 0x28, true), NONE);
    assert.equal(values.size, count);
    const children = view.getUint32(at + 0x14, true);
    if (children) {
      const list = reach(view.getUint32(at + 0x1c, true), 'lh');
      assert.equal(view.getUint16(list + 2, true), children);
      let before = '';
      for (let i = 0; i < children; i++) {
        const child = readKey(view.getUint32(list + 4 + i * 8, true), cell, path).toUpperCase();
        assert.ok(child > before, 'subkeys stand in order');
        before = child;
        let hash = 0;
        for (const letter of child) hash = (Math.imul(hash, 37) + letter.charCodeAt(0)) >>> 0;
        assert.equal(view.getUint32(list + 8 + i * 8, true), hash);
      }
    } else assert.equal(view.getUint32(at + 0x1c, true), NONE);
    return title;
  };
  readKey(view.getUint32(0x24, true), NONE, '');
  assert.deepEqual([...used], [], 'every cell in use is reached');
  return { keys };
}
