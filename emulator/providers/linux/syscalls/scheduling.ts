/** Scheduling: priorities, policies, processors (sched(7)). */

import { QUANTUM } from '../../../kernel/ke/priority.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { E2BIG, EACCES, EFAULT, EINVAL, EPERM, ESRCH } from '../abi/errno.ts';
import { RLIMIT_NICE, RLIMIT_RTPRIO } from '../abi/sched.ts';
import * as abi from '../abi/scheduling.ts';
import { findByTid, liveProcesses, threadsOf } from '../process/lookup.ts';
import { applyScheduling, type Scheduling } from '../process/priority.ts';
import { groupOf, isPrivileged, linuxThreadOf, type Task } from '../task.ts';
import { encodeLongs, giveBytes, readView, setLongAt, writeBytes } from '../userMemory.ts';
import { choice, int, out, pid, pointer, size, unsigned } from './arguments.ts';
import { call, partly, type Row } from './row.ts';

const which = choice('which', abi.PRIO_NAMES);
const policy = choice('policy', abi.SCHED_POLICIES);

export const schedulingRows: readonly Row[] = [
  call(24, 'sched_yield', [], schedYield),
  call(140, 'getpriority', [which, int('who')], getpriority),
  call(141, 'setpriority', [which, int('who'), int('prio')], setpriority),
  call(142, 'sched_setparam', [pid(), pointer('param', 'const struct sched_param *')], schedSetparam),
  call(143, 'sched_getparam', [pid(), out('param', 'struct sched_param *')], schedGetparam),
  partly(
    call(144, 'sched_setscheduler', [pid(), policy, pointer('param', 'const struct sched_param *')], schedSetscheduler),
    'Quanta end for SCHED_FIFO too; no SCHED_DEADLINE.',
  ),
  call(145, 'sched_getscheduler', [pid()], schedGetscheduler),
  call(146, 'sched_get_priority_max', [policy], (_, wanted) => priorityRange(wanted)?.[1] ?? -EINVAL),
  call(147, 'sched_get_priority_min', [policy], (_, wanted) => priorityRange(wanted)?.[0] ?? -EINVAL),
  call(148, 'sched_rr_get_interval', [pid(), out('tp', 'struct timespec *')], schedRrGetInterval),
  call(203, 'sched_setaffinity', [pid(), size('cpusetsize'), pointer('mask', 'const cpu_set_t *')], schedSetaffinity),
  call(204, 'sched_getaffinity', [pid(), size('cpusetsize'), out('mask', 'cpu_set_t *')], schedGetaffinity),
  partly(
    call(314, 'sched_setattr', [pid(), pointer('attr', 'struct sched_attr *'), unsigned('flags')], schedSetattr),
    'Quanta end for SCHED_FIFO too; no SCHED_DEADLINE, no utilization clamps.',
  ),
  call(
    315,
    'sched_getattr',
    [pid(), out('attr', 'struct sched_attr *'), unsigned('size'), unsigned('flags')],
    schedGetattr,
  ),
];

/** The kernel goes round its ready threads: an empty quantum puts this one at the end. */
function schedYield(task: Task): number {
  task.thread.quantum = 0;
  return 0;
}

function priorityRange(wanted: number): readonly [number, number] | undefined {
  if (abi.isRealTime(wanted)) return [1, abi.MAX_RT_PRIORITY];
  return abi.SCHED_POLICIES.some(([known]) => known === wanted) ? [0, 0] : undefined;
}

/** By tid; 0 is the caller. */
function threadOf(task: Task, tid: number): Thread | undefined {
  return tid === 0 ? task.thread : findByTid(task.linux, tid)?.thread;
}

function isOwn(task: Task, thread: Thread): boolean {
  const { euid } = task.group.credentials;
  const process = task.kernel.state.processes.get(thread.process);
  if (!process || isPrivileged(task)) return true;
  const { uid, euid: other } = groupOf(process).credentials;
  return euid === uid || euid === other;
}

