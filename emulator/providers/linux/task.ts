/**
 * Processes and threads as Linux sees them: a thread group belongs to a process of the kernel, a Linux thread to a thread
 * of the kernel. Both are the pico contexts of their owners, and plain data.
 */

import { getProcess, type Process } from '../../kernel/ps/process.ts';
import type { TrapFrame } from '../../kernel/ps/pico.ts';
import type { Thread } from '../../kernel/ps/thread.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { SignalSet } from './abi/signal.ts';
import type { Linux } from './instance.ts';
import type { AsyncContext } from './process/asyncContext.ts';
import type { Capabilities } from './process/capabilities.ts';
import type { PortRights } from './process/ports.ts';
import type { Scheduling } from './process/priority.ts';
import type { ProcessorTime } from './process/processorTime.ts';
import type { ProcessTimer } from './process/timers.ts';
import type { Trace } from './process/trace.ts';
import type { SignalAction } from './signals/action.ts';
import type { SignalInfo } from './signals/info.ts';

export interface Credentials {
  uid: number;
  euid: number;
  suid: number;
  /** For files (setfsuid(2)): follows the effective user unless it is set on its own. */
  fsuid: number;
  gid: number;
  egid: number;
  sgid: number;
  fsgid: number;
  groups: number[];
  capabilities: Capabilities;
}

export interface Descriptor {
  file: number;
  closeOnExec: boolean;
}

/** A resource limit; Infinity for none. */
export interface ResourceLimit {
  soft: number;
  hard: number;
}

export interface GuestMapping {
  path: string;
  base: number;
  size: number;
  bias: number;
}

/** Where the parts of a program's memory lie that the kernel itself lays out. */
export interface MemoryLayout {
  breakStart: number;
  break: number;
  /** The heap may not reach this address. */
  breakLimit: number;
  /** Pages below this address are committed. */
  breakCommitted: number;
  stackTop: number;
  stackBottom: number;
  /** As the program found it on its stack, for /proc/<pid>/auxv. */
  auxiliaryVector: number[];
  /** mlockall(2) with MCL_FUTURE: what is mapped from now on is locked. */
  locksFuture: boolean;
  modules: GuestMapping[];
}

/** What read(2), write(2) and their kin have moved, for /proc/<pid>/io. */
export interface Transfers {
  /** Bytes. */
  read: number;
  written: number;
  /** Calls. */
  reads: number;
  writes: number;
}

/** What a process is to Linux; `process.picoContext`. */
export interface ThreadGroup {
  /** The kernel's process id: what the debugger shows is what getpid(2) says. */
  pid: number;
  parent: number;
  processGroup: number;
  session: number;
  /** Kernel thread whose tid is the pid. */
  leader: number;
  executable: string;
  executableInode: number;
  arguments: string[];
  environment: string[];
  credentials: Credentials;
  root: number;
  directory: number;
  umask: number;
  /** By descriptor; holes are closed. */
  descriptors: (Descriptor | undefined)[];
  /** By signal number; 0 is unused. */
  actions: SignalAction[];
  pending: SignalInfo[];
  limits: ResourceLimit[];
  memory: MemoryLayout;
  timers: ProcessTimer[];
  /** How many of them sleep because the process waits. */
  sleepingTimers: number;
  /** Wait status once the group is ending, or -1. */
  exitStatus: number;
  /** What exit(2) of the leader said while other threads go on; the wait status if nobody says otherwise. */
  leaderStatus: number;
  /** Who traced the first thread when that ended, or 0. */
  lastTracer: number;
  /** Signal that stopped it, or 0. */
  stopSignal: number;
  /** A stop or continuation that the parent has not waited for yet: a wait status, or -1. */
  unreportedChange: number;
  /** Pulsed whenever a child changes its state. */
  childEvent: number;
  /** Pulsed whenever a signal comes that waits; 0 until somebody reads signals from a descriptor. */
  signalEvent: number;
  /** PR_SET_DUMPABLE: others of the same user may look into it. */
  dumpable: boolean;
  /** PR_SET_KEEPCAPS: leaving root leaves the permitted capabilities. */
  keepsCapabilities: boolean;
  /** PR_SET_NO_NEW_PRIVS: set-id bits of programs mean nothing. */
  noNewPrivileges: boolean;
  /** PR_SET_CHILD_SUBREAPER: orphans below it become its children. */
  subreaper: boolean;
  personality: number;
  asyncContexts: AsyncContext[];
  /** oom_score_adj of /proc. */
  oomAdjustment: number;
  transfers: Transfers;
  /** What it has registered for with membarrier(2). */
  barriers: number;
  /** Set when this process, made by vfork, has started another program or ended; 0 otherwise. */
  vforkEvent: number;
  /** Signal the parent gets at the end. */
  exitSignal: number;
  /** What waited-for children have used. */
  childrenTime: ProcessorTime;
  /** Most pages that one of them had, and that this process had before execve. */
  childrenPeak: number;
  peak: number;
  /** The program has been replaced by execve at least once: setpgid of the parent is refused then (setpgid(2)). */
  executed: boolean;
}

