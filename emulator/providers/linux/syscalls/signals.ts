/** Signals: handlers, masks, sending and waiting. */

import { EAGAIN, EFAULT, EINTR, EINVAL, ENOMEM, EPERM, ERESTARTNOHAND, ESRCH } from '../abi/errno.ts';
import * as abi from '../abi/signal.ts';
import { queueUserApc } from '../../../kernel/ke/apc.ts';
import { RSP } from '../../../cpu/registers.ts';
import { findByTid, findGroup, liveProcesses } from '../process/lookup.ts';
import { stateOf } from '../instance.ts';
import { SIGACTION_SIZE } from '../signals/action.ts';
import { deliverSignals, forceSignal } from '../signals/deliver.ts';
import { isOnAlternateStack, popSignalFrame } from '../signals/frame.ts';
import { encodeSignalInfo, kernelSignal, queuedSignal, type SignalInfo, userSignal } from '../signals/info.ts';
import { hasDeliverableSignal, isIgnored, pendingSet, takePending } from '../signals/pending.ts';
import { SIGNAL_APC, signalProcess, signalThread } from '../signals/send.ts';
import { groupOf, isPrivileged, type Task, type ThreadGroup } from '../task.ts';
import { giveBytes, longAt, readTimespec, readView, setLongAt, writeBytes } from '../userMemory.ts';
import { isValidTime, toNanoseconds } from '../time.ts';
import { block, scratch } from '../wait.ts';
import { choice, out, pid, pointer, signal, signalSet, size, timespec } from './arguments.ts';
import { call, oneWay, type Row, UNANSWERED } from './row.ts';

export const signalRows: readonly Row[] = [
  call(
    13,
    'rt_sigaction',
    [
      signal('signum'),
      pointer('act', 'const struct sigaction *'),
      out('oldact', 'struct sigaction *'),
      size('sigsetsize'),
    ],
    rtSigaction,
  ),
  call(
    14,
    'rt_sigprocmask',
    [choice('how', abi.SIGPROCMASK_NAMES), signalSet(), out('oldset', 'sigset_t *'), size('sigsetsize')],
    rtSigprocmask,
  ),
  oneWay(call(15, 'rt_sigreturn', [], rtSigreturn)),
  call(34, 'pause', [], pause),
  call(62, 'kill', [pid(), signal()], kill),
  call(127, 'rt_sigpending', [out('set', 'sigset_t *'), size('sigsetsize')], rtSigpending),
  call(
    128,
    'rt_sigtimedwait',
    [signalSet(), out('info', 'siginfo_t *'), timespec('timeout'), size('sigsetsize')],
    rtSigtimedwait,
  ),
  call(129, 'rt_sigqueueinfo', [pid('tgid'), signal(), pointer('info', 'siginfo_t *')], rtSigqueueinfo),
  call(130, 'rt_sigsuspend', [signalSet('mask'), size('sigsetsize')], rtSigsuspend),
  call(131, 'sigaltstack', [pointer('ss', 'const stack_t *'), out('old_ss', 'stack_t *')], sigaltstack),
  call(219, 'restart_syscall', [], () => -EINTR),
  call(200, 'tkill', [pid('tid'), signal()], (task, tid, number) => tgkill(task, -1, tid, number)),
  call(234, 'tgkill', [pid('tgid'), pid('tid'), signal()], tgkill),
  call(297, 'rt_tgsigqueueinfo', [pid('tgid'), pid('tid'), signal(), pointer('info', 'siginfo_t *')], rtTgsigqueueinfo),
];

function isSignal(number: number): boolean {
  return number >= 1 && number <= abi.SIGRTMAX;
}

function rtSigaction(task: Task, number: number, newAddress: number, oldAddress: number, setSize: number): number {
  if (setSize !== abi.SIGSET_SIZE || !isSignal(number)) return -EINVAL;
  const { group } = task;
  const previous = group.actions[number];
  if (newAddress !== 0) {
    if (number === abi.SIGKILL || number === abi.SIGSTOP) return -EINVAL;
    const view = readView(task, newAddress, SIGACTION_SIZE);
    if (!view) return -EFAULT;
    group.actions[number] = {
      handler: longAt(view, 0),
      flags: view.getUint32(8, true),
      restorer: longAt(view, 16),
      mask: view.getBigUint64(24, true) & ~abi.UNBLOCKABLE,
    };
    if (isIgnored(group, number)) forgetPending(task, number);
  }
  if (oldAddress === 0) return 0;
  const bytes = new Uint8Array(SIGACTION_SIZE);
  const view = new DataView(bytes.buffer);
  setLongAt(view, 0, previous.handler);
  setLongAt(view, 8, previous.flags >>> 0);
  setLongAt(view, 16, previous.restorer);
  view.setBigUint64(24, previous.mask, true);
  return giveBytes(task, oldAddress, bytes);
}

