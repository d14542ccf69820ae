/** execve(2): the process stays, everything in it is replaced. */

import { clearDebugRegisters } from '../../../kernel/ke/debugRegisters.ts';
import { deleteUserMemory } from '../../../kernel/mm/virtualMemory.ts';
import { replaceImage } from '../../../kernel/ps/image.ts';
import { MS_NOSUID } from '../abi/mount.ts';
import { S_ISGID, S_ISUID } from '../abi/stat.ts';
import { SIGKILL, SS_DISABLE } from '../abi/signal.ts';
import { closeDescriptor } from '../files/descriptors.ts';
import { superblockOf, type Inode } from '../files/inode.ts';
import { LoadError } from '../load/loadError.ts';
import { findProgram, type Program } from '../load/program.ts';
import { reading } from '../load/program.ts';
import { checkExecutable } from '../../../formats/elf.ts';
import { actionsAfterExec } from '../signals/action.ts';
import { UNANSWERED } from '../syscalls/row.ts';
import type { Task } from '../task.ts';
import { becomeProgram, commOf } from './begin.ts';
import { capabilitiesAfterExec } from './capabilities.ts';
import { dropAsyncContexts } from './asyncContext.ts';
import { endGroup, finishVfork } from './exit.ts';
import { threadsOf } from './lookup.ts';
import { stopAtExec } from './trace.ts';
import { deleteTimers } from './timers.ts';

export function execute(
  task: Task,
  path: string,
  words: readonly string[],
  environment: readonly string[],
  start?: Inode,
): number {
  const { linux, group } = task;
  let program: Program;
  try {
    program = findProgram(task, path, words, start);
    for (const { file, path: name } of [program.main, ...(program.interpreter ? [program.interpreter] : [])])
      reading(name, () => checkExecutable(file));
  } catch (error) {
    if (error instanceof LoadError) return -error.errno;
    throw error;
  }
  endOtherThreads(task);
  group.descriptors.forEach((descriptor, fd) => descriptor?.closeOnExec && closeDescriptor(linux, group, fd));
  group.actions = actionsAfterExec(group.actions);
  deleteTimers(linux, group, ({ id }) => id >= 0);
  applySetId(task, program.main.inode);
  group.peak = Math.max(group.peak, task.process.peakCommit);
  dropAsyncContexts(linux, group);
  deleteUserMemory(task.kernel, task.process);
  try {
    replaceProgram(task, program, environment);
  } catch (error) {
    if (!(error instanceof LoadError)) throw error;
    // The old program is gone: there is nobody left to return an error to (execve(2)).
    linux.options.log?.(error.message);
    endGroup(linux, task.process, SIGKILL);
  }
  return UNANSWERED;
}

function replaceProgram(task: Task, program: Program, environment: readonly string[]): void {
  const { self, group } = task;
  const registers = becomeProgram(task, program, environment);
  task.linux.routines.setContextThreadInternal(task.thread, registers);
  clearDebugRegisters(task.kernel, task.process, task.thread);
  Object.assign(self, {
    comm: commOf(program.executedName),
    alternateStack: { address: 0, size: 0, flags: SS_DISABLE },
    clearChildTid: 0,
    robustList: 0,
    scratch: undefined,
    restart: undefined,
  });
  task.thread.name = self.comm;
  group.executed = true;
  group.dumpable = true;
  group.keepsCapabilities = false;
  finishVfork(task.linux, group);
  stopAtExec(task);
  replaceImage(task.kernel, task.process, program.main.path, program.arguments.join(' '));
}

/** Only the calling thread survives, and becomes the leader. */
function endOtherThreads(task: Task): void {
  const { linux, group, self, thread } = task;
  self.tid = group.pid;
  group.leader = thread.id;
  for (const other of threadsOf(linux, task.process))
    if (other.id !== thread.id) linux.routines.terminateThread(other, 0);
}

function applySetId(task: Task, inode: Inode): void {
  const { credentials } = task.group;
  // Folders of the host are as good as mounted nosuid.
  const { type, flags } = superblockOf(task.linux, inode);
  const isTrusted = type !== 'host' && (flags & MS_NOSUID) === 0 && !task.group.noNewPrivileges;
  const { mode, uid, gid } = inode.attributes;
  if (isTrusted && mode & S_ISUID) credentials.euid = uid;
  if (isTrusted && mode & S_ISGID) credentials.egid = gid;
  credentials.suid = credentials.fsuid = credentials.euid;
  credentials.sgid = credentials.fsgid = credentials.egid;
  credentials.capabilities = capabilitiesAfterExec(credentials);
}
