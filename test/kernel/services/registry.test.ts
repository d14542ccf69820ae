/** The registry's services: what fits into buffers, and what is said where it does not (wdm.h; ZwQueryValueKey). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { R10, R8, R9, RDX, RSP } from '../../../emulator/cpu/registers.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import * as mm from '../../../emulator/kernel/mm/protection.ts';
import { allocateVirtualMemory } from '../../../emulator/kernel/mm/virtualMemory.ts';
import { createSystemProcess } from '../../../emulator/kernel/ps/system.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { encodeUnicode } from '../../../emulator/kernel/rtl/unicode.ts';
import { serviceTable } from '../../../emulator/kernel/services/table.ts';
import * as status from '../../../emulator/kernel/status.ts';
import { newKernel, newPicoProcess } from '../../support/kernel.ts';

const KEY_ALL_ACCESS = 0xf_003f;
const KEY_READ = 0x2_0019;
const SOFTWARE = '\\REGISTRY\\MACHINE\\SOFTWARE';

/** A caller with a page of memory for what services read and write. */
function caller() {
  const { kernel } = newKernel();
  createSystemProcess(kernel);
  const { process, thread } = newPicoProcess(kernel);
  const type = mm.MEM_RESERVE | mm.MEM_COMMIT;
  const { base } = allocateVirtualMemory(kernel, process, { size: 0x1_0000, type, protection: mm.PAGE_READWRITE });
  const frame = trapFrame(kernel, thread);
  frame.setNumber(RSP, base + 0x8000);
  const view = (address: number, size: number): DataView => {
    const bytes = new Uint8Array(size);
    assert.equal(copyFromUser(kernel, process, address, bytes), size);
    return new DataView(bytes.buffer);
  };
  const put = (address: number, write: (to: DataView) => void, size: number): number => {
    const bytes = new DataView(new ArrayBuffer(size));
    write(bytes);
    assert.equal(copyToUser(kernel, process, address, new Uint8Array(bytes.buffer)), size);
    return address;
  };
  /** A UNICODE_STRING at `at` with its text behind it. */
  const text = (at: number, value: string): number => {
    const encoded = encodeUnicode(value);
    put(at + 0x10, to => new Uint8Array(to.buffer).set(encoded), Math.max(encoded.length, 1));
    return put(
      at,
      to => {
        to.setUint16(0, encoded.length, true);
        to.setUint16(2, encoded.length, true);
        to.setBigUint64(8, BigInt(at + 0x10), true);
      },
      16,
    );
  };
  const attributes = (name: string, root = 0): number =>
    put(
      base + 0x100,
      to => {
        to.setUint32(0, 0x30, true);
        to.setBigUint64(8, BigInt(root), true);
        to.setBigUint64(0x10, BigInt(text(base + 0x200, name)), true);
        to.setUint32(0x18, 0x40, true);
      },
      0x30,
    );
  const call = (name: string, ...values: number[]): number => {
    const service = serviceTable().find(each => each.name === name);
    assert.ok(service, name);
    for (const [index, register] of [R10, RDX, R8, R9].entries()) frame.setNumber(register, values[index] ?? 0);
    for (const [index, value] of values.slice(4).entries())
      put(base + 0x8000 + 0x28 + index * 8, to => to.setBigInt64(0, BigInt(value), true), 8);
    return service.invoke({ kernel, process, thread, frame, refusal: status.STATUS_SUCCESS });
  };
  /** A handle to the key of that name. */
  const open = (name: string, access = KEY_READ): number => {
    assert.equal(call('NtOpenKey', base, access, attributes(name)), status.STATUS_SUCCESS);
    return view(base, 8).getUint32(0, true);
  };
  return { kernel, base, buffer: base + 0x1000, length: base + 0x40, view, text, attributes, call, open };
}

