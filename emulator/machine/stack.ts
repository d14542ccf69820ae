/** Guest stacks by frame pointers: the chain that RBP begins, and the caller of a function that has not set it up yet. */

import { RBP, RIP, RSP } from '../cpu/registers.ts';
import { disassemble } from '../cpu/decode/disassemble.ts';
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
  const bytes = new Uint8Array(16);
  const length = memory.peek(rip, bytes);
  const [row] = disassemble(bytes.subarray(0, length), rip, 'gas');
  if (!row) return undefined;
  if (row.flow === 'return' || /^endbr64|^push\w* +%rbp$/.test(row.text)) return rsp;
  const before = new Uint8Array(1);
  if (memory.peek(rip - 1, before) === 1 && before[0] === 0x55 && /^mov\w* +%rsp, *%rbp$/.test(row.text))
    return rsp + 8;
  return undefined;
}
