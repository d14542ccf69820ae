/** Names on volumes: case-preserving, told apart by case only by who asks for it (NTFS; pico-process overview on MSDN). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readFile, resizeFile, writeFile } from '../../../emulator/kernel/io/volume/contents.ts';
import {
  createFile,
  exchangeFiles,
  linkFile,
  listFiles,
  lookupFile,
  removeFile,
  renameFile,
  storedName,
} from '../../../emulator/kernel/io/volume/directory.ts';
import { getVolumeFile, releaseVolumeFile } from '../../../emulator/kernel/io/volume/file.ts';
import type { FileKind, VolumeFile } from '../../../emulator/kernel/io/volume/file.ts';
import { attachHost, createMemoryVolume, hostVolume } from '../../../emulator/kernel/io/volume/volume.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { upcase } from '../../../emulator/kernel/rtl/upcase.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import { newKernel } from '../../support/kernel.ts';
import { memoryHost } from '../../providers/linux/guest.ts';

interface World {
  readonly kernel: Kernel;
  readonly root: VolumeFile;
  make(name: string, caseInsensitive?: boolean, kind?: FileKind, directory?: VolumeFile): VolumeFile | number;
  /** What is found without and with regard to case, by the text that was written into it. */
  find(name: string, caseInsensitive: boolean): string | undefined;
}

function world(): World {
  const { kernel } = newKernel();
  const root = getVolumeFile(kernel, createMemoryVolume(kernel).root);
  return {
    kernel,
    root,
    make(name, caseInsensitive = false, kind = 'file', directory = root) {
      const made = createFile(kernel, directory, name, { kind, caseInsensitive, permissions: 0o644 });
      if (made.file && kind === 'file') writeFile(kernel, made.file, 0, new TextEncoder().encode(name));
      return made.file ?? made.status;
    },
    find(name, caseInsensitive) {
      const file = lookupFile(kernel, root, name, caseInsensitive);
      return file && text(kernel, file);
    },
  };
}

function text(kernel: Kernel, file: VolumeFile): string {
  const bytes = new Uint8Array(file.size);
  readFile(kernel, file, 0, bytes);
  return new TextDecoder().decode(bytes);
}

test('README and readme in one directory: who ignores case finds the one written so, else the first', () => {
  const { make, find } = world();
  assert.equal(typeof make('README'), 'object');
  assert.equal(typeof make('readme'), 'object');
  assert.deepEqual(
    [find('README', false), find('readme', false), find('ReadMe', false)],
    ['README', 'readme', undefined],
  );
  assert.deepEqual([find('README', true), find('readme', true), find('ReadMe', true)], ['README', 'readme', 'README']);
});

test('who ignores case meets a collision; the name stays as it was written', () => {
  const { kernel, root, make } = world();
  make('ReadMe');
  assert.equal(make('README', true), status.STATUS_OBJECT_NAME_COLLISION);
  assert.equal(make('ReadMe', false), status.STATUS_OBJECT_NAME_COLLISION);
  assert.deepEqual(
    listFiles(kernel, root).map(({ name }) => name),
    ['ReadMe'],
  );
  assert.equal(storedName(root, 'readme', true), 'ReadMe');
});

test('a new name in other letters is a new name of the same file', () => {
  const { kernel, root, make, find } = world();
  const file = make('readme');
  assert.ok(typeof file === 'object');
  const from = { directory: root, name: 'readme', file };
  const replaced = { directory: root, name: 'readme', file };
  assert.equal(renameFile(kernel, from, { directory: root, name: 'README' }, replaced), status.STATUS_SUCCESS);
  assert.deepEqual([find('README', false), find('readme', false), file.links], ['readme', undefined, 1]);
});

test('a name that is taken is replaced, or not at all', () => {
  const { kernel, root, make, find } = world();
  const [file, other, folder] = [make('a'), make('b'), make('c', false, 'directory')];
  assert.ok(typeof file === 'object' && typeof other === 'object' && typeof folder === 'object');
  make('inside', false, 'file', folder);
  const from = { directory: root, name: 'a', file };
  const full = renameFile(kernel, from, { directory: root, name: 'c' }, { directory: root, name: 'c', file: folder });
  assert.equal(full, status.STATUS_DIRECTORY_NOT_EMPTY);
  renameFile(kernel, from, { directory: root, name: 'b' }, { directory: root, name: 'b', file: other });
  assert.deepEqual([find('a', true), find('b', true)], [undefined, 'a']);
  assert.ok(!kernel.state.volumeFiles.has(other.id) && !kernel.state.sections.has(other.section));
  const into = renameFile(kernel, { directory: root, name: 'c', file: folder }, { directory: folder, name: 'c' });
  assert.equal(into, status.STATUS_INVALID_PARAMETER);
});

test('links, exchanges and removals: a file lives while it has a name or is open', () => {
  const { kernel, root, make, find } = world();
  const [file, other] = [make('a'), make('b')];
  assert.ok(typeof file === 'object' && typeof other === 'object');
  linkFile(kernel, root, 'A', file);
  exchangeFiles(kernel, { directory: root, name: 'A', file }, { directory: root, name: 'b', file: other });
  assert.deepEqual([find('a', false), find('A', false), find('b', false)], ['a', 'b', 'a']);
  file.opens++;
  for (const name of ['a', 'b']) removeFile(kernel, { directory: root, name, file });
  assert.equal(text(kernel, file), 'a');
  file.opens--;
  releaseVolumeFile(kernel, file.id);
  assert.ok(!kernel.state.volumeFiles.has(file.id));
});

