/** Processes and threads: making, replacing, ending and waiting for them. */

import { FS_BASE, GS_BASE } from '../../../cpu/registers.ts';
import { USER_LIMIT } from '../../../base/pages.ts';
import { exitedStatus } from '../abi/sched.ts';
import * as sched from '../abi/sched.ts';
import { E2BIG, ECHILD, EFAULT, EINVAL, ENOENT, EPERM, ESRCH, isError } from '../abi/errno.ts';
import { AT_EMPTY_PATH, AT_FDCWD, AT_FLAGS } from '../abi/fcntl.ts';
import { CLD_CONTINUED, CLD_DUMPED, CLD_EXITED, CLD_KILLED, CLD_STOPPED, SIGCHLD, SIGCONT } from '../abi/signal.ts';
import { anyFileOf } from '../files/openFile.ts';
import { pidOfFile } from '../files/processFile.ts';
import { cloneTask } from '../process/fork.ts';
import { endProcess } from '../process/exit.ts';
import { execute } from '../process/exec.ts';
import { type ChildFilter, type ChildReport, filterOf, waitForChild } from '../process/wait.ts';
import { childSignal, encodeSignalInfo } from '../signals/info.ts';
import { mayTrace } from '../process/access.ts';
import { findByTid, threadsOf } from '../process/lookup.ts';
import { groupOf, linuxThreadOf, type Task } from '../task.ts';
import { giveBytes, longAt, readLong, readText, readView, writeBytes, writeInt, writeLong } from '../userMemory.ts';
import { choice, directoryFd, flags, int, out, path, pid, pointer, printed, size, strings } from './arguments.ts';
import { call, expected, missing, oneWay, partly, type Row, UNANSWERED } from './row.ts';
import { flagText } from '../abi/flagNames.ts';
import { signalName } from '../abi/signal.ts';
import { startOf } from './start.ts';
import { encodeUsage } from './usage.ts';

const SHARED_MEMORY_NOTE = 'Processes that share memory (CLONE_VM without CLONE_THREAD) get a copy. No namespaces.';

export const processRows: readonly Row[] = [
  partly(
    call(
      56,
      'clone',
      [
        printed('flags', 'unsigned long', cloneFlagsText),
        pointer('stack'),
        out('parent_tid', 'int *'),
        out('child_tid', 'int *'),
        pointer('tls'),
      ],
      clone,
    ),
    SHARED_MEMORY_NOTE,
  ),
  call(57, 'fork', [], task => cloneTask(task, plainClone(SIGCHLD))),
  partly(
    call(58, 'vfork', [], task => cloneTask(task, plainClone(sched.CLONE_VFORK | sched.CLONE_VM | SIGCHLD))),
    'The child has a copy of the memory.',
  ),
  call(59, 'execve', [path(), strings('argv'), strings('envp')], (task, name, argv, envp) =>
    execveat(task, AT_FDCWD, name, argv, envp, 0),
  ),
  oneWay(call(60, 'exit', [int('status')], exit)),
  partly(
    call(
      61,
      'wait4',
      [pid(), out('wstatus', 'int *'), flags('options', sched.WAIT_FLAGS), out('rusage', 'struct rusage *')],
      wait4,
    ),
    'Of the usage only the time is known.',
  ),
  call(158, 'arch_prctl', [choice('code', sched.ARCH_PRCTL_CODES), pointer('addr', 'unsigned long')], archPrctl),
  call(218, 'set_tid_address', [pointer('tidptr', 'int *')], setTidAddress),
  oneWay(call(231, 'exit_group', [int('status')], exitGroup)),
  call(
    247,
    'waitid',
    [
      choice('idtype', sched.WAIT_ID_TYPES),
      pid('id'),
      out('infop', 'siginfo_t *'),
      flags('options', sched.WAIT_FLAGS),
      out('rusage', 'struct rusage *'),
    ],
    waitid,
  ),
  call(273, 'set_robust_list', [pointer('head', 'struct robust_list_head *'), size('len')], setRobustList),
  call(274, 'get_robust_list', [pid(), out('head_ptr'), out('len_ptr', 'size_t *')], getRobustList),
  call(322, 'execveat', [directoryFd(), path(), strings('argv'), strings('envp'), flags('flags', AT_FLAGS)], execveat),
  expected(
    missing(334, 'rseq', 'Restartable sequences need a scheduler that cuts into user code; libraries do without.'),
  ),
  partly(call(435, 'clone3', [pointer('cl_args', 'struct clone_args *'), size('size')], clone3), SHARED_MEMORY_NOTE),
];

