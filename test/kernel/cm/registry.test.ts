/**
 * The registry: hives in the Registry process, a minimal process (since Windows 10 build 17063), in the format of
 * registry files; and the configuration manager's rules on names, links, deleted keys.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRandom, seedRandom } from '../../../emulator/base/random.ts';
import { closeKey } from '../../../emulator/kernel/cm/keyControlBlock.ts';
import * as cm from '../../../emulator/kernel/cm/registry.ts';
import { REG_BINARY, REG_LINK, textData, textOf } from '../../../emulator/kernel/cm/values.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser } from '../../../emulator/kernel/mm/copy.ts';
import { getProcess } from '../../../emulator/kernel/ps/process.ts';
import { createSystemProcess, SYSTEM_PROCESS_ID } from '../../../emulator/kernel/ps/system.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel } from '../../support/kernel.ts';
import { readHive } from './hiveReader.ts';

const SYSTEM = '\\REGISTRY\\MACHINE\\SYSTEM';
const SOFTWARE = '\\REGISTRY\\MACHINE\\SOFTWARE';

function booted(): Kernel {
  const { kernel } = newKernel();
  createSystemProcess(kernel);
  return kernel;
}

function opened(kernel: Kernel, name: string): number {
  const { status: answer, key } = cm.openKey(kernel, name);
  assert.equal(answer, status.STATUS_SUCCESS, name);
  return key as number;
}

function made(kernel: Kernel, name: string): number {
  const { status: answer, key } = cm.createKey(kernel, name);
  assert.equal(answer, status.STATUS_SUCCESS, name);
  return key as number;
}

/** A hive's bytes as they lie in the Registry process, read as a debugger would. */
function hiveBytes(kernel: Kernel, name: string): Uint8Array {
  const { process, hives } = cm.registry(kernel);
  const hive = hives.find(each => each.name === name);
  assert.ok(hive);
  const bytes = new Uint8Array(0x1000 + hive.binsSize);
  for (const { offset, size, address } of hive.views) {
    const part = bytes.subarray(offset, Math.min(offset + size, bytes.length));
    assert.equal(copyFromUser(kernel, getProcess(kernel, process), address, part), part.length);
  }
  return bytes;
}

test('the Registry process is minimal: no thread, a child of System, its memory is mapped hives', () => {
  const kernel = booted();
  assert.equal(kernel.state.registry, undefined, 'nobody has asked yet');
  const { process: id } = cm.registry(kernel);
  const process = getProcess(kernel, id);
  assert.deepEqual(
    [process.name, process.minimal, process.picoCreated, process.parent, process.threads, process.critical],
    ['Registry', true, false, SYSTEM_PROCESS_ID, [], true],
  );
  assert.deepEqual(
    process.vads.map(({ privateMemory, use }) => [privateMemory, use]),
    ['\\REGISTRY', SYSTEM, SOFTWARE].map(name => [false, `${name} (hive)`]),
  );
});

test('a hive is a whole registry file in memory, by a reader of its own', () => {
  const kernel = booted();
  const tree = readHive(hiveBytes(kernel, SYSTEM));
  assert.deepEqual([...tree.keys.keys()].slice(0, 3), [
    'SYSTEM',
    'SYSTEM\\ControlSet001',
    'SYSTEM\\ControlSet001\\Control',
  ]);
  const select = tree.keys.get('SYSTEM\\Select');
  assert.deepEqual(select?.get('Current'), { type: 4, data: [1, 0, 0, 0] });
});

test('names compare without case and keep theirs; keys are listed in order', () => {
  const kernel = booted();
  const key = made(kernel, `${SOFTWARE}\\Zebra`);
  assert.equal(opened(kernel, `${SOFTWARE.toLowerCase()}\\zEBRA`), key);
  made(kernel, `${SOFTWARE}\\apple`);
  const root = opened(kernel, SOFTWARE);
  assert.deepEqual(
    [0, 1, 2].map(index => cm.enumerateKey(kernel, root, index).node?.name),
    ['apple', 'Microsoft', 'Zebra'],
  );
  assert.equal(cm.enumerateKey(kernel, root, 3).status, status.STATUS_NO_MORE_ENTRIES);
  assert.equal(cm.createKey(kernel, `${SOFTWARE}\\ZEBRA`).created, false);
});

