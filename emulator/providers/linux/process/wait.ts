/** wait4(2) and waitid(2): what became of children. */

import { ECHILD } from '../abi/errno.ts';
import { CONTINUED_STATUS, WALL, WCLONE, WCONTINUED, WEXITED, WNOHANG, WNOWAIT, WUNTRACED } from '../abi/sched.ts';
import { SIGCHLD } from '../abi/signal.ts';
import { stateOf } from '../instance.ts';
import { getProcess } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { groupOf, linuxThreadOf, type Task } from '../task.ts';
import { traceesOf } from './trace.ts';
import { passToParent } from './exit.ts';
import { block } from '../wait.ts';
import { addTimes, NO_TIME, type ProcessorTime } from './processorTime.ts';
import { liveProcesses } from './lookup.ts';

export interface ChildReport {
  readonly pid: number;
  readonly uid: number;
  /** As wait(2) gives it. */
  readonly status: number;
  readonly time: ProcessorTime;
}

/** Which children count: by pid, by process group, or all. */
export type ChildFilter = (child: {
  readonly pid: number;
  readonly processGroup: number;
  readonly exitSignal: number;
}) => boolean;

/** The pid argument of wait4(2). */
export function filterOf(task: Task, pid: number): ChildFilter {
  if (pid === -1) return () => true;
  if (pid > 0) return child => child.pid === pid;
  const wanted = pid === 0 ? task.group.processGroup : -pid;
  return child => child.processGroup === wanted;
}

/**
 * A child that has something to report, 0 with WNOHANG if none has, UNANSWERED while the task waits, or a negative error.
 */
export function waitForChild(task: Task, wanted: ChildFilter, options: number): ChildReport | number {
  const matches: ChildFilter = child => wanted(child) && isOfKind(child.exitSignal, options);
  const zombie = options & WEXITED ? findZombie(task, matches, options) : undefined;
  if (zombie) return zombie;
  const stopped = findTraceStop(task, wanted, options);
  if (stopped) return stopped;
  const changed = findChanged(task, matches, options);
  if (changed) return changed;
  if (!hasChildren(task, matches, options)) return -ECHILD;
  if (options & WNOHANG) return 0;
  return block(task, [task.group.childEvent], 'child');
}

/** __WCLONE means children that do not say SIGCHLD when they end, __WALL both kinds (wait(2)). */
function isOfKind(exitSignal: number, options: number): boolean {
  return (options & WALL) !== 0 || (exitSignal !== SIGCHLD) === ((options & WCLONE) !== 0);
}

function findZombie(task: Task, matches: ChildFilter, options: number): ChildReport | undefined {
  const { zombies } = stateOf(task.linux);
  const { pid } = task.group;
  for (const zombie of zombies.values()) {
    if (zombie.tracer === pid && matches(zombie)) {
      if ((options & WNOWAIT) === 0) passToParent(task.linux, zombie);
      return zombie;
    }
    // A parent waits until the tracer has.
    if (zombie.parent !== pid || zombie.tracer !== 0 || !matches(zombie)) continue;
    if ((options & WNOWAIT) === 0) {
      zombies.delete(zombie.pid);
      task.group.childrenTime = addTimes(task.group.childrenTime, zombie.time);
      task.group.childrenPeak = Math.max(task.group.childrenPeak, zombie.peak);
    }
    return zombie;
  }
  return undefined;
}

/** A thread that stopped for the task, its child or not; whatever the options say, but for waitid's WSTOPPED. */
function findTraceStop(task: Task, matches: ChildFilter, options: number): ChildReport | undefined {
  for (const thread of traceesOf(task.linux, task.group.pid)) {
    const { trace, tid } = linuxThreadOf(thread);
    const group = groupOf(getProcess(task.kernel, thread.process));
    if (!trace?.stop || !trace.unreported || !matches({ ...group, pid: tid })) continue;
    if ((options & WNOWAIT) === 0) trace.unreported = false;
    return { pid: tid, uid: group.credentials.uid, status: (trace.stop.status << 8) | 0x7f, time: NO_TIME };
  }
  return undefined;
}

function findChanged(task: Task, matches: ChildFilter, options: number): ChildReport | undefined {
  for (const process of liveProcesses(task.linux)) {
    const group = groupOf(process);
    if (group.parent !== task.group.pid || group.unreportedChange < 0 || !matches(group)) continue;
    const wanted = group.unreportedChange === CONTINUED_STATUS ? WCONTINUED : WUNTRACED;
    if ((options & wanted) === 0) continue;
    const status = group.unreportedChange;
    if ((options & WNOWAIT) === 0) group.unreportedChange = -1;
    return { pid: group.pid, uid: group.credentials.uid, status, time: NO_TIME };
  }
  return undefined;
}

function isTraceeOf(task: Task, thread: Thread, matches: ChildFilter): boolean {
  return matches({ ...groupOf(getProcess(task.kernel, thread.process)), pid: linuxThreadOf(thread).tid });
}

/** Who does not wait for ends does not wait for those that have ended. */
function hasChildren(task: Task, matches: ChildFilter, options: number): boolean {
  const { pid } = task.group;
  for (const zombie of options & WEXITED ? stateOf(task.linux).zombies.values() : [])
    if ((zombie.parent === pid || zombie.tracer === pid) && matches(zombie)) return true;
  if (traceesOf(task.linux, pid).some(thread => isTraceeOf(task, thread, matches))) return true;
  return liveProcesses(task.linux).some(process => groupOf(process).parent === pid && matches(groupOf(process)));
}