/** Ignoring a signal drops the ones that wait (sigaction(2)). */
function forgetPending({ group, self }: Task, number: number): void {
  group.pending = group.pending.filter(info => info.signal !== number);
  self.pending = self.pending.filter(info => info.signal !== number);
}

/** Changes the mask; signals that are let through now are delivered before the thread goes on. */
function setBlocked(task: Task, blocked: abi.SignalSet): void {
  task.self.blocked = blocked & ~abi.UNBLOCKABLE;
  if (hasDeliverableSignal(task)) queueUserApc(task.kernel, task.thread, SIGNAL_APC);
}

function rtSigprocmask(task: Task, how: number, setAddress: number, oldAddress: number, setSize: number): number {
  if (setSize !== abi.SIGSET_SIZE) return -EINVAL;
  const previous = task.self.blocked;
  if (setAddress !== 0) {
    const set = readView(task, setAddress, 8)?.getBigUint64(0, true);
    if (set === undefined) return -EFAULT;
    if (how === abi.SIG_BLOCK) setBlocked(task, previous | set);
    else if (how === abi.SIG_UNBLOCK) setBlocked(task, previous & ~set);
    else if (how === abi.SIG_SETMASK) setBlocked(task, set);
    else return -EINVAL;
  }
  return oldAddress === 0 ? 0 : giveSet(task, oldAddress, previous);
}

function giveSet(task: Task, address: number, set: abi.SignalSet): number {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, set, true);
  return giveBytes(task, address, bytes);
}

function rtSigreturn(task: Task): number {
  if (!popSignalFrame(task)) {
    forceSignal(task, kernelSignal(abi.SIGSEGV));
    deliverSignals(task);
    return UNANSWERED;
  }
  if (hasDeliverableSignal(task)) queueUserApc(task.kernel, task.thread, SIGNAL_APC);
  return UNANSWERED;
}

function pause(task: Task): number {
  const answer = block(task, [], 'signal');
  return answer === UNANSWERED ? answer : -ERESTARTNOHAND;
}

function rtSigsuspend(task: Task, maskAddress: number, setSize: number): number {
  if (setSize !== abi.SIGSET_SIZE) return -EINVAL;
  const mask = readView(task, maskAddress, 8)?.getBigUint64(0, true);
  if (mask === undefined) return -EFAULT;
  useMaskForNow(task, mask);
  const answer = block(task, [], 'signal');
  return answer === UNANSWERED ? answer : -ERESTARTNOHAND;
}

/** Another mask while a call waits; the old one comes back when a handler returns, or with the answer. */
export function useMaskForNow(task: Task, mask: abi.SignalSet): void {
  task.self.savedMask ??= task.self.blocked;
  task.self.blocked = mask & ~abi.UNBLOCKABLE;
}

export function mayKill(task: Task, group: ThreadGroup, number: number): boolean {
  const { credentials, session } = task.group;
  if (isPrivileged(task) || (number === abi.SIGCONT && session === group.session)) return true;
  const { uid, suid } = group.credentials;
  return [credentials.uid, credentials.euid].some(id => id === uid || id === suid);
}

/** kill(2): one process, a process group, or all that may be reached. */
function kill(task: Task, wanted: number, number: number): number {
  if (number !== 0 && !isSignal(number)) return -EINVAL;
  const targets = liveProcesses(task.linux).filter(process => {
    const group = groupOf(process);
    if (wanted > 0) return group.pid === wanted;
    if (wanted === -1) return group.pid !== task.group.pid;
    return group.processGroup === (wanted === 0 ? task.group.processGroup : -wanted);
  });
  if (targets.length === 0) return isZombie(task, wanted) ? 0 : -ESRCH;
  const allowed = targets.filter(process => mayKill(task, groupOf(process), number));
  if (allowed.length === 0) return -EPERM;
  if (number !== 0) for (const process of allowed) signalProcess(task.linux, process, userSignal(task, number));
  return 0;
}

function isZombie(task: Task, wanted: number): boolean {
  return wanted > 0 && stateOf(task.linux).zombies.has(wanted);
}

function tgkill(task: Task, tgid: number, tid: number, number: number): number {
  if (tid <= 0 || (number !== 0 && !isSignal(number))) return -EINVAL;
  return sendToThread(task, tgid, tid, number, userSignal(task, number, true));
}

function sendToThread(task: Task, tgid: number, tid: number, number: number, info: SignalInfo): number {
  const found = findByTid(task.linux, tid);
  if (!found || (tgid !== -1 && found.process.id !== tgid)) return -ESRCH;
  if (!mayKill(task, groupOf(found.process), number)) return -EPERM;
  if (number !== 0) signalThread(task.linux, found.thread, info);
  return 0;
}

