/** Signals read from a descriptor (signalfd(2)): those of the process that reads, whoever opened it. */

import { createEvent } from '../../../kernel/ke/event.ts';
import { EAGAIN, EINVAL } from '../abi/errno.ts';
import { POLLIN, POLLRDNORM } from '../abi/poll.ts';
import { SIGCHLD, type SignalSet, SI_TIMER, UNBLOCKABLE } from '../abi/signal.ts';
import { S_IFREG } from '../abi/stat.ts';
import { type Linux, stateOf, takeId } from '../instance.ts';
import { isFault, isInput, type SignalInfo } from '../signals/info.ts';
import { pendingSet, takePending } from '../signals/pending.ts';
import type { Task } from '../task.ts';
import { createInode } from './inode.ts';
import { createFile, type OpenFile } from './openFile.ts';
import type { FileOperations } from './operations.ts';

export interface SignalFile {
  id: number;
  mask: SignalSet;
}

/** `struct signalfd_siginfo` */
const INFO_SIZE = 128;

export function createSignalFile(task: Task, mask: SignalSet, flags: number): OpenFile {
  const { linux } = task;
  const signals: SignalFile = { id: takeId(linux), mask: mask & ~UNBLOCKABLE };
  stateOf(linux).signalFiles.set(signals.id, signals);
  const inode = createInode(linux, stateOf(linux).anonymous, S_IFREG | 0o600, 0, 0);
  const path = 'anon_inode:[signalfd]';
  return createFile(linux, { type: 'signal', inode, flags: 2 | flags, path, object: signals.id });
}

export function signalsOf(linux: Linux, file: OpenFile): SignalFile {
  return stateOf(linux).signalFiles.get(file.object) as SignalFile;
}

function encode(info: SignalInfo): Uint8Array {
  const bytes = new Uint8Array(INFO_SIZE);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, info.signal, true);
  view.setInt32(8, info.code, true);
  if (isFault(info)) view.setBigUint64(72, BigInt(info.address), true);
  else if (isInput(info)) {
    view.setInt32(20, info.status, true);
    view.setUint32(28, info.address, true);
  } else if (info.code === SI_TIMER) {
    view.setUint32(24, info.pid, true);
    view.setUint32(32, info.uid, true);
  } else {
    view.setUint32(12, info.pid, true);
    view.setUint32(16, info.uid, true);
  }
  if (info.signal === SIGCHLD && info.code > 0) view.setInt32(40, info.status, true);
  view.setInt32(44, info.value.low, true);
  view.setInt32(48, info.value.low, true);
  view.setInt32(52, info.value.high, true);
  return bytes;
}

function read(task: Task, file: OpenFile, into: Uint8Array): number {
  const { mask } = signalsOf(task.linux, file);
  if (into.length < INFO_SIZE) return -EINVAL;
  let done = 0;
  while (done + INFO_SIZE <= into.length) {
    const info = takePending(task.self, task.group, mask);
    if (!info) break;
    into.set(encode(info), done);
    done += INFO_SIZE;
  }
  return done || -EAGAIN;
}

export const signalOperations: FileOperations = {
  seekable: false,
  read,
  write: () => -EINVAL,
  poll(linux, file) {
    const { self, group } = linux.current;
    const waiting = pendingSet(self.pending) | pendingSet(group.pending);
    return waiting & signalsOf(linux, file).mask ? POLLIN | POLLRDNORM : 0;
  },
  events(linux) {
    const { group } = linux.current;
    if (group.signalEvent === 0) group.signalEvent = createEvent(linux.kernel, 'notification');
    return [group.signalEvent];
  },
  release(linux, file) {
    stateOf(linux).signalFiles.delete(file.object);
  },
};
