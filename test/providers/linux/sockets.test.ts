/** Sockets as state: limits that hostile guests meet, what is left when they are gone, snapshots in the middle of it. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { EAGAIN, EINVAL, EMSGSIZE, ENETUNREACH, ENFILE, ENOBUFS } from '../../../emulator/providers/linux/abi/errno.ts';
import { O_NONBLOCK } from '../../../emulator/providers/linux/abi/fcntl.ts';
import {
  AF_INET,
  AF_NETLINK,
  AF_UNIX,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
} from '../../../emulator/providers/linux/abi/socket.ts';
import type { LinuxState } from '../../../emulator/providers/linux/instance.ts';
import { finish, launch, newMachine } from '../../support/machine.ts';
import { build, HAS_ORACLE } from '../../support/machine.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

function stateOf(guest: Guest): LinuxState {
  return guest.kernel.state.providers.get('linux') as LinuxState;
}

function pair(guest: Guest, type = SOCK_STREAM): [number, number] {
  const address = guest.room(8);
  assert.equal(guest.call('socketpair', AF_UNIX, type | O_NONBLOCK, 0, address), 0);
  const view = guest.view(address, 8);
  return [view.getInt32(0, true), view.getInt32(4, true)];
}

/** `struct msghdr` with one byte and one descriptor (unix(7), SCM_RIGHTS). */
function carrying(guest: Guest, descriptor: number): number {
  const vector = new BigUint64Array([BigInt(guest.room(16)), 1n]);
  const control = new Int32Array([20, 0, 1, 1, descriptor, 0]);
  const header = new BigUint64Array([
    0n,
    0n,
    BigInt(guest.give(new Uint8Array(vector.buffer))),
    1n,
    BigInt(guest.give(new Uint8Array(control.buffer))),
    20n,
    0n,
  ]);
  return guest.give(new Uint8Array(header.buffer));
}

test('sockets meet their limit, and the person hears of it', () => {
  const guest = new Guest(program, {}, { limits: { sockets: 2 } });
  const answers = Array.from({ length: 4 }, () => guest.call('socket', AF_UNIX, SOCK_STREAM, 0));
  assert.deepEqual(answers, [3, 4, -ENFILE, -ENFILE]);
  assert.deepEqual(guest.log, ['The machine has 2 sockets, as many as it may have: socket() answers ENFILE.']);
  assert.equal(guest.call('close', 3), 0);
  assert.equal(guest.call('socket', AF_UNIX, SOCK_STREAM, 0), 3);
});

test('unread bytes of all sockets meet their limit, and are given back', () => {
  const guest = new Guest(program, {}, { limits: { socketBytes: 100_000 } });
  const [a, b] = pair(guest);
  const [c] = pair(guest);
  const bytes = guest.room(80_000);
  assert.equal(guest.call('write', a, bytes, 80_000), 80_000);
  assert.equal(guest.call('write', c, bytes, 80_000), 20_000);
  assert.equal(guest.call('write', c, bytes, 80_000), -ENOBUFS);
  assert.equal(guest.call('read', b, bytes, 50_000), 50_000);
  assert.equal(guest.call('write', c, bytes, 80_000), 50_000);
  for (let fd = 3; fd <= 6; fd++) guest.call('close', fd);
  assert.equal(stateOf(guest).network.queued, 0);
  assert.equal(stateOf(guest).sockets.size, 0);
});

test('messages of too many pieces or bytes are refused', () => {
  const guest = new Guest(program);
  const [a] = pair(guest, SOCK_DGRAM);
  const header = new BigUint64Array([0n, 0n, BigInt(guest.room(16)), 5000n, 0n, 0n, 0n]);
  assert.equal(guest.call('sendmsg', a, guest.give(new Uint8Array(header.buffer)), 0), -EMSGSIZE);
  assert.equal(guest.call('sendto', a, guest.room(16), 2 ** 40, 0, 0, 0), -EMSGSIZE);
  assert.equal(guest.call('connect', a, guest.room(16), 5000), -EINVAL);
});