function cloneFlagsText(value: number): string {
  const signal = value & sched.CSIGNAL;
  const rest = flagText(value & ~sched.CSIGNAL, sched.CLONE_FLAGS, '');
  return [rest, signal === 0 ? '' : signalName(signal)].filter(Boolean).join('|') || '0';
}

function plainClone(cloneFlags: number): Parameters<typeof cloneTask>[1] {
  return { flags: cloneFlags, stack: 0, parentTid: 0, childTid: 0, tls: 0, pidFd: 0 };
}

function clone(
  task: Task,
  cloneFlags: number,
  stack: number,
  parentTid: number,
  childTid: number,
  tls: number,
): number {
  // One place cannot hold both.
  if (cloneFlags & sched.CLONE_PIDFD && cloneFlags & sched.CLONE_PARENT_SETTID && !task.self.scratch) return -EINVAL;
  return cloneTask(task, { flags: cloneFlags, stack, parentTid, childTid, tls, pidFd: parentTid });
}

/** CLONE_ARGS_SIZE_VER0: all fields but those of namespaces and control groups. */
const CLONE_ARGS_SIZE = 64;

/** `struct clone_args` (clone3(2)): the stack is its lowest address and its size. */
function clone3(task: Task, address: number, bytes: number): number {
  if (bytes < CLONE_ARGS_SIZE) return -EINVAL;
  const view = readView(task, address, CLONE_ARGS_SIZE);
  if (!view) return -EFAULT;
  const [flagsLow, flagsHigh] = [view.getInt32(0, true), view.getInt32(4, true)];
  const stack = longAt(view, 40);
  if (flagsHigh & ~sched.CLONE_CLEAR_SIGHAND_HIGH || flagsLow & sched.CSIGNAL) return -EINVAL;
  return cloneTask(task, {
    flags: flagsLow | view.getInt32(32, true),
    stack: stack === 0 ? 0 : stack + longAt(view, 48),
    parentTid: longAt(view, 24),
    childTid: longAt(view, 16),
    tls: longAt(view, 56),
    pidFd: longAt(view, 8),
    clearsHandlers: (flagsHigh & sched.CLONE_CLEAR_SIGHAND_HIGH) !== 0,
  });
}

/** Longest list of arguments or variables, before their bytes are counted. */
const MOST_STRINGS = 0x1_0000;
/** MAX_ARG_STRLEN: 32 pages. */
const LONGEST_STRING = 0x2_0000;

function readStrings(task: Task, address: number): string[] | number {
  const texts: string[] = [];
  if (address === 0) return texts;
  for (let at = address; texts.length < MOST_STRINGS; at += 8) {
    const item = readLong(task, at);
    if (item === undefined) return -EFAULT;
    if (item === 0) return texts;
    const text = readText(task, item, LONGEST_STRING);
    if (typeof text === 'number') return text === -EFAULT ? -EFAULT : -E2BIG;
    texts.push(text);
  }
  return -E2BIG;
}

function execveat(task: Task, directory: number, name: string, argv: number, envp: number, execFlags: number): number {
  const words = readStrings(task, argv);
  if (isError(words)) return words;
  const environment = readStrings(task, envp);
  if (isError(environment)) return environment;
  const start = startOf(task, directory, name);
  if (isError(start)) return start;
  if (name !== '') return execute(task, name, words, environment, start);
  if ((execFlags & AT_EMPTY_PATH) === 0) return -ENOENT;
  const file = anyFileOf(task, directory);
  return isError(file) ? file : execute(task, `/proc/self/fd/${directory}`, words, environment);
}

/** exit(2): this thread only; with the last one the process ends. */
function exit(task: Task, status: number): number {
  const { group, linux, process, thread } = task;
  if (threadsOf(linux, process).length === 1) return exitGroup(task, status);
  if (task.self.tid === group.pid) group.leaderStatus = exitedStatus(status);
  linux.routines.terminateThread(thread, status);
  return UNANSWERED;
}

function exitGroup(task: Task, status: number): number {
  endProcess(task.linux, task.process, exitedStatus(status));
  return UNANSWERED;
}

