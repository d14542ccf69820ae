/** Paths, mounts and files of the Linux provider, through its system calls. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clone } from '../../../emulator/base/clone.ts';
import {
  EACCES,
  EEXIST,
  EISDIR,
  ELOOP,
  ENAMETOOLONG,
  ENOENT,
  ENOTDIR,
  EROFS,
} from '../../../emulator/providers/linux/abi/errno.ts';
import { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDWR, O_WRONLY } from '../../../emulator/providers/linux/abi/fcntl.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

function guest(options = {}, changes: string[] = []): Guest {
  return new Guest(program, { 'a.txt': 'alpha', 'd/b.txt': 'beta' }, options, [], changes);
}

test('paths end where path_resolution(7) says', () => {
  const linux = guest();
  linux.call('symlink', '/host/d', '/tmp/link');
  linux.call('symlink', '../tmp/./link//b.txt', '/tmp/second');
  linux.call('symlink', 'circle', '/tmp/circle');
  const open = (name: string, flags = 0): number => linux.call('open', name, flags, 0);
  assert.ok(open('/host/a.txt') >= 0);
  assert.ok(open('/host/d/../a.txt') >= 0);
  assert.ok(open('/../../host/./d//b.txt') >= 0);
  assert.ok(open('/tmp/second') >= 0);
  assert.equal(open('/tmp/second', O_NOFOLLOW), -ELOOP);
  assert.equal(open('/tmp/circle'), -ELOOP);
  assert.equal(open('/host/a.txt/'), -ENOTDIR);
  assert.equal(open('/host/a.txt/x'), -ENOTDIR);
  assert.equal(open('/host/none/x'), -ENOENT);
  assert.equal(open(''), -ENOENT);
  assert.equal(open(`/${'n'.repeat(256)}`), -ENAMETOOLONG);
  assert.equal(open('/host/d', O_RDWR), -EISDIR);
  assert.equal(open('/host/a.txt', O_CREAT | O_EXCL), -EEXIST);
});

test('nothing leads out of the mounts', () => {
  const linux = guest();
  assert.equal(linux.read('/host/../../../../etc/hostname'), 'pico\n');
  linux.call('symlink', '/../../../../../etc/passwd', '/host/out');
  assert.match(linux.read('/host/out'), /^root:x:0:0/);
  linux.call('chdir', '/host/d');
  linux.call('chroot', '/host');
  assert.equal(linux.read('/a.txt'), 'alpha');
  assert.equal(linux.read('/../../a.txt'), 'alpha');
});

test('an overlay takes writes and leaves the host as it is', () => {
  const changes: string[] = [];
  const linux = guest({}, changes);
  const fd = linux.call('open', '/host/a.txt', O_RDWR, 0);
  linux.call('pwrite64', fd, linux.text('AL'), 2, 0);
  linux.call('rename', '/host/d/b.txt', '/host/c.txt');
  linux.call('mkdir', '/host/new', 0o755);
  assert.equal(linux.read('/host/a.txt'), 'ALpha');
  assert.equal(linux.read('/host/c.txt'), 'beta');
  assert.equal(linux.read('/host/d/b.txt'), `error ${ENOENT}`);
  linux.call('ftruncate', fd, 1);
  linux.call('ftruncate', fd, 4);
  assert.equal(linux.read('/host/a.txt'), 'A\0\0\0');
  assert.deepEqual(changes, []);
});

test('a read-only mount refuses, a writable one passes on', () => {
  const mount = (mode: 'ro' | 'rw') => ({ mounts: [{ guest: '/host', host: '/host', mode }] });
  const readOnly = guest(mount('ro'));
  assert.equal(readOnly.call('open', '/host/a.txt', O_WRONLY, 0), -EROFS);
  assert.equal(readOnly.call('open', '/host/x', O_CREAT | O_WRONLY, 0o644), -EROFS);
  assert.equal(readOnly.call('unlink', '/host/a.txt'), -EROFS);
  assert.equal(readOnly.call('access', '/host/a.txt', 2), -EROFS);
  const changes: string[] = [];
  const writable = guest(mount('rw'), changes);
  const fd = writable.call('open', '/host/a.txt', O_WRONLY, 0);
  writable.call('write', fd, writable.text('x'), 1);
  writable.call('unlink', '/host/d/b.txt');
  assert.deepEqual(changes, ['write /host/a.txt', 'remove /host/d/b.txt']);
});

test('permissions hold for users who are not root', () => {
  const linux = guest({ uid: 1000, gid: 1000 });
  assert.equal(linux.call('open', '/etc/passwd', O_WRONLY, 0), -EACCES);
  assert.equal(linux.call('mkdir', '/x', 0o755), -EACCES);
  const fd = linux.call('open', '/tmp/mine', O_CREAT | O_RDWR, 0o600);
  assert.ok(fd >= 0);
  assert.equal(linux.call('fchmod', fd, 0), 0);
  assert.equal(linux.call('open', '/tmp/mine', 0, 0), -EACCES);
});

test('/proc tells of the process', () => {
  const linux = guest();
  assert.equal(linux.read('/proc/self/comm'), 'program\n');
  assert.equal(linux.read('/proc/self/cmdline'), '/host/program\0');
  const pid = linux.call('getpid');
  assert.match(linux.read(`/proc/${pid}/stat`), new RegExp(`^${pid} \\(program\\) R 1 ${pid} ${pid} `));
  const maps = linux.read('/proc/self/maps');
  assert.match(maps, /r-xp .* \/host\/program\n/);
  assert.match(maps, /rw-p .*\[stack\]\n/);
  const buffer = linux.room(64);
  const length = linux.call('readlink', '/proc/self/exe', buffer, 64);
  assert.equal(new TextDecoder().decode(linux.bytes(buffer, length)), '/host/program');
  assert.equal(linux.read('/proc/sys/kernel/ostype'), 'Linux\n');
});

test('what the provider remembers is plain data', () => {
  const linux = guest();
  linux.call('pipe', linux.room(8));
  linux.call('epoll_create1', 0);
  linux.read('/host/a.txt');
  assert.doesNotThrow(() => clone(linux.kernel.state));
});
