/** Delivering signals to a thread on its way to user mode: default actions, handlers, restarted system calls. */

import { RAX } from '../../../cpu/registers.ts';
import { EINTR, ERESTARTSYS } from '../abi/errno.ts';
import {
  defaultAction,
  SA_NODEFER,
  SA_RESETHAND,
  SA_RESTART,
  SIG_DFL,
  SIG_IGN,
  SIGKILL,
  SIGSEGV,
  signalBit,
  signalName,
  UNBLOCKABLE,
} from '../abi/signal.ts';
import { endGroup } from '../process/exit.ts';
import { interceptSignal } from '../process/trace.ts';
import { stopGroup } from './send.ts';
import type { LinuxThread, Task } from '../task.ts';
import { pushSignalFrame } from './frame.ts';
import type { SignalInfo } from './info.ts';
import { takePending } from './pending.ts';

const SYSCALL_LENGTH = 2;

/**
 * Delivers everything that waits and is not blocked; answers with the names of the signals whose handlers run now.
 * Handlers nest: the one set up last runs first.
 */
export function deliverSignals(task: Task): readonly string[] {
  const { self, group } = task;
  const entered: string[] = [];
  for (;;) {
    const passing = takePassing(self);
    const info = passing ?? takePending(self, group, ~self.blocked | UNBLOCKABLE);
    if (!info) break;
    if (!passing && info.signal !== SIGKILL && interceptSignal(task, info)) return entered;
    const action = group.actions[info.signal];
    if (action.handler === SIG_IGN) continue;
    if (action.handler === SIG_DFL) {
      if (actByDefault(task, info)) return entered;
      continue;
    }
    enterHandler(task, info);
    entered.push(signalName(info.signal));
  }
  restartCall(task, () => true);
  if (self.savedMask === undefined) return entered;
  self.blocked = self.savedMask;
  self.savedMask = undefined;
  return entered;
}

/** What the tracer lets through. */
function takePassing({ trace }: LinuxThread): SignalInfo | undefined {
  if (!trace?.passing) return undefined;
  const info = trace.passing;
  trace.passing = undefined;
  return info;
}

/** What a signal does that nobody has spoken for. True: the thread does not go on now. */
function actByDefault(task: Task, info: SignalInfo): boolean {
  const action = defaultAction(info.signal);
  if (action === 'terminate' || action === 'core') {
    endGroup(task.linux, task.process, info.signal);
    return true;
  }
  if (action !== 'stop') return false;
  restartCall(task, () => true);
  stopGroup(task.linux, task.process, info.signal);
  return true;
}

function enterHandler(task: Task, info: SignalInfo): void {
  const { self, group } = task;
  const action = group.actions[info.signal];
  restartCall(task, condition => condition === ERESTARTSYS && (action.flags & SA_RESTART) !== 0);
  const maskToRestore = self.savedMask ?? self.blocked;
  self.savedMask = undefined;
  if (!pushSignalFrame(task, info, action, maskToRestore)) {
    failDelivery(task, info.signal);
    return;
  }
  self.blocked |= action.mask;
  if ((action.flags & SA_NODEFER) === 0) self.blocked |= signalBit(info.signal);
  self.blocked &= ~UNBLOCKABLE;
  if (action.flags & SA_RESETHAND) group.actions[info.signal] = { ...action, handler: SIG_DFL };
}

/** There is no room for the frame: the program gets SIGSEGV instead, and ends if that was the very signal. */
function failDelivery(task: Task, signal: number): void {
  if (signal === SIGSEGV) task.group.actions[SIGSEGV] = { ...task.group.actions[SIGSEGV], handler: SIG_DFL };
  forceSignal(task, { signal: SIGSEGV, code: 0x80, pid: 0, uid: 0, address: 0, status: 0, value: { low: 0, high: 0 } });
}

/** Starts the interrupted system call again if `again` says so, or leaves it with EINTR. */
function restartCall(task: Task, again: (condition: number) => boolean): void {
  const { self, frame } = task;
  const { restart } = self;
  if (!restart) return;
  self.restart = undefined;
  if (again(restart.condition)) {
    frame.setNumber(RAX, restart.number);
    frame.rip -= SYSCALL_LENGTH;
    return;
  }
  self.scratch = undefined;
  frame.setNumber(RAX, -EINTR);
}

/** A signal that the program cannot avoid: if it blocks or ignores it, the program ends by it (force_sig(9)). */
export function forceSignal(task: Task, info: SignalInfo): void {
  const { self, group } = task;
  const { signal } = info;
  const bit = signalBit(signal);
  if ((self.blocked & bit) !== 0n || group.actions[signal].handler === SIG_IGN) {
    group.actions[signal] = { ...group.actions[signal], handler: SIG_DFL };
    self.blocked &= ~bit;
  }
  self.pending.unshift(info);
}