function wait4(task: Task, wanted: number, statusAddress: number, options: number, usageAddress: number): number {
  if (options & ~(sched.WNOHANG | sched.WUNTRACED | sched.WCONTINUED | ANY_CHILDREN)) return -EINVAL;
  if (wanted === -0x8000_0000) return -ESRCH;
  const report = waitForChild(task, filterOf(task, wanted), options | sched.WEXITED);
  if (typeof report === 'number') return report;
  if (statusAddress !== 0 && !writeInt(task, statusAddress, report.status)) return -EFAULT;
  if (usageAddress !== 0 && !writeBytes(task, usageAddress, encodeUsage(report.time))) return -EFAULT;
  return report.pid;
}

/** Options that say which children count: also those that make other signals than SIGCHLD when they end. */
const ANY_CHILDREN = sched.WNOTHREAD | sched.WALL | sched.WCLONE;

function selectChildren(task: Task, idType: number, id: number): ChildFilter | number {
  switch (idType) {
    case sched.P_ALL:
      return filterOf(task, -1);
    case sched.P_PID:
      return id <= 0 ? -EINVAL : filterOf(task, id);
    case sched.P_PGID:
      return id < 0 ? -EINVAL : filterOf(task, -id);
    case sched.P_PIDFD: {
      const wanted = pidOfFile(task, id);
      return wanted === -ESRCH ? -ECHILD : wanted < 0 ? wanted : filterOf(task, wanted);
    }
    default:
      return -EINVAL;
  }
}

function waitid(
  task: Task,
  idType: number,
  id: number,
  infoAddress: number,
  options: number,
  usageAddress: number,
): number {
  const kinds = sched.WEXITED | sched.WUNTRACED | sched.WCONTINUED;
  if (options & ~(kinds | sched.WNOHANG | sched.WNOWAIT | ANY_CHILDREN) || (options & kinds) === 0) return -EINVAL;
  const filter = selectChildren(task, idType, id);
  if (typeof filter === 'number') return filter;
  const report = waitForChild(task, filter, options);
  if (typeof report === 'number') {
    if (report === 0 && infoAddress !== 0) return giveBytes(task, infoAddress, new Uint8Array(128));
    return report;
  }
  if (usageAddress !== 0 && !writeBytes(task, usageAddress, encodeUsage(report.time))) return -EFAULT;
  return infoAddress === 0 ? 0 : giveBytes(task, infoAddress, encodeSignalInfo(childInfo(report)));
}

function childInfo({ pid: child, uid, status }: ChildReport): ReturnType<typeof childSignal> {
  const signal = status & 0x7f;
  if (status === sched.CONTINUED_STATUS) return childSignal(SIGCHLD, CLD_CONTINUED, child, uid, SIGCONT);
  if (signal === 0) return childSignal(SIGCHLD, CLD_EXITED, child, uid, status >> 8);
  if (signal === 0x7f) return childSignal(SIGCHLD, CLD_STOPPED, child, uid, status >> 8);
  return childSignal(SIGCHLD, status & sched.CORE_DUMPED ? CLD_DUMPED : CLD_KILLED, child, uid, signal);
}

function archPrctl(task: Task, code: number, address: number): number {
  const { frame, linux } = task;
  switch (code) {
    case sched.ARCH_SET_FS:
    case sched.ARCH_SET_GS:
      if (address >= USER_LIMIT) return -EPERM;
      linux.routines.setThreadDescriptorBase(code === sched.ARCH_SET_FS ? 'fs' : 'gs', address);
      return 0;
    case sched.ARCH_GET_FS:
      return writeLong(task, address, frame.number(FS_BASE)) ? 0 : -EFAULT;
    case sched.ARCH_GET_GS:
      return writeLong(task, address, frame.number(GS_BASE)) ? 0 : -EFAULT;
    default:
      return -EINVAL;
  }
}

function setTidAddress(task: Task, address: number): number {
  task.self.clearChildTid = address;
  return task.self.tid;
}

function setRobustList(task: Task, head: number, bytes: number): number {
  if (bytes !== 24) return -EINVAL;
  task.self.robustList = head;
  return 0;
}

function getRobustList(task: Task, thread: number, headAddress: number, sizeAddress: number): number {
  const found = thread === 0 ? task : findByTid(task.linux, thread);
  if (!found) return -ESRCH;
  if (!mayTrace(task, groupOf(found.process))) return -EPERM;
  return writeLong(task, headAddress, linuxThreadOf(found.thread).robustList) && writeLong(task, sizeAddress, 24)
    ? 0
    : -EFAULT;
}
