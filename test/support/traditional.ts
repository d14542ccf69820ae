/** A traditional process without a processor: services are called as its thread would call them. */

import assert from 'node:assert/strict';
import fs from 'node:fs';
import type { Host } from '../../emulator/base/host.ts';
import { HostError } from '../../emulator/base/host.ts';
import { R8, R9, R10, RAX, RDX, RSP } from '../../emulator/cpu/registers.ts';
import { trapFrame } from '../../emulator/kernel/ke/context.ts';
import { dispatchSystemCall } from '../../emulator/kernel/ke/trap.ts';
import { resumeThread } from '../../emulator/kernel/ke/suspend.ts';
import { copyFromUser, copyToUser } from '../../emulator/kernel/mm/copy.ts';
import type { Process } from '../../emulator/kernel/ps/process.ts';
import { createSystemProcess } from '../../emulator/kernel/ps/system.ts';
import { getThread } from '../../emulator/kernel/ps/thread.ts';
import type { Thread } from '../../emulator/kernel/ps/thread.ts';
import { encodeUnicode } from '../../emulator/kernel/rtl/unicode.ts';
import { serviceTable } from '../../emulator/kernel/services/table.ts';
import { createTraditionalServices } from '../../emulator/machine/traditional.ts';
import { ntdll } from '../../adapter/machine/prepared.ts';
import { newKernel } from './kernel.ts';

export const HELLO = new Uint8Array(fs.readFileSync(new URL('../../samples/nt/hello/hello.exe', import.meta.url)));

