/** The rows of system calls: complete, and they print what strace(1) would. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { RAX } from '../../../emulator/cpu/registers.ts';
import { ENOSYS } from '../../../emulator/providers/linux/abi/errno.ts';
import { describeResult } from '../../../emulator/providers/linux/syscalls/describe.ts';
import { ARGUMENT_REGISTERS } from '../../../emulator/providers/linux/syscalls/row.ts';
import { describeRows, ROWS, supportTable, TABLE } from '../../../emulator/providers/linux/syscalls/table.ts';
import { Guest } from './guest.ts';

const ROOT = path.resolve(path.dirname(new URL(import.meta.url).pathname), '../../..');
const HEADER = '/usr/include/x86_64-linux-gnu/asm/unistd_64.h';
const program = new Uint8Array(fs.readFileSync(path.join(ROOT, 'samples/hello/hello')));

test('every number and every name occurs once', () => {
  assert.equal(new Set(ROWS.map(row => row.number)).size, ROWS.length);
  assert.equal(new Set(ROWS.map(row => row.name)).size, ROWS.length);
});

test("rows agree with the system's own header, and none is left out", { skip: !fs.existsSync(HEADER) }, () => {
  for (const [, name, number] of fs.readFileSync(HEADER, 'utf8').matchAll(/#define __NR_(\w+) (\d+)/g))
    assert.equal(TABLE[Number(number)]?.name, name);
});

test('whatever is not complete says why', () => {
  const silent = ROWS.filter(row => row.support !== 'full' && row.note === '').map(row => row.name);
  assert.deepEqual(silent, []);
  assert.match(supportTable(), /^\d+ system calls are complete, \d+ partial, \d+ missing\./);
  assert.deepEqual(
    describeRows().find(row => row.name === 'read'),
    {
      number: 0,
      name: 'read',
      arguments: [
        { name: 'fd', type: 'int' },
        { name: 'buf', type: 'void *' },
        { name: 'count', type: 'size_t' },
      ],
      support: 'full',
      note: '',
    },
  );
});

function describe(guest: Guest, name: string, ...values: (number | string)[]) {
  const frame = trapFrame(guest.kernel, guest.thread);
  frame.setNumber(RAX, ROWS.find(row => row.name === name)?.number ?? 0);
  values.forEach((value, index) => {
    frame.setNumber(ARGUMENT_REGISTERS[index], typeof value === 'string' ? guest.text(value) : value);
  });
  return guest.services.describeSystemCall(guest.thread, frame);
}

test('calls print as strace prints them', () => {
  const guest = new Guest(program);
  const text = (name: string, ...values: (number | string)[]): string => describe(guest, name, ...values).text;
  assert.equal(text('write', 1, 'hello\n', 6), 'write(1, "hello\\n", 6)');
  assert.equal(text('write', 2, 'x'.repeat(50), 50), `write(2, "${'x'.repeat(32)}"…, 50)`);
  assert.equal(text('write', 1, 0x10, 5), 'write(1, 0x10, 5)');
  assert.equal(
    text('openat', -100, '/etc/passwd', 0o102, 0o644),
    'openat(AT_FDCWD, "/etc/passwd", O_RDWR|O_CREAT, 0644)',
  );
  assert.equal(
    text('mmap', 0, 4096, 3, 0x22, -1, 0),
    'mmap(NULL, 4096, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0)',
  );
  assert.equal(text('mprotect', 0x1000, 4096, 0), 'mprotect(0x1000, 4096, PROT_NONE)');
  assert.equal(text('kill', -1, 11), 'kill(-1, SIGSEGV)');
  assert.equal(text('lseek', 3, -5, 2), 'lseek(3, -5, SEEK_END)');
  assert.equal(
    text('futex', 0x1000, 0x80, 1, 0, 0, 0),
    'futex(0x1000, FUTEX_WAIT|FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0)',
  );
  const set = guest.give(new Uint8Array([0, 0, 1, 0, 0, 0, 0, 0]));
  assert.equal(text('rt_sigprocmask', 0, set, 0, 8), 'rt_sigprocmask(SIG_BLOCK, [CHLD], NULL, 8)');
  const span = guest.give(new Uint8Array(new BigInt64Array([1n, 500n]).buffer));
  assert.equal(text('nanosleep', span, 0), 'nanosleep({tv_sec=1, tv_nsec=500}, NULL)');
});

test('conditions get values and text', () => {
  const guest = new Guest(program);
  const { values } = describe(guest, 'openat', -100, '/etc/hosts', 0, 0);
  assert.equal(values.dirfd, -100);
  assert.equal(values.$pathname, '/etc/hosts');
});

test('results print as strace prints them', () => {
  assert.equal(describeResult(0, 6), ' = 6');
  assert.equal(describeResult(2, -2), ' = -1 ENOENT (No such file or directory)');
  assert.equal(describeResult(9, 0x2000_0000), ' = 0x20000000');
});

test('a call that is not there is said once and answers ENOSYS', () => {
  const guest = new Guest(program);
  assert.equal(guest.call('io_uring_setup', 1, 0), -ENOSYS);
  assert.equal(guest.call('io_uring_setup', 1, 0), -ENOSYS);
  assert.equal(guest.log.length, 1);
  assert.match(guest.log[0], /program: io_uring_setup is not supported/);
});
