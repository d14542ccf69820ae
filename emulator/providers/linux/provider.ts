/**
 * The Linux pico provider: what it hands to the kernel through the door, and what machine and debugger ask of it.
 * A system call takes three steps from here: `dispatchSystemCall`, the row's `invoke`, the handler.
 */

import { connectFromOutside, exchange, hangUp } from './sockets/outside.ts';
import { assert } from '../../base/assert.ts';
import { RAX } from '../../cpu/registers.ts';
import { queueUserApc } from '../../kernel/ke/apc.ts';
import { attachHost } from '../../kernel/io/volume/volume.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import {
  PICO_PROVIDER_ROUTINES_SIZE,
  type PicoProvider,
  type PicoProviderRoutines,
  type PicoSystemCallInformation,
  type ProviderServices,
  type TerminalSize,
} from '../../kernel/ps/pico.ts';
import type { Process } from '../../kernel/ps/process.ts';
import { registerPicoProvider } from '../../kernel/ps/registration.ts';
import { walkFrameChain } from '../../kernel/ps/stackWalk.ts';
import { EINTR, ENOSYS, ERESTART_RESTARTBLOCK, ERESTARTSYS, describeErrors } from './abi/errno.ts';
import { SIGKILL } from './abi/signal.ts';
import { readWhole } from './files/contents.ts';
import { crossMount, lookup } from './files/directory.ts';
import { isDirectory, isRegular, isSymlink } from './files/inode.ts';
import { getInode } from './files/inodes.ts';
import { freshState, mountAll } from './files/mount.ts';
import { resizeConsole, typeOnConsole } from './files/pseudoTerminal.ts';
import { feedInput } from './files/streams.ts';
import { type Linux, type LinuxOptions, resolveLimits, sayOnce, stateOf, TRANSFER_SIZE } from './instance.ts';
import { createProgram } from './process/begin.ts';
import { VDSO_NAME, vdsoContents } from './load/vdso.ts';
import { modulesOf } from './load/modules.ts';
import { describeStatus, exitCodeOf, exitProcess, exitThread } from './process/exit.ts';
import { expireTimer, expireWhileWaiting, TIMER_APC, wakeTimers } from './process/timers.ts';
import { stopAtEntry, stopAtExit } from './process/trace.ts';
import { deliverSignals } from './signals/deliver.ts';
import { exceptionSignalName, raiseException } from './signals/exception.ts';
import { SIGNAL_APC } from './signals/send.ts';
import { describeCall, describeResult } from './syscalls/describe.ts';
import { UNANSWERED } from './syscalls/row.ts';
import { replaceExtension, startExtension } from './syscalls/extend.ts';
import { describeRows, TABLE } from './syscalls/table.ts';
import { enterTask, groupOf, type Task } from './task.ts';

/** SYNCHRONIZE | PROCESS_QUERY_LIMITED_INFORMATION | PROCESS_CREATE_PROCESS | PROCESS_TERMINATE, as lxcore registers. */
const OPEN_PROCESS = 0x0010_1081;
/** SYNCHRONIZE | THREAD_QUERY_LIMITED_INFORMATION | THREAD_TERMINATE. */
const OPEN_THREAD = 0x0010_0801;
/** Answers from -4095 to -1 are error numbers (syscall(2)). */
const MAXIMUM_ERROR = 4095;
/** SubsystemInformationTypeWSL. */
const SUBSYSTEM_WSL = 1;

/** A provider for one machine. */
export function createLinuxProvider(options: LinuxOptions): PicoProvider {
  return { name: 'linux', initialize: kernel => initialize(kernel, options) };
}

function initialize(kernel: Kernel, options: LinuxOptions): ProviderServices {
  const linux = createInstance(kernel, options);
  const registration = registerPicoProvider(kernel, 'linux', providerRoutines(linux));
  assert(
    registration.routines,
    `the kernel refused the Linux provider with status ${registration.status.toString(16)}`,
  );
  linux.routines = registration.routines;
  kernel.state.providers.set('linux', freshState(linux));
  attachHost(kernel, options.host.files);
  const problem = (options.extend && startExtension(linux, options.extend)) ?? mountAll(linux, options.mounts ?? []);
  return services(linux, problem);
}

function createInstance(kernel: Kernel, options: LinuxOptions): Linux {
  const linux = {
    kernel,
    host: options.host,
    options,
    limits: resolveLimits(options),
    table: TABLE,
    extension: undefined,
    transfer: new Uint8Array(TRANSFER_SIZE),
  } as Linux & { current: Task };
  const nothing = undefined as never;
  linux.current = {
    linux,
    kernel,
    process: nothing,
    thread: nothing,
    frame: nothing,
    group: nothing,
    self: nothing,
    refusal: 0,
  };
  return linux;
}