/** Files of a host that is not there. */
export function memoryHost(files: Readonly<Record<string, Uint8Array>>): { host: Host; output: () => string } {
  let written = '';
  const folders = new Set(
    Object.keys(files).flatMap(file => file.split('/').map((_, i, parts) => parts.slice(0, i).join('/') || '/')),
  );
  const refuse = (file: string): never => {
    throw new HostError('ENOENT', file);
  };
  const contents = (file: string): Uint8Array => files[file] ?? refuse(file);
  const host = {
    files: {
      status(file: string) {
        const kind = files[file] ? 'file' : folders.has(file) ? 'directory' : refuse(file);
        return { kind, size: files[file]?.length ?? 0, mode: 0o644, modified: 1000, inode: 1 };
      },
      list: (folder: string) =>
        [...Object.keys(files), ...folders]
          .filter(file => file !== folder && file.startsWith(`${folder === '/' ? '' : folder}/`))
          .map(file => file.slice(folder === '/' ? 1 : folder.length + 1).split('/')[0])
          .filter((name, index, all) => name !== '' && all.indexOf(name) === index)
          .sort(),
      read(file: string, offset: number, into: Uint8Array) {
        const part = contents(file).subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      readLink: refuse,
      write: refuse,
      create: refuse,
      truncate: refuse,
      remove: refuse,
      rename: refuse,
    },
    console: {
      write(_stream: number, bytes: Uint8Array) {
        written += Buffer.from(bytes).toString('latin1');
      },
    },
  };
  return { host: host as unknown as Host, output: () => written };
}

export interface Traditional {
  readonly process: Process;
  readonly thread: Thread;
}

/** hello.exe at its first instruction, in a kernel that has C:\nt, and a page of memory for what services want. */
export function newTraditional(files: Readonly<Record<string, Uint8Array>> = {}) {
  const { kernel } = newKernel();
  createSystemProcess(kernel);
  const { host, output } = memoryHost({ '/nt/hello.exe': HELLO, ...files });
  const mounts = [{ guest: '/nt', host: '/nt', mode: 'ro' as const }];
  const services = createTraditionalServices(kernel, { host, mounts, ntdll });
  const created = services.createProgram({
    program: '/nt/hello.exe',
    arguments: [],
    environment: {},
    directory: '/nt',
  });
  assert.ok(!('error' in created), 'error' in created ? created.error : '');
  const { process } = created;
  const thread = getThread(kernel, process.threads[0]);
  resumeThread(kernel, thread);
  run(thread);

  /** Puts a thread on the processor. */
  function run(subject: Thread): void {
    kernel.state.current = subject.id;
    subject.state = 'running';
  }

  const put = (address: number, bytes: Uint8Array, owner = process): number => {
    assert.equal(copyToUser(kernel, owner, address, bytes), bytes.length, `writing ${address.toString(16)}`);
    return address;
  };
  const get = (address: number, size: number, owner = process): DataView => {
    const bytes = new Uint8Array(size);
    assert.equal(copyFromUser(kernel, owner, address, bytes), size, `reading ${address.toString(16)}`);
    return new DataView(bytes.buffer);
  };
  const long = (address: number, owner = process): number => Number(get(address, 8, owner).getBigInt64(0, true));
  const putLong = (address: number, value: number, owner = process): number => {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigInt64(0, BigInt(value), true);
    return put(address, bytes, owner);
  };

  /** Calls a service as `by`; undefined when the thread waits, else what RAX holds afterwards. */
  function call(name: string, values: readonly number[] = [], by: Thread = thread): number | undefined {
    const row = serviceTable().find(each => each.name === name);
    assert.ok(row, name);
    const frame = trapFrame(kernel, by);
    const stack = frame.number(RSP) - 0x200;
    for (const [index, register] of [R10, RDX, R8, R9].entries()) frame.setNumber(register, values[index] ?? 0);
    const owner = kernel.state.processes.get(by.process) as Process;
    for (const [index, value] of values.slice(4).entries()) putLong(stack + 0x28 + index * 8, value, owner);
    const before = frame.number(RSP);
    frame.setNumber(RSP, stack);
    frame.setNumber(RAX, row.number);
    dispatchSystemCall(kernel, by, frame);
    if (!row.isOneWay && by.state !== 'terminated') frame.setNumber(RSP, before);
    if (by.state !== 'running' || by.inSystemCall) return undefined;
    return frame.low(RAX) >>> 0;
  }

  /** A thread whose wait has ended comes back, and its call starts again. */
  function resumeCall(name: string, values: readonly number[], by: Thread): number | undefined {
    run(by);
    return call(name, values, by);
  }

  const scratchSize = 0x1_0000;
  const registers = thread.context.slice();
  const stack = trapFrame(kernel, thread).number(RSP);
  const scratch = putLong(stack - 0x100, 0);
  putLong(stack - 0xf8, scratchSize);
  assert.equal(call('NtAllocateVirtualMemory', [-1, scratch, 0, stack - 0xf8, 0x3000, 4]), 0);
  const memory = long(scratch);
  thread.context.set(registers);

  /** A UNICODE_STRING at `at`, with its text behind it. */
  function unicode(at: number, text: string): number {
    const encoded = encodeUnicode(text);
    const header = new Uint8Array(16);
    const view = new DataView(header.buffer);
    view.setUint16(0, encoded.length, true);
    view.setUint16(2, encoded.length, true);
    view.setBigUint64(8, BigInt(at + 16), true);
    put(at, header);
    if (encoded.length) put(at + 16, encoded);
    return at;
  }

  /** OBJECT_ATTRIBUTES of an object with that name. */
  function attributes(name: string, flags = 0x40, root = 0, at = memory + 0xe000): number {
    const bytes = new Uint8Array(0x30);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, 0x30, true);
    view.setBigUint64(8, BigInt(root), true);
    view.setBigUint64(0x10, BigInt(unicode(at + 0x40, name)), true);
    view.setUint32(0x18, flags, true);
    return put(at, bytes);
  }

  return {
    kernel,
    services,
    process,
    thread,
    memory,
    call,
    resumeCall,
    run,
    put,
    get,
    long,
    putLong,
    unicode,
    attributes,
    output,
  };
}
