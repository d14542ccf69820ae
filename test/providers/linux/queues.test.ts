/** POSIX message queues and holes in files, through system calls, are as they were when a snapshot is restored. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { restoreSnapshot, takeSnapshot } from '../../../emulator/machine/snapshot.ts';
import { EAGAIN } from '../../../emulator/providers/linux/abi/errno.ts';
import { O_CREAT, O_NONBLOCK, O_RDWR, SEEK_DATA } from '../../../emulator/providers/linux/abi/fcntl.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

test('messages and holes are in snapshots', () => {
  const linux = new Guest(program, {}, {}, [], []);
  const queue = linux.call('mq_open', 'q', O_RDWR | O_CREAT | O_NONBLOCK, 0o600, 0);
  for (const [text, priority] of [
    ['low', 1],
    ['high', 9],
  ] as const)
    assert.equal(linux.call('mq_timedsend', queue, linux.text(text), text.length, priority, 0), 0);
  const file = linux.call('open', '/tmp/holes', O_RDWR | O_CREAT, 0o600);
  assert.equal(linux.call('pwrite64', file, linux.text('x'), 1, 2 ** 33), 1);
  const room = linux.room(8192);
  const held = linux.kernel.state.fileBytes;
  const snapshot = takeSnapshot(linux.kernel);
  for (let round = 0; round < 2; round++) {
    assert.equal(linux.kernel.state.fileBytes, held);
    assert.equal(linux.call('lseek', file, 0, SEEK_DATA), 2 ** 33);
    assert.equal(linux.call('ftruncate', file, 0), 0);
    assert.ok(linux.kernel.state.fileBytes < held);
    assert.equal(linux.call('mq_timedreceive', queue, room, 8192, 0, 0), 4);
    assert.equal(linux.call('mq_timedreceive', queue, room, 8192, 0, 0), 3);
    assert.equal(linux.call('mq_timedreceive', queue, room, 8192, 0, 0), -EAGAIN);
    restoreSnapshot(linux.kernel, snapshot);
  }
});
