/** CONTEXT and EXCEPTION_RECORD of x64 (winnt.h): a thread's registers as user code sees them. */

import type { Structure } from './structure.ts';
import { structure } from './structure.ts';

/** ContextFlags: which parts are there. */
export const CONTEXT_AMD64 = 0x10_0000;
export const CONTEXT_CONTROL = 0x1;
export const CONTEXT_INTEGER = 0x2;
export const CONTEXT_SEGMENTS = 0x4;
export const CONTEXT_FLOATING_POINT = 0x8;
export const CONTEXT_FULL = CONTEXT_AMD64 | CONTEXT_CONTROL | CONTEXT_INTEGER | CONTEXT_FLOATING_POINT;

export const CONTEXT_SIZE = 0x4d0;
export const CONTEXT_FLAGS = 0x30;
export const CONTEXT_MXCSR = 0x34;
export const CONTEXT_SELECTORS = 0x38;
export const CONTEXT_EFLAGS = 0x44;
/** Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8 to R15: in the order of their encodings. */
export const CONTEXT_RAX = 0x78;
export const CONTEXT_RIP = 0xf8;
/** XMM_SAVE_AREA32: what FXSAVE writes. */
export const CONTEXT_FLOAT_SAVE = 0x100;

/** Room of the context and its CONTEXT_EX on the stack of KiUserExceptionDispatcher; the record lies behind. */
export const RECORD_BEHIND_CONTEXT = 0x4f0;

export const exceptionRecord: () => Structure = () =>
  structure('EXCEPTION_RECORD', 0x98, [
    [0x00, 'ExceptionCode', 'u32', ''],
    [0x04, 'ExceptionFlags', 'u32', '1: nothing can go on'],
    [0x08, 'ExceptionRecord', 'pointer', 'The exception during which this one happened'],
    [0x10, 'ExceptionAddress', 'pointer', ''],
    [0x18, 'NumberParameters', 'u32', ''],
    [0x20, 'ExceptionInformation', 'bytes', 'Of access violations: 0 read, 1 write, 8 execute; then the address', 0x78],
  ]);
