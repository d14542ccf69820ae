/** System calls that wait, and what ends their waits: seen without a processor. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { RAX, RDX, RIP } from '../../../emulator/cpu/registers.ts';
import { getThread } from '../../../emulator/kernel/ps/thread.ts';
import { EAGAIN, ECHILD, EINTR, EMFILE, EPIPE } from '../../../emulator/providers/linux/abi/errno.ts';
import { O_NONBLOCK } from '../../../emulator/providers/linux/abi/fcntl.ts';
import { SIG_IGN, SIGPIPE, SIGUSR1 } from '../../../emulator/providers/linux/abi/signal.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

function pipe(guest: Guest, flags = 0): [number, number] {
  const address = guest.room(8);
  assert.equal(guest.call('pipe2', address, flags), 0);
  const view = guest.view(address, 8);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

function act(guest: Guest, signal: number, handler: number, flags = 0): void {
  const action = new DataView(new ArrayBuffer(32));
  action.setBigUint64(0, BigInt(handler), true);
  action.setBigUint64(8, BigInt(flags | 0x0400_0000), true);
  action.setBigUint64(16, 0x40_1000n, true);
  assert.equal(guest.call('rt_sigaction', signal, guest.give(new Uint8Array(action.buffer)), 0, 8), 0);
}

/** What the dispatcher does on the way to user mode. */
function deliver(guest: Guest): void {
  const routines = guest.kernel.providers[guest.process.provider].routines.apcRoutines;
  for (const { routine, context } of guest.thread.userApcs.splice(0))
    routines[routine](guest.thread, trapFrame(guest.kernel, guest.thread), context);
}

test('reading an empty pipe waits until somebody writes', () => {
  const guest = new Guest(program);
  const [input, output] = pipe(guest);
  const parent = guest.thread;
  const pid = guest.call('fork');
  const child = getThread(guest.kernel, pid + 4);
  const buffer = guest.room(8);
  assert.equal(guest.attempt('read', input, buffer, 8), 'waits');
  assert.equal(parent.wait?.reason, 'pipe read');
  guest.run(child);
  assert.equal(guest.call('write', output, 'hey', 3), 3);
  assert.equal(parent.state, 'ready');
  guest.run(parent);
  assert.equal(guest.again(), 3);
  assert.equal(new TextDecoder().decode(guest.bytes(buffer, 3)), 'hey');
});

test('non-blocking ends do not wait, broken ones raise SIGPIPE', () => {
  const guest = new Guest(program);
  const [input, output] = pipe(guest, O_NONBLOCK);
  assert.equal(guest.call('read', input, guest.room(8), 8), -EAGAIN);
  const block = guest.room(4096);
  let written = 0;
  for (let count = 0; (count = guest.call('write', output, block, 4096)) > 0; ) written += count;
  assert.equal(written, 65536);
  act(guest, SIGPIPE, SIG_IGN);
  guest.call('close', input);
  assert.equal(guest.call('write', output, block, 1), -EPIPE);
});

test('a handler without SA_RESTART makes the call say EINTR, with it the call starts again', () => {
  for (const [flags, restarts] of [
    [0, false],
    [0x1000_0000, true],
  ] as const) {
    const guest = new Guest(program);
    const [input] = pipe(guest);
    act(guest, SIGUSR1, 0x40_2000, flags);
    const parent = guest.thread;
    const pid = guest.call('getpid');
    const child = guest.call('fork');
    const before = trapFrame(guest.kernel, parent).number(RIP);
    assert.equal(guest.attempt('read', input, guest.room(8), 8), 'waits');
    guest.run(getThread(guest.kernel, child + 4));
    assert.equal(guest.call('kill', pid, SIGUSR1), 0);
    guest.run(parent);
    assert.equal(guest.again(), -EINTR);
    deliver(guest);
    const frame = trapFrame(guest.kernel, parent);
    assert.equal(frame.number(RIP), 0x40_2000);
    const context = frame.number(RDX); // third argument of the handler
    const saved = guest.view(context, 304);
    assert.equal(Number(saved.getBigInt64(40 + 13 * 8, true)), restarts ? 0 : -EINTR);
    assert.equal(Number(saved.getBigUint64(40 + 16 * 8, true)), restarts ? before - 2 : before);
    assert.equal(frame.signed(RAX), 0);
  }
});

test('waiting for children: one that ended, none left', () => {
  const guest = new Guest(program);
  const parent = guest.thread;
  const child = guest.call('fork');
  const status = guest.room(4);
  assert.equal(guest.call('wait4', -1, status, 1, 0), 0);
  assert.equal(guest.attempt('wait4', -1, status, 0, 0), 'waits');
  guest.run(getThread(guest.kernel, child + 4));
  guest.attempt('exit_group', 7);
  guest.run(parent);
  assert.equal(guest.again(), child);
  assert.equal(guest.view(status, 4).getInt32(0, true), 7 << 8);
  assert.equal(guest.call('wait4', -1, status, 0, 0), -ECHILD);
});

test('a fork bomb meets a limit, and the person hears of it', () => {
  const guest = new Guest(program, {}, { limits: { processes: 5 } });
  const answers = Array.from({ length: 8 }, () => guest.call('fork'));
  assert.deepEqual(
    answers.map(answer => answer > 0),
    [true, true, true, true, false, false, false, false],
  );
  assert.equal(answers[7], -EAGAIN);
  assert.deepEqual(guest.log, ['The limit of 5 processes was met; fork fails with EAGAIN from here on.']);
});

test('descriptors meet their limit', () => {
  const guest = new Guest(program, {}, { limits: { openFiles: 10 } });
  const answers = Array.from({ length: 9 }, () => guest.call('dup', 0));
  assert.deepEqual(answers, [3, 4, 5, 6, 7, 8, 9, -EMFILE, -EMFILE]);
});

test('memory meets its limit', () => {
  const guest = new Guest(program, {}, { limits: { memory: 0x100_0000 } });
  assert.ok(guest.call('mmap', 0, 0x40_0000, 3, 0x22, -1, 0) > 0);
  assert.equal(guest.call('mmap', 0, 0x200_0000, 3, 0x22, -1, 0), -12);
  assert.ok(guest.call('mmap', 0, 0x200_0000, 0, 0x22, -1, 0) > 0, 'memory that is only reserved is free');
  assert.match(guest.log[0], /limit of 16777216 bytes of memory/);
});