/** What a restarted system call remembers of its earlier run. */
export interface Scratch {
  /** Virtual time at which it gives up, or -1. */
  due: number;
  /** Bytes already moved. */
  done: number;
  /** Process or futex waiter that it waits for, or 0. */
  subject: number;
}

/** A call that a signal interrupted: whether to start it again is known when the signal has been dealt with. */
export interface Restart {
  number: number;
  /** ERESTARTSYS and its kind. */
  condition: number;
}

/** What a thread is to Linux; `thread.picoContext`. */
export interface LinuxThread {
  tid: number;
  /** TASK_COMM: at most 15 bytes. */
  comm: string;
  blocked: SignalSet;
  /** Mask to go back to once a handler has been entered (sigsuspend, ppoll, pselect), if it differs. */
  savedMask: SignalSet | undefined;
  pending: SignalInfo[];
  /** Signals that sigtimedwait(2) waits for: they end its wait although they are blocked. */
  awaited: SignalSet;
  alternateStack: { address: number; size: number; flags: number };
  clearChildTid: number;
  /** PR_SET_PDEATHSIG: what it gets when its parent ends, or 0. */
  deathSignal: number;
  /** Nanoseconds; kept and told. */
  timerSlack: number;
  scheduling: Scheduling;
  robustList: number;
  /** Since it has asked for ports. */
  ports: PortRights | undefined;
  scratch: Scratch | undefined;
  restart: Restart | undefined;
  /** While another process traces it. */
  trace: Trace | undefined;
  /** The last processor exception, for signal frames. */
  trap: { vector: number; errorCode: number; address: number };
}

/** The thread that a system call, exception or signal is served for. */
export interface Task {
  linux: Linux;
  kernel: Kernel;
  process: Process;
  thread: Thread;
  frame: TrapFrame;
  group: ThreadGroup;
  self: LinuxThread;
  /** Set by an argument that could not be fetched: the negative error to answer instead of calling the handler. */
  refusal: number;
}

/** Fills `task` for `thread`, whose registers are in `frame`. */
export function enterTask(task: Task, thread: Thread, frame: TrapFrame): Task {
  task.thread = thread;
  task.frame = frame;
  task.process = getProcess(task.kernel, thread.process);
  task.group = task.process.picoContext as ThreadGroup;
  task.self = thread.picoContext as LinuxThread;
  task.refusal = 0;
  return task;
}

/** The thread group of `process` if it is one of Linux's. */
export function groupOf(process: Process): ThreadGroup {
  return process.picoContext as ThreadGroup;
}

export function linuxThreadOf(thread: Thread): LinuxThread {
  return thread.picoContext as LinuxThread;
}

/** Whether files see the task as one of that group, by its file system or supplementary ids. */
export function isInGroup({ group }: Task, gid: number): boolean {
  return group.credentials.fsgid === gid || group.credentials.groups.includes(gid);
}

export function isPrivileged(task: Task): boolean {
  return task.group.credentials.euid === 0;
}

/** For files: root's capabilities over them come and go with the user for files (capabilities(7)). */
export function rulesFiles(task: Task): boolean {
  return task.group.credentials.fsuid === 0;
}