test('sockets inside sockets end one after the other', () => {
  const guest = new Guest(program, {}, { limits: { openFiles: 600, sockets: 1000 } });
  const [first, outer] = pair(guest);
  let inner = first;
  for (let i = 0; i < 400; i++) {
    const [a, b] = pair(guest);
    assert.equal(guest.call('sendmsg', a, carrying(guest, inner), 0), 1);
    guest.call('close', inner);
    guest.call('close', a);
    inner = b;
  }
  guest.call('close', inner);
  guest.call('close', outer);
  assert.equal(stateOf(guest).sockets.size, 0);
  assert.deepEqual(stateOf(guest).network.orphans, []);
});

test('nothing outside the machine is reached', () => {
  const guest = new Guest(program);
  for (const host of [
    [8, 8, 8, 8],
    [10, 0, 0, 1],
    [169, 254, 1, 1],
    [224, 0, 0, 1],
  ]) {
    const address = guest.give(new Uint8Array([AF_INET, 0, 0, 80, ...host, 0, 0, 0, 0, 0, 0, 0, 0]));
    const stream = guest.call('socket', AF_INET, SOCK_STREAM, 0);
    assert.equal(guest.call('connect', stream, address, 16), -ENETUNREACH);
    const datagram = guest.call('socket', AF_INET, SOCK_DGRAM, 0);
    assert.equal(guest.call('sendto', datagram, address, 1, 0, address, 16), -ENETUNREACH);
  }
});

/** The messages of a netlink answer: type of each. */
function types(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const found: number[] = [];
  for (let at = 0; at < bytes.length; at += view.getUint32(at, true)) found.push(view.getUint16(at + 4, true));
  return found;
}

test('netlink lists the one interface and its addresses, as rtnetlink(7) says', () => {
  const guest = new Guest(program);
  const socket = guest.call('socket', AF_NETLINK, SOCK_RAW | O_NONBLOCK, 0);
  const answer = guest.room(4096);
  const ask = (type: number): number[] => {
    const request = new Uint8Array(20);
    const view = new DataView(request.buffer);
    view.setUint32(0, 20, true);
    view.setUint16(4, type, true);
    view.setUint16(6, 0x301, true);
    assert.equal(guest.call('sendto', socket, guest.give(request), 20, 0, 0, 0), 20);
    const found: number[] = [];
    for (let got = 0; got !== -EAGAIN; got = guest.call('recvfrom', socket, answer, 4096, 0, 0, 0))
      if (got > 0) found.push(...types(guest.bytes(answer, got)));
    return found;
  };
  assert.deepEqual(ask(18), [16, 3]);
  assert.deepEqual(ask(22), [20, 20, 3]);
  assert.deepEqual(ask(26), [24, 24, 3]);
});

const subject = HAS_ORACLE
  ? build(path.join(ROOT, 'test/guests/linux/loopback/loopback.c'), 'gcc', ['-O1', '-pthread', '-w'])
  : undefined;

test('connections, queues and ports are in snapshots', { skip: subject ? false : 'needs gcc' }, () => {
  const run = { program: subject as string, trace: true };
  const whole = finish(started(run));
  for (const part of [0.3, 0.6, 0.9]) {
    const machine = started(run);
    machine.run(Math.floor(whole.instructions * part));
    machine.takeNotices();
    const snapshot = machine.snapshot();
    const first = finish(machine);
    assert.equal(machine.restore(snapshot), undefined);
    const second = finish(machine);
    assert.equal(second.trace.join('\n'), first.trace.join('\n'), `after ${part} of the run`);
    assert.deepEqual([second.instructions, second.output], [whole.instructions, first.output]);
    assert.ok(whole.output.endsWith(first.output) && first.output.endsWith('ok\n'));
  }
});

function started(run: { program: string; trace: boolean }): ReturnType<typeof newMachine> {
  const machine = newMachine(run);
  launch(machine, run);
  machine.input(undefined);
  machine.trace(true);
  return machine;
}
