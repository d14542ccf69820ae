/**
 * System services: what traditional threads ask the kernel for. A row says everything about a service: number, name,
 * typed arguments, body, and how far it goes. Dispatch, the stubs of ntdll.dll, traces, values for breakpoint conditions
 * and the list of support all come from the rows.
 */

import { R8, R9, R10, RDX, RSP } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import { copyFromUser } from '../mm/copy.ts';
import type { Handler, TrapFrame } from '../ps/pico.ts';
import type { Process } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { STATUS_ACCESS_VIOLATION, STATUS_NOT_IMPLEMENTED, STATUS_SUCCESS } from '../status.ts';
import type { NtStatus } from '../status.ts';
import type { Argument, Word } from './arguments.ts';

/** One call of a service. */
export interface Call {
  readonly kernel: Kernel;
  readonly process: Process;
  readonly thread: Thread;
  readonly frame: TrapFrame;
  /** Why an argument was refused, else STATUS_SUCCESS. */
  refusal: NtStatus;
}

/**
 * What a body gives instead of a status when RAX is to stay as it is: the thread waits and the call starts again from
 * its beginning, or the body has replaced the registers.
 */
export const UNANSWERED = -1;

export interface Service {
  readonly number: number;
  readonly name: string;
  readonly arguments: readonly Argument<unknown>[];
  readonly support: 'full' | 'partial' | 'missing';
  /** What is not there, or why; empty for full support. */
  readonly note: string;
  /** Success does not come back to the caller: there is no answer to show. */
  readonly isOneWay?: boolean;
  /** Fetches the arguments and runs the body. */
  invoke(call: Call): NtStatus | typeof UNANSWERED;
  /** What serves the call, for debuggers that step into it; services that always fail have none. */
  readonly body?: Handler;
}

type Values<Arguments extends readonly Argument<unknown>[]> = {
  -readonly [Index in keyof Arguments]: Arguments[Index] extends Argument<infer Value> ? Value : never;
};

export function service<const Arguments extends readonly Argument<unknown>[]>(
  number: number,
  name: string,
  parameters: Arguments,
  body: (call: Call, ...values: Values<Arguments>) => NtStatus | typeof UNANSWERED,
): Service {
  const untyped = body as (call: Call, ...values: unknown[]) => NtStatus;
  return {
    number,
    name,
    arguments: parameters,
    support: 'full',
    note: '',
    body,
    invoke(call) {
      const words = argumentWords(call.frame, parameters.length, (address, into) =>
        copyFromUser(call.kernel, call.process, address, into),
      );
      if (!words) return STATUS_ACCESS_VIOLATION;
      call.refusal = STATUS_SUCCESS;
      const values: unknown[] = [];
      for (let index = 0; index < parameters.length; index++) {
        values.push(parameters[index].decode(call, words[index]));
        if (call.refusal !== STATUS_SUCCESS) return call.refusal;
      }
      return untyped(call, ...values);
    },
  };
}

/** A service that works for most callers; `note` says what it does not do. */
export function partly(row: Service, note: string): Service {
  return { ...row, support: 'partial', note };
}

/** A service that sends the thread elsewhere. */
export function oneWay(row: Service): Service {
  return { ...row, isOneWay: true };
}

/** A service that always fails; `note` says why. */
export function missing(number: number, name: string, note: string, status = STATUS_NOT_IMPLEMENTED): Service {
  return { number, name, arguments: [], support: 'missing', note, invoke: () => status };
}

/** Where the first arguments are: SYSCALL takes RCX, so the stubs hand it over in R10. */
const ARGUMENT_REGISTERS = [R10, RDX, R8, R9];
/** The fifth one lies above the return address and the 32 bytes that belong to the callee (x64 calling convention). */
const STACK_ARGUMENTS = 0x28;

/** The arguments as they come; undefined where the stack cannot be read. */
export function argumentWords(
  frame: TrapFrame,
  count: number,
  read: (address: number, into: Uint8Array) => number,
): Word[] | undefined {
  const words: Word[] = ARGUMENT_REGISTERS.slice(0, count).map(register => ({
    low: frame.low(register),
    value: frame.signed(register),
  }));
  if (count <= ARGUMENT_REGISTERS.length) return words;
  const bytes = new Uint8Array((count - ARGUMENT_REGISTERS.length) * 8);
  if (read(frame.number(RSP) + STACK_ARGUMENTS, bytes) < bytes.length) return undefined;
  const view = new DataView(bytes.buffer);
  for (let at = 0; at < bytes.length; at += 8) {
    const low = view.getInt32(at, true);
    words.push({ low, value: view.getInt32(at + 4, true) * 0x1_0000_0000 + (low >>> 0) });
  }
  return words;
}
