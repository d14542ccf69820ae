/** ptrace(2): one function for each request. */

import { debugRegister, setDebugRegister } from '../../../kernel/ke/debugRegisters.ts';
import { FS_BASE, GS_BASE, type Registers, RFLAGS, RIP } from '../../../cpu/registers.ts';
import * as cpu from '../../../cpu/registers.ts';
import { SSE, X87 } from '../../../cpu/x87/extendedSave.ts';
import { decodeFxsave, encodeFxsave, FXSAVE_SIZE } from '../../../cpu/x87/fxsave.ts';
import { decodeArea, encodeTraced } from '../signals/xsave.ts';
import { copyFromUser } from '../../../kernel/mm/copy.ts';
import { getProcess, type Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { EFAULT, EINVAL, EIO, ENOSYS, EPERM, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/ptrace.ts';
import { SIGKILL, SIGRTMAX, SIGSTOP } from '../abi/signal.ts';
import { mayTrace } from '../process/access.ts';
import { endGroup } from '../process/exit.ts';
import { writeForeign } from '../process/foreignMemory.ts';
import { findByTid } from '../process/lookup.ts';
import { beginTrace, endTrace, findTracee, resumeTraced, type Trace } from '../process/trace.ts';
import { encodeSignalInfo, kernelSignal } from '../signals/info.ts';
import { signalThread } from '../signals/send.ts';
import { groupOf, linuxThreadOf, type Task } from '../task.ts';
import { encodeLongs, giveBytes, longAt, readBytes, readView, writeLong } from '../userMemory.ts';
import { choice, pid, pointer } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

export const ptraceRows: readonly Row[] = [
  partly(
    call(101, 'ptrace', [choice('request', abi.PTRACE_REQUESTS), pid(), pointer('addr'), pointer('data')], ptrace),
    'What Debian’s strace and gdb use; PTRACE_SEIZE, PTRACE_GET_SYSCALL_INFO and debug registers answer EIO, as old kernels did.',
  ),
];

/** A stopped thread that the caller traces. */
interface Tracee {
  readonly thread: Thread;
  readonly process: Process;
  readonly trace: Trace;
}

type Request = (task: Task, tracee: Tracee, address: number, data: number) => number;

function ptrace(task: Task, request: number, wanted: number, address: number, data: number): number {
  if (request === abi.PTRACE_TRACEME) return traceMe(task);
  if (request === abi.PTRACE_ATTACH) return attach(task, wanted);
  if (request === abi.PTRACE_SEIZE) return -EIO;
  if (request === abi.PTRACE_KILL) return kill(task, wanted);
  const thread = findTracee(task, wanted);
  const trace = thread && linuxThreadOf(thread).trace;
  if (!thread || !trace) return -ESRCH;
  const tracee = { thread, process: getProcess(task.kernel, thread.process), trace };
  return REQUESTS.get(request)?.(task, tracee, address, data) ?? -EIO;
}

const REQUESTS: ReadonlyMap<number, Request> = new Map<number, Request>([
  [abi.PTRACE_PEEKTEXT, peek],
  [abi.PTRACE_PEEKDATA, peek],
  [abi.PTRACE_POKETEXT, poke],
  [abi.PTRACE_POKEDATA, poke],
  [abi.PTRACE_PEEKUSER, peekUser],
  [abi.PTRACE_POKEUSER, pokeUser],
  [abi.PTRACE_CONT, resume(abi.PTRACE_CONT)],
  [abi.PTRACE_SYSCALL, resume(abi.PTRACE_SYSCALL)],
  [abi.PTRACE_SINGLESTEP, resume(abi.PTRACE_SINGLESTEP)],
  [abi.PTRACE_DETACH, detach],
  [abi.PTRACE_GETREGS, (task, tracee, _, data) => giveBytes(task, data, encodeRegisters(task, tracee))],
  [abi.PTRACE_SETREGS, setRegisters],
  [abi.PTRACE_GETFPREGS, (task, tracee, _, data) => giveBytes(task, data, encodeFxsave(registersOf(task, tracee)))],
  [abi.PTRACE_SETFPREGS, setFloatingPoint],
  [abi.PTRACE_GETREGSET, getRegisterSet],
  [abi.PTRACE_SETREGSET, setRegisterSet],
  [abi.PTRACE_SETOPTIONS, setOptions],
  [abi.PTRACE_GETEVENTMSG, (task, { trace }, _, data) => (writeLong(task, data, trace.message) ? 0 : -EFAULT)],
  [
    abi.PTRACE_GETSIGINFO,
    (task, { trace }, _, data) => {
      const info = trace.stop?.info ?? kernelSignal((trace.stop?.status ?? 0) & 0x7f);
      return giveBytes(task, data, encodeSignalInfo(info));
    },
  ],
]);

function traceMe({ self, group }: Task): number {
  if (self.trace) return -EPERM;
  beginTrace(self, group.parent);
  return 0;
}

function attach(task: Task, wanted: number): number {
  const found = findByTid(task.linux, wanted);
  if (!found) return -ESRCH;
  const self = linuxThreadOf(found.thread);
  if (found.process.id === task.process.id || self.trace || !mayTrace(task, groupOf(found.process))) return -EPERM;
  beginTrace(self, task.group.pid);
  signalThread(task.linux, found.thread, kernelSignal(SIGSTOP));
  return 0;
}

/** Works on running tracees too. */
function kill(task: Task, wanted: number): number {
  const found = findByTid(task.linux, wanted);
  if (!found || linuxThreadOf(found.thread).trace?.tracer !== task.group.pid) return -ESRCH;
  endGroup(task.linux, found.process, SIGKILL);
  return 0;
}

function resume(mode: number): Request {
  return (task, { thread, process }, _, signal) => {
    if (signal > SIGRTMAX) return -EIO;
    if (signal === SIGKILL) endGroup(task.linux, process, SIGKILL);
    else resumeTraced(task.linux, thread, mode, signal);
    return 0;
  };
}

function detach(task: Task, { thread }: Tracee, _: number, signal: number): number {
  if (signal > SIGRTMAX) return -EIO;
  endTrace(task.linux, thread, signal);
  return 0;
}

function peek(task: Task, { process }: Tracee, address: number, data: number): number {
  const bytes = new Uint8Array(8);
  if (copyFromUser(task.kernel, process, address, bytes) < 8) return -EIO;
  return giveBytes(task, data, bytes);
}

function poke(task: Task, { process }: Tracee, address: number): number {
  const bytes = new Uint8Array(new BigUint64Array([task.frame.big(cpu.R10)]).buffer);
  return writeForeign(task.kernel, process, address, bytes) === bytes.length ? 0 : -EIO;
}

/** `struct user_regs_struct`; the selectors never change. */
const USER_REGISTERS: readonly (number | { readonly selector: number })[] = [
  cpu.R15,
  cpu.R14,
  cpu.R13,
  cpu.R12,
  cpu.RBP,
  cpu.RBX,
  cpu.R11,
  cpu.R10,
  cpu.R9,
  cpu.R8,
  cpu.RAX,
  cpu.RCX,
  cpu.RDX,
  cpu.RSI,
  cpu.RDI,
  // orig_rax
  { selector: -1 },
  RIP,
  { selector: 0x33 },
  RFLAGS,
  cpu.RSP,
  { selector: 0x2b },
  FS_BASE,
  GS_BASE,
  { selector: 0 },
  { selector: 0 },
  { selector: 0 },
  { selector: 0 },
];

function registersOf(task: Task, { thread }: Tracee): Registers {
  return task.linux.routines.getContextThreadInternal(thread);
}

/** Before a system call RAX reads as ENOSYS, and its number is in orig_rax; outside of calls that is -1. */
function encodeRegisters(task: Task, tracee: Tracee): Uint8Array {
  const registers = registersOf(task, tracee);
  const bytes = new Uint8Array(abi.USER_REGISTERS_SIZE);
  const view = new DataView(bytes.buffer);
  USER_REGISTERS.forEach((register, index) => {
    const value = typeof register === 'number' ? registers.big(register) : BigInt(register.selector);
    view.setBigUint64(index * 8, BigInt.asUintN(64, value), true);
  });
  const number = numberOf(tracee);
  view.setBigInt64(abi.USER_ORIG_RAX, BigInt(number), true);
  if (tracee.trace.call >= 0) view.setBigInt64(abi.USER_RAX, BigInt(-ENOSYS), true);
  return bytes;
}

function numberOf({ trace }: Tracee): number {
  return trace.call >= 0 ? trace.call : trace.last;
}

function decodeRegisters(task: Task, tracee: Tracee, view: DataView): number {
  const registers = registersOf(task, tracee);
  USER_REGISTERS.forEach((register, index) => {
    if (typeof register === 'number') registers.setBig(register, view.getBigUint64(index * 8, true));
  });
  // Before a call its number is what counts.
  if (tracee.trace.call >= 0) {
    tracee.trace.call = view.getInt32(abi.USER_ORIG_RAX, true);
    registers.setNumber(cpu.RAX, tracee.trace.call);
  }
  return setContext(task, tracee, registers);
}

function setContext(task: Task, { thread }: Tracee, registers: Registers): number {
  task.linux.routines.setContextThreadInternal(thread, registers);
  return 0;
}

function setRegisters(task: Task, tracee: Tracee, _: number, data: number): number {
  const view = readView(task, data, abi.USER_REGISTERS_SIZE);
  return view ? decodeRegisters(task, tracee, view) : -EFAULT;
}

/** Behind the registers of `struct user` everything reads as zero: there are no debug registers. */
function peekUser(task: Task, tracee: Tracee, offset: number, data: number): number {
  if (offset % 8 !== 0 || offset >= abi.USER_SIZE) return -EIO;
  const bytes = new Uint8Array(8);
  if (offset < abi.USER_REGISTERS_SIZE) bytes.set(encodeRegisters(task, tracee).subarray(offset, offset + 8));
  if (offset >= abi.USER_DEBUG_REGISTERS) bytes.set(encodeLongs([debugRegister(tracee.thread, debugIndex(offset))]));
  return giveBytes(task, data, bytes);
}

function debugIndex(offset: number): number {
  return (offset - abi.USER_DEBUG_REGISTERS) / 8;
}

function pokeUser(task: Task, tracee: Tracee, offset: number): number {
  if (offset % 8 !== 0 || offset >= abi.USER_SIZE) return -EIO;
  if (offset >= abi.USER_DEBUG_REGISTERS) {
    const value = Number(task.frame.big(cpu.R10));
    return setDebugRegister(task.kernel, tracee.thread, debugIndex(offset), value) ? 0 : -EINVAL;
  }
  if (offset >= abi.USER_REGISTERS_SIZE) return -EIO;
  const view = new DataView(encodeRegisters(task, tracee).buffer);
  view.setBigUint64(offset, task.frame.big(cpu.R10), true);
  return decodeRegisters(task, tracee, view);
}

/** A set of registers by its NT_ type, as core files and PTRACE_GETREGSET have it (linux/elf.h). */
interface RegisterSet {
  encode(task: Task, tracee: Tracee): Uint8Array;
  /** Sets all of it; a negative error where the processor would refuse. */
  decode(task: Task, tracee: Tracee, bytes: Uint8Array): number;
}

const FLOATING_POINT: RegisterSet = {
  encode: (task, tracee) => encodeFxsave(registersOf(task, tracee)),
  decode(task, tracee, bytes) {
    const registers = registersOf(task, tracee);
    decodeFxsave(bytes, registers, X87 | SSE);
    return setContext(task, tracee, registers);
  },
};

const REGISTER_SETS: ReadonlyMap<number, RegisterSet> = new Map([
  [
    abi.NT_PRSTATUS,
    {
      encode: encodeRegisters,
      decode: (task, tracee, bytes) => decodeRegisters(task, tracee, new DataView(bytes.buffer, bytes.byteOffset)),
    },
  ],
  [abi.NT_PRFPREG, FLOATING_POINT],
  [
    abi.NT_X86_XSTATE,
    {
      encode: (task, tracee) => encodeTraced(registersOf(task, tracee), task.kernel.processor.enabled),
      decode(task, tracee, bytes) {
        const registers = registersOf(task, tracee);
        if (!decodeArea(bytes, registers, task.kernel.processor.enabled)) return -EINVAL;
        return setContext(task, tracee, registers);
      },
    },
  ],
]);

function setFloatingPoint(task: Task, tracee: Tracee, _: number, data: number): number {
  const bytes = readBytes(task, data, FXSAVE_SIZE);
  return bytes ? FLOATING_POINT.decode(task, tracee, bytes) : -EFAULT;
}

/** `data` is a `struct iovec` whose length becomes what was moved. */
function getRegisterSet(task: Task, tracee: Tracee, type: number, data: number): number {
  const vector = readView(task, data, 16);
  if (!vector) return -EFAULT;
  const set = REGISTER_SETS.get(type)?.encode(task, tracee);
  if (!set) return -EINVAL;
  const part = set.subarray(0, Math.min(set.length, longAt(vector, 8)));
  return giveBytes(task, longAt(vector, 0), part) || (writeLong(task, data + 8, part.length) ? 0 : -EFAULT);
}

function setRegisterSet(task: Task, tracee: Tracee, type: number, data: number): number {
  const vector = readView(task, data, 16);
  if (!vector) return -EFAULT;
  const set = REGISTER_SETS.get(type);
  if (!set) return -EINVAL;
  const bytes = set.encode(task, tracee);
  const given = readBytes(task, longAt(vector, 0), Math.min(bytes.length, longAt(vector, 8)));
  if (!given) return -EFAULT;
  bytes.set(given);
  return set.decode(task, tracee, bytes);
}

function setOptions(_task: Task, { trace }: Tracee, _: number, options: number): number {
  if (options & ~abi.PTRACE_O_MASK) return -EINVAL;
  trace.options = options;
  return 0;
}
