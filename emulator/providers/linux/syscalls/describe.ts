/** System calls and their results as text, in the manner of strace(1). */

import { PAGE_SIZE, pageOf } from '../../../base/pages.ts';
import { RAX } from '../../../cpu/registers.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { addressSpace } from '../../../kernel/mm/addressSpaces.ts';
import { readSection } from '../../../kernel/mm/section.ts';
import { findVad } from '../../../kernel/mm/vad.ts';
import type { DescribedCall, TrapFrame } from '../../../kernel/ps/pico.ts';
import { getProcess, type Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { describeError } from '../abi/errno.ts';
import type { Printer } from './arguments.ts';
import { ARGUMENT_REGISTERS } from './row.ts';
import { TABLE } from './table.ts';

/** Calls whose answer reads better in hexadecimal. */
const ADDRESS_RESULTS: ReadonlySet<string> = new Set(['mmap', 'brk', 'mremap', 'shmat']);

export function describeCall(kernel: Kernel, thread: Thread, frame: TrapFrame): DescribedCall {
  const number = frame.low(RAX);
  const row = TABLE[number];
  if (!row) return { number, name: `syscall_${number}`, text: `syscall_${number}()`, values: {} };
  const process = getProcess(kernel, thread.process);
  const printer: Printer = { frame, peek: (address, size) => peekUser(kernel, process, address, size) };
  const values: Record<string, number | string> = {};
  const texts = row.arguments.map((argument, index) => {
    const register = ARGUMENT_REGISTERS[index];
    values[argument.name] = frame.signed(register);
    const text = argument.text?.(printer, register);
    if (text !== undefined) values[`$${argument.name}`] = text;
    return argument.print(printer, register);
  });
  return { number, name: row.name, text: `${row.name}(${texts.join(', ')})`, values };
}

/** ` = 6`, ` = -1 ENOENT (No such file or directory)`. */
export function describeResult(number: number, value: number): string {
  if (value < 0 && value >= -4095) return ` = -1 ${describeError(-value)}`;
  const isAddress = ADDRESS_RESULTS.has(TABLE[number]?.name ?? '');
  return ` = ${isAddress ? `0x${value.toString(16)}` : value}`;
}

/** Bytes of guest memory without touching it: pages that are not there yet are read where they would come from. */
export function peekUser(kernel: Kernel, process: Process, address: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  const space = addressSpace(kernel, process);
  let done = 0;
  while (done < size) {
    const part = bytes.subarray(done, Math.min(size, done + PAGE_SIZE - ((address + done) % PAGE_SIZE)));
    if (space.peek(address + done, part) < part.length && !peekAbsent(kernel, process, address + done, part)) break;
    done += part.length;
  }
  return bytes.subarray(0, done);
}

/** A page that nobody has touched: zero in private memory, from the section in views. */
function peekAbsent(kernel: Kernel, process: Process, address: number, into: Uint8Array): boolean {
  const page = pageOf(address);
  const vad = findVad(process, page);
  const run = vad?.runs.find(({ first, count }) => page - vad.start < first + count);
  if (!vad || !run?.committed) return false;
  if (vad.section === 0) {
    into.fill(0);
    return true;
  }
  const offset = (vad.sectionPage + page - vad.start) * PAGE_SIZE + (address % PAGE_SIZE);
  return readSection(kernel, vad.section, offset, into) > 0;
}
