/** Records of new processes and threads, and starting the first program. */

import type { ProgramStart } from '../../../kernel/ps/pico.ts';
import { initialRegisters } from '../../../cpu/registers.ts';
import { createEvent } from '../../../kernel/ke/event.ts';
import type { Process } from '../../../kernel/ps/process.ts';
import type { Thread } from '../../../kernel/ps/thread.ts';
import { succeeded } from '../../../kernel/status.ts';
import { EAGAIN, isError } from '../abi/errno.ts';
import { O_RDONLY, O_WRONLY } from '../abi/fcntl.ts';
import { DEFAULT_TIMER_SLACK } from '../abi/prctl.ts';
import * as sched from '../abi/sched.ts';
import { SIGCHLD, SS_DISABLE } from '../abi/signal.ts';
import { S_IFIFO } from '../abi/stat.ts';
import { createInode, isDirectory } from '../files/inode.ts';
import { getInode } from '../files/inodes.ts';
import { createFile } from '../files/openFile.ts';
import { openConsole } from '../files/pseudoTerminal.ts';
import { find } from '../files/walk.ts';
import { type Linux, sayOnce, stateOf } from '../instance.ts';
import { loadImage } from '../load/image.ts';
import { LoadError } from '../load/loadError.ts';
import { findProgram, type Program } from '../load/program.ts';
import { defaultActions } from '../signals/action.ts';
import type { Credentials, LinuxThread, MemoryLayout, ResourceLimit, Task, ThreadGroup } from '../task.ts';
import { initialCapabilities } from './capabilities.ts';
import { createThread } from './createThread.ts';
import { liveProcesses } from './lookup.ts';
import { NO_TIME } from './processorTime.ts';
import { defaultScheduling } from './priority.ts';

const MEGABYTE = 0x10_0000;

export function freshThread(tid: number, comm: string): LinuxThread {
  return {
    tid,
    comm,
    blocked: 0n,
    savedMask: undefined,
    pending: [],
    awaited: 0n,
    alternateStack: { address: 0, size: 0, flags: SS_DISABLE },
    clearChildTid: 0,
    deathSignal: 0,
    timerSlack: DEFAULT_TIMER_SLACK,
    scheduling: defaultScheduling(),
    robustList: 0,
    ports: undefined,
    scratch: undefined,
    restart: undefined,
    trace: undefined,
    trap: { vector: 0, errorCode: 0, address: 0 },
  };
}

function emptyMemory(): MemoryLayout {
  return {
    breakStart: 0,
    break: 0,
    breakLimit: 0,
    breakCommitted: 0,
    stackTop: 0,
    stackBottom: 0,
    locksFuture: false,
    auxiliaryVector: [],
    modules: [],
  };
}

function initialLimits(linux: Linux): ResourceLimit[] {
  const infinite = sched.RLIM_INFINITY;
  const limits = Array.from({ length: sched.RLIM_NLIMITS }, () => ({ soft: infinite, hard: infinite }));
  const { processes, openFiles } = linux.limits;
  limits[sched.RLIMIT_STACK] = { soft: 8 * MEGABYTE, hard: infinite };
  limits[sched.RLIMIT_CORE] = { soft: 0, hard: infinite };
  limits[sched.RLIMIT_NPROC] = { soft: processes, hard: processes };
  limits[sched.RLIMIT_NOFILE] = { soft: openFiles, hard: openFiles };
  limits[sched.RLIMIT_MEMLOCK] = { soft: 8 * MEGABYTE, hard: 8 * MEGABYTE };
  limits[sched.RLIMIT_SIGPENDING] = { soft: 1024, hard: 1024 };
  limits[sched.RLIMIT_MSGQUEUE] = { soft: 819_200, hard: 819_200 };
  limits[sched.RLIMIT_NICE] = { soft: 0, hard: 0 };
  limits[sched.RLIMIT_RTPRIO] = { soft: 0, hard: 0 };
  return limits;
}

function initialGroup(linux: Linux): ThreadGroup {
  const { uid = 0, gid = 0 } = linux.options;
  const credentials: Credentials = {
    uid,
    euid: uid,
    fsuid: uid,
    suid: uid,
    gid,
    egid: gid,
    fsgid: gid,
    sgid: gid,
    groups: [gid],
    capabilities: initialCapabilities(uid),
  };
  const { root } = stateOf(linux);
  return {
    pid: 0,
    parent: 1,
    processGroup: 0,
    session: 0,
    leader: 0,
    executable: '',
    executableInode: root,
    arguments: [],
    environment: [],
    credentials,
    root,
    directory: root,
    umask: 0o022,
    descriptors: [],
    actions: defaultActions(),
    pending: [],
    limits: initialLimits(linux),
    memory: emptyMemory(),
    timers: [],
    signalEvent: 0,
    dumpable: true,
    keepsCapabilities: false,
    noNewPrivileges: false,
    subreaper: false,
    personality: 0,
    asyncContexts: [],
    oomAdjustment: 0,
    transfers: { read: 0, written: 0, reads: 0, writes: 0 },
    barriers: 0,
    sleepingTimers: 0,
    exitStatus: -1,
    leaderStatus: -1,
    lastTracer: 0,
    stopSignal: 0,
    unreportedChange: -1,
    childEvent: createEvent(linux.kernel, 'notification'),
    vforkEvent: 0,
    exitSignal: SIGCHLD,
    childrenTime: NO_TIME,
    childrenPeak: 0,
    peak: 0,
    executed: false,
  };
}