/** What a program wants others to believe: only of itself it may say what the kernel says (rt_sigqueueinfo(2)). */
export function readQueued(task: Task, number: number, address: number, target: number): SignalInfo | number {
  const view = readView(task, address, 128);
  if (!view) return -EFAULT;
  const code = view.getInt32(8, true);
  if ((code >= 0 || code === abi.SI_TKILL) && target !== task.group.pid) return -EPERM;
  const value = { low: view.getInt32(24, true), high: view.getInt32(28, true) };
  return queuedSignal(number, code, view.getInt32(16, true), view.getUint32(20, true), value);
}

function rtSigqueueinfo(task: Task, tgid: number, number: number, address: number): number {
  const info = readQueued(task, number, address, tgid);
  if (typeof info === 'number') return info;
  if (!isSignal(number) && number !== 0) return -EINVAL;
  const found = findGroup(task.linux, tgid);
  if (!found) return -ESRCH;
  if (!mayKill(task, found.group, number)) return -EPERM;
  if (number !== 0) signalProcess(task.linux, found.process, info);
  return 0;
}

function rtTgsigqueueinfo(task: Task, tgid: number, tid: number, number: number, address: number): number {
  if (tgid <= 0 || tid <= 0) return -EINVAL;
  const info = readQueued(task, number, address, tgid);
  if (!isSignal(number) && number !== 0) return -EINVAL;
  return typeof info === 'number' ? info : sendToThread(task, tgid, tid, number, info);
}

function rtSigpending(task: Task, address: number, setSize: number): number {
  if (setSize > abi.SIGSET_SIZE) return -EINVAL;
  return giveSet(task, address, (pendingSet(task.self.pending) | pendingSet(task.group.pending)) & task.self.blocked);
}

function rtSigtimedwait(
  task: Task,
  setAddress: number,
  infoAddress: number,
  timeoutAddress: number,
  setSize: number,
): number {
  const set = readView(task, setAddress, 8)?.getBigUint64(0, true);
  if (set === undefined) return -EFAULT;
  if (setSize !== abi.SIGSET_SIZE) return -EINVAL;
  const { self, group, kernel } = task;
  const info = takePending(self, group, set & ~abi.UNBLOCKABLE);
  if (info) {
    self.awaited = 0n;
    if (infoAddress !== 0 && !writeBytes(task, infoAddress, encodeSignalInfo(info))) return -EFAULT;
    return info.signal;
  }
  const timeout = timeoutAddress === 0 ? undefined : readTimespec(task, timeoutAddress);
  if (timeoutAddress !== 0 && !timeout) return -EFAULT;
  if (timeout && !isValidTime(timeout)) return -EINVAL;
  const { due } = scratch(task, () => ({ due: timeout ? kernel.state.time + toNanoseconds(timeout) : -1 }));
  if (due >= 0 && kernel.state.time >= due) {
    self.awaited = 0n;
    return -EAGAIN;
  }
  self.awaited = set;
  const answer = block(task, [], 'signal', due);
  if (answer === UNANSWERED) return answer;
  self.awaited = 0n;
  return -EINTR;
}

function sigaltstack(task: Task, newAddress: number, oldAddress: number): number {
  const { self, frame } = task;
  const { address, size: bytes, flags } = self.alternateStack;
  const isOn = isOnAlternateStack(self, frame.number(RSP));
  const previous = new Uint8Array(24);
  const view = new DataView(previous.buffer);
  setLongAt(view, 0, address);
  view.setUint32(8, (bytes === 0 ? abi.SS_DISABLE : isOn ? abi.SS_ONSTACK : 0) | (flags & abi.SS_AUTODISARM), true);
  setLongAt(view, 16, bytes);
  if (newAddress !== 0) {
    const wanted = readView(task, newAddress, 24);
    if (!wanted) return -EFAULT;
    if (isOn) return -EPERM;
    const newFlags = wanted.getUint32(8, true);
    const newSize = longAt(wanted, 16);
    const mode = newFlags & ~abi.SS_AUTODISARM;
    if (mode !== 0 && mode !== abi.SS_ONSTACK && mode !== abi.SS_DISABLE) return -EINVAL;
    if (mode !== abi.SS_DISABLE && newSize < abi.MINSIGSTKSZ) return -ENOMEM;
    const off = { address: 0, size: 0, flags: abi.SS_DISABLE };
    const on = { address: longAt(wanted, 0), size: newSize, flags: (newFlags & abi.SS_AUTODISARM) >>> 0 };
    self.alternateStack = mode === abi.SS_DISABLE ? off : on;
  }
  return oldAddress === 0 ? 0 : giveBytes(task, oldAddress, previous);
}
