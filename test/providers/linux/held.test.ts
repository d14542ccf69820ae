/** What processes hold of files: it comes back with a snapshot, and guests that mean harm gain nothing by it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { clone } from '../../../emulator/base/clone.ts';
import { EAGAIN, EBUSY, EFBIG, EINVAL, EMFILE, ENOENT, ENOSPC } from '../../../emulator/providers/linux/abi/errno.ts';
import {
  F_GETLEASE,
  F_RDLCK,
  F_SETLEASE,
  F_UNLCK,
  F_WRLCK,
  LOCK_EX,
  LOCK_NB,
  LOCK_UN,
  O_CREAT,
  O_NOCTTY,
  O_NONBLOCK,
  O_RDWR,
} from '../../../emulator/providers/linux/abi/fcntl.ts';
import { IN_ALL_EVENTS } from '../../../emulator/providers/linux/abi/inotify.ts';
import { TIOCSPTLCK } from '../../../emulator/providers/linux/abi/ioctl.ts';
import { MS_BIND } from '../../../emulator/providers/linux/abi/mount.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

function guest(changes: string[] = []): Guest {
  return new Guest(program, { 'a.txt': 'alpha', 'd/b.txt': 'beta' }, {}, [], changes);
}

function text(linux: Guest, fd: number, count = 64): string {
  const buffer = linux.room(count);
  const got = linux.call('read', fd, buffer, count);
  return got < 0 ? `error ${-got}` : new TextDecoder().decode(linux.bytes(buffer, got));
}

/** Takes the machine back to `state`, and its thread with it. */
function restore(linux: Guest, state: Guest['kernel']['state']): void {
  Object.assign(linux.kernel.state, clone(state));
  const thread = linux.kernel.state.threads.get(linux.thread.id);
  assert.ok(thread);
  linux.run(thread);
}

test('what was submitted and not fetched is there again after a snapshot', () => {
  const linux = guest();
  const name = linux.room(8);
  assert.equal(linux.call('io_setup', 4, name), 0);
  const context = Number(linux.view(name, 8).getBigUint64(0, true));
  const fd = linux.call('open', '/tmp/submitted', O_CREAT | O_RDWR, 0o600);
  const request = new DataView(new ArrayBuffer(64));
  request.setBigUint64(0, 77n, true);
  request.setUint16(16, 1, true);
  request.setUint32(20, fd, true);
  request.setBigUint64(24, BigInt(linux.text('written')), true);
  request.setBigUint64(32, 7n, true);
  const list = new BigUint64Array([BigInt(linux.give(new Uint8Array(request.buffer)))]);
  assert.equal(linux.call('io_submit', context, 1, linux.give(new Uint8Array(list.buffer))), 1);
  const events = linux.room(64);
  const saved = clone(linux.kernel.state);
  const look = (): unknown[] => [
    linux.call('io_getevents', context, 1, 2, events, 0),
    linux.view(events, 64).getBigUint64(0, true),
    linux.call('io_getevents', context, 0, 2, events, 0),
    linux.call('io_destroy', context),
  ];
  const before = look();
  assert.deepEqual(before, [1, 77n, 0, 0]);
  restore(linux, saved);
  assert.deepEqual(look().slice(0, 3), [1, 77n, 0]);
});

test('leases and what is asked of them are as they were after a snapshot', () => {
  const linux = guest();
  const fd = linux.call('open', '/tmp/leased', O_CREAT, 0o600);
  assert.equal(linux.call('fcntl', fd, F_SETLEASE, F_WRLCK), 0);
  assert.equal(linux.call('open', '/tmp/leased', O_RDWR | O_NONBLOCK, 0), -EAGAIN);
  const saved = clone(linux.kernel.state);
  const look = (): unknown[] => [
    linux.call('fcntl', fd, F_GETLEASE),
    linux.call('fcntl', fd, F_SETLEASE, F_RDLCK),
    linux.call('fcntl', fd, F_GETLEASE),
    linux.call('open', '/tmp/leased', O_NONBLOCK, 0) > fd,
    linux.call('fcntl', fd, F_SETLEASE, F_UNLCK),
    linux.call('fcntl', fd, F_GETLEASE),
  ];
  const before = look();
  assert.deepEqual(before, [F_UNLCK, 0, F_UNLCK, true, 0, F_UNLCK]);
  restore(linux, saved);
  assert.deepEqual(look(), before);
});

