/** Address spaces: what the processor may do without asking always agrees with the page table and the frames. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AddressSpace } from '../../emulator/memory/addressSpace.ts';
import { Frames } from '../../emulator/memory/frames.ts';
import { ALLOWED, ALLOWED_WITHIN, BOUNCE_BASE, DENIED, READ_TABLE, WRITE_TABLE } from '../../emulator/memory/layout.ts';
import { EXECUTE, READ, SHARED, WRITE } from '../../emulator/memory/pageTable.ts';
import { Window } from '../../emulator/memory/window.ts';
import { nextRandom, seedRandom } from '../../emulator/base/random.ts';

const PAGE = 4096;
const FIRST = 0x400; // page number of 0x40_0000

function newSpace(frames = new Frames()): AddressSpace {
  return new AddressSpace(() => new Window(), frames);
}

function storeByte(space: AddressSpace, address: number, value: number): boolean {
  const at = space.store(address | 0, Math.floor(address / 2 ** 32), 1);
  if (at === 0) return false;
  space.window.bytes[at] = value;
  space.commitStore();
  return true;
}

function loadByte(space: AddressSpace, address: number): number | undefined {
  const at = space.load(address | 0, Math.floor(address / 2 ** 32), 1);
  return at === 0 ? undefined : space.window.bytes[at];
}

test('a page that is not there faults with the right code, and a read-only page refuses writes', () => {
  const space = newSpace();
  assert.equal(space.load(0x40_0000, 0, 8), 0);
  assert.deepEqual([space.faultAddress, space.faultCode], [0x40_0000, 4]);
  assert.equal(space.store(0x40_0000, 0, 8), 0);
  assert.equal(space.faultCode, 6);
  space.mapZero(FIRST, READ);
  assert.equal(space.load(0x40_0000, 0, 8), 0x40_0000);
  assert.equal(space.store(0x40_0ffc, 0, 4), 0);
  assert.equal(space.faultCode, 7, 'present, write, user');
});

test('nothing of the upper half can be accessed, however large its addresses', () => {
  const space = newSpace();
  space.mapZero(FIRST, READ | WRITE);
  for (const [low, high] of [
    [0, 0xffff8000],
    [0x10, 0xffffffff],
    [-2, 0xffffffff],
    [-0x1000, 0xffffffff],
  ])
    for (const size of [1, 8, 1024]) {
      assert.equal(space.load(low, high, size), 0, 'read');
      assert.equal(space.faultCode, 4);
      assert.equal(space.store(low, high, size), 0, 'write');
      assert.equal(space.faultCode, 6);
    }
});

test('an access over the end of a page faults on the page that is missing', () => {
  const space = newSpace();
  space.mapZero(FIRST, READ | WRITE);
  assert.equal(space.load(0x40_0ffc, 0, 8), 0);
  assert.equal(space.faultAddress, 0x40_1000);
  space.mapZero(FIRST + 1, READ | WRITE);
  assert.equal(space.load(0x40_0ffc, 0, 8), 0x40_0ffc, 'both pages in the window: in place');
});

test('permission bytes say whether an access may run on into the next page', () => {
  const space = newSpace();
  space.mapZero(FIRST, READ | WRITE);
  assert.equal(space.window.bytes[READ_TABLE + FIRST], ALLOWED_WITHIN);
  space.mapZero(FIRST + 1, READ);
  assert.equal(space.window.bytes[READ_TABLE + FIRST], ALLOWED);
  assert.equal(space.window.bytes[WRITE_TABLE + FIRST], ALLOWED_WITHIN);
  space.unmap(FIRST + 1, FIRST + 2);
  assert.equal(space.window.bytes[READ_TABLE + FIRST], ALLOWED_WITHIN);
  assert.equal(space.window.bytes[READ_TABLE + FIRST + 1], DENIED);
});

test('addresses outside the window work the same through the bounce buffer', () => {
  const space = newSpace();
  const high = 0x7fff_0000_0000;
  space.mapZero(high / PAGE, READ | WRITE);
  assert.ok(storeByte(space, high + 5, 77));
  assert.equal(loadByte(space, high + 5), 77);
  assert.equal(space.load(0, 0x7fff, 1), BOUNCE_BASE);
  const hidden = 0x0900_0000; // the processor's code cache lies there in the window
  space.mapZero(hidden / PAGE, READ | WRITE);
  assert.ok(storeByte(space, hidden, 5));
  assert.equal(loadByte(space, hidden), 5);
  assert.equal(space.window.bytes[hidden], 0, 'the window itself is untouched');
});

test('after a fork each side sees its own writes only, and frames are freed with their last user', () => {
  const frames = new Frames();
  const parent = newSpace(frames);
  for (let page = 0; page < 8; page++) {
    parent.mapZero(FIRST + page, READ | WRITE);
    storeByte(parent, (FIRST + page) * PAGE, page + 1);
  }
  const child = newSpace(frames);
  child.adoptTable(parent.cloneTable());
  assert.equal(frames.count, 8, 'a fork copies nothing');
  storeByte(parent, FIRST * PAGE, 100);
  storeByte(child, (FIRST + 1) * PAGE, 200);
  assert.deepEqual([loadByte(parent, FIRST * PAGE), loadByte(child, FIRST * PAGE)], [100, 1]);
  assert.deepEqual([loadByte(parent, (FIRST + 1) * PAGE), loadByte(child, (FIRST + 1) * PAGE)], [2, 200]);
  assert.equal(frames.count, 10);
  parent.clear();
  assert.equal(loadByte(child, (FIRST + 7) * PAGE), 8, 'pages that lived in the parent survive it');
  child.clear();
  assert.equal(frames.count, 0);
});

test('shared pages are one memory, wherever they are mapped', () => {
  const frames = new Frames();
  const [a, b] = [newSpace(frames), newSpace(frames)];
  const frame = frames.allocateInPool();
  frames.addReference(frame);
  a.mapFrame(FIRST, frame, READ | WRITE | SHARED);
  storeByte(a, FIRST * PAGE, 1);
  assert.equal(a.window.bytes[WRITE_TABLE + FIRST], ALLOWED_WITHIN, 'the only mapper writes in place');
  b.mapFrame(FIRST + 9, frame, READ | WRITE | SHARED);
  assert.equal(a.window.bytes[WRITE_TABLE + FIRST], DENIED);
  assert.equal(loadByte(b, (FIRST + 9) * PAGE), 1);
  storeByte(b, (FIRST + 9) * PAGE, 2);
  assert.equal(loadByte(a, FIRST * PAGE), 2);
});

test('writes to code pages are reported, whoever makes them', () => {
  const space = newSpace();
  const reports: number[] = [];
  space.onCodeWrite = address => reports.push(address);
  space.mapZero(FIRST, READ | WRITE | EXECUTE);
  space.markCode(FIRST);
  storeByte(space, FIRST * PAGE + 3, 1);
  space.poke(FIRST * PAGE + 4, new Uint8Array(1));
  space.unmap(FIRST, FIRST + 1);
  assert.deepEqual(reports, [FIRST * PAGE + 3, FIRST * PAGE + 4, FIRST * PAGE]);
});

test('watched ranges report exactly their accesses and no neighbours', () => {
  const space = newSpace();
  space.mapZero(FIRST, READ | WRITE);
  space.setWatches([{ address: FIRST * PAGE + 16, size: 4, access: 'write' }]);
  storeByte(space, FIRST * PAGE + 15, 1);
  loadByte(space, FIRST * PAGE + 16);
  assert.equal(space.watchHit, undefined);
  storeByte(space, FIRST * PAGE + 19, 1);
  assert.deepEqual(space.watchHit, { address: FIRST * PAGE + 19, size: 1, access: 'write' });
  space.setWatches([]);
  assert.equal(space.window.bytes[WRITE_TABLE + FIRST], ALLOWED_WITHIN);
});

test('20,000 random operations on three related spaces agree with a plain model', () => {
  const random = seedRandom(7);
  const pick = (limit: number): number => nextRandom(random) % limit;
  const frames = new Frames();
  const spaces = [newSpace(frames), newSpace(frames), newSpace(frames)];
  const models: Map<number, { rights: number; byte: number }>[] = [new Map(), new Map(), new Map()];
  for (let step = 0; step < 20_000; step++) {
    const index = pick(3);
    const [space, model] = [spaces[index], models[index]];
    const page = FIRST + pick(12);
    const address = page * PAGE;
    const known = model.get(page);
    switch (pick(8)) {
      case 0:
        if (!known) {
          space.mapZero(page, READ | WRITE);
          model.set(page, { rights: READ | WRITE, byte: 0 });
        }
        break;
      case 1:
        space.unmap(page, page + 1);
        model.delete(page);
        break;
      case 2:
        if (known && pick(2)) space.setAge(page, 0);
        if (known) {
          known.rights = [READ, READ | WRITE, 0][pick(3)];
          space.protect(page, page + 1, known.rights);
        }
        break;
      case 3: {
        const other = (index + 1 + pick(2)) % 3;
        spaces[other].clear();
        spaces[other].adoptTable(space.cloneTable());
        models[other] = new Map([...model].map(([key, value]) => [key, { ...value }]));
        break;
      }
      case 4: {
        const target = FIRST + 600 + pick(4); // in another part of the table
        if (known && !model.has(target)) {
          space.move(page, page + 1, target);
          model.delete(page);
          model.set(target, known);
        }
        break;
      }
      case 5: {
        const value = pick(256);
        // As the processor does: in place where that is allowed.
        const inPlace = space.window.bytes[WRITE_TABLE + page] !== DENIED;
        if (inPlace) space.window.bytes[address] = value;
        const done = inPlace || storeByte(space, address, value);
        assert.equal(done, known !== undefined && (known.rights & WRITE) !== 0);
        if (done && known) known.byte = value;
        break;
      }
      default: {
        const expected = known && known.rights & READ ? known.byte : undefined;
        assert.equal(loadByte(space, address), expected, `step ${step}`);
        const allowed = space.window.bytes[READ_TABLE + page] !== DENIED;
        if (allowed) assert.equal(space.window.bytes[address], expected, `the window disagrees at step ${step}`);
      }
    }
  }
  for (const space of spaces) space.clear();
  assert.equal(frames.count, 0, 'every frame is free again');
});
