/**
 * Tracing: threads that stop for another process and wait to be told how to go on (ptrace(2)). A stopped thread is
 * suspended; what it stopped for, and what else it will stop for before it runs, is part of it.
 */

import { queueUserApc } from '../../../kernel/ke/apc.ts';
import { pulseEvent } from '../../../kernel/ke/event.ts';
import { waitForObjects } from '../../../kernel/ke/wait.ts';
import { getProcess, type Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { RAX, RFLAGS, TF } from '../../../cpu/registers.ts';
import * as abi from '../abi/ptrace.ts';
import * as sched from '../abi/sched.ts';
import { CLD_TRAPPED, SIGCHLD, SIGSTOP, SIGTRAP } from '../abi/signal.ts';
import type { Linux } from '../instance.ts';
import { childSignal, kernelSignal, type SignalInfo } from '../signals/info.ts';
import { SIGNAL_APC, signalProcess, signalThread } from '../signals/send.ts';
import { groupOf, linuxThreadOf, type LinuxThread, type Task } from '../task.ts';
import { findByTid, findGroup, liveProcesses, threadsOf } from './lookup.ts';

export interface TraceStop {
  /** What wait(2) says above the 0x7f: a signal, and above that an event. */
  status: number;
  /** The signal that is about to be delivered, if that is why. */
  info: SignalInfo | undefined;
  message: number;
}

export interface Trace {
  /** Process that traces the thread. */
  tracer: number;
  /** PTRACE_O_* */
  options: number;
  stop: TraceStop | undefined;
  /** The tracer has not waited for the stop yet. */
  unreported: boolean;
  /** Stops that follow before the thread runs. */
  following: TraceStop[];
  /** PTRACE_CONT, PTRACE_SYSCALL or PTRACE_SINGLESTEP. */
  mode: number;
  /** In a system call whose entry was told: its number; or -1. */
  call: number;
  /** Number of the call whose exit was told last, while it is stopped there; or -1. */
  last: number;
  /** A signal that the tracer lets through: it stops nobody again. */
  passing: SignalInfo | undefined;
  message: number;
}

/** PTRACE_EVENT_* of a clone. */
type CloneEvent = { readonly option: number; readonly event: number };

export function beginTrace(self: LinuxThread, tracer: number, options = 0): Trace {
  self.trace = {
    tracer,
    options,
    stop: undefined,
    unreported: false,
    following: [],
    mode: abi.PTRACE_CONT,
    call: -1,
    last: -1,
    passing: undefined,
    message: 0,
  };
  return self.trace;
}

/** Stops the thread, or has it stop once more after the stop that it is in. */
export function stopForTracer(linux: Linux, thread: Thread, stop: TraceStop): void {
  const { trace } = linuxThreadOf(thread);
  if (!trace) return;
  if (trace.stop) {
    trace.following.push(stop);
    return;
  }
  linux.routines.suspendThread(thread);
  enterStop(linux, thread, trace, stop);
}

function enterStop(linux: Linux, thread: Thread, trace: Trace, stop: TraceStop): void {
  trace.stop = stop;
  trace.unreported = true;
  trace.message = stop.message;
  const tracer = findGroup(linux, trace.tracer);
  if (!tracer) return;
  const { uid } = groupOf(getProcess(linux.kernel, thread.process)).credentials;
  pulseEvent(linux.kernel, tracer.group.childEvent);
  const told = childSignal(SIGCHLD, CLD_TRAPPED, linuxThreadOf(thread).tid, uid, stop.status & 0x7f);
  signalProcess(linux, tracer.process, told);
}

/** Lets a stopped thread go on as `mode` says, with a signal or 0. */
export function resumeTraced(linux: Linux, thread: Thread, mode: number, signal: number): void {
  const self = linuxThreadOf(thread);
  const { trace } = self;
  if (!trace?.stop) return;
  const { info } = trace.stop;
  trace.mode = mode;
  trace.stop = undefined;
  trace.unreported = false;
  if (signal !== 0) trace.passing = info?.signal === signal ? info : kernelSignal(signal);
  const next = trace.following.shift();
  if (!next) trace.last = -1;
  if (next && (next.info || isEvent(next) || mode === abi.PTRACE_SYSCALL)) {
    enterStop(linux, thread, trace, next);
    return;
  }
  const registers = linux.routines.getContextThreadInternal(thread);
  const flags = registers.low(RFLAGS);
  const wanted = mode === abi.PTRACE_SINGLESTEP ? flags | TF : flags & ~TF;
  if (wanted !== flags) {
    registers.setNumber(RFLAGS, wanted);
    linux.routines.setContextThreadInternal(thread, registers);
  }
  // The delivery that the stop interrupted goes on.
  queueUserApc(linux.kernel, thread, SIGNAL_APC);
  linux.routines.resumeThread(thread);
}

function isEvent({ status }: TraceStop): boolean {
  return status > 0xff;
}

/** The thread is its own again. */
export function endTrace(linux: Linux, thread: Thread, signal = 0): void {
  const self = linuxThreadOf(thread);
  if (!self.trace) return;
  self.trace.following = [];
  if (self.trace.stop) resumeTraced(linux, thread, abi.PTRACE_CONT, signal);
  const { passing } = self.trace;
  self.trace = undefined;
  if (passing) signalThread(linux, thread, passing);
}

/** A process ends: whom it traced is free, or ends with it. */
export function releaseTracees(linux: Linux, tracer: number, kill: (process: Process) => void): void {
  for (const process of liveProcesses(linux))
    for (const thread of threadsOf(linux, process)) {
      const { trace } = linuxThreadOf(thread);
      if (trace?.tracer !== tracer) continue;
      const ends = (trace.options & abi.PTRACE_O_EXITKILL) !== 0;
      endTrace(linux, thread);
      if (ends) kill(process);
    }
}

/** The thread that the caller traces, stopped as most requests want it. */
export function findTracee(task: Task, tid: number): Thread | undefined {
  const thread = findByTid(task.linux, tid)?.thread;
  const trace = thread && linuxThreadOf(thread).trace;
  return trace?.tracer === task.group.pid && trace.stop ? thread : undefined;
}

/** Threads that a process traces, in all processes. */
export function traceesOf(linux: Linux, tracer: number): Thread[] {
  return liveProcesses(linux)
    .flatMap(process => threadsOf(linux, process))
    .filter(thread => linuxThreadOf(thread).trace?.tracer === tracer);
}

/** True if the signal has to wait for what the tracer says. */
export function interceptSignal(task: Task, info: SignalInfo): boolean {
  if (!task.self.trace) return false;
  stopForTracer(task.linux, task.thread, { status: info.signal, info, message: 0 });
  return true;
}

function callStop(trace: Trace): TraceStop {
  const status = trace.options & abi.PTRACE_O_TRACESYSGOOD ? SIGTRAP | 0x80 : SIGTRAP;
  return { status, info: undefined, message: 0 };
}

/** Before a system call; true if the tracer is to be told first: then the call starts again afterwards. */
export function stopAtEntry({ linux, kernel, thread, frame, self }: Task): boolean {
  const { trace } = self;
  if (!trace || trace.mode !== abi.PTRACE_SYSCALL || trace.call >= 0) return false;
  trace.call = frame.low(RAX);
  stopForTracer(linux, thread, callStop(trace));
  waitForObjects(kernel, thread, { objects: [], reason: 'tracer' });
  return true;
}

/** After a system call, with its answer in RAX. */
export function stopAtExit({ linux, thread, self }: Task): void {
  const { trace } = self;
  if (!trace || trace.call < 0) return;
  trace.last = trace.call;
  trace.call = -1;
  if (trace.mode === abi.PTRACE_SYSCALL) stopForTracer(linux, thread, callStop(trace));
}

/** execve has replaced the program: an event, or the trap of old; then the call's exit. */
export function stopAtExec(task: Task): void {
  const { linux, thread, self, group } = task;
  const { trace } = self;
  if (!trace) return;
  if (trace.options & abi.PTRACE_O_TRACEEXEC) {
    const status = SIGTRAP | (abi.PTRACE_EVENT_EXEC << 8);
    stopForTracer(linux, thread, { status, info: undefined, message: group.pid });
  } else signalThread(linux, thread, kernelSignal(SIGTRAP));
  stopAtExit(task);
}

function cloneEvent(cloneFlags: number): CloneEvent {
  if (cloneFlags & sched.CLONE_VFORK) return { option: abi.PTRACE_O_TRACEVFORK, event: abi.PTRACE_EVENT_VFORK };
  if ((cloneFlags & sched.CSIGNAL) === SIGCHLD) return { option: abi.PTRACE_O_TRACEFORK, event: abi.PTRACE_EVENT_FORK };
  return { option: abi.PTRACE_O_TRACECLONE, event: abi.PTRACE_EVENT_CLONE };
}

/** A new thread of a traced one: traced too if the tracer asked for it, and stopped before its first instruction. */
export function followClone(task: Task, child: Thread, cloneFlags: number): void {
  const { linux, thread, self } = task;
  const { trace } = self;
  const { option, event } = cloneEvent(cloneFlags);
  if (!trace || !(trace.options & option)) return;
  const followed = linuxThreadOf(child);
  beginTrace(followed, trace.tracer, trace.options);
  signalThread(linux, child, kernelSignal(SIGSTOP));
  stopForTracer(linux, thread, { status: SIGTRAP | (event << 8), info: undefined, message: followed.tid });
}
