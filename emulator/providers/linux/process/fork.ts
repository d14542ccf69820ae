/** fork(2), vfork(2) and clone(2): new processes with a copy of the memory, new threads in the same. */

import { FS_BASE, RAX, type Registers, RSP } from '../../../cpu/registers.ts';
import { createEvent } from '../../../kernel/ke/event.ts';
import { PICO_CLONE_PARENT, PICO_CLONE_REDUCED_COMMIT, PICO_INHERIT_HANDLES } from '../../../kernel/ps/pico.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import { findProcess } from '../../../kernel/ps/process.ts';
import { copyToUser } from '../../../kernel/mm/copy.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EAGAIN, EFAULT, EINVAL, EMFILE } from '../abi/errno.ts';
import * as sched from '../abi/sched.ts';
import { SS_DISABLE } from '../abi/signal.ts';
import { duplicateDescriptors, install } from '../files/descriptors.ts';
import { createProcessFile } from '../files/processFile.ts';
import { NO_TIME } from './processorTime.ts';
import { writeInt } from '../userMemory.ts';
import { getInode } from '../files/inodes.ts';
import { sayOnce } from '../instance.ts';
import { actionsAfterExec } from '../signals/action.ts';
import { groupOf, type LinuxThread, type Task, type ThreadGroup } from '../task.ts';
import { blockUninterruptibly, scratch } from '../wait.ts';
import { creationError, freshThread, refuseProcess } from './begin.ts';
import { createThread as createPicoThread } from './createThread.ts';
import { findGroup, threadsOf } from './lookup.ts';
import { followClone } from './trace.ts';
import { inheritPorts } from './ports.ts';
import { applyScheduling, inheritScheduling } from './priority.ts';

export interface CloneRequest {
  /** CLONE_* and the exit signal in the lowest byte. */
  readonly flags: number;
  /** Stack pointer of the child, or 0 to keep the parent's. */
  readonly stack: number;
  readonly parentTid: number;
  readonly childTid: number;
  readonly tls: number;
  /** Where CLONE_PIDFD puts a descriptor of the child. */
  readonly pidFd: number;
  /** Handled signals are back to their defaults in the child (CLONE_CLEAR_SIGHAND). */
  readonly clearsHandlers?: boolean;
}

export function cloneTask(task: Task, request: CloneRequest): number {
  const { flags } = request;
  if (task.self.scratch) return waitForVfork(task, task.self.scratch.subject);
  if (flags & sched.CLONE_REFUSED) return -EINVAL;
  if (flags & sched.CLONE_THREAD && !(flags & sched.CLONE_SIGHAND)) return -EINVAL;
  if (flags & sched.CLONE_SIGHAND && !(flags & sched.CLONE_VM)) return -EINVAL;
  if (flags & sched.CLONE_PIDFD && flags & (sched.CLONE_THREAD | sched.CLONE_DETACHED)) return -EINVAL;
  return flags & sched.CLONE_THREAD ? createThread(task, request) : createChild(task, request);
}

function childRegisters(task: Task, request: CloneRequest): Registers {
  const registers = task.linux.routines.getContextThreadInternal(task.thread);
  registers.setNumber(RAX, 0);
  if (request.stack !== 0) registers.setNumber(RSP, request.stack);
  if (request.flags & sched.CLONE_SETTLS) registers.setNumber(FS_BASE, request.tls);
  return registers;
}

/** The child's idea of itself: the parent's mask and stack, no signals of its own yet. */
function childThread(task: Task, request: CloneRequest): LinuxThread {
  const self = freshThread(0, task.self.comm);
  self.blocked = task.self.blocked;
  const keepsStack = (request.flags & (sched.CLONE_VM | sched.CLONE_VFORK)) !== sched.CLONE_VM;
  self.alternateStack = keepsStack ? { ...task.self.alternateStack } : { address: 0, size: 0, flags: SS_DISABLE };
  self.timerSlack = task.self.timerSlack;
  self.ports = inheritPorts(task.self);
  self.scheduling = inheritScheduling(task.self.scheduling);
  if (request.flags & sched.CLONE_CHILD_CLEARTID) self.clearChildTid = request.childTid;
  return self;
}

function announceTid(task: Task, child: Process, request: CloneRequest, tid: number): void {
  const word = new Uint8Array(new Int32Array([tid]).buffer);
  if (request.flags & sched.CLONE_PARENT_SETTID) copyToUser(task.kernel, task.process, request.parentTid, word);
  // Memory that they share has it, too.
  if (request.flags & sched.CLONE_PARENT_SETTID && request.flags & sched.CLONE_VM && child !== task.process)
    copyToUser(task.kernel, child, request.parentTid, word);
  if (request.flags & sched.CLONE_CHILD_SETTID) copyToUser(task.kernel, child, request.childTid, word);
}

