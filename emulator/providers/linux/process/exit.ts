/** Ending threads and processes: what is told to whom, and what is left for the parent to wait for. */

import { deleteEvent, pulseEvent, setEvent } from '../../../kernel/ke/event.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { CORE_DUMPED, exitedStatus, RLIMIT_CORE } from '../abi/sched.ts';
import {
  CLD_DUMPED,
  CLD_EXITED,
  CLD_KILLED,
  defaultAction,
  SA_NOCLDWAIT,
  SIG_IGN,
  SIGCHLD,
  SIGKILL,
  signalName,
} from '../abi/signal.ts';
import { closeDescriptor } from '../files/descriptors.ts';
import { announceEnd } from '../files/processFile.ts';
import { leaveTerminal } from '../files/pseudoTerminal.ts';
import { getInode } from '../files/inodes.ts';
import { undoSemaphores } from '../ipc/semaphores.ts';
import { type Linux, stateOf } from '../instance.ts';
import { childSignal, kernelSignal, type SignalInfo } from '../signals/info.ts';
import { signalProcess, signalThread } from '../signals/send.ts';
import { groupOf, linuxThreadOf, type ThreadGroup } from '../task.ts';
import { copyToUser } from '../../../kernel/mm/copy.ts';
import { dropAsyncContexts } from './asyncContext.ts';
import { releaseRobustList, wakeFutex } from './futex.ts';
import { findGroup, liveProcesses, threadsOf } from './lookup.ts';
import { releaseTracees } from './trace.ts';
import { deleteTimers } from './timers.ts';
import { addTimes, usedBy } from './processorTime.ts';
import type { Zombie } from './zombie.ts';

/** The process ends by a signal: by now every thread of it. */
export function endGroup(linux: Linux, process: Process, signal: number): void {
  const group = groupOf(process);
  // Where a native system writes no core file (RLIMIT_CORE 0), the status has no core bit either.
  const dumps = defaultAction(signal) === 'core' && group.limits[RLIMIT_CORE].soft > 0;
  endProcess(linux, process, signal | (dumps ? CORE_DUMPED : 0));
}

/** exit_group(2) and deadly signals; `status` as wait(2) gives it. */
export function endProcess(linux: Linux, process: Process, status: number): void {
  const group = groupOf(process);
  if (group.exitStatus < 0) group.exitStatus = status;
  linux.routines.terminateProcess(process, exitCodeOf(status));
}

/** What a shell would show: the exit code, or 128 and the signal. */
export function exitCodeOf(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}

export function describeStatus(status: number): string {
  const signal = status & 0x7f;
  return signal === 0 ? `exited with code ${(status >> 8) & 0xff}` : `killed by ${signalName(signal)}`;
}

/** The kernel's ExitThread callback: the thread runs no more, its memory is still there. */
export function exitThread(linux: Linux, thread: Thread): void {
  const process = linux.kernel.state.processes.get(thread.process);
  const self = linuxThreadOf(thread);
  if (!process || !self) return;
  if (self.tid === process.id) groupOf(process).lastTracer = self.trace?.tracer ?? 0;
  releaseRobustList(linux, process, self);
  if (self.clearChildTid !== 0) {
    copyToUser(linux.kernel, process, self.clearChildTid, new Uint8Array(4));
    wakeFutex(linux, process, self.clearChildTid, 1);
  }
}

/** The kernel's ExitProcess callback: all threads have ended. */
export function exitProcess(linux: Linux, process: Process): void {
  const group = groupOf(process);
  if (!group || group.pid !== process.id) return;
  if (group.exitStatus < 0)
    group.exitStatus = group.leaderStatus >= 0 ? group.leaderStatus : exitedStatus(process.exitStatus);
  deleteTimers(linux, group, () => true);
  undoSemaphores(linux, group.pid);
  dropAsyncContexts(linux, group);
  group.descriptors.forEach((_, fd) => closeDescriptor(linux, group, fd));
  getInode(linux, group.executableInode).opens--;
  leaveTerminal(linux, group);
  finishVfork(linux, group);
  giveAwayChildren(linux, group);
  releaseTracees(linux, group.pid, tracee => endGroup(linux, tracee, SIGKILL));
  const traced = [...stateOf(linux).zombies.values()].filter(({ tracer }) => tracer === group.pid);
  for (const zombie of traced) passToParent(linux, zombie);
  tellParent(linux, process, group);
  deleteEvent(linux.kernel, group.childEvent);
  if (group.signalEvent !== 0) deleteEvent(linux.kernel, group.signalEvent);
  announceEnd(linux, group.pid);
}