test('locks, watches, terminals and mounts are as they were after a snapshot', () => {
  const linux = guest();
  const first = linux.call('open', '/tmp/file', O_CREAT | O_RDWR, 0o600);
  const second = linux.call('open', '/tmp/file', O_RDWR, 0);
  assert.equal(linux.call('flock', first, LOCK_EX), 0);
  const watcher = linux.call('inotify_init1', 0o4000);
  linux.call('inotify_add_watch', watcher, '/tmp', IN_ALL_EVENTS);
  linux.call('mkdir', '/tmp/seen', 0o700);
  linux.call('mount', 'memory', '/tmp/seen', 'tmpfs', 0, 0);
  linux.call('mkdir', '/tmp/seen/inside', 0o700);
  const master = linux.call('open', '/dev/ptmx', O_RDWR | O_NOCTTY, 0);
  linux.call('ioctl', master, TIOCSPTLCK, linux.room(4));
  const slave = linux.call('open', '/dev/pts/1', O_RDWR | O_NOCTTY, 0);
  linux.call('write', master, linux.text('typed\n'), 6);

  const saved = clone(linux.kernel.state);
  const look = (): unknown[] => [
    linux.call('flock', second, LOCK_EX | LOCK_NB),
    text(linux, watcher, 256),
    text(linux, slave),
    text(linux, master),
    linux.call('flock', first, LOCK_UN),
    linux.call('flock', second, LOCK_EX | LOCK_NB),
    linux.call('umount2', '/tmp/seen', 0),
    linux.call('access', '/tmp/seen/inside', 0),
  ];
  const before = look();
  assert.equal(before[0], -EAGAIN);
  assert.match(String(before[1]), /seen/);
  assert.deepEqual(before.slice(2), ['typed\n', 'typed\r\n', 0, 0, 0, -ENOENT]);
  restore(linux, saved);
  assert.deepEqual(look(), before);
});

test('binding and leaving roots leads nowhere outside the mounts, and nothing of it reaches the host', () => {
  const changes: string[] = [];
  const linux = guest(changes);
  linux.call('mkdir', '/tmp/jail', 0o755);
  assert.equal(linux.call('mount', '/host/d', '/tmp/jail', 0, MS_BIND, 0), 0);
  assert.equal(linux.call('mount', '/', '/tmp/jail', 0, MS_BIND, 0), -EINVAL);
  const outside = linux.call('open', '/', 0, 0);
  linux.call('chroot', '/tmp/jail');
  linux.call('fchdir', outside);
  for (let i = 0; i < 40; i++) linux.call('chdir', '..');
  for (const way of ['/proc/self/root', '..', '../../../../..', `/proc/self/fd/${outside}`, '../host/..'])
    for (const secret of ['etc/shadow', 'home', 'work', 'var/log'])
      assert.equal(linux.read(`${way}/${secret}/x`), `error ${ENOENT}`);
  linux.call('unlink', '/b.txt');
  linux.call('mkdir', '/made', 0o700);
  assert.deepEqual(changes, []);
});

test('sizes, descriptors, terminals, watchers and mounts end where they must', () => {
  const linux = guest();
  const fd = linux.call('open', '/tmp/huge', O_CREAT | O_RDWR, 0o600);
  assert.equal(linux.call('ftruncate', fd, 2 ** 50), -EFBIG);
  assert.equal(linux.call('fallocate', fd, 0, 2 ** 52, 1), -EFBIG);
  assert.equal(linux.call('ftruncate', fd, 2 ** 39), 0);
  assert.equal(linux.call('pwrite64', fd, linux.text('x'), 1, 2 ** 39), 1);
  assert.equal(linux.call('fallocate', fd, 0, 0, 2 ** 31), -ENOSPC);

  linux.call('mkdir', '/tmp/m', 0o700);
  let mounts = 0;
  while (linux.call('mount', 'memory', '/tmp/m', 'tmpfs', 0, 0) === 0) assert.ok(++mounts < 2000);
  assert.equal(linux.call('mount', 'memory', '/tmp/m', 'tmpfs', 0, 0), -ENOSPC);
  assert.equal(linux.call('rmdir', '/tmp/m'), -EBUSY);

  const exhaust = (open: () => number): number => {
    const opened: number[] = [];
    for (;;) {
      const got = open();
      if (got < 0) {
        for (const each of opened) linux.call('close', each);
        return got;
      }
      opened.push(got);
      assert.ok(opened.length < 5000);
    }
  };
  assert.equal(
    exhaust(() => linux.call('inotify_init1', 0)),
    -EMFILE,
  );
  assert.equal(
    exhaust(() => linux.call('open', '/dev/ptmx', O_RDWR, 0)),
    -ENOSPC,
  );
  assert.equal(
    exhaust(() => linux.call('dup', fd)),
    -EMFILE,
  );
  assert.equal(linux.call('close', linux.call('open', '/dev/ptmx', O_RDWR, 0)), 0);
});