function createThread(task: Task, request: CloneRequest): number {
  const { linux, process } = task;
  if (threadsOf(linux, process).length >= linux.limits.threads) {
    sayOnce(linux, `The limit of ${linux.limits.threads} threads in a process was met; clone fails with EAGAIN.`);
    return -EAGAIN;
  }
  const self = childThread(task, request);
  const { thread } = createPicoThread(
    linux,
    { process, registers: childRegisters(task, request), context: self },
    self.comm,
  );
  if (!thread) return -EAGAIN;
  self.tid = thread.id;
  announceTid(task, process, request, self.tid);
  applyScheduling(task.kernel, thread);
  followClone(task, thread, request.flags);
  linux.routines.resumeThread(thread);
  return self.tid;
}

/**
 * The kernel clones the address space, the provider everything else, and a thread starts with the parent's registers and
 * RAX 0. Memory shared by vfork or CLONE_VM is copied instead, as fork does: the child's stores stay its own.
 */
function createChild(task: Task, request: CloneRequest): number {
  const { linux, process, group } = task;
  const refused =
    refuseProcess(linux) || (request.flags & sched.CLONE_PIDFD ? refuseDescriptor(task, request.pidFd) : 0);
  if (refused < 0) return refused;
  const childGroup = copyGroup(group, request);
  // fork(2) promises no memory: who writes too much later is killed.
  const flags = PICO_CLONE_PARENT | PICO_INHERIT_HANDLES | PICO_CLONE_REDUCED_COMMIT;
  const info = { imageFileName: group.executable, commandLine: process.commandLine };
  const created = linux.routines.createProcess({ parent: process, context: childGroup, flags }, info);
  if (!succeeded(created.status) || !created.process) return creationError(linux);
  const child = created.process;
  childGroup.pid = child.id;
  childGroup.childEvent = createEvent(linux.kernel, 'notification');
  childGroup.descriptors = duplicateDescriptors(linux, group);
  getInode(linux, group.executableInode).opens++;

  const self = childThread(task, request);
  self.tid = child.id;
  const { thread } = createPicoThread(
    linux,
    { process: child, registers: childRegisters(task, request), context: self },
    self.comm,
  );
  if (!thread) {
    linux.routines.terminateProcess(child, 0);
    return creationError(linux);
  }
  childGroup.leader = thread.id;
  announceTid(task, child, request, self.tid);
  if (request.flags & sched.CLONE_PIDFD)
    writeInt(task, request.pidFd, install(task, createProcessFile(linux, child.id, 0), true));
  applyScheduling(task.kernel, thread);
  followClone(task, thread, request.flags);
  if (request.flags & sched.CLONE_VFORK) childGroup.vforkEvent = createEvent(linux.kernel, 'notification');
  linux.routines.resumeThread(thread);
  return request.flags & sched.CLONE_VFORK ? waitForVfork(task, child.id) : child.id;
}

/** A child is not made if there is no descriptor for it, or no place to write that to. */
function refuseDescriptor(task: Task, address: number): number {
  const { descriptors, limits } = task.group;
  let free = 0;
  while (descriptors[free]) free++;
  if (free >= Math.min(limits[sched.RLIMIT_NOFILE].soft, task.linux.limits.openFiles)) return -EMFILE;
  return writeInt(task, address, free) ? 0 : -EFAULT;
}

function copyGroup(parent: ThreadGroup, request: CloneRequest): ThreadGroup {
  const { flags } = request;
  return {
    ...parent,
    pid: 0,
    parent: flags & sched.CLONE_PARENT ? parent.parent : parent.pid,
    arguments: [...parent.arguments],
    environment: [...parent.environment],
    credentials: {
      ...parent.credentials,
      groups: [...parent.credentials.groups],
      capabilities: { ...parent.credentials.capabilities },
    },
    descriptors: [],
    actions: request.clearsHandlers ? actionsAfterExec(parent.actions) : parent.actions.map(action => ({ ...action })),
    pending: [],
    asyncContexts: [],
    transfers: { read: 0, written: 0, reads: 0, writes: 0 },
    limits: parent.limits.map(limit => ({ ...limit })),
    memory: { ...parent.memory, locksFuture: false, modules: parent.memory.modules.map(module => ({ ...module })) },
    timers: [],
    signalEvent: 0,
    sleepingTimers: 0,
    exitStatus: -1,
    leaderStatus: -1,
    lastTracer: 0,
    stopSignal: 0,
    unreportedChange: -1,
    vforkEvent: 0,
    exitSignal: flags & sched.CSIGNAL,
    childrenTime: NO_TIME,
    childrenPeak: 0,
    peak: 0,
    subreaper: false,
    barriers: 0,
    executed: false,
  };
}

/** The parent stands still until the child has started a program or ended. */
function waitForVfork(task: Task, pid: number): number {
  const process = findProcess(task.kernel, pid);
  const group = process && findGroup(task.linux, pid) ? groupOf(process) : undefined;
  if (!group || group.vforkEvent === 0) return pid;
  scratch(task, () => ({})).subject = pid;
  return blockUninterruptibly(task, [group.vforkEvent], 'vfork');
}
