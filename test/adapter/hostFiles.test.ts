/** Files of the host: what is granted works, and nothing leads out of a granted folder. */

import assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { after, test } from 'node:test';
import { hostFiles } from '../../adapter/host/files.ts';
import { HostError, type Mount } from '../../emulator/index.ts';

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'pico-files-'));
after(() => fs.rmSync(base, { recursive: true }));

/** A granted folder `inside` beside a secret, with links that lead out of it. */
function folder(mode: Mount['mode']): { inside: string; files: ReturnType<typeof hostFiles> } {
  const root = fs.mkdtempSync(path.join(base, mode));
  const inside = path.join(root, 'inside');
  fs.mkdirSync(path.join(inside, 'sub'), { recursive: true });
  fs.writeFileSync(path.join(inside, 'file'), 'hello');
  fs.mkdirSync(path.join(root, 'secret'));
  fs.writeFileSync(path.join(root, 'secret/key'), 'secret');
  fs.symlinkSync('../secret', path.join(inside, 'out'));
  fs.symlinkSync('../secret/key', path.join(inside, 'key'));
  fs.symlinkSync('file', path.join(inside, 'link'));
  return { inside, files: hostFiles([{ host: inside, guest: '/', mode }]) };
}

function refused(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof HostError) return error.code;
    throw error;
  }
  return 'allowed';
}

function text(files: ReturnType<typeof hostFiles>, file: string): string {
  const into = new Uint8Array(16);
  return Buffer.from(into.subarray(0, files.read(file, 0, into))).toString();
}

test('reads, lists and describes', () => {
  const { inside, files } = folder('ro');
  assert.equal(text(files, `${inside}/file`), 'hello');
  assert.equal(files.read(`${inside}/file`, 3, new Uint8Array(16)), 2);
  assert.equal(files.read(`${inside}/file`, 9, new Uint8Array(16)), 0);
  assert.deepEqual(files.list(inside), ['file', 'key', 'link', 'out', 'sub']);
  assert.deepEqual(
    ['file', 'sub', 'link'].map(name => files.status(`${inside}/${name}`)?.kind),
    ['file', 'directory', 'symlink'],
  );
  assert.equal(files.readLink(`${inside}/link`), 'file');
  assert.equal(files.status(`${inside}/file`)?.size, 5);
});

test('no way leads out of the folder', () => {
  const { inside, files } = folder('rw');
  const buffer = new Uint8Array(16);
  const attempts: Record<string, () => unknown> = {
    'a path beside it': () => files.read(`${inside}/../secret/key`, 0, buffer),
    'an absolute path': () => files.status('/etc/passwd'),
    'a folder whose name only begins alike': () => files.status(`${inside}2`),
    'a link to a file': () => files.read(`${inside}/key`, 0, buffer),
    'a link to a folder': () => files.read(`${inside}/out/key`, 0, buffer),
    'the list of a linked folder': () => files.list(`${inside}/out`),
    'the status behind a link': () => files.status(`${inside}/out/key`),
    'a file made behind a link': () => files.create(`${inside}/out/new`, 'file', 0o644),
    'a write through a link': () => files.write(`${inside}/key`, 0, buffer),
    'a removal behind a link': () => files.remove(`${inside}/out/key`, 'file'),
    'a rename out': () => files.rename(`${inside}/file`, `${inside}/../secret/stolen`),
    'the folder itself': () => files.remove(inside, 'directory'),
  };
  for (const [what, attempt] of Object.entries(attempts)) assert.equal(refused(attempt), 'EACCES', what);
});

test('a granted folder may itself be a link', () => {
  const { inside } = folder('ro');
  const link = path.join(path.dirname(inside), 'link');
  fs.symlinkSync('inside', link);
  const files = hostFiles([{ host: link, guest: '/', mode: 'ro' }]);
  assert.equal(files.status(link)?.kind, 'directory');
  assert.equal(text(files, `${link}/file`), 'hello');
  assert.equal(
    refused(() => files.read(`${link}/key`, 0, new Uint8Array(1))),
    'EACCES',
  );
});

test('only rw writes', () => {
  for (const mode of ['ro', 'overlay'] as const) {
    const { inside, files } = folder(mode);
    assert.equal(
      refused(() => files.write(`${inside}/file`, 0, new Uint8Array(1))),
      'EROFS',
    );
    assert.equal(
      refused(() => files.create(`${inside}/new`, 'file', 0o644)),
      'EROFS',
    );
  }
});

test('rw makes, changes, moves and removes', () => {
  const { inside, files } = folder('rw');
  files.create(`${inside}/sub/new`, 'file', 0o600);
  files.write(`${inside}/sub/new`, 2, new Uint8Array(Buffer.from('xy')));
  assert.equal(text(files, `${inside}/sub/new`), '\0\0xy');
  files.truncate(`${inside}/sub/new`, 3);
  files.rename(`${inside}/sub/new`, `${inside}/moved`);
  assert.equal(fs.statSync(`${inside}/moved`).size, 3);
  assert.equal(fs.statSync(`${inside}/moved`).mode & 0o777, 0o600);
  files.remove(`${inside}/moved`, 'file');
  files.create(`${inside}/sub/folder`, 'directory', 0o755);
  assert.equal(
    refused(() => files.create(`${inside}/sub/folder`, 'directory', 0o755)),
    'EEXIST',
  );
  assert.equal(
    refused(() => files.remove(`${inside}/sub`, 'directory')),
    'ENOTEMPTY',
  );
  files.remove(`${inside}/sub/folder`, 'directory');
});

test('errors are those of the guest', () => {
  const { inside, files } = folder('rw');
  assert.equal(files.status(`${inside}/nothing`), undefined);
  assert.equal(
    refused(() => files.list(`${inside}/nothing`)),
    'ENOENT',
  );
  assert.equal(
    refused(() => files.status(`${inside}/file/below`)),
    'ENOTDIR',
  );
  assert.equal(
    refused(() => files.list(`${inside}/file`)),
    'ENOTDIR',
  );
});

test('devices and pipes of the host are not read', { skip: process.platform === 'win32' }, () => {
  const files = hostFiles([{ host: '/dev', guest: '/', mode: 'ro' }]);
  assert.equal(
    refused(() => files.read('/dev/zero', 0, new Uint8Array(1))),
    'EACCES',
  );
});
