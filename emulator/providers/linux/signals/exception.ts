/** Exceptions of the processor as Linux reports them: a vector becomes a signal with a code and an address. */

import { FSW_OFFSET, MXCSR_OFFSET } from '../../../cpu/registers.ts';
import * as exits from '../../../cpu/exits.ts';
import { findVad } from '../../../kernel/mm/vad.ts';
import { pageOf } from '../../../base/pages.ts';
import type { ExceptionRecord } from '../../../kernel/ps/pico.ts';
import { STATUS_COMMITMENT_LIMIT, STATUS_IN_PAGE_ERROR, STATUS_NO_MEMORY } from '../../../kernel/status.ts';
import * as abi from '../abi/signal.ts';
import { sayOnce } from '../instance.ts';
import { endGroup } from '../process/exit.ts';
import { usePort } from '../process/ports.ts';
import type { Task } from '../task.ts';
import { deliverSignals, forceSignal } from './deliver.ts';
import { faultSignal, kernelSignal, type SignalInfo } from './info.ts';

/** Turns the exception into a signal and delivers it at once; a port instruction of a thread that may use it is done instead. */
export function raiseException(task: Task, record: ExceptionRecord): void {
  const address = record.vector === exits.PAGE_FAULT ? record.exceptionInformation[1] : 0;
  if (record.exceptionCode === STATUS_COMMITMENT_LIMIT || record.exceptionCode === STATUS_NO_MEMORY) {
    sayOnce(task.linux, `The machine is out of memory; ${task.group.executable} was killed.`);
    endGroup(task.linux, task.process, abi.SIGKILL);
    return;
  }
  if (record.vector === exits.GP && usePort(task)) return;
  task.self.trap = { vector: record.vector, errorCode: record.errorCode, address };
  forceSignal(task, signalOfException(task, record));
  deliverSignals(task);
}

/** arch/x86 documents these pairs in sigaction(2) under si_code. */
function signalOfException(task: Task, record: ExceptionRecord): SignalInfo {
  const { vector, exceptionAddress } = record;
  switch (vector) {
    case exits.DE:
      return faultSignal(abi.SIGFPE, abi.FPE_INTDIV, exceptionAddress);
    case exits.DB:
      return faultSignal(abi.SIGTRAP, debugTrapCode(record), exceptionAddress);
    case exits.BP:
      return kernelSignal(abi.SIGTRAP);
    case exits.UD:
      return faultSignal(abi.SIGILL, abi.ILL_ILLOPN, exceptionAddress);
    case exits.ALIGNMENT:
      return faultSignal(abi.SIGBUS, abi.BUS_ADRALN, 0);
    case exits.MF:
      return faultSignal(abi.SIGFPE, floatingPointCode(unmaskedX87(task)), exceptionAddress);
    case exits.XM:
      return faultSignal(abi.SIGFPE, floatingPointCode(unmaskedSse(task)), exceptionAddress);
    case exits.PAGE_FAULT:
      return pageFaultSignal(task, record);
    default:
      // General protection, stack and bound faults carry no address.
      return kernelSignal(abi.SIGSEGV);
  }
}

/** Of a step, or of a range that the debug registers watch. */
function debugTrapCode({ exceptionInformation }: ExceptionRecord): number {
  return exceptionInformation.length === 0 ? abi.TRAP_TRACE : abi.TRAP_HWBKPT;
}

function pageFaultSignal(task: Task, record: ExceptionRecord): SignalInfo {
  const address = record.exceptionInformation[1];
  if (record.exceptionCode === STATUS_IN_PAGE_ERROR) return faultSignal(abi.SIGBUS, abi.BUS_ADRERR, address);
  const vad = findVad(task.process, pageOf(address));
  const isReservedHeap = vad?.use === '[heap]' && address >= task.group.memory.breakCommitted;
  return faultSignal(abi.SIGSEGV, vad && !isReservedHeap ? abi.SEGV_ACCERR : abi.SEGV_MAPERR, address);
}

function unmaskedX87({ frame }: Task): number {
  const view = new DataView(frame.bytes.buffer, frame.bytes.byteOffset);
  return view.getUint16(FSW_OFFSET, true) & ~view.getUint16(FSW_OFFSET - 2, true) & 0x3f;
}

function unmaskedSse({ frame }: Task): number {
  const mxcsr = new DataView(frame.bytes.buffer, frame.bytes.byteOffset).getUint32(MXCSR_OFFSET, true);
  return mxcsr & ~(mxcsr >> 7) & 0x3f;
}

/** Exception flags in the order in which Linux looks at them (SDM vol. 1, 8.3.3). */
function floatingPointCode(flags: number): number {
  if (flags & 1) return abi.FPE_FLTINV;
  if (flags & 4) return abi.FPE_FLTDIV;
  if (flags & 8) return abi.FPE_FLTOVF;
  if (flags & 0x12) return abi.FPE_FLTUND;
  return abi.FPE_FLTRES;
}

/** Name of the signal that an exception becomes, for people. */
export function exceptionSignalName(record: ExceptionRecord): string {
  switch (record.vector) {
    case exits.DE:
    case exits.MF:
    case exits.XM:
      return 'SIGFPE';
    case exits.DB:
    case exits.BP:
      return 'SIGTRAP';
    case exits.UD:
      return 'SIGILL';
    case exits.ALIGNMENT:
      return 'SIGBUS';
    case exits.PAGE_FAULT:
      return record.exceptionCode === STATUS_IN_PAGE_ERROR ? 'SIGBUS' : 'SIGSEGV';
    default:
      return 'SIGSEGV';
  }
}