test('a value in the three forms, each as long as the caller is told', () => {
  const { buffer, length, view, text, base, call, open } = caller();
  const key = open(`${SOFTWARE}\\Microsoft\\Windows NT\\CurrentVersion`);
  const name = text(base + 0x400, 'CURRENTBUILD');
  const query = (kind: number, size: number): number => call('NtQueryValueKey', key, name, kind, buffer, size, length);
  const lengths = [0, 1, 2].map(kind => {
    assert.equal(query(kind, 0x400), status.STATUS_SUCCESS);
    return view(length, 4).getUint32(0, true);
  });
  // Fixed parts of 12, 20 and 12 bytes; `CurrentBuild` in 24; `19045` with its end in 12, aligned to 8.
  assert.deepEqual(lengths, [12 + 24, 48 + 12, 12 + 12]);
  assert.equal(view(buffer + 4, 4).getUint32(0, true), 1, 'REG_SZ');
  assert.equal(query(2, 20), status.STATUS_BUFFER_OVERFLOW, 'as much as fits');
  assert.equal(query(2, 11), status.STATUS_BUFFER_TOO_SMALL, 'not even the fixed part');
  assert.equal(view(length, 4).getUint32(0, true), 24);
  assert.equal(query(9, 0x400), status.STATUS_INVALID_PARAMETER);
});

test('creating, setting, enumerating and deleting, with what each handle grants', () => {
  const { base, buffer, length, view, text, attributes, call, open } = caller();
  const disposition = base + 0x48;
  const create = (name: string, root = 0): number =>
    call('NtCreateKey', base, KEY_ALL_ACCESS, attributes(name, root), 0, 0, 0, disposition);
  assert.equal(create(`${SOFTWARE}\\Tour`), status.STATUS_SUCCESS);
  const key = view(base, 8).getUint32(0, true);
  assert.equal(view(disposition, 4).getUint32(0, true), 1, 'REG_CREATED_NEW_KEY');
  assert.equal(create('Below', key), status.STATUS_SUCCESS, 'relative to a key');
  const below = view(base, 8).getUint32(0, true);
  assert.equal(create(`${SOFTWARE}\\tour\\below`), status.STATUS_SUCCESS);
  assert.equal(view(disposition, 4).getUint32(0, true), 2, 'REG_OPENED_EXISTING_KEY');
  assert.equal(call('NtSetValueKey', key, text(base + 0x400, 'N'), 0, 4, buffer, 4), status.STATUS_SUCCESS);
  assert.equal(call('NtEnumerateValueKey', key, 0, 2, buffer, 64, length), status.STATUS_SUCCESS);
  assert.equal(call('NtEnumerateValueKey', key, 1, 2, buffer, 64, length), status.STATUS_NO_MORE_ENTRIES);
  assert.equal(call('NtEnumerateKey', key, 0, 0, buffer, 64, length), status.STATUS_SUCCESS);
  assert.equal(view(length, 4).getUint32(0, true), 16 + 10, 'KEY_BASIC_INFORMATION with `Below`');
  const reader = open(`${SOFTWARE}\\Tour`);
  assert.equal(call('NtSetValueKey', reader, text(base + 0x400, 'N'), 0, 4, buffer, 4), status.STATUS_ACCESS_DENIED);
  assert.equal(call('NtDeleteKey', key), status.STATUS_CANNOT_DELETE);
  assert.equal(call('NtDeleteKey', below), status.STATUS_SUCCESS);
  assert.equal(call('NtQueryKey', below, 0, buffer, 64, length), status.STATUS_KEY_DELETED);
  assert.equal(call('NtDeleteValueKey', key, text(base + 0x400, 'n')), status.STATUS_SUCCESS);
  assert.equal(call('NtDeleteKey', key), status.STATUS_SUCCESS);
});

test('what a key says of itself', () => {
  const { buffer, length, view, call, open } = caller();
  const key = open('\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Environment');
  assert.equal(call('NtQueryKey', key, 2, buffer, 0x100, length), status.STATUS_SUCCESS);
  const full = view(buffer, 0x2c);
  const [subkeys, values, nameSize] = [0x14, 0x20, 0x24].map(at => full.getUint32(at, true));
  assert.deepEqual([subkeys, values, nameSize], [0, 4, 'PROCESSOR_ARCHITECTURE'.length * 2]);
  assert.equal(call('NtQueryKey', key, 3, buffer, 0x200, length), status.STATUS_SUCCESS);
  const size = view(buffer, 4).getUint32(0, true);
  const name = Buffer.from(view(buffer + 4, size).buffer).toString('utf16le');
  assert.equal(name, '\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001\\Control\\Session Manager\\Environment');
});

test('closing the last handle of a key leaves nothing open', () => {
  const { kernel, call, open } = caller();
  const key = open(SOFTWARE);
  assert.equal(kernel.state.registry?.keys.size, 1);
  assert.equal(call('NtClose', key), status.STATUS_SUCCESS);
  assert.equal(kernel.state.registry?.keys.size, 0);
});
