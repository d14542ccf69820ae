/**
 * Whole machines with a process whose image is noise: system calls, signals and faults at random, files of a host that
 * denies everything, and a debugger that does at random what debuggers do. Nothing may be thrown.
 */

import assert from 'node:assert/strict';
import { createMachine, HostError } from '../../../../emulator/index.ts';
import type { Breakpoint, Host, MachineFace } from '../../../../emulator/index.ts';
import type { Chooser } from '../generator.ts';
import type { Pool } from '../sequences/pool.ts';
import { noise } from './noise.ts';

const BASE = 0x40_0000;
const IMAGE_SIZE = 0x4000;
const HEADER_SIZE = 120;
/** In the image: where it starts, the handler of signals, and the structure that says so. */
const START = 0x100;
const HANDLER = 0x300;
const ACTION = 0x400;
const LIMITS = { processes: 6, memory: 64 << 20 };
const ENOUGH = 2_000_000;

/** A static ELF64 program with one segment that may be read, written and executed. */
function image(choose: Chooser, pool: Pool): Uint8Array {
  const bytes = noise(choose, pool, IMAGE_SIZE);
  const view = new DataView(bytes.buffer);
  bytes.fill(0, 0, HEADER_SIZE);
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  view.setUint16(16, 2, true); // ET_EXEC
  view.setUint16(18, 62, true); // EM_X86_64
  view.setUint32(20, 1, true);
  view.setBigUint64(24, BigInt(BASE + START), true);
  view.setBigUint64(32, 64n, true);
  view.setUint16(52, 64, true);
  view.setUint16(54, 56, true);
  view.setUint16(56, 1, true);
  view.setUint32(64, 1, true); // PT_LOAD
  view.setUint32(68, 7, true);
  view.setBigUint64(80, BigInt(BASE), true);
  view.setBigUint64(88, BigInt(BASE), true);
  view.setBigUint64(96, BigInt(IMAGE_SIZE), true);
  view.setBigUint64(104, BigInt(IMAGE_SIZE + choose.below(0x4000)), true);
  view.setBigUint64(112, 0x1000n, true);
  for (let i = 0; i < 60; i++) bytes.set(systemCall(choose), HEADER_SIZE + choose.below(IMAGE_SIZE - 0x200));
  bytes.set(start(choose), START);
  bytes.set(handler(choose), HANDLER);
  view.setBigUint64(ACTION, BigInt(BASE + HANDLER), true);
  view.setBigUint64(ACTION + 8, 0x4400_0000n, true); // SA_RESTORER, SA_NODEFER
  view.setBigUint64(ACTION + 16, BigInt(BASE + HANDLER), true);
  return bytes;
}

const XOR_EDX = [0x31, 0xd2];

/** Handles the signals of faults, so that the process goes on after them, and falls into the noise. */
function start(choose: Chooser): Uint8Array {
  const signals = [4, 5, 7, 8, 11].flatMap(signal => [
    ...move(0xbf, signal),
    ...move(0xbe, BASE + ACTION),
    ...XOR_EDX,
    0x41,
    ...move(0xba, 8), // mov r10d,8
    ...move(0xb8, 13), // rt_sigaction
    0x0f,
    0x05,
  ]);
  return Uint8Array.from([...signals, ...pointers(choose)]);
}

/** Registers that point into the image. */
function pointers(choose: Chooser): number[] {
  const somewhere = (): number => BASE + choose.below(IMAGE_SIZE);
  const low = [0xbb, 0xbd, 0xbe, 0xbf, 0xb9].flatMap(opcode => move(opcode, somewhere()));
  const high = [0xb8, 0xba, 0xbb, 0xbc, 0xbd, 0xbf].flatMap(opcode => [0x41, ...move(opcode, somewhere())]);
  return [...low, ...high];
}

/** Goes on at a place that depends on the time, with a stack in the image. */
function handler(choose: Chooser): Uint8Array {
  const rdtsc = [0x0f, 0x31];
  const masked = [0x25, 0xff, 0x3f, 0, 0]; // and eax,3fffh
  return Uint8Array.from([
    ...pointers(choose),
    ...move(0xbc, BASE + IMAGE_SIZE - 64 - choose.below(0x800)),
    ...rdtsc,
    ...masked,
    ...move(0x05, BASE), // add eax,BASE
    0xff,
    0xe0, // jmp rax
  ]);
}

function move(opcode: number, value: number): number[] {
  return [opcode, value & 255, (value >> 8) & 255, (value >> 16) & 255, (value >> 24) & 255];
}

/** Any but exit and exit_group, which every wild jump finds soon enough. */
function callNumber(choose: Chooser): number {
  const number = choose.below(10) ? choose.below(336) : 424 + choose.below(30);
  return number === 60 || number === 231 ? 39 : number;
}

