/** A Linux process without a processor: the test makes its system calls, and looks at its memory. */

import { HostError, type Host, type HostFileStatus } from '../../../emulator/base/host.ts';
import { RAX } from '../../../emulator/cpu/registers.ts';
import { trapFrame } from '../../../emulator/kernel/ke/context.ts';
import { dispatchSystemCall } from '../../../emulator/kernel/ke/trap.ts';
import type { Kernel } from '../../../emulator/kernel/kernel.ts';
import { copyFromUser, copyToUser } from '../../../emulator/kernel/mm/copy.ts';
import type { ProviderServices } from '../../../emulator/kernel/ps/pico.ts';
import { getProcess } from '../../../emulator/kernel/ps/process.ts';
import { getThread, type Thread } from '../../../emulator/kernel/ps/thread.ts';
import type { LinuxOptions } from '../../../emulator/providers/linux/instance.ts';
import { createLinuxProvider } from '../../../emulator/providers/linux/provider.ts';
import { ARGUMENT_REGISTERS } from '../../../emulator/providers/linux/syscalls/row.ts';
import { ROWS } from '../../../emulator/providers/linux/syscalls/table.ts';
import { newKernel } from '../../support/kernel.ts';

/** A host folder as names and contents; directories are those of the names. */
export type Folder = Readonly<Record<string, string | Uint8Array>>;

/** `/host` holds `folder`; everything written there is kept in `changes`. */
export function memoryHost(folder: Folder, output: string[] = [], changes: string[] = []): Host {
  const bytesOf = (path: string): Uint8Array | undefined => {
    const contents = folder[path.replace(/^\/host\//, '')];
    return typeof contents === 'string' ? new TextEncoder().encode(contents) : contents;
  };
  const below = (path: string): string[] => {
    const prefix = path === '/host' ? '' : `${path.replace(/^\/host\//, '')}/`;
    const names = Object.keys(folder).filter(name => name.startsWith(prefix));
    return [...new Set(names.map(name => name.slice(prefix.length).split('/')[0]))];
  };
  const status = (path: string): HostFileStatus => {
    const bytes = bytesOf(path);
    if (!bytes && below(path).length === 0) throw new HostError('ENOENT', path);
    return { kind: bytes ? 'file' : 'directory', size: bytes?.length ?? 0, mode: 0o755, modified: 1_000_500, inode: 1 };
  };
  return {
    files: {
      status,
      list: below,
      readLink: path => path,
      read(path, offset, into) {
        const part = (bytesOf(path) as Uint8Array).subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      write: path => void changes.push(`write ${path}`),
      create: path => void changes.push(`create ${path}`),
      truncate: path => void changes.push(`truncate ${path}`),
      remove: path => void changes.push(`remove ${path}`),
      rename: (from, to) => void changes.push(`rename ${from} ${to}`),
    },
    console: { write: (stream, bytes) => void output.push(`${stream}:${new TextDecoder().decode(bytes)}`) },
  };
}

export class Guest {
  readonly kernel: Kernel;
  readonly services: ProviderServices;
  readonly log: string[] = [];
  thread: Thread;
  /** Room for arguments: a megabyte of the guest's memory. */
  private readonly arena: number;
  private used = 0;

  constructor(
    program: Uint8Array,
    folder: Folder = {},
    options: Partial<LinuxOptions> = {},
    output: string[] = [],
    changes: string[] = [],
  ) {
    this.kernel = newKernel({ processes: 16, frames: 20_000 }).kernel;
    const mode = options.mounts?.[0]?.mode ?? 'overlay';
    this.services = createLinuxProvider({
      host: memoryHost({ ...folder, program }, output, changes),
      log: sentence => this.log.push(sentence),
      ...options,
      mounts: [{ guest: '/host', host: '/host', mode }],
    }).initialize(this.kernel);
    const started = this.services.createProgram({
      program: '/host/program',
      arguments: [],
      environment: {},
      directory: '/',
    });
    if ('error' in started) throw new Error(started.error);
    this.thread = getThread(this.kernel, started.process.threads[0]);
    this.run(this.thread);
    this.arena = this.call('mmap', 0, 0x10_0000, 3, 0x22, -1, 0);
  }

  /** Gives the processor to a thread, as the dispatcher would. */
  run(thread: Thread): void {
    this.thread = thread;
    thread.state = 'running';
    this.kernel.state.current = thread.id;
  }

  /** Makes a system call; the answer, or `'waits'`. */
  attempt(name: string, ...values: (number | string)[]): number | 'waits' {
    const row = ROWS.find(candidate => candidate.name === name);
    if (!row) throw new Error(`there is no system call ${name}`);
    const frame = trapFrame(this.kernel, this.thread);
    frame.setNumber(RAX, row.number);
    values.forEach((value, index) => {
      frame.setNumber(ARGUMENT_REGISTERS[index], typeof value === 'string' ? this.text(value) : value);
    });
    return this.again();
  }

  /** Serves the call that the thread is in once more, as after a wait. */
  again(): number | 'waits' {
    dispatchSystemCall(this.kernel, this.thread, trapFrame(this.kernel, this.thread));
    return this.thread.state === 'waiting' ? 'waits' : trapFrame(this.kernel, this.thread).signed(RAX);
  }

  call(name: string, ...values: (number | string)[]): number {
    const answer = this.attempt(name, ...values);
    if (answer === 'waits') throw new Error(`${name} waits`);
    return answer;
  }

  /** Puts zero-terminated text into the guest's memory. */
  text(text: string): number {
    return this.give(new TextEncoder().encode(`${text}\0`));
  }

  give(bytes: Uint8Array): number {
    const address = this.arena + this.used;
    this.used += Math.ceil(bytes.length / 16) * 16;
    copyToUser(this.kernel, this.process, address, bytes);
    return address;
  }

  room(size: number): number {
    return this.give(new Uint8Array(size));
  }

  bytes(address: number, size: number): Uint8Array {
    const bytes = new Uint8Array(size);
    copyFromUser(this.kernel, this.process, address, bytes);
    return bytes;
  }

  view(address: number, size: number): DataView {
    return new DataView(this.bytes(address, size).buffer);
  }

  /** Contents of a guest file, read through system calls. */
  read(path: string): string {
    const fd = this.call('open', path, 0, 0);
    if (fd < 0) return `error ${-fd}`;
    const buffer = this.room(4096);
    const count = this.call('read', fd, buffer, 4096);
    this.call('close', fd);
    return new TextDecoder().decode(this.bytes(buffer, Math.max(0, count)));
  }

  get process() {
    return getProcess(this.kernel, this.thread.process);
  }
}
