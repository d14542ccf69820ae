/** What only root may do, and what a test may not do to the system it runs on: ports, and how the clock is kept. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { GP } from '../../../emulator/cpu/exits.ts';
import { RAX, RCX, RDI, RDX } from '../../../emulator/cpu/registers.ts';
import { copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { STATUS_PRIVILEGED_INSTRUCTION } from '../../../emulator/kernel/status.ts';
import { EINVAL, EPERM } from '../../../emulator/providers/linux/abi/errno.ts';
import type { LinuxThread } from '../../../emulator/providers/linux/task.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

/** Lets the thread meet the privileged instruction `code`; whether it was done. */
function meet(linux: Guest, code: readonly number[], registers: readonly (readonly [number, bigint])[]): boolean {
  const frame = trapFrame(linux.kernel, linux.thread);
  const address = linux.give(new Uint8Array([...code, 0x90]));
  frame.rip = address;
  for (const [register, value] of registers) frame.setBig(register, value);
  const record = {
    exceptionCode: STATUS_PRIVILEGED_INSTRUCTION,
    exceptionAddress: address,
    exceptionInformation: [],
    vector: GP,
    errorCode: 0,
  };
  linux.kernel.providers[linux.process.provider].routines.dispatchException(record, linux.thread, frame);
  return frame.rip === address + code.length;
}

test('ports are read as all ones by who may, and nobody else', () => {
  const linux = new Guest(program);
  const frame = trapFrame(linux.kernel, linux.thread);
  assert.equal(linux.call('iopl', 4), -EINVAL);
  assert.equal(linux.call('ioperm', 0x1_0000, 1, 1), -EINVAL);
  assert.equal(linux.call('ioperm', 0x280, 2, 1), 0);
  assert.ok(
    meet(
      linux,
      [0xec],
      [
        [RDX, 0x280n],
        [RAX, 0x1234_5678_9abc_de00n],
      ],
    ),
    'in al, dx',
  );
  assert.equal(frame.big(RAX), 0x1234_5678_9abc_deffn);
  assert.ok(meet(linux, [0x66, 0xef], [[RDX, 0x280n]]), 'out dx, ax');
  assert.equal(linux.call('iopl', 3), 0);
  assert.ok(meet(linux, [0xe5, 0x80], [[RAX, 0n]]), 'in eax, 80h');
  assert.equal(frame.big(RAX), 0xffff_ffffn);
  const buffer = linux.room(8);
  assert.ok(
    !meet(
      linux,
      [0xf3, 0x6c],
      [
        [RCX, 2n],
        [RDI, BigInt(buffer)],
      ],
    ),
    'rep insb goes on with the next byte',
  );
  assert.deepEqual([frame.big(RCX), [...linux.bytes(buffer, 2)]], [1n, [0xff, 0]]);
});

test('without the right, a port instruction is SIGSEGV; whoever is not root gets no right', () => {
  const linux = new Guest(program);
  assert.equal(linux.call('setuid', 1000), 0);
  assert.deepEqual([linux.call('iopl', 1), linux.call('ioperm', 0x80, 1, 1)], [-EPERM, -EPERM]);
  assert.equal(linux.call('ioperm', 0x80, 1, 0), 0);
  assert.ok(!meet(linux, [0xec], [[RDX, 0x80n]]));
  assert.equal((linux.thread.picoContext as LinuxThread).trap.vector, GP);
});

test('root tells adjtimex how to keep the clock, which tells it back', () => {
  const linux = new Guest(program);
  const timex = linux.room(208);
  const adjust = (modes: number, longs: Readonly<Record<number, number>> = {}): number => {
    const view = new DataView(new ArrayBuffer(208));
    view.setUint32(0, modes, true);
    for (const [at, value] of Object.entries(longs)) view.setBigInt64(Number(at), BigInt(value), true);
    copyToUser(linux.kernel, linux.process, timex, new Uint8Array(view.buffer));
    return linux.call('adjtimex', timex);
  };
  const long = (at: number): bigint => linux.view(timex, 208).getBigInt64(at, true);
  assert.equal(adjust(0x4000, { 88: 8999 }), -EINVAL, 'a tick is a hundredth of a second, more or less');
  assert.equal(adjust(2 | 4 | 8 | 0x4000, { 16: 2 ** 40, 24: 77, 32: 88, 88: 9900 }), 5);
  assert.equal(adjust(0), 5);
  assert.deepEqual([long(16), long(24), long(32), long(88)], [32_768_000n, 77n, 88n, 9900n]);
  assert.equal(adjust(0x8001, { 8: 1234 }), 5);
  assert.equal(adjust(0xa001), 5);
  assert.equal(long(8), 1234n);
  assert.equal(adjust(0x10), 0, 'no longer unsynchronised');
});