/** Whether one more process may come into being; the person hears of it when it may not. */
export function refuseProcess(linux: Linux): number {
  const count = liveProcesses(linux).length + stateOf(linux).zombies.size;
  if (count < linux.limits.processes) return 0;
  sayOnce(linux, `The limit of ${linux.limits.processes} processes was met; fork fails with EAGAIN from here on.`);
  return -EAGAIN;
}

/** The kernel's refusal as an error number. */
export function creationError(linux: Linux): number {
  sayOnce(linux, 'The machine cannot hold more processes; fork fails with EAGAIN from here on.');
  return -EAGAIN;
}

/** comm of a program: the last component of its path, at most 15 bytes (PR_SET_NAME). */
export function commOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1).slice(0, 15);
}

/** The first program of a session: a sentence if it cannot be started. */
export function createProgram(linux: Linux, start: ProgramStart): { process: Process } | { error: string } {
  const group = initialGroup(linux);
  const attributes = { parent: undefined, context: group, flags: 0 };
  const info = { imageFileName: start.program, commandLine: [start.program, ...start.arguments].join(' ') };
  const created = linux.routines.createProcess(attributes, info);
  if (!succeeded(created.status) || !created.process) return { error: 'The machine cannot hold another process.' };
  const { process } = created;
  const self = freshThread(process.id, commOf(start.program));
  const task = newTask(linux, process, group, self);
  group.pid = process.id;
  group.processGroup = process.id;
  group.session = process.id;
  try {
    const directory = find(task, getInode(linux, group.root), start.directory || '/');
    if (isError(directory) || !isDirectory(directory))
      throw new LoadError(`The working directory ${start.directory} does not exist in the guest.`);
    group.directory = directory.id;
    const program = findProgram(task, start.program, [start.program, ...start.arguments]);
    openStandardStreams(task);
    const environment = Object.entries(start.environment).map(([name, value]) => `${name}=${value}`);
    const registers = becomeProgram(task, program, environment);
    const thread = createThread(linux, { process, registers, context: self }, self.comm).thread as Thread;
    group.leader = thread.id;
    return { process };
  } catch (error) {
    linux.routines.terminateProcess(process, 127);
    if (error instanceof LoadError) return { error: error.message };
    throw error;
  }
}

/** A task for a process that has no thread yet. */
function newTask(linux: Linux, process: Process, group: ThreadGroup, self: LinuxThread): Task {
  return {
    linux,
    kernel: linux.kernel,
    process,
    thread: undefined as unknown as Thread,
    frame: initialRegisters(),
    group,
    self,
    refusal: 0,
  };
}

/** Loads the program and records what the process now is; its first registers. */
export function becomeProgram(
  task: Task,
  program: Program,
  environment: readonly string[],
): ReturnType<typeof initialRegisters> {
  const { linux, group, process } = task;
  const stackLimit = group.limits[sched.RLIMIT_STACK].soft;
  const image = loadImage(linux, process, program, environment, group.credentials, stackLimit);
  const previous = getInode(linux, group.executableInode);
  if (group.executable !== '') previous.opens--;
  program.main.inode.opens++;
  group.memory = image.memory;
  group.executable = program.main.path;
  group.executableInode = program.main.inode.id;
  group.arguments = [...program.arguments];
  group.environment = [...environment];
  return image.registers;
}

/** Descriptors 0, 1 and 2: one terminal, or pipes to the host's console. */
function openStandardStreams(task: Task): void {
  const { linux, group } = task;
  if (linux.options.terminal) {
    const file = openConsole(task);
    if (!file) throw new LoadError('The terminal has been closed.');
    file.references = 3;
    for (let fd = 0; fd < 3; fd++) group.descriptors[fd] = { file: file.id, closeOnExec: false };
    return;
  }
  const { uid, gid } = group.credentials;
  for (let stream = 0; stream < 3; stream++) {
    const inode = createInode(linux, stateOf(linux).anonymous, S_IFIFO | 0o600, uid, gid);
    const flags = stream === 0 ? O_RDONLY : O_WRONLY;
    const file = createFile(linux, { type: 'stream', inode, flags, path: `pipe:[${inode.id}]`, object: stream });
    file.references = 1;
    group.descriptors[stream] = { file: file.id, closeOnExec: false };
  }
}