function selectThreads(task: Task, kind: number, who: number): Thread[] | number {
  if (kind < abi.PRIO_PROCESS || kind > abi.PRIO_USER) return -EINVAL;
  if (kind === abi.PRIO_PROCESS) {
    const thread = threadOf(task, who);
    return thread ? [thread] : -ESRCH;
  }
  const { processGroup, credentials } = task.group;
  const found = liveProcesses(task.linux)
    .filter(process => {
      const group = groupOf(process);
      if (kind === abi.PRIO_PGRP) return group.processGroup === (who || processGroup);
      return group.credentials.uid === (who || credentials.uid);
    })
    .flatMap(process => threadsOf(task.linux, process));
  return found.length > 0 ? found : -ESRCH;
}

/** The system call answers 20 - nice, so that no answer looks like an error. */
function getpriority(task: Task, kind: number, who: number): number {
  const threads = selectThreads(task, kind, who);
  if (typeof threads === 'number') return threads;
  return threads.reduce((best, thread) => Math.max(best, 20 - linuxThreadOf(thread).scheduling.nice), 1);
}

function setpriority(task: Task, kind: number, who: number, wanted: number): number {
  const threads = selectThreads(task, kind, who);
  if (typeof threads === 'number') return threads;
  const nice = Math.min(19, Math.max(-20, wanted));
  let answer = 0;
  for (const thread of threads) {
    const refused = isOwn(task, thread) ? setNice(task, thread, nice) : -EPERM;
    if (refused < 0) answer = refused;
  }
  return answer;
}

function setNice(task: Task, thread: Thread, nice: number): number {
  const { scheduling } = linuxThreadOf(thread);
  const isAllowed = nice >= scheduling.nice || 20 - nice <= task.group.limits[RLIMIT_NICE].soft;
  if (!isAllowed && !isPrivileged(task)) return -EACCES;
  scheduling.nice = nice;
  applyScheduling(task.kernel, thread);
  return 0;
}

function schedSetscheduler(task: Task, tid: number, wanted: number, address: number): number {
  if (wanted < 0) return -EINVAL;
  return setParameters(task, tid, address, wanted);
}

function schedSetparam(task: Task, tid: number, address: number): number {
  return setParameters(task, tid, address);
}

/** `struct sched_param` is the priority. */
function setParameters(task: Task, tid: number, address: number, wanted?: number): number {
  if (tid < 0 || address === 0) return -EINVAL;
  const view = readView(task, address, 4);
  if (!view) return -EFAULT;
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  const { scheduling } = linuxThreadOf(thread);
  const resetOnFork = wanted === undefined ? scheduling.resetOnFork : (wanted & abi.SCHED_RESET_ON_FORK) !== 0;
  const plain = wanted === undefined ? scheduling.policy : wanted & ~abi.SCHED_RESET_ON_FORK;
  return change(task, thread, { ...scheduling, policy: plain, priority: view.getInt32(0, true), resetOnFork });
}

function change(task: Task, thread: Thread, wanted: Scheduling): number {
  const range = priorityRange(wanted.policy);
  if (!range || wanted.policy === abi.SCHED_DEADLINE) return -EINVAL;
  if (wanted.priority < range[0] || wanted.priority > range[1]) return -EINVAL;
  const self = linuxThreadOf(thread);
  if (!isPrivileged(task)) {
    if (!isOwn(task, thread)) return -EPERM;
    const limit = task.group.limits[RLIMIT_RTPRIO].soft;
    const raises = wanted.policy !== self.scheduling.policy || wanted.priority > self.scheduling.priority;
    if (abi.isRealTime(wanted.policy) && raises && wanted.priority > limit) return -EPERM;
    if (self.scheduling.resetOnFork && !wanted.resetOnFork) return -EPERM;
  }
  self.scheduling = wanted;
  applyScheduling(task.kernel, thread);
  return 0;
}

