/** KiDispatchException for traditional processes: the thread goes on in KiUserExceptionDispatcher, or the process ends. */

import { hex, roundDown } from '../../base/pages.ts';
import { BP } from '../../cpu/exits.ts';
import { RIP, RSP } from '../../cpu/registers.ts';
import type { Kernel } from '../kernel.ts';
import { copyToUser } from '../mm/copy.ts';
import type { ExceptionRecord, TrapFrame } from '../ps/pico.ts';
import { getProcess } from '../ps/process.ts';
import { terminateProcess } from '../ps/terminate.ts';
import type { Thread } from '../ps/thread.ts';
import { RECORD_BEHIND_CONTEXT, exceptionRecord } from '../rtl/context.ts';
import { encodeStructure } from '../rtl/structure.ts';
import { STATUS_BREAKPOINT } from '../status.ts';
import { statusText } from '../statusNames.ts';
import { encodeContext } from './userContext.ts';

/** Behind the record: SS, RSP, RFLAGS, CS and RIP as an interrupt pushes them, for stack walks. */
const MACHINE_FRAME_SIZE = 0x28;
const WORD = 8;

/** First chance for user code: CONTEXT and EXCEPTION_RECORD on its stack, and on in the dispatcher of ntdll.dll. */
export function dispatchUserException(kernel: Kernel, thread: Thread, frame: TrapFrame, record: ExceptionRecord): void {
  const process = getProcess(kernel, thread.process);
  // The breakpoint's own address, not the one behind it, is where handlers find the thread (KiBreakpointTrap).
  if (record.vector === BP && record.exceptionCode === STATUS_BREAKPOINT) frame.rip -= 1;
  const layout = exceptionRecord();
  const size = RECORD_BEHIND_CONTEXT + layout.size + MACHINE_FRAME_SIZE;
  const stack = roundDown(frame.number(RSP) - size, 16);
  const bytes = new Uint8Array(RECORD_BEHIND_CONTEXT + layout.size);
  bytes.set(encodeContext(frame));
  bytes.set(encodeRecord(frame.rip, record), RECORD_BEHIND_CONTEXT);
  const dll = kernel.state.systemDll;
  if (!dll || stack < 0 || copyToUser(kernel, process, stack, bytes) < bytes.length) {
    endUnhandled(kernel, thread, record);
    return;
  }
  frame.setNumber(RSP, stack);
  frame.setNumber(RIP, dll.entries.KiUserExceptionDispatcher);
}

function encodeRecord(rip: number, record: ExceptionRecord): Uint8Array {
  const parameters = record.vector === BP ? [0] : record.exceptionInformation;
  const information = new Uint8Array(parameters.length * WORD);
  const view = new DataView(information.buffer);
  parameters.forEach((value, index) => view.setBigUint64(index * WORD, BigInt.asUintN(64, BigInt(value)), true));
  return encodeStructure(exceptionRecord(), {
    ExceptionCode: record.exceptionCode,
    ExceptionFlags: record.exceptionFlags ?? 0,
    ExceptionAddress: record.vector === BP ? rip : record.exceptionAddress,
    NumberParameters: parameters.length,
    ExceptionInformation: information,
  });
}

/** Nobody handles the exception: the process ends with its code, and the user hears why. */
export function endUnhandled(kernel: Kernel, thread: Thread, record: ExceptionRecord): void {
  const process = getProcess(kernel, thread.process);
  const [access, address] = record.exceptionInformation;
  const what = address === undefined ? '' : `, ${ACCESS_WORDS[access] ?? 'accessing'} ${hex(address)}`;
  kernel.debugPort?.report(
    process,
    `${process.name}: unhandled exception ${statusText(record.exceptionCode)} at ${hex(record.exceptionAddress)}${what}, in thread ${thread.id}. The process has ended.`,
  );
  terminateProcess(kernel, process, record.exceptionCode);
}

const ACCESS_WORDS: Readonly<Record<number, string>> = { 0: 'reading', 1: 'writing', 8: 'executing' };
