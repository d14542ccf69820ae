/** KiSystemCall64 and KiDispatchException: what user code enters the kernel for, and who serves it. */

import * as exits from '../../cpu/exits.ts';
import { R11, RCX, RFLAGS, RIP } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import { accessFault } from '../mm/fault.ts';
import type { ExceptionRecord, TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { terminateProcess } from '../ps/terminate.ts';
import { dispatchSystemService } from '../services/dispatch.ts';
import { dispatchUserException } from './userException.ts';
import * as status from '../status.ts';
import type { NtStatus } from '../status.ts';

const SYSCALL_LENGTH = 2;

/** What the `syscall` instruction itself does (SDM vol. 2, SYSCALL); the processor left before it. */
export function enterSystemCall(frame: TrapFrame): void {
  frame.rip = frame.rip + SYSCALL_LENGTH;
  frame.setBig(RCX, frame.big(RIP));
  frame.setBig(R11, frame.big(RFLAGS));
}

/**
 * Serves the system call by the thread's Minimal bit: other threads' calls are services of the kernel, pico threads' go
 * to their provider. The answer is in RAX
 * afterwards, unless the thread now waits: then the call is served again from its start when the wait has ended.
 */
export function dispatchSystemCall(kernel: Kernel, thread: Thread, frame: TrapFrame): void {
  const process = getProcess(kernel, thread.process);
  if (!thread.minimal) {
    thread.inSystemCall = false;
    dispatchSystemService(kernel, process, thread, frame);
    return;
  }
  const provider = kernel.providers[process.provider];
  if (!provider) {
    // NT has no path for this; continuing would hide it.
    terminateProcess(kernel, process, status.STATUS_ILLEGAL_INSTRUCTION);
    return;
  }
  thread.inSystemCall = false;
  provider.routines.dispatchSystemCall({ thread, trapFrame: frame });
}

const EXCEPTION_CODES: Readonly<Record<number, NtStatus>> = {
  [exits.DE]: status.STATUS_INTEGER_DIVIDE_BY_ZERO,
  [exits.DB]: status.STATUS_SINGLE_STEP,
  [exits.BP]: status.STATUS_BREAKPOINT,
  [exits.UD]: status.STATUS_ILLEGAL_INSTRUCTION,
  [exits.GP]: status.STATUS_ACCESS_VIOLATION,
  [exits.SS]: status.STATUS_ACCESS_VIOLATION,
};

/** The exception that a fault raises, or undefined if the memory manager served it and the thread just goes on. */
export function exceptionOfFault(
  kernel: Kernel,
  thread: Thread,
  frame: TrapFrame,
  fault: exits.Fault,
): ExceptionRecord | undefined {
  let code = EXCEPTION_CODES[fault.vector] ?? status.STATUS_UNSUCCESSFUL;
  let information: number[] = [];
  if (fault.vector === exits.PAGE_FAULT) {
    code = accessFault(kernel, getProcess(kernel, thread.process), fault.address, fault.errorCode);
    if (code === status.STATUS_SUCCESS) return undefined;
    const access = fault.errorCode & exits.PF_FETCH ? 8 : fault.errorCode & exits.PF_WRITE ? 1 : 0;
    information = [access, fault.address];
  }
  return {
    exceptionCode: code,
    exceptionAddress: frame.rip,
    exceptionInformation: information,
    vector: fault.vector,
    errorCode: fault.errorCode,
  };
}

/**
 * First chance goes to the pico provider, by the process's pico context, or to user code of a traditional process; where
 * nobody handles an exception the process ends, never goes on silently.
 */
export function dispatchException(kernel: Kernel, thread: Thread, frame: TrapFrame, record: ExceptionRecord): void {
  const process = getProcess(kernel, thread.process);
  const provider = kernel.providers[process.provider];
  if (provider?.routines.dispatchException(record, thread, frame)) return;
  if (!provider && thread.teb !== 0) {
    dispatchUserException(kernel, thread, frame, record);
    return;
  }
  terminateProcess(kernel, process, record.exceptionCode);
}