function schedGetscheduler(task: Task, tid: number): number {
  if (tid < 0) return -EINVAL;
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  const { policy: present, resetOnFork } = linuxThreadOf(thread).scheduling;
  return present | (resetOnFork ? abi.SCHED_RESET_ON_FORK : 0);
}

function schedGetparam(task: Task, tid: number, address: number): number {
  if (tid < 0 || address === 0) return -EINVAL;
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  return giveBytes(task, address, new Uint8Array(new Int32Array([linuxThreadOf(thread).scheduling.priority]).buffer));
}

/** All policies share the kernel's quantum; SCHED_FIFO says that it has none. */
function schedRrGetInterval(task: Task, tid: number, address: number): number {
  if (tid < 0) return -EINVAL;
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  const quantum = linuxThreadOf(thread).scheduling.policy === abi.SCHED_FIFO ? 0 : QUANTUM;
  return giveBytes(task, address, encodeLongs([0, quantum]));
}

function schedSetaffinity(task: Task, tid: number, bytes: number, address: number): number {
  const view = readView(task, address, Math.min(bytes, 128));
  if (!view) return -EFAULT;
  const thread = threadOf(task, tid);
  if (tid < 0 || !thread) return -ESRCH;
  if (!isOwn(task, thread)) return -EPERM;
  return bytes > 0 && view.getUint8(0) & 1 ? 0 : -EINVAL;
}

function schedGetaffinity(task: Task, tid: number, bytes: number, address: number): number {
  if (bytes < 8 || bytes % 8 !== 0) return -EINVAL;
  if (tid < 0 || !threadOf(task, tid)) return -ESRCH;
  const mask = new Uint8Array(8);
  mask[0] = 1;
  return writeBytes(task, address, mask) ? 8 : -EFAULT;
}

function schedSetattr(task: Task, tid: number, address: number, attrFlags: number): number {
  if (address === 0 || tid < 0 || attrFlags !== 0) return -EINVAL;
  const view = readView(task, address, abi.SCHED_ATTR_SIZE);
  if (!view) return -EFAULT;
  const bytes = view.getUint32(0, true);
  if (bytes !== 0 && bytes < abi.SCHED_ATTR_SIZE) {
    setLongAt(view, 0, abi.SCHED_ATTR_SIZE);
    writeBytes(task, address, new Uint8Array(view.buffer, 0, 4));
    return -E2BIG;
  }
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  const nice = Math.min(19, Math.max(-20, view.getInt32(16, true)));
  const wanted = view.getUint32(4, true);
  const { scheduling } = linuxThreadOf(thread);
  const refused = change(task, thread, {
    policy: wanted,
    priority: view.getUint32(20, true),
    nice: scheduling.nice,
    resetOnFork: (view.getUint32(8, true) & abi.SCHED_FLAG_RESET_ON_FORK) !== 0,
  });
  return refused < 0 || abi.isRealTime(wanted) ? refused : setNice(task, thread, nice);
}

function schedGetattr(task: Task, tid: number, address: number, bytes: number, attrFlags: number): number {
  if (address === 0 || tid < 0 || bytes < abi.SCHED_ATTR_SIZE || bytes > 4096 || attrFlags !== 0) return -EINVAL;
  const thread = threadOf(task, tid);
  if (!thread) return -ESRCH;
  const { policy: present, priority, nice, resetOnFork } = linuxThreadOf(thread).scheduling;
  const view = new DataView(new ArrayBuffer(abi.SCHED_ATTR_SIZE));
  view.setUint32(0, abi.SCHED_ATTR_SIZE, true);
  view.setUint32(4, present, true);
  view.setUint32(8, resetOnFork ? abi.SCHED_FLAG_RESET_ON_FORK : 0, true);
  view.setInt32(16, nice, true);
  view.setUint32(20, priority, true);
  return giveBytes(task, address, new Uint8Array(view.buffer));
}
