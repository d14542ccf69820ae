/** KiSystemCall64 and KiDispatchException: what user code enters the kernel for, and who serves it. */

import * as exits from '../../cpu/exits.ts';
import { R11, RCX, RFLAGS, RIP } from '../../cpu/registers.ts';
import { hex } from '../../base/pages.ts';
import type { Kernel } from '../kernel.ts';
import { accessFault } from '../mm/fault.ts';
import type { ExceptionRecord, TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import type { Thread } from '../ps/thread.ts';
import { ProviderFailure } from '../ps/providerFailure.ts';
import { walkPicoStack } from '../ps/stackWalk.ts';
import { terminateProcess } from '../ps/terminate.ts';
import { account, accountSystemCalls } from './account.ts';
import { SYSTEM_SERVICE_EXCEPTION, bugCheck } from './bugCheck.ts';
import { dispatchSystemService } from '../services/dispatch.ts';
import { dispatchUserException } from './userException.ts';
import * as status from '../status.ts';
import type { NtStatus } from '../status.ts';

const SYSCALL_LENGTH = 2;

/** What the `syscall` instruction itself does (SDM vol. 2, SYSCALL); the processor left before it. */
export function enterSystemCall(frame: TrapFrame): void {
  frame.rip = frame.rip + SYSCALL_LENGTH;
  frame.copy(RIP, RCX);
  frame.copy(RFLAGS, R11);
}

/** The thread is before its `syscall` instruction again, which it will enter anew. */
function leaveSystemCall(kernel: Kernel, thread: Thread, frame: TrapFrame): void {
  frame.rip = frame.rip - SYSCALL_LENGTH;
  thread.inSystemCall = false;
  thread.injected = undefined;
  thread.outcome = undefined;
  account(kernel, thread, -1);
  accountSystemCalls(kernel, thread, -1);
}

/**
 * Serves the system call by the thread's Minimal bit: other threads' calls are services of the kernel, pico threads' go
 * to their provider. The answer is in RAX afterwards, unless the thread now waits: then the call is served again from its
 * start when the wait has ended.
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
    // Windows would call through a provider's table that is not there, in kernel mode.
    const why = `thread ${thread.id} of ${process.name} (${process.id}) made a system call, and no pico provider serves it`;
    bugCheck(kernel, SYSTEM_SERVICE_EXCEPTION, thread, why);
    return;
  }
  thread.inSystemCall = false;
  try {
    provider.routines.dispatchSystemCall({ thread, trapFrame: frame });
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    leaveSystemCall(kernel, thread, frame);
    failed(kernel, thread, error);
  }
}

/** Without a debugger nobody could mend it. */
function failed(kernel: Kernel, thread: Thread, failure: ProviderFailure): void {
  if (kernel.debugPort) kernel.debugPort.providerFailed(failure, thread);
  else bugCheck(kernel, SYSTEM_SERVICE_EXCEPTION, thread, failure.message);
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
 * First chance goes to the pico provider, by the process's pico context, whatever kind of thread it is, or to user code
 * of a traditional process. Where nobody handles an exception the process ends with a report, and never goes on silently.
 */
export function dispatchException(kernel: Kernel, thread: Thread, frame: TrapFrame, record: ExceptionRecord): void {
  const process = getProcess(kernel, thread.process);
  const provider = process.picoContext === undefined ? undefined : kernel.providers[process.provider];
  try {
    if (provider?.routines.dispatchException(record, thread, frame)) return;
  } catch (error) {
    if (!(error instanceof ProviderFailure)) throw error;
    // The instruction faults again when the thread goes on.
    failed(kernel, thread, error);
    return;
  }
  if (!provider && thread.teb !== 0) {
    dispatchUserException(kernel, thread, frame, record);
    return;
  }
  kernel.debugPort?.report(process, describeUnhandled(kernel, thread, frame, record));
  terminateProcess(kernel, process, record.exceptionCode);
}

/** Callers that a report names. */
const REPORTED_CALLERS = 8;

function describeUnhandled(kernel: Kernel, thread: Thread, frame: TrapFrame, record: ExceptionRecord): string {
  const { name, id } = getProcess(kernel, thread.process);
  const vector = exits.VECTOR_NAMES[record.vector] ?? `#${record.vector}`;
  const callers = walkPicoStack(kernel, thread, frame, REPORTED_CALLERS).map(caller => hex(caller));
  const path = callers.length ? `, called from ${callers.join(', ')}` : '';
  return `${name} (${id}) ended: nobody handled ${vector} (${hex(record.exceptionCode)}) at ${hex(record.exceptionAddress)}${path}`;
}