/** MOV EAX, number; now and then arguments that make sense; SYSCALL. */
function systemCall(choose: Chooser): Uint8Array {
  const address = BASE + choose.below(IMAGE_SIZE);
  const small = (): number => choose.of([0, 1, 2, 3, 8, 64, 4096, choose.below(0x10000), -1]);
  return Uint8Array.from([
    ...move(0xb8, callNumber(choose)),
    ...(choose.below(2) ? move(0xbf, choose.below(2) ? address : small()) : []),
    ...(choose.below(2) ? move(0xbe, choose.below(2) ? address : small()) : []),
    ...(choose.below(2) ? move(0xba, choose.below(2) ? address : small()) : []),
    0x0f,
    0x05,
  ]);
}

/** One file, the program; everything else is refused. */
function deniedHost(program: Uint8Array): Host {
  const refuse = (path: string): never => {
    throw new HostError('EACCES', path);
  };
  const isProgram = (path: string): boolean => path.endsWith('/program');
  return {
    console: { write() {} },
    files: {
      status: path =>
        isProgram(path)
          ? { kind: 'file', size: program.length, mode: 0o755, modified: 0, inode: 1 }
          : path === '/denied'
            ? { kind: 'directory', size: 0, mode: 0o755, modified: 0, inode: 2 }
            : refuse(path),
      list: refuse,
      readLink: refuse,
      read(path, offset, into) {
        if (!isProgram(path)) return refuse(path);
        const part = program.subarray(offset, offset + into.length);
        into.set(part);
        return part.length;
      },
      write: refuse,
      create: refuse,
      truncate: refuse,
      remove: refuse,
      rename: refuse,
    },
  };
}

/** Runs one machine to its end or long enough; the instructions that it retired. */
export function runMachine(choose: Chooser, pool: Pool, interpreter: Uint8Array): number {
  const mounts = [{ guest: '/denied', host: '/denied', mode: 'overlay' as const }];
  const machine = createMachine({ mounts, limits: LIMITS, seed: 1 }, deniedHost(image(choose, pool)), { interpreter });
  const launched = machine.launch({ program: '/denied/program', arguments: [], environment: {}, directory: '/' });
  assert.ok(!('error' in launched), 'error' in launched ? launched.error : '');
  for (let turn = 0; turn < 60 && machine.position() < ENOUGH; turn++) {
    const result = machine.run(1 + choose.below(100_000));
    machine.takeNotices();
    if (result.kind === 'ended') break;
    if (result.kind === 'idle') machine.input(choose.below(2) ? Uint8Array.of(choose.below(256)) : undefined);
    debug(machine, choose, result.kind === 'stopped' ? result.stop.thread : launched.thread);
  }
  const reached = machine.position();
  machine.terminate();
  machine.run(1);
  return reached;
}

/** Something that a debugger does. */
function debug(machine: MachineFace, choose: Chooser, thread: number): void {
  const [process] = machine.processes();
  if (!process) return;
  const address = BASE + choose.below(IMAGE_SIZE);
  const actions: (() => unknown)[] = [
    () => machine.setBreakpoints(breakpoints(choose)),
    () => machine.setBreakpoints([]),
    () => machine.step(thread, choose.of(['in', 'over', 'out'] as const)),
    () => machine.stack(thread, 20),
    () => machine.registers(thread),
    () => machine.addressSpace(process.id),
    () => machine.disassemble(process.id, address, choose.below(20) - 10, 20),
    () => machine.readMemory(process.id, address, choose.below(5000)),
    () => machine.writeMemory(process.id, address, Uint8Array.of(choose.below(256), choose.below(256))),
    () => machine.setRegister(thread, choose.of(['rax', 'rip', 'rsp', 'xmm0', 'mxcsr']), choose.word()),
    () => machine.trace(choose.below(2) === 0),
    () => machine.evaluate(thread, choose.of(['rax + 1', 'name', '*rsp', 'rax == 3 && rdi < 5'])),
    () => machine.restore(machine.snapshot()),
  ];
  if (choose.below(3) === 0) choose.of(actions)();
}

function breakpoints(choose: Chooser): Breakpoint[] {
  return Array.from({ length: choose.below(4) }, (_, id): Breakpoint => {
    const hitCondition = choose.below(3) ? undefined : '>= 2';
    if (choose.below(3))
      return { id, target: { kind: 'address', address: BASE + choose.below(IMAGE_SIZE) }, hitCondition };
    return {
      id,
      target: { kind: 'systemCall', name: '*', when: choose.of(['entry', 'exit', 'failed']) },
      hitCondition,
    };
  });
}