function providerRoutines(linux: Linux): PicoProviderRoutines {
  return {
    size: PICO_PROVIDER_ROUTINES_SIZE,
    dispatchSystemCall: information => dispatchSystemCall(linux, information),
    exitThread: thread => exitThread(linux, thread),
    exitProcess: process => exitProcess(linux, process),
    dispatchException(record, thread, trapFrame) {
      raiseException(enterTask(linux.current, thread, trapFrame), record);
      return true;
    },
    terminateProcess(process, status) {
      const group = groupOf(process);
      if (group.exitStatus < 0) group.exitStatus = SIGKILL;
      return linux.routines.terminateProcess(process, status);
    },
    walkUserStack: (thread, trapFrame, count) => walkFrameChain(linux.kernel, thread, trapFrame, count),
    getAllocatedProcessImageName: process => groupOf(process).executable,
    openProcess: OPEN_PROCESS,
    openThread: OPEN_THREAD,
    subsystemInformationType: SUBSYSTEM_WSL,
    apcRoutines: {
      [SIGNAL_APC.routine]: (thread, trapFrame) => deliverSignals(enterTask(linux.current, thread, trapFrame)),
      [TIMER_APC]: (thread, trapFrame, [id]) => {
        expireTimer(enterTask(linux.current, thread, trapFrame), id, false);
        return [];
      },
    },
  };
}

function dispatchSystemCall(linux: Linux, { thread, trapFrame }: PicoSystemCallInformation): void {
  const task = enterTask(linux.current, thread, trapFrame);
  if (task.group.sleepingTimers > 0) wakeTimers(task);
  if (thread.userApcs.length > 0) expireWhileWaiting(task);
  if (task.self.trace !== undefined && stopAtEntry(task)) return;
  const number = trapFrame.low(RAX);
  const row = linux.table[number];
  if (row === undefined || row.support === 'missing') sayMissing(task, number);
  const answer = row === undefined ? -ENOSYS : row.invoke(task);
  if (answer === UNANSWERED) return;
  finishCall(task, number, answer);
}

/** Leaves the answer in RAX. An interrupted call is finished by the delivery of the signal that interrupted it. */
function finishCall(task: Task, number: number, answer: number): void {
  const { self } = task;
  if (answer <= -ERESTARTSYS && answer >= -ERESTART_RESTARTBLOCK) {
    self.restart = { number, condition: -answer };
    task.frame.setNumber(RAX, -EINTR);
    // A mask that was changed for the call may have let the signal through only now.
    queueUserApc(task.kernel, task.thread, SIGNAL_APC);
    if (self.trace !== undefined) stopAtExit(task);
    return;
  }
  if (self.scratch !== undefined) self.scratch = undefined;
  task.frame.setNumber(RAX, answer);
  if (self.trace !== undefined) stopAtExit(task);
}

function sayMissing(task: Task, number: number): void {
  const row = task.linux.table[number];
  if (row?.expected) return;
  const name = row?.name ?? `system call ${number}`;
  const why = row?.note ?? 'There is no such system call.';
  sayOnce(task.linux, `${task.group.executable}: ${name} is not supported. ${why}`);
}

function services(linux: Linux, problem: string | undefined): ProviderServices {
  return {
    get systemCalls() {
      return describeRows(linux.table);
    },
    createProgram: start => (problem === undefined ? createProgram(linux, start) : { error: problem }),
    describeSystemCall: (thread, frame) => describeCall(linux.kernel, thread, frame),
    describeResult,
    get errors() {
      return describeErrors();
    },
    hasFailed: value => value < 0 && value >= -MAXIMUM_ERROR,
    describeException: exceptionSignalName,
    handler: number => linux.table[number]?.body,
    modules: process => modulesOf(process),
    readFile: path => (path === VDSO_NAME ? vdsoContents(linux) : readGuestFile(linux, path)),
    input: bytes => (linux.options.terminal ? typeOnConsole(linux, bytes) : feedInput(linux, bytes)),
    connections: {
      connect: port => connectFromOutside(linux, port),
      exchange: (connection, bytes, isLast) => exchange(linux, connection, bytes, isLast),
      hangUp: connection => hangUp(linux, connection),
    },
    ...(linux.options.terminal ? { resizeTerminal: (size: TerminalSize) => resizeConsole(linux, size) } : {}),
    exitCode: process => exitCodeOf(statusOf(process)),
    describeExit: process => describeStatus(statusOf(process)),
    replace: defined => replaceExtension(linux, defined),
  };
}

function statusOf(process: Process): number {
  const { exitStatus } = groupOf(process);
  return exitStatus < 0 ? (process.exitStatus & 0xff) << 8 : exitStatus;
}

/** A regular file by an absolute path without symbolic links, as {@link GuestModule} paths are; links are followed. */
function readGuestFile(linux: Linux, path: string, depth = 0): Uint8Array | undefined {
  let at = getInode(linux, stateOf(linux).root);
  const names = path.split('/').filter(Boolean);
  for (const [index, name] of names.entries()) {
    if (!isDirectory(at)) return undefined;
    const found = lookup(linux, at, name);
    if (!found) return undefined;
    if (isSymlink(found)) {
      if (depth > 8 || found.target === '') return undefined;
      const folder = found.target.startsWith('/') ? '' : `/${names.slice(0, index).join('/')}`;
      return readGuestFile(
        linux,
        normalize(`${folder}/${found.target}/${names.slice(index + 1).join('/')}`),
        depth + 1,
      );
    }
    at = crossMount(linux, found);
  }
  return isRegular(at) ? readWhole(linux, at) : undefined;
}

function normalize(path: string): string {
  const names: string[] = [];
  for (const name of path.split('/')) {
    if (name === '..') names.pop();
    else if (name !== '' && name !== '.') names.push(name);
  }
  return `/${names.join('/')}`;
}
