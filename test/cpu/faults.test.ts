/** Faults leave everything as it was before the instruction, with RIP on it. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Exit } from '../../emulator/cpu/exits.ts';
import { RAX, RBP, RCX, RDI, RDX, RIP, RSI, RSP } from '../../emulator/cpu/registers.ts';
import { CODE, DATA, Guest } from './support/guest.ts';
import { READ, WRITE } from './support/plainSpace.ts';

const NOWHERE = 0x1500_0000;

function fault(vector: number, errorCode = 0, address = 0): Exit {
  return { kind: 'fault', vector, errorCode, address };
}

test('reads, writes and read-modify-writes name the address and the kind of access', () => {
  const cases: [string, number][] = [
    ['488b07', 4], // mov rax,[rdi]
    ['488907', 6], // mov [rdi],rax
    ['480107', 6], // add [rdi],rax
    ['480fb10f', 6], // cmpxchg [rdi],rcx
    ['0f2807', 4], // movaps xmm0,[rdi]
    ['ff37', 4], // push [rdi]
    ['dd07', 4], // fld qword [rdi]
  ];
  for (const [code, errorCode] of cases) {
    const guest = new Guest(code).set(RDI, NOWHERE).set(RAX, 5);
    const before = guest.registers.bytes.slice();
    assert.deepEqual(guest.run(10), fault(14, errorCode, NOWHERE), code);
    assert.deepEqual(guest.registers.bytes, before, code);
    assert.equal(guest.retired, 0);
    guest.close();
  }
});

test('an access that crosses into an unmapped page fails there and changes nothing', () => {
  const end = DATA + 0x2000;
  const guest = new Guest('488907').set(RDI, end - 3).set(RAX, -1);
  assert.deepEqual(guest.run(10), fault(14, 6, end));
  assert.deepEqual([...guest.space.read(end - 3, 3)], [0, 0, 0]);
  guest.close();
});

test('unaligned and crossing accesses work within and between pages', () => {
  // mov [rdi],rax; mov rcx,[rdi]
  for (const at of [DATA + 1, DATA + 0xffd, DATA + 0x1ff8, DATA + 0x1ff1]) {
    const guest = new Guest('488907 488b0f').set(RDI, at);
    guest.registers.setBig(RAX, 0x1122_3344_5566_7788n);
    assert.equal(guest.run(2).kind, 'budget');
    assert.equal(guest.registers.big(RCX), 0x1122_3344_5566_7788n);
    guest.close();
  }
});

test('memory outside the window is only slower', () => {
  const far = 0x7fff_1234_5000;
  // mov [rdi],rax; add [rdi],rax; mov rcx,[rdi]; movups xmm0,[rdi-3]
  const guest = new Guest('488907 480107 488b0f 0f1047fd').set(RDI, far + 0x1000 - 4).set(RAX, 21);
  guest.space.map(far, 0x2000, READ | WRITE);
  assert.equal(guest.run(4).kind, 'budget');
  assert.equal(guest.get(RCX), 42);
  guest.close();
});

test('addresses 4 GiB above mapped pages are others', () => {
  // mov rax,[rdi]; mov [rdi],rax; movups xmm0,[rdi]; rep stosb
  for (const [code, errorCode] of [
    ['488b07', 4],
    ['488907', 6],
    ['0f1007', 4],
    ['f3aa', 6],
  ] as const) {
    const guest = new Guest(code).set(RDI, DATA + 0x1_0000_0000).set(RCX, 64);
    assert.deepEqual(guest.run(1), fault(14, errorCode, DATA + 0x1_0000_0000), code);
    guest.close();
  }
});

test('addresses that are not canonical: #GP, or #SS through the stack', () => {
  const bad = 0x8000_0000_0000;
  for (const [code, register, vector] of [
    ['488b07', RDI, 13],
    ['488b4500', RBP, 12], // mov rax,[rbp]
    ['c3', RSP, 12],
    ['488b0424', RSP, 12], // mov rax,[rsp]
  ] as const) {
    const guest = new Guest(code).set(register, bad);
    assert.deepEqual(guest.run(1), fault(vector), code);
    guest.close();
  }
});

test('a jump to an address that is not canonical fails on the jump', () => {
  const guest = new Guest('ffe0').set(RAX, 0x8000_0000_0000);
  assert.deepEqual(guest.run(10), fault(13));
  assert.equal(guest.get(RIP), CODE);
  guest.close();
});

test('aligned vector accesses', () => {
  const guest = new Guest('660f6f07').set(RDI, DATA + 8); // movdqa xmm0,[rdi]
  assert.deepEqual(guest.run(1), fault(13));
  guest.set(RDI, DATA + 16);
  assert.equal(guest.run(1).kind, 'budget');
  guest.close();
});

test('division: by zero, and a quotient that does not fit', () => {
  for (const [rdx, rcx, code] of [
    [0, 0, '48f7f1'],
    [5, 5, '48f7f1'],
    [0, 0, 'f7f9'],
    [1, 1, 'f7f1'],
  ] as const) {
    const guest = new Guest(code).set(RAX, 1).set(RDX, rdx).set(RCX, rcx);
    assert.deepEqual(guest.run(1), fault(0));
    assert.equal(guest.get(RAX), 1);
    guest.close();
  }
});

test('a repeated move that fails in the middle can go on', () => {
  const end = DATA + 0x2000;
  const guest = new Guest('f3a4 0f05')
    .set(RSI, CODE)
    .set(RDI, end - 100)
    .set(RCX, 300); // rep movsb; syscall
  assert.deepEqual(guest.run(10), fault(14, 6, end));
  assert.equal(guest.get(RCX), 200);
  assert.equal(guest.get(RDI), end);
  assert.equal(guest.get(RSI), CODE + 100);
  assert.equal(guest.get(RIP), CODE);
  guest.space.map(end, 0x1000, READ | WRITE);
  assert.deepEqual(guest.run(10), { kind: 'systemCall' });
  assert.equal(guest.retired, 1);
  assert.equal(guest.get(RCX), 0);
  guest.close();
});

test('a repeated instruction counts as one, however long', () => {
  const guest = new Guest('f3aa 0f05').set(RDI, DATA).set(RCX, 0x2000).set(RAX, 0x5a); // rep stosb
  assert.deepEqual(guest.run(10), { kind: 'systemCall' });
  assert.equal(guest.retired, 1);
  assert.ok(guest.space.read(DATA, 0x2000).every(byte => byte === 0x5a));
  guest.close();
});

test('overlapping repeated moves repeat what they have just written', () => {
  const guest = new Guest('f3a4')
    .set(RSI, DATA)
    .set(RDI, DATA + 2)
    .set(RCX, 10);
  guest.space.write(DATA, [1, 2]);
  guest.run(1);
  assert.deepEqual([...guest.space.read(DATA, 12)], [1, 2, 1, 2, 1, 2, 1, 2, 1, 2, 1, 2]);
  guest.close();
});

test('privileged instructions, traps and what is not implemented', () => {
  for (const [code, vector] of [
    ['f4', 13],
    ['fa', 13],
    ['cd80', 13],
    ['0f0b', 6],
    ['0f20c0', 13],
    ['e460', 13],
  ] as const) {
    const guest = new Guest(code);
    const exit = guest.run(1);
    assert.equal(exit.kind === 'fault' && exit.vector, vector, code);
    assert.equal(guest.get(RIP), CODE);
    guest.close();
  }
  const trap = new Guest('cc');
  assert.deepEqual(trap.run(1), fault(3));
  assert.equal(trap.get(RIP), CODE + 1);
  trap.close();
  const avx = new Guest('c5fc58c1'); // vaddps ymm0,ymm0,ymm1
  const exit = avx.run(1);
  assert.ok(exit.kind === 'fault' && exit.vector === 6 && /vaddps.*not implemented/i.test(exit.detail ?? ''));
  avx.close();
});
