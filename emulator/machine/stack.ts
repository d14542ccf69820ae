/** Guest stacks by frame pointers: the chain that RBP begins, and the caller of a function that has not set it up yet. */

import { RBP, RIP, RSP } from '../cpu/registers.ts';
import type { TrapFrame } from '../kernel/ps/pico.ts';
import type { GuestFrame } from './face.ts';
import type { ProcessMemory } from './processMemory.ts';

/** Reads a little-endian 64-bit word as a number, or undefined if it is not there or not an address. */
export function readPointer(memory: ProcessMemory, address: number): number | undefined {
  const bytes = new Uint8Array(8);
  if (address <= 0 || memory.peek(address, bytes) < 8) return undefined;
  const view = new DataView(bytes.buffer);
  const high = view.getUint32(4, true);
  return high >= 0x8000 ? undefined : high * 0x1_0000_0000 + view.getUint32(0, true);
}

/** Innermost first. The frame pointer convention is assumed; a frame whose caller cannot be found is the last. */
export function walkStack(memory: ProcessMemory, frame: TrapFrame, limit: number): GuestFrame[] {
  let rip = frame.number(RIP);
  let rsp = frame.number(RSP);
  let rbp = frame.number(RBP);
  const frames: GuestFrame[] = [{ rip, rsp, rbp }];
  const unset = returnAddressAt(memory, rip, rsp);
  if (unset !== undefined) {
    const caller = readPointer(memory, unset);
    if (caller !== undefined && memory.isExecutable(caller)) {
      rsp = unset + 8;
      frames.push({ rip: caller, rsp, rbp });
    }
  }
  while (frames.length < limit) {
    const savedRbp = readPointer(memory, rbp);
    const caller = readPointer(memory, rbp + 8);
    if (rbp < rsp || savedRbp === undefined || caller === undefined || !memory.isExecutable(caller)) break;
    rip = caller;
    rsp = rbp + 16;
    frames.push({ rip, rsp, rbp: savedRbp });
    if (savedRbp <= rbp) break;
    rbp = savedRbp;
  }
  return frames.slice(0, limit);
}

/**
 * Where the return address of the innermost function lies if the function has not set up its frame yet (its first
 * instructions) or has taken it down already (`ret`); undefined in its body.
 */
function returnAddressAt(memory: ProcessMemory, rip: number, rsp: number): number | undefined {
  const bytes = new Uint8Array(4);
  const code = bytes.subarray(0, memory.peek(rip, bytes));
  if (BEFORE_FRAME.some(pattern => startsWith(code, pattern))) return rsp;
  const before = new Uint8Array(MOV_R10_RCX.length);
  if (memory.peek(rip - before.length, before) === before.length && startsWith(before, MOV_R10_RCX)) return rsp;
  const pushed = memory.peek(rip - 1, before) > 0 && before[0] === PUSH_RBP;
  return pushed && SET_RBP.some(pattern => startsWith(code, pattern)) ? rsp + 8 : undefined;
}

const PUSH_RBP = 0x55;
/** ENDBR64, PUSH RBP, and RET with and without the prefixes that compilers put before it. */
const ORDINARY = [[0xf3, 0x0f, 0x1e, 0xfa], [PUSH_RBP], [0xc3], [0xc2], [0xf3, 0xc3], [0xf2, 0xc3]];
/** The stubs of ntdll.dll have no frame: MOV R10, RCX; MOV EAX, number; SYSCALL; RET. */
const MOV_R10_RCX = [0x49, 0x89, 0xca];
const SYSCALL_RET = [0x0f, 0x05, 0xc3];
const BEFORE_FRAME = [...ORDINARY, MOV_R10_RCX, SYSCALL_RET];
/** The two encodings of MOV RBP, RSP. */
const SET_RBP = [
  [0x48, 0x89, 0xe5],
  [0x48, 0x8b, 0xec],
];

function startsWith(code: Uint8Array, pattern: readonly number[]): boolean {
  return pattern.every((byte, i) => code[i] === byte);
}
