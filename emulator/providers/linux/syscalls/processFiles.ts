/** Processes and signals as files: pidfd_open(2) and its kin, signalfd(2). */

import { EBADF, EFAULT, EINVAL, EPERM, ESRCH, isError } from '../abi/errno.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../abi/fcntl.ts';
import type { FlagNames } from '../abi/flagNames.ts';
import { SIGRTMAX, SIGSET_SIZE, UNBLOCKABLE } from '../abi/signal.ts';
import { install } from '../files/descriptors.ts';
import { fileOf, getFile } from '../files/openFile.ts';
import { createProcessFile, pidOfFile } from '../files/processFile.ts';
import { createSignalFile, signalsOf } from '../files/signalFile.ts';
import { stateOf } from '../instance.ts';
import { mayTrace } from '../process/access.ts';
import { findGroup } from '../process/lookup.ts';
import { signalProcess } from '../signals/send.ts';
import { userSignal } from '../signals/info.ts';
import type { Task } from '../task.ts';
import { readInt, readView } from '../userMemory.ts';
import { fd, flags, pid, pointer, signal, signalSet, size, unsigned } from './arguments.ts';
import { call, type Row } from './row.ts';
import { mayKill, readQueued } from './signals.ts';

const SIGNALFD_FLAGS: FlagNames = [
  [O_NONBLOCK, 'SFD_NONBLOCK'],
  [O_CLOEXEC, 'SFD_CLOEXEC'],
];
const PIDFD_FLAGS: FlagNames = [[O_NONBLOCK, 'PIDFD_NONBLOCK']];

export const processFileRows: readonly Row[] = [
  call(282, 'signalfd', [fd(), signalSet('mask'), size('sizemask')], (task, descriptor, mask, bytes) =>
    signalfd4(task, descriptor, mask, bytes, 0),
  ),
  call(289, 'signalfd4', [fd(), signalSet('mask'), size('sizemask'), flags('flags', SIGNALFD_FLAGS)], signalfd4),
  call(
    424,
    'pidfd_send_signal',
    [fd('pidfd'), signal(), pointer('info', 'siginfo_t *'), unsigned('flags')],
    pidfdSendSignal,
  ),
  call(434, 'pidfd_open', [pid(), flags('flags', PIDFD_FLAGS)], pidfdOpen),
  call(438, 'pidfd_getfd', [fd('pidfd'), fd('targetfd'), unsigned('flags')], pidfdGetfd),
];

function signalfd4(task: Task, descriptor: number, maskAddress: number, bytes: number, fileFlags: number): number {
  if (bytes !== SIGSET_SIZE || fileFlags & ~(O_NONBLOCK | O_CLOEXEC)) return -EINVAL;
  const mask = readView(task, maskAddress, SIGSET_SIZE)?.getBigUint64(0, true);
  if (mask === undefined) return -EFAULT;
  if (descriptor === -1) {
    const created = createSignalFile(task, mask, fileFlags & O_NONBLOCK);
    return install(task, created, (fileFlags & O_CLOEXEC) !== 0);
  }
  const file = fileOf(task, descriptor);
  if (isError(file)) return file;
  if (file.type !== 'signal') return -EINVAL;
  signalsOf(task.linux, file).mask = mask & ~UNBLOCKABLE;
  return descriptor;
}

function pidfdOpen(task: Task, wanted: number, fileFlags: number): number {
  if (wanted <= 0 || fileFlags & ~O_NONBLOCK) return -EINVAL;
  if (!findGroup(task.linux, wanted) && !stateOf(task.linux).zombies.has(wanted)) return -ESRCH;
  return install(task, createProcessFile(task.linux, wanted, fileFlags & O_NONBLOCK), true);
}

function pidfdSendSignal(
  task: Task,
  descriptor: number,
  number: number,
  infoAddress: number,
  sendFlags: number,
): number {
  if (sendFlags !== 0) return -EINVAL;
  const wanted = pidOfFile(task, descriptor);
  if (wanted < 0) return wanted;
  if (number < 0 || number > SIGRTMAX) return -EINVAL;
  if (infoAddress !== 0 && readInt(task, infoAddress) !== number) return -EINVAL;
  const info = infoAddress === 0 ? userSignal(task, number) : readQueued(task, number, infoAddress, wanted);
  if (typeof info === 'number') return info;
  const target = findGroup(task.linux, wanted);
  if (!target) return 0;
  if (!mayKill(task, target.group, number)) return -EPERM;
  if (number !== 0) signalProcess(task.linux, target.process, info);
  return 0;
}

function pidfdGetfd(task: Task, descriptor: number, wanted: number, getFlags: number): number {
  if (getFlags !== 0) return -EINVAL;
  const owner = pidOfFile(task, descriptor);
  if (owner < 0) return owner;
  const target = findGroup(task.linux, owner);
  if (!target) return -ESRCH;
  if (!mayTrace(task, target.group)) return -EPERM;
  const found = target.group.descriptors[wanted];
  return found ? install(task, getFile(task.linux, found.file), true) : -EBADF;
}
