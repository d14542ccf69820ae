/** PspCreateThread for traditional processes: a TEB, a stack, and a start in the loader. */

import { roundDown } from '../../base/pages.ts';
import { GS_BASE, RCX, RDX, RIP, RSP, initialRegisters } from '../../cpu/registers.ts';
import { encodeContext } from '../ke/userContext.ts';
import type { Kernel } from '../kernel.ts';
import { copyToUser } from '../mm/copy.ts';
import { CONTEXT_SIZE } from '../rtl/context.ts';
import { STATUS_NO_MEMORY, STATUS_PROCESS_IS_TERMINATING, STATUS_SUCCESS, succeeded } from '../status.ts';
import type { NtStatus } from '../status.ts';
import { createThread } from './create.ts';
import { createTeb, createUserStack } from './environment.ts';
import type { Process } from './process.ts';
import { systemDll } from './systemDll.ts';
import { terminateThread } from './terminate.ts';
import type { Thread } from './thread.ts';

export interface UserThreadOptions {
  /** Function of one argument that the thread runs. */
  readonly start: number;
  readonly argument: number;
  /** Bytes. */
  readonly stackReserve: number;
  readonly stackCommit: number;
}

/** Bytes between the end of the stack and the first frame: room for the caller's home area, aligned to 16. */
const STACK_TOP_ROOM = 0x28;

/**
 * A suspended thread. It begins in LdrInitializeThunk, which goes on from the CONTEXT on its stack: in
 * RtlUserThreadStart, with function and argument in RCX and RDX (PspUserThreadStartup).
 */
export function createUserThread(
  kernel: Kernel,
  process: Process,
  options: UserThreadOptions,
): { status: NtStatus; thread?: Thread } {
  const dll = systemDll(kernel);
  if (!dll || process.peb === 0) return { status: STATUS_PROCESS_IS_TERMINATING };
  const isInitial = process.threads.length === 0;
  const created = createThread(kernel, process, { registers: initialRegisters(), context: undefined, name: '' });
  if (!created.thread) return created;
  const { thread } = created;
  const status = prepare(kernel, process, thread, options, isInitial);
  if (succeeded(status)) return { status, thread };
  terminateThread(kernel, thread, status);
  return { status };
}

function prepare(
  kernel: Kernel,
  process: Process,
  thread: Thread,
  options: UserThreadOptions,
  isInitial: boolean,
): NtStatus {
  const dll = systemDll(kernel);
  const { status, stack } = createUserStack(kernel, process, {
    reserve: options.stackReserve,
    commit: options.stackCommit,
    use: `Stack (thread ${thread.id})`,
  });
  if (!succeeded(status) || !dll) return status;
  const teb = createTeb(kernel, process, { thread: thread.id, stack, isInitial });
  if (!succeeded(teb.status)) return teb.status;
  thread.teb = teb.address;

  const start = initialRegisters();
  start.setNumber(RIP, dll.entries.RtlUserThreadStart);
  start.setNumber(RCX, options.start);
  start.setNumber(RDX, options.argument);
  start.setNumber(RSP, stack.base - STACK_TOP_ROOM);
  const context = roundDown(stack.base - STACK_TOP_ROOM - CONTEXT_SIZE, 16);
  const bytes = encodeContext(start);
  if (copyToUser(kernel, process, context, bytes) < bytes.length) return STATUS_NO_MEMORY;

  const registers = initialRegisters();
  registers.setNumber(RIP, dll.entries.LdrInitializeThunk);
  registers.setNumber(RCX, context);
  registers.setNumber(RDX, dll.base);
  // As after a call: the return address, of which there is none, and the home area belong to the function.
  registers.setNumber(RSP, context - STACK_TOP_ROOM);
  registers.setNumber(GS_BASE, thread.teb);
  thread.context.set(registers.bytes);
  return STATUS_SUCCESS;
}
