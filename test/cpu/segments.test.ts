/** Segment registers and far transfers, as a processor under 64-bit Linux was seen to do them in user mode. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FS_BASE, RAX, RBX, RCX, RSP, SELECTORS_OFFSET } from '../../emulator/cpu/registers.ts';
import { CODE, DATA, Guest } from './support/guest.ts';

/** 'ok', or the exception with its error code. */
function outcome(guest: Guest): string {
  const exit = guest.run(1);
  return exit.kind === 'fault' ? `${exit.vector}:${exit.errorCode.toString(16)}` : 'ok';
}

function loading(code: string, selector: number): string {
  const guest = new Guest(code).set(RAX, selector);
  const result = outcome(guest);
  guest.close();
  return result;
}

test('MOV to DS takes null and readable flat segments', () => {
  const results = [0, 3, 0x23, 0x2b, 0x28, 0x33, 0x10, 0x18, 0x63, 0x40, 7, 0xfff3].map(s => loading('8ed8', s));
  const expected = 'ok ok ok ok ok ok 13:10 13:18 13:60 13:40 13:4 13:fff0';
  assert.equal(results.join(' '), expected);
});

test('MOV to SS takes the stack segment alone', () => {
  const results = [0x2b, 0, 3, 0x28, 0x33, 0x23, 0x10].map(selector => loading('8ed0', selector));
  assert.equal(results.join(' '), 'ok 13:0 13:0 13:28 13:30 13:20 13:10');
});

test('selectors are kept, and loading FS clears its base', () => {
  const guest = new Guest('8ee0 8ce1 0fa0 0fa1').set(RAX, 0x2b).set(FS_BASE, 0x1234);
  guest.run(2);
  assert.deepEqual([guest.get(FS_BASE), guest.get(RCX)], [0, 0x2b]);
  const view = new DataView(guest.registers.bytes.buffer, guest.registers.bytes.byteOffset);
  assert.equal(view.getUint16(SELECTORS_OFFSET + 8, true), 0x2b);
  const stack = guest.get(RSP);
  guest.run(1);
  assert.equal(guest.get(RSP), stack - 8);
  guest.run(1);
  assert.equal(guest.get(RSP), stack);
  guest.close();
});

test('INT faults with the place of its gate, but for #BP and #OF', () => {
  const results = ['cd21', 'cd29', 'cd0e', 'cd01', 'cd03', 'cd04', 'f1'].map(code => loading(code, 0));
  assert.equal(results.join(' '), '13:10a 13:14a 13:72 13:a 3:0 4:0 1:0');
});

test('far jumps stay in 64-bit code', () => {
  const jump = (selector: number): string => {
    const guest = new Guest('ff2b').set(RBX, DATA); // jmp far [rbx]
    guest.space.write(DATA, new Uint8Array(Uint32Array.of(CODE + 0x100, selector).buffer));
    const result = outcome(guest);
    const reached = guest.registers.rip === CODE + 0x100;
    guest.close();
    return reached ? 'there' : result;
  };
  assert.deepEqual([0, 0x2b, 0x10, 0x23, 0x33].map(jump), ['13:0', '13:28', '13:10', '13:20', 'there']);
});

test('far calls and returns, IRETQ', () => {
  const guest = new Guest('48ff1b'); // call far [rbx], 64 bits
  const pointer = new DataView(new ArrayBuffer(10));
  pointer.setUint32(0, CODE + 0x100, true);
  pointer.setUint16(8, 0x33, true);
  guest.set(RBX, DATA).space.write(DATA, new Uint8Array(pointer.buffer));
  guest.write(CODE + 0x100, '48cb'); // retf
  const stack = guest.get(RSP);
  guest.run(1);
  assert.equal(guest.get(RSP), stack - 16);
  guest.run(1);
  assert.deepEqual([guest.registers.rip, guest.get(RSP)], [CODE + 3, stack]);
  guest.close();
  // push 2b, push rax, pushf, push 33, push rcx, iretq
  const back = new Guest('6a2b 50 9c 6a33 51 48cf').set(RAX, stack).set(RCX, CODE + 0x20);
  back.run(6);
  assert.deepEqual([back.registers.rip, back.get(RSP)], [CODE + 0x20, stack]);
  back.close();
});

test('what tells about tables is refused (UMIP)', () => {
  const results = ['0f0103', '0f010b', '0f00c8', '0f00c0', '0f01e0'].map(code => loading(code, 0));
  assert.deepEqual(new Set(results), new Set(['13:0']));
});
