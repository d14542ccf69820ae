/** System calls and their results as text, in the manner of strace(1). */

import { RAX } from '../../../cpu/registers.ts';
import type { Kernel } from '../../../kernel/kernel.ts';
import { peekUser } from '../../../kernel/mm/peek.ts';
import type { DescribedCall, TrapFrame } from '../../../kernel/ps/pico.ts';
import { getProcess } from '../../../kernel/ps/process.ts';
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
