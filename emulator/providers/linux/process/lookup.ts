/** Finding processes and threads by Linux's ids. A pid is the kernel's process id; a leader's tid is its pid. */

import { findProcess, type Process } from '../../../kernel/ps/process.ts';
import { findThread, type Thread } from '../../../kernel/ps/thread.ts';
import type { Linux } from '../instance.ts';
import { groupOf, linuxThreadOf, type ThreadGroup } from '../task.ts';

/** The processes of this provider that have not ended. */
export function liveProcesses(linux: Linux): Process[] {
  return [...linux.kernel.state.processes.values()].filter(process => isLinuxProcess(process));
}

function isLinuxProcess(process: Process): boolean {
  const context = process.picoContext as Partial<ThreadGroup> | undefined;
  return process.state === 'running' && context?.descriptors !== undefined && context.pid === process.id;
}

export function findGroup(linux: Linux, pid: number): { process: Process; group: ThreadGroup } | undefined {
  const process = findProcess(linux.kernel, pid);
  return process && isLinuxProcess(process) ? { process, group: groupOf(process) } : undefined;
}

/** The live processes of a process group. */
export function groupMembers(linux: Linux, processGroup: number): Process[] {
  return liveProcesses(linux).filter(process => groupOf(process).processGroup === processGroup);
}

/** Live threads of a process. */
export function threadsOf(linux: Linux, process: Process): Thread[] {
  return process.threads
    .map(id => findThread(linux.kernel, id))
    .filter((thread): thread is Thread => thread !== undefined && thread.state !== 'terminated');
}

export function findByTid(linux: Linux, tid: number): { process: Process; thread: Thread } | undefined {
  const leader = findGroup(linux, tid);
  const thread = leader ? findThread(linux.kernel, leader.group.leader) : findThread(linux.kernel, tid);
  if (!thread || thread.state === 'terminated') return undefined;
  const found = findGroup(linux, thread.process);
  return found && linuxThreadOf(thread).tid === tid ? { process: found.process, thread } : undefined;
}