/** The parent of a vfork goes on: its child has its own memory now, or is no more. */
export function finishVfork(linux: Linux, group: ThreadGroup): void {
  if (group.vforkEvent === 0) return;
  setEvent(linux.kernel, group.vforkEvent);
  deleteEvent(linux.kernel, group.vforkEvent);
  group.vforkEvent = 0;
}

/**
 * Children go to the next ancestor that wants orphans, or to init (pid 1), which waits for them at once; it is not a
 * process here. Those that asked for it hear of the end.
 */
function giveAwayChildren(linux: Linux, group: ThreadGroup): void {
  const heir = reaperOf(linux, group);
  for (const child of liveProcesses(linux)) {
    if (groupOf(child).parent !== group.pid) continue;
    groupOf(child).parent = heir?.group.pid ?? 1;
    for (const thread of threadsOf(linux, child)) {
      const { deathSignal } = linuxThreadOf(thread);
      if (deathSignal !== 0) signalThread(linux, thread, kernelSignal(deathSignal));
    }
  }
  const { zombies } = stateOf(linux);
  for (const zombie of zombies.values()) {
    if (zombie.parent !== group.pid) continue;
    if (!heir && zombie.tracer === 0) zombies.delete(zombie.pid);
    else if (!heir) zombie.parent = 1;
    else {
      zombie.parent = heir.group.pid;
      signalProcess(linux, heir.process, { ...childInformation(zombie.status, zombie), signal: zombie.exitSignal });
      pulseEvent(linux.kernel, heir.group.childEvent);
    }
  }
}

function reaperOf(linux: Linux, group: ThreadGroup): ReturnType<typeof findGroup> {
  let ancestor = findGroup(linux, group.parent);
  while (ancestor && !ancestor.group.subreaper) ancestor = findGroup(linux, ancestor.group.parent);
  return ancestor;
}

/** What SIGCHLD says of a process that ended with `status`. */
function childInformation(status: number, { pid, uid }: { pid: number; uid: number }): SignalInfo {
  const signal = status & 0x7f;
  const code = signal === 0 ? CLD_EXITED : status & CORE_DUMPED ? CLD_DUMPED : CLD_KILLED;
  return childSignal(SIGCHLD, code, pid, uid, signal === 0 ? status >> 8 : signal);
}

function tellParent(linux: Linux, process: Process, group: ThreadGroup): void {
  const tracer = findGroup(linux, group.lastTracer);
  if (tracer && tracer.group.pid !== group.parent) {
    const zombie = { ...zombieOf(process, group), tracer: tracer.group.pid };
    stateOf(linux).zombies.set(group.pid, zombie);
    signalProcess(linux, tracer.process, childInformation(zombie.status, zombie));
    pulseEvent(linux.kernel, tracer.group.childEvent);
    return;
  }
  tellOfZombie(linux, zombieOf(process, group));
}

/** The tracer knows of the end, or is no more: now the parent hears of it. */
export function passToParent(linux: Linux, zombie: Zombie): void {
  stateOf(linux).zombies.delete(zombie.pid);
  tellOfZombie(linux, { ...zombie, tracer: 0 });
}

function tellOfZombie(linux: Linux, zombie: Zombie): void {
  const parent = findGroup(linux, zombie.parent);
  if (!parent) return;
  const action = parent.group.actions[SIGCHLD];
  const isForgotten =
    zombie.exitSignal === SIGCHLD && (action.handler === SIG_IGN || (action.flags & SA_NOCLDWAIT) !== 0);
  if (!isForgotten) stateOf(linux).zombies.set(zombie.pid, zombie);
  if (zombie.exitSignal !== 0)
    signalProcess(linux, parent.process, { ...childInformation(zombie.status, zombie), signal: zombie.exitSignal });
  pulseEvent(linux.kernel, parent.group.childEvent);
}

function zombieOf(process: Process, group: ThreadGroup): Zombie {
  return {
    pid: group.pid,
    parent: group.parent,
    tracer: 0,
    processGroup: group.processGroup,
    uid: group.credentials.uid,
    status: group.exitStatus,
    exitSignal: group.exitSignal,
    time: addTimes(usedBy(process), group.childrenTime),
    peak: Math.max(group.peak, group.childrenPeak, process.peakCommit),
  };
}
