/** Calls of a user's provider as text, in the manner of strace(1). */

import { ARGUMENT_REGISTERS } from '../../api/convention.ts';
import type { Argument } from '../../api/published.ts';
import { quote } from '../../base/cString.ts';
import { hex } from '../../base/pages.ts';
import { RAX } from '../../cpu/registers.ts';
import { peekUser } from '../../kernel/mm/peek.ts';
import type { DescribedCall, ErrorDescription, SystemCallDescription, TrapFrame } from '../../kernel/ps/pico.ts';
import { getProcess } from '../../kernel/ps/process.ts';
import type { Thread } from '../../kernel/ps/thread.ts';
import type { Custom } from './instance.ts';

const LONGEST_TEXT = 4096;
const SHOWN_BYTES = 64;

export function describeRows({ rows }: Custom): SystemCallDescription[] {
  return [...rows.values()].map(({ name, row }) => ({
    number: row.number,
    name,
    arguments: row.arguments.map(argument => ({ name: argument.name, type: argument.type })),
    support: 'full',
    note: '',
  }));
}

export function describeCall(custom: Custom, thread: Thread, frame: TrapFrame): DescribedCall {
  const number = frame.low(RAX);
  const found = custom.rows.get(number);
  if (!found) return { number, name: `syscall_${number}`, text: `syscall_${number}()`, values: {} };
  const process = getProcess(custom.kernel, thread.process);
  const values: Record<string, number | string> = {};
  const texts = found.row.arguments.map((argument, index) => {
    const register = ARGUMENT_REGISTERS[index];
    values[argument.name] = frame.signed(register);
    if (argument.kind !== 'text') return printWord(argument, frame, register);
    const bytes = peekUser(custom.kernel, process, frame.number(register), LONGEST_TEXT);
    const end = bytes.indexOf(0);
    if (end < 0) return printPointer(frame, register);
    values[`$${argument.name}`] = new TextDecoder().decode(bytes.subarray(0, end));
    return quote(bytes.subarray(0, Math.min(end, SHOWN_BYTES)), end > SHOWN_BYTES);
  });
  return { number, name: found.name, text: `${found.name}(${texts.join(', ')})`, values };
}

/** ` = 6`, ` = EFAULT (-14)` */
export function describeResult({ definition }: Custom, value: number): string {
  const error = errorName(definition.errors, value);
  return error === undefined ? ` = ${value}` : ` = ${value} ${error}`;
}

export function describeErrors({ definition }: Custom): ErrorDescription[] {
  return Object.entries(definition.errors ?? {}).map(([name, result]) => ({ name, result, meaning: String(result) }));
}

export function errorName(errors: Readonly<Record<string, number>> = {}, value: number): string | undefined {
  return Object.entries(errors).find(([, number]) => number === value)?.[0];
}

function printWord({ kind }: Argument, frame: TrapFrame, register: number): string {
  if (kind === 'pointer') return printPointer(frame, register);
  if (kind === 'long') return String(frame.signed(register));
  return String(kind === 'unsigned' ? frame.low(register) >>> 0 : frame.low(register));
}

function printPointer(frame: TrapFrame, register: number): string {
  const value = frame.number(register);
  return value === 0 ? 'NULL' : hex(value);
}
