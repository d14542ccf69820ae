/**
 * Input and output ports (iopl(2), ioperm(2)). Nothing is connected to the machine's ports: what is read is all ones, as on
 * an idle bus, and what is written is lost. The instructions fault in the processor; here they are done for threads that may.
 */

import { DF, RAX, RCX, RDI, RDX, RFLAGS, RSI } from '../../../cpu/registers.ts';
import { copyFromUser, copyToUser } from '../../../kernel/mm/copy.ts';
import type { LinuxThread, Task } from '../task.ts';

export interface PortRights {
  /** 0 to 3; with 3 all ports. */
  level: number;
  /** A bit for each port that ioperm(2) gave. */
  allowed: Uint8Array;
}

/** Ports there are (IO_BITMAP_BITS). */
export const PORTS = 0x1_0000;
const ALL_PORTS_LEVEL = 3;
const LONGEST_INSTRUCTION = 15;

/** The thread's rights, made when it first asks for some. */
export function portRights(self: LinuxThread): PortRights {
  self.ports ??= { level: 0, allowed: new Uint8Array(PORTS / 8) };
  return self.ports;
}

/** A child and a new thread begin with the same. */
export function inheritPorts({ ports }: LinuxThread): PortRights | undefined {
  return ports && { level: ports.level, allowed: ports.allowed.slice() };
}

export function allowPorts({ allowed }: PortRights, from: number, count: number, on: boolean): void {
  for (let port = from; port < from + count; port++) {
    const bit = 1 << (port & 7);
    allowed[port >> 3] = on ? allowed[port >> 3] | bit : allowed[port >> 3] & ~bit;
  }
}

function mayUse({ level, allowed }: PortRights, port: number, size: number): boolean {
  if (level === ALL_PORTS_LEVEL) return true;
  for (let each = port; each < port + size; each++)
    if (each >= PORTS || (allowed[each >> 3] & (1 << (each & 7))) === 0) return false;
  return true;
}

interface PortInstruction {
  readonly length: number;
  /** Bytes moved. */
  readonly size: number;
  readonly reads: boolean;
  readonly port: number;
  /** INS and OUTS: between memory and port. */
  readonly isString: boolean;
  readonly repeats: boolean;
}

/** IN, OUT, INS and OUTS (SDM vol. 2): opcodes E4-E7, EC-EF, 6C-6F. */
function decode({ kernel, process, frame }: Task): PortInstruction | undefined {
  const code = new Uint8Array(LONGEST_INSTRUCTION);
  const count = copyFromUser(kernel, process, frame.rip, code);
  let at = 0;
  let isWord = false;
  let repeats = false;
  for (; at < count && isPrefix(code[at]); at++) {
    if (code[at] === 0x66) isWord = true;
    if (code[at] === 0xf3 || code[at] === 0xf2) repeats = true;
  }
  const opcode = code[at];
  const isString = opcode >= 0x6c && opcode <= 0x6f;
  const isDirect = opcode >= 0xe4 && opcode <= 0xe7;
  if (at >= count || !(isString || isDirect || (opcode >= 0xec && opcode <= 0xef))) return undefined;
  return {
    length: at + (isDirect ? 2 : 1),
    size: opcode & 1 ? (isWord ? 2 : 4) : 1,
    reads: (opcode & 2) === 0,
    port: isDirect ? code[at + 1] : frame.low(RDX) & 0xffff,
    isString,
    repeats: repeats && isString,
  };
}

/** Operand and address size, repetition, segments, REX. */
function isPrefix(byte: number): boolean {
  return [0x66, 0x67, 0xf2, 0xf3, 0x26, 0x2e, 0x36, 0x3e, 0x64, 0x65].includes(byte) || (byte >= 0x40 && byte <= 0x4f);
}

/** Does a port instruction that faulted, if that is what it was and the thread may; else false. */
export function usePort(task: Task): boolean {
  const { self, frame } = task;
  const instruction = self.ports && decode(task);
  if (!self.ports || !instruction) return false;
  const { length, size, reads, port, isString, repeats } = instruction;
  if (!mayUse(self.ports, port, size)) return false;
  if (repeats && frame.big(RCX) === 0n) {
    frame.rip += length;
    return true;
  }
  if (isString && !moveString(task, reads, size)) return false;
  if (!isString && reads) readInto(task, size);
  // What repeats faults again for the next element.
  if (repeats) frame.setBig(RCX, frame.big(RCX) - 1n);
  if (!repeats || frame.big(RCX) === 0n) frame.rip += length;
  return true;
}

/** All ones; 32 bits clear the upper half, less leaves the rest as it was. */
function readInto({ frame }: Task, size: number): void {
  const ones = (1n << BigInt(8 * size)) - 1n;
  frame.setBig(RAX, size === 4 ? ones : frame.big(RAX) | ones);
}

function moveString({ kernel, process, frame }: Task, reads: boolean, size: number): boolean {
  const index = reads ? RDI : RSI;
  const address = frame.number(index);
  const bytes = new Uint8Array(size).fill(0xff);
  const moved = (reads ? copyToUser : copyFromUser)(kernel, process, address, bytes);
  if (moved < size) return false;
  frame.setNumber(index, address + (frame.low(RFLAGS) & DF ? -size : size));
  return true;
}
