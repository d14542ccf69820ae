/** Budgets, breakpoints, watchpoints, stepping, and code that changes. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RAX, RBX, RCX, RDI, RFLAGS, RIP, RSP, TF } from '../../emulator/cpu/registers.ts';
import { CODE, DATA, Guest, STACK_TOP } from './support/guest.ts';
import { EXECUTE, READ, WRITE } from './support/plainSpace.ts';

/** inc rax; dec rcx; jnz back; syscall */
const COUNT = '48ffc0 48ffc9 75f8 0f05';

test('a budget is exact at any length', () => {
  for (const budget of [1, 2, 3, 31, 32, 33, 34, 100, 1000, 12345]) {
    const guest = new Guest(COUNT).set(RCX, 1_000_000);
    assert.equal(guest.run(budget).kind, 'budget');
    assert.equal(guest.retired, budget);
    assert.equal(guest.get(RAX), Math.ceil(budget / 3));
    assert.equal(guest.get(RIP), CODE + [0, 3, 6][budget % 3]);
    guest.close();
  }
});

test('flags do not depend on where runs end', () => {
  // add rax,rbx; xor rcx,rax; sub rbx,rcx; shl rax,3; inc rcx; cmp rax,rbx; imul rbx,rcx; jmp back
  const code = '4801d8 4831c1 4829cb 48c1e003 48ffc1 4839d8 480fafd9 ebe8';
  const states = [1, 7, 400].map(chunk => {
    const guest = new Guest(code).set(RAX, 12345).set(RBX, 0x7fff_ffff_ffff).set(RCX, 77);
    const seen: string[] = [];
    for (let done = 0; done < 400; done += chunk) {
      guest.run(Math.min(chunk, 400 - done));
      if (chunk === 1) seen.push(guest.registers.big(RFLAGS).toString(16));
    }
    const final = [RAX, RBX, RCX, RIP, RFLAGS].map(index => guest.registers.big(index).toString(16)).join();
    guest.close();
    return { final, seen };
  });
  assert.equal(states[1].final, states[0].final);
  assert.equal(states[2].final, states[0].final);
  for (const n of [3, 5, 11, 150]) {
    const guest = new Guest(code).set(RAX, 12345).set(RBX, 0x7fff_ffff_ffff).set(RCX, 77);
    guest.run(n);
    assert.equal(guest.registers.big(RFLAGS).toString(16), states[0].seen[n - 1], `after ${n}`);
    guest.close();
  }
});

test('a system call leaves everything as it is', () => {
  const guest = new Guest(COUNT).set(RCX, 5);
  assert.deepEqual(guest.run(1000), { kind: 'systemCall' });
  assert.equal(guest.retired, 15);
  assert.equal(guest.get(RIP), CODE + 8);
  assert.equal(guest.get(RCX), 0);
  guest.close();
});

test('breakpoints stop before the instruction, and can be stepped over', () => {
  const guest = new Guest(COUNT).set(RCX, 3);
  guest.processor.setBreakpoints(guest.space, [CODE + 3]);
  for (const turn of [1, 2, 3]) {
    assert.deepEqual(guest.run(1000, turn > 1), { kind: 'breakpoint' });
    assert.equal(guest.get(RIP), CODE + 3);
    assert.equal(guest.get(RAX), turn);
  }
  assert.equal(guest.run(1, true).kind, 'budget');
  assert.equal(guest.get(RIP), CODE + 6);
  guest.processor.setBreakpoints(guest.space, []);
  assert.deepEqual(guest.run(1000), { kind: 'systemCall' });
  guest.close();
});

test('a breakpoint set after the code has run shows exact flags', () => {
  // add rax,rax; cmp rbx,rbx; jmp back: the flags of ADD are hidden unless somebody stops behind it
  const guest = new Guest('4801c0 4839db ebf8').set(RAX, 0x7fff_ffff);
  guest.run(300);
  guest.set(RAX, 0).registers.rip = CODE;
  guest.processor.setBreakpoints(guest.space, [CODE + 3]);
  guest.registers.setBig(RAX, 1n << 63n);
  assert.equal(guest.run(10).kind, 'breakpoint');
  assert.equal(guest.get(RFLAGS) & 0x8c5, 0x845); // OF, ZF, PF, CF
  guest.close();
});

