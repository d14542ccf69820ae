/**
 * The frame that the kernel puts on the stack for a handler, and takes back in rt_sigreturn(2): `struct rt_sigframe` of
 * x86-64 with `ucontext_t` (asm/ucontext.h), `siginfo_t` and an XSAVE area.
 */

import {
  DF,
  FS_BASE,
  GS_BASE,
  initialRegisters,
  SELECTORS_END,
  SELECTORS_OFFSET,
  R10,
  R11,
  R12,
  R13,
  R14,
  R15,
  R8,
  R9,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RF,
  RFLAGS,
  RIP,
  RSI,
  RSP,
  TF,
} from '../../../cpu/registers.ts';
import {
  SA_ONSTACK,
  SA_RESTORER,
  SS_AUTODISARM,
  SS_DISABLE,
  SS_ONSTACK,
  type SignalSet,
  UNBLOCKABLE,
} from '../abi/signal.ts';
import type { LinuxThread, Task } from '../task.ts';
import { longAt, readBytes, setLongAt, writeBytes } from '../userMemory.ts';
import type { SignalAction } from './action.ts';
import { resetFloatingPoint } from '../../../cpu/x87/fxsave.ts';
import { encodeSignalInfo, SIGINFO_SIZE, type SignalInfo } from './info.ts';
import { encodeState, imageSize, restoreState } from './xsave.ts';

/** Bytes below RSP that belong to the interrupted function (System V ABI, 3.2.2). */
const RED_ZONE = 128;

/** Offsets in `ucontext_t`. */
const UC_FLAGS = 0;
const UC_STACK = 16;
const UC_MCONTEXT = 40;
const UC_SIGMASK = 296;
const UCONTEXT_SIZE = 304;
/** UC_FP_XSTATE, UC_SIGCONTEXT_SS and UC_STRICT_RESTORE_SS. */
const UCONTEXT_FLAGS = 7;
/** The registers of `struct sigcontext`, in order. */
const CONTEXT_REGISTERS = [R8, R9, R10, R11, R12, R13, R14, R15, RDI, RSI, RBP, RBX, RDX, RAX, RCX, RSP, RIP, RFLAGS];
/** Offsets in `struct sigcontext`, behind the registers. */
const SC_SEGMENTS = 144;
const SC_ERROR = 152;
const SC_TRAP = 160;
const SC_OLDMASK = 168;
const SC_CR2 = 176;
const SC_FPSTATE = 184;
const USER_CS = 0x33;
const USER_SS = 0x2b;
/** Flags that a program may change by returning from a handler (FIX_EFLAGS). */
const CHANGEABLE_FLAGS = 0x0005_0dd5;

/** Return address, context and information. */
const FRAME_SIZE = 8 + UCONTEXT_SIZE + SIGINFO_SIZE;

/** Builds the frame and redirects the thread to the handler; false if the stack has no room for it. */
export function pushSignalFrame(task: Task, info: SignalInfo, action: SignalAction, mask: SignalSet): boolean {
  const { frame, self } = task;
  const components = task.kernel.processor.enabled;
  if ((action.flags & SA_RESTORER) === 0) return false;
  const stackPointer = frame.number(RSP);
  const onAlternate = useAlternateStack(self, action, stackPointer);
  const top = onAlternate ? self.alternateStack.address + self.alternateStack.size : stackPointer - RED_ZONE;
  const floatingPoint = Math.floor((top - imageSize(components)) / 64) * 64;
  const base = Math.floor((floatingPoint - FRAME_SIZE) / 16) * 16 - 8;
  if (onAlternate && base < self.alternateStack.address) return false;

  const bytes = new Uint8Array(FRAME_SIZE);
  const view = new DataView(bytes.buffer);
  setLongAt(view, 0, action.restorer);
  writeContext(new DataView(bytes.buffer, 8, UCONTEXT_SIZE), task, mask, floatingPoint);
  bytes.set(encodeSignalInfo(info), 8 + UCONTEXT_SIZE);
  if (!writeBytes(task, floatingPoint, encodeState(frame, components)) || !writeBytes(task, base, bytes)) return false;
  if (self.alternateStack.flags & SS_AUTODISARM) self.alternateStack = { address: 0, size: 0, flags: SS_DISABLE };

  frame.setNumber(RDI, info.signal);
  frame.setNumber(RSI, base + 8 + UCONTEXT_SIZE);
  frame.setNumber(RDX, base + 8);
  frame.setNumber(RAX, 0);
  frame.setNumber(RSP, base);
  frame.rip = action.handler;
  frame.setNumber(RFLAGS, frame.low(RFLAGS) & ~(DF | RF | TF));
  resetFloatingPoint(frame);
  return true;
}