test('one UTF-16 unit at a time is upcased, and only pairs that map back ($UpCase)', () => {
  const cases = [
    ['straße', 'STRAßE'],
    ['ärger', 'ÄRGER'],
    ['ıſ', 'ıſ'],
    ['ǆ', 'Ǆ'],
    ['жук', 'ЖУК'],
    ['οδος', 'ΟΔΟΣ'],
    ['😀x', '😀X'],
  ];
  for (const [name, expected] of cases) assert.equal(upcase(name), expected);
});

test('a folder of the host: what it has comes in when looked at; an overlay keeps changes to itself', () => {
  const { kernel } = newKernel();
  const changes: string[] = [];
  attachHost(kernel, memoryHost({ 'Notes.txt': 'host', 'd/x': 'y' }, [], changes).files);
  const volume = hostVolume(kernel, '/host', 'overlay');
  assert.equal(hostVolume(kernel, '/host', 'overlay'), volume, 'one volume for all who see it');
  assert.equal(hostVolume(kernel, '/host/absent', 'overlay'), undefined);
  const root = getVolumeFile(kernel, volume?.root ?? 0);
  assert.equal(kernel.state.volumeFiles.size, 1);
  assert.equal(lookupFile(kernel, root, 'notes.txt', false), undefined);
  const notes = lookupFile(kernel, root, 'NOTES.TXT', true);
  assert.ok(notes);
  assert.deepEqual([text(kernel, notes), storedName(root, 'notes.txt', true)], ['host', 'Notes.txt']);
  writeFile(kernel, notes, 4, new TextEncoder().encode(' and more'));
  assert.equal(text(kernel, notes), 'host and more');
  removeFile(kernel, { directory: root, name: 'Notes.txt', file: notes });
  assert.equal(lookupFile(kernel, root, 'Notes.txt', true), undefined, 'removed here, whatever the host has');
  assert.deepEqual(changes, []);
});

test('a read-only volume refuses changes; a writable one makes them on the host', () => {
  const { kernel } = newKernel();
  const changes: string[] = [];
  attachHost(kernel, memoryHost({ a: 'host' }, [], changes).files);
  const [fixed, open] = (['ro', 'rw'] as const).map(access =>
    getVolumeFile(kernel, hostVolume(kernel, '/host', access)?.root ?? 0),
  );
  const wanted = { kind: 'file', caseInsensitive: true, permissions: 0o644 } as const;
  assert.equal(createFile(kernel, fixed, 'b', wanted).status, status.STATUS_MEDIA_WRITE_PROTECTED);
  const { file } = createFile(kernel, open, 'b', wanted);
  assert.ok(file);
  writeFile(kernel, file, 0, new Uint8Array(3));
  resizeFile(kernel, file, 1);
  renameFile(kernel, { directory: open, name: 'b', file }, { directory: open, name: 'c' });
  removeFile(kernel, { directory: open, name: 'c', file });
  assert.deepEqual(changes, [
    'create /host/b',
    'write /host/b',
    'truncate /host/b',
    'rename /host/b /host/c',
    'remove /host/c',
  ]);
});

test('files together have a limit (STATUS_DISK_FULL), and give back what they held', () => {
  const { kernel } = newKernel({ processes: 1, frames: 1000, fileMemory: 4096 });
  const root = getVolumeFile(kernel, createMemoryVolume(kernel).root);
  const { file } = createFile(kernel, root, 'a', { kind: 'file', caseInsensitive: true, permissions: 0o644 });
  assert.ok(file);
  assert.equal(writeFile(kernel, file, 0, new Uint8Array(4097)), status.STATUS_DISK_FULL);
  assert.equal(resizeFile(kernel, file, 1 << 30), status.STATUS_SUCCESS, 'what was never written costs nothing');
  assert.equal(writeFile(kernel, file, 0x1000_0000, new Uint8Array(10)), status.STATUS_SUCCESS);
  assert.equal(writeFile(kernel, file, 0, new Uint8Array(1)), status.STATUS_DISK_FULL);
  assert.equal(kernel.state.fileBytes, 4096);
  removeFile(kernel, { directory: root, name: 'a', file });
  assert.deepEqual([kernel.state.fileBytes, kernel.state.sections.size, kernel.frames.count], [0, 0, 0]);
});

test('volumes are in snapshots', () => {
  const { kernel, root, make } = world();
  make('README');
  const snapshot = takeSnapshot(kernel);
  for (let round = 0; round < 2; round++) {
    const folder = getVolumeFile(kernel, root.id);
    const file = lookupFile(kernel, folder, 'readme', true);
    assert.ok(file);
    assert.equal(text(kernel, file), 'README');
    writeFile(kernel, file, 0, new TextEncoder().encode('changed'));
    removeFile(kernel, { directory: folder, name: 'README', file });
    restoreSnapshot(kernel, snapshot);
  }
});