test('watchpoints stop behind the instruction that touched', () => {
  // mov [rdi],rax; inc rax; mov rbx,[rdi+8]; syscall
  const guest = new Guest('488907 48ffc0 488b5f08 0f05').set(RDI, DATA + 16).set(RAX, 7);
  guest.space.watch(DATA + 16, 8, 'write');
  guest.space.watch(DATA + 24, 4, 'read');
  const first = guest.run(100);
  assert.deepEqual(first, { kind: 'watchpoint', address: DATA + 16, size: 8, access: 'write' });
  assert.equal(guest.get(RIP), CODE + 3);
  assert.equal(guest.retired, 1);
  const second = guest.run(100);
  assert.deepEqual(second, { kind: 'watchpoint', address: DATA + 24, size: 4, access: 'read' });
  assert.equal(guest.get(RIP), CODE + 10);
  assert.equal(guest.retired, 2);
  assert.deepEqual(guest.run(100), { kind: 'systemCall' });
  guest.close();
});

test('TF traps behind one instruction', () => {
  const guest = new Guest(COUNT).set(RCX, 3);
  guest.set(RFLAGS, guest.get(RFLAGS) | TF);
  const exit = guest.run(100);
  assert.equal(exit.kind === 'fault' && exit.vector, 1);
  assert.equal(guest.get(RIP), CODE + 3);
  assert.equal(guest.retired, 1);
  guest.close();
});

test('an instruction may change the next one', () => {
  // mov byte [rip+1], 0xc3 changes the second byte of: add eax, 1 -> the immediate
  const guest = new Guest('c60502000000 2a 83c001 0f05');
  assert.deepEqual(guest.run(100), { kind: 'systemCall' });
  assert.equal(guest.get(RAX), 0x2a);
  guest.close();
});

test('changed code is seen in a loop, where it is linked', () => {
  // loop: add eax,1; mov byte [loop+2], 3; dec ecx; jnz loop
  const guest = new Guest('83c001 c604250200001003 ffc9 75f1 0f05').set(RCX, 4);
  assert.deepEqual(guest.run(100), { kind: 'systemCall' });
  assert.equal(guest.get(RAX), 1 + 3 + 3 + 3);
  guest.close();
});

test('instructions across pages', () => {
  const at = CODE + 0xffe;
  const guest = new Guest('48b8 8877665544332211 0f05', at);
  assert.deepEqual(guest.run(10), { kind: 'systemCall' });
  assert.equal(guest.registers.big(RAX), 0x1122_3344_5566_7788n);
  // a change on the second page alone
  guest.write(CODE + 0x1000, '99');
  guest.registers.rip = at;
  guest.run(1);
  assert.equal(guest.registers.big(RAX), 0x1122_3344_5566_7799n);
  guest.close();
});

test('fetching fails at the instruction that cannot be fetched, not before', () => {
  // nop; then two bytes of a ten-byte instruction before a page without execute permission
  const guest = new Guest('90 48b8', CODE + 0x2ffd);
  const exit = guest.run(100);
  assert.equal(guest.retired, 1);
  assert.deepEqual(exit, { kind: 'fault', vector: 14, errorCode: 0x14, address: CODE + 0x3000 });
  assert.equal(guest.get(RIP), CODE + 0x2ffe);
  guest.space.map(CODE + 0x3000, 0x1000, READ | WRITE);
  assert.deepEqual(guest.run(100), { kind: 'fault', vector: 14, errorCode: 0x15, address: CODE + 0x3000 });
  guest.space.map(CODE + 0x3000, 0x1000, READ | EXECUTE);
  assert.equal(guest.run(1).kind, 'budget');
  guest.close();
});

test('calls and returns across many targets', () => {
  // call rbx; dec rcx; jnz back; syscall    and at +0x20: add rax,[rsp]; ret
  const guest = new Guest('ffd3 48ffc9 75f9 0f05').set(RCX, 100).set(RBX, CODE + 0x20);
  guest.write(CODE + 0x20, '48030424 c3');
  assert.deepEqual(guest.run(10_000), { kind: 'systemCall' });
  assert.equal(guest.get(RAX), 100 * (CODE + 2));
  assert.equal(guest.get(RSP), STACK_TOP - 64);
  guest.close();
});