function useAlternateStack(self: LinuxThread, action: SignalAction, stackPointer: number): boolean {
  if ((action.flags & SA_ONSTACK) === 0 || self.alternateStack.size === 0) return false;
  return !isOnAlternateStack(self, stackPointer);
}

export function isOnAlternateStack(self: LinuxThread, stackPointer: number): boolean {
  const { address, size, flags } = self.alternateStack;
  return (flags & SS_AUTODISARM) === 0 && stackPointer > address && stackPointer - address <= size;
}

function writeContext(view: DataView, task: Task, mask: SignalSet, floatingPoint: number): void {
  const { frame, self } = task;
  const { address, size, flags } = self.alternateStack;
  setLongAt(view, UC_FLAGS, UCONTEXT_FLAGS);
  setLongAt(view, UC_STACK, address);
  const state = size === 0 ? SS_DISABLE : isOnAlternateStack(self, frame.number(RSP)) ? SS_ONSTACK : 0;
  view.setUint32(UC_STACK + 8, (state | (flags & SS_AUTODISARM)) >>> 0, true);
  setLongAt(view, UC_STACK + 16, size);
  CONTEXT_REGISTERS.forEach((register, index) => {
    view.setBigUint64(UC_MCONTEXT + index * 8, frame.big(register), true);
  });
  view.setUint16(UC_MCONTEXT + SC_SEGMENTS, USER_CS, true);
  view.setUint16(UC_MCONTEXT + SC_SEGMENTS + 6, USER_SS, true);
  setLongAt(view, UC_MCONTEXT + SC_ERROR, self.trap.errorCode);
  setLongAt(view, UC_MCONTEXT + SC_TRAP, self.trap.vector);
  view.setBigUint64(UC_MCONTEXT + SC_OLDMASK, mask, true);
  setLongAt(view, UC_MCONTEXT + SC_CR2, self.trap.address);
  setLongAt(view, UC_MCONTEXT + SC_FPSTATE, floatingPoint);
  view.setBigUint64(UC_SIGMASK, mask, true);
}

/** rt_sigreturn(2): the state that the frame on the stack says; false if the frame cannot be read. */
export function popSignalFrame(task: Task): boolean {
  const { frame, self } = task;
  // The handler's `ret` has taken the return address: RSP is at the context.
  const bytes = readBytes(task, frame.number(RSP), UCONTEXT_SIZE);
  if (!bytes) return false;
  const view = new DataView(bytes.buffer);
  const floatingPointAddress = longAt(view, UC_MCONTEXT + SC_FPSTATE);
  const restored = initialRegisters();
  restored.setBig(FS_BASE, frame.big(FS_BASE));
  restored.setBig(GS_BASE, frame.big(GS_BASE));
  restored.bytes.set(frame.bytes.subarray(SELECTORS_OFFSET, SELECTORS_END), SELECTORS_OFFSET);
  const flags = frame.low(RFLAGS);
  CONTEXT_REGISTERS.forEach((register, index) => {
    restored.setBig(register, view.getBigUint64(UC_MCONTEXT + index * 8, true));
  });
  restored.setNumber(RFLAGS, (flags & ~CHANGEABLE_FLAGS) | (restored.low(RFLAGS) & CHANGEABLE_FLAGS));
  const { enabled } = task.kernel.processor;
  if (floatingPointAddress !== 0 && !restoreState(task, floatingPointAddress, restored, enabled)) return false;
  frame.copyFrom(restored);
  self.blocked = view.getBigUint64(UC_SIGMASK, true) & ~UNBLOCKABLE;
  restoreAlternateStack(self, view);
  return true;
}

function restoreAlternateStack(self: LinuxThread, view: DataView): void {
  const flags = view.getUint32(UC_STACK + 8, true);
  const size = longAt(view, UC_STACK + 16);
  const address = longAt(view, UC_STACK);
  if (flags & SS_DISABLE || size === 0) return;
  self.alternateStack = { address, size, flags: (flags & SS_AUTODISARM) >>> 0 };
}