test('paths: relative, empty parts, missing parents, what is no registry name', () => {
  const kernel = booted();
  const answers = ['REGISTRY', '\\REGISTRY\\\\MACHINE', '\\Device', `${SYSTEM}\\no\\such`, '\\REGISTRY\\MACHINE\\'].map(
    name => cm.openKey(kernel, name).status,
  );
  assert.deepEqual(answers, [
    status.STATUS_OBJECT_PATH_SYNTAX_BAD,
    status.STATUS_OBJECT_NAME_INVALID,
    status.STATUS_OBJECT_NAME_NOT_FOUND,
    status.STATUS_OBJECT_NAME_NOT_FOUND,
    status.STATUS_SUCCESS,
  ]);
  assert.equal(cm.createKey(kernel, `${SYSTEM}\\no\\such`).status, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(cm.createKey(kernel, `${SYSTEM}\\${'x'.repeat(256)}`).status, status.STATUS_INVALID_PARAMETER);
});

test('CurrentControlSet is a link; it is opened itself on demand; links in a circle end', () => {
  const kernel = booted();
  const through = opened(kernel, `${SYSTEM}\\CurrentControlSet\\Control\\ProductOptions`);
  assert.equal(cm.nameOfKey(kernel, through), `${SYSTEM}\\ControlSet001\\Control\\ProductOptions`);
  assert.equal(textOf(cm.queryValue(kernel, through, 'producttype').value?.data ?? new Uint8Array()), 'WinNT');
  const link = cm.openKey(kernel, `${SYSTEM}\\CurrentControlSet`, { openLink: true }).key as number;
  assert.equal(cm.queryKey(kernel, link)?.isLink, true);
  const { key: round } = cm.createKey(kernel, `${SOFTWARE}\\Round`, { link: true });
  const data = textData(`${SOFTWARE}\\Round`, false);
  cm.setValue(kernel, round as number, { name: 'SymbolicLinkValue', type: REG_LINK, data });
  assert.equal(cm.openKey(kernel, `${SOFTWARE}\\Round\\x`).status, status.STATUS_OBJECT_NAME_INVALID);
});

test('a deleted key is gone by name, and known as deleted to who holds it', () => {
  const kernel = booted();
  const outer = made(kernel, `${SOFTWARE}\\Outer`);
  const inner = made(kernel, `${SOFTWARE}\\Outer\\Inner`);
  assert.equal(cm.deleteKey(kernel, outer), status.STATUS_CANNOT_DELETE);
  assert.equal(cm.deleteKey(kernel, opened(kernel, SOFTWARE)), status.STATUS_CANNOT_DELETE);
  assert.equal(cm.deleteKey(kernel, inner), status.STATUS_SUCCESS);
  assert.equal(cm.openKey(kernel, `${SOFTWARE}\\Outer\\Inner`).status, status.STATUS_OBJECT_NAME_NOT_FOUND);
  assert.equal(cm.queryValue(kernel, inner, 'x').status, status.STATUS_KEY_DELETED);
  const again = made(kernel, `${SOFTWARE}\\Outer\\Inner`);
  assert.notEqual(again, inner);
  closeKey(kernel, inner);
  assert.equal(cm.queryKey(kernel, again)?.name, 'Inner');
});

test('a hive that is full refuses more and stays whole', () => {
  const kernel = booted();
  const data = new Uint8Array(16_000);
  let key = 0;
  let answer = 0;
  for (let count = 0; answer === status.STATUS_SUCCESS; count++) {
    if (count % 30 === 0) key = made(kernel, `${SOFTWARE}\\Large${count}`);
    answer = cm.setValue(kernel, key, { name: `${count}`, type: REG_BINARY, data });
  }
  assert.equal(answer, status.STATUS_REGISTRY_QUOTA_LIMIT);
  assert.equal(
    cm.setValue(kernel, key, { name: 'x', type: REG_BINARY, data: new Uint8Array(20_000) }),
    status.STATUS_INVALID_PARAMETER,
  );
  readHive(hiveBytes(kernel, SOFTWARE));
});

test('random keys and values agree with a plain model, and with a reader of the bytes', () => {
  const kernel = booted();
  const random = seedRandom(7);
  const below = (limit: number): number => Number(nextRandom(random)) % limit;
  const base = `${SOFTWARE}\\Random`;
  closeKey(kernel, made(kernel, base));
  /** Path below `base` → values. */
  const model = new Map<string, Map<string, { type: number; data: number[] }>>([['', new Map()]]);
  const pick = (): string => [...model.keys()][below(model.size)];
  for (let step = 0; step < 3000; step++) {
    const path = pick();
    const key = opened(kernel, base + path);
    const values = model.get(path) as Map<string, { type: number; data: number[] }>;
    const name = `n${below(12)}`;
    switch (below(6)) {
      case 0: {
        const child = `${path}\\k${below(9)}`;
        if (path.length > 12) break;
        const { status: answer, created, key: its } = cm.createKey(kernel, base + child);
        assert.equal(answer, status.STATUS_SUCCESS);
        assert.equal(created, !model.has(child));
        closeKey(kernel, its as number);
        if (!model.has(child)) model.set(child, new Map());
        break;
      }
      case 1: {
        if (path === '') break;
        const hasChildren = [...model.keys()].some(other => other.startsWith(`${path}\\`));
        assert.equal(cm.deleteKey(kernel, key), hasChildren ? status.STATUS_CANNOT_DELETE : status.STATUS_SUCCESS);
        if (!hasChildren) model.delete(path);
        break;
      }
      case 2: {
        const removed = values.delete(name);
        assert.equal(cm.deleteValue(kernel, key, name) === status.STATUS_SUCCESS, removed);
        break;
      }
      default: {
        const data = Array.from({ length: [0, 3, 4, 5, 100, 2000][below(6)] }, () => below(256));
        const type = below(12);
        assert.equal(cm.setValue(kernel, key, { name, type, data: Uint8Array.from(data) }), status.STATUS_SUCCESS);
        values.set(name, { type, data });
      }
    }
    closeKey(kernel, key);
  }
  const tree = readHive(hiveBytes(kernel, SOFTWARE));
  const found = [...tree.keys].flatMap(([path, values]) =>
    path.startsWith('SOFTWARE\\Random') ? [[path.slice('SOFTWARE\\Random'.length), sorted(values)] as const] : [],
  );
  assert.deepEqual(new Map(found), new Map([...model].map(([path, values]) => [path, sorted(values)])));
  assert.equal(cm.registry(kernel).keys.size, 0);
});

function sorted<Value>(map: ReadonlyMap<string, Value>): [string, Value][] {
  return [...map].sort(([one], [other]) => (one < other ? -1 : 1));
}
